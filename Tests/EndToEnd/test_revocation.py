"""Certificates that count no more: of a person on open connections and new ones, and of a host."""
import json
import shutil
import time
import unittest

import fleet as programs
from fleet import wait_until
from people import WithBob
from terminal import Terminal


class Revocation(WithBob):
    seconds = 15

    def hosts(self, state=None):
        done = self.fleet.looptop("ls", "hosts", "-o", "json", "--timeout", "20s", state=state)
        return {host["name"]: host for host in json.loads(done.stdout)["hosts"]} if done.stdout else {}

    def sees(self, host, state=None):
        return (self.hosts(state).get(host) or {}).get("role") is not None

    def test_a_person_is_closed_everywhere_and_let_in_again_with_a_new_certificate(self):
        for host in ("alpha", "beta"):
            self.fleet.enrol(host)
            self.fleet.agent(host)
        self.join_bob()
        wait_until(lambda: self.sees("alpha", self.bob) and self.sees("beta", self.bob), what="both hosts, as bob")
        screen = Terminal([programs.LOOPTOP, "--state-dir", self.bob], rows=24, columns=100)
        self.addCleanup(screen.close)
        screen.wait_for(lambda t: t.text.count("OK") >= 2, what="both hosts on bob's screen")
        began = time.monotonic()
        done = self.run_looptop("revoke", "user/bob")
        self.assertIn("user/bob is revoked (deny-list 1)", done.stdout)
        self.assertRegex(done.stdout, r"alpha +refuses it from now on")
        self.assertRegex(done.stdout, r"beta +refuses it from now on")
        screen.wait_for(lambda t: t.text.count("AUTH") >= 2, what="both connections to be closed")
        took = time.monotonic() - began
        print(f"revoked, and closed on an open screen of two hosts, after {took:.2f} s")
        self.assertLess(took, 15)
        refused = self.fleet.looptop("ls", "hosts", state=self.bob)
        self.assertIn("The certificates of user bob were revoked at", refused.stdout + refused.stderr)
        self.assertIn("can grant a new one (looptop grant)", refused.stdout + refused.stderr)
        self.assertTrue(self.sees("alpha"), "whoever revokes is still let in")
        self.assertIn("deny-list 1 is in force, brought by user/", self.run_looptop("events", "alpha").stdout)
        self.assertRegex(self.run_looptop("revoke", "--list").stdout, r"user/bob +20\d\d-")
        # It outlives the agent, and a new certificate counts.
        agent = self.fleet.agents["alpha"]
        agent.terminate()
        agent.wait()
        self.fleet.agent("alpha")
        wait_until(lambda: self.sees("alpha"), what="alpha again")
        self.assertFalse(self.sees("alpha", self.bob))
        self.join_bob()
        wait_until(lambda: self.sees("alpha", self.bob), what="bob, with a new certificate")

    def test_a_host_that_was_away_learns_of_it_from_the_next_who_knows(self):
        for host in ("alpha", "beta"):
            self.fleet.enrol(host)
        self.fleet.agent("alpha")
        self.join_bob()
        wait_until(lambda: self.sees("alpha", self.bob), what="alpha, as bob")
        done = self.run_looptop("revoke", "user/bob", status=3)
        self.assertRegex(done.stdout, r"alpha +refuses it from now on")
        self.assertIn("1 of 2 hosts do not know yet", done.stderr)
        self.fleet.agent("beta")
        wait_until(lambda: self.sees("beta"), what="beta")
        wait_until(lambda: "deny-list 1 is in force" in self.fleet.log("beta"), what="beta to be told")
        self.assertFalse(self.sees("beta", self.bob))

    def test_a_host_is_refused_until_it_is_enrolled_again(self):
        self.fleet.enrol("alpha")
        self.fleet.agent("alpha")
        wait_until(lambda: self.sees("alpha"), what="alpha")
        done = self.fleet.looptop("revoke", "alpha")
        self.assertIn("(alpha) is revoked (deny-list 1)", done.stdout)
        shown = self.fleet.looptop("ls", "hosts")
        self.assertIn("were revoked at", shown.stdout + shown.stderr)
        self.assertIn("Enrol the host again", shown.stdout + shown.stderr)

    def test_who_revokes_their_own_name_goes_on_with_a_new_certificate(self):
        self.fleet.enrol("alpha")
        self.fleet.agent("alpha")
        wait_until(lambda: self.sees("alpha"), what="alpha")
        stolen = self.fleet.path("stolen")
        shutil.copytree(self.fleet.operator, stolen)
        done = self.run_looptop("revoke", "user/tester")
        self.assertIn("you are user tester (admin), with a new certificate", done.stdout)
        self.assertTrue(self.sees("alpha"))
        self.assertFalse(self.sees("alpha", stolen), "a copy of the old files is of no use")

    def test_what_is_wrong_is_said(self):
        self.assertIn("nobody is revoked", self.run_looptop("revoke", "--list").stderr)
        self.assertIn("who is to be revoked?", self.run_looptop("revoke", status=64).stderr)
        self.assertIn("nobody is no enrolled host; a person is user/NAME",
                      self.run_looptop("revoke", "nobody", status=4).stderr)
        self.assertIn("there is no fleet in", self.run_looptop("revoke", "user/x", state=self.bob, status=78).stderr)
        self.join_bob()
        self.assertIn("the fleet's CA key is not in",
                      self.run_looptop("revoke", "user/x", state=self.bob, status=78).stderr)
