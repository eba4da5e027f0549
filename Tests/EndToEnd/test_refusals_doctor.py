"""What `looptop doctor` says, word for word, is wrong, and what it advises."""
import json
import os
import re
import signal
import socket
import subprocess
import unittest

from fleet import Fleet, LOOPTOP, wait_until
from people import WithAlpha
from saying import Saying
from terminal import Terminal

HOLDS_UNTIL = r"valid until \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ, for \d+ days\."


def findings(text):
    """{sentence: (verdict, advice)}"""
    found = re.findall(r"^  (OK|WARN|FAIL) +(.*)(?:\n        (.*))?$", text, re.M)
    return {sentence: (verdict, advice) for verdict, sentence, advice in found}


class WithoutAFleet(Saying):
    def doctor(self, code, *options, **environment):
        self.environment.update(environment)
        return findings(self.run_it(code, LOOPTOP, "doctor", *options).stdout)

    def has(self, found, verdict, sentence, advice=""):
        self.assertEqual(found.get(sentence), (verdict, advice), found)

    def test_a_locale(self):
        self.has(self.doctor(0, "--no-connect"), "OK", "No locale is set; names and texts are taken to be UTF-8.")
        self.has(self.doctor(0, "--no-connect", LANG="C.UTF-8"), "OK", "LANG is C.UTF-8: names and texts are drawn as they are.")
        self.has(self.doctor(0, "--no-connect", LANG="xx_XX.UTF-8"), "OK",
                 "LANG is xx_XX.UTF-8, which this machine lacks; it is taken by its name, as UTF-8.")
        self.has(self.doctor(0, "--no-connect", LANG="de_DE.ISO-8859-1"), "WARN",
                 "LANG is de_DE.ISO-8859-1, which is not UTF-8: letters beyond ASCII are drawn as ?.",
                 "Set it to a UTF-8 locale, for example LANG=C.UTF-8.")

    def test_a_terminal(self):
        self.has(self.doctor(0, "--no-connect"), "OK", "No terminal is here; commands need none, only the dashboard does.")
        for columns, rows, term, sentences in [
            (100, 50, "vt100", ["TERM is vt100, which is known here, without colours, so that the theme is mono.",
                                "Graphs and lines are drawn with plain characters, the glyphs ascii.",
                                "It does not say that it knows synchronized output, so a picture may be seen half drawn."]),
            (70, 60, "xterm-256color", ["The screen has 70 columns and 60 rows", "Below 80 columns and 24 rows less is shown; make it larger."]),
            (100, 50, "nonsense", ['TERM is "nonsense", which this machine has no description of; install ncurses-term or try '
                                   "TERM=xterm-256color."]),
        ]:
            terminal = Terminal([LOOPTOP, "doctor", "--no-connect", "--state-dir", self.state], rows, columns,
                                environment={"TERM": term, "LC_ALL": "C", "HOME": self.directory})
            self.addCleanup(terminal.close)
            for sentence in sentences:
                terminal.wait_for(lambda t: sentence in " ".join(t.text.split()), what=sentence)

    def test_files(self):
        found = self.doctor(1, "--host", "127.0.0.1:1", "--timeout", "2s")
        self.has(found, "OK", "There is no configuration file: everything is as usual.")
        self.has(found, "FAIL", "There is no certificate here, so that only the agent of this machine can be reached.",
                 "To reach others: looptop init, then on each host looptop-agent init --listen :7433, then here looptop enroll TOKEN.")
        self.has(found, "OK", "127.0.0.1 is an address: there is no name to resolve.")
        self.has(found, "FAIL", "It was not tried: there is no certificate here to show.",
                 "Run looptop init here, and enrol the host: looptop enroll TOKEN.")
        bad = self.path("bad.json5", b"{")
        self.has(self.doctor(1, "--config", bad), "FAIL", f"{bad}:1:2: it ends too early.", "No host is looked at before it is mended.")
        contexts = self.path("contexts.json5", b"{ contexts: { a: { hosts: [] } } }")
        found = self.doctor(0, "--config", contexts)
        self.has(found, "OK", "No context counts, of those that there are: a.")
        if not os.path.exists("/run/looptop-agent/agent.sock"):
            self.has(found, "WARN", "There is no host to look at.",
                     "For this machine start its agent, looptop-agent run; for others see looptop init --help.")
        found = self.doctor(1, "--config", contexts, "--context", "b")
        self.assertIn(("FAIL", "See which there are: looptop context ls"), found.values())
        del self.environment["HOME"]
        self.has(self.doctor(1), "FAIL", "HOME is not set, so it is not known where keys and certificates are.",
                 "Say it with --state-dir DIR.")

    def test_ssh(self):
        # A program of ours stands in for ssh.
        by_hand = "Try it by hand: ssh -o BatchMode=yes web-1 looptop-agent --version"
        self.environment["PATH"] = self.path("bin") + ":" + self.environment["PATH"]
        for script, sentence, advice in [
            ("echo welcome; sleep 5", "Something answers, but it is no agent: it broke the protocol: header has a bad flags at byte 5.",
             "A login shell that prints something spoils it: ssh web-1 true must print nothing."),
            ("echo 'no route' >&2; exit 255", "It is not reached: ssh web-1: no route.",
             by_hand + "; the user there must be root, or the one that the agent runs as."),
            ("exec sleep 30", "No agent answers over ssh within 2 s.", by_hand + "."),
        ]:
            self.path("bin/ssh", f"#!/bin/sh\n{script}\n".encode(), 0o755)
            self.has(self.doctor(1, "--host", "ssh:web-1", "--timeout", "2s"), "FAIL", sentence, advice)

    def test_names_that_are_not_resolved(self):
        found = self.doctor(1, "--host", "nobody.invalid", "--timeout", "2s")
        verdict, advice = next(rest for sentence, rest in found.items() if sentence.startswith("nobody.invalid cannot be resolved: "))
        self.assertEqual(verdict, "FAIL")
        self.assertIn(advice, [  # with a name server and without
            "Look for a slip of the pen, in /etc/hosts and in DNS (getent hosts nobody.invalid), or write its address instead.",
            "The name servers of /etc/resolv.conf do not answer; write its address instead."])

    def test_sockets(self):
        path = self.path("none.sock")
        start = "Start the agent of this machine: looptop-agent run, or systemctl start looptop-agent."
        self.has(self.doctor(1, "--socket", path), "FAIL", "The socket cannot be used: no such file or directory.", start)
        with socket.socket(socket.AF_UNIX) as mute:
            mute.bind(path)
            os.chmod(path, 0o600)
            mute.listen(5)
            self.has(self.doctor(1, "--socket", path, "--timeout", "2s"), "FAIL",
                     "The socket takes the connection, but no agent answers within 2 s.",
                     "It is stopped or starved: look with systemctl status looptop-agent.")


class OfAFleet(WithAlpha):
    def doctor(self, code, *options):
        """Its findings; also as lines, for those with values in them."""
        done = subprocess.run([LOOPTOP, "doctor", "--state-dir", self.fleet.operator, *options], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        self.text = done.stdout
        return findings(done.stdout)

    def test_certificates(self):
        found = self.doctor(0, "--no-connect")
        self.assertRegex(
            self.text, rf"OK +You are tester, role admin, of the fleet [0-9a-f]{{32}}; the certificate is {HOLDS_UNTIL}\n")
        self.assertRegex(self.text, rf"OK +The fleet's CA is {HOLDS_UNTIL}\n")
        self.assertIn("1 host is enrolled, and the fleet's CA key is here: hosts are enrolled from here.", found)
        os.remove(os.path.join(self.fleet.operator, "ca-key.pem"))
        self.assertIn("1 host is enrolled; the fleet's CA key is not here: hosts are enrolled from where it is.",
                      self.doctor(0, "--no-connect"))

    def test_agents(self):
        listening = ("FAIL", "Nothing listens there: start the agent on that host, and see with cat listen in its state directory which "
                             "address and port it has.")
        self.assertEqual(self.doctor(1, "--host", "alpha")["TCP does not connect: connection refused."], listening)
        self.fleet.agent("alpha", "--read-only")
        self.fleet.wait_for_socket("alpha")
        socket = self.fleet.socket("alpha")
        wait_until(lambda: not self.fleet.listing("hosts")["incomplete"], what="the agent")
        found = self.doctor(0, "--socket", socket)
        self.assertIn("The agent of this machine answers at its socket.", found)
        self.assertIn("Your role there is viewer, or the agent is read-only: you may only look.", found)
        with open(os.path.join(self.fleet.operator, "hosts.json")) as file:
            address = json.load(file)["hosts"][0]["address"]
        self.assertIn("It is the same host as alpha: one of the two is enough.", self.doctor(0, "--host", "alpha", "--socket", socket))
        port = address.split(":")[1]
        self.assertIn("TLS 1.3 is agreed on, and its certificate is of this fleet; the host book has no host at this address.",
                      self.doctor(0, "--host", f"localhost:{port}"))
        with Fleet() as other:
            other.make_identity()
            done = other.looptop("doctor", "--host", address)
        self.assertRegex(
            done.stdout, r"  FAIL  Their certificate is not trusted: The certificate belongs to fleet [0-9a-f]{32}, this side to fleet "
            r"[0-9a-f]{32}\. Enrol the host in this fleet, or use the other fleet's dashboard\.\n"
            r"        See who answers at this address; where the host was installed anew, enrol it again\.\n")
        self.fleet.agents["alpha"].send_signal(signal.SIGSTOP)
        self.assertEqual(
            self.doctor(1, "--host", "alpha", "--timeout", "2s")["It connects, but then nothing comes within 2 s."],
            ("FAIL", "The agent is stopped or starved, or something else listens there: look on that host with systemctl status "
                     "looptop-agent and ss -ltnp."))


if __name__ == "__main__":
    unittest.main()
