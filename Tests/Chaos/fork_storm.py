"""R12: a loop that forks and exits as fast as it can beside a few real workers: snapshots keep their pace, the agent stays cheap
and small, and no vanished process becomes an error or a worker."""
import os
import time

from commands import Session
from fleet import Fleet, wait_until
from setting import Findings, View, compile_c, cpu_seconds, enrolled, percentile, resident_mib

TICK, SHARE, GROWTH_MIB = 1.5, 0.5, 8


def forks():
    with open("/proc/stat") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("processes"))


def main(short):
    findings = Findings()
    seconds = 8 if short else 60
    with Fleet() as fleet:
        program = fleet.path("storm")
        compile_c("storm.c", program)
        fleet.workers("ingest", "--workers", "4")
        agent = enrolled(fleet, "alpha")
        fleet.wait_for_socket("alpha")
        view = View(Session(fleet.socket("alpha")))
        wait_until(lambda: len(view.taken) > 5, what="snapshots")
        memory, log = resident_mib(agent.pid), len(fleet.log("alpha"))
        first = len(view.taken)
        storm = fleet.start([program], start_new_session=True)
        born, used, began, most = forks(), cpu_seconds(agent.pid), time.monotonic(), 0
        while time.monotonic() < began + seconds:  # the storm itself is what is tried
            most = max(most, resident_mib(agent.pid))
            time.sleep(0.2)
        born, share, steps = forks() - born, (cpu_seconds(agent.pid) - used) / (time.monotonic() - began), view.steps(first)
        seen = set(view.workers[first:])
        os.killpg(storm.pid, 9)
        storm.wait()
        said = fleet.log("alpha")[log:].splitlines()
        events = fleet.looptop("events", "alpha").stdout
        print(f"{born / seconds:.0f} forks a second for {seconds} s: {len(steps)} snapshots, {percentile(steps, .5):.2f} s apart, at most "
              f"{max(steps):.2f} s; the agent took {share:.3f} of a core and grew from {memory:.1f} to {most:.1f} MiB; {len(said)} lines "
              f"in its log; workers seen: {sorted(seen)}")
        for line in said[:3]:
            print("   ", line[:200])
        findings.expect(born / seconds > 500, f"only {born / seconds:.0f} forks a second: no storm")
        # Three times what is wanted: the storm and others share these cores.
        findings.expect(max(steps) <= 3 * TICK, f"a snapshot came {max(steps):.1f} s after the one before")
        findings.expect(share <= SHARE, f"the agent took {share:.2f} of a core")
        findings.expect(most - memory <= GROWTH_MIB, f"the agent grew by {most - memory:.1f} MiB")
        findings.expect(seen == {4}, f"there were four workers all the time, and it saw {sorted(seen)}")
        findings.expect(not any(word in line for line in said for word in ("errno: 2)", "errno: 3)", "level=error")),
                        "processes that went became errors in the log")
        findings.expect("exited" not in events, f"workers are told to have ended:\n{events}")
        view.session.close()
    return findings.counts
