"""Workers are seen when they are born, and counted when they lived for too short to be seen."""
import json
import os
import select
import subprocess
import time
import unittest

from births import Master, are_told
from fleet import AGENT, Fleet, LOOPTOP, wait_until


class Births(unittest.TestCase):
    alone = True

    def setUp(self):
        if not are_told():
            self.skipTest("the kernel tells of no births here: that is for the first pid and network namespace, and before "
                          "Linux 6.6 for root")
        self.fleet = Fleet()
        self.addCleanup(self.fleet.__exit__)
        self.master = Master(self.fleet)
        self.addCleanup(self.master.end)

    def watch(self, *options):
        self.fleet.agent("alpha", *options)
        self.fleet.wait_for_socket("alpha")
        wait_until(lambda: self.app() and self.app()["workers"] == 2, what="an app of two workers")

    def app(self):
        done = subprocess.run(
            [LOOPTOP, "ls", "apps", "-o", "json", "--socket", self.fleet.socket("alpha")], capture_output=True, text=True,
            timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        return next((app for app in json.loads(done.stdout)["apps"] if app["master_pid"] == self.master.process.pid), None)

    def events(self):
        return self.fleet.start(
            [LOOPTOP, "events", "-f", "-n", "0", "-o", "jsonl", "--socket", self.fleet.socket("alpha")],
            stdout=subprocess.PIPE, text=True)

    def test_workers_are_seen_long_before_the_next_sweep(self):
        self.watch("--interval", "30")
        events = self.events()
        self.addCleanup(events.stdout.close)
        times = []
        # The first ones until events come.
        wait_until(lambda: self.master.tell("worker") and select.select([events.stdout], [], [], 0.5)[0], what="an event")
        for _ in range(30):
            pid, began = self.master.tell("worker")
            while True:
                event = json.loads(events.stdout.readline())
                if event["event"] == "worker-started" and event["pid"] == int(pid):
                    break
            times.append((time.monotonic() - began) * 1000)
        times.sort()
        print(f"births: p50 {times[15]:.0f} ms, p95 {times[28]:.0f} ms, worst {times[29]:.0f} ms")
        self.assertLess(times[15], 1000)
        self.assertLess(times[28], 5000)

    def test_short_lives_are_ends_of_the_group(self):
        self.watch("--interval", "5")
        events = self.events()
        self.addCleanup(events.stdout.close)
        before = self.app()
        self.assertEqual((before["exits"], before["restarts_in_hour"]), (0, 0))
        self.master.tell("short", 20)
        after = wait_until(lambda: (app := self.app())["exits"] != 0 and app, what="their ends")
        self.assertEqual((after["workers"], after["exits"]), (2, 20))
        # A slot of its own, in which all of them were.
        self.assertEqual(after["restarts_in_hour"], 20)
        while True:
            event = json.loads(events.stdout.readline())
            if event["event"] == "worker-exited":
                break
        self.assertEqual((event["app"], event["slot"]), (after["app"], 3))
        self.assertIn("3", event["text"])


@unittest.skipUnless(os.getuid() == 0, "needs root")
class Elsewhere(unittest.TestCase):
    def test_where_the_kernel_does_not_tell_it_is_said_and_sweeps_go_on(self):
        """In a network of its own."""
        fleet = Fleet()
        self.addCleanup(fleet.__exit__)
        master = Master(fleet)
        self.addCleanup(master.end)
        log = fleet.path("log")
        with open(log, "w") as file:
            fleet.start(
                ["unshare", "--net", AGENT, "run", "--state-dir", fleet.path("alpha"), "--socket", fleet.socket("alpha"),
                 "--under", str(os.getpid()), "--interval", "0.5", "--log-level", "info"], stderr=file)
        wait_until(lambda: os.path.exists(fleet.socket("alpha")), what="the socket")

        def workers():
            done = subprocess.run(
                [LOOPTOP, "ls", "workers", "-o", "json", "--socket", fleet.socket("alpha")], capture_output=True, text=True,
                timeout=60)
            return len(json.loads(done.stdout)["workers"]) if done.stdout else 0

        wait_until(lambda: workers() == 2, what="two workers")
        master.tell("worker")
        wait_until(lambda: workers() == 3, what="the third, at a sweep")
        with open(log) as file:
            said = file.read()
        self.assertEqual(said.count("births of workers are seen at the next sweep"), 1, said)


if __name__ == "__main__":
    unittest.main()
