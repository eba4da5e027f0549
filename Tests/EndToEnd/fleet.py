"""Agents, workers and enrolments for the tests: real ones, in a directory and with processes of their own."""
import ctypes
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BIN = os.environ.get("LOOPTOP_BIN", os.path.join(ROOT, ".build", "release"))
LOOPTOP = os.path.join(BIN, "looptop")
AGENT = os.path.join(BIN, "looptop-agent")
WORKER = os.path.join(BIN, "looptop-demo-worker")
PR_SET_PDEATHSIG = 1
libc = ctypes.CDLL(None)


def end_with_parent():
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def wait_until(condition, seconds=20, what="the condition"):
    end = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.02)


def free_port():
    """One of the loopback that nobody has, below those that the kernel gives to others."""
    while True:
        with socket.socket() as listener:
            try:
                listener.bind(("127.0.0.1", random.randrange(22_000, 32_000)))
                return listener.getsockname()[1]
            except OSError:
                pass


class Fleet:
    """Use as `with Fleet() as fleet:`; everything started ends with it, by pid."""

    def __init__(self):
        self.directory = tempfile.mkdtemp(prefix="looptop-test.")
        self.operator = os.path.join(self.directory, "operator")
        self.processes = []
        self.agents = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in reversed(self.processes):
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.terminate()
        for process in reversed(self.processes):
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self.directory)

    def start(self, arguments, **options):
        process = subprocess.Popen(arguments, preexec_fn=end_with_parent, **options)
        self.processes.append(process)
        return process

    def path(self, *parts):
        return os.path.join(self.directory, *parts)

    def workers(self, name, *options):
        """A prefork server called `name`; the process is its master."""
        program = self.path(name)
        shutil.copy(WORKER, program)
        return self.start([program, *options])

    def looptop(self, *arguments, timeout=60, stdin=None, state=None):
        """As whoever made the fleet, or as who keeps their identity in `state`."""
        return subprocess.run(
            [LOOPTOP, arguments[0], "--state-dir", state or self.operator, *arguments[1:]],
            input=stdin, capture_output=True, text=True, timeout=timeout)

    def make_identity(self):
        done = self.looptop("init", "--name", "tester")
        assert done.returncode == 0, done.stderr

    def enrol(self, host):
        """Enrols a host on a port of the kernel's choice, over the real token."""
        state = self.path(host)
        init = self.start(
            [AGENT, "init", "--listen", "127.0.0.1:0", "--state-dir", state, "--host-name", host],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        token = init.stdout.readline()
        assert token.startswith("lt1."), init.communicate()[1]
        done = self.looptop("enroll", "-", stdin=token)
        assert done.returncode == 0, done.stderr
        assert init.wait(10) == 0, init.communicate()[1]
        init.stdout.close()
        init.stderr.close()

    def allow_restarts(self, host):
        file = self.path(host, "policy.json5")
        with open(os.open(file, os.O_WRONLY | os.O_CREAT, 0o600), "w") as policy:
            policy.write('{ apps: { "*": { restart: "operator", roll: "operator", reload: "operator" } } }\n')

    def agent(self, host, *options):
        """Runs the agent of `host` on its state directory; its log is `HOST.log`. It looks at what this test started, for
        other tests may run beside it."""
        if "--under" not in options:
            options = ("--under", str(os.getpid()), *options)
        state = self.path(host)
        log = open(self.path(host + ".log"), "ab")
        process = self.start(
            [AGENT, "run", "--state-dir", state, "--host-name", host, "--socket", self.socket(host), *options],
            stderr=log)
        log.close()
        self.agents[host] = process
        return process

    def socket(self, host):
        return self.path(host, "agent.sock")

    def log(self, host):
        with open(self.path(host + ".log")) as log:
            return log.read()

    def wait_for_socket(self, host):
        wait_until(lambda: os.path.exists(self.socket(host)), what=f"the socket of {host}: {self.log(host)}")

    def listing(self, kind, *options):
        done = self.looptop("ls", kind, "-o", "json", "--retry", "--timeout", "20s", *options)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def audit(self, host):
        with open(self.path(host, "audit.jsonl")) as file:
            return [json.loads(line) for line in file]


class OrdinaryUser(Fleet):
    """A user without privileges, with a home and copies of the programs: `nobody` when the tests run as root."""

    def __init__(self):
        super().__init__()
        self.is_other = os.getuid() == 0
        self.uid = 65534 if self.is_other else os.getuid()
        self.runtime = self.path("run")
        home = self.path("home")
        for path in [self.runtime, home]:
            os.mkdir(path, 0o700)
        for path in [self.directory, self.runtime, home]:
            os.chown(path, self.uid, -1)
        self.environment = {
            "HOME": home, "XDG_RUNTIME_DIR": self.runtime, "XDG_STATE_HOME": os.path.join(home, ".local", "state"),
            "PATH": os.environ["PATH"], "LOOPTOP_STATE_DIR": ""}

    def become(self):
        if self.is_other:
            os.setgroups([])
            os.setresgid(self.uid, self.uid, self.uid)
            os.setresuid(self.uid, self.uid, self.uid)
        end_with_parent()  # after the change of user, which clears it

    def program(self, path, name=None):
        copy = self.path(name or os.path.basename(path))
        if not os.path.exists(copy):
            shutil.copy(path, copy)
        return copy

    def start(self, arguments, **options):
        process = subprocess.Popen(arguments, preexec_fn=self.become, env=self.environment, **options)
        self.processes.append(process)
        return process

    def run(self, arguments):
        return subprocess.run(
            arguments, preexec_fn=self.become, env=self.environment, capture_output=True, text=True, timeout=60)


def children(pid):
    """Of a process that must live, by its first thread."""
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return [int(child) for child in file.read().split()]


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:  # ENOENT, or ESRCH where it ended between opening and reading
        return False
