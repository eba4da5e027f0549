"""What the owner of a host writes: checked before it counts, put in force by SIGHUP; and the log that cannot be mended."""
import json
import os
import signal
import subprocess
import unittest

from fleet import AGENT, Fleet, LOOPTOP, wait_until
from terminal import Terminal


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
        self.assertIn("an entry for app ingest was added; interval waits for a restart of the agent", fleet.log("alpha"))
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
        self.assertIn("the audit log is whole: 1 line;", agent("audit", "verify", "--state-dir", state).stdout)
        wait_until(lambda: fleet.listing("workers", "--socket", socket)["workers"], what="workers")
        for slot in [1, 2]:
            done = subprocess.run(
                [LOOPTOP, "restart", f"app=ingest,slot={slot}", "--yes", "--accept-warnings", "--wait",
                 "--socket", socket],
                capture_output=True, text=True, timeout=60)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        done = agent("audit", "verify", "--state-dir", state)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"^the audit log is whole: 5 lines; the last chain is [0-9a-f]{64}\n$")
        chain = done.stdout.split()[-1]
        process.terminate()
        process.wait(10)
        path = os.path.join(state, "audit.jsonl")
        with open(path) as file:
            lines = file.readlines()
        self.assertEqual([json.loads(line)["record"] for line in lines], ["genesis"] + ["intent", "result"] * 2)
        for name, changed, found in [
            ("changed", [*lines[:2], lines[2].replace('"replaced"', '"not_replaced"', 1), *lines[3:]], ":3: does not fit"),
            ("removed", [lines[0], *lines[2:]], ":2: does not fit"),
            ("moved", [lines[1], lines[0], *lines[2:]], ":1: does not fit"),
            ("cut off", lines[:4], f": the line with chain {chain} is gone"),
            ("cut short", [*lines[:4], lines[4][:100]], f": the line with chain {chain} is gone"),
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
        nobody = self.fleet.path("nobody")
        os.mkdir(nobody, 0o700)
        done = agent("audit", "verify", "--state-dir", nobody)
        self.assertEqual((done.returncode, done.stdout),
                         (0, f"there is no audit log in {nobody}: no agent was ever begun there\n"))

    def test_an_agent_that_starts_on_a_broken_audit_log_says_so(self):
        fleet = self.fleet
        process = fleet.agent("alpha")
        fleet.wait_for_socket("alpha")
        socket, state = fleet.socket("alpha"), fleet.path("alpha")

        def restart_without(*names):
            nonlocal process
            process.terminate()
            process.wait(10)
            os.unlink(socket) if os.path.exists(socket) else None
            for name in names:
                os.unlink(os.path.join(state, name))
            found = agent("audit", "verify", "--state-dir", state)
            process = fleet.agent("alpha")
            fleet.wait_for_socket("alpha")
            return found

        found = restart_without("audit.jsonl", "audit.head")
        self.assertEqual(found.returncode, 1, found.stdout)
        self.assertIn("audit.jsonl: is gone: an agent was begun here", found.stderr)
        wait_until(lambda: "audit log: audit.jsonl: is gone" in fleet.log("alpha"), what="a line of the log")
        self.assertIn("level=critical", fleet.log("alpha"))
        events = lambda: subprocess.run(
            [LOOPTOP, "events", "--socket", socket], capture_output=True, text=True, timeout=60).stdout
        wait_until(lambda: "the audit log is not as this agent wrote it: audit.jsonl: is gone" in events(), what="an event")
        self.assertEqual([line["record"] for line in fleet.audit("alpha")], ["break"])
        found = restart_without("audit.head")
        self.assertIn("audit.head: is gone", found.stderr)
        after = agent("audit", "verify", "--state-dir", state)
        self.assertEqual(after.returncode, 1)
        self.assertIn("since the break at audit.jsonl:2 it is whole, 0 lines", after.stdout)
        self.assertEqual([line["found"][0].split(":")[0] for line in fleet.audit("alpha")], ["audit.jsonl", "audit.head"])
        before = fleet.log("alpha").count("level=critical")
        restart_without()
        self.assertEqual(fleet.log("alpha").count("level=critical"), before, "a break is told of once")

    def test_who_may_not_look_is_turned_away_also_from_a_live_session(self):
        fleet = self.fleet
        done = fleet.looptop("init", "--name", "eve", "--role", "viewer")
        self.assertEqual(done.returncode, 0, done.stderr)
        master = fleet.workers("ingest", "--workers", "1")
        fleet.enrol("alpha")
        process = fleet.agent("alpha", "--under", str(master.pid))
        terminal = Terminal([LOOPTOP, "--state-dir", fleet.operator, "alpha"])
        self.addCleanup(terminal.close)
        terminal.wait_for(r"alpha +OK")
        self.write("alpha/policy.json5", '{ defaults: { read: "operator" } }')
        process.send_signal(signal.SIGHUP)
        terminal.wait_for(r"AUTH +this host lets nobody below role operator look at it")
        terminal.type("q")
        self.assertEqual(terminal.wait_for_end(), 0)
        refused = fleet.looptop("ls", "--timeout", "5s")
        self.assertEqual(refused.returncode, 3, refused.stdout)
        self.assertIn("turned away user/eve: this host lets nobody below role operator", fleet.log("alpha"))

    def test_policy_check_says_who_may_and_which_line_says_so(self):
        policy = self.write(
            "policy.json5", '{\n  defaults: { read: "operator" },\n  apps: {\n    shelf7: {\n      restart: "operator",\n'
            '      signal: { admin: ["HUP"] },\n    },\n    "*": {},\n  },\n}\n')
        state = self.fleet.path("none")

        def check(*arguments):
            done = agent("policy", "check", "--policy", policy, "--state-dir", state, *arguments)
            return done.returncode, done.stdout.strip() or done.stderr.strip()

        unknown = "; no app of this name is found here now"
        for who, deed, app, code, words in [
            ("user/ada/operator", "restart", "shelf7", 0,
             f"allowed: user/ada (operator) may restart shelf7: {policy}:5: restart needs role operator{unknown}"),
            ("user/ada/viewer", "restart", "shelf7", 77,
             f"refused: user/ada (viewer) may not restart shelf7: {policy}:5: restart needs role operator{unknown}"),
            ("user/ada/admin", "roll", "shelf7", 77,
             f'refused: user/ada (admin) may not roll shelf7: {policy}:4: the rule of "shelf7" does not name roll{unknown}'),
            ("user/ada/admin", "restart", "shelf8", 77,
             f'refused: user/ada (admin) may not restart shelf8: {policy}:8: the rule of "*" does not name restart{unknown}'),
            ("user/ada/operator", "signal", "shelf7", 77,
             f"refused: user/ada (operator) may not signal shelf7: {policy}:6: signal needs role admin{unknown}"),
            ("uid/%d" % os.getuid(), "stop", "shelf7", 0,
             f"allowed: uid/{os.getuid()} may stop shelf7: over the unix socket this file does not count{unknown}"),
        ]:
            with self.subTest(who=who, deed=deed, app=app):
                self.assertEqual(check("--as", who, "--do", deed, app), (code, words))
        self.assertEqual(
            check("--as", "user/bob/viewer", "--do", "read"),
            (77, f"refused: user/bob (viewer) may not look at this host: {policy}:2: read: operator"))
        for wrong in [("--as", "ada", "--do", "restart", "shelf7"), ("--as", "user/ada", "--do", "restart", "shelf7"),
                      ("--as", "user/ada/root", "--do", "restart", "shelf7"), ("--as", "user/ada/admin", "--do", "kill", "shelf7"),
                      ("--as", "user/ada/admin", "--do", "restart"), ("--as", "user/ada/admin", "--do", "read", "shelf7")]:
            with self.subTest(wrong):
                self.assertEqual(check(*wrong)[0], 64)


if __name__ == "__main__":
    unittest.main()
