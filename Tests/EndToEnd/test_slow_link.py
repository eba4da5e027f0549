"""The main job over a slow link: ssh, through an interface that lets 32 kbit/s pass, to a dashboard on 80x24."""
import ctypes
import os
import re
import shutil
import subprocess
import time
import unittest

from fleet import Fleet, LOOPTOP, children, wait_until
from sshd import SSHD, SSHServer
from terminal import Terminal

CLONE_NEWNET = 0x40000000
RATE = "32kbit"


def slow_loopback():
    """A network of this process alone, with a loopback interface that is as slow as that; False where it cannot be had."""
    if ctypes.CDLL(None).unshare(CLONE_NEWNET) != 0:
        return False
    subprocess.run(["ip", "link", "set", "lo", "mtu", "1400", "up"], check=True)
    shaped = subprocess.run(
        ["tc", "qdisc", "add", "dev", "lo", "root", "tbf", "rate", RATE, "burst", "1600", "latency", "800ms"],
        capture_output=True)
    return shaped.returncode == 0


@unittest.skipUnless(os.path.exists(SSHD) and shutil.which("tc"), "needs openssh-server and tc")
@unittest.skipUnless(os.getuid() == 0, "needs root for a network of its own")
class SlowLink(unittest.TestCase):
    seconds = 40

    def test_the_worst_worker_of_three_hosts_is_found_and_restarted(self):
        if not slow_loopback():
            self.skipTest("this kernel has no network namespaces, or cannot limit a bandwidth")
        fleet = Fleet()
        self.addCleanup(fleet.__exit__)
        server = SSHServer(fleet)
        masters = {}
        for host, app, options in [("alpha", "ingest", []), ("beta", "render", ["--block", "2:250-350:200"]),
                                   ("gamma", "mailer", [])]:
            masters[host] = fleet.workers(app, "--workers", "4", *options)
            fleet.agent(host, "--under", str(masters[host].pid))
            fleet.wait_for_socket(host)
        # The agent must have seen the lag last before somebody comes to look: its host is WARN after half a minute.
        sockets = [word for host in masters for word in ("--socket", fleet.socket(host))]
        wait_until(
            lambda: re.search(r"beta +(WARN|CRIT)", fleet.looptop("ls", "hosts", *sockets).stdout),
            seconds=90, what="a host in trouble")
        before = set(children(masters["beta"].pid))

        keys = 0
        terminal = Terminal(
            ["ssh", "-tt", "-F", "/dev/null", "-p", str(server.port), "-i", fleet.path("key"), "-o",
             "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", "127.0.0.1",
             "TERM=xterm-256color LANG=C.UTF-8", f"XDG_STATE_HOME={fleet.path('state')}", LOOPTOP, *sockets], 24, 80)
        self.addCleanup(terminal.close)
        began = time.monotonic()
        terminal.wait_for(r"beta +(WARN|CRIT)", seconds=30)
        first = time.monotonic() - began
        answers = []
        for key, answer in [("3", r"(?m)^>.* render#2 +\d+ (WARN|CRIT)"), ("r", r"plan +1\.(?s:.*)y Restart")]:
            typed = time.monotonic()
            terminal.type(key)
            keys += 1
            terminal.wait_for(answer, seconds=30)
            answers.append(time.monotonic() - typed)

        def answered(_):
            nonlocal keys
            if children(masters["beta"].pid) and set(children(masters["beta"].pid)) != before:
                return True
            if re.search(r"y Restart", terminal.text):
                terminal.type("y")  # once more where it warns, and what is typed within 0.3 s of a question is dropped
                keys += 1
                terminal.read(1)
            return False
        terminal.wait_for(answered, seconds=30, what="another worker")
        terminal.wait_for("render#2 .*(restarted|done|->)", seconds=30)
        total = time.monotonic() - began
        print(f"over {RATE}: first screen {first:.1f} s, keys answered in "
              + ", ".join(f"{answer:.2f} s" for answer in answers) + f"; restarted after {total:.1f} s and {keys} keys")
        self.assertLess(total, 30)
        self.assertLessEqual(keys, 10)


if __name__ == "__main__":
    unittest.main()
