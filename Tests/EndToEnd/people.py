"""A fleet of one person, and of another who is given a certificate."""
import unittest

from fleet import Fleet


class WithAlpha(unittest.TestCase):
    """A fleet of one person and one enrolled host, without an agent yet."""

    def setUp(self):
        self.fleet = Fleet()
        self.addCleanup(self.fleet.__exit__)
        self.fleet.make_identity()
        self.fleet.enrol("alpha")


class WithBob(unittest.TestCase):
    def setUp(self):
        self.fleet = Fleet()
        self.addCleanup(self.fleet.__exit__)
        self.fleet.make_identity()
        self.bob = self.fleet.path("bob")

    def run_looptop(self, *arguments, status=0, state=None):
        done = self.fleet.looptop(*arguments, state=state)
        self.assertEqual(done.returncode, status, done.stderr + done.stdout)
        return done

    def write(self, name, text):
        path = self.fleet.path(name)
        with open(path, "w") as file:
            file.write(text)
        return path

    def join_bob(self, *options):
        """What his request, the grant and his joining said."""
        asked = self.run_looptop("request", state=self.bob)
        granted = self.run_looptop("grant", self.write("request.pem", asked.stdout), "--name", "bob", *options)
        return asked, granted, self.run_looptop("join", self.write("grant.pem", granted.stdout), state=self.bob)
