"""Where hosts come from: files, standard input, file_sd, commands, and DNS."""
import json
import os
import re
import shutil
import subprocess
import unittest

from fleet import LOOPTOP, wait_until
from people import WithAlpha
from terminal import Terminal


class HostSources(WithAlpha):
    def setUp(self):
        super().setUp()
        self.fleet.agent("alpha")
        wait_until(lambda: not self.fleet.listing("hosts")["incomplete"], what="the agent")
        with open(os.path.join(self.fleet.operator, "hosts.json")) as file:
            self.address = json.load(file)["hosts"][0]["address"]

    def write(self, name, text, mode=0o600):
        path = self.fleet.path(name)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w") as file:
            file.write(text)
        return path

    def names(self, *options, code=0, stdin=None):
        done = self.fleet.looptop("ls", "-o", "json", *options, stdin=stdin)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return {host["name"]: host["state"] for host in json.loads(done.stdout)["hosts"]} if done.stdout else {}

    def test_each_source_leads_to_the_host(self):
        address = self.address
        hosts = self.write("hosts", f"# one\n{address} name=one site=eu-1\n127.0.0.1:1 # nobody\n")
        found = self.names("--hosts", hosts)
        self.assertEqual(set(found), {"one", "127.0.0.1:1"})
        self.assertIn(found["one"], ("ok", "warn"))
        self.assertEqual(found["127.0.0.1:1"], "down")
        self.assertEqual(set(self.names("--hosts", hosts, "-l", "site=eu-1")), {"one"})
        self.assertEqual(set(self.names("--hosts", hosts, "-l", "site=-")), {"127.0.0.1:1"}, "a silent host has labels, too")
        self.assertIn("one", self.names("--hosts", "-", stdin=f"{address} name=one\n"))
        self.assertIn("alpha", self.names("--host", "sd:" + self.write("sd.json", json.dumps([{"targets": [address]}]))))
        inventory = {"_meta": {"hostvars": {"ans": {"ansible_host": "127.0.0.1", "looptop_port": int(address.split(":")[1])}}}}
        program = self.write("inventory", f"#!/bin/sh\necho 'a warning' >&2\ncat <<'E'\n{json.dumps(inventory)}\nE\n", 0o700)
        self.assertIn("ans", self.names("--host", f"exec:{program} --list"))

    def test_what_goes_wrong_is_said_and_the_rest_goes_on(self):
        done = self.fleet.looptop("ls", "--host", "alpha", "--host", "exec:false", "-o", "name")
        self.assertEqual((done.returncode, done.stdout), (0, "alpha\n"), done.stderr)
        self.assertIn("exec:false: it ended with code 1", done.stderr)
        done = self.fleet.looptop("ls", "--hosts", self.write("hosts", "web-1\nweb-2 eu\n"))
        self.assertEqual(done.returncode, 64)
        self.assertIn('hosts:2: "eu" is no label', done.stderr)

    def test_two_addresses_of_one_host_are_one_row(self):
        terminal = Terminal(
            [LOOPTOP, "--state-dir", self.fleet.operator, "alpha", self.fleet.socket("alpha")], columns=120, rows=40)
        self.addCleanup(terminal.close)
        terminal.wait_for(lambda t: "hosts 1 " in t.text and "also reachable as" in t.text, what="one row")

    def test_a_host_that_is_added_to_the_file_appears(self):
        hosts = self.write("hosts", "127.0.0.1:1 name=nobody\n")
        terminal = Terminal([LOOPTOP, "--state-dir", self.fleet.operator, "--hosts", hosts], columns=120, rows=40)
        self.addCleanup(terminal.close)
        terminal.wait_for(lambda t: "hosts 1 " in t.text and "nobody" in t.text, what="the first host")
        self.write("hosts", f"{self.address} name=newcomer\n")
        terminal.wait_for(lambda t: re.search(r"newcomer +(OK|WARN)", t.text) and "nobody" in t.text, what="the second host")
        self.assertIn("hosts 2 ", terminal.text)

    @unittest.skipUnless(os.getuid() == 0 and shutil.which("unshare"), "needs root and unshare")
    def test_srv_records_are_asked(self):
        server = self.write("dns.py", DNS)
        resolv = self.write("resolv.conf", "nameserver 127.0.0.1\n", 0o644)
        script = f"""mount --bind {resolv} /etc/resolv.conf && ip link set lo up || exit 1
            /usr/bin/python3 {server} & server=$!
            until ss -lun 2>/dev/null | grep -q :53 || ! kill -0 $server; do :; done
            {LOOPTOP} doctor -o json --state-dir {self.fleet.operator} --timeout 3s \\
                --host srv:_looptop._tcp.example.test --host srv:_none._tcp.example.test \\
                --host srv:_empty._tcp.example.test --host srv:_odd._tcp.example.test
            kill $server; wait $server
            {LOOPTOP} ls --host srv:_looptop._tcp.example.test --state-dir {self.fleet.operator} --timeout 3s"""
        done = subprocess.run(
            ["unshare", "--mount", "--net", "bash", "-c", script], capture_output=True, text=True, timeout=60)
        findings = json.loads(done.stdout)["findings"]
        hosts = {found["host"] for found in findings if found["host"]}
        self.assertEqual(hosts, {"web-1.example.test:7433", "web-2.example.test:7434"}, done.stderr)
        self.assertEqual(sorted(found["text"] for found in findings if found["check"] == "configuration.source"), [
            "srv:_empty._tcp.example.test: the name has no SRV records.", "srv:_none._tcp.example.test: there is no such name in DNS.",
            "srv:_odd._tcp.example.test: the name server's answer cannot be read."])
        self.assertIn("looptop: srv:_looptop._tcp.example.test: no name server answers", done.stderr.splitlines())


# Answers SRV questions of one name, of a second that it has none, of a third with what is none, and that there is no other.
DNS = '''
import socket, struct
def name(text):
    return b"".join(bytes([len(part)]) + part.encode() for part in text.split(".")) + b"\\0"
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 53))
while True:
    query, peer = server.recvfrom(4096)
    end = query.index(b"\\0", 12) + 5
    question = query[12:end]
    records = b""
    count = 0
    if question == name("_looptop._tcp.example.test") + struct.pack(">HH", 33, 1):
        for host, port in [("web-1.example.test", 7433), ("web-2.example.test", 7434)]:
            data = struct.pack(">HHH", 1, 1, port) + name(host)
            records += struct.pack(">HHHIH", 0xC00C, 33, 1, 60, len(data)) + data
            count += 1
    if b"_odd" in question:
        records, count = struct.pack(">HHHIH", 0xC00C, 33, 1, 60, 1) + b"x", 1
    flags = 0x8580 if count or b"_empty" in question else 0x8583
    server.sendto(query[:2] + struct.pack(">HHHHH", flags, 1, count, 0, 0) + question + records, peer)
'''
