"""R16: a state directory that is full, that cannot be synced, that is read-only. Commands are refused with a sentence and nothing
is signalled, the view goes on, and it works again within 10 s once there is room."""
import os
import shutil
import subprocess
import time

from commands import Session
from fleet import AGENT, Fleet, children, wait_until
from setting import Findings, View, enrolled

SENTENCE = "the audit line could not be written"
RECOVERED = 10


def restart(fleet):
    return fleet.looptop("restart", "alpha/ingest#1", "--yes", "--accept-warnings", "--wait", "--stable", "100ms")


def main(short):
    findings = Findings()
    with Fleet() as fleet:
        os.mkdir(fleet.path("alpha"), 0o700)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m,mode=700", "none", fleet.path("alpha")], check=True)
        try:
            master = fleet.workers("ingest", "--workers", "2")
            agent = enrolled(fleet, "alpha")
            fleet.wait_for_socket("alpha")
            view = View(Session(fleet.socket("alpha")))
            wait_until(lambda: restart(fleet).returncode == 0, what="a first restart")
            full(findings, fleet, master, view)
            if shutil.which("strace"):
                unsynced(findings, fleet, master, view, agent)
            else:
                print("skipped: no strace, which makes fsync fail")
            findings.expect(agent.poll() is None, f"the agent ended: {fleet.log('alpha')}")
            findings.expect(view.fault is None, f"the view ended: {view.fault}")
            longest = max(view.steps())
            findings.expect(longest < 5, f"the view stood still for {longest:.1f} s")
            print(f"the view went on: {len(view.came)} samples, at most {longest:.1f} s apart")
            verified = subprocess.run([AGENT, "audit", "verify", "--state-dir", fleet.path("alpha")], capture_output=True, text=True)
            print("audit verify:", (verified.stdout + verified.stderr).strip())
            findings.expect(verified.returncode == 0, "the audit log is not whole afterwards")
            agent.terminate()
            agent.wait(10)
            view.session.close()
            read_only(findings, fleet)
        finally:
            subprocess.run(["umount", "-l", fleet.path("alpha")], check=True)
    return findings.counts


def refusals(findings, fleet, master, view, what):
    """Until one is refused: what is left of the last page may hold a line more. Then five, which must change nothing."""
    done = wait_until(lambda: SENTENCE in (once := restart(fleet)).stdout + once.stderr and once, 30, f"a refusal, {what}")
    before, known = sorted(children(master.pid)), len(view.came)
    tries = [done] + [restart(fleet) for _ in range(4)]
    said = [one for one in tries if SENTENCE in one.stdout + one.stderr]
    print(f"{what}: {len(tries)} restarts refused, code {sorted({one.returncode for one in tries})}: "
          f"{(done.stdout + done.stderr).strip()}")
    wait_until(lambda: len(view.came) >= known + 3, 15, f"three more samples, {what}")
    findings.expect(len(said) == len(tries), f"{what}: not said why: {tries[0].stdout}{tries[0].stderr}")
    findings.expect(sorted(children(master.pid)) == before, f"{what}: a worker was signalled although it was refused")


def recovery(findings, fleet, what):
    began = time.monotonic()
    wait_until(lambda: restart(fleet).returncode == 0, 3 * RECOVERED, f"a restart, {what}")
    seconds = time.monotonic() - began
    print(f"{what}: a restart was done {seconds:.1f} s later")
    findings.expect(seconds <= RECOVERED, f"{what}: it took {seconds:.1f} s until a restart was done")


def full(findings, fleet, master, view):
    filler = fleet.path("alpha", "filler")
    with open(filler, "wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass
    refusals(findings, fleet, master, view, "disk full")
    os.unlink(filler)
    recovery(findings, fleet, "room again")


def unsynced(findings, fleet, master, view, agent):
    tracer = fleet.start(["strace", "-qq", "-f", "-p", str(agent.pid), "-o", fleet.path("trace"), "-e", "trace=fsync",
                          "-e", "inject=fsync:error=EIO"], stderr=subprocess.DEVNULL)
    wait_until(lambda: all(traced(agent.pid, task) for task in os.listdir(f"/proc/{agent.pid}/task")), what="strace on all threads")
    refusals(findings, fleet, master, view, "fsync fails with EIO")
    with open(fleet.path("trace")) as file:
        findings.expect("INJECTED" in file.read(), "no fsync failed: this says nothing")
    tracer.terminate()
    tracer.wait(10)
    recovery(findings, fleet, "fsync works again")


def traced(pid, task):
    try:
        with open(f"/proc/{pid}/task/{task}/status") as file:
            return "TracerPid:\t0\n" not in file.read()
    except OSError:  # a thread that has ended
        return True


def read_only(findings, fleet):
    subprocess.run(["mount", "-o", "remount,ro", fleet.path("alpha")], check=True)
    done = subprocess.run([AGENT, "run", "--state-dir", fleet.path("alpha"), "--socket", fleet.path("other", "agent.sock")],
                          capture_output=True, text=True, timeout=30)
    print(f"read-only state directory: the agent ends with {done.returncode}: {done.stderr.strip()[-200:]}")
    findings.expect(done.returncode in (73, 74, 77) and "ead-only" in done.stderr,
                    f"a read-only state directory is not refused with a sentence: code {done.returncode}")
