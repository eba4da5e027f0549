"""kill -9 of the agent between the intent of a restart and its result: nothing is signalled a second time, and what the next
run tells is true. The moment of each death is drawn; half of the targets ignore SIGTERM, so that SIGKILL was still to come."""
import os
import random
import time

from client import ProtocolError
from commands import RESTART, Session, command
from recorder import Audit, Recorder
from world import World, alive, is_at_rest, start_ticks, wait_until

GRACE = 0.4


def main(short):
    wanted = 5 if short else 100
    seed = int(os.environ.get("LOOPTOP_SEED", time.time_ns() % 1_000_000))
    rng = random.Random(seed)
    print(f"seed {seed} (LOOPTOP_SEED)")
    facts = {"gone": 0, "lives": 0}
    failed, tries, interrupted = 0, 0, 0
    known = {}  # signals of each process that were accounted for
    with World() as world:
        recorders = [Recorder(world, "shop", 8201, 3), Recorder(world, "deaf", 8202, 3, deaf=True)]
        agent = world.agent("alpha", "--interval", "0.2")
        audit = Audit(agent.state)
        while interrupted < wanted and tries < 2 * wanted + 5 and failed < 10:
            tries += 1
            recorder = recorders[tries % 2]
            wait_until(lambda: len(recorder.workers()) == recorder.count, what="all workers")
            target = rng.choice(sorted(recorder.workers().items()))
            slot = recorder.slot(target[0])
            base = known.get(target[0], [])
            session = Session(agent.socket)
            found, workers = wait_until(
                lambda: (pair := session.group(master=recorder.process.pid))[0] and
                {(one["pid"], one["start"]) for one in pair[1]} == set(recorder.workers().items()) and pair,
                what="the group in a snapshot")
            chosen = next(one for one in workers if one["pid"] == target[0])
            body = command(RESTART, session.worker_target(chosen), grace=GRACE, stable=0.5, reason=f"try {tries}")
            size = audit.size()
            id = session.issue(body)
            wait_until(lambda: audit.size() > size, what="the intent")
            time.sleep(rng.choice([0, rng.random() / 200, rng.random() * 0.7]))  # when the agent dies is drawn
            agent.kill()
            agent.wait()
            session.close()
            records = audit.records(id)
            wait_until(lambda: is_at_rest(target[0]), what="the target's rest")
            before = recorder.signals(target[0])
            ended = agent
            agent = world.agent("alpha", "--interval", "0.2")
            world.processes.remove(ended)
            session = Session(agent.socket)
            try:
                session.issue(body)
                outcome = session.outcome(id)
            except (ProtocolError, OSError) as error:
                print(f"try {tries}: WRONG: no answer after it came back: {error}")
                failed += 1
                continue
            wrong = list(faults(recorder, audit, id, records, target, slot, base, before, outcome))
            known[target[0]] = recorder.signals(target[0])
            if "result" not in records:
                interrupted += 1
                facts[outcome.get("fact", "?")] = facts.get(outcome.get("fact", "?"), 0) + 1
            if wrong:
                failed += 1
                print(f"try {tries} ({os.path.basename(os.path.dirname(recorder.log))}): WRONG: {'; '.join(wrong)}")
            session.close()
        for recorder in recorders:
            stray = [one for one in recorder.signals() if one not in known.get(one[0], [])]
            late = [pid for pid, signals in known.items() if pid in recorder.pids() and recorder.signals(pid) != signals]
            if stray or late:
                print(f"WRONG: stray {stray}, late {late}")
                failed += 1
        print(f"{tries} deaths of the agent, {interrupted} between intent and result: {facts}; "
              f"{sum(len(recorder.signals()) for recorder in recorders)} signals")
        for recorder in recorders:
            recorder.stop()
        if interrupted < wanted:
            failed += 1
            print(f"WRONG: only {interrupted} of {wanted}")
    return interrupted - min(failed, interrupted), failed


def faults(recorder, audit, id, records, target, slot, base, before, outcome):
    if records.count("intent") != 1 or set(records) - {"intent", "result"}:
        yield f"records at its death: {records}"
    now = audit.records(id)
    if len(now) != 2:
        yield f"records in the end: {now}"
    if "result" in records:
        if outcome["verdict"] == "interrupted":
            yield "interrupted, though its result was written"
        return
    if outcome["verdict"] != "interrupted":
        yield f"verdict {outcome['verdict']} {outcome.get('reason', '')}"
        return
    pid, ticks = target
    is_there = alive(pid) and start_ticks(pid) == ticks
    fact = "lives" if is_there else "gone"
    if outcome["fact"] != fact:
        yield f"says {outcome['fact']}, the target {fact}"
    if before[:len(base)] != base:
        yield f"signals {base} before, {before} then"
    if recorder.signals(pid) != before:
        yield f"signals {before} when the agent died, {recorder.signals(pid)} now"
    if [number for _, number in before[len(base):]] not in ([], [15], [15, 9]):
        yield f"signals {before[len(base):]}"
    if outcome["workers"] not in (recorder.count, recorder.count - 1):
        yield f"{outcome['workers']} workers"
    new = outcome["replacement"]
    if new and (not alive(new[1]) or start_ticks(new[1]) != new[2] or recorder.slot(new[1]) != slot):
        yield f"replacement {new[1:]} is none"
    if not is_there and not new and outcome["workers"] == recorder.count:
        yield "all workers are there, and no replacement is named"
