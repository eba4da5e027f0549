'use strict';
// A Node server whose loop is blocked on purpose, and which knows when.
//
//   node worker.js OPTIONS_AS_JSON
//
// Options: monitor (a 1 ms monitorEventLoopDelay, which disturbs), seed, results (file written on SIGTERM), scratch (a
// file to read and copy), body (bytes of an answer), work (ms of CPU per request), threads and pool (busy worker threads
// and libuv pool), churn (objects made every 10 ms and kept for a while), blocks (a list of {kind, min, max, mean, every:
// [min, max]} with lengths and gaps in ms). Prints `ready PORT`. Times in its results are CLOCK_MONOTONIC in ns.
const fs = require('fs');
const http = require('http');
const { execSync } = require('child_process');
const { monitorEventLoopDelay, performance } = require('perf_hooks');
const { Worker, isMainThread } = require('worker_threads');

const now = () => process.hrtime.bigint();
const milliseconds = (value) => BigInt(Math.round(value * 1e6));

if (!isMainThread) {
  // Busy beside the loop: computes and makes garbage, in pieces.
  let kept = [];
  const turn = () => {
    const end = now() + 40000000n;
    while (now() < end) {
      kept.push({ text: 'x'.repeat(50), list: new Array(20).fill(1) });
      if (kept.length > 100000) kept = [];
    }
    setImmediate(turn);
  };
  turn();
} else {
  serve(JSON.parse(process.argv[2]));
}

function serve(options) {
  let state = options.seed >>> 0;
  const random = () => {  // mulberry32
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const between = (low, high) => low + (high - low) * random();
  const spin = (ms) => { for (const end = now() + milliseconds(ms); now() < end;); };

  const chunk = Buffer.alloc(65536, 'c');
  const word = new Int32Array(new SharedArrayBuffer(4));
  const block = {
    spin,
    read: (ms) => { for (const end = now() + milliseconds(ms); now() < end;) fs.readFileSync(options.scratch); },
    copy: (ms) => {
      const source = fs.openSync(options.scratch, 'r');
      const target = fs.openSync(options.scratch + '.copy', 'w');
      for (const end = now() + milliseconds(ms); now() < end;) {
        const at = Math.floor(random() * 16) * chunk.length;
        fs.readSync(source, chunk, 0, chunk.length, at);
        fs.writeSync(target, chunk, 0, chunk.length, at);
      }
      fs.closeSync(source);
      fs.closeSync(target);
    },
    atomics: (ms) => { Atomics.wait(word, 0, 0, ms); },
    exec: (ms) => { execSync(`sleep ${(ms / 1000).toFixed(4)}`); },
    // What applications do: parse, sort, match.
    json: (ms) => {
      const text = JSON.stringify(Array.from({ length: 2000 }, (_, i) => ({ id: i, name: 'n' + i, tags: ['a', 'b'] })));
      for (const end = now() + milliseconds(ms); now() < end;) {
        JSON.parse(text).sort((a, b) => (a.name < b.name ? -1 : 1));
      }
    },
  };

  const blocks = [];
  for (const plan of options.blocks || []) {
    const length = () => (plan.mean ? -Math.log(1 - random()) * plan.mean : between(plan.min, plan.max));
    const run = () => {
      const start = now();
      block[plan.kind](length());
      blocks.push({ kind: plan.kind, start: Number(start), end: Number(now()) });
      setTimeout(run, between(plan.every[0], plan.every[1]));
    };
    setTimeout(run, between(50, plan.every[1]));
  }

  for (let i = 0; i < (options.threads || 0); i++) new Worker(__filename);
  if (options.pool) {
    const crypto = require('crypto');
    const again = () => crypto.pbkdf2('p', 's', 20000, 64, 'sha512', again);
    for (let i = 0; i < options.pool; i++) again();
  }
  if (options.churn) {
    const kept = [];
    setInterval(() => {
      const made = [];
      for (let i = 0; i < options.churn; i++) made.push({ index: i, text: 'x' + i, list: [i, i, i] });
      kept.push(made);
      if (kept.length > 200) kept.splice(0, 100);
    }, 10);
  }

  const windows = [];
  const delay = options.monitor ? monitorEventLoopDelay({ resolution: 1 }) : null;
  if (delay) delay.enable();
  let start = Number(now());
  let usage = performance.eventLoopUtilization();
  setInterval(() => {
    const end = Number(now());
    const current = performance.eventLoopUtilization();
    const window = { start, end, utilization: performance.eventLoopUtilization(current, usage).utilization };
    if (delay) {
      window.max = Math.max(0, delay.count ? delay.max - 1e6 : 0);
      window.count = delay.count;
      delay.reset();
    }
    windows.push(window);
    start = end;
    usage = current;
  }, 1000);

  process.on('SIGTERM', () => {
    fs.writeFileSync(options.results, JSON.stringify({ windows, blocks }));
    process.exit(0);
  });

  const body = 'x'.repeat(options.body || 2);
  const server = http.createServer((request, response) => {
    if (options.work) spin(options.work);
    response.end(body);
  });
  server.keepAliveTimeout = 60000;
  server.listen(0, '127.0.0.1', () => fs.writeSync(1, `ready ${server.address().port}\n`));
}
