"""A program on a terminal whose bytes, changed cells, CPU time and answers to keys are measured."""
import math
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "Tests", "EndToEnd"))
from terminal import Terminal  # noqa: E402

# Output with a pause before it is a refresh of its own.
REFRESH_PAUSE = 0.01


def cpu_ns(pid):
    """CPU time of a process, all threads, in ns: MAKE_PROCESS_CPUCLOCK(pid, CPUCLOCK_SCHED) of posix-timers.h."""
    return time.clock_gettime_ns(~pid << 3 | 2)


def memory(pid):
    """RSS and PSS, in bytes."""
    found = {}
    with open(f"/proc/{pid}/smaps_rollup") as lines:
        for line in lines:
            name, _, rest = line.partition(":")
            if name in ("Rss", "Pss"):
                found[name] = int(rest.split()[0]) * 1024
    return found["Rss"], found["Pss"]


def percentile(values, share):
    """By nearest rank."""
    return sorted(values)[max(0, math.ceil(len(values) * share) - 1)] if values else None


class Measured(Terminal):
    """Counts, while it reads, the bytes and the refreshes they came in, and which cells are others after each of them."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.reset()

    def reset(self):
        self.begin_bytes = self.bytes_read
        self.refreshes = 0
        self.changed_cells = 0
        # Bytes of refreshes after which no cell was another one.
        self.wasted_bytes = 0
        self.settled_bytes = self.bytes_read
        self.last_byte = 0.0
        self.cells = self.picture(range(self.screen.lines))
        self.screen.dirty.clear()
        self.begin_cpu = cpu_ns(self.pid)
        self.began = time.monotonic()

    def picture(self, rows):
        buffer, columns = self.screen.buffer, range(self.screen.columns)
        return {row: [buffer[row][column] for column in columns] for row in rows}

    def read(self, seconds):
        before = self.bytes_read
        going_on = super().read(seconds)
        if self.bytes_read > before:
            now = time.monotonic()
            if now - self.last_byte > REFRESH_PAUSE:
                self.refreshes += 1
            self.last_byte = time.monotonic()
        elif self.bytes_read > self.settled_bytes:
            self.settle()
        return going_on

    def settle(self):
        """What changed since the last time is counted once, however often it was written."""
        changed = 0
        for row, cells in self.picture(self.screen.dirty).items():
            changed += sum(old != new for old, new in zip(self.cells[row], cells))
            self.cells[row] = cells
        self.screen.dirty.clear()
        self.changed_cells += changed
        if not changed:
            self.wasted_bytes += self.bytes_read - self.settled_bytes
        self.settled_bytes = self.bytes_read

    def watch(self, seconds):
        """Lets it run, and tells what it cost."""
        self.reset()
        while (left := self.began + seconds - time.monotonic()) > 0:
            if not self.read(min(left, REFRESH_PAUSE)):
                raise AssertionError(f"it ended\n{self.text}")
        return self.costs()

    def costs(self):
        self.settle()
        elapsed = time.monotonic() - self.began
        count = self.bytes_read - self.begin_bytes
        spent = cpu_ns(self.pid) - self.begin_cpu
        return {
            "seconds": elapsed,
            "cpu_share": spent / elapsed / 1e9,
            "refreshes": self.refreshes,
            "cpu_ms_per_refresh": spent / 1e6 / self.refreshes if self.refreshes else None,
            "bytes": count,
            "bytes_per_refresh": count / self.refreshes if self.refreshes else None,
            "changed_cells": self.changed_cells,
            "wasted_bytes": self.wasted_bytes,
            "bytes_per_changed_cell": count / self.changed_cells if self.changed_cells else None,
        }

    def answer_time(self, keys, shown, limit=10):
        """From writing `keys` until `shown` of this terminal holds, in ms; infinite where it does not come."""
        start = time.monotonic()
        self.type(keys)
        while not shown(self):
            if time.monotonic() - start > limit or not self.read(0.2):
                return math.inf
        return (time.monotonic() - start) * 1000
