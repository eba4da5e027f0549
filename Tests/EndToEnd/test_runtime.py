"""What a Node process says of itself through the preload, and that the preload never disturbs it."""
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

from fleet import AGENT, Fleet, OrdinaryUser, ROOT, wait_until

sys.path.insert(0, os.path.join(ROOT, "Benchmarks"))
import client  # noqa: E402

PRELOAD = os.path.join(ROOT, "integrations", "node", "looptop-preload.js")
DELAY_MAX, DELAY_P99, UTILISATION, HEAP, GC = 23, 24, 25, 26, 27
RUNTIME = [DELAY_MAX, DELAY_P99, UTILISATION, HEAP, GC]
# A server that blocks its loop for 200 ms once a second, and prints its own numbers when asked.
SERVER = """
const { performance } = require('perf_hooks');
const started = performance.eventLoopUtilization();
const server = require('http').createServer((request, response) => {
  const use = performance.eventLoopUtilization(started).utilization;
  response.end(JSON.stringify({ heap: process.memoryUsage().heapUsed, use }));
  if (request.url === '/end') { clearInterval(timer); server.close(); }
});
const timer = setInterval(() => {
  const end = Date.now() + Number(process.argv[2]);
  while (Date.now() < end);
}, 1000);
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
"""


def node_version():
    node = shutil.which("node")
    if not node:
        return None
    done = subprocess.run([node, "-p", "process.versions.node"], capture_output=True, text=True)
    return int(done.stdout.split(".")[0])


def get(port, path="/"):
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        connection.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode())
        answer = b""
        while data := connection.recv(65536):
            answer += data
    return answer.partition(b"\r\n\r\n")[2]


@unittest.skipUnless((node_version() or 0) >= 16, "needs Node 16 or later")
class Runtime(unittest.TestCase):
    def setUp(self):
        self.fleet = Fleet()
        self.addCleanup(self.fleet.__exit__)
        self.program = self.fleet.path("server.js")
        with open(self.program, "w") as file:
            file.write(SERVER)

    def node(self, socket_path, *arguments, preload=True, **options):
        environment = {**os.environ, "LOOPTOP_RUNTIME_SOCKET": socket_path}
        environment.pop("LOOPTOP_PRELOAD", None)
        if preload:
            environment["NODE_OPTIONS"] = f"--require={PRELOAD}"
        return self.fleet.start(
            ["node", *arguments], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)

    def serve(self, socket_path, block, preload=True):
        process = self.node(socket_path, self.program, str(block), preload=preload)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        return process, int(process.stdout.readline())

    def rows(self, host, until, seconds=20):
        """Rows of all workers by pid, as they are sent, from the first snapshot for which `until` holds."""
        self.fleet.wait_for_socket(host)
        connection = client.Connection(self.fleet.socket(host))
        self.addCleanup(connection.socket.close)
        connection.subscribe(500_000_000)
        feed, rows, end = client.Feed(), {}, time.monotonic() + seconds
        while time.monotonic() < end:
            kind, body, _ = connection.next()
            if kind not in (client.KEYFRAME, client.DELTA):
                continue
            feed.take(kind, body)
            rows = {worker["pid"]: worker["row"] for worker in feed.snapshot["workers"]}
            if until(rows):
                return rows
        raise AssertionError(f"not within {seconds} s; the last rows: {rows}")

    def test_a_worker_says_what_it_knows_and_one_without_says_nothing(self):
        runtime = self.fleet.path("alpha", "runtime.sock")
        self.fleet.agent("alpha", "--under", str(os.getpid()), "--interval", "0.5")
        self.fleet.wait_for_socket("alpha")
        told, port = self.serve(runtime, 200)
        silent, _ = self.serve(runtime, 0, preload=False)

        def complete(rows):
            row = rows.get(told.pid, {})
            return silent.pid in rows and all(column in row for column in RUNTIME) and row[DELAY_MAX] > 100_000

        rows = self.rows("alpha", complete)
        own = json.loads(get(port))
        row = rows[told.pid]
        # Told too short by up to its resolution, never much too long: the machine may be busy.
        self.assertGreaterEqual(row[DELAY_MAX], 178_000)
        self.assertLess(row[DELAY_MAX], 400_000)
        self.assertGreater(row[DELAY_P99], 150_000)
        self.assertLessEqual(row[DELAY_P99], row[DELAY_MAX])
        self.assertLess(abs(row[UTILISATION] / 1000 - own["use"]), 0.15)
        self.assertLess(abs(row[HEAP] - own["heap"]), 4 << 20)
        self.assertFalse([column for column in RUNTIME if column in rows[silent.pid]])

        # A stopped process reports no more, and what it said is soon no news.
        told.send_signal(signal.SIGSTOP)
        self.rows("alpha", lambda rows: told.pid in rows and DELAY_MAX not in rows[told.pid])
        told.send_signal(signal.SIGCONT)
        self.rows("alpha", lambda rows: rows.get(told.pid, {}).get(DELAY_MAX, 0) > 1_000_000)

    def test_agents_come_and_go_and_the_program_does_not_notice(self):
        runtime = self.fleet.path("alpha", "runtime.sock")
        server, port = self.serve(runtime, 0)
        for signal_number in [signal.SIGKILL, signal.SIGTERM]:
            agent = self.fleet.agent("alpha", "--under", str(os.getpid()), "--interval", "0.5")
            self.rows("alpha", lambda rows: HEAP in rows.get(server.pid, {}), 40)
            agent.send_signal(signal_number)
            agent.wait(10)
            self.assertGreater(len(get(port)), 0)
        get(port, "/end")
        output, errors = server.communicate(timeout=20)
        self.assertEqual((server.returncode, output, errors), (0, "", ""))

    def test_a_program_ends_when_it_is_done(self):
        nowhere = self.fleet.path("nowhere")
        begin = time.monotonic()
        plain = self.node(nowhere, "-e", "", preload=False)
        self.assertEqual(plain.wait(20), 0)
        plain_seconds, begin = time.monotonic() - begin, time.monotonic()
        quick = self.node(nowhere, "-e", "")
        self.assertEqual(quick.communicate(timeout=20), ("", ""))
        self.assertEqual(quick.returncode, 0)
        self.assertLess(time.monotonic() - begin, plain_seconds + 0.8, "it waited for the preload's first turn")
        plain.communicate()

    def test_an_agent_that_never_reads_keeps_nobody_alive(self):
        deaf = socket.socket(socket.AF_UNIX)
        self.addCleanup(deaf.close)
        deaf.bind(self.fleet.path("deaf"))
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        deaf.listen(4)
        # Time goes a hundred times as fast for the preload: its buffer is full in a few seconds.
        fast = "const real = setTimeout; global.setTimeout = (body, time) => real(body, time / 100);"
        script = self.fleet.path("fast.js")
        with open(script, "w") as file:
            file.write(fast + f"require({json.dumps(PRELOAD)}); real(() => {{}}, 6000);")
        process = self.node(deaf.getsockname(), script, preload=False)
        output, errors = process.communicate(timeout=30)
        self.assertEqual((process.returncode, output, errors), (0, "", ""))
        accepted = 0
        deaf.setblocking(False)
        while True:
            try:
                connection, _ = deaf.accept()
            except BlockingIOError:
                break
            accepted += 1
            connection.close()
        self.assertGreater(accepted, 1, "the full connection was given up for a new one")

    def test_turned_off_and_in_worker_threads_it_does_nothing(self):
        agent = socket.socket(socket.AF_UNIX)
        self.addCleanup(agent.close)
        agent.bind(self.fleet.path("socket"))
        agent.listen(4)
        agent.settimeout(3)
        environment = {**os.environ, "LOOPTOP_RUNTIME_SOCKET": agent.getsockname(), "LOOPTOP_PRELOAD": "off"}
        self.fleet.start(["node", "--require", PRELOAD, "-e", "setTimeout(() => {}, 9e5)"], env=environment)
        # A thread with a preload of its own, in a process that has none.
        body = f"require({json.dumps(PRELOAD)}); setTimeout(() => {{}}, 9e5)"
        thread = f"new (require('worker_threads').Worker)({json.dumps(body)}, {{ eval: true }})"
        self.node(agent.getsockname(), "-e", thread, preload=False)
        with self.assertRaises(TimeoutError):
            agent.accept()

    def test_cluster_workers_each_report(self):
        program = self.fleet.path("cluster.js")
        with open(program, "w") as file:
            file.write("""
const cluster = require('cluster');
if (cluster.isPrimary) { cluster.fork(); cluster.fork(); } else require('http').createServer().listen(0);
""")
        self.fleet.agent("alpha", "--under", str(os.getpid()), "--interval", "0.5")
        self.fleet.wait_for_socket("alpha")
        self.node(self.fleet.path("alpha", "runtime.sock"), program)
        self.rows("alpha", lambda rows: sum(HEAP in row for row in rows.values()) == 2)

    def test_workers_of_other_users_report_to_an_agent_of_root(self):
        with OrdinaryUser() as user:
            if not user.is_other:
                self.skipTest("needs root to be somebody else")
            directory = tempfile.mkdtemp(prefix="looptop-test.")
            self.addCleanup(os.rmdir, directory)
            os.chmod(directory, 0o755)
            runtime = os.path.join(directory, "runtime.sock")
            agent = self.fleet.agent(
                "alpha", "--under", str(os.getpid()), "--interval", "0.5", "--runtime-socket", runtime)
            self.fleet.wait_for_socket("alpha")
            os.chmod(self.fleet.directory, 0o755)
            preload = user.path("preload.js")
            shutil.copy(PRELOAD, preload)
            os.chown(preload, user.uid, -1)
            user.environment["LOOPTOP_RUNTIME_SOCKET"] = runtime
            server = user.start(
                ["node", "--require", preload, "-e", "require('http').createServer().listen(0)"])
            self.rows("alpha", lambda rows: HEAP in rows.get(server.pid, {}))
            agent.terminate()
            self.assertEqual(agent.wait(20), 0)

    def test_a_directory_that_others_write_to_is_refused(self):
        directory = self.fleet.path("open")
        os.mkdir(directory)
        os.chmod(directory, 0o777)
        done = subprocess.run(
            [AGENT, "run", "--state-dir", self.fleet.path("alpha"), "--socket", self.fleet.socket("alpha"),
             "--runtime-socket", os.path.join(directory, "runtime.sock")], capture_output=True, text=True, timeout=20)
        self.assertEqual(done.returncode, 77, done.stderr)
        self.assertIn("lets other users write", done.stderr)


if __name__ == "__main__":
    unittest.main()
