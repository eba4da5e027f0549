"""The exit codes of `looptop`, one by one, as docs/OPERATING.md has them."""
import os
import re
import signal
import subprocess
import unittest

from fleet import Fleet, LOOPTOP, ROOT, wait_until


class ExitCodes(unittest.TestCase):
    def setUp(self):
        self.fleet = Fleet()
        self.addCleanup(self.fleet.__exit__)
        fleet = self.fleet
        fleet.make_identity()
        self.master = fleet.workers("ingest", "--workers", "3", "--ignore-term", "3")
        fleet.enrol("alpha")
        fleet.allow_restarts("alpha")
        self.agent = fleet.agent("alpha", "--under", str(self.master.pid))
        wait_until(lambda: len(fleet.listing("workers")["workers"]) == 3, what="workers")
        self.seen = set()

    def expect(self, code, *arguments, **options):
        done = self.fleet.looptop(*arguments, **options)
        self.assertEqual(done.returncode, code, f"{arguments}\n{done.stdout}{done.stderr}")
        self.seen.add(code)
        return done.stdout + done.stderr

    def test_each_code(self):
        fleet = self.fleet
        self.expect(64, "restart", "alpha/ingest#1")
        self.expect(64, "scale", "alpha/ingest", "--yes")
        self.expect(4, "restart", "alpha/nothing#1", "--yes")
        self.expect(4, "ls", "apps", "-l", "alpha/nothing")
        # What needs a person to think is no matter of rights.
        self.assertIn("--accept-warnings", self.expect(1, "restart", "alpha/ingest#1", "--yes", "--wait"))
        self.expect(0, "restart", "alpha/ingest#1", "--yes", "--wait", "--accept-warnings")
        self.expect(77, "stop", "alpha/ingest", "--yes", "--accept-warnings")
        # A prefork server of unknown make cannot be scaled; the policy has no rule for it either, and that comes first.
        text = self.expect(77, "scale", "alpha/ingest", "--by", "-1", "--yes", "--accept-warnings")
        self.assertIn("no rule", text)
        with open(fleet.path("alpha", "policy.json5"), "w") as policy:
            policy.write('{ apps: { "*": { restart: "operator", scale: "operator" } } }\n')
        self.agent.send_signal(signal.SIGHUP)
        wait_until(lambda: "policy read from" in fleet.log("alpha"), what="the policy")
        self.expect(1, "scale", "alpha/ingest", "--by", "-1", "--yes", "--accept-warnings")
        self.expect(73, "init", "--name", "tester")
        # It does not heed SIGTERM, and has ten seconds.
        self.expect(124, "restart", "alpha/ingest#3", "--yes", "--wait", "--accept-warnings", "--timeout", "3s")
        self.expect(3, "ls", "--host", "127.0.0.1:1", "--timeout", "5s")
        with open("/dev/full", "w") as full:
            done = subprocess.run([LOOPTOP, "ls", "--state-dir", fleet.operator], stdout=full, stderr=subprocess.PIPE, timeout=60)
        self.assertEqual(done.returncode, 74, done.stderr)
        reading, writing = os.pipe()
        os.close(reading)
        done = subprocess.run([LOOPTOP, "ls", "--state-dir", fleet.operator], stdout=writing, stderr=subprocess.PIPE, timeout=60)
        os.close(writing)
        self.assertEqual(done.returncode, 141, done.stderr)
        os.chmod(fleet.operator, 0o755)
        self.expect(78, "ls")
        os.chmod(fleet.operator, 0o700)
        self.seen |= {74, 141}

        listed = self.listed()
        for code in self.seen:
            self.assertIn(code, listed, "it is not in docs/OPERATING.md")

    @staticmethod
    def listed():
        """The codes of the table below `looptop`:."""
        with open(os.path.join(ROOT, "docs", "OPERATING.md")) as file:
            table = file.read().split("\n`looptop`:\n", 1)[1].split("\n\n", 1)[0]
        return {int(code) for code in re.findall(r"^\| (\d+) \|", table, re.M)}

    def test_nobody_to_look_at(self):
        empty = self.fleet.path("empty")
        runtime = self.fleet.path("runtime")
        for path in [empty, runtime]:
            os.mkdir(path, 0o700)
        socket = "/run/looptop-agent/agent.sock"
        if os.path.exists(socket):
            self.skipTest("an agent of this machine answers")
        done = subprocess.run(
            [LOOPTOP, "ls", "--state-dir", empty], capture_output=True, text=True, timeout=60,
            env={"PATH": os.environ["PATH"], "XDG_RUNTIME_DIR": runtime, "HOME": empty})
        self.assertEqual(done.returncode, 69, done.stdout + done.stderr)

    def test_a_link_that_breaks_leaves_the_outcome_unknown(self):
        """The agent is killed after it accepted: nobody can say what became of it, and 75 says that."""
        fleet = self.fleet
        process = fleet.start(
            [LOOPTOP, "restart", "--state-dir", fleet.operator, "alpha/ingest#3", "--yes", "--wait", "--accept-warnings",
             "--timeout", "5s"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        wait_until(lambda: any(line["record"] == "intent" for line in fleet.audit("alpha")), what="the intent")
        self.agent.kill()
        output, _ = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 75, output)
        self.assertIn("outcome unknown", output)


if __name__ == "__main__":
    unittest.main()
