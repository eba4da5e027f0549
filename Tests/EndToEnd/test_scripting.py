"""The commands that scripts and monitoring systems use, with a real agent and real workers."""
import json
import os
import signal
import subprocess
import unittest

from fleet import Fleet, LOOPTOP, children, wait_until


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


class Watch(Scripting):
    def test_what_there_is_and_each_change(self):
        watch = self.stream("watch", "-l", "app=ingest", "-o", "jsonl")
        first = [json.loads(watch.stdout.readline()) for _ in range(3)]
        self.assertEqual({row["change"] for row in first}, {"added"})
        self.assertEqual([row["path"] for row in first], [f"alpha/ingest#{slot}" for slot in (1, 2, 3)])
        victim = first[1]["values"]["pid"]
        self.assertIn(victim, children(self.master.pid))
        os.kill(victim, signal.SIGKILL)
        seen = []
        while not seen or seen[-1]["values"]["pid"] == victim:
            seen.append(json.loads(watch.stdout.readline()))
            self.assertEqual(seen[-1]["path"], "alpha/ingest#2")
        self.assertIn(seen[-1]["change"], ("changed", "added"))
        self.agent.terminate()
        self.assertIn("alpha", watch.stderr.readline())
        watch.send_signal(signal.SIGINT)
        self.assertEqual(watch.communicate(timeout=20)[0], "", "rows of a silent host are not gone")
        self.assertEqual(watch.returncode, -signal.SIGINT)

    def test_ends_and_wrong_columns(self):
        lines = self.expect(0, "watch", "hosts", "--for", "1s").stdout.splitlines()
        self.assertEqual(len(lines), 1)
        self.assertRegex(lines[0], r"^\S+Z  added     alpha  state (OK|WARN|CRIT)$")
        self.expect(64, "watch", "--on", "lag98", "--for", "1s")


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


class Wait(Scripting):
    def test_it_ends_when_the_condition_begins_to_hold(self):
        done = self.expect(0, "wait", "app=ingest", "--for", "workers=3", "--timeout", "20s")
        self.assertEqual(done.stdout, "alpha/ingest: workers 3\n")
        self.expect(0, "wait", "app=ingest", "--of", "workers", "--for", "slot=2", "--any", "--timeout", "20s")
        waiting = self.stream("wait", "app=ingest", "--for", "exits>=1", "--timeout", "40s")
        sample = self.expect(2, "wait", "app=ingest", "--for", "exits>=1", "--timeout", "2s")
        self.assertIn("exits>=1 does not hold", sample.stderr)
        self.assertIsNone(waiting.poll())
        os.kill(children(self.master.pid)[0], signal.SIGKILL)
        output, errors = waiting.communicate(timeout=40)
        self.assertEqual(waiting.returncode, 0, errors)
        self.assertIn("alpha/ingest: exits", output)

    def test_each_way_to_wait_in_vain(self):
        self.assertIn("alpha/ingest: workers 3", self.expect(
            2, "wait", "app=ingest", "--for", "workers=7", "--timeout", "2s").stderr)
        self.expect(4, "wait", "app=nothing", "--for", "state=ok", "--timeout", "2s")
        self.expect(3, "wait", "app=ingest", "--for", "state=ok", "--timeout", "2s", "--host", "127.0.0.1:1")
        for arguments in [("ingest", "--for", "state=ok"), ("app=ingest", "--for", "workers=many"), ("app=ingest",),
                          ("app=ingest", "--of", "apps", "--for", "pid=1")]:
            self.expect(64, "wait", *arguments)

    def test_what_is_not_known_does_not_hold(self):
        self.agent.terminate()
        self.agent.wait(20)
        self.agent = self.run_agent("--no-probe")
        wait_until(lambda: len(self.fleet.listing("workers")["workers"]) == 3, what="workers")
        self.expect(124, "wait", "app=ingest", "--for", "lag99<1h", "--timeout", "3s")
        done = self.expect(3, "check", "app=ingest", "--crit", "lag99>1h")
        self.assertIn("LOOPTOP UNKNOWN - 1 of 1 app not known: alpha/ingest (lag99 -) | 'lag99'=U;;3600;0", done.stdout)

    def test_a_host_that_falls_silent_meanwhile(self):
        waiting = self.stream("wait", "host=alpha", "--for", "workers=7", "--timeout", "8s")
        self.agent.kill()
        _, errors = waiting.communicate(timeout=40)
        self.assertEqual(waiting.returncode, 3, errors)
        self.assertIn("not answering after 8s: alpha", errors)


class Check(Scripting):
    def check(self, code, word, *options):
        done = self.expect(code, "check", *options)
        self.assertRegex(done.stdout, rf"\ALOOPTOP {word} - [^|\n]+ \| [^|\n]+\n\Z")
        return done.stdout

    def test_levels_codes_and_numbers(self):
        text = self.check(0, "OK", "app=ingest", "--warn", "workers<3", "--crit", "workers<2")
        self.assertIn("1 app checked | 'workers'=3;3:;2:;0 'checked'=1;;;0 'warning'=0;;;0", text)
        self.check(1, "WARNING", "app=ingest", "--warn", "workers<4", "--crit", "workers<2")
        text = self.check(2, "CRITICAL", "app=ingest", "--warn", "workers<5", "--crit", "workers<4", "--for", "2s")
        self.assertIn("1 of 1 app workers<4: alpha/ingest (workers 3)", text)
        self.check(3, "UNKNOWN", "app=nothing", "--crit", "workers<4")

    def test_a_wrong_command_line_is_unknown_on_stdout_too(self):
        for arguments in [("app=ingest",), ("app=ingest", "--crit", "wrokers<4"), ("ingest", "--crit", "workers<4")]:
            done = self.expect(3, "check", *arguments)
            self.assertIn("LOOPTOP UNKNOWN - it could not be checked: the command line is wrong", done.stdout)
            self.assertTrue(done.stderr)

    def test_a_silent_host_is_critical_unless_told_otherwise(self):
        away = ["app=ingest", "--crit", "workers<1", "--host", "alpha", "--host", "127.0.0.1:1", "--timeout", "3s"]
        here = ["app=ingest", "--crit", "workers<1"]
        self.check(0, "OK", *here)
        self.agent.kill()
        self.agent.wait()
        self.assertIn("not answering: alpha: ", self.check(2, "CRITICAL", *here))
        self.check(3, "UNKNOWN", *here, "--unreachable", "unknown")
        self.check(2, "CRITICAL", *away)


if __name__ == "__main__":
    unittest.main()
