"""A cgroup of version 1 or 2, to freeze a worker, to limit its CPU, or to count the CPU time of a program. Needs root."""
import os
import uuid

from crew import Skipped

PERIOD_US = 100_000
# What every cgroup of version 2 does.
OF_ALL = ("freezer", "cpuacct")


def mounts():
    with open("/proc/self/mounts") as file:
        return [line.split()[:4] for line in file]


def make(controller):
    """A new cgroup below the root of the hierarchy that has the controller; `Skipped` says why there is none."""
    if os.getuid() != 0:
        raise Skipped("making a cgroup needs root")
    name = f"looptop-bench-{uuid.uuid4().hex[:12]}"
    try:
        for _, path, kind, options in mounts():
            if kind == "cgroup" and controller in options.split(","):
                return Cgroup(os.path.join(path, name), 1)
        for _, path, kind, _ in mounts():
            if kind == "cgroup2" and (controller in OF_ALL or enable(path, controller)):
                return Cgroup(os.path.join(path, name), 2)
    except OSError as error:
        raise Skipped(f"cannot make a cgroup: {error}")
    raise Skipped(f"no cgroup hierarchy with the {controller} controller")


def enable(path, controller):
    with open(os.path.join(path, "cgroup.controllers")) as file:
        if controller not in file.read().split():
            return False
    with open(os.path.join(path, "cgroup.subtree_control")) as file:
        if controller in file.read().split():
            return True
    write(os.path.join(path, "cgroup.subtree_control"), "+" + controller)
    return True


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


class Cgroup:
    def __init__(self, path, version):
        self.path, self.version = path, version
        os.mkdir(path)

    def file(self, name):
        return os.path.join(self.path, name)

    def add(self, pid):
        write(self.file("cgroup.procs"), str(pid))

    def freeze(self, frozen):
        if self.version == 1:
            write(self.file("freezer.state"), "FROZEN" if frozen else "THAWED")
        else:
            write(self.file("cgroup.freeze"), "1" if frozen else "0")

    def set_quota(self, share):
        """At most this share of one CPU."""
        quota = int(PERIOD_US * share)
        if self.version == 1:
            write(self.file("cpu.cfs_period_us"), str(PERIOD_US))
            write(self.file("cpu.cfs_quota_us"), str(quota))
        else:
            write(self.file("cpu.max"), f"{quota} {PERIOD_US}")

    def statistics(self):
        with open(self.file("cpu.stat")) as file:
            return dict(line.split() for line in file)

    def throttled_ns(self):
        values = self.statistics()
        return int(values["throttled_time"]) if self.version == 1 else int(values["throttled_usec"]) * 1000

    def used_ns(self):
        """CPU time of all that ever were in it."""
        if self.version == 2:
            return int(self.statistics()["usage_usec"]) * 1000
        with open(self.file("cpuacct.usage")) as file:
            return int(file.read())

    def pids(self):
        with open(self.file("cgroup.procs")) as file:
            return [int(pid) for pid in file.read().split()]

    def remove(self):
        """Thaws it; its processes have ended or move to the root."""
        try:
            self.freeze(False)
        except OSError:
            pass  # the controller is another
        for pid in self.pids():
            try:
                write(os.path.join(os.path.dirname(self.path), "cgroup.procs"), str(pid))
            except OSError:
                pass  # it has ended
        os.rmdir(self.path)
