"""R21: the agent's program is replaced, as a package does it, and the agent told to end and started again, while a dashboard looks on and
a restart is under way: no worker is restarted because of it, slots are kept, nothing is told that did not happen, and the view is back
within 3 s. LOOPTOP_BEFORE names the folder of an older release, to and from which it goes then, too."""
import collections
import os
import random
import re
import shutil
import signal
import subprocess
import threading
import time

from client import DELTA, KEYFRAME, Feed, ProtocolError
from commands import Session
from fleet import AGENT, LOOPTOP, Fleet, children, wait_until
from setting import Findings, percentile
from terminal import Terminal
from world import identities

GAP = 3
SLACK = 2  # two cores, on which others run
WELL = r"alpha +(OK|WARN|CRIT)"
STUBBORN = 1  # the slot that ignores SIGTERM: its restart takes ten seconds


class Steady(threading.Thread):
    """Somebody who asks again at once whenever a session ends: when samples were taken."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.path, self.taken, self.sessions, self.is_over = path, [], 0, threading.Event()
        self.start()

    def run(self):
        while not self.is_over.is_set():
            try:
                session = Session(self.path, 20)
            except (OSError, ProtocolError):
                self.is_over.wait(0.02)
                continue
            self.sessions += 1
            feed = Feed()
            try:
                session.subscribe(1_000_000_000)
                while not self.is_over.is_set():
                    kind, body, _ = session.next()
                    if kind in (KEYFRAME, DELTA):
                        feed.take(kind, body)
                        self.taken.append(feed.snapshot["monotonic"] / 1e9)
            except (OSError, ProtocolError):
                pass
            finally:
                session.close()

    def gap(self, since):
        """The longest time between two samples, of which the later was taken after `since`."""
        return max(after - before for before, after in zip(self.taken, self.taken[1:]) if after > since)


class Upgraded:
    """A host whose agent runs from a file that can be replaced."""

    def __init__(self, fleet):
        self.fleet = fleet
        self.master = fleet.workers("ingest", "--workers", "4", "--ignore-term", str(STUBBORN))
        fleet.make_identity()
        fleet.enrol("alpha")
        fleet.allow_restarts("alpha")
        self.program = fleet.path("looptop-agent")
        shutil.copy(AGENT, self.program)
        self.agent = self.start()
        fleet.wait_for_socket("alpha")
        wait_until(lambda: len(fleet.listing("workers")["workers"]) == 4, 30, "four workers")

    def start(self):
        log = open(self.fleet.path("alpha.log"), "ab")
        agent = self.fleet.start(
            [self.program, "run", "--state-dir", self.fleet.path("alpha"), "--host-name", "alpha", "--socket", self.fleet.socket("alpha"),
             "--under", str(os.getpid())], stderr=log)
        log.close()
        return agent

    def replace(self, source):
        """As dpkg does: another file under the same name, while the old one runs; then stop and start."""
        shutil.copy(source, self.program + ".new")
        os.rename(self.program + ".new", self.program)
        began = time.monotonic()
        self.agent.send_signal(signal.SIGTERM)
        code = self.agent.wait(20)
        ended = time.monotonic() - began
        self.agent = self.start()
        return began, ended, code

    def slots(self):
        return {row["pid"]: row["slot"] for row in self.fleet.listing("workers")["workers"]}

    def intents(self):
        with open(self.fleet.path("alpha", "audit.jsonl"), "rb") as file:
            return file.read().count(b'"record":"intent"')

    def restart(self, slot):
        return self.fleet.start([LOOPTOP, "restart", f"alpha/ingest#{slot}", "--state-dir", self.fleet.operator, "--yes", "--wait",
                                 "--accept-warnings"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def main(short):
    findings = Findings()
    seed = int(os.environ.get("LOOPTOP_SEED", random.SystemRandom().randrange(1_000_000)))
    chance = random.Random(seed)
    older = os.path.join(os.environ.get("LOOPTOP_BEFORE", ""), "looptop-agent")
    sources = [AGENT] * (2 if short else 10)
    if os.path.exists(older) and not short:
        sources = [older, AGENT] * 5 + sources
    with Fleet() as fleet:
        host = Upgraded(fleet)
        steady = Steady(fleet.socket("alpha"))
        # One for all: it loses its host again and again, and comes back as soon as after the first time.
        terminal = Terminal([LOOPTOP, "--state-dir", fleet.operator, "alpha"], 24, 100)
        try:
            wait_until(lambda: len(steady.taken) > 2, what="samples")
            rounds = [upgrade(findings, host, steady, terminal, source, number, chance) for number, source in enumerate(sources)]
        finally:
            steady.is_over.set()
            terminal.close()
        print(f"{len(rounds)} upgrades (seed {seed}): samples at most {max(gap for gap, _ in rounds):.1f} s apart over them (p50 "
              f"{percentile([gap for gap, _ in rounds], .5):.1f}), the dashboard without the host for {max(dark for _, dark in rounds):.1f} s at most")
        audit(findings, host)
        steady.join(5)
    return findings.counts


def upgrade(findings, host, steady, terminal, source, number, chance):
    """With a restart under way; (gap between samples, time without the host on the dashboard)."""
    fleet = host.fleet
    terminal.wait_for(WELL, 30)
    what = f"upgrade {number + 1} ({'to the same version' if source == AGENT else 'to the one before'})"
    before, slots = identities(children(host.master.pid)), host.slots()
    slot = STUBBORN if number % 2 == 0 else 1 + chance.randrange(1, 4)
    target = next(pid for pid, its in slots.items() if its == slot)
    told = ends(fleet)
    intents = host.intents()
    command = host.restart(slot)
    wait_until(lambda: host.intents() > intents, 10, "the intent")
    time.sleep(chance.random() * 1.5)
    began, ended, code = host.replace(source)
    dark = dark_since = 0
    end = began + 40
    sessions = steady.sessions
    while time.monotonic() < end and host.agent.poll() is None:  # until both see it again, and a little longer: an age grows before it is shown as such
        terminal.read(0.05)
        row = terminal.line_with(WELL)
        age = re.search(r" (\d+)s *$", row) if row else None
        is_well = bool(row) and (age is None or int(age[1]) <= GAP)
        now = time.monotonic()
        if not is_well:
            dark_since = dark_since or now
        elif dark_since:
            dark, dark_since = dark + now - dark_since, 0
        if is_well and steady.sessions > sessions and steady.taken[-1] > began + ended + 2 and now > began + 4:
            break
    assert host.agent.poll() is None, f"{what}: the new agent ended with {host.agent.returncode}: {fleet.log('alpha')[-1000:]}"
    gap = steady.gap(began)
    text, _ = command.communicate(timeout=60)
    text = " ".join(text.split())
    print(f"{what}, slot {slot} under way: the old one ended after {ended:.2f} s with code {code}, samples {gap:.1f} s apart, the dashboard "
          f"without it for {dark:.1f} s; restart: code {command.returncode}: {text[:260]}", flush=True)
    wait_until(lambda: len(children(host.master.pid)) == 4, 20, "four workers")
    after = identities(children(host.master.pid))
    wait_until(lambda: sorted(host.slots().values()) == [1, 2, 3, 4], 20, f"four slots: {host.slots()}")
    gone = {pid for pid, _ in before - after}
    findings.expect(code == 0, f"{what}: the old agent ended with {code}")
    findings.expect(gone <= {target}, f"{what}: workers {gone} ended, and only {target} was to be restarted")
    kept = {pid: its for pid, its in host.slots().items() if pid in slots}
    findings.expect(all(slots[pid] == its for pid, its in kept.items()), f"{what}: slots were {slots}, and are {kept}")
    findings.expect(gap <= GAP + SLACK, f"{what}: samples {gap:.1f} s apart")
    findings.expect(dark <= GAP + SLACK, f"{what}: the dashboard was without the host for {dark:.1f} s")
    findings.expect(command.returncode in (0, 1, 75), f"{what}: the restart ended with {command.returncode}: {text}")
    findings.expect(command.returncode != 0 or target in gone, f"{what}: told as replaced, and the old one lives: {text}")
    lies = [pid for pid in ends(fleet) - told if pid not in gone]
    findings.expect(not lies, f"{what}: told that {lies} ended")
    return gap, dark


def ends(fleet):
    """Pids that are told to have ended, by the run of the agent that there is."""
    return {int(pid) for pid in re.findall(r" exited, pid (\d+)", fleet.looptop("events", "alpha").stdout)}


def audit(findings, host):
    """Over all runs each intent has one result, or the words of the run that was interrupted and of the next; and the log is whole."""
    done = subprocess.run([AGENT, "audit", "verify", "--state-dir", host.fleet.path("alpha")], capture_output=True, text=True, timeout=60)
    findings.expect(done.returncode == 0, f"the audit log is not whole: {done.stdout}{done.stderr}")
    ends = {}
    for entry in host.fleet.audit("alpha"):
        if entry["record"] in ("intent", "result", "interrupted"):
            ends.setdefault(entry["command"], []).append(entry["record"])
    print(f"{len(ends)} commands: " + ", ".join(f"{count} {' and '.join(kind)}" for kind, count in collections.Counter(
        map(tuple, ends.values())).items()) + f"; audit verify: {' '.join(done.stdout.split())[:160]}")
    wrong = [records for records in ends.values() if records != ["intent", "result"] and records != ["intent", "interrupted", "interrupted"]]
    findings.expect(not wrong, f"commands without one end: {wrong}")
