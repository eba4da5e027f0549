"""Short forms side by side, each as a program of its own, in a world of its own."""
import os
import re
import subprocess
import sys
import tempfile

from world import end_with_parent


class Part:
    """A program under way, and what it printed."""

    def __init__(self, program, name):
        self.name = name
        self.output = tempfile.TemporaryFile("w+", prefix="looptop-short.")
        self.process = subprocess.Popen(
            [sys.executable, os.path.abspath(program), "--short", name], stdout=self.output, stderr=subprocess.STDOUT,
            preexec_fn=end_with_parent)

    def end(self, status):
        """How much passed and failed, after printing how it went."""
        self.process.returncode = os.waitstatus_to_exitcode(status)
        self.output.seek(0)
        text = self.output.read()
        self.output.close()
        # The last line is the sum, of one part.
        counts = re.search(r"\n(\d+) passed, (\d+) failed\s*\Z", text)
        print(text[:counts.start()] if counts else text, flush=True)
        return (int(counts[1]), int(counts[2])) if counts else (0, int(self.process.returncode != 0))


def run(program, names):
    """`program --short NAME` for each; what one printed comes when it has ended. What failed beside others is run once more by
    itself, since that many on two cores can keep it from the processor for seconds: what comes of it then counts, and the end
    names it. The exit code of all."""
    running = {part.process.pid: part for part in [Part(program, name) for name in names]}
    counts = {}
    while running:
        pid, status = os.wait()
        part = running.pop(pid)
        counts[part.name] = part.end(status)
    again = [name for name in names if counts[name][1] and len(names) > 1]
    for name in again:
        print(f"{name} failed beside others, and is run by itself:", flush=True)
        part = Part(program, name)
        counts[name] = part.end(os.waitpid(part.process.pid, 0)[1])
    for name in again:
        print(f"FAILED BESIDE OTHERS: {name}")
    failed = sum(bad for _, bad in counts.values())
    print(f"\n{sum(good for good, _ in counts.values())} passed, {failed} failed", flush=True)
    return 1 if failed else 0
