"""R19: more workers than an agent was made for, and less of a processor than it wants (a quota of its control group): what it takes, how
far apart its samples are then, and whether it says so. Wanted is that its sweeps come less often (after 2, 5 and 10 s) rather than
that it takes more than 5 % of a core, and never more than 25 %."""
import collections
import json
import os
import threading
import time

from client import DELTA, KEYFRAME, Connection, Feed, ProtocolError, Writer, SUBSCRIBE
from fleet import Fleet, wait_until
from setting import TICKS, Findings, compile_c, cpu_seconds, percentile, resident_mib
from world import descendants

USUAL, HARD = 0.05, 0.25  # of a core
PER_SERVER = 100
MISSED, STRETCH, SWEEP, CADENCE, WORKERS = 19, 24, 27, 28, 11  # columns of the host row
HOST_ROW = 1  # an interest
LEFT_OUT, LESS_OFTEN = 1 << 5, 1 << 7  # limitations
SLOWEST = 10 + 2  # seconds between two samples


class HostRows(threading.Thread):
    """The host row of each sample, and when it was taken; `others` ask the agent for nothing else."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.session, self.rows, self.fault = Connection(path, 60), [], None
        body = Writer()
        for number in (1, HOST_ROW, 1_000_000_000):
            body.varint(number)
        self.session.send(SUBSCRIBE, body.bytes)
        self.start()

    def run(self):
        feed = Feed()
        try:
            while True:
                kind, body, _ = self.session.next()
                if kind in (KEYFRAME, DELTA):
                    feed.take(kind, body)
                    self.rows.append((feed.snapshot["monotonic"] / 1e9, dict(feed.snapshot["host"]), feed.snapshot["limitations"]))
        except (ProtocolError, OSError, ValueError) as error:
            self.fault = error


class Quota:
    """A control group that has so much of a core; version 1, or the unified one. `None` of a core: no control group."""
    FIRST, UNIFIED = "/sys/fs/cgroup/cpu", "/sys/fs/cgroup"
    PERIOD = 100_000

    def __init__(self, share):
        self.path = None
        if share is None:
            return
        wanted = int(self.PERIOD * share)
        if os.path.exists(os.path.join(self.FIRST, "cpu.cfs_quota_us")):
            self.make(self.FIRST, {"cpu.cfs_period_us": self.PERIOD, "cpu.cfs_quota_us": wanted})
        else:
            self.make(self.UNIFIED, {"cpu.max": f"{wanted} {self.PERIOD}"})

    def make(self, root, settings):
        self.path = os.path.join(root, f"looptop-chaos-{os.getpid()}-{time.monotonic_ns()}")
        os.mkdir(self.path)
        for name, value in settings.items():
            self.write(name, value)

    def write(self, name, value):
        with open(os.path.join(self.path, name), "w") as file:
            file.write(str(value))

    def take(self, pid):
        if self.path:
            self.write("cgroup.procs", pid)

    def close(self):
        if self.path:
            os.rmdir(self.path)  # whoever was in it has ended


def by_thread(pid):
    """CPU seconds by the names of its threads."""
    found = collections.Counter()
    for thread in os.listdir(f"/proc/{pid}/task"):
        try:
            with open(f"/proc/{pid}/task/{thread}/stat") as file:
                head, _, rest = file.read().rpartition(")")
        except OSError:
            continue
        fields = rest.split()
        found[head.split("(", 1)[1]] += (int(fields[11]) + int(fields[12])) / TICKS
    return found


def main(short):
    findings = Findings()
    # Workers, milliseconds between two wake-ups of each, share of a core that the agent may have.
    stages = [(300, 1000, None), (300, 1000, 0.03)] if short else [
        (500, 1000, None), (2000, 0, None), (2000, 1000, None), (2000, 100, None), (5000, 1000, None), (2000, 1000, 0.05), (5000, 1000, 0.05)]
    for workers, milliseconds, share in stages:
        with Fleet() as fleet:
            program = fleet.path("many")
            compile_c("many.c", program)
            try:
                quota = Quota(share)
            except OSError as error:
                print(f"left out: no control group for a quota: {error}")
                continue
            try:
                stage(findings, fleet, program, workers, milliseconds, quota, share, short)
            finally:
                for process in fleet.agents.values():
                    process.terminate()
                    process.wait(30)
                quota.close()
    return findings.counts


def stage(findings, fleet, program, workers, milliseconds, quota, share, short):
    servers = fleet.start([program, str(workers // PER_SERVER), str(PER_SERVER), str(milliseconds)])
    wait_until(lambda: len(descendants(servers.pid)) >= workers + workers // PER_SERVER, 60, f"{workers} workers")
    agent = fleet.agent("alpha", "--under", str(servers.pid))
    quota.take(agent.pid)
    wait_until(lambda: os.path.exists(fleet.socket("alpha")), 60, "the agent's socket")
    view = HostRows(fleet.socket("alpha"))
    wait_until(lambda: len(view.rows) > (0 if short else 2), 120, "samples")
    # Until all are found, what is new is no more looked at closely, and the agent has settled: half a minute a step.
    time.sleep(1 if short else 105)
    used, began, first, threads = cpu_seconds(agent.pid), time.monotonic(), len(view.rows) - 1, by_thread(agent.pid)
    time.sleep(6 if short else 30)  # the load itself is what is tried
    elapsed = time.monotonic() - began
    took = (cpu_seconds(agent.pid) - used) / elapsed
    each = {name: (seconds - threads[name]) / elapsed for name, seconds in by_thread(agent.pid).items()}
    rows = view.rows[first:]
    steps = [after[0] - before[0] for before, after in zip(rows, rows[1:])] or [elapsed]
    row, limitations = rows[-1][1], rows[-1][2]
    host = json.loads(fleet.looptop("ls", "hosts", "-o", "json", "--timeout", "30s", "--socket", fleet.socket("alpha")).stdout)["hosts"][0]
    log = [line for line in fleet.log("alpha").splitlines() if "level=" not in line or "level=notice" not in line]
    name = f"{workers} workers, " + (f"each awake every {milliseconds} ms" if milliseconds else "asleep") + (f", {share:.0%} of a core" if share else "")
    print(f"{name}: {row.get(WORKERS)} seen; the agent took {took:.3f} of a core ("
          + ", ".join(f"{word} {value:.3f}" for word, value in sorted(each.items(), key=lambda item: -item[1]) if value >= 0.001)
          + f") and {resident_mib(agent.pid):.0f} MiB; {len(steps)} samples, {percentile(steps, .5):.2f} s apart, at most {max(steps):.2f} s; a sweep "
          f"takes {row.get(SWEEP, 0) / 1000:.0f} ms and is planned every {row.get(CADENCE, 0) / 1000:.0f} s, {row.get(MISSED)} missed, probes {row.get(STRETCH, 0) / 1000:.1f} times as far apart as planned; "
          f"it says: {host['state']}, interval {host['interval_seconds']} s, reasons {host['reasons']}, limitations {host['limitations']}; "
          f"{len(log)} lines in its log{': ' + log[-1][:160] if log else ''}", flush=True)
    findings.expect(view.fault is None and agent.poll() is None, f"{name}: the view ended: {view.fault}")
    findings.expect(row.get(WORKERS) == workers or limitations & LEFT_OUT,
                    f"{name}: {row.get(WORKERS)} seen, and nothing says that some are left out")
    missing = [reason for reason in host["reasons"] if "workers since" in reason or "too few" in reason]
    findings.expect(not missing, f"{name}: all workers live, and it says: {missing[:2]}")
    findings.expect(took <= HARD, f"{name}: the agent took {took:.2f} of a core")
    findings.expect(max(steps) <= SLOWEST, f"{name}: a sample came {max(steps):.1f} s after the one before")
    findings.expect(max(steps) <= 1.5 or row.get(MISSED) or limitations & LESS_OFTEN,
                    f"{name}: samples are {max(steps):.1f} s apart, and nothing says so")
    if not short:
        findings.expect(took <= USUAL, f"{name}: the agent took {took:.3f} of a core, and did not sweep less often")
    view.session.close()
