"""Several workers of several hosts at once, what is wrong with the fleet, and what happens there: real agents and workers."""
import json
import os
import re
import signal
import subprocess
import unittest

from fleet import LOOPTOP, children, wait_until
from terminal import Terminal
from two_hosts import TwoHosts, WORKERS


class Bulk(TwoHosts):
    def dashboard(self, *options):
        return super().dashboard(30, 100, *options)

    def pids(self):
        return {host: set(children(master.pid)) for host, master in self.masters.items()}

    def confirm(self, terminal, title):
        terminal.wait_for(rf"{title}(?s:.*)y Restart \d")

        def answered(_):
            if not re.search(r"y Restart \d", terminal.text):
                return True
            terminal.type("y")  # what is typed within 0.3 s of a question is dropped
            terminal.read(0.2)
            return False
        terminal.wait_for(answered, what="the end of the dialog")

    def test_marked_workers_of_two_hosts_are_restarted_one_after_the_other(self):
        terminal = self.dashboard()
        terminal.type("3")
        terminal.wait_for(rf"rows 1-{2 * WORKERS}/{2 * WORKERS}")
        before = self.pids()
        chosen = [min(before["alpha"]), min(before["beta"])]
        for pid in chosen:
            terminal.type(f":mark pid={pid}\r")
            terminal.wait_for(r"marked \d")
        terminal.wait_for("marked 2")
        terminal.type("r")
        self.confirm(terminal, "Restart 2 marked workers")
        terminal.wait_for("restart of 2: all done", seconds=40)
        for pid in chosen:
            self.assertIn(f"pid {pid} ->", re.sub(r"\s*│\s*\n\s*.*?│ ?", " ", terminal.text))
        after = self.pids()
        gone = {pid for host in before for pid in before[host] - after[host]}
        self.assertEqual(gone, set(chosen), "those and no others")
        terminal.type("\x1b")
        terminal.wait_for(lambda t: "marked" not in t.screen.display[2])

    def test_space_marks_and_cancel_leaves_all_as_it_is(self):
        terminal = self.dashboard()
        terminal.type("3")
        terminal.wait_for(rf"rows 1-{2 * WORKERS}/{2 * WORKERS}")
        before = self.pids()
        terminal.type("  ")
        terminal.wait_for("marked 2")
        terminal.wait_for(lambda t: sum(line[2:3] == "*" for line in t.screen.display) == 2, what="two stars")
        terminal.type("r")
        terminal.wait_for(r"y Restart 2")
        terminal.type("\r\r")
        terminal.wait_for(lambda t: (terminal.type("\r") or True) and "y Restart 2" not in t.text, what="cancelled")
        terminal.type("U")
        terminal.wait_for(lambda t: "marked" not in t.screen.display[2])
        self.assertEqual(self.pids(), before)

    def test_a_protected_context_wants_its_name(self):
        state = self.fleet.path("state")
        config = self.fleet.path("config.json5")
        hosts = json.dumps([self.fleet.socket(host) for host in self.masters])
        with open(config, "w") as file:
            file.write(f"{{ contexts: {{ prod: {{ hosts: {hosts} }} }} }}")
        terminal = Terminal([LOOPTOP, "--config", config, "--context", "prod", "--state-dir", state], 30, 100)
        self.addCleanup(terminal.close)
        terminal.wait_for(r"(alpha|beta) +(OK|WARN|CRIT)")
        terminal.type("3")
        terminal.wait_for(rf"rows 1-{2 * WORKERS}/{2 * WORKERS}")
        before = self.pids()
        pid = min(before["alpha"])
        terminal.type(f":mark pid={pid}\r")
        terminal.wait_for("marked 1")
        terminal.type("r")
        self.confirm(terminal, "Restart 1 marked worker ")
        terminal.wait_for("Context prod is protected")
        terminal.type("\x15pro\r")  # a y too many may stand there
        terminal.wait_for("> pro ")
        self.assertEqual(self.pids(), before)
        terminal.type("d it leaks\r")
        terminal.wait_for("restart of 1: all done", seconds=40)
        lines = [line for line in self.fleet.audit("alpha") if "it leaks" in json.dumps(line)]
        self.assertTrue(lines, "the reason is in the audit log")

    def test_what_is_wrong_is_listed_acknowledged_and_over(self):
        terminal = self.dashboard()
        self.agents["beta"].send_signal(signal.SIGSTOP)
        self.addCleanup(self.agents["beta"].send_signal, signal.SIGCONT)
        terminal.wait_for(r"alerts \d", seconds=30)
        terminal.type("6")
        terminal.wait_for(r"beta +.*new", seconds=30)
        terminal.type("/link\x7f\x7f\x7f\x7fhost=beta\r")
        terminal.wait_for(r"> .*beta")
        terminal.type("a")
        terminal.wait_for(r"beta +.*acked")
        self.agents["beta"].send_signal(signal.SIGCONT)
        terminal.wait_for(r"beta +.*over", seconds=60)

    def test_events_follow(self):
        options = ["events", *self.sockets, "-f", "-o", "jsonl", "-p", "warn", "-n", "0"]
        process = subprocess.Popen([LOOPTOP, *options], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        # It says nothing of what was; how far it is shows only in what it prints next.
        pid = min(self.pids()["beta"])
        lines = []
        os.set_blocking(process.stdout.fileno(), False)

        def seen():
            victims = self.pids()["beta"]
            if victims and not lines:
                os.kill(min(victims), signal.SIGKILL)
            data = process.stdout.read()
            lines.extend((data or b"").decode().splitlines())
            return lines
        wait_until(seen, seconds=40, what=f"the end of {pid}")
        event = json.loads(lines[0])
        self.assertEqual((event["schema"], event["record"], event["event"]), ("looptop/v1", "event", "worker-exited"))
        self.assertEqual((event["host"], event["level"], event["app"]), ("beta", "warn", "render"))

    def test_events_are_cut_by_level_and_count(self):
        pid = min(self.pids()["alpha"])
        os.kill(pid, signal.SIGKILL)
        found = wait_until(
            lambda: (lambda r: r.stdout if f"pid {pid}, signal 9" in r.stdout or "exited" in r.stdout else None)(
                self.fleet.looptop("events", "--socket", self.fleet.socket("alpha"), "-p", "warn", "-n", "1")),
            what="the exit")
        self.assertEqual(len(found.splitlines()), 1)
        self.assertRegex(found, r"Z  WARN alpha  ingest#\d exited, pid \d+")
        wrong = self.fleet.looptop("events", "--socket", self.fleet.socket("alpha"), "-f", "--until", "5m")
        self.assertEqual(wrong.returncode, 64)


if __name__ == "__main__":
    unittest.main()
