"""`looptop-sim` as the fleet of a dashboard that is measured, and what its lists say of it."""
import os
import re
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "Tests", "EndToEnd"))
from fleet import BIN, end_with_parent  # noqa: E402

# Of a list; the cursor's rows count from 0.
FIRST_ROW = 4
# A host that has numbers can be any of these.
WITH_NUMBERS = ("ok", "warn", "crit", "stale")


class Simulated:
    """The fleet, until the end. `shares` are its faults, by option."""

    def __init__(self, directory, hosts, workers, seed, port, shares):
        self.state = os.path.join(directory, "state")
        words = [word for name, share in shares.items() for word in (name, f"{share:.0%}")]
        self.process = subprocess.Popen(
            [os.path.join(BIN, "looptop-sim"), "--hosts", str(hosts), "--workers", str(workers), "--seed", str(seed),
             "--listen", f"127.0.0.1:{port}", "--state-dir", self.state, *words],
            stdout=subprocess.PIPE, text=True, preexec_fn=end_with_parent)
        self.ready = self.process.stdout.readline().strip()
        if not self.ready.startswith("ready"):
            self.end()
            raise RuntimeError("looptop-sim did not begin; what it said is above")

    def count(self, words):
        found = re.search(rf"(\d+) {words}", self.ready)
        return int(found[1]) if found else 0

    def end(self):
        self.process.terminate()
        self.process.wait(20)
        self.process.stdout.close()


def chips(terminal):
    """States and how many hosts have each, from line 1."""
    return {word: int(count) for word, count in re.findall(r"([a-z]+) (\d+)", terminal.screen.display[0])}


def with_numbers(terminal):
    counts = chips(terminal)
    return sum(counts.get(word, 0) for word in WITH_NUMBERS)


def under_cursor(terminal, words=1):
    """The first words of the row, a host's name: its row may move while the cursor stays on it."""
    return terminal.screen.display[terminal.screen.cursor.y][3:].split()[:words]


def press_around(terminal, count, words=1):
    """Down and up, each awaited: milliseconds until the cursor is on another host, or row of another list, which so many
    words name."""
    times = []
    for number in range(count):
        row = under_cursor(terminal, words)
        # Another order may have brought the cursor's row to the top, where `k` does nothing, or to the end of a short list.
        key = "k" if number % 2 else "j"
        if terminal.screen.cursor.y <= FIRST_ROW:
            key = "j"
        elif not terminal.screen.display[terminal.screen.cursor.y + 1].strip():
            key = "k"
        times.append(terminal.answer_time(key, lambda t: under_cursor(t, words) != row))
        # Somewhere within the next refresh, and never in step with it.
        pause = 0.013 + number * 0.0071 % 0.09
        end = time.monotonic() + pause
        while (left := end - time.monotonic()) > 0:
            terminal.read(left)
    return times
