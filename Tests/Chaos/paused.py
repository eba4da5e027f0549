"""R20: an agent, and a dashboard, that were stopped (SIGSTOP) for a minute and go on: a worker that ended meanwhile is told once,
none that lives is told to have ended, and there is one new session."""
import os
import re
import signal
import time

from fleet import LOOPTOP, Fleet, children, wait_until
from setting import GREETED, Findings, enrolled, proxy_to
from terminal import Terminal

WELL = r"{} +(OK|WARN|CRIT)"


class Watched:
    """A host, its dashboard, and the links between them."""

    def __init__(self, fleet, host, app):
        self.host, self.fleet, self.links = host, fleet, []
        self.master = fleet.workers(app, "--workers", "3")
        self.agent = enrolled(fleet, host, "--under", str(self.master.pid))
        self.proxy = proxy_to(fleet, host)
        self.proxy.on_link = lambda _, link: self.links.append(link)
        self.terminal = Terminal([LOOPTOP, "--state-dir", fleet.operator, self.proxy.address], 24, 80)
        self.wait_until_well(30)

    def wait_until_well(self, seconds):
        self.terminal.wait_for(WELL.format(self.host), seconds)

    def ends(self):
        """Pids that are told to have ended."""
        events = self.fleet.looptop("events", self.host).stdout
        return [int(pid) for pid in re.findall(r" exited, pid (\d+)", events)]

    def sessions(self):
        return sum(link.down.passed > GREETED for link in self.links)

    def close(self):
        self.terminal.close()
        self.proxy.close()


def main(short):
    findings = Findings()
    pause = 12 if short else 60
    with Fleet() as fleet:
        agents, dashboards = Watched(fleet, "alpha", "ingest"), Watched(fleet, "beta", "mail")
        victims = {}
        agents.agent.send_signal(signal.SIGSTOP)
        os.kill(dashboards.terminal.pid, signal.SIGSTOP)
        for watched in (agents, dashboards):
            before = children(watched.master.pid)
            victims[watched] = before[0]
            os.kill(before[0], signal.SIGKILL)
            wait_until(lambda: len(children(watched.master.pid)) == 3 and before[0] not in children(watched.master.pid),
                       what="the next worker")
        began = time.monotonic()
        while (left := began + pause - time.monotonic()) > 0:  # the pause itself is what is tried
            agents.terminal.read(min(left, 0.5))
        before = agents.terminal.text
        agents.agent.send_signal(signal.SIGCONT)
        os.kill(dashboards.terminal.pid, signal.SIGCONT)
        resumed = time.monotonic()
        for watched in (agents, dashboards):
            # Through a new session, or the old one where that outlived the pause: another sample has to come.
            last = [link.down.passed for link in watched.links]
            watched.terminal.wait_for(lambda _: [link.down.passed for link in watched.links] != last, 40, "another byte")
            watched.wait_until_well(40)
            print(f"{'the agent' if watched is agents else 'the dashboard'} of {watched.host} was stopped for {pause} s: well "
                  f"{time.monotonic() - resumed:.1f} s later, {watched.sessions() - 1} new sessions, {len(watched.links) - 1} dials")
        findings.expect(re.search(r"alpha +(STALE|DOWN|CONN)", before), f"the stopped agent was not shown as such:\n{before}")
        for watched in (agents, dashboards):
            ends = wait_until(watched.ends, what="the one end that there was")
            print(f"{watched.host}: ends that were told: {ends}; that there were: {[victims[watched]]}")
            findings.expect(ends == [victims[watched]], f"{watched.host}: told that {ends} ended, and only {victims[watched]} did")
            findings.expect(watched.sessions() - 1 <= 1, f"{watched.host}: {watched.sessions() - 1} new sessions after one pause")
            if not short:
                findings.expect(watched.sessions() == 2, f"{watched.host}: {watched.sessions() - 1} new sessions after a minute")
            watched.close()
    return findings.counts
