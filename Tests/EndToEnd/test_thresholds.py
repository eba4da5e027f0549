"""What makes a host or a worker WARN or CRIT: real processes that do it."""
import os
import shutil
import signal
import socket
import subprocess
import unittest
import urllib.request

from fleet import LOOPTOP, Fleet, alive, children, wait_until
from terminal import Terminal

# Holds as many descriptors as the last request asked for.
LEAKING = """
const fs = require("fs"), held = [];
const server = require("http").createServer((request, response) => {
    const wanted = Number(request.url.slice(1));
    while (held.length > wanted) fs.closeSync(held.pop());
    while (held.length < wanted) held.push(fs.openSync("/dev/null"));
    response.end(String(fs.readdirSync("/proc/self/fd").length - 1), () => request.socket.destroy());
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
"""
# Never closes what its peer has closed.
FORGETTING = """
require("net").createServer({allowHalfOpen: true}, () => {})
    .listen(0, "127.0.0.1", function () { console.log(this.address().port); });
"""
LIMIT = 200


@unittest.skipUnless(shutil.which("node"), "needs node")
class Thresholds(unittest.TestCase):
    seconds = 20

    def setUp(self):
        self.fleet = Fleet()
        self.addCleanup(self.fleet.__exit__)

    def node(self, name, source, limit=None):
        """Runs it; returns what it says first."""
        script = self.fleet.path(name)
        with open(script, "w") as file:
            file.write(source)
        limited = f"ulimit -n {limit}; " if limit else ""
        process = self.fleet.start(
            ["sh", "-c", f"{limited}exec node {script}"], stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.stdout.close)
        return process, process.stdout.readline().strip()

    def agent(self, host):
        self.fleet.agent(host)
        self.fleet.wait_for_socket(host)

    def worker(self, host):
        found = self.fleet.listing("workers", "--socket", self.fleet.socket(host))["workers"]
        return found[0] if found else None

    def host(self, host):
        return self.fleet.listing("hosts", "--socket", self.fleet.socket(host))["hosts"][0]

    def test_a_worker_near_its_limit_of_descriptors(self):
        _, port = self.node("leaking.js", LEAKING, LIMIT)

        def hold(count):
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/{count}", timeout=10) as answer:
                return int(answer.read())

        own = hold(0)
        self.agent("alpha")
        wait_until(lambda: self.worker("alpha"), what="a worker")
        self.assertEqual(self.worker("alpha")["open_files_limit"], LIMIT)
        self.assertEqual(self.host("alpha")["state"], "ok")
        terminal = Terminal([LOOPTOP, "--socket", self.fleet.socket("alpha")], 24, 100)
        self.addCleanup(terminal.close)
        terminal.wait_for("alpha +OK")
        hold(int(LIMIT * 0.8) - own)
        wait_until(lambda: self.host("alpha")["state"] == "warn", what="WARN of the host")
        terminal.wait_for("alpha +WARN")
        hold(int(LIMIT * 0.95) - own)
        wait_until(lambda: self.host("alpha")["state"] == "crit", what="CRIT of the host")
        terminal.type("6")
        terminal.wait_for(r"CRIT.*(19\d of 200 descriptors|descriptors of a worker 9\d%)")
        hold(0)
        # It was seen to settle, and then the alert is over.
        wait_until(lambda: self.host("alpha")["state"] == "ok", 40, what="OK of the host")

    def test_connections_that_are_never_closed(self):
        _, port = self.node("forgetting.js", FORGETTING)
        self.agent("alpha")
        for _ in range(25):
            socket.create_connection(("127.0.0.1", int(port)), 10).close()

        def left():
            apps = self.fleet.listing("apps", "--socket", self.fleet.socket("alpha"))["apps"]
            return apps and apps[0]["worst_close_wait"] == 25
        wait_until(left, 40, what="connections in CLOSE_WAIT")
        found = self.fleet.looptop(
            "ls", "apps", "-l", "closewait>20", "-o", "name", "--socket", self.fleet.socket("alpha"))
        self.assertIn("forgetting", found.stdout)

    def test_a_worker_that_ends_again_and_again(self):
        master = self.fleet.workers("ingest", "--workers", "2")
        wait_until(lambda: len(children(master.pid)) == 2, what="workers")
        self.agent("alpha")
        wait_until(lambda: self.fleet.listing(
            "workers", "--socket", self.fleet.socket("alpha"))["workers"], what="workers")
        terminal = Terminal([LOOPTOP, "--socket", self.fleet.socket("alpha")], 24, 100)
        self.addCleanup(terminal.close)
        terminal.wait_for("alpha +OK")
        for _ in range(3):
            workers = self.fleet.listing("workers", "--socket", self.fleet.socket("alpha"))["workers"]
            pid = next(worker["pid"] for worker in workers if worker["slot"] == 2)
            os.kill(pid, signal.SIGKILL)
            wait_until(lambda: not alive(pid), what="its end")
            wait_until(
                lambda: [worker["slot"] for worker in self.fleet.listing(
                    "workers", "--socket", self.fleet.socket("alpha"))["workers"] if worker["pid"] != pid] == [1, 2],
                what="a new one")
        terminal.wait_for("alpha +CRIT")
        terminal.type("6")
        # In whole below the list, which has no room for it.
        terminal.wait_for("CRIT.*app ingest: worker 2 ended 3 times in 5 min")
        terminal.wait_for("alpha: app ingest: worker 2 ended 3 times in 5 min, last signal 9 SIGKILL")
