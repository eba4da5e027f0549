"""Short forms side by side, each as a program of its own, in a world of its own."""
import os
import re
import subprocess
import sys
import tempfile

from world import end_with_parent


def run(program, names):
    """`program --short NAME` for each; what one printed comes when it has ended. The exit code of all."""
    running = {}
    for name in names:
        output = tempfile.TemporaryFile("w+", prefix="looptop-short.")
        started = subprocess.Popen(
            [sys.executable, os.path.abspath(program), "--short", name], stdout=output, stderr=subprocess.STDOUT,
            preexec_fn=end_with_parent)
        running[started.pid] = (started, output)
    passed = failed = 0
    while running:
        pid, status = os.wait()
        started, output = running.pop(pid)
        started.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read()
        # The last line is the sum, of one part.
        counts = re.search(r"\n(\d+) passed, (\d+) failed\s*\Z", text)
        print(text[:counts.start()] if counts else text, flush=True)
        output.close()
        passed += int(counts[1]) if counts else 0
        failed += int(counts[2]) if counts else started.returncode != 0
    print(f"\n{passed} passed, {failed} failed", flush=True)
    return 1 if failed else 0
