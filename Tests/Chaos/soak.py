"""A soak: agents, each with a network and process ids of its own, and dashboards, with a drawn fault every 30 s, for LOOPTOP_SOAK_HOURS
(6). After each fault every dashboard has to show the fleet as whole within a minute. What processes cost is written to LOOPTOP_SOAK_DATA
every 10 s; `slopes.py` makes a table of it, also before the end. SIGTERM ends it early, with all that the end has."""
import collections
import contextlib
import json
import os
import random
import re
import signal
import subprocess
import threading
import time

import slopes
import soak_faults
from fleet import AGENT, Fleet, wait_until
from setting import ROOT, Findings, cpu_seconds, descriptors
from soak_parts import WELL, WORKERS, Dashboard, Host, Screens, make_bridge

WHOLE = 60  # seconds after the end of a fault
SHOWN = 3  # seconds after which a screen is believed
FATAL = re.compile(r"Fatal error|Crash:|\*\*\* Program crashed|level=critical|Segmentation|AddressSanitizer")
WALK = list("jjkk123456sIoPMLN[]{}.?dvC") + ["\r", "\r", "\r", "\t", "\x1b", "\x1b"]
OF_THE_PAST = list("[[[]]]{}123456jk") + ["\r", "\x1b", "\x1b[H", "\x1b[F"]


class Struck(threading.Thread):
    """A fault under way, then its end, until every view is well again."""

    def __init__(self, soak, number, kind, victim, seconds, rng):
        super().__init__(daemon=True)
        self.soak, self.number, self.kind, self.victim, self.seconds, self.rng = soak, number, kind, victim, seconds, rng
        self.began, self.ended, self.views = soak.now(), None, {}
        self.start()

    def run(self):
        try:
            self.kind(self.soak, self.victim, self.seconds, self.rng)
        except Exception as error:  # whatever it was, the soak goes on
            self.soak.findings.expect(False, f"fault {self}: {error!r}")
        self.ended = self.soak.now()

    def __str__(self):
        return f"{self.number}, {self.kind.__name__} of {self.victim.name} for {self.seconds:.0f} s"


class Soak:
    def __init__(self, fleet, findings, seed, short):
        self.fleet, self.findings, self.seed, self.short = fleet, findings, seed, short
        self.is_over, self.struck, self.number = threading.Event(), [], 0
        self.asked, self.told, self.shots = 0, collections.Counter(), 0
        self.whole, self.kinds, self.asks = [], collections.Counter(), {}
        self.hosts = [Host(fleet, number, is_spared=number % 5 < 2, has_past=number % 2 == 0, has_small_disk=number % 7 == 2)
                      for number in range(4 if short else 20)]
        self.drawn = soak_faults.drawn_from(self)
        self.try_each()
        walker, idle = self.person("walker"), self.person("idle")
        self.dashboards = [Dashboard("walked through", ["--state-dir", walker], WALK), Dashboard("idle", ["--state-dir", idle])]
        if not short:
            recording = fleet.path("recording")
            done = fleet.looptop("record", recording, "--for", "60s", timeout=120)
            assert done.returncode == 0, done.stderr
            self.dashboards.append(Dashboard("on a recording", ["replay", recording], OF_THE_PAST, is_live=False))
        self.screens = Screens(self.dashboards)
        path = fleet.path("soak.jsonl") if short else os.environ.get("LOOPTOP_SOAK_DATA", os.path.join(ROOT, ".build", "soak.jsonl"))
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
        self.data = open(path, "w", buffering=1)
        self.asker = threading.Thread(target=self.ask, daemon=True)
        self.asker.start()

    def try_each(self):
        """A restart on every host, after which it has all open that it opens once: the audit log, for one."""
        tries = [threading.Thread(target=self.aside, args=(soak_faults.restart, host, 0, random.Random(self.seed))) for host in self.hosts]
        for one in tries:
            one.start()
        for one in tries:
            one.join()

    @staticmethod
    def now():
        return time.monotonic()

    def pause(self, seconds):
        self.is_over.wait(seconds)

    def person(self, name):
        """The same person at another desk, from which some hosts are behind a proxy."""
        state = self.fleet.path(name)
        subprocess.run(["cp", "-a", self.fleet.operator, state], check=True)
        path = os.path.join(state, "hosts.json")
        with open(path) as file:
            book = json.load(file)
        proxied = {host.name: host.proxy.address for host in self.hosts if host.proxy}
        for host in book["hosts"]:
            host["address"] = proxied.get(host["name"], host["address"])
        with open(path, "w") as file:
            json.dump(book, file)
        return state

    # Views.

    def healing(self):
        return [one for one in self.struck if one.ended is not None]

    def expected(self, struck):
        """Hosts that have to be well when it is over: the one that was struck, or, on a dashboard that was, all that have no fault.
        None of a recording, which has to be drawn again, no more."""
        if struck.victim in self.hosts or not struck.victim.is_live:
            return [struck.victim] if struck.victim in self.hosts else []
        busy = {one.victim for one in self.struck if one.ended is None or one is not struck}
        return [host for host in self.hosts if host not in busy]

    def ask(self):
        """`looptop ls` about hosts that heal: when it was asked, and whether all was well."""
        while not (self.is_over.is_set() and not self.struck):
            names = {one.victim.name for one in self.healing() if one.victim in self.hosts}
            if names:
                began = self.now()
                for host in self.listing(*names):
                    self.asks[host["name"]] = (began, host["state"] in ("ok", "warn", "crit") and host["workers"] == WORKERS, host)
            time.sleep(2)

    def listing(self, *names):
        done = self.fleet.looptop("ls", "hosts", *(word for name in names for word in ("--host", name)), "-o", "json", "--timeout", "10s")
        try:
            return json.loads(done.stdout)["hosts"]
        except ValueError:
            self.findings.expect(False, f"looptop ls: code {done.returncode}: {done.stdout[-200:]}{done.stderr[-300:]}")
            return []

    def views_of(self, struck):
        """Names of the views that have not shown it as whole yet."""
        now = self.now()
        if struck.victim in self.hosts and "ls" not in struck.views:
            began, is_well, _ = self.asks.get(struck.victim.name, (0, False, None))
            if began > struck.ended and is_well:
                struck.views["ls"] = now
        stopped = {one.victim for one in self.struck if one is not struck}
        for dashboard in self.dashboards:
            if dashboard.name in struck.views or struck.victim in self.dashboards and struck.victim is not dashboard:
                continue
            if dashboard in stopped or dashboard.is_live and not dashboard.is_at_home or now < struck.ended + SHOWN:
                continue
            if all(re.search(WELL.format(host.name), self.screens.text(dashboard)) for host in self.expected(struck)):
                struck.views[dashboard.name] = now
        wanted = [one.name for one in self.dashboards if one.is_live] + ["ls"] if struck.victim in self.hosts else [struck.victim.name]
        return [name for name in wanted if name not in struck.views and not any(one.name == name for one in stopped)]

    def look(self):
        """Whoever is whole again, and who is not in time."""
        for struck in self.healing():
            missing, now = self.views_of(struck), self.now()
            if missing and now < struck.ended + WHOLE:
                continue
            seconds = max(struck.views.values(), default=now) - struck.ended
            if missing:
                self.findings.expect(False, f"{WHOLE} s after fault {struck} not whole in: {', '.join(missing)}; ls: "
                                     f"{self.asks.get(struck.victim.name)}")
                for dashboard in self.dashboards:
                    if dashboard.name in missing:
                        print(self.screens.text(dashboard), flush=True)
            else:
                self.findings.expect(True, "whole")
                self.whole.append((seconds, str(struck)))
            self.struck.remove(struck)
            self.write(fault=struck.kind.__name__, victim=struck.victim.name, seconds=struck.seconds, at=struck.began, ended=struck.ended,
                       whole=None if missing else seconds)

    # What happens.

    def strike(self, shortest, longest):
        rng = random.Random(f"{self.seed}/{self.number}")
        kind, seconds = rng.choice(self.drawn), rng.uniform(shortest, longest)
        victims = rng.sample(self.hosts + self.dashboards, len(self.hosts) + len(self.dashboards))
        busy = {one.victim for one in self.struck}
        self.number += 1
        if kind in soak_faults.OF_ANY:
            victim = next(one for one in victims if one in self.hosts)
            threading.Thread(target=self.aside, args=(kind, victim, seconds, rng), daemon=True).start()
        else:
            victim = next((one for one in victims if one not in busy and soak_faults.may_strike(kind, one)), None)
            if not victim:
                return
            self.struck.append(Struck(self, self.number, kind, victim, seconds, rng))
        self.kinds[kind.__name__] += 1

    def aside(self, kind, *arguments):
        try:
            kind(self, *arguments)
        except Exception as error:  # whatever it was, the soak goes on
            self.findings.expect(False, f"{kind.__name__}: {error!r}")

    def press(self, rng):
        """One key on each dashboard that is walked through; who is looked at goes home first."""
        is_looked_at = bool(self.healing())
        for dashboard in self.dashboards:
            if not dashboard.walk or dashboard in self.screens.ended:
                continue
            if is_looked_at and dashboard.is_live and not dashboard.is_at_home and not dashboard.keys:
                dashboard.keys = list(Dashboard.HOME)
            if dashboard.keys:
                dashboard.terminal.type(dashboard.keys.pop(0))
                dashboard.is_at_home = not dashboard.keys
            elif not (is_looked_at and dashboard.is_live) and rng.random() < 0.15:
                dashboard.is_at_home = False
                dashboard.terminal.type(rng.choice(dashboard.walk))

    def write(self, **values):
        self.data.write(json.dumps(values) + "\n")

    def measure(self):
        for one in self.hosts + self.dashboards:
            try:
                with open(f"/proc/{one.pid}/smaps_rollup") as file:
                    sizes = dict(line.split(":", 1) for line in file.read().splitlines()[1:])
                self.write(process=one.name, life=one.life, kind=one.kind, at=round(self.now(), 2), rss=int(sizes["Rss"].split()[0]),
                           pss=int(sizes["Pss"].split()[0]), descriptors=descriptors(one.pid),
                           threads=len(os.listdir(f"/proc/{one.pid}/task")), cpu=cpu_seconds(one.pid))
            except OSError:  # it is gone, on purpose or not
                continue

    def watch_ends(self):
        for host in self.hosts:
            code = host.agent.poll()
            if code is not None and not host.is_meant_to_be_gone:
                host.is_meant_to_be_gone = True
                self.findings.expect(False, f"the agent of {host.name} ended by itself with {code}: {self.fleet.log(host.name)[-2000:]}")
        for dashboard in self.screens.ended:
            self.findings.expect(False, f"the dashboard {dashboard.name} ended by itself:\n{self.screens.text(dashboard)}")
        self.dashboards = [one for one in self.dashboards if one not in self.screens.ended]

    def run(self, seconds, every, shortest, longest):
        rng = random.Random(f"{self.seed}/keys")
        until, next_fault, next_measure = self.now() + seconds, self.now() + every, self.now()
        while (self.now() < until and not self.is_over.is_set()) or self.struck:
            if self.now() >= until:
                self.is_over.set()
            if self.now() >= next_fault and not self.is_over.is_set():
                next_fault += every
                self.strike(shortest, longest)
            if self.now() >= next_measure:
                next_measure += 10
                self.measure()
            self.watch_ends()
            with contextlib.suppress(OSError):  # a dashboard that has just ended; it is found in the next round
                self.press(rng)
            self.look()
            time.sleep(0.3)
        self.is_over.set()

    # The end.

    def judge(self):
        expect = self.findings.expect
        with contextlib.suppress(AssertionError):
            wait_until(lambda: self.asked == sum(self.told.values()), 200)
        expect(self.asked == sum(self.told.values()), f"{self.asked} restarts were asked for, and {sum(self.told.values())} outcomes told")
        wrong = [host for host in self.listing() if host["state"] not in ("ok", "warn", "crit") or host["workers"] != WORKERS]
        expect(not wrong, f"at the end not well: {wrong}")
        intents, open_ends, replaced = 0, [], 0
        for host in self.hosts:
            verified = subprocess.run([AGENT, "audit", "verify", "--state-dir", self.fleet.path(host.name)], capture_output=True, text=True)
            expect(verified.returncode == 0, f"audit log of {host.name}: {verified.stdout}{verified.stderr}")
            expect(not (found := FATAL.search(self.fleet.log(host.name))), f"the log of {host.name} says {found and found[0]}")
            ends = collections.defaultdict(list)
            for entry in self.fleet.audit(host.name):
                if entry["record"] in ("intent", "result", "interrupted"):
                    ends[entry["command"]].append(entry["record"])
            intents += len(ends)
            replaced += sum("result" in records for records in ends.values())
            open_ends += [records for records in ends.values() if records[0] != "intent" or len(records) < 2 or records.count("result") > 1]
        told = self.told[0] + self.told[1] + self.told[75] + self.told[124]
        print(f"restarts: {self.asked} asked, exit codes {dict(self.told)}; {intents} begun by the audit logs, {replaced} with a result")
        expect(not open_ends, f"commands without one end in the audit log: {open_ends}")
        expect(intents <= told, f"{intents} restarts were begun, and {told} told of")
        expect(self.told[0] <= replaced, f"{self.told[0]} told as done, and {replaced} have a result")

    def close(self):
        self.screens.stop()
        for dashboard in self.dashboards:
            dashboard.terminal.close()
        for host in self.hosts:
            if host.proxy:
                host.proxy.close()
            os.kill(host.first, signal.SIGKILL)  # and all that is in it
            if host.has_small_disk:
                subprocess.run(["umount", "-l", self.fleet.path(host.name)], check=True)
        self.data.close()


def spent():
    """CPU seconds of this world, of who ended too: those are their parents', which wait for them."""
    total = 0
    for name in os.listdir("/proc"):
        try:
            with open(f"/proc/{int(name)}/stat") as file:
                total += sum(int(field) for field in file.read().rsplit(")", 1)[1].split()[11:15])
        except (OSError, ValueError):
            continue
    return total / os.sysconf("SC_CLK_TCK")


def main(short):
    os.nice(10)
    findings = Findings()
    seed = int(os.environ.get("LOOPTOP_SEED", random.SystemRandom().randrange(1_000_000)))
    hours = float(os.environ.get("LOOPTOP_SOAK_HOURS", 6))
    make_bridge()
    with Fleet() as fleet:
        fleet.make_identity()
        soak = Soak(fleet, findings, seed, short)
        signal.signal(signal.SIGTERM, lambda *_: soak.is_over.set())
        print(f"seed {seed} (LOOPTOP_SEED); {len(soak.hosts)} agents, {len(soak.dashboards)} dashboards; what they cost is in "
              f"{soak.data.name}", flush=True)
        began, before = soak.now(), spent()
        try:
            if short:
                soak.run(40, 4, 2, 6)
            else:
                soak.run(hours * 3600, 30, 5, 40)
            seconds = soak.now() - began
            print(f"{soak.number} draws in {seconds:.0f} s ({(spent() - before) / seconds:.2f} of a core): {dict(soak.kinds)}; "
                  f"{soak.shots} one-shots")
            if soak.whole:
                print(f"whole again after {sorted(soak.whole)[len(soak.whole) // 2][0]:.1f} s in the middle, {max(soak.whole)[0]:.1f} s at most "
                      f"({max(soak.whole)[1]}), of {len(soak.whole)} faults")
            findings.expect(len(soak.whole) >= (3 if short else 1), "no fault: this says nothing")
            soak.judge()
            slopes.table(soak.data.name)
            grown, lives = slopes.above(soak.data.name)
            findings.expect(not grown, f"{grown} of {lives} slopes over an hour or more are {slopes.TARGET} % an hour or more")
        finally:
            soak.close()
    return findings.counts
