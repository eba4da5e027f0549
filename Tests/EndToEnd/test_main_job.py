"""Three hosts on one screen, a restart that is true, and a host that dies."""
import re
import signal
import subprocess
import unittest

from fleet import Fleet, LOOPTOP, alive, children, wait_until
from terminal import Terminal


class MainJob(unittest.TestCase):
    def setUp(self):
        self.fleet = Fleet()
        self.addCleanup(self.fleet.__exit__)
        fleet = self.fleet
        fleet.make_identity()
        self.masters = {
            "alpha": fleet.workers("ingest", "--workers", "3", "--block", "2:200-500:1000"),
            "beta": fleet.workers("mail", "--workers", "2"),
            "gamma": fleet.workers("search", "--workers", "2", "--busy", "1:30"),
        }
        for host, master in self.masters.items():
            fleet.enrol(host)
            fleet.allow_restarts(host)
            fleet.agent(host, "--under", str(master.pid))

    def dashboard(self, rows, columns, environment=None):
        terminal = Terminal(
            [LOOPTOP, "--state-dir", self.fleet.operator, "alpha", "beta", "gamma"], rows, columns, environment)
        self.addCleanup(terminal.close)
        return terminal

    def test_see_drill_restart_and_lose_a_host(self):
        terminal = self.dashboard(24, 80)
        for host in self.masters:
            terminal.wait_for(rf"{host} +(OK|WARN|CRIT)")
        self.assertIn("hosts 3", terminal.text)
        self.open_host(terminal, "alpha")
        terminal.wait_for(r"#2 +\d+")
        pid = int(re.search(r"#2 +(\d+)", terminal.text).group(1))
        self.assertIn(pid, children(self.masters["alpha"].pid))
        self.move_to(terminal, rf"#2 +{pid}")
        terminal.type("\r")
        terminal.wait_for(rf"ingest#2 +pid {pid}")
        terminal.wait_for(r"max +[1-9]\d\dms", what="a lag of 100 ms or more of the worker that blocks")
        # On a machine that is busy with something else it waits for a CPU for longer than it has one.
        terminal.wait_for(r"(ran|starved) [1-9]\d\d ms", what="the cause of its stall")

        terminal.type("r")
        parts = ["alpha", "ingest, worker 2", f"pid +{pid}", "1. SIGTERM to worker 2", "not tried here yet", ">Cancel<"]
        terminal.wait_for(lambda t: all(re.search(part, t.text) for part in parts), what="the agent's plan")
        # Enter alone never confirms: it takes the button that has the focus, Cancel.
        self.type_until(terminal, "\r", lambda t: "Restart worker" not in t.text)
        self.assertTrue(alive(pid))

        terminal.type("r")
        terminal.wait_for("1. SIGTERM to worker 2", what="the plan")
        # Nobody has seen yet whether this parent starts a new one: said, and asked once more.
        self.type_until(terminal, "y", lambda t: "Do it all the same" in t.text)
        self.type_until(terminal, "y", lambda t: "Restart worker" not in t.text)
        terminal.wait_for(rf"replaced: pid {pid} -> \d+", 20)
        new = int(re.search(rf"replaced: pid {pid} -> (\d+)", terminal.text).group(1))
        self.assertFalse(alive(pid))
        self.assertIn(new, children(self.masters["alpha"].pid))
        terminal.type("b")
        terminal.wait_for(rf"#2 +{new}")
        records = [line for line in self.fleet.audit("alpha")]
        self.assertEqual([line["record"] for line in records if line["record"] != "refused"], ["genesis", "intent", "result"])

        terminal.type("b")
        terminal.wait_for(r"beta +OK")
        self.lose(terminal, "beta")
        terminal.type("q")
        self.assertEqual(terminal.wait_for_end(), 0)

    def lose(self, terminal, host):
        agent = self.fleet.agents[host]
        agent.send_signal(signal.SIGSTOP)
        terminal.wait_for(rf"{host} +STALE", 12)
        for other in self.masters.keys() - {host}:
            self.assertIsNotNone(terminal.line_with(rf"{other} +(OK|WARN|CRIT)"), terminal.text)
        agent.send_signal(signal.SIGKILL)
        terminal.wait_for(rf"{host} +DOWN", 15)
        terminal.wait_for(r"alpha +(OK|WARN|CRIT)")
        terminal.wait_for(r"gamma +(OK|WARN|CRIT)")

    def open_host(self, terminal, host):
        self.move_to(terminal, rf"{host} ")
        terminal.type("\r")
        terminal.wait_for(rf"Fleet > {host}")

    def move_to(self, terminal, pattern):
        """The cursor of the terminal itself sits on the selected row, and goes with it when the rows are sorted anew."""
        def row(t):
            return next((y for y, line in enumerate(t.screen.display) if line[0] in " >" and re.search(pattern, line)), None)
        terminal.wait_for(lambda t: t.cursor_line.startswith(">"))
        for _ in range(30):
            wanted = terminal.wait_for(row, what=pattern)
            before = terminal.screen.cursor.y
            if wanted == before:
                # Rows are drawn first and the cursor last: what was read may be half of a frame.
                terminal.read(0.3)
                if row(terminal) == terminal.screen.cursor.y:
                    return
                continue
            terminal.type("j" if wanted > before else "k")
            terminal.wait_for(lambda t: t.screen.cursor.y != before or row(t) != wanted, what=f"the cursor off row {before}")
        self.fail(f"the cursor never came to {pattern}\n{terminal.text}")

    def type_until(self, terminal, key, condition):
        """A dialog takes no key in its first 300 ms: what was typed ahead was not meant for it."""
        for _ in range(20):
            terminal.type(key)
            terminal.read(0.2)
            if condition(terminal):
                return
        self.fail(f"{key} had no effect\n{terminal.text}")

    def test_sizes_and_poor_terminals(self):
        for rows, columns, environment in [
            (40, 120, {}), (60, 200, {}), (16, 60, {}), (10, 40, {}), (24, 80, {"NO_COLOR": "1"}),
            (24, 80, {"LC_ALL": "C"}), (24, 80, {"TERM": "linux"}), (24, 80, {"TERM": "vt100"}),
        ]:
            with self.subTest(rows=rows, columns=columns, environment=environment):
                terminal = self.dashboard(rows, columns, environment)
                for host in self.masters:
                    terminal.wait_for(rf"{host}.*(OK|WARN|CRIT)")
                terminal.resize(24, 80)
                terminal.wait_for(r"rows 1-3/3")
                terminal.type("q")
                self.assertEqual(terminal.wait_for_end(), 0)

    def test_without_a_terminal(self):
        rows = self.fleet.listing("workers")["workers"]
        seen = {(row["host"], row["pid"]) for row in rows}
        expected = {(host, pid) for host, master in self.masters.items() for pid in children(master.pid)}
        self.assertEqual(seen, expected)
        target = next(row for row in rows if row["host"] == "gamma" and row["slot"] == 1)
        unasked = self.fleet.looptop("restart", "gamma/search#1")
        self.assertEqual(unasked.returncode, 64, unasked.stderr)
        done = self.fleet.looptop("restart", "gamma/search#1", "--yes", "--accept-warnings", "--wait")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertRegex(done.stdout, rf"replaced: pid {target['pid']} -> \d+")
        wait_until(lambda: not alive(target["pid"]), what="the end of the old worker")
        nothing = self.fleet.looptop("restart", "gamma/nothing#1", "--yes", "--wait")
        self.assertEqual(nothing.returncode, 4, nothing.stderr)
        # A worker of a host that does not answer is not one that does not exist.
        self.fleet.agents["beta"].terminate()
        self.fleet.agents["beta"].wait(10)
        down = self.fleet.looptop("restart", "beta/mail#1", "--yes", "--wait", "--timeout", "5s")
        self.assertEqual(down.returncode, 3, down.stderr)
        self.assertIn("beta", down.stderr)

    def test_another_fleet_is_turned_away_and_the_agent_says_whom(self):
        fleet = self.fleet
        address = fleet.listing("hosts", "--host", "alpha")["hosts"][0]["address"]
        stranger = fleet.path("stranger")
        made = subprocess.run([LOOPTOP, "init", "--state-dir", stranger], capture_output=True, text=True, timeout=60)
        self.assertEqual(made.returncode, 0, made.stderr)
        done = subprocess.run(
            [LOOPTOP, "ls", "workers", "--state-dir", stranger, "--host", address], capture_output=True, text=True,
            timeout=60)
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertNotIn("ingest", done.stdout)
        wait_until(lambda: "turned away 127.0.0.1" in fleet.log("alpha"), what=f"a line in {fleet.log('alpha')}")

    def test_a_host_without_a_policy_only_lets_read(self):
        fleet = self.fleet
        master = fleet.workers("billing", "--workers", "1")
        fleet.enrol("delta")
        fleet.agent("delta", "--under", str(master.pid))
        worker = wait_until(lambda: children(master.pid), what="the worker")[0]
        wait_until(lambda: fleet.looptop("ls", "workers", "-l", "host=delta", "--retry").stdout.count("billing"),
                   what="delta's worker")
        refused = fleet.looptop("restart", "delta/billing#1", "--yes", "--wait")
        self.assertEqual(refused.returncode, 77, refused.stdout + refused.stderr)
        self.assertIn("billing", refused.stdout + refused.stderr)
        self.assertTrue(alive(worker))


if __name__ == "__main__":
    unittest.main()
