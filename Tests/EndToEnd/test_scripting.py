"""The commands that scripts and monitoring systems use, with a real agent and real workers."""
import json
import os
import signal
import subprocess
import unittest

from fleet import Fleet, LOOPTOP, wait_until


class Scripting(unittest.TestCase):
    def setUp(self):
        self.fleet = Fleet()
        self.addCleanup(self.fleet.__exit__)
        self.fleet.make_identity()
        self.master = self.fleet.workers("ingest", "--workers", "3")
        self.fleet.enrol("alpha")
        self.agent = self.run_agent()
        wait_until(lambda: len(self.fleet.listing("workers")["workers"]) == 3, what="workers")

    def run_agent(self, *options):
        return self.fleet.agent("alpha", "--under", str(self.master.pid), *options)

    def expect(self, code, *arguments):
        done = self.fleet.looptop(*arguments)
        self.assertEqual(done.returncode, code, f"{arguments}\n{done.stdout}{done.stderr}")
        return done

    def stream(self, *arguments):
        return self.fleet.start(
            [LOOPTOP, arguments[0], "--state-dir", self.fleet.operator, *arguments[1:]],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


class Top(Scripting):
    def test_rounds_of_lines_with_time_worst_first(self):
        done = self.expect(0, "top", "-n", "3", "-d", "1s", "--sort", "pid", "--limit", "2", "-o", "jsonl")
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual(len(rows), 6)
        times = [row["time"] for row in rows]
        self.assertEqual(times, sorted(times))
        self.assertGreaterEqual(len(set(times)), 2)
        for first, second in zip(rows[::2], rows[1::2]):
            self.assertGreater(first["pid"], second["pid"])

    def test_tables_csv_and_kinds(self):
        table = self.expect(0, "top", "apps", "-n", "2", "-d", "200ms").stdout
        self.assertEqual(table.count("1 host, 1 app, by lag99"), 2)
        csv = self.expect(0, "top", "-n", "2", "-d", "200ms", "-o", "csv", "--columns", "host,pid").stdout.splitlines()
        self.assertEqual(csv[0], "time,host,pid")
        self.assertEqual(len(csv), 7)

    def test_exit_codes(self):
        self.expect(64, "top", "-n", "0")
        self.expect(64, "top", "--sort", "lag98", "-n", "1")
        self.expect(64, "top", "-l", "lag99>", "-n", "1")
        self.expect(4, "top", "-l", "app=nothing", "-n", "1")
        self.expect(3, "top", "-n", "1", "--host", "127.0.0.1:1")

    def test_ends_quietly(self):
        top = self.stream("top", "-d", "200ms")
        top.stdout.readline()
        top.send_signal(signal.SIGINT)
        self.assertEqual(top.communicate(timeout=20)[1], "")
        self.assertEqual(top.returncode, -signal.SIGINT)
        top = self.stream("top", "-d", "200ms")
        top.stdout.readline()
        top.stdout.close()
        self.assertEqual(top.wait(20), 141)
        self.assertEqual(top.stderr.read(), "")
        top.stderr.close()

    def test_one_connection_for_all_rounds_and_a_host_that_leaves_is_said_once(self):
        top = self.stream("top", "-d", "200ms", "--limit", "1")
        for _ in range(20):
            top.stdout.readline()
        def connections():
            sockets = [os.readlink(f"/proc/{top.pid}/fd/{fd}") for fd in os.listdir(f"/proc/{top.pid}/fd")]
            return {name for name in sockets if name.startswith("socket:")}

        before = connections()
        for _ in range(20):
            top.stdout.readline()
        self.assertTrue(before)
        self.assertEqual(connections(), before)
        self.agent.kill()
        wait_until(lambda: "0 of 1 host" in top.stdout.readline(), what="the lost host")
        for _ in range(12):
            top.stdout.readline()
        top.terminate()
        self.assertEqual(top.communicate(timeout=20)[1].count("did not answer"), 1)


if __name__ == "__main__":
    unittest.main()
