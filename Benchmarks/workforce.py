"""The processes that everybody looks at: real workers that wait in epoll, a few of them busy."""
import os
import resource
import shutil
import signal
import time

from fleet import WORKER, children, wait_until

WORKERS_PER_MASTER = 200
# For the harness, what it measures and the rest of the machine.
SPARE_PROCESSES = 500
# Of a core, that all busy workers together take, and how many these are at most: a worker takes whole percents.
BUSY_PERCENT = 30
MOST_BUSY = 30


def cpu_ns(pid):
    """CPU time of a process, all threads, in ns: MAKE_PROCESS_CPUCLOCK(pid, CPUCLOCK_SCHED) of posix-timers.h."""
    return int(time.clock_gettime_ns(~pid << 3 | 2))


def births():
    """Processes and threads begun on this machine since it started."""
    with open("/proc/stat") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith("processes"))


def room():
    """How many workers this machine lets us have."""
    limits = [resource.getrlimit(resource.RLIMIT_NPROC)[0]]
    for path in ("/proc/sys/kernel/pid_max", "/proc/sys/kernel/threads-max"):
        with open(path) as file:
            limits.append(int(file.read()))
    return min(limit for limit in limits if limit != resource.RLIM_INFINITY) - SPARE_PROCESSES


def sizes_of(count):
    """Workers of each master."""
    return [min(WORKERS_PER_MASTER, count - start) for start in range(0, count, WORKERS_PER_MASTER)]


def shares_of(count):
    """Workers of each master, how many of them are busy (a fiftieth of all, 30 at most), for how many per cent of a core each."""
    sizes = sizes_of(count)
    busy = min(count, MOST_BUSY, max(2, count // 50))
    return sizes, [len(range(master, busy, len(sizes))) for master in range(len(sizes))], BUSY_PERCENT // busy


class Workers:
    """`count` workers below `root`, some of them busy, as `shares` has it, the others waking once a second."""

    def __init__(self, fleet, count, shares=shares_of):
        self.count = count
        sizes, busy, percent = shares(count)
        commands = [self.command(fleet, size, few, percent) for size, few in zip(sizes, busy)]
        if len(commands) == 1:
            self.process = fleet.start(commands[0])
            self.masters = [self.process.pid]
        else:
            lines = "".join("setpriv --pdeathsig KILL " + " ".join(command) + " &\n" for command in commands)
            self.process = fleet.start(["sh", "-c", lines + "wait"])
            self.masters = wait_until(
                lambda: (found := children(self.process.pid)) and len(found) == len(commands) and found, what="the masters")
        self.root = self.process.pid
        wait_until(lambda: len(self.pids()) == count, seconds=60, what=f"{count} workers")
        # Until all have settled: the agent's first readings are to be those of a fleet at work.
        wait_until(lambda: all(cpu_ns(pid) > 0 for pid in self.pids()), seconds=60, what="workers that ran")

    @staticmethod
    def command(fleet, size, busy, percent):
        program = fleet.path("app")
        if not os.path.exists(program):
            shutil.copy(WORKER, program)
        options = [word for slot in range(1, busy + 1) for word in ("--busy", f"{slot}:{percent}")]
        return [program, "--workers", str(size), *options]

    def pids(self):
        return [pid for master in self.masters for pid in children(master)]

    def stop(self):
        for master in self.masters:
            os.kill(master, signal.SIGTERM)
        self.process.wait(30)
