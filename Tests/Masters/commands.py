"""Commands to an agent over its unix socket, on top of the bench's client; written from docs/PROTOCOL.md alone."""
import os

from client import CRITICAL, EVENT, KEYFRAME, Connection, ProtocolError, Reader, Writer, DELTA, Feed

COMMAND, ACCEPTED, OUTCOME, QUERY, ANSWER = 11, 12, 13, 15, 16
RESTART, ROLL, RELOAD, SIGNAL, SCALE, STOP, START, PAUSE, RESUME, ABORT, HOLD, RELEASE = range(1, 13)
VERDICTS = [None, "replaced", "not replaced", "target changed", "refused", "timed out", "zombie left", "orphan holds the port",
            "crash loop", "unkillable", "not ready", "manager failed", "interrupted", "done", "failed", "rolled", "planned"]
REFUSALS = [None, "role", "policy", "read-only", "protected", "not a worker", "busy", "expired", "id reused", "not permitted",
            "no pidfds", "audit", "too many", "no such group", "unsuited", "warning", "held", "limit", "no such roll"]
ROLL_STATES = [None, "running", "paused", "finished", "failed", "aborted"]
SECOND = 1_000_000_000


def command(action, target, *, id=None, warned=False, dry_run=False, signal=None, subject=None, stable=2.0, wide=1,
            reason="", ttl=15.0, grace=10.0):
    """The body of COMMAND. `target` is worker_target(...) or group_target(...)."""
    body = Writer()
    body.bytes += id or os.urandom(16)
    body.bytes.append(action)
    body.bytes += target
    body.bytes.append(dry_run | warned << 1 | (signal is not None) << 2 | (subject is not None) << 4)
    if signal is not None:
        body.bytes.append(signal)
    if subject is not None:
        body.bytes += subject
    body.varint(wide)
    body.varint(int(stable * SECOND))
    body.bytes.append(0)
    text = reason.encode()
    body.varint(len(text))
    body.bytes += text
    body.varint(int(ttl * SECOND))
    body.varint(int(grace * SECOND))
    return bytes(body.bytes)


def worker_target(boot, pid, ticks):
    target = Writer()
    target.bytes.append(1)
    target.bytes += boot
    target.varint(pid)
    target.varint(ticks)
    return bytes(target.bytes)


def group_target(boot, key, master):
    """`master` is (pid, start ticks) or None."""
    target = Writer()
    target.bytes.append(2)
    target.bytes += boot
    text = key.encode()
    target.varint(len(text))
    target.bytes += text
    target.bytes.append(1 if master else 0)
    for number in master or ():
        target.varint(number)
    return bytes(target.bytes)


class Outcomes(Reader):
    """Reads OUTCOME into a dictionary: always `id`, `action`, `issuer`, `verdict`; the rest as the verdict has it."""

    def outcome(self):
        found = {"id": self.raw(16), "action": self.byte(), "target": self.target(), "issuer": self.text()}
        number = self.byte()
        found["verdict"] = VERDICTS[number]
        if number == 4:
            found.update(self.refusal())
        elif number == 12:
            found["fact"] = ["not known", "gone", "lives"][self.byte()]
            found["replacement"] = self.worker() if self.flag() else None
            found["workers"], found["detail"] = self.varint(), self.text()
        elif number in (13, 14):
            found["before"], found["after"] = self.varint(), self.varint()
            found["wanted"] = self.varint() if self.flag() else None
            found["gone"], found["new"], found["elapsed"], found["detail"] = (
                self.varint(), self.varint(), self.varint(), self.text())
        elif number == 15:
            found["roll"] = self.roll()
            found["state"], found["reason"] = ROLL_STATES[found["roll"]["state"]], found["roll"]["reason"]
        elif number == 16:
            return found  # the plan is not needed here
        elif number != 3:
            found.update(self.evidence())
            if number == 7:
                found["orphan"] = (*self.process(), self.varint())
        self.finish()
        return found

    def target(self):
        if self.byte() == 1:
            return self.worker()
        return self.raw(16), self.text(), self.process() if self.flag() else None

    def evidence(self):
        found = {"signals": [(self.byte(), self.varint()) for _ in range(self.varint())]}
        known = self.byte()
        found["exited"] = self.varint() if known & 1 else None
        found["status"] = (self.byte(), self.byte()) if known & 2 else None
        found["replacement"] = self.worker() if known & 4 else None
        found["replaced"] = self.varint() if known & 8 else None
        found["fallen"], found["detail"] = self.varint(), self.text()
        return found

    def refusal(self):
        number = self.byte()
        found = {"refusal": REFUSALS[number], "reason": REFUSALS[number]}
        if number == 1:
            found["reason"] = f"role: {self.text()} {self.byte()} {self.byte()}"
        elif number == 2:
            found["reason"] = f"policy: {self.text()}"
        elif number == 6:
            found["holder"], found["what"] = self.raw(16), self.text()
        elif number == 11:
            found["reason"] = f"audit: errno {self.varint()}"
        elif number in (14, 15):
            found["reason"] = self.text()
        elif number == 16:
            found["reason"] = f"held by {self.text()}"
            self.varint()
        elif number == 17:
            found["reason"] = f"limit {self.text()}: {self.text()}"
        return found


class Session(Connection):
    """Connection that keeps the outcomes that came while it waited for something else."""

    def __init__(self, path, seconds=60):
        super().__init__(path, seconds)
        self.outcomes = {}
        self.accepted = set()

    @property
    def boot(self):
        return bytes(self.welcome["boot"])

    def take(self):
        """One message; keeps what belongs to commands."""
        kind, body, _ = self.next()
        if kind == ACCEPTED:
            self.accepted.add(bytes(body[:16]))
        elif kind == OUTCOME:
            outcome = Outcomes(body).outcome()
            self.outcomes[bytes(outcome["id"])] = outcome
        return kind, body

    def issue(self, body):
        """Sends a command; its id."""
        self.send(COMMAND, body)
        return body[:16]

    def outcome(self, id):
        """Waits for the outcome of a command."""
        while id not in self.outcomes:
            self.take()
        return self.outcomes[id]

    def ask(self, action, target, **options):
        return self.outcome(self.issue(command(action, target, **options)))

    def snapshot(self):
        """A whole snapshot of now: each subscription begins with one."""
        self.subscribe(SECOND)
        while True:
            kind, body = self.take()
            if kind == KEYFRAME:
                feed = Feed()
                feed.take(kind, body)
                unsubscribe = Writer()
                unsubscribe.varint(1)
                self.send(7, unsubscribe.bytes)
                return feed.snapshot

    def group(self, key=None, master=None):
        """(group, its workers) by key or by its master's pid."""
        snapshot = self.snapshot()
        for group in snapshot["groups"]:
            if group["key"] == key or (master and group["master"] and group["master"][0] == master):
                return group, [worker for worker in snapshot["workers"] if worker["group"] == group["key"]]
        return None, []

    def group_of(self, pid):
        """(group, its workers) of a worker."""
        snapshot = self.snapshot()
        for worker in snapshot["workers"]:
            if worker["pid"] == pid:
                group = next(group for group in snapshot["groups"] if group["key"] == worker["group"])
                return group, [other for other in snapshot["workers"] if other["group"] == worker["group"]]
        return None, []

    def group_target(self, group):
        return group_target(self.boot, group["key"], group["master"])

    def worker_target(self, worker):
        return worker_target(bytes(worker["boot"]), worker["pid"], worker["start"])
