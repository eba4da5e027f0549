"""Records process tables of masters that `Tests/Fixtures/masters/record` does not start itself."""
import os
import subprocess

from engine_masters import Circus, Docker, Passenger, Podman
from real_systemd import Systemd
from world import ROOT, World, alive, children, descendants, wait_until

RECORD = os.path.join(ROOT, "Tests", "Fixtures", "masters", "record")
NOTES = {
    Circus: "circus 0.19: three of one watcher, one of another, circus's own statistics.",
    Passenger: "Passenger 6.0.17 in Apache 2.4 (event MPM): a Python and a Ruby app.",
    Docker: "docker 20.10.24, cgroupfs: a gunicorn and a single server, a container each.",
    Podman: "podman 4.3.1, cgroupfs: a gunicorn and a single server, a container each.",
}


def main(short):
    # Numbers that no other table has.
    with open("/proc/sys/kernel/ns_last_pid", "w") as file:
        file.write("50000")
    done = skipped = 0
    for master in (Circus("circus", 8130), Passenger("passenger", 8141), Docker("docker", 8150), Podman("podman", 8160)):
        why = master.missing()
        if why:
            print(f"skipped: {master.name}: {why}")
            skipped += 1
            continue
        with World() as world:
            master.start(world)
            # Monitors of containers are nobody's children.
            record(master.name, NOTES[type(master)],
                   lambda: [master.process.pid, *(pid for pid in children(1) if pid != os.getpid())])
        done += 1
    why = Systemd.missing()
    if why:
        print(f"skipped: systemd: {why}")
        return done, skipped + 1
    with World() as world:
        systemd = Systemd(world)
        systemd.start()
        try:
            # With cgroups as they are named in there.
            record("systemd", "systemd 252 as process 1 of namespaces of its own.", lambda: [systemd.first],
                   "nsenter", "-t", str(systemd.first), "-C")
        finally:
            systemd.stop()
    return done + 1, skipped


def record(name, note, tops, *before):
    seen = []

    def settled():
        seen.append({pid for top in tops() for pid in (top, *descendants(top)) if alive(pid)})
        return len(seen) > 100 and all(pids == seen[-1] for pids in seen[-100:]) and sorted(seen[-1])
    pids = wait_until(settled, what="processes that stay")
    subprocess.run([*before, RECORD, "--processes", name, note, *map(str, pids)], check=True)
