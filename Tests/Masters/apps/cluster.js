// PORT, WORKERS; with REFORK a worker that ends is started again; code is read at each fork: CODE is a file.
'use strict';
const cluster = require('cluster');
const http = require('http');

if (cluster.isPrimary) {
  const count = Number(process.env.WORKERS || 3);
  for (let worker = 0; worker < count; worker++) cluster.fork();
  if (process.env.REFORK) cluster.on('exit', () => cluster.fork());
  process.on('SIGTERM', () => process.exit(0));
} else {
  if (process.env.CODE) require(process.env.CODE);
  const server = http.createServer((request, response) => response.end(`${process.pid}\n`));
  server.listen(Number(process.env.PORT), '127.0.0.1');
  process.on('SIGTERM', () => {
    server.close(() => process.exit(0));
    server.closeIdleConnections();
  });
}
