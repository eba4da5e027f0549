"""A roll that is paused and resumed by the keys of the dashboard: what the screen says is what happens to the processes."""
import re
import unittest

from fleet import Fleet, LOOPTOP, children, wait_until
from terminal import Terminal

WORKERS = 4


class RollKeys(unittest.TestCase):
    def setUp(self):
        self.fleet = Fleet()
        self.addCleanup(self.fleet.__exit__)
        self.master = self.fleet.workers("ingest", "--workers", str(WORKERS))
        self.fleet.agent("alpha", "--under", str(self.master.pid))
        self.fleet.wait_for_socket("alpha")
        self.terminal = Terminal([LOOPTOP, "--socket", self.fleet.socket("alpha")], 24, 80)
        self.addCleanup(self.terminal.close)

    def confirm(self, title, then):
        """Says yes to the dialog, and to the second question where there is one, until `then` is on the screen."""
        terminal = self.terminal
        terminal.wait_for(re.escape(title))
        terminal.wait_for(r"(plan +1\.|then +)", what="the agent's plan")

        def answered(_):
            if re.search(then, terminal.text):
                return True
            if title in terminal.text:
                terminal.type("y")  # what is typed within 0.3 s of a question is dropped
            terminal.read(0.2)
            return False
        terminal.wait_for(answered, what=f"{then} after the dialog {title}")

    def test_pause_and_resume(self):
        terminal = self.terminal
        terminal.wait_for(r"alpha +(OK|WARN|CRIT)")
        terminal.type("\r")
        terminal.wait_for(r"ingest +(OK|START)")
        before = wait_until(lambda: len(children(self.master.pid)) == WORKERS and children(self.master.pid), what="workers")
        # Whether this master replaces its workers is only known once it was tried.
        terminal.type("\x1b[H")
        terminal.type("jr")
        self.confirm("Restart worker", r"replaced: pid \d+ -> \d+")
        tried = set(before) - set(children(self.master.pid))
        self.assertEqual(len(tried), 1)
        wait_until(lambda: len(children(self.master.pid)) == WORKERS, what="all workers again")
        original = set(children(self.master.pid))

        terminal.type("\x1b[H")
        terminal.type("R")
        self.confirm("Roll the app", r"roll \d/4 RUNNING")
        terminal.wait_for(r"p pause +X end roll", what="the keys of a roll")
        terminal.type("p")
        self.confirm("Pause the roll", r"roll \d/4 PAUSED")
        terminal.wait_for(r"p resume +X end roll")
        self.assertNotIn("p pause", terminal.text)
        replaced = int(terminal.wait_for(r"roll (\d)/4 PAUSED").group(1))
        left = original & set(children(self.master.pid))
        self.assertEqual(len(left), WORKERS - replaced, "it says how many are replaced")
        self.assertGreater(len(left), 0, "it was paused in the middle")

        terminal.type("p")
        self.confirm("Go on with the roll", rf"roll \d/4 RUNNING|rolled: {WORKERS} of")
        terminal.wait_for(rf"rolled: {WORKERS} of {WORKERS} workers replaced", seconds=60)
        self.assertFalse(original & set(children(self.master.pid)))
        terminal.wait_for(lambda t: "end roll" not in t.screen.display[-1], what="no keys of a roll that is over")
        actions = [line["action"] for line in self.fleet.audit("alpha") if line["record"] == "intent"]
        self.assertEqual(actions, ["restart", "roll", "pause", "resume"])


if __name__ == "__main__":
    unittest.main()
