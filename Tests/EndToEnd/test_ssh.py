"""Hosts over ssh: a real sshd on the loopback, with keys and configuration of this test alone."""
import json
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import unittest

from fleet import AGENT, LOOPTOP, Fleet, alive, wait_until
from sshd import SSHD, SSHServer
from terminal import Terminal

USER = pwd.getpwuid(os.getuid()).pw_name


def commands_with(word):
    """Pid and arguments of each process that has this among its arguments."""
    found = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                arguments = file.read().decode(errors="replace").split("\0")[:-1]
        except OSError:  # it has ended meanwhile
            continue
        if any(word in argument for argument in arguments):
            found[int(pid)] = arguments
    return found


def children(pid):
    """Of any of its threads; none of a process that has ended."""
    found = []
    try:
        tasks = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return found
    for task in tasks:
        try:
            with open(f"/proc/{pid}/task/{task}/children") as file:
                found += [int(child) for child in file.read().split()]
        except OSError:  # a thread that has ended meanwhile
            continue
    return found


@unittest.skipUnless(os.path.exists(SSHD), "needs openssh-server")
class OverSSH(unittest.TestCase):
    def setUp(self):
        self.fleet = Fleet()
        self.addCleanup(self.fleet.__exit__)
        self.sshd = SSHServer(self.fleet)
        self.configure_ssh()
        self.install_there()
        self.fleet.workers("api", "--workers", "2")
        self.agent = self.fleet.agent("far")
        self.fleet.wait_for_socket("far")

    def install_there(self):
        """The program that ssh runs there, for an agent that is not at its usual place."""
        os.mkdir(self.fleet.path("there"))
        self.sshd.write("there/looptop-agent", f'#!/bin/sh\nexec {AGENT} "$@" --socket {self.fleet.socket("far")}\n', 0o700)

    def configure_ssh(self):
        """ssh has its home from the list of users: the one in PATH is told which configuration is meant."""
        self.sshd.write("known_hosts", f"[127.0.0.1]:{self.sshd.port} {self.sshd.host_key}")
        host = f"HostName 127.0.0.1\n Port {self.sshd.port}\n User {USER}\n IdentitiesOnly yes\n" \
               " IdentityAgent none\n GlobalKnownHostsFile /dev/null\n"
        config = self.sshd.write("ssh_config", f"""
Host web-01 web-02
 {host} IdentityFile {self.fleet.path("key")}
 UserKnownHostsFile {self.fleet.path("known_hosts")}
Host stranger
 {host} IdentityFile {self.fleet.path("stranger_key")}
 UserKnownHostsFile {self.fleet.path("known_hosts")}
Host unknown
 {host} IdentityFile {self.fleet.path("key")}
 UserKnownHostsFile /dev/null
""")
        os.mkdir(self.fleet.path("bin"))
        self.sshd.write("bin/ssh", f'#!/bin/sh\nexec {shutil.which("ssh")} -F {config} "$@"\n', 0o700)
        os.environ["PATH"] = self.fleet.path("bin") + ":" + os.environ["PATH"]

    def hosts(self, *options):
        done = self.fleet.looptop("ls", "hosts", "-o", "json", "--retry", "--timeout", "20s", *options)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)["hosts"]

    def assert_nothing_is_left(self):
        mine = self.fleet.path("ssh_config")
        wait_until(lambda: not commands_with(mine), what=f"the end of each ssh: {commands_with(mine)}")
        server = commands_with(self.fleet.path("sshd_config"))
        wait_until(lambda: not [each for pid in server for each in children(pid)], what="the end of each login")

    def test_a_host_is_looked_at_and_a_worker_restarted(self):
        host, = self.hosts("--host", "ssh:web-01")
        self.assertEqual((host["name"], host["address"], host["role"]), ("far", "ssh:web-01", "admin"))
        self.assertEqual(len(self.hosts("--host", "ssh:web-[01-02]", "--socket", self.fleet.socket("far"))), 1, "one host at three places")
        workers = self.fleet.listing("workers", "--host", "ssh:web-01")["workers"]
        before = {row["slot"]: row["pid"] for row in workers}
        self.assertEqual(set(before), {1, 2}, workers)
        done = self.fleet.looptop(
            "restart", "far/api#1", "--host", f"ssh:{USER}@web-01", "--yes", "--accept-warnings", "--wait")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        after = {row["slot"]: row["pid"] for row in self.fleet.listing("workers", "--host", "ssh:web-01")["workers"]}
        self.assertNotEqual(after[1], before[1])
        self.assertEqual(after[2], before[2])
        self.assertIn(f"uid/{os.getuid()}", {line.get("issuer") for line in self.fleet.audit("far")})
        self.assert_nothing_is_left()

    def test_who_is_refused_is_told_in_sshs_words(self):
        done = self.fleet.looptop("ls", "--host", "ssh:stranger", "--host", "ssh:web-01", "-o", "json")
        self.assertEqual(done.returncode, 0, done.stderr)
        states = {host["name"]: host["state"] for host in json.loads(done.stdout)["hosts"]}
        self.assertEqual(states.pop("ssh:stranger"), "auth")
        self.assertIn(states.pop("far"), ("ok", "warn"))
        self.assertRegex(done.stderr, rf"ssh stranger: {USER}@127.0.0.1: Permission denied \(publickey\)")
        done = self.fleet.looptop("doctor", "-o", "json", "--timeout", "20s", *(
            word for alias in ("unknown", "stranger", "web-01") for word in ("--host", "ssh:" + alias)))
        found = {f["host"]: f for f in json.loads(done.stdout)["findings"] if f["check"] == "host.ssh"}
        self.assertIn("ssh unknown: Host key verification failed", found["ssh:unknown"]["text"])
        self.assertIn("Permission denied (publickey)", found["ssh:stranger"]["text"])
        self.assertIn("ssh -o BatchMode=yes stranger", found["ssh:stranger"]["advice"])
        self.assertEqual(found["ssh:web-01"]["verdict"], "ok")
        self.agent.terminate()
        self.agent.wait(10)
        done = self.fleet.looptop("ls", "--host", "ssh:web-01")
        self.assertIn("no agent answers on this machine", done.stderr)
        self.assert_nothing_is_left()

    def test_an_ssh_that_ends_is_replaced(self):
        terminal = Terminal([LOOPTOP, "--state-dir", self.fleet.operator, "ssh:web-01"], columns=120, rows=40)
        self.addCleanup(terminal.close)
        terminal.wait_for(r"far +(OK|WARN) ")
        first, = children(terminal.pid)
        self.assertIn("BatchMode=yes", commands_with(self.fleet.path("ssh_config"))[first])
        os.kill(first, signal.SIGSTOP)
        terminal.wait_for(r"far +STALE ", seconds=30)
        os.kill(first, signal.SIGCONT)
        terminal.wait_for(r"far +(OK|WARN) ")
        os.kill(first, signal.SIGKILL)
        wait_until(lambda: terminal.read(0.05) and not alive(first) and first not in children(terminal.pid),
                   what="ssh waited for")
        terminal.wait_for("ssh web-01: it was ended by signal 9")
        terminal.wait_for(r"far +(OK|WARN) ")
        self.agent.terminate()
        terminal.wait_for(r"far +DOWN +(agent went away|ssh web-01: looptop-agent: no agent answers)", seconds=30)
        terminal.type("q")
        self.assertEqual(terminal.wait_for_end(), 0)
        self.assert_nothing_is_left()

    def test_a_killed_dashboard_leaves_nothing(self):
        terminal = Terminal([LOOPTOP, "--state-dir", self.fleet.operator, "ssh:web-01"])
        self.addCleanup(terminal.close)
        terminal.wait_for("hosts 1")
        wait_until(lambda: terminal.read(0.05) and children(terminal.pid), what="ssh")
        os.kill(terminal.pid, signal.SIGKILL)
        self.assert_nothing_is_left()

    def test_stdio_speaks_with_programs_only(self):
        terminal = Terminal([AGENT, "stdio"], columns=120)
        self.addCleanup(terminal.close)
        self.assertEqual(terminal.wait_for_end(), 64)
        self.assertIn("this is a terminal", terminal.text)
        done = subprocess.run(
            [AGENT, "stdio", "--socket", self.fleet.path("nowhere")], input=b"", capture_output=True, timeout=20)
        self.assertEqual((done.returncode, done.stdout), (69, b""))
        self.assertRegex(done.stderr.decode(), r"^looptop-agent: no agent answers on this machine at .*\n$")
