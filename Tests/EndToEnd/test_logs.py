"""What workers write: from the file, the journal or a manager's file, over the agent, to the command line and the screen."""
import json
import os
import shutil
import signal
import subprocess
import sys
import unittest

from fleet import AGENT, Fleet, LOOPTOP, OrdinaryUser, end_with_parent, wait_until
from terminal import Terminal

NODE = shutil.which("node")
JOURNALD = "/lib/systemd/systemd-journald"
SUPERVISORD = "/usr/bin/supervisord"
# A server that writes a line for USR2, and opens its log anew for HUP, as after a rotation.
SERVER = """
const fs = require("fs"), http = require("http");
const path = process.argv[2], name = process.argv[3] || "api";
let number = 0;
http.createServer((request, response) => response.end("ok")).listen(0, "127.0.0.1");
process.on("SIGUSR2", () => fs.writeSync(1, `${name} line ${++number}\\n`));
process.on("SIGHUP", () => {
  for (const stream of [1, 2]) { fs.closeSync(stream); fs.openSync(path, "a"); }
  fs.writeSync(1, `${name} opened anew\\n`);
});
fs.writeSync(1, `${name} \\u001b[32mready\\u001b[0m\\n`);
"""


def contents(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return b""


class Reader:
    """`looptop logs -f` and what it has printed so far."""

    def __init__(self, fleet, *arguments):
        self.path = fleet.path("reader.out")
        self.errors = fleet.path("reader.err")
        with open(self.path, "wb") as out, open(self.errors, "wb") as err:
            self.process = fleet.start(
                [LOOPTOP, "logs", "--state-dir", fleet.operator, *arguments], stdout=out, stderr=err)

    def wait_for(self, text):
        wait_until(lambda: text.encode() in contents(self.path) + contents(self.errors),
                   what=f"{text!r} in {contents(self.path)!r} {contents(self.errors)!r}")

    @property
    def lines(self):
        return contents(self.path).decode().splitlines()

    def end(self):
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(10)


@unittest.skipUnless(NODE, "no node")
class Logs(unittest.TestCase):
    def setUp(self):
        self.fleet = Fleet()
        self.addCleanup(self.fleet.__exit__)
        self.log = self.fleet.path("app.log")
        self.script = self.write("server.js", SERVER)

    def write(self, name, text):
        path = self.fleet.path(name)
        with open(path, "w") as file:
            file.write(text)
        return path

    def server(self, log=None, name="api", **options):
        log = log or self.log
        before = contents(log).count(b"ready")
        with open(log, "ab") as file:
            streams = {"stdout": file, "stderr": file, **options}
            process = self.fleet.start([NODE, self.script, log, name], **streams)
        wait_until(lambda: contents(log).count(b"ready") > before, what="the server to be ready")
        return process

    def agent(self, *options):
        self.fleet.agent("alpha", "--under", str(os.getpid()), *options)
        self.fleet.wait_for_socket("alpha")

    def logs(self, *arguments):
        return self.fleet.looptop("logs", "--socket", self.fleet.socket("alpha"), *arguments)

    def selector(self, process):
        return f"alpha/{process.pid}"

    def wait_for_worker(self, process):
        def found():
            done = self.fleet.looptop("ls", "workers", "-o", "json", "--socket", self.fleet.socket("alpha"))
            return any(row["pid"] == process.pid for row in json.loads(done.stdout)["workers"])
        wait_until(found, what=f"the agent to find {process.pid}")

    def start(self, **options):
        process = self.server(**options)
        self.agent()
        self.wait_for_worker(process)
        return process

    def write_line(self, process, log=None):
        size = len(contents(log or self.log))
        process.send_signal(signal.SIGUSR2)
        wait_until(lambda: len(contents(log or self.log)) > size, what="the server to write a line")

    def test_the_newest_lines_without_colours(self):
        process = self.start()
        for _ in range(3):
            self.write_line(process)
        done = self.logs(self.selector(process), "-n", "2")
        self.assertEqual((done.returncode, done.stdout), (0, "api line 2\napi line 3\n"), done.stderr)
        done = self.logs(self.selector(process), "-g", "ready|LINE 1", "-o", "jsonl")
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual([row["text"] for row in rows], ["api ready"])  # a capital counts
        rows = [json.loads(line) for line in self.logs(
            self.selector(process), "-g", "ready|line 1", "-o", "jsonl").stdout.splitlines()]
        self.assertEqual([row["text"] for row in rows], ["api ready", "api line 1"])
        self.assertEqual(rows[0]["source"], f"stdout and stderr: {self.log}")
        self.assertEqual((rows[0]["host"], rows[0]["slot"], rows[0]["schema"]), ("alpha", 1, "looptop/v1"))

    def test_followed_over_both_rotations(self):
        process = self.start()
        reader = Reader(self.fleet, "--socket", self.fleet.socket("alpha"), self.selector(process), "-f")
        reader.wait_for("api ready")
        self.write_line(process)
        reader.wait_for("api line 1")
        # By rename: what is still written to the old file is not lost.
        os.rename(self.log, self.log + ".1")
        self.write_line(process, self.log + ".1")
        process.send_signal(signal.SIGHUP)
        wait_until(lambda: b"anew" in contents(self.log), what="the new file")
        self.write_line(process)
        reader.wait_for("api line 3")
        # By copytruncate.
        shutil.copy(self.log, self.log + ".2")
        os.truncate(self.log, 0)
        self.write_line(process)
        reader.wait_for("api line 4")
        self.assertEqual(
            reader.lines, ["api ready", "api line 1", "api line 2", "api opened anew", "api line 3", "api line 4"])
        self.assertIn(b"a new file took the place of the one before", contents(reader.errors))
        self.assertIn(b"the file was cut off and begins anew", contents(reader.errors))
        self.assertEqual(reader.end(), -signal.SIGINT)

    def test_followed_over_a_restart(self):
        """Of a slot: the log goes on with the worker that took it."""
        first = self.start()
        reader = Reader(self.fleet, "--socket", self.fleet.socket("alpha"), self.selector(first), "-f")
        reader.wait_for("api ready")
        self.write_line(first)
        first.terminate()
        first.wait()
        second = self.server(name="api")
        self.write_line(second)
        reader.wait_for("api line 1\napi ready\napi line 1")

    def test_what_a_worker_may_write(self):
        """A line of ten megabytes, bytes that are no text, escape sequences, secrets."""
        process = self.start()
        with open(self.log, "ab") as file:
            file.write(b"x" * 10_000_000 + b"\n")
            file.write(b"junk \x00\xff\xfe\x80 end\n")
            file.write(b"evil \x1b]52;c;aGk=\x07 \x1b[2J \xc2\x9b31m\n")
            file.write(b"login password=hunter2 ok\n")
            file.write(b"-----BEGIN RSA PRIVATE KEY-----\nQUJDREVGR0g=\n-----END RSA PRIVATE KEY-----\nafter\n")
        done = self.logs(self.selector(process))
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = done.stdout.splitlines()
        self.assertEqual(lines[0], "api ready")
        self.assertTrue(lines[1].startswith("xxxx") and lines[1].endswith("bytes more") and len(lines[1]) < 5000)
        self.assertEqual(lines[2], "junk \\x00\ufffd\ufffd\ufffd end")
        self.assertEqual(lines[3], "evil \\x1b]52;c;aGk=\\x07 \\x1b[2J \\x9b31m")
        self.assertEqual(lines[4], "login password=‹redacted› ok")
        self.assertEqual(lines[5:], ["‹redacted›", "‹redacted›", "‹redacted›", "after"])
        self.assertNotIn("hunter2", self.logs(self.selector(process), "-g", "hunter2").stdout)

    def test_streams_that_cannot_be_read(self):
        """stderr is closed and stdout goes nowhere: said, and not taken for an empty log."""
        process = self.fleet.start(
            ["/bin/sh", "-c", f"exec {NODE} {self.script} {self.log} api 2>&- >/dev/null"])
        self.agent()
        self.wait_for_worker(process)
        done = self.logs(self.selector(process))
        self.assertEqual(done.returncode, 1)
        self.assertIn("stdout and stderr: /dev/null, which keeps nothing", done.stderr)
        done = self.logs(self.selector(process), "--stream", "stderr")
        # Node opens what is closed as /dev/null.
        self.assertRegex(done.stderr, "stderr: (closed|/dev/null, which keeps nothing)")

    def test_as_an_ordinary_user(self):
        """An agent without any privilege reads what its own user's workers write."""
        with OrdinaryUser() as user:
            log = user.path("home", "app.log")
            with open(user.path("server.js"), "w") as file:
                file.write(SERVER)
            process = user.start(["/bin/sh", "-c", f"exec {NODE} {user.path('server.js')} {log} api >>{log} 2>&1"])
            wait_until(lambda: b"ready" in contents(log), what="the server to be ready")
            user.start([user.program(AGENT), "--under", str(os.getpid())], stderr=subprocess.DEVNULL)
            socket = os.path.join(user.runtime, "looptop-agent", "agent.sock")
            wait_until(lambda: os.path.exists(socket), what="the socket")
            looptop = user.program(LOOPTOP)
            wait_until(lambda: str(process.pid) in user.run([looptop, "ls", "workers"]).stdout, what="the worker")
            done = user.run([looptop, "logs", f"pid={process.pid}"])
            self.assertEqual((done.returncode, done.stdout), (0, "api ready\n"), done.stderr)

    @unittest.skipUnless(os.path.exists(SUPERVISORD), "no supervisord")
    def test_a_child_of_supervisord(self):
        out = self.fleet.path("web.log")
        configuration = self.write("supervisord.conf", f"""
[supervisord]
nodaemon=true
logfile={self.fleet.path("supervisord.log")}
pidfile={self.fleet.path("supervisord.pid")}
[unix_http_server]
file={self.fleet.path("supervisor.sock")}
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[program:web]
command={NODE} {self.script} {self.log} web
stdout_logfile={out}
redirect_stderr=true
""")
        master = self.fleet.start(["/usr/bin/python3", SUPERVISORD, "-c", configuration],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(lambda: b"ready" in contents(out), what="the child of supervisord")
        self.agent()
        wait_until(lambda: "web" in self.fleet.looptop(
            "ls", "apps", "--socket", self.fleet.socket("alpha")).stdout, what="the app")
        done = self.logs("alpha/web", "-o", "jsonl")
        self.assertEqual(done.returncode, 0, done.stderr)
        row = json.loads(done.stdout.splitlines()[0])
        self.assertEqual((row["text"], row["app"], row["slot"]), ("web ready", "web", 1))
        self.assertEqual(row["source"], f"stdout and stderr: {out} (through pid {master.pid} (python3))")

    def test_several_workers_merged_by_time(self):
        """Two servers of different files, whose lines say when they were written."""
        one = self.server(self.fleet.path("one.log"), "one")
        two = self.server(self.fleet.path("two.log"), "two")
        for second in range(6):
            with open(self.fleet.path(["one.log", "two.log"][second % 2]), "a") as file:
                file.write(f"2026-11-21T12:00:0{second}Z number {second}\n")
        self.agent()
        for process in [one, two]:
            self.wait_for_worker(process)
        done = self.logs("alpha/*", "--merge", "-g", "number", "-o", "jsonl")
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual([row["text"][-8:] for row in rows], [f"number {second}" for second in range(6)])
        # Corrected by what is known of the agent's clock, which is not exact to the millisecond.
        self.assertRegex(rows[0]["time"], r"^2026-11-21T(12:00:00\.00\d|11:59:59\.99\d)Z$")
        plain = self.logs("alpha/*", "-n", "1").stdout.splitlines()
        self.assertEqual(len(plain), 2, plain)
        self.assertTrue(all(line.startswith("alpha/") and " | 2026-" in line for line in plain), plain)
        since = self.logs("alpha/*", "--since", "1m", "-g", "number")
        self.assertEqual((since.returncode, since.stdout), (0, ""), since.stderr)

    def test_usage_and_a_reader_that_goes_away(self):
        process = self.start()
        self.assertEqual(self.logs("alpha/none").returncode, 4)
        self.assertEqual(self.logs(self.selector(process), "-n", "10001").returncode, 64)
        self.assertEqual(self.logs(self.selector(process), "--stream", "stdin").returncode, 64)
        self.assertEqual(self.logs(self.selector(process), "-o", "yaml").returncode, 64)
        for number in range(3000):
            with open(self.log, "ab") as file:
                file.write(b"some line %d\n" % number)
        done = subprocess.run(
            f"{LOOPTOP} logs --state-dir {self.fleet.operator} --socket {self.fleet.socket('alpha')} "
            f"{self.selector(process)} -n 3000 | head -1; echo ${{PIPESTATUS[0]}}",
            shell=True, executable="/bin/bash", capture_output=True, text=True, timeout=60)
        self.assertEqual((done.stdout, done.stderr), ("some line 0\n141\n", ""))

    def test_the_policy_decides_over_the_network(self):
        self.server()
        self.fleet.make_identity()
        self.fleet.enrol("alpha")
        policy = self.fleet.path("alpha", "policy.json5")
        with open(os.open(policy, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.write('{ defaults: { logs: "nobody" } }\n')
        agent = self.fleet.agent("alpha", "--under", str(os.getpid()))
        wait_until(lambda: "serving fleet" in self.fleet.log("alpha"), what="the listener")
        wait_until(lambda: "server" in self.fleet.looptop("ls", "apps").stdout, what="the app")
        done = self.fleet.looptop("logs", "alpha/*")
        self.assertEqual(done.returncode, 77, done.stderr)
        self.assertIn("are for nobody: the host's policy says so", done.stderr)
        self.assertEqual(done.stdout, "")
        with open(policy, "w") as file:
            file.write('{ defaults: { logs: "operator" } }\n')
        agent.send_signal(signal.SIGHUP)
        wait_until(lambda: self.fleet.looptop("logs", "alpha/*").returncode == 0, what="the new policy")
        self.assertIn("api ready", self.fleet.looptop("logs", "alpha/*").stdout)
        done = subprocess.run(
            [AGENT, "policy", "check", "--state-dir", self.fleet.path("alpha"), "--as", "user/eve/viewer", "--do", "logs",
             "server"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 77, done.stderr)
        self.assertIn("may not read the logs of server", done.stdout)

    def test_on_the_screen(self):
        """`l`, follow, filter, search, wrap, back; a new line appears by itself."""
        process = self.start()
        with open(self.log, "ab") as file:
            for number in range(200):
                file.write(b"INFO request %d took 5 ms\n" % number)
            file.write(b"WARN slow query, 412 ms " + b"of many words " * 20 + b"\n")
        terminal = Terminal([LOOPTOP, "--state-dir", self.fleet.operator, "--socket", self.fleet.socket("alpha")])
        self.addCleanup(terminal.close)
        terminal.wait_for("hosts 1")
        terminal.type("\r")
        terminal.wait_for(str(process.pid))
        terminal.type("l")
        terminal.wait_for("> log")
        terminal.wait_for("WARN slow query")
        terminal.wait_for(lambda t: self.log[-30:] in t.text, what="where it comes from")
        self.write_line(process)
        terminal.wait_for("api line 1")
        self.assertIn("follow on", terminal.text)
        self.assertIn("api line 1", terminal.cursor_line)
        terminal.type("k")
        terminal.wait_for("follow off")
        terminal.type("g")
        terminal.wait_for("api ready")
        terminal.type("G")
        terminal.wait_for("follow on")
        terminal.type("w")
        terminal.wait_for(lambda t: t.text.count("of many words") > 6, what="a wrapped line")
        terminal.type("/warn\r")
        terminal.wait_for(lambda t: "filter: warn" in t.text and "INFO" not in t.text and "WARN slow" in t.text)
        terminal.type("&")
        terminal.wait_for(lambda t: "marked: warn" in t.text and "INFO request 199" in t.text)
        terminal.type("N")
        terminal.wait_for(lambda t: "WARN slow" in t.cursor_line and "follow off" in t.text, what="the match")
        terminal.type("N")
        terminal.wait_for("no earlier line with that text here")
        terminal.type("\x1b")
        terminal.wait_for(lambda t: "marked" not in t.text)
        terminal.type("\x1b")
        terminal.wait_for(lambda t: "> log" not in t.text)
        # The worker's own screen has the newest lines.
        terminal.resize(40, 120)
        terminal.type("j\r")
        terminal.wait_for("api line 1", what="the panel")
        terminal.type("q")
        self.assertEqual(terminal.wait_for_end(), 0)


class Journal(unittest.TestCase):
    """A real journald in a mount namespace of its own, with the agent, a worker and the reader beside it."""

    @unittest.skipUnless(NODE and os.path.exists(JOURNALD), "no node or no journald")
    @unittest.skipUnless(os.getuid() == 0, "needs root for a mount namespace")
    def test_the_journal(self):
        done = subprocess.run(
            ["unshare", "-m", sys.executable, os.path.abspath(__file__), "inside"], capture_output=True, text=True,
            timeout=120, preexec_fn=end_with_parent)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


def inside():
    for command in (["mount", "--make-rprivate", "/"], ["mount", "-t", "tmpfs", "none", "/run"],
                    ["mount", "-t", "tmpfs", "none", "/var/log"]):
        subprocess.run(command, check=True)
    os.makedirs("/run/systemd/journal")
    with Fleet() as fleet:
        fleet.start([JOURNALD], stderr=subprocess.DEVNULL)
        wait_until(lambda: os.path.exists("/run/systemd/journal/stdout"), what="journald")
        with open(fleet.path("server.js"), "w") as file:
            file.write(SERVER)
        worker = fleet.start(["systemd-cat", "-t", "api", NODE, fleet.path("server.js"), "/dev/null", "api"])
        fleet.agent("alpha", "--under", str(os.getpid()))
        fleet.wait_for_socket("alpha")
        at = ["--socket", fleet.socket("alpha")]
        wait_until(lambda: str(worker.pid) in fleet.looptop("ls", "workers", *at).stdout, what="the worker")
        selector = f"alpha/{worker.pid}"

        def rows(*arguments):
            done = fleet.looptop("logs", *at, selector, "-o", "jsonl", *arguments)
            assert done.returncode == 0, done.stderr
            return [json.loads(line) for line in done.stdout.splitlines()]

        wait_until(lambda: any(row["text"] == "api ready" for row in rows()), what="the first line")
        row = rows()[0]
        assert row["source"] == "stdout and stderr: the journal", row
        assert row["time"].endswith("Z") and row["slot"] == 1, row
        reader = Reader(fleet, *at, selector, "-f", "-n", "1")
        reader.wait_for("api ready")
        worker.send_signal(signal.SIGUSR2)
        reader.wait_for("api line 1")
        assert [line.split(" ", 1)[1] for line in reader.lines] == ["api ready", "api line 1"], reader.lines
        assert rows("-g", "line 1")[0]["text"] == "api line 1"
        assert rows("--since", "1h", "-n", "1")[0]["text"] == "api line 1"
        assert rows("-n", "1")[0]["text"] == "api line 1"
        worker.send_signal(signal.SIGUSR2)
        reader.wait_for("api line 2")
        assert reader.end() == -signal.SIGINT
        # Nothing of before; what comes after it began is not lost.
        reader = Reader(fleet, *at, selector, "-f", "-n", "0")

        def is_told():
            worker.send_signal(signal.SIGUSR2)
            return len(reader.lines) > 1

        wait_until(is_told, what="new lines")
        assert not any(line.rstrip().endswith("api line 2") for line in reader.lines), reader.lines
        assert reader.end() == -signal.SIGINT


if __name__ == "__main__" and sys.argv[1:] == ["inside"]:
    inside()
