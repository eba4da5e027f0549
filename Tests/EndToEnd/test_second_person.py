"""A second person joins the fleet with a certificate of their own: request, grant, join."""
import json
import os
import re
import unittest

from fleet import wait_until
from people import WithBob


class SecondPerson(WithBob):
    def joined(self, role):
        asked, granted, joined = self.join_bob("--role", role)
        key = re.search(r"your key is (sha256:[0-9a-f]{64})", asked.stderr)[1]
        self.assertIn(f"their key is {key}", granted.stderr)
        authority = re.search(r"the CA is (sha256:[0-9a-f]{64})", granted.stderr)[1]
        self.assertIn(f"the CA is {authority}", joined.stdout)
        self.assertIn(f"user bob ({role})", joined.stdout)
        return asked, granted

    def test_looks_with_a_certificate_of_their_own_and_does_what_the_role_allows(self):
        self.fleet.workers("ingest", "--workers", "2")
        self.fleet.enrol("alpha")
        self.fleet.allow_restarts("alpha")
        self.fleet.agent("alpha")
        asked, granted = self.joined("viewer")
        for text in (asked.stdout, granted.stdout, asked.stderr, granted.stderr):
            self.assertNotIn("PRIVATE", text)
        for name in os.listdir(self.bob):
            self.assertEqual(os.stat(os.path.join(self.bob, name)).st_mode & 0o077, 0, name)
        self.assertNotIn("ca-key.pem", os.listdir(self.bob))

        def hosts():
            done = self.fleet.looptop("ls", "hosts", "-o", "json", "--retry", "--timeout", "20s", state=self.bob)
            return json.loads(done.stdout)["hosts"] if done.returncode == 0 else []
        host, = wait_until(lambda: [each for each in hosts() if each["role"]], what="the host, as bob")
        self.assertEqual((host["name"], host["role"]), ("alpha", "viewer"))
        refused = self.run_looptop("restart", "alpha/ingest#1", "--yes", "--accept-warnings", "--wait", state=self.bob, status=77)
        self.assertIn("operator", refused.stderr + refused.stdout)
        # The same way to a new certificate, and to another role.
        self.joined("operator")
        done = self.run_looptop("restart", "alpha/ingest#1", "--yes", "--accept-warnings", "--wait", state=self.bob)
        self.assertIn("replaced", done.stdout)
        events = self.run_looptop("events", "alpha")
        self.assertIn("by user/bob", events.stdout)

    def test_what_is_wrong_is_said(self):
        self.run_looptop("join", self.write("grant.pem", "hello"), state=self.bob, status=78)
        asked = self.run_looptop("request", state=self.bob)
        again = self.run_looptop("request", state=self.bob)
        self.assertEqual(re.findall("sha256:[0-9a-f]+", asked.stderr), re.findall("sha256:[0-9a-f]+", again.stderr))
        request = self.write("request.pem", asked.stdout)
        done = self.run_looptop("grant", request, "--name", "bob", state=self.bob, status=78)
        self.assertIn("the fleet's CA key is not in", done.stderr)
        done = self.fleet.looptop("grant", request, "--name", "Bob Smith")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("cannot stand in a certificate", done.stderr)
        done = self.fleet.looptop("grant", self.fleet.path("nowhere"), "--name", "bob")
        self.assertEqual(done.returncode, 74)
        self.assertIn("cannot read", done.stderr)
        # One for somebody else's key is of no use.
        others = self.fleet.path("carol")
        grant = self.run_looptop(
            "grant", self.write("other.pem", self.run_looptop("request", state=others).stdout), "--name", "carol")
        done = self.fleet.looptop("join", self.write("other-grant.pem", grant.stdout), state=self.bob)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("do not belong together", done.stderr)
