"""R13: /proc with hidepid=2 and an agent without privileges, in a mount namespace of its own: its user's rows have what is known, and
a sentence says that others may be missing. The same without hidepid, where other users' processes are seen from outside."""
import ctypes
import json
import subprocess

from fleet import AGENT, LOOPTOP, WORKER, OrdinaryUser, wait_until
from setting import Findings

CLONE_NEWNS = 0x20000


def main(short):
    findings = Findings()
    for is_hidden in (True, False):
        look(findings, is_hidden)
    return findings.counts


def remount(options):
    assert ctypes.CDLL(None).unshare(CLONE_NEWNS) == 0, "no mount namespace"
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    subprocess.run(["mount", "-t", "proc", "-o", options, "proc", "/proc"], check=True)


def look(findings, is_hidden):
    where = "hidepid=2" if is_hidden else "hidepid=0"
    remount(where)
    with OrdinaryUser() as user:
        user.environment["HOME"] = "/"
        own = user.program(WORKER, "ingest")
        others = user.program(WORKER, "billing")
        user.start([own, "--workers", "2"])
        root = subprocess.Popen([others, "--workers", "2"])
        user.processes.append(root)
        state, path = user.path("home", "state"), user.path("run", "agent.sock")
        agent, looptop = user.program(AGENT), user.program(LOOPTOP)
        log = open(user.path("log"), "wb")
        running = user.start([agent, "run", "--state-dir", state, "--socket", path, "--host-name", "alpha"], stderr=log)
        log.close()

        def ask(*words):
            return user.run([looptop, *words, "--socket", path])

        def apps():
            done = ask("ls", "workers", "-o", "json", "--retry", "--timeout", "10s")
            return done.returncode == 0 and json.loads(done.stdout)["workers"]

        rows = wait_until(lambda: (found := apps()) and len(found) >= 2 and found, 30, "the user's own workers")
        host, = json.loads(ask("ls", "hosts", "-o", "json").stdout)["hosts"]
        doctor = ask("doctor").stdout
        of_own = [row for row in rows if row["app"] == "ingest"]
        of_root = [row for row in rows if row["app"] == "billing"]
        print(f"{where}, as uid {user.uid}: {len(of_own)} of 2 own workers, {len(of_root)} of root's 2; limitations {host['limitations']}")
        words = ("missing", "CAP_", "hidepid", "hidden", "other users")
        said = [line.strip() for line in doctor.splitlines() if any(word in line for word in words)]
        of_agent = " ".join(line.strip() for line in doctor.splitlines() if "The agent may" in line)
        for line in said:
            print("   ", line)
        findings.expect(len(of_own) == 2, f"{where}: own workers are missing")
        findings.expect(all(row["cpu_cores"] is not None and row["resident_bytes"] for row in of_own),
                        f"{where}: own rows have no numbers")
        findings.expect(running.poll() is None, f"{where}: the agent ended")
        findings.expect(host["limitations"], f"{where}: nothing says that something is missing")
        findings.expect(said, f"{where}: doctor names nothing that is missing; it says: {of_agent}")
        findings.expect(not (is_hidden and of_root), f"{where}: root's workers are not hidden, and this says nothing: {of_root}")
