"""One machine: the agent alone, its unix socket, its exit codes."""
import json
import os
import stat
import subprocess
import unittest

from fleet import AGENT, Fleet, LOOPTOP, OrdinaryUser, WORKER, wait_until
from terminal import Terminal


class LocalAgent(unittest.TestCase):
    def setUp(self):
        self.fleet = Fleet()
        self.addCleanup(self.fleet.__exit__)

    def test_two_commands_and_no_certificates(self):
        """As an ordinary user, who needs no privilege for own workers."""
        with OrdinaryUser() as user:
            master = user.start([user.program(WORKER, "ingest"), "--workers", "2"])
            user.start([user.program(AGENT), "--under", str(master.pid)], stderr=subprocess.DEVNULL)
            socket = os.path.join(user.runtime, "looptop-agent", "agent.sock")
            wait_until(lambda: os.path.exists(socket) and stat.S_IMODE(os.stat(socket).st_mode) == 0o600,
                       what="the socket with mode 0600")
            self.assertEqual(stat.S_IMODE(os.stat(os.path.dirname(socket)).st_mode), 0o700)
            looptop = user.program(LOOPTOP)
            terminal = Terminal([looptop], environment=user.environment, before=user.become)
            self.addCleanup(terminal.close)
            terminal.wait_for("hosts 1")
            terminal.wait_for(r" OK +2 ")
            terminal.type("q")
            self.assertEqual(terminal.wait_for_end(), 0)
            # Over the socket the agent's own user may restart without a policy file.
            done = user.run([looptop, "restart", "app=ingest,slot=1", "--yes", "--accept-warnings", "--wait"])
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            rows = json.loads(user.run([looptop, "ls", "workers", "-o", "json"]).stdout)["workers"]
            self.assertTrue(all(row["read_bytes"] is not None for row in rows), rows)

    def test_another_users_socket_is_closed(self):
        """Only the agent's own user and root may connect."""
        self.fleet.agent("alpha")
        self.fleet.wait_for_socket("alpha")
        with OrdinaryUser() as user:
            if not user.is_other:
                self.skipTest("needs root to be somebody else")
            for path in [self.fleet.directory, self.fleet.path("alpha")]:
                os.chmod(path, 0o755)
            os.chmod(self.fleet.socket("alpha"), 0o666)
            done = user.run([user.program(LOOPTOP), "ls", "--socket", self.fleet.socket("alpha")])
            self.assertNotEqual(done.returncode, 0, done.stdout)
            self.assertNotIn("OK", done.stdout)

    def test_one_agent_to_a_state_directory(self):
        fleet = self.fleet
        first = fleet.agent("alpha")
        fleet.wait_for_socket("alpha")
        second = subprocess.run(
            [AGENT, "run", "--state-dir", fleet.path("alpha")], capture_output=True, text=True, timeout=20)
        self.assertEqual(second.returncode, 73)
        self.assertIn(f"pid {first.pid}", second.stderr)

    def test_no_listener_without_an_identity(self):
        done = subprocess.run(
            [AGENT, "run", "--state-dir", self.fleet.path("alpha"), "--socket", self.fleet.socket("alpha"),
             "--listen", "127.0.0.1:0"], capture_output=True, text=True, timeout=20)
        self.assertEqual(done.returncode, 78, done.stderr)
        self.assertIn("looptop-agent init --listen", done.stderr)
        self.assertIn("looptop enroll TOKEN", done.stderr)

    def test_bad_input_is_named(self):
        bad = self.fleet.path("agent.json5")
        with open(bad, "w") as file:
            file.write('{ intervall: 1 }\n')
        cases = [
            (["--interval", "0.01"], 64, "0.1 to 60"),
            (["--under", "99999999"], 64, "99999999"),
            (["--match", "("], 64, "--match"),
            (["--config", bad], 78, "intervall"),
            (["--config", self.fleet.path("none")], 78, "none"),
            (["--nonsense"], 64, "nonsense"),
        ]
        for options, code, words in cases:
            with self.subTest(options=options):
                done = subprocess.run(
                    [AGENT, "run", "--state-dir", self.fleet.path("alpha"), "--socket", self.fleet.socket("alpha"),
                     *options], capture_output=True, text=True, timeout=20)
                self.assertEqual(done.returncode, code, done.stderr)
                self.assertIn(words, done.stderr)

    def test_tells_the_service_manager(self):
        import socket as sockets
        manager = sockets.socket(sockets.AF_UNIX, sockets.SOCK_DGRAM)
        self.addCleanup(manager.close)
        manager.bind(self.fleet.path("notify"))
        manager.settimeout(20)
        agent = self.fleet.start(
            [AGENT, "run", "--state-dir", self.fleet.path("alpha"), "--socket", self.fleet.socket("alpha"),
             "--interval", "0.2"], env={**os.environ, "NOTIFY_SOCKET": self.fleet.path("notify")},
            stderr=subprocess.DEVNULL)
        self.assertIn("READY=1", manager.recv(4096).decode())
        self.assertIn("WATCHDOG=1", manager.recv(4096).decode())
        agent.terminate()
        said = ""
        while "STOPPING=1" not in said:
            said = manager.recv(4096).decode()
        self.assertEqual(agent.wait(10), 0)

    def test_a_pipe_gets_no_escape_codes(self):
        done = subprocess.run([LOOPTOP], capture_output=True, text=True, timeout=20, stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, 64)
        self.assertIn("looptop ls", done.stderr)
        self.assertEqual(done.stdout, "")


if __name__ == "__main__":
    unittest.main()
