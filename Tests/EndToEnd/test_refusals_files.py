"""What both programs say, word for word, of files that cannot be used: configurations, lists of hosts, recordings, audit logs."""
import os
import subprocess
import unittest

from fleet import AGENT, LOOPTOP
from saying import Saying


class Files(Saying):
    def test_configurations_of_looptop(self):
        self.assertEqual(
            self.run_it(0, LOOPTOP, "config", "check").stdout, "there is no configuration: everything is as usual\n")
        self.looptop(0, "there is no context; looptop config paths says where to write one", "context", "ls")
        main = self.path(".config/looptop/config.json5", b"{ contexts: { a: { hosts: [] } } }")
        second = self.path(".config/looptop/contexts/a.json5", b"{ hosts: [] }")
        self.looptop(78, f'{second}:1:1: the context "a" is also in {main}:1', "config", "check")
        os.remove(second)
        self.environment["LOOPTOP_CONTEXT"] = "a"
        self.looptop(0, "LOOPTOP_CONTEXT is set, and counts more", "context", "use", "a")

    def test_lists_of_hosts(self):
        file = self.path("sd.json", b"[{}]")
        self.looptop(64, f"{file}:1:2: [0]: it needs targets: [ … ]", "ls", "--host", "sd:" + file)
        many = self.path("many", b"".join(b"10.0.%d.%d\n" % (number >> 8, number & 255) for number in range(20_001)))
        self.looptop(64, f"file:{many}: more than 10000 hosts", "ls", "--host", "file:" + many)
        program = self.path("talks", b"#!/bin/sh\nexec head -c 70000000 /dev/zero\n", 0o700)
        self.looptop(69, f"exec:{program}: it prints more than 4 MiB", "ls", "--host", "exec:" + program)

    def test_checks(self):
        done = self.run_it(3, LOOPTOP, "check", "app=web", "--warn", "cpu>1", "--state-dir", self.state)
        self.assertEqual(
            done.stdout, "LOOPTOP UNKNOWN - it could not be checked: there is no host to look at; stderr says more\n")
        bad = self.path("bad.json5", b"{")
        done = self.run_it(3, LOOPTOP, "check", "app=web", "--warn", "cpu>1", "--config", bad)
        self.assertEqual(
            done.stdout, "LOOPTOP UNKNOWN - it could not be checked: its own files cannot be used; stderr says more\n")

    def test_where_nothing_can_be_written(self):
        with open("/dev/full", "w") as full:
            done = subprocess.run([LOOPTOP, "completions", "bash"], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
        self.assertEqual((done.returncode, done.stderr), (74, "looptop: writing the output failed: No space left on device\n"))
        with open("/dev/full", "w") as full:
            done = subprocess.run([AGENT, "observe", "--pid", str(os.getpid()), "--seconds", "1"], stdout=full, stderr=subprocess.PIPE,
                                  text=True, timeout=60)
        self.assertEqual((done.returncode, done.stderr), (74, "looptop-agent: cannot write: No space left on device\n"))

    def test_a_host_of_a_fleet_that_is_not_ours(self):
        self.looptop(3, "1 of 1 host did not answer: 127.0.0.1:1: no certificate here yet: run `looptop init`", "ls", "--host", "127.0.0.1:1")

    def test_files_of_the_agent(self):
        missing = "/etc/looptop-agent/agent.json5"
        if not os.path.exists(missing):
            done = self.run_it(0, AGENT, "check-config")
            self.assertEqual(done.stdout, f"there is no {missing}: everything is as usual\n")
        done = self.run_it(77, AGENT, "policy", "check", "--state-dir", self.state, "--as", "user/ada/admin", "--do", "restart", "web")
        self.assertEqual(
            done.stdout.splitlines()[-1],
            "there is no policy file: over the network nobody can do more than look, and operators read logs")

    def test_options_of_join_and_observe(self):
        self.parser(AGENT, "--timeout takes 1 to 86400 seconds", "join", "--listen", ":7433", "--timeout", "0")
        self.agent(
            64, "--listen needs a port other than 0: the fleet is told it now", "join", "--listen", ":0", "--state-dir", self.state)
        self.parser(LOOPTOP, "-5 is not 0 or more", "events", "--lines=-5")
        self.parser(LOOPTOP, "--uses takes 1 to 1000", "invite", "--listen", ":0", "--uses", "0")


if __name__ == "__main__":
    unittest.main()
