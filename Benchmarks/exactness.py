"""How true told CPU times are: workers that burn in known patterns note their own process clock, and what others tell of an
interval is held against what the clock grew in it."""
import os
import struct
import threading
import time

import peers
from contenders import Agent, Lines
from fits import Clock, interval_errors, percentile
from fleet import children, wait_until
from workforce import cpu_ns

HERE = os.path.dirname(os.path.abspath(__file__))
# By what they do: together a third of a core. No period fits into one of those who look, so that they look at any moment of it.
PATTERNS = {
    "2 ms each 51 ms": "1:2000:51000",
    "0.3 ms each 11 ms": "1:300:11000",
    "4 threads, 2 ms each 53 ms": "4:2000:53000",
    "32 threads, 0.2 ms each 47 ms": "32:200:47000",
    "a new thread of 5 ms each 103 ms": "churn:5000:103000",
}
CPU_COLUMN = 0
SETTLED_SECONDS = 3
OWN_PERIOD = 0.1


class Burners:
    def __init__(self, fleet, program):
        self.directory = fleet.path("clocks")
        os.mkdir(self.directory)
        self.process = fleet.start([program, self.directory, *PATTERNS.values()])
        self.root, self.masters, self.count = self.process.pid, [self.process.pid], len(PATTERNS)
        pids = wait_until(lambda: (found := sorted(os.listdir(self.directory))) and len(found) == self.count and found,
                          what="the burners")
        # A master's children are in the order in which it made them.
        self.pids = dict(zip(PATTERNS, children(self.root)))
        assert sorted(map(str, self.pids.values())) == pids

    def clock(self, pid):
        with open(os.path.join(self.directory, str(pid)), "rb") as file:
            notes = []
            for instant, cpu in struct.iter_unpack("<qq", file.read()):
                if instant == 0:
                    break
                notes.append((instant, cpu))
        return Clock(notes)


class Timed(Lines):
    """Lines with the moment at which they came."""

    def note(self, data, now):
        before = len(self.lines)
        super().note(data, now)
        self.timed = getattr(self, "timed", []) + [(now, line.decode("utf-8", "replace")) for line in self.lines[before:]]


class FollowedAgent(Agent):
    """Keeps what it tells of CPU time, by pid."""

    def read_messages(self):
        told = self.__dict__.setdefault("told", {})
        messages, self.messages = self.messages, []
        for message in messages:
            self.messages = [message]
            super().read_messages()
            for worker in self.feed.snapshot["workers"]:
                if CPU_COLUMN in worker["row"]:
                    told.setdefault(worker["pid"], []).append((self.feed.snapshot["monotonic"], worker["row"][CPU_COLUMN]))


class OwnReading(threading.Thread):
    """Reads the process clocks from here: what remains of an error is that of the truth."""

    def __init__(self, pids, period):
        super().__init__(daemon=True)
        self.pids, self.period, self.over, self.told = pids, period, threading.Event(), {}

    def run(self):
        while not self.over.wait(self.period - time.monotonic() % self.period):
            for pid in self.pids:
                self.told.setdefault(pid, []).append((time.monotonic_ns(), cpu_ns(pid)))


def read_top(timed):
    """By pid, (ns, CPU time in ns) of `TIME+`, minutes:seconds.hundredths."""
    told, column = {}, None
    for now, line in timed:
        words = line.split()
        if words[:1] == ["PID"]:
            column = words.index("TIME+")
        elif column and len(words) > column and words[0].isdigit():
            minutes, _, seconds = words[column].partition(":")
            if seconds:
                told.setdefault(int(words[0]), []).append((round(now * 1e9), round((int(minutes) * 60 + float(seconds)) * 1e9)))
    return told


def read_pidstat(timed, period):
    """By pid, (ns, CPU time in ns) from the `%CPU` of each interval."""
    told, columns = {}, None
    for now, line in timed:
        words = line.split()
        if words[:1] == ["#"]:
            columns = {word: index - 1 for index, word in enumerate(words)}
        elif columns and len(words) > columns["%CPU"] and words[columns["PID"]].isdigit():
            rows = told.setdefault(int(words[columns["PID"]]), [])
            grown = float(words[columns["%CPU"]]) / 100 * period * 1e9
            rows.append((round(now * 1e9), (rows[-1][1] if rows else 0) + grown))
    return told


def read_psutil(timed):
    told = {}
    for _, line in timed:
        instant, *words = line.split()
        for word in words:
            pid, _, seconds = word.partition("=")
            told.setdefault(int(pid), []).append((round(float(instant) * 1e9), round(float(seconds) * 1e9)))
    return told


def observers(fleet, burners, names):
    """Those that can be had: contenders, and what reads what they told."""
    pids = ",".join(map(str, burners.pids.values()))
    found = [
        (FollowedAgent("agent", fleet, burners), lambda each: each.told),
        (FollowedAgent("agent, 10 Hz", fleet, burners, period=0.1), lambda each: each.told),
        (FollowedAgent("agent, no probe, 10 Hz", fleet, burners, "--no-probe", period=0.1), lambda each: each.told)]
    readers = {"top -b": lambda each: read_top(each.timed), "pidstat": lambda each: read_pidstat(each.timed, 1.0),
               "psutil": lambda each: read_psutil(each.timed)}
    for name, reader in readers.items():
        path = peers.program(name)
        if name not in names or not path:
            continue
        command = {"top -b": [path, "-b", "-d", "1", "-p", pids], "pidstat": [path, "-u", "-h", "-p", pids, "1"],
                   "psutil": [path, os.path.join(HERE, "psutil_loop.py"), "1", *map(str, burners.masters)]}[name]
        found.append((Timed(name, command, environment={"LC_ALL": "C", "S_TIME_FORMAT": "ISO"}), reader))
    return found


def measure(fleet, reading, program, names, seconds):
    """By observer and pattern: mean and p99 of the error of an interval, ms, and how many intervals."""
    burners = Burners(fleet, program)
    watching, own = observers(fleet, burners, names), OwnReading(list(burners.pids.values()), OWN_PERIOD)
    try:
        for each, _ in watching:
            each.start()
            reading.add(each)
        if not reading.until(lambda: all(each.has_all() for each, _ in watching if isinstance(each, Agent)), 20):
            raise RuntimeError("the agent does not show all workers that burn CPU")
        own.start()
        begun = time.monotonic_ns() + SETTLED_SECONDS * 1_000_000_000
        reading.rest(SETTLED_SECONDS + seconds)
        own.over.set()
        own.join()
        for each, _ in watching:
            if isinstance(each, Agent):
                each.read_messages()
        clocks = {pid: burners.clock(pid) for pid in burners.pids.values()}
        told = {each.name: (each.period, reader(each)) for each, reader in watching}
        told["own reading, 10 Hz"] = (own.period, own.told)
        return {name: {"period": period, "patterns": {
            pattern: judged([row for row in rows.get(pid, []) if row[0] >= begun], clocks[pid])
            for pattern, pid in burners.pids.items()}} for name, (period, rows) in told.items()}
    finally:
        own.over.set()
        for each, _ in watching:
            if each in reading.contenders:
                reading.remove(each)
            if each.process:
                each.end()
        burners.process.terminate()
        burners.process.wait(10)


def judged(readings, clock):
    errors = [abs(error) / 1e6 for error in interval_errors(readings, clock)]
    if not errors:
        return None
    return {"median_ms": percentile(errors, 0.5), "mean_ms": sum(errors) / len(errors), "p99_ms": percentile(errors, 0.99), "intervals": len(errors)}
