"""The machine: what it is, and whether others use it, which no estimate and no bar can be held against."""
import fcntl
import os
import platform
import shutil
import time

QUIET_IDLE = 0.75
WAIT_SECONDS = 20
STEAL_LIMIT = 0.05
GAP_LIMIT_NS = 60_000_000


def describe():
    model = "an unknown CPU"
    with open("/proc/cpuinfo") as lines:
        for line in lines:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    found = {"kernel": platform.release(), "cpu": model, "cores": os.cpu_count(), "load": os.getloadavg()}
    found["sentence"] = f"Linux {found['kernel']}, {found['cores']} cores of {model}, load {found['load'][0]:.2f}"
    return found


def cpu_times():
    """(idle, stolen, all) in ticks since the start, of all CPUs."""
    with open("/proc/stat") as file:
        values = [int(each) for each in file.readline().split()[1:9]]
    return values[3] + values[4], values[7], sum(values)


def shares(before, after):
    """(idle, stolen) between two readings."""
    total = max(1, after[2] - before[2])
    return (after[0] - before[0]) / total, (after[1] - before[1]) / total


def wait_until_quiet(say):
    """Whether the machine was mostly idle for a second, within some seconds; nothing of ours runs yet."""
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        before = cpu_times()
        time.sleep(1)
        idle, _ = shares(before, cpu_times())
        if idle >= QUIET_IDLE:
            return True
        if time.monotonic() > deadline:
            print(f"this machine is busy: {1 - idle:.0%} of its CPUs are used by others; the numbers will suffer")
            return False
        say(f"waiting for a quieter machine: {1 - idle:.0%} used")


def only_one(directory):
    """Waits until no other of these benchmarks runs here, which would spoil both. Keep what it returns."""
    os.makedirs(directory, exist_ok=True)
    lock = open(os.path.join(directory, "lock"), "w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("another of these benchmarks runs: waiting for its end", flush=True)
        fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


class Noise:
    """Of all runs: CPU stolen by the hypervisor, and how late a thread came that runs before all others."""

    def __init__(self):
        self.stolen, self.gaps, self.before = [], [], None

    def begin(self):
        self.before = cpu_times()

    def end(self):
        self.stolen.append(shares(self.before, cpu_times())[1])

    def note_gap(self, gap):
        self.gaps.append(gap)

    def values(self):
        return {"stolen": max(self.stolen, default=0), "gap_ms": max(self.gaps, default=0) / 1e6}

    def is_quiet(self):
        gaps = sorted(self.gaps)
        return max(self.stolen, default=0) <= STEAL_LIMIT and (not gaps or gaps[len(gaps) // 2] <= GAP_LIMIT_NS)

    def sentence(self):
        values = self.values()
        return (f"at most {values['stolen']:.1%} of a run stolen by the hypervisor, sampler at most "
                f"{values['gap_ms']:.1f} ms late")


def move_files(source, target):
    for name in os.listdir(source):
        moved = os.path.join(target, name)
        shutil.move(os.path.join(source, name), moved)
        os.chown(moved, os.getuid(), os.getgid())
