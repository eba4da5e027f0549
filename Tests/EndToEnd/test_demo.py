"""The demo does the main job, and leaves nothing behind however it ends."""
import glob
import os
import re
import signal
import subprocess
import tempfile
import unittest

from fleet import BIN, ROOT, wait_until
from terminal import Terminal

DEMO = os.path.join(ROOT, "scripts", "demo")


def processes_with(text):
    """Pids whose command line contains it."""
    found = {}
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            with open(path, "rb") as file:
                line = file.read().replace(b"\0", b" ").decode(errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if text in line:
            found[int(path.split("/")[2])] = line
    return found


class Demo(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="looptop-demo-test.")
        self.addCleanup(os.rmdir, self.directory)  # fails when the demo left something in it
        self.environment = {**os.environ, "TMPDIR": self.directory, "LOOPTOP_BIN": BIN}

    def nothing_is_left(self):
        wait_until(lambda: not processes_with(self.directory), 20,
                   f"the end of all demo processes: {processes_with(self.directory)}")

    def opened(self):
        terminal = Terminal([DEMO], environment=self.environment)
        self.addCleanup(terminal.close)
        for host in ["alpha", "beta", "gamma"]:
            terminal.wait_for(rf"{host} +(OK|WARN|CRIT)", 60)
        return terminal

    def test_piped_it_prints_the_fleet_and_ends(self):
        done = subprocess.run(
            [DEMO], env=self.environment, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, 0, done.stderr)
        for words in [r"alpha +OK", r"beta +OK", r"gamma +OK", r"alpha +ingest +#1", r"gamma +search +#4"]:
            self.assertRegex(done.stdout, words)
        self.assertNotIn("\x1b", done.stdout)
        self.nothing_is_left()

    def test_quit(self):
        terminal = self.opened()
        terminal.type("q")
        self.assertEqual(terminal.wait_for_end(20), 0)
        self.nothing_is_left()

    def test_terminated(self):
        terminal = self.opened()
        os.kill(terminal.pid, signal.SIGTERM)
        self.assertEqual(terminal.wait_for_end(20), 143)
        self.nothing_is_left()

    def test_interrupted_while_it_starts(self):
        terminal = Terminal([DEMO], environment=self.environment)
        self.addCleanup(terminal.close)
        terminal.wait_for("starting three hosts")
        terminal.type("\x03")
        self.assertEqual(terminal.wait_for_end(20), 130)
        self.nothing_is_left()

    def test_dashboard_killed(self):
        terminal = self.opened()
        dashboard = next(pid for pid, line in processes_with(self.directory).items() if re.search("looptop --state-dir", line))
        os.kill(dashboard, signal.SIGKILL)
        self.assertEqual(terminal.wait_for_end(20), 137)
        self.nothing_is_left()

    def test_killed_itself(self):
        terminal = self.opened()
        left = glob.glob(os.path.join(self.directory, "*"))
        os.kill(terminal.pid, signal.SIGKILL)
        wait_until(lambda: not processes_with(self.directory), 20, "the end of all demo processes")
        subprocess.run(["rm", "-rf", *left], check=True)  # nobody was left to do it


if __name__ == "__main__":
    unittest.main()
