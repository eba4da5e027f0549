"""What a master of these tests is, and what is true of it: asked from the master or the kernel, never from looptop."""
import shutil

from world import children, title, wait_until

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Group:
    """What should be found. Functions are asked when it is compared; `slots` are those that are published."""

    def __init__(self, app, kind, workers, master=None, ports=(), slots=None, manager=None, folded=(),
                 varies=False):
        self.app, self.kind, self.workers, self.master = app, kind, workers, master
        self.ports, self.slots, self.manager, self.folded = list(ports), slots, manager, list(folded)
        self.varies = varies  # its master decides how many there are: no expected size


class Master:
    # Programs that have to be there.
    needs = ()
    # What a restart of one worker and a roll have to come to; whether no request may be lost meanwhile.
    restart, roll, lossless = "replaced", "finished", False
    # Restarts that the operator has to be warned of first.
    warns = False
    # Words that the reason of a refusal has to contain.
    reason = ""
    user = None

    def __init__(self, name, port=None):
        self.name, self.port = name, port

    def missing(self):
        """Why it cannot run here, or None."""
        absent = [program for program in self.needs if not shutil.which(program, path=PATH)]
        return f"no {' '.join(absent)}" if absent else None

    def wait_for(self, count, seconds=30):
        wait_until(
            lambda: len(self.workers()) == count and self.settled(), seconds,
            f"{count} workers of {self.name}, there are {[title(pid) for pid in self.workers()]}")

    def settled(self):
        return True

    def workers(self):
        return children(self.process.pid)

    def master(self):
        return self.process.pid
