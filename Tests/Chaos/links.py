"""R1, R2 over bad links: dashboards that send commands through a proxy that draws every fault it knows, for a minute. A command is
carried out at most once, each ends in an outcome or is asked for again until it has one, and what the audit log says is the same."""
import collections
import os
import re
import threading
import time

from client import ProtocolError
from commands import COMMAND, RESTART, Session, command
from fleet import LOOPTOP, Fleet, wait_until
from proxy import Proxy, dialler, drawn, listener
from recorder import Audit, Recorder
from setting import GREETED, Findings, TLSSession, addresses, enrolled
from terminal import Terminal
from world import World

RESOLVED = 10  # seconds after the link is whole
CODES = {0, 1, 3, 4, 75, 124}


class Lane(threading.Thread):
    """A server of its own, and commands on it through the bad links, each sent with the same id until there is an outcome."""

    def __init__(self, world, fleet, agent, proxy, number, until):
        super().__init__(daemon=True)
        self.recorder = Recorder(world, f"shop{number}", 8600 + number, 3)
        self.fleet, self.agent, self.proxy, self.until = fleet, agent, proxy, until
        self.targets, self.wrong, self.tries, self.late = {}, [], 0, 0
        self.verdicts = collections.Counter()

    def run(self):
        while time.monotonic() < self.until and len(self.wrong) < 5:
            try:
                self.once()
            except (AssertionError, ProtocolError, OSError) as error:
                self.wrong.append(repr(error))

    def once(self):
        living = wait_until(lambda: len(found := self.recorder.workers()) == 3 and found, what="three workers")
        session = Session(self.agent)
        _, workers = wait_until(
            lambda: (pair := session.group(master=self.recorder.process.pid)) and
            {(one["pid"], one["start"]) for one in pair[1]} == set(living.items()) and pair, what="them in a snapshot")
        session.close()
        target = min(workers, key=lambda one: (one["start"], one["pid"]))
        body = command(RESTART, session.worker_target(target), stable=0, warned=True, ttl=60.0)
        self.targets[target["pid"]] = body[:16]
        outcome, connect = None, self.through()
        while outcome is None and time.monotonic() < self.until:
            self.tries += 1
            outcome = self.send(body, connect)
        if outcome is None:  # the links are mended
            healed, self.late = time.monotonic(), self.late + 1
            session = Session(self.agent) if len(self.targets) % 2 == 0 else TLSSession(
                self.fleet.operator, addresses(self.fleet.operator)["alpha"])
            session.send(COMMAND, body)
            outcome = session.outcome(body[:16])
            session.close()
            if time.monotonic() - healed > RESOLVED:
                self.wrong.append(f"resolved {time.monotonic() - healed:.1f} s after the link was whole")
        self.verdicts[outcome["verdict"] + (f": {outcome['reason']}" if "refusal" in outcome else "")] += 1

    def through(self):
        """Over TLS, or the unix socket, where a duplicate is a whole second session with the same command. One way for a command:
        over the other it would be somebody else's."""
        if len(self.targets) % 2:
            return lambda: TLSSession(self.fleet.operator, self.proxy["tls"].address, 5)

        class Near(Session):
            def connect(inner, *_):
                near, inner.link = self.proxy["unix"].dial()
                near.settimeout(5)
                return near
        return lambda: Near(None, 5)

    @staticmethod
    def send(body, connect):
        session = None
        try:
            session = connect()
            session.send(COMMAND, body)
            return session.outcome(body[:16])
        except (ProtocolError, OSError):
            return None
        finally:
            if session:
                session.close()


def by_hand(fleet, address, until, codes):
    """`looptop restart` through the same links: it has to end with a documented code, whatever the link does."""
    while time.monotonic() < until:
        done = fleet.looptop("restart", "alpha/ingest#1", "--host", address, "--yes", "--accept-warnings", "--wait", "--stable",
                             "100ms", "--timeout", "8s", timeout=60)
        codes[done.returncode] += 1


def main(short):
    findings = Findings()
    seconds = 15 if short else 60
    seed = int(os.environ.get("LOOPTOP_SEED", time.time_ns() % 1_000_000))
    print(f"seed {seed} (LOOPTOP_SEED)")
    with World() as world, Fleet() as fleet:
        fleet.workers("ingest", "--workers", "2")
        agent = enrolled(fleet, "alpha", "--interval", "0.2", "--no-probe")
        fleet.wait_for_socket("alpha")
        kinds, links = collections.Counter(), []

        def plan(number):
            found = drawn(seed, number)
            for way in (found.up, found.down):
                kinds.update(kind for kind in ("delay", "jitter", "rate", "stall", "cut", "reset", "silent")
                             if getattr(way, kind) not in (None, 0) or kind in ("cut", "reset", "silent") and getattr(way, kind) == 0)
            kinds["duplicate"] += found.duplicate
            return found

        to_agent = addresses(fleet.operator)["alpha"]
        proxies = {"tls": Proxy(dialler(to_agent), listener(), plan, seed),
                   "unix": Proxy(dialler(fleet.socket("alpha")), None, plan, seed + 1)}
        for proxy in proxies.values():
            proxy.on_link = lambda _, link: links.append(link)
        terminal = Terminal([LOOPTOP, "--state-dir", fleet.operator, proxies["tls"].address], 24, 80)
        until = time.monotonic() + seconds
        lanes = [Lane(world, fleet, fleet.socket("alpha"), proxies, number, until) for number in range(3)]
        codes = collections.Counter()
        hand = threading.Thread(target=by_hand, args=(fleet, proxies["tls"].address, until, codes), daemon=True)
        for thread in [*lanes, hand]:
            thread.start()
        while any(thread.is_alive() for thread in [*lanes, hand]):
            terminal.read(0.2)
        proxies["tls"].plan = None  # whole from now on
        proxies["tls"].reset()
        healed, known = time.monotonic(), len(links)
        terminal.wait_for(lambda t: any(link.down.passed > GREETED for link in links[known:])
                          and re.search(r"alpha +(OK|WARN|CRIT)", t.text), 60, "a new session, and a host that is well")
        back = time.monotonic() - healed

        ids = {id: pid for lane in lanes for pid, id in lane.targets.items()}
        records = collections.defaultdict(list)
        for line in Audit(fleet.path("alpha")).lines():
            if "command" in line:
                records[line["command"]].append(line["record"])
        signals = {pid: [number for _, number in lane.recorder.signals(pid)] for lane in lanes for pid in lane.targets}
        twice = {pid: found for pid, found in signals.items() if found not in ([], [15])}
        strays = [one for lane in lanes for one in lane.recorder.signals() if one[0] not in lane.targets]
        unended = [id.hex() for id in ids if records[id.hex()] not in (["intent", "result"], ["refused"])]
        untrue = [id.hex() for id, pid in ids.items() if (records[id.hex()] == ["intent", "result"]) != (signals[pid] == [15])]
        ends = collections.Counter(link.end for link in links)
        print(f"{len(links)} links with {dict(kinds)}; they ended by {dict(ends)}")
        print(f"{len(ids)} commands, sent {sum(lane.tries for lane in lanes)} times: "
              f"{dict(sum((lane.verdicts for lane in lanes), collections.Counter()))}; {sum(lane.late for lane in lanes)} resolved only once "
              f"the link was whole; {len(twice)} carried out twice, {len(strays)} stray signals, {len(unended)} without an end in the "
              f"audit log")
        # Codes that say that nothing was begun have to be true.
        begun = sum("intent" in found for id, found in records.items() if bytes.fromhex(id) not in ids)
        told = codes[0] + codes[1] + codes[75] + codes[124]
        findings.expect(begun <= told, f"`looptop restart` began {begun} restarts, and told of {told}")
        print(f"`looptop restart --wait` {sum(codes.values())} times, exit codes {dict(codes)}, {begun} restarts begun; the dashboard was well {back:.1f} s after")
        for lane in lanes:
            findings.expect(not lane.wrong, f"{lane.wrong}")
            lane.recorder.stop()
        findings.expect(len(ids) >= 6 and len(links) > 20, f"only {len(ids)} commands over {len(links)} links")
        findings.expect(not twice, f"signals of workers that were restarted once: {twice}")
        findings.expect(not strays, f"stray signals {strays}")
        findings.expect(not unended, f"no outcome in the audit log: {[(id, records[id]) for id in unended[:5]]}")
        findings.expect(not untrue, f"the audit log and the worker disagree: {untrue[:5]}")
        findings.expect(set(codes) <= CODES, f"exit codes {dict(codes)}")
        findings.expect(back <= 20, f"the dashboard was well only {back:.1f} s after the links were whole")
        findings.expect(agent.poll() is None, "the agent ended")
        terminal.close()
        for proxy in proxies.values():
            proxy.close()
    return findings.counts
