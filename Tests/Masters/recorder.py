"""A puma-shaped server whose processes write down every signal they get (apps/recorder.py), for tests of "at most once"."""
import contextlib
import os
import signal

from world import APPS, alive, children, identities, title, wait_until


class Recorder:
    def __init__(self, world, name, port, workers, deaf=False):
        self.count, self.deaf = workers, deaf
        cwd = world.directory(name)
        self.log = os.path.join(cwd, "signals")
        self.process = world.start(
            ["/usr/bin/python3", os.path.join(APPS, "recorder.py"), str(port), str(workers), self.log,
             *(["deaf"] if deaf else [])], cwd)
        wait_until(lambda: len(self.workers()) == workers, what=f"{workers} workers: {world.said(self.process)}")

    def stop(self):
        """Workers that are deaf end by the world's end only."""
        below = children(self.process.pid)
        self.process.kill()
        self.process.wait()
        for pid in below:
            if alive(pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def lines(self):
        with open(self.log) as file:
            return [line.split() for line in file.read().splitlines()]

    def workers(self):
        """{pid: start ticks} of those that are ready."""
        if not os.path.exists(self.log):
            return {}
        ready = {int(line[1]) for line in self.lines() if line[0] == "ready"}
        return dict(identities(pid for pid in children(self.process.pid)
                               if pid in ready and title(pid).startswith("puma: cluster worker")))

    def pids(self):
        """All that ever were."""
        return {int(line[1]) for line in self.lines()}

    def slot(self, pid):
        return int(title(pid).split()[3].rstrip(":")) + 1

    def signals(self, pid=None):
        """[(pid, number)]: what processes got, a death by SIGKILL included."""
        found = []
        for line in self.lines():
            if line[0] == "signal":
                found.append((int(line[1]), int(line[2])))
            elif line[0] == "ended" and os.WIFSIGNALED(int(line[2])):
                found.append((int(line[1]), os.WTERMSIG(int(line[2]))))
        return [one for one in found if pid is None or one[0] == pid]


class Audit:
    """The agent's audit log, as its lines say it."""

    def __init__(self, state):
        self.path = os.path.join(state, "audit.jsonl")

    def lines(self):
        import json
        try:
            with open(self.path) as file:
                text = file.read()
        except FileNotFoundError:
            return []
        return [json.loads(line) for line in text.split("\n") if line.endswith("}")]

    def records(self, id):
        """Kinds of the lines about a command, in order."""
        return [line["record"] for line in self.lines() if line.get("command") == id.hex()]

    def size(self):
        try:
            return os.stat(self.path).st_size
        except FileNotFoundError:
            return 0
