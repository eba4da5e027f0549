"""A restart says what happened, not that it was asked for."""
import os
import subprocess
import unittest

from fleet import Fleet, LOOPTOP, alive, children, wait_until


class Verdicts(unittest.TestCase):
    def test_each_ending_has_its_own_verdict(self):
        """Forced, and gone for good, side by side: they wait for 10 and 15 s."""
        with Fleet() as fleet:
            deaf = fleet.workers("deaf", "--workers", "2", "--ignore-term", "1")
            lonely = fleet.workers("lonely", "--workers", "2", "--no-respawn")
            bystander = fleet.start(["sleep", "1000"])  # no worker: must not be found
            fleet.agent("alpha", "--under", str(os.getpid()))  # apps of others may be called so, too
            fleet.wait_for_socket("alpha")
            listed = lambda: fleet.looptop("ls", "workers", "--socket", fleet.socket("alpha")).stdout
            wait_until(lambda: listed().count("deaf") >= 2 and listed().count("lonely") >= 2, what="four workers")
            self.assertNotIn("sleep", listed())
            victims = {"deaf": self.slot(fleet, "deaf"), "lonely": self.slot(fleet, "lonely")}
            running = {
                app: subprocess.Popen(
                    [LOOPTOP, "restart", f"alpha/{app}#1", "--yes", "--accept-warnings", "--wait", "--socket", fleet.socket("alpha")],
                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
                for app in victims}
            said = {app: (process.communicate(timeout=90)[0], process.returncode) for app, process in running.items()}

            text, code = said["deaf"]
            self.assertEqual(code, 0, text)
            self.assertRegex(text, rf"replaced: pid {victims['deaf']} -> \d+")
            self.assertIn("SIGKILL", text)
            self.assertEqual(len(children(deaf.pid)), 2)

            text, code = said["lonely"]
            self.assertEqual(code, 1, text)
            self.assertIn("not replaced", text)
            self.assertFalse(alive(victims["lonely"]))
            self.assertEqual(len(children(lonely.pid)), 1)

            results = {line["app"]: line for line in fleet.audit("alpha") if line["record"] == "result"}
            self.assertEqual([signal["number"] for signal in results["deaf"]["signals"]], [15, 9])
            self.assertTrue(results["deaf"]["forced"])
            self.assertEqual(results["lonely"]["verdict"], "not_replaced")
            self.assertTrue(alive(bystander.pid))

    def test_one_name_for_two_apps_restarts_neither(self):
        with Fleet() as fleet:
            masters = [fleet.workers("web", "--workers", "2")]
            masters.append(fleet.start([fleet.path("web"), "--workers", "2", "--busy", "1:1"]))
            fleet.agent("alpha", "--under", str(os.getpid()))  # apps of others may be called so, too
            fleet.wait_for_socket("alpha")
            socket = fleet.socket("alpha")
            wait_until(lambda: fleet.looptop("ls", "workers", "-l", "app=web", "--socket", socket).stdout.count("\n") == 5,
                       what="four workers of two apps called web")
            before = [children(master.pid) for master in masters]
            asked = fleet.looptop("restart", "app=web,slot=1", "--yes", "--accept-warnings", "--wait", "--socket", socket)
            self.assertEqual(asked.returncode, 64, asked.stdout + asked.stderr)
            for workers in before:
                self.assertIn(f"pid {workers[0]}", asked.stderr)
            self.assertEqual(before, [children(master.pid) for master in masters])

    def slot(self, fleet, app):
        line = next(line for line in fleet.looptop(
            "ls", "workers", "-l", f"app={app},slot=1", "--socket", fleet.socket("alpha")).stdout.splitlines()[1:])
        return int(line.split()[3])


if __name__ == "__main__":
    unittest.main()
