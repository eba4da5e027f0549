// A Node cluster as people write it: the primary forks workers and forks again when one exits.
const cluster = require("node:cluster");
const http = require("node:http");

const port = Number(process.argv[2] || 0);
const workers = Number(process.argv[3] || 3);

if (cluster.isPrimary) {
    for (let i = 0; i < workers; i++) cluster.fork({ DEMO_SLOT: String(i + 1) });
    cluster.on("exit", (worker) => {
        if (!worker.exitedAfterDisconnect) setTimeout(() => cluster.fork({ DEMO_SLOT: "0" }), 100);
    });
} else {
    http.createServer((request, response) => response.end("ok\n")).listen(port, "127.0.0.1");
    const spin = (milliseconds) => {
        const until = performance.now() + milliseconds;
        while (performance.now() < until);
    };
    // The first worker is a quarter busy; its replacement is not.
    if (process.env.DEMO_SLOT === "1") setInterval(() => spin(25), 100);
}
