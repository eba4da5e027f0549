"""The dashboard's configuration and its contexts: what counts, what is refused, and that no file of the user is written."""
import json
import os
import stat
import subprocess
import unittest

from fleet import Fleet, LOOPTOP, wait_until
from terminal import Terminal


class Contexts(unittest.TestCase):
    def setUp(self):
        self.fleet = Fleet()
        self.addCleanup(self.fleet.__exit__)
        self.home = self.fleet.path("home")
        self.folder = os.path.join(self.home, ".config", "looptop")
        os.makedirs(os.path.join(self.folder, "contexts"), 0o700)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("LOOPTOP_", "XDG_"))}
        self.environment = dict(kept, HOME=self.home)

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)
        return path

    def run_looptop(self, *arguments, **variables):
        return subprocess.run([LOOPTOP, *arguments], capture_output=True, text=True, timeout=60,
                              env=dict(self.environment, **variables))

    def test_check_and_show_say_what_is_wrong_and_what_holds(self):
        path = self.write("config.json5", "{\n  theme: 'mono',\n  contexts: { lab: { hosts: ['web-[1-2]'] } },\n}\n")
        prod = self.write("contexts/prod.json5", "{ hosts: ['db-1'] }\n")
        done = self.run_looptop("config", "check")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout.splitlines(), [
            f"{path} is fine", f"{prod} is fine", "context lab: web-[1-2]", "context prod: db-1, protected"])
        shown = json.loads(self.run_looptop("config", "show", "-o", "json", LOOPTOP_CONTEXT="prod").stdout)
        rows = {row["key"]: row for row in shown["settings"]}
        self.assertEqual((rows["theme"]["value"], rows["theme"]["file"], rows["theme"]["line"]), ("mono", path, 2))
        self.assertEqual((rows["context"]["value"], rows["context"]["source"]), ("prod", "environment"))
        self.assertEqual((rows["mouse"]["value"], rows["mouse"]["source"]), (False, "default"))
        paths = self.run_looptop("config", "paths").stdout
        self.assertRegex(paths, rf"configuration +{path} +yes")
        self.write("config.json5", "{\n  thme: 'mono',\n  mouse: 1,\n}\n")
        done = self.run_looptop("config", "check")
        self.assertEqual((done.returncode, done.stderr.splitlines()), (78, [
            f'looptop: {path}:2:3: thme: unknown key; did you mean "theme"?',
            f"looptop: {path}:3:10: mouse: it must be true or false, not a number"]))
        done = self.run_looptop("ls")
        self.assertEqual(done.returncode, 78)
        self.assertIn("(and 1 more: looptop config check lists them)", done.stderr)
        os.chmod(path, 0o666)
        self.assertEqual(self.run_looptop("config", "check").returncode, 78)

    def test_a_choice_is_kept_in_the_state_and_counts_until_something_says_more(self):
        path = self.write("config.json5", "{ contexts: { a: { hosts: ['a-1'] }, b: { hosts: ['b-1'] } }, context: 'a' }")
        before = os.stat(path)
        counting = lambda **variables: [
            row["name"] for row in json.loads(self.run_looptop("context", "ls", "-o", "json", **variables).stdout)["contexts"]
            if row["counts"]]
        self.assertEqual(counting(), ["a"])
        self.assertEqual(self.run_looptop("context", "use", "b").returncode, 0)
        self.assertEqual(counting(), ["b"])
        self.assertEqual(counting(LOOPTOP_CONTEXT="a"), ["a"])
        self.assertIn("b-1:7433", self.run_looptop("context", "show").stdout)
        self.assertIn("a-1:7433", self.run_looptop("context", "show", "a").stdout)
        done = self.run_looptop("context", "use", "c")
        self.assertEqual((done.returncode, done.stderr), (64, 'looptop: there is no context "c"; did you mean "a"?\n'))
        self.assertEqual(self.run_looptop("context", "use", "--none").returncode, 0)
        self.assertEqual(counting(), [])
        self.assertEqual(self.run_looptop("context", "use", "--forget").returncode, 0)
        self.assertEqual(counting(), ["a"])
        self.assertEqual(self.run_looptop("context", "use", "--forget", "a").returncode, 64)
        after = os.stat(path)
        self.assertEqual((before.st_mtime_ns, before.st_ino), (after.st_mtime_ns, after.st_ino))
        self.assertEqual(sorted(os.listdir(self.folder)), ["config.json5", "contexts"])

    def test_a_protected_context_wants_its_name_before_a_change(self):
        fleet = self.fleet
        fleet.workers("ingest", "--workers", "2")
        fleet.agent("alpha")
        fleet.wait_for_socket("alpha")
        socket = fleet.socket("alpha")
        self.write("config.json5", "{ contexts: { prod: { hosts: [{ addr: '%s', name: 'box' }] } }, context: 'prod' }" % socket)
        seen = lambda: "ingest" in self.run_looptop("ls", "apps").stdout
        wait_until(seen, what="the app by its context")
        self.assertIn("box", self.run_looptop("ls", "hosts").stdout)
        change = ["restart", "box/ingest#1", "--yes", "--wait", "--accept-warnings"]
        for arguments, variables in [(change, {}), (change, {"LOOPTOP_CONTEXT": "prod"}), ([*change, "--socket", socket], {})]:
            done = self.run_looptop(*arguments, **variables)
            self.assertEqual((done.returncode, done.stderr), (
                64, "looptop: box is in the protected context prod: to change anything there, say --context prod\n"))
        self.assertEqual(self.run_looptop("restart", "box/ingest#1", "--dry-run").returncode, 0)
        done = self.run_looptop(*change, "--context", "prod")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("replaced", done.stdout)

    def test_the_dashboard_says_which_context_it_shows(self):
        self.write("contexts/lab.json5", "{ hosts: ['127.0.0.1:1'] }")
        terminal = Terminal([LOOPTOP, "--context", "lab"], environment=dict(self.environment))
        self.addCleanup(terminal.close)
        terminal.wait_for("looptop lab  hosts 1")
        terminal.type("q")
        self.assertEqual(terminal.wait_for_end(), 0)

    def test_lists_are_as_they_were_left(self):
        self.write("contexts/lab.json5", "{ hosts: ['127.0.0.1:1'] }")
        state = os.path.join(self.home, "state")

        def open_it():
            terminal = Terminal([LOOPTOP, "--context", "lab"], columns=120,
                                environment=dict(self.environment, XDG_STATE_HOME=state))
            self.addCleanup(terminal.close)
            terminal.wait_for("looptop lab  hosts 1")
            return terminal

        def leave(terminal):
            terminal.type("q")
            self.assertEqual(terminal.wait_for_end(), 0)

        first = open_it()
        first.wait_for(r"HOST .*LAG99")
        first.type("N")
        first.wait_for("sort HOST")
        first.type("o-lag99\r")
        first.wait_for("the columns of hosts are kept")
        leave(first)
        second = open_it()
        second.wait_for("sort HOST")
        self.assertNotIn("LAG99", second.text)
        leave(second)
        path = os.path.join(state, "looptop", "views.json")
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        with open(path, "w") as file:
            file.write("not JSON")
        third = open_it()
        third.wait_for("sort STATE")
        third.wait_for("is damaged")
        third.type("N")
        third.wait_for("sort HOST")
        leave(third)
        with open(path) as file:
            self.assertEqual(file.read(), "not JSON")


if __name__ == "__main__":
    unittest.main()
