"""What is shown of 50 real processes against what they and the kernel say themselves."""
import json
import os
import re
import subprocess
import sys
import unittest

from fleet import Fleet, wait_until

WORKER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "counting_workers.py")


class Reports:
    """What the workers say of themselves: own pid, own CPU seconds by getrusage(2), as often as they are asked."""

    def __init__(self, process):
        self.process = process

    def ask(self, count):
        self.process.stdin.write("now\n")
        self.process.stdin.flush()
        answers = [json.loads(self.process.stdout.readline()) for _ in range(count)]
        return {answer["pid"]: answer["cpu_seconds"] for answer in answers}


def by_ps(pids):
    done = subprocess.run(
        ["ps", "-o", "pid=,rss=,nlwp=", "-p", ",".join(map(str, pids))], capture_output=True, text=True, check=True)
    rows = [list(map(int, line.split())) for line in done.stdout.splitlines()]
    return {pid: (rss * 1024, threads) for pid, rss, threads in rows}


class Numbers(unittest.TestCase):
    COUNT = 50

    def test_fifty_processes_agree(self):
        with Fleet() as fleet:
            fleet.make_identity()
            fleet.enrol("alpha")
            workers = fleet.start(
                ["/usr/bin/python3", WORKER, str(self.COUNT)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            self.addCleanup(workers.stdout.close)
            self.addCleanup(workers.stdin.close)
            reports = Reports(workers)
            first = reports.ask(self.COUNT)
            self.assertEqual(len(first), self.COUNT)
            fleet.agent("alpha", "--under", str(workers.pid), "--interval", "0.2")
            wait_until(lambda: len(fleet.listing("workers")["workers"]) == self.COUNT, 30, "50 workers")

            ps_before, cpu_before = by_ps(first), reports.ask(self.COUNT)
            rows = fleet.listing("workers")["workers"]
            cpu_after, ps_after = reports.ask(self.COUNT), by_ps(first)

        self.assertEqual({row["pid"] for row in rows}, set(first))
        widths = []
        for row in rows:
            pid = row["pid"]
            with self.subTest(pid=pid):
                # A counter read in between lies in between; getrusage rounds to microseconds.
                self.assertGreaterEqual(row["cpu_seconds"], cpu_before[pid] - 2e-6)
                self.assertLessEqual(row["cpu_seconds"], cpu_after[pid] + 2e-6)
                widths.append(cpu_after[pid] - cpu_before[pid])
                self.assertIn(row["threads"], (ps_before[pid][1], ps_after[pid][1]))
                low = min(ps_before[pid][0], ps_after[pid][0])
                high = max(ps_before[pid][0], ps_after[pid][0])
                # The kernel keeps resident counts per thread and adds them up in batches of 64 pages.
                slack = 64 * 4096 * (row["threads"] + 1)
                self.assertGreaterEqual(row["resident_bytes"], low - slack)
                self.assertLessEqual(row["resident_bytes"], high + slack)
        # Busy workers burned CPU meanwhile, so the bracket above could have failed.
        self.assertGreater(max(widths), 0.001)

    def test_descriptors_are_counted_exactly(self):
        with Fleet() as fleet:
            fleet.make_identity()
            fleet.enrol("alpha")
            workers = fleet.start(
                ["/usr/bin/python3", WORKER, "8"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            self.addCleanup(workers.stdout.close)
            self.addCleanup(workers.stdin.close)
            pids = Reports(workers).ask(8)
            fleet.agent("alpha", "--under", str(workers.pid), "--interval", "0.2")
            wait_until(lambda: len(fleet.listing("workers")["workers"]) == 8, 30, "8 workers")
            rows = {row["pid"]: row for row in fleet.listing("workers")["workers"]}
            release = tuple(map(int, re.findall(r"\d+", os.uname().release)[:2]))
            for pid in pids:
                listed = len(os.listdir(f"/proc/{pid}/fd"))
                self.assertEqual(rows[pid]["open_files"], listed if release >= (6, 2) else None)
            self.assertGreater(len({row["open_files"] for row in rows.values()}), 1, "all alike proves little")


if __name__ == "__main__":
    unittest.main()
