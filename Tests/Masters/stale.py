"""Restarts of stale rows in a pid namespace of 400 pids, of which the kernel gives out 300 to 399 once they went round: numbers
come back several times a second, so the pid of a row is somebody else's by the time it is asked for. Everybody there writes
down what signal it gets; none may get any.

Needs a kernel with a pid_max of each pid namespace (6.14)."""
import os
import random
import signal
import time

from commands import RESTART, Session, command, worker_target
from recorder import Audit, Recorder
from world import APPS, World, wait_until

PID_MAX = "/proc/sys/kernel/pid_max"
REUSED = range(300, 400)
DECOYS = 50
PIPELINE = 64
ENDS = 200
REFUSED = {"target changed", "refused: not a worker", "refused: protected"}


def has_own_pid_max():
    """Whether 400 is of this namespace: the kernel's lowest is 301, and the outer one keeps its own."""
    release = tuple(int(part) for part in os.uname().release.split("-")[0].split(".")[:2])
    if release < (6, 14):
        return False
    with open(PID_MAX, "w") as file:
        file.write("400")
    with open(PID_MAX) as file:
        return file.read().strip() == "400"


class Crowd:
    """Decoys that come and go: each writes down a signal it gets, lives for a moment, and leaves its pid to the next."""

    def __init__(self, world):
        self.log = os.path.join(world.directory("crowd"), "signals")
        open(self.log, "w").close()
        self.process = world.start(["/usr/bin/python3", os.path.join(APPS, "crowd.py"), self.log, str(DECOYS)])

    def signals(self):
        with open(self.log) as file:
            return [line for line in file.read().splitlines() if line.startswith("signal")]

    def born(self):
        with open(self.log) as file:
            numbers = [int(line.split()[1]) for line in file.read().splitlines() if line.startswith("born")]
        return numbers[-1] if numbers else 0


def main(short):
    with open(PID_MAX) as file:
        usual = file.read()
    try:
        return ask_all(short)
    finally:
        with open(PID_MAX, "w") as file:
            file.write(usual)  # for the parts that follow


def ask_all(short):
    wanted = 2_000 if short else 100_000
    seed = int(os.environ.get("LOOPTOP_SEED", time.time_ns() % 1_000_000))
    rng = random.Random(seed)
    if not has_own_pid_max():
        print(f"skipped: kernel {os.uname().release} has no pid_max of a pid namespace (6.14 has)")
        return 0, 0
    failed, asked, verdicts = 0, 0, {}
    with World() as world:
        recorder = Recorder(world, "shop", 8401, 3)
        agent = world.agent("alpha", "--no-probe")
        crowd = Crowd(world)
        session = Session(agent.socket)
        own = recorder.process.pid
        _, workers = wait_until(
            lambda: (pair := session.group(master=own)) and len(pair[1]) == 3 and pair, what="the group in a snapshot")
        # Rows as a screen had them: workers that lived once. Their pids are the crowd's and each other's by now.
        rows = {(one["pid"], one["start"]) for one in workers}
        wait_until(lambda: crowd.born() > 500, what="the numbers going round")
        begin = time.monotonic()
        print(f"seed {seed} (LOOPTOP_SEED)")
        ended = in_use = 0
        ends = min(ENDS, wanted // 100)
        while asked < wanted:
            if ended < ends and asked >= ended * wanted // ends:
                # A worker ends on its own, and is a stale row from then on; asked for before the agent can have looked again.
                ended += 1
                victim = rng.choice(sorted(living_of(recorder).items()))
                rows.add(victim)
                os.kill(victim[0], signal.SIGUSR2)
                wait_until(lambda: recorder.workers().get(victim[0]) != victim[1], what="its end")
            living = living_of(recorder)
            stale = sorted(row for row in rows if living.get(row[0]) != row[1])
            batch = []
            for _ in range(min(PIPELINE * 4, wanted - asked)):
                pid, ticks = rng.choice(stale)
                if rng.random() < 0.3:  # a row with any pid of now, and a start that is not its own
                    pid = rng.choice([pid for pid in REUSED if living.get(pid) != ticks])
                in_use += os.path.exists(f"/proc/{pid}")
                batch.append(session_issue(session, pid, ticks))
                if len(batch) >= PIPELINE:
                    asked += settle(session, batch, verdicts)
            asked += settle(session, batch, verdicts)
        seconds = time.monotonic() - begin
        stray = crowd.signals() + [one for one in recorder.signals() if one[1] != signal.SIGUSR2]
        print(f"{asked} restarts of {len(rows)} stale rows in {seconds:.0f} s ({asked / seconds:.0f} a second), {verdicts}; "
              f"{ended} workers ended meanwhile; {in_use} times the pid was in use by another; "
              f"{crowd.born()} decoys came and went; {len(stray)} stray signals {stray[:5]}")
        audit = Audit(agent.state)
        intents = sum(1 for line in audit.lines() if line["record"] == "intent")
        for what, right in (("no stray signal", not stray), ("nothing was begun", intents == 0),
                            ("every one was refused", set(verdicts) <= REFUSED),
                            ("pids were in use by others", in_use > asked // 10),
                            ("its workers lived on", len(recorder.workers()) == 3)):
            if not right:
                print(f"WRONG: not so: {what}")
                failed += 1
        crowd.process.terminate()
        crowd.process.wait(10)
        recorder.stop()
        session.close()
    return 5 - failed, failed


def living_of(recorder):
    """All three, ready."""
    return wait_until(lambda: len(found := recorder.workers()) == 3 and found, what="three workers")


def session_issue(session, pid, ticks):
    return session.issue(command(RESTART, worker_target(session.boot, pid, ticks)))


def settle(session, batch, verdicts):
    """Waits for all of a batch; their number."""
    count = len(batch)
    for id in batch:
        outcome = session.outcome(id)
        verdict = outcome["verdict"] + (f": {outcome['reason']}" if "refusal" in outcome else "")
        verdicts[verdict] = verdicts.get(verdict, 0) + 1
        del session.outcomes[id]
    batch.clear()
    session.accepted.clear()
    return count
