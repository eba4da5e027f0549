"""A fleet comes to another CA: `looptop ca rotate`, `switch`, `retire`."""
import json
import re
import subprocess
import unittest

import fleet as programs
from fleet import wait_until
from people import WithBob
from terminal import Terminal


class Authority(WithBob):
    seconds = 30

    def sees(self, host, state=None):
        done = self.fleet.looptop("ls", "hosts", "-o", "json", "--timeout", "20s", state=state)
        hosts = {each["name"]: each for each in json.loads(done.stdout)["hosts"]} if done.stdout else {}
        return (hosts.get(host) or {}).get("role") is not None

    def authorities(self, done):
        """Their fingerprints, the one that issues first."""
        return re.findall(r"CA sha256:([0-9a-f]{64}), valid to .*: (?:issues|counts)", done.stdout)

    def ca(self, *arguments, status=0, state=None):
        done = subprocess.run(
            [programs.LOOPTOP, "ca", *arguments, "--state-dir", state or self.fleet.operator],
            capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, status, done.stderr + done.stdout)
        return done

    def join(self, state, *options, status=0):
        asked = self.run_looptop("request", state=state)
        granted = self.run_looptop("grant", self.write("request.pem", asked.stdout), "--name", "bob", *options)
        return self.run_looptop("join", self.write("grant.pem", granted.stdout), state=state, status=status)

    def start(self, *hosts):
        for host in hosts:
            self.fleet.enrol(host)
            self.fleet.agent(host)
            wait_until(lambda: self.sees(host), what=host)

    def test_everybody_comes_to_have_certificates_of_the_other(self):
        self.fleet.workers("ingest", "--workers", "2")
        self.start("alpha", "beta")
        self.fleet.allow_restarts("alpha")
        self.join(self.bob, "--role", "operator")
        self.assertTrue(self.sees("alpha", self.bob))
        carol = self.fleet.path("carol")
        self.join(carol)
        first, = self.authorities(self.ca())
        screen = Terminal([programs.LOOPTOP, "--state-dir", self.bob], rows=24, columns=100)
        self.addCleanup(screen.close)
        screen.wait_for(lambda t: t.text.count("OK") >= 2, what="both hosts on bob's screen")

        done = self.ca("rotate")
        self.assertIn("a second CA counts (deny-list 1)", done.stdout)
        self.assertRegex(done.stdout, r"alpha +newest +of the CA that issues")
        self.assertRegex(done.stdout, r"beta +newest +of the CA that issues")
        issuing, second = self.authorities(done)
        self.assertEqual(issuing, first)
        self.assertIn("next, when all hosts know the second CA: looptop ca switch", self.ca("status").stderr)
        self.assertTrue(self.sees("alpha", self.bob), "and bob learns of it")

        done = self.ca("switch")
        self.assertIn("the second CA issues (deny-list 2)", done.stdout)
        self.assertEqual(self.authorities(done), [second, first])
        for host in ("alpha", "beta"):
            self.assertRegex(done.stdout, rf"{host} +newest +of the CA that issues")
            self.assertIn("the certificate was renewed by user/tester", self.fleet.log(host))
        self.assertIn("next, when all hosts have a certificate of the second CA: looptop ca retire", self.ca().stderr)
        self.assertIn("The second CA issues already.", self.ca("switch", status=78).stderr, "and it goes on to")
        self.assertTrue(self.sees("alpha", self.bob), "with a certificate of the first")
        # Who enrols now is let in by both, and lets both in.
        self.start("gamma")
        # Nothing of it was felt by who was connected.
        self.assertEqual(screen.text.count("OK"), 2, screen.text)

        done = self.ca("retire")
        self.assertIn("one CA counts (deny-list 3)", done.stdout)
        self.assertEqual(self.authorities(done), [second])
        screen.wait_for(lambda t: t.text.count("AUTH") >= 2, what="bob's connections to be closed")
        refused = self.fleet.looptop("ls", "hosts", state=self.bob)
        self.assertNotEqual(refused.returncode, 0)
        # Somebody who was never connected meanwhile cannot know whether it is the same fleet.
        done = self.join(carol, status=78)
        self.assertIn("the grant is of another CA than the fleet has here. If that was changed (looptop ca), request and "
                      "join with a new --state-dir, and compare the CA's fingerprint", done.stderr)
        for host in ("alpha", "beta", "gamma"):
            self.assertTrue(self.sees(host), host)
        # It outlives the agent, and a new certificate of the same person counts.
        agent = self.fleet.agents["alpha"]
        agent.terminate()
        agent.wait()
        self.fleet.agent("alpha")
        wait_until(lambda: self.sees("alpha"), what="alpha again")
        self.join(self.bob, "--role", "operator")
        wait_until(lambda: self.sees("alpha", self.bob), what="alpha, as bob with a new certificate")
        done = self.run_looptop("restart", "alpha/ingest#1", "--yes", "--accept-warnings", "--wait", state=self.bob)
        self.assertIn("replaced", done.stdout)
        self.run_looptop("revoke", "user/bob")
        self.assertFalse(self.sees("alpha", self.bob), "the new CA signs the list")

    def test_a_step_waits_for_hosts_that_are_away(self):
        self.start("alpha")
        self.fleet.enrol("beta")
        done = self.ca("rotate", status=3)
        self.assertRegex(done.stdout, r"alpha +newest +of the CA that issues")
        self.assertIn("not there yet: beta. Each is as soon as looptop connects to it", done.stderr)
        self.assertIn("hosts that are not there yet: 1 of 2", self.ca("status", "--timeout", "5s", status=3).stderr)
        done = self.ca("switch", "--timeout", "5s", status=3)
        self.assertIn("nothing was changed: beta do not know the second CA. --force goes on without them", done.stderr)
        self.ca("switch", "--force", "--timeout", "5s", status=3)
        done = self.ca("retire", "--timeout", "5s", status=3)
        self.assertIn("nothing was changed: beta have no certificate of the second CA.", done.stderr)
        # Back again it knows the first CA alone, of which the operator's own certificate still is.
        self.fleet.agent("beta")
        self.fleet.wait_for_socket("beta")
        self.assertRegex(self.ca("status").stdout, r"beta +newest +of the CA that issues", "asked, it is told")
        self.ca("retire")
        self.assertTrue(self.sees("alpha") and self.sees("beta"))

    def test_a_host_that_was_away_all_the_time_is_named(self):
        self.start("alpha")
        self.fleet.enrol("beta")
        self.ca("rotate", status=3)
        self.ca("switch", "--force", "--timeout", "5s", status=3)
        done = self.ca("retire", "--force", "--timeout", "5s", status=3)
        self.assertIn(
            "not reached from here any more: beta. They trust the first CA as before, and whoever has its key: stop their "
            "agents, and enrol them again (looptop-agent init --reset, looptop enroll)", done.stderr)
        self.fleet.agent("beta")
        self.fleet.wait_for_socket("beta")
        self.assertFalse(self.sees("beta"))
        done = self.ca("status", "--timeout", "5s", status=3)
        self.assertRegex(done.stdout, r"alpha +newest +of the CA that issues")
        self.assertRegex(done.stdout, r"beta +\? +")

    def test_a_change_can_be_given_up(self):
        self.start("alpha")
        first, second = self.authorities(self.ca("rotate"))
        self.assertIn("The second CA does not issue yet: 'looptop ca switch' comes first, and 'looptop ca rotate --give-up' "
                      "gives it up.", self.ca("retire", status=78).stderr)
        done = self.ca("rotate", "--give-up")
        self.assertIn("the second CA is given up: the first alone counts (deny-list 2)", done.stdout)
        self.assertEqual(self.authorities(done), [first])
        self.assertTrue(self.sees("alpha"))
        third = self.authorities(self.ca("rotate"))
        self.assertEqual(third[0], first)
        self.assertNotIn(second, third)

    def test_what_is_wrong_is_said(self):
        done = self.ca("switch", status=78)
        self.assertIn("The fleet has one CA: there is none to switch to. 'looptop ca' shows where the fleet is.",
                      done.stderr)
        done = self.ca("retire", status=78)
        self.assertIn("The fleet has one CA: there is none to retire.", done.stderr)
        self.ca("rotate")
        done = self.ca("rotate", status=78)
        self.assertIn("The fleet is changing its CA already.", done.stderr)
        self.assertIn("there is no fleet in", self.ca(state=self.bob, status=78).stderr)
        self.join_bob()
        self.assertIn("the fleet's CA key is not in", self.ca(state=self.bob, status=78).stderr)


if __name__ == "__main__":
    unittest.main()
