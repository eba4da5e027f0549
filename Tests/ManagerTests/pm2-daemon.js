// A daemon shaped like PM2's: the same socket, messages, methods, tree and answers; see PM2CallTests. Real PM2 is not at hand.
'use strict';
const { spawn } = require('child_process');
const fs = require('fs');
const net = require('net');

const home = process.env.PM2_HOME;
const note = (text) => fs.appendFileSync(`${home}/calls`, text + '\n');
process.title = `PM2 v5.3.0: God Daemon (${home})`;

const processes = new Map();
let starts = 0;
const start = (id) => {
  const env = { PATH: process.env.PATH, pm_id: String(id), PM2_HOME: home, SECRET: 'x'.repeat(100000) };
  // PM2_APP: in fork mode, with the environment that PM2 gives (Tests/Masters).
  const app = process.env.PM2_APP;
  if (app) {
    Object.assign(env, {
      name: process.env.PM2_NAME, exec_mode: 'fork_mode', NODE_APP_INSTANCE: String(id), namespace: 'default',
      pm_pid_path: `${home}/pids/${process.env.PM2_NAME}-${id}.pid`, PORT: String(Number(process.env.PM2_PORT) + id),
    });
  }
  const child = spawn(process.execPath, app ? [app] : ['-e', 'setInterval(() => {}, 1000)'], { env, stdio: 'ignore' });
  const entry = { child, status: 'online', restarts: starts++ };
  processes.set(id, entry);
  child.on('exit', () => {
    if (entry.status === 'online') start(id);
  });
};
const stop = (id, then) => {
  const entry = processes.get(id);
  if (entry.status === 'stopped') return then();
  entry.status = 'stopped';
  entry.child.once('exit', then);
  entry.child.kill('SIGINT');
};
const picture = (id) => ({ pm_id: id, pid: processes.get(id).child.pid, pm2_env: { env: { SECRET: 'x'.repeat(100000) } } });

// Arguments as in PM2: some methods take {id}, some the id.
const methods = {
  restartProcessId({ id }, callback) {
    if (!processes.has(id)) return callback(new Error('God db process id unknown'));
    stop(id, () => { start(id); callback(null, picture(id)); });
  },
  stopProcessId(id, callback) {
    if (typeof id === 'object') id = id.id;
    if (!processes.has(id)) return callback(new Error(`${id} : id unknown`));
    stop(id, () => callback(null, picture(id)));
  },
  startProcessId(id, callback) {
    if (!processes.has(id)) return callback(new Error(`${id} id unknown`));
    if (processes.get(id).status === 'online') return callback(new Error('process already online'));
    start(id);
    callback(null, picture(id));
  },
};
if (!process.env.WITHOUT_RELOAD) methods.reloadProcessId = methods.restartProcessId;

const decode = (buffer) => {
  if (buffer.length < 1) return null;
  const count = buffer[0] & 15;
  const parts = [];
  let at = 1;
  for (let index = 0; index < count; index++) {
    if (buffer.length < at + 4) return null;
    const length = buffer.readUInt32BE(at);
    if (buffer.length < at + 4 + length) return null;
    const text = buffer.toString('utf8', at + 4, at + 4 + length);
    parts.push(text.startsWith('j:') ? JSON.parse(text.slice(2)) : text.slice(2));
    at += 4 + length;
  }
  return parts;
};
const encode = (value, id) => {
  const parts = [Buffer.from('j:' + JSON.stringify(value)), Buffer.from('s:' + id)];
  return Buffer.concat([Buffer.from([0x12]), ...parts.flatMap((part) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(part.length);
    return [length, part];
  })]);
};

net.createServer((socket) => {
  let received = Buffer.alloc(0);
  socket.on('error', () => {});
  socket.on('data', (data) => {
    received = Buffer.concat([received, data]);
    const message = decode(received);
    if (!message) return;
    received = Buffer.alloc(0);
    const [call, id] = message;
    note(JSON.stringify(call));
    const method = methods[call.method];
    if (!method) return socket.write(encode({ error: `method "${call.method}" does not exist` }, id));
    method(...call.args, (error, ...args) => socket.write(encode(error ? { error: error.message } : { args }, id)));
  });
}).listen(`${home}/rpc.sock`, () => {
  fs.chmodSync(`${home}/rpc.sock`, 0o775);
  [0, 1, 2].forEach(start);
  note('ready');
});
process.on('SIGTERM', () => {
  for (const entry of processes.values()) {
    entry.status = 'stopped';
    entry.child.kill('SIGKILL');
  }
  process.exit(0);
});
