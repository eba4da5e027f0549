'use strict';
const http = require('http');
http.createServer((request, response) => response.end(`${process.pid}\n`)).listen(Number(process.env.PORT), '127.0.0.1');
