"""A real sshd on the loopback, with keys and a configuration of one test alone."""
import os
import random
import socket
import subprocess

from fleet import wait_until

SSHD = "/usr/sbin/sshd"


class SSHServer:
    """`key` is let in, `stranger_key` is not; both are in the fleet's directory, in which it ends with the fleet."""

    def __init__(self, fleet):
        self.fleet = fleet
        self.run()

    def write(self, name, text, mode=0o600):
        path = self.fleet.path(name)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w") as file:
            file.write(text)
        return path

    def key(self, name):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.fleet.path(name)], check=True)
        with open(self.fleet.path(name + ".pub")) as file:
            return file.read()

    def run(self):
        if os.getuid() == 0:
            os.makedirs("/run/sshd", mode=0o755, exist_ok=True)  # what Debian's service would make
        self.host_key = self.key("host_key")
        self.write("authorized_keys", self.key("key"))
        self.key("stranger_key")
        for _ in range(5):
            self.port = random.randrange(20_000, 32_000)  # none that the kernel gives out by itself
            if self.listens():
                continue
            config = self.write("sshd_config", f"""
                ListenAddress 127.0.0.1:{self.port}
                HostKey {self.fleet.path("host_key")}
                AuthorizedKeysFile {self.fleet.path("authorized_keys")}
                PidFile none
                UsePAM no
                PermitRootLogin prohibit-password
                PasswordAuthentication no
                KbdInteractiveAuthentication no
                StrictModes no
                SetEnv PATH={self.fleet.path("there")}:/usr/bin:/bin
                """)
            server = self.fleet.start([SSHD, "-D", "-e", "-f", config], stderr=open(self.fleet.path("sshd.log"), "w"))
            wait_until(lambda: server.poll() is not None or self.listens(), what="sshd")
            if server.poll() is None:
                return
        raise AssertionError(open(self.fleet.path("sshd.log")).read())

    def listens(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0
