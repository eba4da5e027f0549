"""A program that is measured: started, stopped while it is not its turn, its output read and counted, its CPU time by a cgroup
of its own, or where there can be none by the process clocks of it and its children."""
import fcntl
import os
import pty
import shutil
import signal
import struct
import subprocess
import termios
import threading
import time
import urllib.request

import cgroups
import client
from crew import Skipped
from fleet import AGENT, children, end_with_parent
from workforce import cpu_ns

ROWS, COLUMNS = 50, 200
# Output after a pause of so much of a period is a new one; a sweep is over when nothing more came for so much of it.
PAUSE, QUIET = 0.25, 0.1
END_SECONDS = 10
# Of the host row: workers alive. Of the limitations: workers or groups left out.
LIVING, IS_CUT = 11, 1 << 5
SCRAPE_SECONDS = 30


def counts_by_cgroup():
    """Whether this machine lets us have cgroups; else why not."""
    try:
        cgroups.make("cpuacct").remove()
        return True, "cgroup"
    except Skipped as why:
        return False, f"process clocks: {why}"


class Contender:
    """Counts what it puts out. `sweeps` are bursts of output, each after a pause."""
    by_cgroup = False
    # Sweeps after a pause that are not measured. Where there was none, it is one.
    first_sweeps = 1

    def __init__(self, name, command, period=1.0, environment=None, terminal=False):
        self.name, self.command, self.period = name, command, period
        self.environment = {**os.environ, "LC_ALL": "C.UTF-8", **(environment or {})}
        self.terminal = terminal
        self.process = self.cgroup = self.fd = None
        self.bytes = self.sweeps = 0
        self.last_byte = self.first_byte = None
        self.stopped = self.was_stopped = False

    def start(self):
        self.cgroup = cgroups.make("cpuacct") if self.by_cgroup else None
        theirs = self.output()
        self.process = subprocess.Popen(
            self.command, start_new_session=True, env=self.environment, preexec_fn=self.prepare, **theirs)
        self.started = time.monotonic()
        for each in set(theirs.values()):
            if each > 2:
                os.close(each)

    def output(self):
        """Where its output goes: a terminal that we read, or a pipe."""
        self.fd, theirs = pty.openpty() if self.terminal else os.pipe()
        if self.terminal:
            fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
            self.environment["TERM"] = "xterm-256color"
            return {"stdin": theirs, "stdout": theirs, "stderr": theirs}
        return {"stdin": subprocess.DEVNULL, "stdout": theirs, "stderr": subprocess.DEVNULL}

    def prepare(self):
        """In the child, before the program."""
        end_with_parent()
        if self.terminal:
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        if self.cgroup:
            self.cgroup.add(os.getpid())

    def take(self, now):
        """Reads what is there; `False` at its end."""
        try:
            data = os.read(self.fd, 1 << 18)
        except OSError:  # the other side of a terminal was closed
            data = b""
        if data:
            self.note(data, now)
        return bool(data)

    def note(self, data, now):
        self.bytes += len(data)
        self.first_byte = self.first_byte or now
        if self.last_byte is None or now - self.last_byte > PAUSE * self.period:
            self.sweeps += 1
        self.last_byte = now

    def is_quiet(self, now):
        return self.last_byte is not None and now - self.last_byte >= QUIET * self.period

    def pids(self):
        if self.cgroup:
            return self.cgroup.pids()
        found = [self.process.pid]
        for pid in found:
            try:
                found += children(pid)
            except OSError:
                pass  # it has ended
        return found

    def cpu_ns(self):
        return self.cgroup.used_ns() if self.cgroup else sum(cpu_ns(pid) for pid in self.pids())

    def pause(self, is_paused):
        if self.stopped != is_paused:
            os.killpg(self.process.pid, signal.SIGSTOP if is_paused else signal.SIGCONT)
            self.stopped, self.was_stopped = is_paused, True

    def sizes(self):
        """Memory in MiB and descriptors, of all its processes; kernel threads have neither."""
        found = {"rss_mib": 0, "pss_mib": 0, "anonymous_mib": 0, "descriptors": 0, "threads": 0}
        names = {"Rss": "rss_mib", "Pss": "pss_mib", "Anonymous": "anonymous_mib"}
        for pid in self.pids():
            with open(f"/proc/{pid}/smaps_rollup") as lines:
                for line in lines:
                    key = names.get(line.split(":")[0])
                    if key:
                        found[key] += int(line.split()[1]) / 1024
            found["descriptors"] += len(os.listdir(f"/proc/{pid}/fd"))
            found["threads"] += len(os.listdir(f"/proc/{pid}/task"))
        return found

    def end(self):
        if self.process and self.process.poll() is None:
            self.pause(False)
            self.process.terminate()
            try:
                self.process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.close()
        if self.cgroup:
            for pid in self.cgroup.pids():  # what it started and did not end
                os.kill(pid, signal.SIGKILL)
            self.cgroup.remove()
            self.cgroup = None

    def close(self):
        if self.fd is not None:
            os.close(self.fd)
            self.fd = None


class Lines(Contender):
    """One line is one sweep."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.lines, self.rest = [], b""

    def note(self, data, now):
        self.bytes += len(data)
        self.first_byte, self.last_byte = self.first_byte or now, now
        *lines, self.rest = (self.rest + data).split(b"\n")
        self.lines += lines
        self.sweeps += len(lines)


class Reference(Lines):
    """A floor in C; `phase` says when in a period it sweeps."""

    def __init__(self, program, mode, workers, period=1.0, phase=0.0):
        name = f"C {mode}" if period == 1 else f"C {mode}, {1 / period:.0f} Hz"
        super().__init__(
            name, [program, mode, str(round(period * 1000)), str(round(phase * 1000)), *map(str, workers.masters)],
            period=period)

    def reads(self):
        """(workers, how many of them were read beyond their clock) by sweep."""
        return [tuple(map(int, line.split())) for line in self.lines]


class Exporter(Contender):
    """Sweeps when it is asked, once a second by a thread of ours; what it answers is what it puts out."""

    def __init__(self, name, command, port, **options):
        super().__init__(name, command, **options)
        self.url = f"http://127.0.0.1:{port}/metrics"
        self.page, self.trouble, self.asker = b"", None, None

    def output(self):
        return {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}

    def scrape(self):
        with urllib.request.urlopen(self.url, timeout=SCRAPE_SECONDS) as answer:
            self.page = answer.read()
        self.note(self.page, time.monotonic())

    def note(self, data, now):
        self.bytes += len(data)
        self.first_byte, self.last_byte = self.first_byte or now, now
        self.sweeps += 1

    def wait_for_start(self):
        deadline = time.monotonic() + SCRAPE_SECONDS
        while True:
            try:
                return self.scrape()
            except OSError:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    raise
                time.sleep(0.01)

    def ask_for(self, seconds):
        """Once a second, later where an answer took longer."""
        def ask():
            end, due = time.monotonic() + seconds, time.monotonic()
            while due < end:
                time.sleep(max(0, due - time.monotonic()))
                try:
                    self.scrape()
                except OSError as error:
                    self.trouble = error
                    return
                due = max(due + self.period, time.monotonic())
        self.asker = threading.Thread(target=ask, daemon=True)
        self.asker.start()

    def is_asked(self):
        return self.asker is not None and self.asker.is_alive()


class Agent(Contender):
    """With one subscriber on its unix socket. A message is a sweep; what they say is looked at when nothing is measured."""
    # What it missed in a pause is made up for at once, and the next one comes too soon after that for a message of its own.
    first_sweeps = 3

    def __init__(self, name, fleet, workers, *options, period=1.0):
        self.workers, self.path = workers, fleet.path(f"{name}.sock".replace(" ", "_"))
        # A copy of its own: pages of one file count only in part for each of several programs that run from it.
        program = shutil.copy(AGENT, fleet.path(name))
        super().__init__(name, [
            program, "run", "--state-dir", fleet.path(name + ".state"), "--socket", self.path, "--under", str(workers.root),
            "--interval", str(period), *options], period=period)
        self.log = fleet.path(name + ".log")
        self.feed, self.messages, self.events = client.Feed(), [], []
        self.stamps, self.wire = [], []

    def output(self):
        log = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        return {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log}

    def start(self):
        super().start()
        self.connect()

    def connect(self):
        self.connection = client.Connection(self.path)
        self.connection.subscribe(round(self.period * 1e9))
        self.fd = self.connection.socket.fileno()

    def take(self, now):
        try:
            self.connection.receive()
            while self.connection.has_message():
                self.take_message(self.connection.pop(), now)
        except (OSError, client.Closed):
            if not self.was_stopped or self.process.poll() is not None:
                raise
            # It was stopped for longer than its peer may be silent.
            self.connection.close()
            self.connect()
        return True

    def take_message(self, message, now):
        kind, body, arrived = message or (None, None, None)
        if kind in (client.KEYFRAME, client.DELTA):
            self.bytes += 8 + len(body)
            self.sweeps += 1
            self.first_byte, self.last_byte = self.first_byte or now, now
            self.messages.append((kind, body))
        elif kind == client.EVENT:
            self.events.append((body, arrived))

    def keep_alive(self):
        """Silence ends the session; one that ended meanwhile is found out by `take`."""
        try:
            self.connection.keep_alive()
        except OSError:
            pass

    def is_quiet(self, now):
        return self.last_byte is not None

    def read_messages(self):
        """Brings the snapshot up to date; what is wrong in them raises."""
        for kind, body in self.messages:
            self.feed.take(kind, body)
            self.stamps.append(self.feed.snapshot["monotonic"])
            if kind == client.DELTA:
                self.wire.append({key: getattr(self.feed, key) for key in (
                    "bytes", "host_bytes", "groups_bytes", "workers_bytes", "changed_rows")})
        self.messages.clear()

    def seen(self):
        """How many workers it told of last: by its host row where there are more than a snapshot has room for."""
        self.read_messages()
        snapshot = self.feed.snapshot
        if snapshot is None:
            return 0
        return snapshot["host"].get(LIVING) if snapshot["limitations"] & IS_CUT else len(snapshot["workers"])

    def has_all(self):
        return self.seen() == self.workers.count

    def close(self):
        self.connection.close()
        self.fd = None
