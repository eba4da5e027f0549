'use strict';
// Tells the looptop agent of this machine what this process's own event loop says of itself, once a second:
//
//   NODE_OPTIONS="--require=/path/to/looptop-preload.js"
//
// It must never harm the program it is loaded into: it throws nothing, prints nothing, keeps nothing alive and holds a
// bounded amount of memory. Without an agent it does nothing but look for one, every 30 seconds in the end.
// LOOPTOP_PRELOAD=off turns it off. What is sent, what it costs and why: README.md beside this file.
//
// Written without recent syntax on purpose: NODE_OPTIONS reaches every Node on the machine, and one that cannot read this
// file would not start.

(function () {
  if (process.env.LOOPTOP_PRELOAD === 'off' || process.platform !== 'linux') return;

  // Taken before the program could replace them (fake timers of test frameworks).
  const setTimeout = global.setTimeout;
  const INTERVAL = 1000;
  const LONGEST_PAUSE = 30000;
  // Lines after which a connection counts as good, so that the next failure is tried again soon.
  const SETTLED = 10;
  // How often the loop's delay is looked at, in ms; README.md says why.
  const RESOLUTION = Math.min(Math.max(parseInt(process.env.LOOPTOP_PRELOAD_RESOLUTION, 10) || 20, 1), 1000);
  // More of the longest delays than this do not make the percentile better.
  const LONGEST_DELAYS = 16;

  let fs, net, v8, hooks;

  // Milliseconds on the clock that the delays are measured with.
  function now() { return hooks.performance.now(); }

  // Runs `body`, which must not disturb the program whatever happens in it.
  function quietly(body) {
    return function () {
      try { return body.apply(null, arguments); } catch (error) { return undefined; }
    };
  }

  function after(milliseconds, body) { setTimeout(quietly(body), milliseconds).unref(); }

  // Where agents listen: the one named, or else that of this user and that of the machine, whichever there are.
  function places() {
    const named = process.env.LOOPTOP_RUNTIME_SOCKET;
    if (named) return [{ path: named, directory: null }];
    const uid = process.getuid();
    const directories = ['/run/user/' + uid + '/looptop-agent', '/tmp/looptop-agent-' + uid];
    const own = process.env.XDG_RUNTIME_DIR;
    if (own && own[0] === '/' && own + '/looptop-agent' !== directories[0]) directories.unshift(own + '/looptop-agent');
    return directories.map(function (directory) {
      return { path: directory + '/runtime.sock', directory: directory };
    }).concat([{ path: '/run/looptop-runtime/runtime.sock', directory: null }]);
  }

  // Anybody can make a directory in /tmp: it counts only when it is ours.
  function isOurs(directory) {
    const status = fs.lstatSync(directory);
    return status.isDirectory() && (status.uid === process.getuid() || status.uid === 0);
  }

  // One agent: connected, or waiting to be tried again.
  function Agent(place) {
    this.place = place;
    this.socket = null;
    this.isOpen = false;
    this.sent = 0;
    this.pause = INTERVAL;
    this.next = 0;
  }

  Agent.prototype.connect = function () {
    const self = this;
    const failed = quietly(function () {
      if (self.socket) self.socket.destroy();
      self.socket = null;
      self.isOpen = false;
      self.next = now() + self.pause;
      self.pause = Math.min(self.pause * 2, LONGEST_PAUSE);
    });
    try {
      // Throws where there is nothing, which costs less than to try.
      if (this.place.directory ? !isOurs(this.place.directory) : !fs.lstatSync(this.place.path)) return failed();
      const socket = this.socket = net.connect({ path: this.place.path });
      this.sent = 0;
      socket.unref();
      socket.on('error', function () {});
      socket.on('connect', function () { self.isOpen = true; });
      socket.on('data', failed);  // an agent says nothing
      socket.on('close', function () { if (self.socket === socket) failed(); });
    } catch (error) {
      failed();
    }
  };

  Agent.prototype.send = function (line) {
    this.socket.write(line);
    this.sent += 1;
    if (this.sent === SETTLED) this.pause = INTERVAL;
    // What the kernel does not take at once would stay in this process's memory and keep it from ending.
    if (this.socket.writableLength > 0) this.socket.destroy();
  };

  // The loop's delay since the last reading, from the runtime's own histogram; and what that cannot see.
  //
  // A reset makes the histogram forget the tick that is under way: a stall that began before it, or begins before the
  // first tick after it, is in no window. So the timer that does the reset notes how late it was itself, and another one
  // goes off where the first tick is due.
  function Delay() {
    this.histogram = hooks.monitorEventLoopDelay({ resolution: RESOLUTION });
    this.histogram.enable();
    this.seen = 0;
    this.started = now();
  }

  Delay.prototype.note = function (milliseconds) { this.seen = Math.max(this.seen, milliseconds); };

  // Milliseconds; the percentile is weighted by time: what an event that comes at a random moment exceeds once in a hundred
  // times. (The histogram's own counts ticks: many while nothing happens, one in a long stall.)
  Delay.prototype.read = function () {
    const histogram = this.histogram;
    const count = histogram.count;  // unknown to the first releases of Node 16
    const known = count === undefined ? histogram.max > 0 : count > 0;
    // A tick is told as the time since the one before, so an idle loop has delays of one resolution.
    const late = function (nanoseconds) { return Math.max(0, nanoseconds / 1e6 - RESOLUTION); };
    const inside = known ? late(histogram.max) : 0;
    const longest = Math.max(inside, this.seen);
    let percentile;
    if (count !== undefined) {
      const delays = this.seen > inside ? [this.seen] : [];
      for (let rank = 0; rank < Math.min(count, LONGEST_DELAYS); rank++) {
        delays.push(late(histogram.percentile(100 * (count - rank) / count)));
        if (delays[delays.length - 1] < 1) break;
      }
      percentile = timeWeighted(0.01 * (now() - this.started), delays);
    }
    histogram.reset();
    this.seen = 0;
    this.started = now();
    const self = this;
    after(RESOLUTION, function () { self.note(now() - self.started - RESOLUTION); });
    return { longest: longest, percentile: percentile };
  };

  // The smallest x for which the delays, longest first, exceed x for no more than `room` in all.
  function timeWeighted(room, delays) {
    let above = 0;
    for (let count = 1; count <= delays.length; count++) {
      above += delays[count - 1];
      const level = (above - room) / count;
      const next = count < delays.length ? delays[count] : 0;
      if (level >= next) return Math.max(0, level);
    }
    return 0;
  }

  // Time spent in garbage collection since the first agent was found, in ms.
  function Collector() {
    this.total = 0;
    const self = this;
    this.observer = new hooks.PerformanceObserver(quietly(function (list) {
      list.getEntries().forEach(function (entry) { self.total += entry.duration; });
    }));
  }

  // All that is measured costs something, so it is measured only while somebody listens.
  function Meters() {
    this.delay = null;
    this.use = null;
    this.collector = null;
  }

  Meters.prototype.start = function () {
    if (this.delay) return;
    this.delay = new Delay();
    this.use = hooks.performance.eventLoopUtilization();
    if (!this.collector) this.collector = new Collector();
    this.collector.observer.observe({ entryTypes: ['gc'] });
  };

  Meters.prototype.stop = function () {
    if (!this.delay) return;
    this.delay.histogram.disable();
    this.collector.observer.disconnect();
    this.delay = null;
  };

  Meters.prototype.line = function () {
    const use = hooks.performance.eventLoopUtilization();
    const share = hooks.performance.eventLoopUtilization(use, this.use).utilization;
    this.use = use;
    const delay = this.delay.read();
    const report = {
      delay_max_us: Math.round(delay.longest * 1000),
      utilization_permille: Math.round(Math.min(Math.max(share, 0), 1) * 1000),
      heap_bytes: v8.getHeapStatistics().used_heap_size,
      gc_us: Math.round(this.collector.total * 1000),
    };
    if (delay.percentile !== undefined) report.delay_p99_us = Math.round(delay.percentile * 1000);
    Object.keys(report).forEach(function (key) { if (!Number.isSafeInteger(report[key])) delete report[key]; });
    return JSON.stringify(report) + '\n';
  };

  function run() {
    fs = require('fs');
    net = require('net');
    v8 = require('v8');
    hooks = require('perf_hooks');
    if (!hooks.monitorEventLoopDelay || !hooks.performance.eventLoopUtilization) return;
    const agents = places().map(function (place) { return new Agent(place); });
    const meters = new Meters();

    function turn(due) {
      try {
        const late = now() - due;
        if (meters.delay) meters.delay.note(late);
        const open = agents.filter(function (agent) { return agent.isOpen; });
        if (open.length === 0) {
          meters.stop();
        } else if (!meters.delay) {
          meters.start();
        } else {
          const line = meters.line();
          open.forEach(function (agent) { agent.send(line); });
        }
        agents.forEach(function (agent) { if (!agent.socket && now() >= agent.next) agent.connect(); });
      } catch (error) {
        // The next turn may do better, and nobody else must hear of it.
      }
      const soonest = agents.reduce(function (least, agent) {
        return agent.socket ? least : Math.min(least, agent.next);
      }, Infinity);
      const busy = agents.some(function (agent) { return agent.socket; });
      const pause = busy ? INTERVAL : Math.min(Math.max(soonest - now(), INTERVAL), LONGEST_PAUSE);
      const next = now() + pause;
      after(pause, function () { turn(next); });
    }

    turn(now());
  }

  try {
    // A worker thread has a loop of its own, and the agent asks about the process's.
    if (!require('worker_threads').isMainThread) return;
    // A program that ends sooner never notices.
    after(INTERVAL, run);
  } catch (error) {
    // Not a Node that this is for.
  }
})();
