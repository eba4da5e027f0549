"""R8: a link that becomes half-open is shown as stale within 10 s and closed within 15 s by both sides, and the agent's
descriptor is given back. The sockets stay open and whole: no RST and no end of a stream says anything."""
import threading
import time

from fleet import LOOPTOP, Fleet, wait_until
from setting import Findings, enrolled, proxy_to, sockets
from terminal import Terminal

STALE, CLOSED = 10, 15
SLACK = 3  # a timer beside other runs on two cores
WAYS = {"both ways": (), "toward the agent": ("up",), "toward the dashboard": ("down",)}


class Trial(threading.Thread):
    """A dashboard behind a proxy of its own, whose link becomes silent in the given ways."""

    def __init__(self, fleet, ways):
        super().__init__(daemon=True)
        self.ways, self.proxy = ways, proxy_to(fleet, "alpha")
        self.terminal = Terminal([LOOPTOP, "--state-dir", fleet.operator, self.proxy.address], 24, 80)
        self.terminal.wait_for(r"alpha +(OK|WARN|CRIT)")
        self.links = list(self.proxy.links)
        self.stale = self.fault = None

    def silence(self):
        self.proxy.is_refusing = True
        self.began = time.monotonic()
        self.proxy.silence(*self.ways)
        self.start()

    def run(self):
        try:
            self.terminal.wait_for(r"alpha +(STALE|DOWN|CONN)", 25)
            self.stale = time.monotonic() - self.began
            wait_until(lambda: all(self.closed()), 25, "the end of both connections")
        except AssertionError as error:
            self.fault = error

    def mend(self):
        self.proxy.is_refusing = False
        healed = time.monotonic()
        self.terminal.wait_for(r"alpha +(OK|WARN|CRIT)", 40)
        return time.monotonic() - healed

    def closed(self):
        """(by the dashboard, by the agent), in seconds since."""
        link, = self.links
        return [way.ended and way.ended - self.began for way in (link.up, link.down)]

    def close(self):
        self.terminal.close()
        self.proxy.close()


def main(short):
    findings = Findings()
    with Fleet() as fleet:
        fleet.workers("ingest", "--workers", "2")
        agent = enrolled(fleet, "alpha")
        fleet.listing("hosts")
        usual = wait_until(lambda: stable(agent.pid), what="the agent at rest")
        for number in range(1 if short else 3):
            trials = {name: Trial(fleet, ways) for name, ways in WAYS.items()}
            open_now = sockets(agent.pid)
            for trial in trials.values():
                trial.silence()
            for name, trial in trials.items():
                trial.join()
                here, there = trial.closed()
                print(f"silent {name}: shown after {trial.stale or -1:.1f} s, closed by the dashboard after {here or -1:.1f} s, by "
                      f"the agent after {there or -1:.1f} s", flush=True)
                findings.expect(not trial.fault, f"silent {name}: {trial.fault}")
                if trial.fault:
                    continue
                if name != "toward the agent":  # else samples come until the agent closes
                    findings.expect(trial.stale <= STALE + SLACK, f"silent {name}: shown as stale after {trial.stale:.1f} s")
                findings.expect(max(here, there) <= CLOSED + SLACK + (5 if name == "toward the agent" else 0),
                                f"silent {name}: closed after {here:.1f} s and {there:.1f} s")
            # Nobody may dial yet: what is given back now is what the dead links had.
            wait_until(lambda: sockets(agent.pid) <= usual, 10,
                       f"the agent's descriptors given back: {sockets(agent.pid)}, and {usual} before")
            print(f"sockets of the agent: {usual} before, {open_now} with three dashboards, {sockets(agent.pid)} when all "
                  f"links were closed; back after " + ", ".join(f"{trial.mend():.1f} s" for trial in trials.values()))
            findings.expect(open_now >= usual + 3, "the dashboards' descriptors were not seen: this count says nothing")
            for trial in trials.values():
                trial.close()
    return findings.counts


def stable(pid):
    """How many sockets it has, once two looks agree."""
    first = sockets(pid)
    time.sleep(0.2)
    return first if sockets(pid) == first else None
