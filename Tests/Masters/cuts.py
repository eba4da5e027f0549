"""Commands over a link that is cut at every byte boundary in turn: of what goes to the agent (from the first byte of HELLO to
the last of COMMAND), and of what comes back. After each cut the same command is asked for again on a whole link. None may be
carried out twice, and each has to end in a recorded outcome."""
import contextlib
import threading

from client import ProtocolError
from commands import COMMAND, RESTART, Session, command
from proxy import Faults, Plan, Proxy, dialler
from recorder import Audit, Recorder
from world import World, wait_until

LANES = 4


class CutSession(Session):
    """A session over such a link."""

    def __init__(self, proxy, up=None):
        self.up = up
        super().__init__(proxy)

    def connect(self, proxy, deadline):
        near, self.link = proxy.dial(Plan(up=Faults(cut=self.up)))
        return near

    def cut_after(self, down):
        self.link.cut_after(down)


class Lane:
    """One server, and the commands on it one after the other."""

    def __init__(self, world, agent, proxy, number):
        self.agent, self.proxy, self.number = agent, proxy, number
        self.recorder = Recorder(world, f"shop{number}", 8500 + number, 3)
        self.ids, self.wrong, self.seen_twice = [], [], 0
        self.targets = []

    def run(self, offsets):
        for offset in offsets:
            try:
                self.once(*offset)
            except (AssertionError, ProtocolError, OSError) as error:
                self.wrong.append(f"{offset}: {error!r}")
                if len(self.wrong) > 5:
                    return

    def once(self, direction, offset):
        wait_until(lambda: len(self.recorder.workers()) == 3, what="three workers")
        session = Session(self.agent.socket)
        living = self.recorder.workers()
        _, workers = wait_until(
            lambda: (pair := session.group(master=self.recorder.process.pid)) and
            {(one["pid"], one["start"]) for one in pair[1]} == set(living.items()) and pair, what="them in a snapshot")
        session.close()
        target = min(workers, key=lambda one: (one["start"], one["pid"]))
        body = command(RESTART, session.worker_target(target), stable=0.0, reason=f"cut {direction} at {offset}")
        id, first = body[:16], None
        self.ids.append(id)
        self.targets.append((target["pid"], id))
        try:
            session = CutSession(self.proxy, up=offset if direction == "up" else None)
            if direction == "down":
                session.cut_after(offset)
            session.send(COMMAND, body)
            first = session.outcome(id)
        except (ProtocolError, OSError):
            pass  # the cut
        finally:
            session.close()
        session = Session(self.agent.socket)
        session.send(COMMAND, body)
        outcome = session.outcome(id)
        session.close()
        if outcome["verdict"] != "replaced":
            self.wrong.append(f"{direction} {offset}: {outcome['verdict']} {outcome.get('reason') or outcome.get('detail')}")
        if first is not None:
            self.seen_twice += 1
            if first != outcome:
                self.wrong.append(f"{direction} {offset}: two answers: {first}, {outcome}")


def lengths(proxy):
    """Bytes that go up with HELLO and one COMMAND."""
    session = CutSession(proxy)
    hello = session.link.up.passed
    target = session.worker_target({"boot": session.boot, "pid": 400, "start": 1 << 21})
    body = command(RESTART, target, reason="cut up at 100")
    session.close()
    return hello + 8 + len(body)


def main(short):
    count = 100 if short else 1000
    with World() as world, contextlib.ExitStack() as stack:
        agent = world.agent("alpha", "--interval", "0.2", "--no-probe")
        proxies = [stack.enter_context(Proxy(dialler(agent.socket))) for _ in range(LANES)]
        lanes = [Lane(world, agent, proxy, number) for number, proxy in enumerate(proxies)]
        up = lengths(proxies[0])
        offsets = []
        for number in range(count):
            # Every boundary up in turn, beginning with the end of COMMAND, and as many of what comes back.
            half = number // 2
            offsets.append(("down", half * (3 if short else 1)) if number % 2 else ("up", up - half % (up + 1)))
        threads = [threading.Thread(target=lane.run, args=(offsets[lane.number::LANES],)) for lane in lanes]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        records = {}
        for line in Audit(agent.state).lines():
            records.setdefault(line.get("command"), []).append(line["record"])
        ids = [id for lane in lanes for id in lane.ids]
        unrecorded = [id.hex() for id in ids if records.get(id.hex()) != ["intent", "result"]]
        wrong = [fault for lane in lanes for fault in lane.wrong]
        twice = []
        for lane in lanes:
            for pid, id in lane.targets:
                signals = [number for _, number in lane.recorder.signals(pid)]
                if signals != [15]:
                    twice.append((pid, signals))
            others = {pid for pid, _ in lane.recorder.signals()} - {pid for pid, _ in lane.targets}
            twice += [(pid, "not asked for") for pid in others]
        seen = sum(lane.seen_twice for lane in lanes)
        print(f"{len(ids)} commands, cut at {up + 1} boundaries up and {count // 2} down; {seen} answers came before the cut; "
              f"{len(twice)} carried out twice or not at all, {len(unrecorded)} without intent and result in the audit")
        for fault in wrong[:10] + twice[:5] + unrecorded[:5]:
            print(f"WRONG: {fault} {records.get(fault, '') if isinstance(fault, str) else ''}")
        failed = len(wrong) + len(twice) + len(unrecorded) + (len(ids) != count)
        for lane in lanes:
            lane.recorder.stop()
    return count - min(count, failed), failed
