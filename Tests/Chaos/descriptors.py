"""R17: an agent that has no descriptors left (prlimit on the running one) keeps its sessions, does not spin, says so seldom, and
takes newcomers again when there are some."""
import resource
import time

from client import ProtocolError
from commands import RESTART, Session
from fleet import Fleet, wait_until
from setting import Findings, TLSSession, View, addresses, cpu_seconds, descriptors, enrolled

NEWCOMERS = 6
LIMIT = 10  # the kernel gives out the lowest free number, and those below are in use for as long as the agent runs


def main(short):
    findings = Findings()
    watched = 6 if short else 70
    with Fleet() as fleet:
        fleet.workers("ingest", "--workers", "3")
        agent = enrolled(fleet, "alpha")
        fleet.wait_for_socket("alpha")
        view, other = View(Session(fleet.socket("alpha"))), Session(fleet.socket("alpha"))
        worker = wait_until(lambda: other.snapshot()["workers"], what="workers")[0]
        usual = resource.prlimit(agent.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(agent.pid, resource.RLIMIT_NOFILE, (LIMIT, usual[1]))
        log = len(fleet.log("alpha"))
        began, used, count = time.monotonic(), cpu_seconds(agent.pid), len(view.came)
        let_in = sum(is_let_in(fleet) for _ in range(NEWCOMERS))
        outcome = other.ask(RESTART, other.worker_target(worker), warned=True, stable=0)
        wait_until(lambda: time.monotonic() > began + watched, watched + 5, "the time without descriptors")
        seconds = time.monotonic() - began
        share, samples = (cpu_seconds(agent.pid) - used) / seconds, len(view.came) - count
        said = fleet.log("alpha")[log:].splitlines()
        print(f"limit {LIMIT}, {descriptors(agent.pid)} in use, for {seconds:.0f} s: {let_in} of {NEWCOMERS} newcomers were let in, "
              f"the old session got {samples} samples, the agent took {share:.2f} of a core; a restart: {outcome['verdict']} "
              f"{outcome.get('reason') or outcome.get('detail')}; {len(said)} lines in its log")
        for line in said[:4]:
            print("   ", line[:220])
        findings.expect(let_in == 0, "newcomers were let in: the limit was not met, and this says nothing")
        findings.expect(view.fault is None and agent.poll() is None, f"the old session ended: {view.fault}")
        findings.expect(samples >= seconds / 3, f"the old session got {samples} samples in {seconds:.0f} s")
        findings.expect(share < 0.05, f"the agent took {share:.2f} of a core without descriptors")
        findings.expect(len(said) <= 10 + seconds / 20, f"{len(said)} lines in the log in {seconds:.0f} s")
        resource.prlimit(agent.pid, resource.RLIMIT_NOFILE, usual)
        began = time.monotonic()
        wait_until(lambda: is_let_in(fleet), 30, "a newcomer")
        seconds = time.monotonic() - began
        print(f"with descriptors again a newcomer was let in after {seconds:.1f} s")
        findings.expect(seconds <= 5, f"a newcomer was let in only {seconds:.1f} s after there were descriptors again")
        other.close()
        view.session.close()
    return findings.counts


def is_let_in(fleet):
    try:
        TLSSession(fleet.operator, addresses(fleet.operator)["alpha"], seconds=1).close()
        return True
    except (ProtocolError, OSError):
        return False
