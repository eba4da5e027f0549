"""What the programs say when they refuse, asked of whoever has no fleet, no configuration and no agent."""
import os
import shutil
import subprocess
import tempfile
import unittest

from fleet import AGENT, LOOPTOP


class Saying(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="looptop-test.")
        self.addCleanup(shutil.rmtree, self.directory)
        # Nothing of whoever runs the tests: no fleet, no configuration, no agent.
        self.environment = {"PATH": os.environ["PATH"], "HOME": self.directory, "XDG_RUNTIME_DIR": self.directory}
        self.state = os.path.join(self.directory, "state")

    def path(self, name, content=None, mode=0o600):
        path = os.path.join(self.directory, name)
        if content is not None:
            os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
                file.write(content)
        return path

    def run_it(self, code, program, *arguments, stdin=None):
        done = subprocess.run(
            [program, *arguments], input=stdin or "", capture_output=True, text=True, timeout=60, env=self.environment,
            cwd=self.directory)
        self.assertEqual(done.returncode, code, f"{arguments}\n{done.stdout}{done.stderr}")
        return done

    def said(self, code, program, *arguments):
        """The lines on stderr."""
        return self.run_it(code, program, *arguments).stderr.splitlines()

    def agent(self, code, sentence, *arguments):
        self.assertEqual(self.said(code, AGENT, *arguments)[-1], "looptop-agent: " + sentence)

    def looptop(self, code, sentence, command, *arguments):
        lines = self.said(code, LOOPTOP, command, *arguments)
        self.assertIn("looptop: " + sentence, lines)

    def parser(self, program, sentence, *arguments):
        """Where the command line itself says no; what is said of a value ends with our sentence."""
        first = self.said(64, program, *arguments)[0]
        self.assertTrue(first == "Error: " + sentence or first.endswith(": " + sentence), first)
