"""R15: the wall clock of an agent, and of a dashboard, jumps by a year and more, forth and back (wallclock.c; the monotonic clock
stays what it is). Rates stay what they were, sessions and commands go on, and who cannot connect is told that a clock or a date is
wrong."""
import os
import struct
import time

from commands import Session
from fleet import Fleet, wait_until
from setting import Findings, View, compile_c, enrolled

DAY = 86_400
JUMPS = {"a year on": 365, "a year back": -365, "three years on": 1095, "three years back": -1095}


def main(short):
    findings = Findings()
    with Fleet() as fleet:
        offset = fleet.path("offset")
        write(offset, 0)
        library = fleet.path("wallclock.so")
        compile_c("wallclock.c", library, "-shared", "-fPIC")
        surroundings = {"LD_PRELOAD": library, "WALLCLOCK_OFFSET": offset}
        fleet.workers("ingest", "--workers", "3", "--busy", "1:30")
        usual = dict(os.environ)
        os.environ.update(surroundings)
        enrolled(fleet, "alpha")
        os.environ.clear()
        os.environ.update(usual)
        fleet.wait_for_socket("alpha")
        view = View(Session(fleet.socket("alpha")))
        wait_until(lambda: len(view.taken) > 3, what="snapshots")
        jumps = dict(list(JUMPS.items())[:2] if short else JUMPS)
        for name, days in jumps.items():
            agent_jumps(findings, fleet, view, offset, name, days)
            write(offset, 0)
            wait_until(lambda: abs(skew(fleet)) < 60, 20, "the right time again")
        for name, days in jumps.items():
            dashboard_jumps(findings, fleet, surroundings, offset, name, days)
        view.session.close()
    return findings.counts


def write(path, days):
    with open(path, "r+b" if os.path.exists(path) else "wb") as file:  # in place: it is looked at all the time
        file.write(struct.pack("q", days * DAY))


def host(fleet):
    return fleet.listing("hosts", "--socket", fleet.socket("alpha"))["hosts"][0]


def skew(fleet):
    return host(fleet)["clock_offset_seconds"]


def agent_jumps(findings, fleet, view, offset, name, days):
    write(offset, days)
    known = len(view.taken)
    wait_until(lambda: len(view.taken) > known + 3, 20, "snapshots over the jump, on the old session")
    now = host(fleet)
    rows = fleet.listing("workers", "--socket", fleet.socket("alpha"))["workers"]
    steps = view.steps(known)
    cpu = [row["cpu_cores"] for row in rows]
    done = fleet.looptop("restart", "alpha/ingest#2", "--socket", fleet.socket("alpha"), "--yes", "--accept-warnings", "--wait",
                         "--stable", "100ms")
    log = len(fleet.log("alpha"))
    refused = fleet.looptop("ls", "hosts", "--host", "alpha", "--timeout", "5s")
    said = [line.split("msg=", 1)[-1] for line in fleet.log("alpha")[log:].splitlines()]
    print(f"the agent's clock {name}: off by {now['clock_offset_seconds'] / DAY:.0f} days, {now['state']}; "
          f"CPU of its workers {cpu}, snapshots {min(steps):.2f} to {max(steps):.2f} s apart; restart: code {done.returncode}; a new "
          f"connection over TLS: code {refused.returncode}: {refused.stderr.strip().splitlines()[-1:]}; its log: {said[:1]}",
          flush=True)
    findings.expect(abs(now["clock_offset_seconds"] - days * DAY) < 60, f"{name}: no jump was made: this says nothing")
    findings.expect(now["state"] == "crit", f"{name}: the host is {now['state']}, with a clock that is off by {days} days")
    findings.expect(all(value is not None and 0 <= value <= 2 for value in cpu), f"{name}: CPU {cpu}")
    findings.expect(0 < min(steps) and max(steps) < 4.5, f"{name}: snapshots {min(steps)} to {max(steps)} s apart")
    findings.expect(done.returncode == 0, f"{name}: restart: {done.stdout}{done.stderr}")
    findings.expect(any("clock" in line or "expired" in line for line in said), f"{name}: the agent's log does not say why: {said}")


def dashboard_jumps(findings, fleet, surroundings, offset, name, days):
    own = offset + "-dashboard"
    write(own, days)
    usual = dict(os.environ)
    os.environ.update(surroundings, WALLCLOCK_OFFSET=own)
    try:
        began = time.monotonic()
        done = fleet.looptop("ls", "hosts", "--host", "alpha", "--timeout", "5s")
    finally:
        os.environ.clear()
        os.environ.update(usual)
    text = (done.stdout + done.stderr).strip()
    print(f"the dashboard's clock {name}: code {done.returncode} after {time.monotonic() - began:.1f} s: "
          f"{text.splitlines()[-1:]}", flush=True)
    findings.expect(done.returncode != 0, f"{name}: it connected: no jump was made, or nobody looks at dates")
    findings.expect("clock" in text or "expired" in text, f"{name}: not said that it is the clock: {text}")
