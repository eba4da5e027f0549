"""`looptop doctor`: what is well and what is not, with real agents, in a real terminal, and with every way to be silent."""
import json
import os
import signal
import socket
import subprocess
import time
import unittest

from fleet import Fleet, LOOPTOP, wait_until
from terminal import Terminal


class Doctor(unittest.TestCase):
    def setUp(self):
        self.fleet = Fleet()
        self.addCleanup(self.fleet.__exit__)
        home = self.fleet.path("home")
        os.mkdir(home, 0o700)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("LOOPTOP_", "XDG_", "LC_"))}
        self.environment = dict(kept, HOME=home, LOOPTOP_STATE_DIR=self.fleet.operator, LANG="C.UTF-8")

    def doctor(self, *options, code=None):
        done = subprocess.run(
            [LOOPTOP, "doctor", *options], capture_output=True, text=True, timeout=60, env=self.environment)
        if code is not None:
            self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout

    def findings(self, *options, code):
        document = json.loads(self.doctor("-o", "json", *options, code=code))
        self.assertEqual(document["schema"], "looptop/v1")
        verdicts = [finding["verdict"] for finding in document["findings"]]
        self.assertEqual((document["failures"], document["warnings"]), (verdicts.count("fail"), verdicts.count("warn")))
        return document["findings"]

    def of(self, host, findings):
        return {found["check"]: (found["verdict"], found["text"]) for found in findings if host in (found["host"] or "")}

    def test_a_fleet_that_is_well_and_one_that_is_not(self):
        fleet = self.fleet
        fleet.make_identity()
        for host in ["alpha", "beta"]:
            fleet.enrol(host)
            fleet.agent(host)
        wait_until(lambda: len(fleet.listing("hosts")["hosts"]) == 2 and not fleet.listing("hosts")["incomplete"])
        checks = self.of("alpha", self.findings("--host", "alpha", "--host", "beta", code=0))
        for check in ["host.name", "host.tcp", "host.tls", "host.version", "host.role", "host.clock", "host.limits"]:
            self.assertIn(checks[check][0], ["ok", "warn"] if check == "host.limits" else ["ok"], checks)
        self.assertIn("that was enrolled", checks["host.tls"][1])
        self.assertIn("Your role there is admin", checks["host.role"][1])

        # One agent stopped, one gone, one that is no agent, one that takes no connection, one of an unknown name.
        fleet.agents["alpha"].send_signal(signal.SIGSTOP)
        fleet.agents["beta"].terminate()
        fleet.agents["beta"].wait()
        with socket.create_server(("127.0.0.1", 0)) as other, socket.create_server(("127.0.0.1", 0), backlog=0) as deaf:
            mute, hole = (f"127.0.0.1:{server.getsockname()[1]}" for server in (other, deaf))
            waiting = []
            for _ in range(3):  # more than its queue holds: what comes next is dropped
                client = socket.socket()
                client.setblocking(False)
                client.connect_ex(deaf.getsockname())
                waiting.append(client)
            hosts = ["alpha", "beta", mute, hole, "nobody.invalid"]
            options = [word for host in hosts for word in ("--host", host)]
            start = time.monotonic()
            findings = self.findings(*options, "--timeout", "3s", code=1)
            self.assertLess(time.monotonic() - start, 10)
            for client in waiting:
                client.close()
        self.assertEqual(self.of("alpha", findings)["host.tcp"][0], "ok")
        self.assertEqual(self.of("alpha", findings)["host.tls"][0], "fail")
        self.assertEqual(self.of("beta", findings)["host.tcp"], ("fail", "TCP does not connect: connection refused."))
        self.assertEqual(self.of(mute, findings)["host.tls"][0], "fail")
        self.assertEqual(self.of(hole, findings)["host.tcp"][0], "fail")
        self.assertIn("timed out", self.of(hole, findings)["host.tcp"][1])
        self.assertEqual(self.of("nobody.invalid", findings)["host.name"][0], "fail")
        self.assertTrue(all(found["advice"] for found in findings if found["verdict"] == "fail"))
        fleet.agents["alpha"].send_signal(signal.SIGCONT)

    def test_what_is_wrong_here_does_not_end_it(self):
        folder = os.path.join(self.environment["HOME"], ".config", "looptop")
        os.makedirs(folder, 0o700)
        with open(os.path.join(folder, "config.json5"), "w") as file:
            file.write('{ theme: "pink", hostss: [] }\n')
        self.fleet.make_identity()
        os.chmod(self.fleet.operator, 0o755)
        text = self.doctor(code=1)
        self.assertIn('config.json5:1:10: theme: ', text)
        self.assertIn("hostss", text)
        self.assertIn("FAIL", text.split("Certificates")[1])
        self.assertIn("\nClock\n", text)
        self.assertTrue(text.endswith("failures.\n") or "failures, " in text, text)
        os.chmod(self.fleet.operator, 0o700)
        problems = self.doctor("--problems", "--no-connect", code=1)
        self.assertNotIn("OK", problems)
        self.assertIn("theme", problems)

    def test_nothing_is_dialled_when_told_so(self):
        self.fleet.make_identity()
        self.assertFalse([found for found in self.findings("--no-connect", "--host", "nobody.invalid", code=0)
                          if found["check"].startswith("host.")])

    def test_the_terminal_is_asked_how_wide_a_block_is(self):
        for wide, word in [(False, "one column wide"), (True, "two columns wide")]:
            terminal = Terminal([LOOPTOP, "doctor", "--no-connect"], rows=50, environment=self.environment)
            self.assertTrue(wait_until(lambda: terminal.read(0.1) and b"\x1b[6n" in terminal.raw, what="the question"))
            # pyte answers nothing by itself.
            terminal.type("\x1b[?2026;2$y\x1b[7;3R" if wide else "\x1b[7;2R")
            while terminal.read(5):
                pass
            _, status = os.waitpid(terminal.pid, 0)
            os.close(terminal.fd)
            text = " ".join(terminal.text.split())
            self.assertIn(word, text)
            self.assertIn("80 columns and 50 rows", text)
            self.assertEqual(os.waitstatus_to_exitcode(status), 0, text)
