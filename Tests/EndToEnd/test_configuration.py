"""What the owner of a host writes: checked before it counts, put in force by SIGHUP; and the log that cannot be mended."""
import json
import os
import signal
import subprocess
import unittest

from fleet import AGENT, Fleet, LOOPTOP, wait_until


def agent(*arguments):
    return subprocess.run([AGENT, *arguments], capture_output=True, text=True, timeout=20)


class Configuration(unittest.TestCase):
    def setUp(self):
        self.fleet = Fleet()
        self.addCleanup(self.fleet.__exit__)

    def write(self, name, text):
        path = self.fleet.path(name)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)
        return path

    def test_check_config_says_what_is_wrong_or_what_it_means(self):
        bad = self.write("bad.json5", "{\n  intervall: 1,\n  apps: { web: { retsart: {}, match: { command: '(' } } },\n}\n")
        done = agent("check-config", bad)
        self.assertEqual(done.returncode, 78, done.stdout)
        lines = done.stderr.splitlines()
        self.assertEqual(lines[0], f'{bad}:2:3: intervall: unknown key; did you mean "interval"?')
        self.assertEqual(lines[1], f'{bad}:3:18: apps.web.retsart: unknown key; did you mean "restart"?')
        self.assertTrue(lines[2].startswith(f"{bad}:3:49: apps.web.match.command: it is no regular expression: "), lines)
        self.assertEqual(len(lines), 3)
        good = self.write("good.json5", "{ apps: { web: { expected: 4, rules: [{ when: 'lag > 1s for 10s', do: 'tell' }] } } }")
        policy = self.write("policy.json5", "{ apps: { web: { restart: 'operator' }, '*': {} } }")
        done = agent("check-config", good, "--policy", policy)
        self.assertEqual(done.returncode, 0, done.stderr)
        for words in [f"{good} is fine", "app web", "expected: 4 workers", "when lag > 1s for 10s: tell",
                      "rules for: web, and all others"]:
            self.assertIn(words, done.stdout)
        worse = self.write("worse.json5", "{ apps: { web: { restrat: 'operator' } } }")
        done = agent("check-config", good, "--policy", worse)
        self.assertEqual((done.returncode, done.stderr.strip()),
                         (78, f'{worse}:1:18: apps.web.restrat: unknown key; did you mean "restart"?'))
        self.assertEqual(agent("check-config", self.fleet.path("none")).returncode, 78)

    def test_sighup_puts_a_good_file_in_force_and_leaves_a_bad_one(self):
        fleet = self.fleet
        fleet.workers("ingest", "--workers", "2")
        config = self.write("agent.json5", "{ apps: {} }")
        process = fleet.agent("alpha", "--config", config)
        fleet.wait_for_socket("alpha")
        names = lambda: {row["app"] for row in fleet.listing("apps", "--socket", fleet.socket("alpha"))["apps"]}
        wait_until(lambda: "ingest" in names(), what="the app as it calls itself")
        self.write("agent.json5", "{ apps: { ingest: { rename: 'shop' } }, interval: 2 }")
        process.send_signal(signal.SIGHUP)
        wait_until(lambda: "shop" in names() and "ingest" not in names(), what="the name of the configuration")
        self.assertIn("app ingest is new; interval waits for a restart of the agent", fleet.log("alpha"))
        self.write("agent.json5", "{ apps: { ingest: { renmae: 'other' } } }")
        process.send_signal(signal.SIGHUP)
        wait_until(lambda: f"{config}:1:21: apps.ingest.renmae: unknown key; did you mean" in fleet.log("alpha"),
                   what="the place of the mistake in the log")
        self.assertIn("shop", names())
        self.assertIsNone(process.poll())

    def test_the_audit_log_shows_what_was_done_to_it(self):
        fleet = self.fleet
        fleet.workers("ingest", "--workers", "2")
        process = fleet.agent("alpha")
        fleet.wait_for_socket("alpha")
        socket, state = fleet.socket("alpha"), fleet.path("alpha")
        self.assertIn("no audit log", agent("audit", "verify", "--state-dir", state).stdout)
        wait_until(lambda: fleet.listing("workers", "--socket", socket)["workers"], what="workers")
        for slot in [1, 2]:
            done = subprocess.run(
                [LOOPTOP, "restart", f"app=ingest,slot={slot}", "--yes", "--accept-warnings", "--wait",
                 "--socket", socket],
                capture_output=True, text=True, timeout=60)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        done = agent("audit", "verify", "--state-dir", state)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"^the audit log is whole: 4 lines; the last chain is [0-9a-f]{64}\n$")
        chain = done.stdout.split()[-1]
        process.terminate()
        process.wait(10)
        path = os.path.join(state, "audit.jsonl")
        with open(path) as file:
            lines = file.readlines()
        self.assertEqual([json.loads(line)["record"] for line in lines], ["intent", "result"] * 2)
        for name, changed, found in [
            ("changed", [lines[0], lines[1].replace('"replaced"', '"not_replaced"', 1), *lines[2:]], ":2: does not fit"),
            ("removed", [lines[0], *lines[2:]], ":2: does not fit"),
            ("moved", [lines[1], lines[0], *lines[2:]], ":1: does not fit"),
            ("cut off", lines[:3], f": the line with chain {chain} is gone"),
            ("cut short", [*lines[:3], lines[3][:100]], f": the line with chain {chain} is gone"),
        ]:
            with self.subTest(name):
                with open(path, "w") as file:
                    file.writelines(changed)
                done = agent("audit", "verify", "--state-dir", state)
                self.assertEqual(done.returncode, 1, done.stdout)
                self.assertIn(path + found, done.stderr)
        with open(path, "w") as file:
            file.writelines(lines)
        self.assertEqual(agent("audit", "verify", "--state-dir", state, "--chain", chain).returncode, 0)
        self.assertEqual(agent("audit", "verify", "--state-dir", state, "--chain", "0" * 64).returncode, 1)
        self.assertEqual(agent("audit", "verify", "--state-dir", state, "--chain", "x").returncode, 64)


if __name__ == "__main__":
    unittest.main()
