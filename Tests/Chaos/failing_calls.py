"""Every system call on the agent's state directory and on the processes it looks at, from its start to the first samples: the
first, the second, ... the n-th of a kind in a thread fails once, or from there on. The agent then does its work all the same, or
ends with a sentence and a code of its own; it never crashes, hangs or ends in silence.

Calls on anything else are left alone: the event loop and the runtime below the agent end the process where theirs fail."""
import concurrent.futures
import json
import os
import random
import re
import shutil
import signal
import subprocess
import time

from fleet import AGENT, LOOPTOP, Fleet, children, wait_until
from setting import Findings

# What the kernel may answer, by call.
OF_THE_STATE = {
    "openat": "EIO", "read": "EIO", "write": "ENOSPC", "fsync": "EIO", "renameat": "EIO", "fstat": "EIO", "fchmod": "EPERM",
    "flock": "ENOLCK", "unlinkat": "EIO", "getdents64": "EIO", "ftruncate": "EIO", "lseek": "EIO", "mkdir": "ENOSPC",
}
OF_PROCESSES = {"openat": "EMFILE", "read": "EIO", "pread64": "EIO", "readlinkat": "EACCES", "getdents64": "EIO", "fstat": "EIO"}
FILES = ["", "/host-id", "/agent.lock", "/audit.jsonl", "/audit.head", "/memory.json", "/.host-id.new", "/.memory.json.new",
         "/.audit.head.new"]
SERVES_WITHIN = 20
SENTENCE = re.compile(r"[a-z].{8,}", re.IGNORECASE)
CRASHED = re.compile(r"Fatal error|Illegal instruction|Program crashed|precondition", re.IGNORECASE)


def counted(fleet, calls, paths):
    """How often each call is made on these paths until the agent serves, by a run without faults."""
    trace = fleet.path("trace")
    outcome, text = attempt(fleet, "counted", ["-o", trace, "-e", "trace=" + ",".join(calls), *paths(fleet.path("counted"))])
    assert outcome == "serves", f"{outcome}: {text}"
    with open(trace, errors="replace") as file:
        made = re.findall(r"^\d+ +(\w+)\(", file.read(), re.MULTILINE)
    return {call: made.count(call) for call in calls if call in made}


def attempt(fleet, name, options):
    """What came of a start of the agent under strace with these options, and what it wrote."""
    state, socket = fleet.path(name), fleet.path(name + ".sockets", "agent.sock")
    with open(fleet.path(name + ".log"), "w+") as log:
        process = subprocess.Popen(
            ["strace", "-f", "-qqq", "--seccomp-bpf", *options, AGENT, "run", "--state-dir", state, "--socket", socket,
             "--under", str(os.getpid())], stderr=log, stdout=log, stdin=subprocess.DEVNULL, start_new_session=True)
        try:
            end = time.monotonic() + SERVES_WITHIN
            outcome = "hangs"
            while time.monotonic() < end:
                if process.poll() is not None:
                    outcome = "ended"
                    break
                if os.path.exists(socket):
                    outcome = serves(socket) or outcome
                    if outcome == "serves":
                        break
                time.sleep(0.05)
        finally:
            stop(process)
        log.seek(0)
        text = log.read()
    shutil.rmtree(state, ignore_errors=True)
    if outcome == "ended":
        code = process.returncode
        if code < 0 or code >= 128 or CRASHED.search(text):
            outcome = f"crashed ({code})"
        elif code == 0:
            outcome = "ended as if all were well"
        elif not SENTENCE.search(text):
            outcome = f"ended in silence ({code})"
    return outcome, text


def serves(socket):
    """Whether the two workers are there, or at least a word of what may be missing; `None` while nobody answers."""
    done = ask(socket, "workers", "-o", "name")
    if done.returncode != 0:
        return None
    if len(done.stdout.splitlines()) == 2:
        return "serves"
    hosts = json.loads(ask(socket, "hosts", "-o", "json").stdout or '{"hosts": []}')["hosts"]
    return "says what it may not read" if any(host["limitations"] for host in hosts) else "shows nothing"


def ask(socket, *words):
    return subprocess.run(
        [LOOPTOP, "ls", *words, "--socket", socket, "--timeout", "5s"], capture_output=True, text=True, timeout=30)


def stop(process):
    """strace passes nothing on: the agent is its child, and gets the signal itself."""
    if process.poll() is not None:
        return
    with open(f"/proc/{process.pid}/task/{process.pid}/children") as file:
        children = [int(pid) for pid in file.read().split()]
    for number in (signal.SIGTERM, signal.SIGKILL):
        for pid in children:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass
        try:
            process.wait(10)
            return
        except subprocess.TimeoutExpired:
            continue
    process.kill()
    process.wait()


def main(short):
    findings = Findings()
    if not shutil.which("strace"):
        print("strace is not here: nothing was tried")
        return findings.counts
    seed = int(os.environ.get("LOOPTOP_SEED", time.time_ns() % 2**32))
    print(f"seed {seed} (LOOPTOP_SEED repeats it)")
    chance = random.Random(seed)
    with Fleet() as fleet:
        fleet.workers("ingest", "--workers", "2")
        pids = [master.pid for master in fleet.processes]
        pids += wait_until(lambda: len(children(pids[0])) == 2 and children(pids[0]), what="two workers")
        realms = {
            "state": (OF_THE_STATE, lambda state: [word for file in FILES for word in ("-P", state + file)]),
            "processes": (OF_PROCESSES, lambda state: [word for pid in ["", *pids] for word in ("-P", f"/proc/{pid}".rstrip("/"))]),
        }
        for realm, (calls, paths) in realms.items():
            counts = counted(fleet, calls, paths)
            plan = []
            for call, count in sorted(counts.items()):
                numbers = set(range(1, min(count, 10) + 1)) | {chance.randint(1, count) for _ in range(4)}
                plan += [(call, number, how) for number in sorted(numbers) for how in ("", "+")]
            if short:
                plan = chance.sample(plan, 8)
            outcomes = {}

            def one(index):
                call, number, how = plan[index]
                name, fault = f"{realm}{index}", f"{call}:error={calls[call]}:when={number}{how}"
                options = ["-o", os.devnull, "-e", f"trace={call}", "-e", "inject=" + fault, *paths(fleet.path(name))]
                return realm + " " + fault, *attempt(fleet, name, options)

            pool = concurrent.futures.ThreadPoolExecutor(2 * (os.cpu_count() or 1))
            for fault, outcome, text in pool.map(one, range(len(plan))):
                outcomes[outcome] = outcomes.get(outcome, 0) + 1
                # What cannot be read for ever cannot be shown: the agent says so, and goes on trying.
                is_said = outcome == "shows nothing" and fault.endswith("+") and re.search(r"level=(warning|error)", text)
                findings.expect(outcome in ("serves", "ended", "says what it may not read") or is_said, f"{outcome}: {fault}: {text[-500:]}")
            print(f"{realm}: {len(plan)} starts with one kind of call failing ({sum(counts.values())} calls of {len(counts)} kinds "
                  f"until it serves): " + ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items())))
    return findings.counts
