"""Hosts that join by themselves: looptop invite where the fleet's CA is, looptop-agent join on each host."""
import json
import os
import re
import signal
import subprocess
import unittest

import fleet as programs
from fleet import Fleet, free_port


class Invite(unittest.TestCase):
    seconds = 15

    def setUp(self):
        self.fleet = Fleet()
        self.addCleanup(self.fleet.__exit__)
        self.fleet.make_identity()

    def invite(self, *options):
        """The process that takes hosts, and its token."""
        process = self.fleet.start(
            [programs.LOOPTOP, "invite", "--state-dir", self.fleet.operator, "--listen", "127.0.0.1:0", *options],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        token = process.stdout.readline()
        self.assertTrue(token.startswith("lt1."), token)
        return process, token

    def join(self, host, token, timeout=5):
        return subprocess.run(
            [programs.AGENT, "join", "--listen", f"127.0.0.1:{free_port()}", "--state-dir", self.fleet.path(host),
             "--host-name", host, "--timeout", str(timeout)],
            input=token, capture_output=True, text=True, timeout=60)

    def book(self):
        with open(os.path.join(self.fleet.operator, "hosts.json")) as file:
            return {host["name"]: host for host in json.load(file)["hosts"]}

    def test_hosts_join_at_once_and_are_seen(self):
        inviting, token = self.invite("--uses", "3", "--match", "web-*")
        # Terminals wrap a token.
        wrapped = "\n".join(token[at:at + 60] for at in range(0, len(token), 60))
        hosts = ["web-1", "web-2", "web-3"]
        ports = [free_port() for _ in hosts]
        joining = [
            self.fleet.start(
                [programs.AGENT, "join", "--listen", f"127.0.0.1:{port}", "--state-dir", self.fleet.path(host),
                 "--host-name", host],
                stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            for host, port in zip(hosts, ports)]
        for process in joining:
            error = process.communicate(wrapped, timeout=30)[1]
            self.assertEqual(process.returncode, 0, error)
            self.assertRegex(error, "enrolled in fleet [0-9a-f]{32}; start the agent with: looptop-agent run")
        output, error = inviting.communicate(timeout=30)
        self.assertEqual(inviting.returncode, 0, error)
        self.assertEqual(output, "", "the token was all")
        self.assertEqual(sorted(re.findall(r"^looptop: joined: (\S+) at 127\.0\.0\.1:\d+, host id [0-9a-f]{32}$", error, re.M)), hosts)
        book = self.book()
        self.assertEqual([book[host]["address"] for host in hosts], [f"127.0.0.1:{port}" for port in ports])
        for host in hosts:
            self.fleet.agent(host)
        found = {host["name"]: host["role"] for host in self.fleet.listing("hosts")["hosts"]}
        self.assertEqual(found, dict.fromkeys(hosts, "admin"))

    def test_who_is_not_invited_is_told_and_the_token_still_works(self):
        inviting, token = self.invite("--match", "web-*")
        done = self.join("db-1", token)
        self.assertEqual(done.returncode, 78)
        self.assertEqual(
            done.stderr,
            "looptop-agent: This host's name is not one that the invitation is for. Give --host-name, or have looptop invite run "
            "with another --match.\n")
        self.assertFalse(os.path.exists(self.fleet.path("db-1", "identity.pem")))
        self.assertEqual(self.join("web-1", token).returncode, 0)
        error = inviting.communicate(timeout=30)[1]
        self.assertEqual(inviting.returncode, 0, error)
        self.assertIn("a host that came was not taken: The host's name is not one that this invitation is for (--match).", error)

    def test_a_copy_of_an_enrolled_host_does_not_take_its_place(self):
        inviting, token = self.invite("--uses", "2")
        self.assertEqual(self.join("web-1", token).returncode, 0)
        os.mkdir(self.fleet.path("copy"), 0o700)
        with open(self.fleet.path("web-1", "host-id")) as file:
            host_id = file.read()
        with open(os.open(self.fleet.path("copy", "host-id"), os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.write(host_id)
        done = self.join("copy", token)
        self.assertEqual(done.returncode, 78)
        self.assertIn("The fleet has a host of this host's id already.", done.stderr)
        self.assertEqual(list(self.book()), ["web-1"])

    def test_tokens_that_do_not_work(self):
        inviting, token = self.invite()
        self.assertEqual(self.join("web-1", token).returncode, 0)
        self.assertEqual(inviting.wait(30), 0)
        done = self.join("web-2", token, timeout=1)
        self.assertEqual(done.returncode, 69)
        self.assertIn("nobody takes hosts there: 127.0.0.1:", done.stderr)
        done = self.join("web-2", token.replace(token[20], "a" if token[20] != "a" else "b", 1))
        self.assertIn("The token was damaged in copying", done.stderr)
        done = self.fleet.looptop("enroll", "-", stdin=token)
        self.assertEqual(done.returncode, 78)
        self.assertIn("This token was printed by 'looptop invite' for hosts", done.stderr)

    def test_it_ends_when_its_time_is_over_or_with_a_signal(self):
        inviting, _ = self.invite("--ttl", "300ms")
        error = inviting.communicate(timeout=30)[1]
        self.assertEqual(inviting.returncode, 124)
        self.assertIn("no host came in the time that was given", error)
        inviting, token = self.invite()
        inviting.send_signal(signal.SIGINT)
        self.assertEqual(inviting.wait(30), -signal.SIGINT)
        self.assertEqual(self.join("web-1", token, timeout=1).returncode, 69)

    def test_who_has_no_fleet_invites_nobody(self):
        done = self.fleet.looptop("invite", "--listen", "127.0.0.1:0", state=self.fleet.path("nobody"))
        self.assertEqual(done.returncode, 78)
        self.assertIn("run looptop init first", done.stderr)


if __name__ == "__main__":
    unittest.main()
