"""The restart matrix: of each master one worker is restarted, then the group rolled, under an HTTP load. What was refused or
reset meanwhile is what the kernel of this network namespace counted; wrk says what its requests came to. Each request has a
connection of its own: one that is kept open may always be closed in the moment of the next request, whoever ends."""
import os
import re
import shutil
import signal
import subprocess

from commands import RESTART, ROLL, Session
from masters import all_masters
from world import Counters, World, alive, fetch, identities, wait_until


class Load:
    """wrk on a port until it is told to end; bounded in any case."""

    def __init__(self, world, port):
        self.process = None
        if port is None or not shutil.which("wrk"):
            self.counters = Counters()
            return
        wait_until(lambda: fetch(port), what=f"an answer on port {port}")
        self.counters = Counters()
        self.process = world.start(
            ["wrk", "-t1", "-c4", "-d300s", "-H", "Connection: close", "--timeout", "5s", f"http://127.0.0.1:{port}/"],
            stdout=subprocess.PIPE, text=True)
        begin = Counters.read()["Tcp", "InSegs"]
        wait_until(lambda: Counters.read()["Tcp", "InSegs"] > begin + 200, what="traffic")

    def end(self):
        """{refused, reset, overflows, drops} of the kernel and {requests, errors, bad} of wrk, where it ran."""
        found = self.counters.since()  # before wrk ends: it leaves by reset
        if not self.process:
            return found
        self.process.send_signal(signal.SIGINT)
        said = self.process.communicate(timeout=20)[0]
        errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", said)
        bad = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
        found["requests"] = int(re.search(r"(\d+) requests in", said).group(1))
        found["errors"] = sum(map(int, errors.groups())) if errors else 0
        found["bad"] = int(bad.group(1)) if bad else 0
        return found


def lost(counts):
    """Without resets: one that wrk did not notice came after the answer."""
    return sum(counts.get(word, 0) for word in ("refused", "overflows", "drops", "errors", "bad"))


def words(outcome):
    verdict = outcome["verdict"]
    if verdict == "rolled":
        return outcome["state"], outcome["reason"]
    return verdict, outcome.get("reason") or outcome.get("detail") or ""


def check(cell, master, wanted, outcome, before, after, all_of_them):
    """What of a cell is not as it should be; `before` and `after` are (pid, start) of the workers."""
    verdict, detail = words(outcome)
    if verdict != wanted:
        yield f"{verdict} instead of {wanted}: {detail}"
        return
    if verdict == "refused":
        if master.reason not in detail:
            yield f"its reason says nothing of {master.reason}: {detail}"
        if after != before:
            yield "workers changed all the same"
    elif verdict in ("replaced", "finished"):
        gone = before - after
        if len(after) != len(before):
            yield f"{len(after)} workers instead of {len(before)}"
        if all_of_them and gone != before:
            yield f"{len(before - gone)} are still the old ones"
        if not all_of_them:
            target = outcome["target"]
            if {(target[1], target[2])} != gone:
                yield f"gone are {sorted(gone)}, meant was {target[1:]}"
            new = outcome["replacement"]
            if new is None or (new[1], new[2]) not in after - before:
                yield f"the replacement is {new}, new are {sorted(after - before)}"
    elif verdict == "not replaced" and len(after) != len(before) - 1:
        yield f"{len(after)} workers of {len(before)}"


def cells(world, agent, master, group):
    """Rows (cell, verdict, detail, counts, faults) of one group."""
    count = len(group.workers())
    session = Session(agent.socket)

    def known():
        found, workers = session.group_of(next(iter(group.workers()), 0))
        return found and len(workers) == count and found["expected"] == (None if group.varies else count) and (
            found, workers)
    found, workers = wait_until(known, 30, f"{count} workers of {group.app} in the agent's snapshot, settled")
    port = group.ports[0] if group.ports else None
    port = getattr(master, "port", None) if type(master).__name__ == "PHP" else port
    is_http = port is not None and fetch(port) is not None
    for cell, action, wanted in (("restart", RESTART, master.restart), ("roll", ROLL, master.roll)):
        if cell == "roll":
            session.close()
            wait_until(lambda: len(group.workers()) == count or master.restart == "not replaced", 20,
                       f"{count} workers, there are {len(group.workers())}")
            session = Session(agent.socket)
            found, workers = session.group_of(next(iter(group.workers()), 0))
        if not workers:
            continue
        before = identities(group.workers())
        load = Load(world, port if is_http else None)
        target = session.worker_target(min(workers, key=lambda one: one["start"])) if cell == "restart" \
            else session.group_target(found)
        outcome = session.ask(action, target)
        faults = []
        if cell == "restart" and master.warns and wanted != "refused":
            if outcome.get("refusal") != "warning":
                faults.append(f"no warning before it: {words(outcome)}")
            outcome = session.ask(action, target, warned=True)
        elif outcome.get("refusal") == "warning" and wanted != "refused":
            outcome = session.ask(action, target, warned=True)
        counts = load.end()
        faults += check(cell, master, wanted, outcome, before, identities(group.workers()), cell == "roll")
        if is_http and master.lossless and lost(counts):
            faults.append("lost requests")
        yield cell, *words(outcome), counts, faults
    session.close()


def main(short):
    passed = failed = 0
    with World() as world:
        agent = world.agent()
        print(f"{'master':<12}{'group':<16}{'cell':<9}{'verdict':<15}{'refused':>8}{'reset':>7}{'drops':>7}{'requests':>9}"
              f"{'errors':>8}{'non-2xx':>8}  ok")
        only = os.environ.get("LOOPTOP_MASTERS", "").split()
        for master in all_masters():
            if only and master.name not in only:
                continue
            if master.name in ("intranet", "extranet", "wiki"):
                continue  # the same as others, for discovery
            why = master.missing()
            if why:
                print(f"skipped: {master.name}: {why}")
                continue
            first = len(world.processes)
            try:
                master.start(world)
                groups = master.groups() if type(master).__name__ == "Supervisor" else master.groups()[:1]
                for group in groups:
                    for cell, verdict, detail, counts, faults in cells(world, agent, master, group):
                        number = lambda word: str(counts.get(word, "-"))
                        print(f"{master.name:<12}{group.app:<16}{cell:<9}{verdict:<15}{number('refused'):>8}"
                              f"{number('reset'):>7}{counts['drops'] + counts['overflows']:>7}{number('requests'):>9}"
                              f"{number('errors'):>8}{number('bad'):>8}  "
                              + ("WRONG: " + "; ".join(faults) if faults else "ok" if not detail else f"ok ({detail[:90]})"),
                              flush=True)
                        passed, failed = passed + (not faults), failed + bool(faults)
            except (AssertionError, OSError) as error:
                print(f"{master.name:<12}WRONG: {error}", flush=True)
                failed += 1
                if agent.poll() is not None:
                    print(f"the agent ended with {agent.returncode}: {world.said(agent)}")
                    return passed, failed
            world.stop(world.processes[first:])
            del world.processes[first:]
    return passed, failed
