"""What the chaos runs share: findings, a fleet behind proxies, a dashboard's side over TLS, and what the kernel says of a
process."""
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
for folder in ("Benchmarks", "Tests/EndToEnd", "Tests/Masters", "Tests/Chaos"):
    if os.path.join(ROOT, folder) not in sys.path:
        sys.path.insert(0, os.path.join(ROOT, folder))
from client import DELTA, KEYFRAME, Feed, ProtocolError  # noqa: E402
from commands import Session  # noqa: E402
from proxy import Proxy, dialler, listener  # noqa: E402

TICKS = os.sysconf("SC_CLK_TCK")
GREETED = 4000  # bytes that come down with a handshake, WELCOME and a first snapshot; a handshake alone has less


class Skipped(Exception):
    """A subject cannot be tried on this machine, and why."""


def compile_c(source, output, *options):
    """One of the C files of this folder."""
    compiler = shutil.which("cc")
    if not compiler:
        raise Skipped(f"no C compiler for {source}")
    subprocess.run([compiler, "-O1", *options, "-o", output, os.path.join(HERE, source)], check=True)


class Findings:
    """Counts what was looked at; what is not so is a sentence."""

    def __init__(self):
        self.passed = self.failed = 0

    def expect(self, is_so, sentence):
        if is_so:
            self.passed += 1
        else:
            self.failed += 1
            print(f"WRONG: {sentence}", flush=True)
        return is_so

    @property
    def counts(self):
        return self.passed, self.failed


class TLSSession(Session):
    """A session over TLS, as the person whose state directory is given. `buffer` keeps the kernel from reading ahead."""

    def __init__(self, state, address, seconds=60, buffer=None):
        self.state, self.buffer = state, buffer
        super().__init__(address, seconds)

    def connect(self, address, deadline):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # whom we ask is not what is tried here
        context.set_alpn_protocols(["looptop/1"])
        context.load_cert_chain(os.path.join(self.state, "identity.pem"), os.path.join(self.state, "identity-key.pem"))
        host, port = address.rsplit(":", 1)
        plain = socket.socket()
        if self.buffer:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.buffer)
        plain.settimeout(max(1, deadline - time.monotonic()))
        plain.connect((host, int(port)))
        try:
            return context.wrap_socket(plain)
        except BaseException:
            plain.close()
            raise


class View(threading.Thread):
    """A dashboard's subscription. Of each snapshot: when it was taken, when its last byte had come (agent and reader share a clock),
    and how many workers it had. `fault` is what ended it."""

    def __init__(self, session):
        super().__init__(daemon=True)
        self.session, self.fault = session, None
        self.taken, self.came, self.workers = [], [], []
        session.subscribe(1_000_000_000)
        self.start()

    def run(self):
        feed = Feed()
        try:
            while True:
                kind, body, arrived = self.session.next()
                if kind in (KEYFRAME, DELTA):
                    feed.take(kind, body)
                    self.taken.append(feed.snapshot["monotonic"] / 1e9)
                    self.workers.append(len(feed.snapshot["workers"]))
                    self.came.append(arrived / 1e9)
        except (ProtocolError, OSError, ValueError) as error:
            self.fault = error

    def ages(self):
        return [came - taken for came, taken in zip(self.came, self.taken)]

    def steps(self, first=0):
        """Seconds from one snapshot to the next."""
        return [b - a for a, b in zip(self.taken[first:], self.taken[first + 1:])]


def addresses(state):
    """{host: address} of a person's book."""
    with open(os.path.join(state, "hosts.json")) as file:
        return {host["name"]: host["address"] for host in json.load(file)["hosts"]}


def proxy_to(fleet, host, **options):
    return Proxy(dialler(addresses(fleet.operator)[host]), listener(), **options)


def enrolled(fleet, host, *options):
    """An agent with a policy that lets operators restart, serving over TLS."""
    if not os.path.exists(fleet.operator):
        fleet.make_identity()
    fleet.enrol(host)
    fleet.allow_restarts(host)
    return fleet.agent(host, *options)


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def sockets(pid):
    """Its sockets alone: files of processes come and go with the probing."""
    count = 0
    for number in os.listdir(f"/proc/{pid}/fd"):
        try:
            count += os.readlink(f"/proc/{pid}/fd/{number}").startswith("socket:")
        except OSError:  # closed meanwhile
            continue
    return count


def resident_mib(pid, key="VmRSS"):
    with open(f"/proc/{pid}/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(key)) / 1024


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]
