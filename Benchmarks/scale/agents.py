"""The agent on crowds of real workers: what a worker, a sweep or a viewer more costs it."""
import os
import statistics
import subprocess
import time

import client
from fleet import AGENT, wait_until
from measured import cpu_ns, memory
from viewers import OverTLS, Viewers
from workforce import sizes_of

SECOND = 1_000_000_000
# Workers in one snapshot (docs/PROTOCOL.md, limits).
SHOWN_AT_MOST = 2000
# An agent looks at each process when it finds it and 0.2, 1, 3 and 8 s later.
SETTLED_SECONDS = 8.5
# Its first decision to sweep less often comes after two windows of 10 s (SweepPace.swift).
WINDOW_SECONDS = 10
# Columns of the host row (docs/PROTOCOL.md).
WORKERS, MISSED, DROPPED, SWEEP_US, CADENCE_MS = 11, 19, 20, 27, 28
# How long after a multiple of its interval a sweep is due, and how late it may be.
APPOINTMENT_NS, ON_TIME_NS = 20_000_000, 50_000_000
START_LIMIT = 90


def shares_of(count):
    """Workers of each master, how many of them are busy, and for how many per cent of a core each. Together a fifth of a core,
    however many there are, so that the machine stays free for what is measured."""
    sizes = sizes_of(count)
    all_busy = next(few for few in (20, 10, 5, 4, 2, 1) if few <= max(1, count // 50))
    busy = [all_busy * (place + 1) // len(sizes) - all_busy * place // len(sizes) for place in range(len(sizes))]
    return sizes, busy, 20 // all_busy


class Agent:
    """One that looks at these workers; over TLS too where it is enrolled."""

    def __init__(self, fleet, workers, interval_ms, enrolled=False):
        self.fleet, self.workers, self.interval_ms = fleet, workers, interval_ms
        self.address = None
        self.name = f"agent{len(fleet.processes)}"
        if enrolled:
            fleet.make_identity()
            fleet.enrol(self.name)
            with open(fleet.path(self.name, "listen")) as file:
                self.address = file.read().strip()
        self.path = fleet.path(self.name + ".sock")
        with open(fleet.path(self.name + ".log"), "ab") as log:
            self.process = fleet.start(
                [AGENT, "run", "--state-dir", fleet.path(self.name), "--socket", self.path, "--under",
                 str(workers.root), "--interval", str(interval_ms / 1000)], stderr=log, stdout=subprocess.DEVNULL)
        self.began = time.monotonic()
        wait_until(lambda: os.path.exists(self.path), what="the agent's socket")

    def connect(self, viewers, over_tls=False, follows=False):
        connection = OverTLS(self.address, self.fleet.operator) if over_tls else client.Connection(self.path)
        viewers.add(connection, self.interval_ms * 1_000_000, follows)

    def settle(self, viewers, seconds):
        viewers.run(self.began + seconds - time.monotonic())

    def stop(self):
        self.process.terminate()
        self.process.wait(20)


class Sweeps:
    """Instants and planned pauses of the sweeps that came, and of the workers they told of."""

    def __init__(self, interval_ms):
        self.interval_ns = interval_ms * 1_000_000
        self.instants, self.cadences, self.missed, self.shown, self.sweep_us = [], [], [], 0, []

    def note(self, feed):
        host = feed.snapshot["host"]
        self.instants.append(feed.snapshot["monotonic"])
        self.cadences.append(host.get(CADENCE_MS, self.interval_ns // 1_000_000))
        self.missed.append(host.get(MISSED, 0))
        self.shown += len(feed.snapshot["workers"])
        if SWEEP_US in host:
            self.sweep_us.append(host[SWEEP_US])

    def lateness(self):
        """Of each sweep, in ns: they are due a little after each multiple of the interval."""
        due = min(APPOINTMENT_NS, self.interval_ns // 2)
        return [(instant - due) % self.interval_ns for instant in self.instants]

    def on_time_share(self):
        """Sweeps that were left out count as late."""
        on_time = sum(late <= min(ON_TIME_NS, self.interval_ns // 2) for late in self.lateness())
        left_out = self.missed[-1] - self.missed[0] if self.missed else 0
        return on_time / (len(self.instants) + left_out) if self.instants else None


def threads(pid):
    """CPU time of each thread that lives, by its name, in ns; up to a tick old."""
    found = {}
    for thread in os.listdir(f"/proc/{pid}/task"):
        try:
            with open(f"/proc/{pid}/task/{thread}/comm") as comm, open(f"/proc/{pid}/task/{thread}/schedstat") as schedstat:
                name, spent = comm.read().strip(), int(schedstat.read().split()[0])
        except OSError:  # it ended
            continue
        found[name] = found.get(name, 0) + spent
    return found


def window(agent, viewers, seconds):
    """What the agent takes for so long, and what comes."""
    sweeps = Sweeps(agent.interval_ms)
    viewers.on_snapshot = sweeps.note
    viewers.bytes = viewers.messages = 0
    pid = agent.process.pid
    before, cpu, begun = threads(pid), cpu_ns(pid), time.monotonic()
    viewers.run(seconds)
    elapsed = time.monotonic() - begun
    found = {"seconds": elapsed, "cpu_share": (cpu_ns(pid) - cpu) / 1e9 / elapsed, "threads_share": {
        name: (spent - before.get(name, 0)) / 1e9 / elapsed for name, spent in threads(pid).items()}}
    if sweeps.instants:
        found.update(
            sweeps_per_s=len(sweeps.instants) / elapsed, on_time_share=sweeps.on_time_share(),
            latest_ms=max(sweeps.lateness()) / 1e6, cadence_ms=sweeps.cadences[-1],
            shown=(shown := sweeps.shown / len(sweeps.instants)), bytes_per_sample=viewers.bytes / viewers.messages / shown,
            bytes_per_s=viewers.bytes / elapsed, sweep_ms=statistics.median(sweeps.sweep_us) / 1e3 if sweeps.sweep_us else None)
    return found


def state(agent):
    """What it holds now."""
    rss, pss = memory(agent.process.pid)
    kept = os.listdir(f"/proc/{agent.process.pid}/fd")
    return {"rss_bytes": rss, "pss_bytes": pss, "descriptors": len(kept),
            "threads": len(os.listdir(f"/proc/{agent.process.pid}/task"))}


class Arrival:
    """Whether a snapshot has all workers, or for a while no more came: some may not be seen at all."""
    PATIENCE_SECONDS = 6

    def __init__(self, count):
        self.count = count
        self.seen, self.since = -1, None

    def is_over(self, feed, now):
        if feed.snapshot is None:
            return False
        seen = feed.snapshot["host"].get(WORKERS, 0)
        if seen != self.seen:
            self.seen, self.since = seen, now
        is_whole = seen == self.count and len(feed.snapshot["workers"]) == min(self.count, SHOWN_AT_MOST)
        return is_whole or (seen > 0 and now - self.since > self.PATIENCE_SECONDS)


def start(fleet, workers, interval_ms):
    """With one viewer, which has seen all workers that the agent sees."""
    agent, viewers, arrival = Agent(fleet, workers, interval_ms), Viewers(), Arrival(workers.count)
    agent.connect(viewers, follows=True)
    if not viewers.run(START_LIMIT, lambda: arrival.is_over(viewers.feed, time.monotonic())):
        raise RuntimeError(f"the agent does not show {workers.count} workers")
    return agent, viewers, {"seen": arrival.seen, "first_shown_s": arrival.since - agent.began}


def measure_workers(fleet, workers, settled, seconds, later):
    """Once a second. First before it can have decided to look less often; then, `later` seconds on, what it came to."""
    agent, viewers, started = start(fleet, workers, 1000)
    agent.settle(viewers, settled)
    point = {"workers": workers.count, **started, **window(agent, viewers, seconds)}
    point["changes"] = []
    while later > 0:
        found = window(agent, viewers, min(later, WINDOW_SECONDS))
        later -= WINDOW_SECONDS
        # Where it sweeps every ten seconds none may come.
        found["cadence_ms"] = found.get("cadence_ms", point.get("later", point)["cadence_ms"])
        if found["cadence_ms"] != point.get("later", point)["cadence_ms"]:
            point["changes"].append({"after_s": time.monotonic() - agent.began, "cadence_ms": found["cadence_ms"]})
        point["later"] = found
    point.update(state(agent))
    viewers.close()
    agent.stop()
    return point


def measure_rate(fleet, workers, interval_ms, settled, seconds):
    agent, viewers, started = start(fleet, workers, interval_ms)
    agent.settle(viewers, settled)
    point = {"workers": workers.count, **started, "hz": 1000 / interval_ms, **window(agent, viewers, seconds), **state(agent)}
    viewers.close()
    agent.stop()
    return point


def measure_viewers(fleet, workers, counts, settled, settle, seconds):
    """First none, then more and more on the unix socket; then the same over TLS, on the same agent."""
    agent = Agent(fleet, workers, 1000, enrolled=True)
    for over_tls in (False, True):
        viewers = Viewers()
        for count in counts:
            while len(viewers.connections) < count:
                agent.connect(viewers, over_tls, follows=not viewers.connections)
            agent.settle(viewers, settled)
            viewers.run(settle)
            yield {"viewers": count, "tls": over_tls, "workers": workers.count,
                   **window(agent, viewers, seconds), **state(agent)}
        viewers.close()
    agent.stop()
