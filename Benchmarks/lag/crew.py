"""The processes of a run: all are started and ended here, by pid, as an ordinary user where the benchmark runs as root."""
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
OUTPUT = os.path.join(ROOT, ".build", "bench-lag")
NOBODY = 65534
PR_SET_PDEATHSIG = 1
libc = ctypes.CDLL(None)


class Skipped(Exception):
    """This machine lacks what a workload needs; the text says what."""


class Crew:
    """Use as `with Crew() as crew:`; what it started has ended after it, also on Ctrl-C.

    `uid` is that of workers and estimators: what an ordinary user may see is what is measured."""

    def __init__(self, privileged=False):
        self.is_root = os.getuid() == 0
        self.uid = NOBODY if self.is_root and not privileged else os.getuid()
        self.processes = []
        self.directory = tempfile.mkdtemp(prefix="looptop-lag.")
        os.chmod(self.directory, 0o755)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in reversed(self.processes):
            self.end(process)
        shutil.rmtree(self.directory, ignore_errors=True)

    def fresh(self, name):
        """A directory of its own for a run, which workers may write to."""
        path = os.path.join(self.directory, name)
        shutil.rmtree(path, ignore_errors=True)
        os.mkdir(path, 0o755)
        if self.uid != os.getuid():
            os.chown(path, self.uid, self.uid)
        return path

    def build(self):
        """The C programs, and copies that an ordinary user may run."""
        for name in ("worker.js", "worker.py"):
            shutil.copy(os.path.join(HERE, name), self.path(name))
            os.chmod(self.path(name), 0o644)
        for name in ("load", "schedwatch", "sleepers", "ticklog"):
            library = ["-shared", "-fPIC"] if name == "ticklog" else []
            target = self.path("ticklog.so" if library else name)
            subprocess.run(["cc", "-O2", "-Wall", "-Wextra", *library, "-o", target, os.path.join(HERE, name + ".c"),
                            "-lm", "-ldl", "-lpthread"], check=True)

    def path(self, name):
        return os.path.join(self.directory, name)

    def start(self, arguments, uid=None, **options):
        """Starts it as `uid`, by default the ordinary user; it ends with us whatever happens."""
        uid = self.uid if uid is None else uid

        def become():
            if uid != os.getuid():
                os.setgroups([])
                os.setresgid(uid, uid, uid)
                os.setresuid(uid, uid, uid)
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # after the change of user, which clears it
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # we end it

        options.setdefault("cwd", self.directory)
        process = subprocess.Popen([str(each) for each in arguments], preexec_fn=become, **options)
        self.processes.append(process)
        return process

    def end(self, process, seconds=10):
        """Ends it and returns what it used (`resource.struct_rusage`), `None` if that is known no more."""
        usage = None
        if process.returncode is None:
            self.signal(process, signal.SIGCONT)
            self.signal(process, signal.SIGTERM)
            deadline = time.monotonic() + seconds
            usage = reap(process, deadline)
            if usage is None:
                self.signal(process, signal.SIGKILL)
                usage = reap(process, deadline + 5)
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream:
                stream.close()
        if process in self.processes:
            self.processes.remove(process)
        return usage

    @staticmethod
    def signal(process, number):
        """Only while the process is ours: not reaped, so that the pid is no other's."""
        if process.returncode is None:
            try:
                os.kill(process.pid, number)
            except ProcessLookupError:
                pass


def reap(process, deadline):
    """Waits for the end until `deadline`, keeps the status where `subprocess` looks for it, and returns the usage."""
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            process.returncode = os.waitstatus_to_exitcode(status)
            return usage
        if time.monotonic() > deadline:
            return None
        time.sleep(0.01)


def read_line(process, seconds, what):
    """The next line it prints, waiting no longer than that."""
    import select
    ready, _, _ = select.select([process.stdout], [], [], seconds)
    line = process.stdout.readline() if ready else b""
    if not line:
        raise RuntimeError(f"{what} did not start: nothing printed within {seconds} s")
    return line.decode()


def free_port():
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        return made.getsockname()[1]


def wait_for_port(port, seconds=10):
    deadline = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise RuntimeError(f"nothing listens on port {port} after {seconds} s")
            time.sleep(0.02)
