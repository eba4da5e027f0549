"""Certificates that come to their end: real ones, issued for a few days with the fleet's CA key."""
import datetime
import os
import random
import re
import subprocess
import tempfile
import unittest

from fleet import LOOPTOP, Fleet, wait_until
from terminal import Terminal

CA = """[ca]
default_ca=here
[here]
dir={folder}
database={folder}/index
serial={folder}/serial
new_certs_dir={folder}
certificate={authority}
private_key={authority_key}
default_md=sha256
policy=names
x509_extensions=leaf
[names]
commonName=supplied
[leaf]
{leaf}"""

LEAF = """basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage={usage}
subjectAltName=URI:{name}
"""


class EndingCertificates(unittest.TestCase):
    def setUp(self):
        self.fleet = Fleet()
        self.addCleanup(self.fleet.__exit__)
        self.fleet.make_identity()

    def take_the_authority_away(self):
        """To another machine: nobody here can renew anything then."""
        os.rename(os.path.join(self.fleet.operator, "ca-key.pem"), self.fleet.path("ca-key.pem"))

    def openssl(self, *arguments):
        done = subprocess.run(["openssl", *arguments], capture_output=True, text=True, timeout=30)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def issue_anew(self, state, usage, days):
        """The certificate in `state`, for its key and name, with so many days to go; below 0 it is over for as long."""
        leaf, key = os.path.join(state, "identity.pem"), os.path.join(state, "identity-key.pem")
        text = self.openssl("x509", "-in", leaf, "-noout", "-ext", "subjectAltName")
        name = re.search(r"URI:(\S+)", text)[1]
        folder = tempfile.mkdtemp(dir=self.fleet.directory)
        authority = [os.path.join(self.fleet.operator, each) for each in ("ca.pem", "ca-key.pem")]
        for file, content in (
                ("index", ""), ("serial", f"{random.randrange(1 << 60):016X}\n"),
                ("config", CA.format(
                    folder=folder, authority=authority[0], authority_key=authority[1],
                    leaf=LEAF.format(usage=usage, name=name)))):
            with open(os.path.join(folder, file), "w") as opened:
                opened.write(content)
        request = os.path.join(folder, "request.pem")
        self.openssl("req", "-new", "-key", key, "-subj", "/CN=x", "-out", request)
        end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)
        begin = min(end - datetime.timedelta(days=2), datetime.datetime.now(datetime.timezone.utc))
        self.openssl(
            "ca", "-batch", "-notext", "-config", os.path.join(folder, "config"), "-in", request, "-out", leaf,
            "-startdate", f"{begin:%Y%m%d%H%M%SZ}", "-enddate", f"{end:%Y%m%d%H%M%SZ}")

    def refusal(self):
        """What `looptop ls` comes to once the agent listens."""
        def answer():
            done = self.fleet.looptop("ls", "hosts", "--timeout", "10s")
            return None if "connection refused" in done.stderr else done
        return wait_until(answer, what="an agent that listens")

    def test_of_an_agent_it_is_a_trouble_of_its_host(self):
        self.fleet.workers("ingest", "--workers", "1")
        self.fleet.enrol("alpha")
        self.issue_anew(self.fleet.path("alpha"), "serverAuth,clientAuth", 5)
        self.take_the_authority_away()
        self.fleet.agent("alpha")

        def host():
            host, = self.fleet.listing("hosts")["hosts"]
            return host if host["state"] not in ("ok", "connecting") else None
        found = wait_until(host, what="WARN")
        self.assertEqual(found["state"], "warn")
        self.assertRegex(" ".join(found["reasons"]), r"the agent's certificate ends in 4d\d\dh, .*where the fleet's CA key is, which renews it")

    def test_of_ones_own_the_dashboard_says_so_when_it_opens(self):
        self.fleet.enrol("alpha")
        self.fleet.agent("alpha")
        self.issue_anew(self.fleet.operator, "clientAuth", 3)
        self.take_the_authority_away()
        terminal = Terminal([LOOPTOP, "--state-dir", self.fleet.operator])
        self.addCleanup(terminal.close)
        terminal.wait_for(r"your certificate ends in 2d\d\dh")
        terminal.wait_for(r"alpha +(OK|WARN) ")
        terminal.type("q")
        self.assertEqual(terminal.wait_for_end(), 0)

    def test_where_the_authority_is_they_are_renewed_before(self):
        self.fleet.workers("ingest", "--workers", "1")
        self.fleet.enrol("alpha")
        self.issue_anew(self.fleet.path("alpha"), "serverAuth,clientAuth", 5)
        self.issue_anew(self.fleet.operator, "clientAuth", 3)
        self.fleet.agent("alpha")
        done = self.fleet.looptop("ls", "hosts", "--retry", "--timeout", "20s")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("your certificate was renewed, to 20", done.stderr)
        again = self.fleet.looptop("ls", "hosts", "--retry", "--timeout", "20s")
        self.assertNotIn("renewed", again.stderr)

        def host():
            host, = self.fleet.listing("hosts")["hosts"]
            return host if host["state"] == "ok" and not host["reasons"] else None
        wait_until(host, what="a host without a trouble")
        self.assertIn("the certificate was renewed by user/tester, to 20", self.fleet.log("alpha"))
        for state, days in (("alpha", 80), ("operator", 25)):
            leaf = os.path.join(self.fleet.path(state), "identity.pem")
            self.openssl("x509", "-in", leaf, "-noout", "-checkend", str(days * 86_400))
        events = self.fleet.looptop("events", "alpha")
        self.assertIn("the certificate was renewed by user/tester", events.stdout)

    def test_an_agent_whose_certificate_is_over_gets_a_new_one_and_nothing_else_meanwhile(self):
        self.fleet.workers("ingest", "--workers", "1")
        self.fleet.enrol("alpha")
        # The fleet is as old as the back-dating of its CA: ten minutes.
        self.issue_anew(self.fleet.path("alpha"), "serverAuth,clientAuth", -5 / 1440)
        self.fleet.agent("alpha")
        key = os.path.join(self.fleet.operator, "ca-key.pem")
        os.rename(key, self.fleet.path("ca-key.pem"))
        done = self.refusal()
        self.assertEqual(done.returncode, 3)
        self.assertIn("alpha: their certificate is not trusted: The certificate expired 5 min ago", done.stderr)
        os.rename(self.fleet.path("ca-key.pem"), key)
        done = self.fleet.looptop("ls", "hosts", "--retry", "--timeout", "20s", "-o", "json")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn('"alpha"', done.stdout)
        self.assertIn("the certificate was renewed by user/tester, to 20", self.fleet.log("alpha"))
        leaf = os.path.join(self.fleet.path("alpha"), "identity.pem")
        self.openssl("x509", "-in", leaf, "-noout", "-checkend", str(80 * 86_400))

    def test_one_that_is_over_for_too_long_is_not_renewed(self):
        self.fleet.enrol("alpha")
        self.issue_anew(self.fleet.path("alpha"), "serverAuth,clientAuth", -31)
        self.fleet.agent("alpha")
        done = self.refusal()
        self.assertEqual(done.returncode, 3)
        self.assertIn("alpha: their certificate is not trusted: The certificate expired 31 d ago", done.stderr)

