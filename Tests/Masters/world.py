"""A world of its own for real masters: network, pids, mounts. What runs in it ends with it.

`enter()` runs the program again below a first process that reaps what is left over and whose end is the end of all."""
import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [os.path.join(ROOT, folder) for folder in ("Tests/EndToEnd", "Tests/Chaos", "Benchmarks")]
from fleet import AGENT, LOOPTOP, alive, end_with_parent, wait_until  # noqa: E402, F401

APPS = os.path.join(HERE, "apps")
SERVICES = "/srv"
MARK = "LOOPTOP_MASTERS_WORLD"


def enter(*, within=3600):
    """Returns in the new world, as its second process, or not at all."""
    if os.environ.get(MARK):
        return
    if os.getuid() != 0:
        print("skipped: real masters need root, for a network and process ids of their own (sudo make test-masters)")
        sys.exit(0)
    options = ["--net", "--pid", "--mount", "--uts", "--ipc", "--fork", "--kill-child", "--mount-proc"]
    world = subprocess.Popen(
        ["unshare", *options, sys.executable, os.path.abspath(__file__), *sys.argv],
        env={**os.environ, MARK: str(within)}, preexec_fn=end_with_parent)
    signal.signal(signal.SIGTERM, lambda *_: [os.kill(pid, signal.SIGTERM) for pid in children(world.pid)])
    try:
        sys.exit(world.wait(within + 30))
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        world.kill()  # unshare takes the world with it
        world.wait()
        sys.exit("ended before it was done")


def first_process():
    """Process 1 of the world: waits for whoever ends, until the program does or its time is over."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    for place in (SERVICES, "/run"):  # below /run engines have their sockets
        subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "none", place], check=True)
    os.mkdir("/run/lock")
    program = os.fork()
    if program == 0:
        os.execv(sys.executable, [sys.executable, *sys.argv[1:]])

    def over(*_):
        print("ended: it took too long", flush=True)
        os._exit(1)

    signal.signal(signal.SIGTERM, lambda *_: os.kill(program, signal.SIGTERM))  # who has something to say does
    signal.signal(signal.SIGALRM, over)
    signal.alarm(int(os.environ[MARK]))
    while True:
        pid, status = os.wait()
        if pid == program:
            sys.stdout.flush()
            os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


class Counters:
    """What TCP of this network namespace counted since."""
    NAMES = {
        "refused": ("Tcp", "AttemptFails"), "reset": ("Tcp", "EstabResets"),
        "overflows": ("TcpExt", "ListenOverflows"), "drops": ("TcpExt", "ListenDrops"),
    }

    def __init__(self):
        self.begin = self.read()

    @staticmethod
    def read():
        found = {}
        for path in ("/proc/net/snmp", "/proc/net/netstat"):
            with open(path) as file:
                lines = file.read().splitlines()
            for names, values in zip(lines[::2], lines[1::2]):
                kind = names.split(":")[0]
                for name, value in zip(names.split()[1:], values.split()[1:]):
                    found[kind, name] = int(value)
        return found

    def since(self):
        now = self.read()
        return {word: now[name] - self.begin[name] for word, name in self.NAMES.items()}


class World:
    """Use as `with World() as world:`. Services live in directories under /srv, which is the world's own."""

    def __init__(self):
        self.processes = []
        self.number = 0
        assert os.path.ismount(SERVICES) and os.environ.get(MARK), "only in a world of its own"
        for entry in os.scandir(SERVICES):  # of the part before
            shutil.rmtree(entry.path) if entry.is_dir(follow_symlinks=False) else os.unlink(entry.path)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop(self.processes)

    @staticmethod
    def stop(processes):
        for process in reversed(processes):
            if process.poll() is None:
                process.terminate()
        for process in reversed(processes):
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                below = descendants(process.pid)
                process.kill()
                process.wait()
                for pid in below:
                    if alive(pid):
                        os.kill(pid, signal.SIGKILL)

    def directory(self, name, *files):
        """A directory under /srv with these of the apps' files."""
        path = os.path.join(SERVICES, name)
        os.makedirs(path, exist_ok=True)
        os.chmod(path, 0o755)
        for file in files:
            shutil.copy(os.path.join(APPS, file), path)
        return path

    def write(self, path, text):
        with open(path, "w") as file:
            file.write(text)
        return path

    def start(self, arguments, cwd="/", environment=None, user=None, **options):
        """Starts a service: its output is in /srv/log.N."""
        self.number += 1
        entry = pwd.getpwnam(user) if user else None

        def become():
            os.setsid()
            if entry:
                os.setgroups([])
                os.setresgid(entry.pw_gid, entry.pw_gid, entry.pw_gid)
                os.setresuid(entry.pw_uid, entry.pw_uid, entry.pw_uid)
            end_with_parent()

        base = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LANG": "C.UTF-8"}
        log = open(os.path.join(SERVICES, f"log.{self.number}"), "wb")
        options.setdefault("stdin", subprocess.DEVNULL)
        process = subprocess.Popen(
            arguments, cwd=cwd, env={**base, **(environment or {})}, preexec_fn=become,
            **{"stdout": log, "stderr": log, **options})
        process.log = log.name
        log.close()
        self.processes.append(process)
        return process

    def said(self, process):
        with open(process.log, errors="replace") as log:
            return log.read()[-2000:]

    def decoys(self, count):
        """Ordinary processes that are no workers: sleeps, shells, cats on pipes, idle interpreters."""
        loop = "import time\nwhile True: time.sleep(1000)"
        kinds = [
            ["sleep", "100000"], ["sh", "-c", "sleep 100000; true"], ["cat"], ["bash", "-c", "read line; true"],
            ["sleep", "100000"], ["sh", "-c", "cat; true"],
        ]
        started = []
        for number in range(count):
            kind = ["python3", "-S", "-c", loop] if number % 10 == 9 else kinds[number % len(kinds)]
            started.append(self.start(
                kind, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        return started

    def agent(self, name="alpha", *options, state=None):
        state = state or os.path.join(SERVICES, "agent-state")
        os.makedirs(state, mode=0o700, exist_ok=True)
        agent = self.start(
            [AGENT, "run", "--state-dir", state, "--host-name", name, "--socket", os.path.join(state, "agent.sock"), *options])
        agent.state, agent.socket = state, os.path.join(state, "agent.sock")
        wait_until(lambda: agent.poll() is not None or answers(agent.socket), what="the agent's socket", seconds=30)
        assert agent.poll() is None, self.said(agent)
        return agent


def answers(path):
    import socket
    with socket.socket(socket.AF_UNIX) as attempt:
        try:
            attempt.connect(path)
            return True
        except OSError:
            return False


def children(pid):
    """Children of all its threads: celery, for one, forks from another than the first. None of one that has ended."""
    found = set()
    try:
        threads = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return []
    for thread in threads:
        try:
            with open(f"/proc/{pid}/task/{thread}/children") as file:
                found.update(int(child) for child in file.read().split())
        except OSError:
            pass
    return sorted(found)


def descendants(pid):
    below = children(pid)
    return below + [one for child in below for one in descendants(child)]


def title(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""


def start_ticks(pid):
    """When it began (proc_pid_stat(5), field 22), or None of one that is gone."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return int(file.read().rsplit(")", 1)[1].split()[19])
    except OSError:
        return None


def identities(pids):
    """{(pid, start ticks)} of those that live: a child may end between its listing and its reading."""
    return {(pid, ticks) for pid in pids if alive(pid) and (ticks := start_ticks(pid)) is not None}


def is_at_rest(pid):
    """Whether it is gone, or sleeps with no signal left to handle."""
    try:
        with open(f"/proc/{pid}/status") as file:
            status = dict(line.split(":", 1) for line in file if ":" in line)
    except OSError:
        return True
    return status["State"].strip()[0] == "S" and not int(status["SigPnd"], 16) and not int(status["ShdPnd"], 16)


def fetch(port, path="/"):
    """The answer of an HTTP server, or None."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=2) as answer:
            return answer.read().decode()
    except OSError:
        return None


def wait_for_port(world, process, port, seconds=30):
    import socket

    def listens():
        if process.poll() is not None:
            raise AssertionError(f"it ended with {process.returncode}: {world.said(process)}")
        with socket.socket() as attempt:
            return attempt.connect_ex(("127.0.0.1", port)) == 0
    wait_until(listens, seconds, f"port {port}: {world.said(process)}")


if __name__ == "__main__":
    first_process()
