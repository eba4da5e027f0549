"""R23: the agent's and the dashboard's state under kill -9 at any moment, and with a flipped bit. What is there is opened clean, or
refused with a sentence and a documented code; a program never ends by a signal, never hangs, and never begins anew in silence."""
import collections
import os
import random
import re
import shutil
import subprocess
import time

from commands import RESTART, Session, command
from fleet import AGENT, LOOPTOP, Fleet, children, wait_until
from setting import Findings, enrolled
from world import answers

AGENT_CODES, DASHBOARD_CODES = {64, 73, 74, 77, 78}, {0, 3, 4, 64, 69, 74, 77, 78}
PLACES = {"listen"}  # says where it listens: another place is another place
STATELESS = {"agent.lock", "agent.sock", "runtime.sock"}


def main(short):
    findings = Findings()
    seed = int(os.environ.get("LOOPTOP_SEED", time.time_ns() % 1_000_000))
    rng = random.Random(seed)
    print(f"seed {seed} (LOOPTOP_SEED)")
    with Fleet() as fleet:
        master = fleet.workers("ingest", "--workers", "3")
        agent = enrolled(fleet, "alpha", "--no-probe", "--interval", "0.1")
        agent = kills(findings, fleet, master, agent, rng, 5 if short else 200)
        agent.terminate()
        agent.wait(10)
        flips_of_agent(findings, fleet, rng, 1 if short else 20)
        flips_of_dashboard(findings, fleet, rng, 2 if short else 40)
    return findings.counts


def kills(findings, fleet, master, agent, rng, count):
    """Restarts are under way, and memory and audit log are written, when the agent is killed."""
    torn = wrong = 0
    audit = fleet.path("alpha", "audit.jsonl")
    slots = None
    for number in range(count):
        wait_until(lambda: answers(fleet.socket("alpha")), 20, f"the agent after kill {number}: {fleet.log('alpha')[-500:]}")
        session = Session(fleet.socket("alpha"))
        workers = wait_until(lambda: len(found := session.snapshot()["workers"]) == 3 and found, what="three workers")
        slots = slots or sorted(one["slot"] for one in workers)
        findings.expect(sorted(one["slot"] for one in workers) == slots, f"slots {[one['slot'] for one in workers]} after kill {number}")
        session.issue(command(RESTART, session.worker_target(rng.choice(workers)), warned=True, stable=0))
        session.issue(command(RESTART, session.worker_target(rng.choice(workers)), warned=True, stable=0))  # is refused: busy
        pause = rng.choice([0, rng.random() / 100, rng.random() / 2])
        began = time.monotonic()
        wait_until(lambda: time.monotonic() >= began + pause, what="the drawn moment")
        agent.kill()
        agent.wait()
        session.close()
        fleet.processes.remove(agent)
        with open(audit, "rb") as file:
            torn += not file.read().endswith(b"\n")
        verified = subprocess.run([AGENT, "audit", "verify", "--state-dir", fleet.path("alpha")], capture_output=True, text=True)
        wrong += verified.returncode != 0
        if verified.returncode != 0:
            print(f"after kill {number}: {verified.stdout}{verified.stderr}")
        wait_until(lambda: len(children(master.pid)) == 3, what="three workers")
        agent = fleet.agent("alpha", "--no-probe", "--interval", "0.1")
    print(f"{count} times kill -9 with restarts under way: the agent came back each time with slots {slots}; {torn} torn last lines, "
          f"{wrong} audit logs that are not whole")
    findings.expect(wrong == 0, f"{wrong} audit logs were not whole after a kill")
    return agent


def flipped(path, rng):
    with open(path, "r+b") as file:
        data = bytearray(file.read())
        if not data:
            return False
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        file.seek(0)
        file.write(data)
    return True


def copy_of(source, target, name, rng):
    """A copy of a state directory, with a flipped bit in one file."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target, ignore=lambda *_: ["agent.sock", "runtime.sock", "agent.lock"])
    return name and flipped(os.path.join(target, name), rng)


def flips_of_agent(findings, fleet, rng, count):
    source, copy = fleet.path("alpha"), fleet.path("copy")
    names = sorted(name for name in os.listdir(source) if name not in STATELESS)
    copy_of(source, copy, None, rng)
    code, said, serves = started(fleet, copy)
    assert code is None and serves, f"an agent on an unharmed copy: {said}"
    usual = warnings(said)
    for name in names:
        came, mute = collections.Counter(), 0
        for _ in range(count):
            if not copy_of(source, copy, name, rng):
                continue
            code, said, serves = started(fleet, copy)
            spoke = warnings(said) - usual
            verify = name.startswith("audit") and subprocess.run(
                [AGENT, "audit", "verify", "--state-dir", copy], capture_output=True).returncode
            came[f"refused, code {code}" if code is not None else "opens, and says so" if spoke else "opens" if serves
                 else "opens in silence and serves nobody"] += 1
            findings.expect(code is None or code in AGENT_CODES and "looptop-agent:" in said, f"{name}: code {code}: {said[-300:]}")
            if name.startswith("audit"):
                findings.expect(spoke or verify == 1 or code is not None, f"{name}: a flipped bit was found by nobody")
            if code is None and not spoke and name not in PLACES:
                mute += not serves
            if name == "memory.json":
                findings.expect(spoke or code is not None or is_kept(source, copy), f"{name}: begun anew in silence: {said[-300:]}")
        print(f"a flipped bit in the agent's {name}: " + "; ".join(f"{number} times {word}" for word, number in came.items()), flush=True)
        findings.expect(mute == 0, f"{name}: {mute} of {count} times the agent opened without a word, and its fleet could not reach it")


def started(fleet, state):
    """An agent on that directory: (its exit code, None of one that opened; what it said before anybody came; whether its fleet is
    served)."""
    path, log = os.path.join(state, "agent.sock"), fleet.path("flip.log")
    with open(log, "wb") as output:
        process = fleet.start(
            [AGENT, "run", "--state-dir", state, "--socket", path, "--no-probe"], stderr=output, stdout=output)
    wait_until(lambda: process.poll() is not None or answers(path), 20, "an agent that opens or ends")
    code = process.poll()
    with open(log, errors="replace") as output:
        said = output.read()
    serves = code is None and fleet.looptop("ls", "hosts", "--host", "alpha", "--timeout", "4s").returncode == 0
    process.terminate()
    process.wait(10)
    fleet.processes.remove(process)
    return code, said, serves


def warnings(said):
    """The sentences of warnings and worse, numbers left out."""
    return {re.sub(r"\d+", "N", line.split("msg=", 1)[1]) for line in said.splitlines()
            if re.search("level=(warning|error|critical)", line) and "msg=" in line}


def is_kept(source, copy):
    """Whether what was remembered is still there, give or take what the flip made of it."""
    sizes = [os.path.getsize(os.path.join(place, "memory.json")) for place in (source, copy)]
    return sizes[1] > sizes[0] / 2


def flips_of_dashboard(findings, fleet, rng, count):
    state, copy = fleet.operator, fleet.path("operator-copy")
    fleet.agent("alpha", "--no-probe")
    fleet.listing("hosts")
    names = sorted(os.listdir(state))
    for name in names:
        came = {}
        for _ in range(count):
            copy_of(state, copy, name, rng)
            done = subprocess.run([LOOPTOP, "ls", "hosts", "--state-dir", copy, "--timeout", "10s"],
                                  capture_output=True, text=True, timeout=60)
            came[done.returncode] = came.get(done.returncode, 0) + 1
            findings.expect(done.returncode in DASHBOARD_CODES, f"{name}: code {done.returncode}: {done.stderr[-300:]}")
            findings.expect(done.returncode == 0 or done.stderr.strip(), f"{name}: code {done.returncode} without a sentence")
        print(f"a flipped bit in the dashboard's {name}: "
              + ", ".join(f"{number} times code {code}" for code, number in sorted(came.items())))
