"""What both programs say, and with which exit code, where a command line cannot be carried out: the whole sentence."""
import base64
import hashlib
import os
import resource
import subprocess
import unittest

from fleet import AGENT, Fleet, LOOPTOP
from saying import Saying

NO_HOSTS = [
    "there is no host to look at",
    "For this machine, start its agent in another terminal: looptop-agent run",
    "For other machines, once: looptop init",
    "  then on each host: looptop-agent init --listen :7433",
    "  and here, with the token that prints: looptop enroll TOKEN",
]


def token(address):
    """As `looptop-agent init` prints one, of a host that is not there; docs/PROTOCOL.md."""
    content = (bytes([1, 1, 1, len(address)]) + address.encode() + bytes(32 + 8 + 16)
               + (4_000_000_000).to_bytes(8, "big"))
    content += hashlib.sha256(content).digest()[:4]
    return "lt1." + base64.b32encode(content).decode().lower().rstrip("=")


class Refusals(Saying):
    # The agent

    def test_options_of_the_agent(self):
        config = ["--config", self.path("agent.json5", b"{}")]
        for sentence, arguments in [
            ("--interval 99.0: give 0.1 to 60 seconds", ["--interval", "99"]),
            ("--probe-budget 0.0: give a percentage of one core, above 0 up to 100", ["--probe-budget", "0"]),
            ("--history 2000.0: give 0 to 1024 MiB", ["--history", "2000"]),
            ("--under 2147483647: there is no process with that pid", ["--under", "2147483647"]),
            ("--state-dir relative: give an absolute path", ["--state-dir", "relative"]),
        ]:
            self.agent(64, sentence, "run", *config, *arguments)
        missing = self.path("missing.json5")
        self.agent(78, f"cannot read {missing}: there is no such file", "run", "--config", missing)
        self.parser(AGENT, "there is no level loud", "run", "--log-level", "loud")

    def test_too_few_descriptors(self):
        done = subprocess.run(
            [AGENT, "run", "--state-dir", self.state], stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=60, env=self.environment,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (50, 50)))
        self.assertEqual(done.returncode, 71, done.stderr)
        self.assertEqual(
            done.stderr.splitlines()[-1],
            "looptop-agent: 50 descriptors are too few, and it needs 256 before it looks at any worker: see ulimit -n, or "
            "LimitNOFILE= of the unit")

    def test_an_agent_that_is_not_enrolled_does_not_listen(self):
        self.agent(
            78,
            "127.0.0.1:0: this agent is not enrolled, and nothing is served over the network without an identity. On "
            "this host run 'looptop-agent init --listen ADDR', then where your fleet's CA is 'looptop enroll TOKEN'.",
            "run", "--state-dir", self.state, "--socket", self.path("agent.sock"), "--runtime-socket", "off",
            "--under", str(os.getpid()), "--listen", "127.0.0.1:0")

    def test_other_commands_of_the_agent(self):
        self.agent(
            64, "the host name may be 1 to 64 letters, digits, dots, dashes and underscores: selectors go by it",
            "init", "--listen", "127.0.0.1:0", "--host-name", "a b", "--state-dir", self.state)
        socket = self.path("none.sock")
        self.agent(
            69, f"no agent answers on this machine at {socket}: looptop-agent run starts one",
            "stdio", "--socket", socket)
        missing = self.path("missing")
        self.agent(74, f"cannot open {missing}: No such file or directory", "audit", "verify", "--state-dir", missing)
        self.agent(
            64, "--chain x: give 64 hex digits, as 'audit verify' prints them",
            "audit", "verify", "--state-dir", self.state, "--chain", "x")
        for sentence, arguments in [
            ("--pid 0: a process id is 1 or more", ["--pid", "0"]),
            ("--pid 2147483647: there is no process with that pid", ["--pid", "2147483647"]),
            ("--seconds 0: give 1 or more", ["--pid", str(os.getpid()), "--seconds", "0"]),
        ]:
            self.agent(64, sentence, "observe", *arguments)
        record = self.path("missing/x.trace")
        self.agent(
            73, f"--record {record}: No such file or directory",
            "observe", "--pid", str(os.getpid()), "--record", record)

    def test_questions_about_the_policy(self):
        everything = "read, logs, restart, roll, reload, signal, scale, stop, start, pause, resume, abort, hold, release"
        for sentence, arguments in [
            ("--as ada: give user/NAME/ROLE, user/NAME or uid/NUMBER; roles are viewer, operator, admin",
             ["--as", "ada", "--do", "restart", "web"]),
            ("--as user/ada: the role is in the certificate, and user/ada never asked for anything here: give it, as in "
             "--as user/ada/operator", ["--as", "user/ada", "--do", "restart", "web"]),
            (f"--do dance: there is no such action; there are {everything}", ["--as", "uid/0", "--do", "dance", "web"]),
            ("--do restart: name the app, as it is on the screen", ["--as", "uid/0", "--do", "restart"]),
            ("--do read: it is of the whole host, not of one app", ["--as", "uid/0", "--do", "read", "web"]),
            ("--signal NOPE: there is no such signal",
             ["--as", "uid/0", "--do", "signal", "--signal", "NOPE", "web"]),
        ]:
            self.agent(64, sentence, "policy", "check", "--state-dir", self.state, *arguments)
        config = self.path("agent.json5", b"{ readOnly: true }")
        done = subprocess.run(
            [AGENT, "policy", "check", "--state-dir", self.state, "--config", config, "--as", "user/ada/admin", "--do",
             "restart", "web"], capture_output=True, text=True, timeout=60, env=self.environment)
        self.assertEqual(done.returncode, 77, done.stdout + done.stderr)
        self.assertEqual(
            done.stdout.splitlines()[0],
            f"refused: user/ada (admin) may not restart web: {config}: readOnly: the agent refuses every command")

    # The dashboard

    def test_options_of_looptop(self):
        for sentence, arguments in [
            ("give either --to or --by", ["scale", "web-1/shop"]),
            ("--max-unavailable has to be 1 or more", ["roll", "web-1/shop", "--max-unavailable", "0"]),
            ("with -f there is no end: --until cannot be kept", ["events", "-f", "--until", "1m"]),
            ("0 is not 1 or more", ["top", "-n", "0"]),
            ("-n 20000: give 0 to 10000", ["logs", "web-1/shop", "-n", "20000"]),
            ("-g: at most 256 bytes", ["logs", "web-1/shop", "-g", "x" * 257]),
            ("there is no stream x: use stdout, stderr or both", ["logs", "web-1/shop", "--stream", "x"]),
            ("name a context, or say --none or --forget", ["context", "use"]),
            ("who is to be revoked?", ["revoke"]),
            ("--list prints all of them: leave out NAME", ["revoke", "--list", "user/ada"]),
            ("boss is not viewer, operator or admin", ["init", "--role", "boss"]),
        ]:
            self.parser(LOOPTOP, sentence, *arguments)

    def test_what_nobody_can_mean(self):
        for sentence, arguments in [
            ("without a terminal to ask on, this needs --yes", ["restart", "web-1/shop#1"]),
            ("nothing is named: write HOST/APP#SLOT or app=api", ["restart", "", "--yes"]),
            ('a bare word may mean more than you think of: write app=..., host=... or HOST/APP in "web"',
             ["restart", "web", "--yes"]),
            ('there is no signal "NOPE"', ["signal", "web-1/shop", "NOPE", "--yes"]),
            ("--columns and --sort are of tables, csv and names, not of json",
             ["ls", "hosts", "-o", "json", "--columns", "cpu"]),
            ("names have no columns", ["ls", "hosts", "-o", "name", "--columns", "cpu"]),
            ("--columns is of tables and csv", ["top", "-o", "jsonl", "--columns", "cpu"]),
            ("--since has to be before --until",
             ["history", "web-1/shop", "--metric", "cpu", "--since", "1m", "--until", "5m"]),
            ('"nope" is no time: 15m, -5m, 13:58, 13:58:40 or 2026-11-21T13:58:40Z',
             ["history", "web-1/shop", "--metric", "cpu", "--since", "nope"]),
            ("--step is 1s at least",
             ["history", "web-1/shop", "--metric", "cpu", "--since", "15m", "--step", "500ms"]),
            ("no context counts: name one", ["context", "show"]),
            ('there is no context "nope", nor any other', ["context", "use", "nope"]),
            ("stdout is not a terminal, so there is nothing to draw on", ["replay", "x.rec"]),
        ]:
            self.looptop(64, sentence, *arguments)
        self.looptop(3, "there is nothing to check: say --warn or --crit", "check", "app=api")
        self.assertEqual(
            self.said(64, LOOPTOP),
            ["looptop: stdout is not a terminal, so there is nothing to draw on; for plain text use: looptop ls"])

    def test_nobody_to_look_at(self):
        if os.path.exists("/run/looptop-agent/agent.sock"):
            self.skipTest("an agent of this machine answers")
        self.assertEqual(self.said(69, LOOPTOP, "ls"), ["looptop: " + line for line in NO_HOSTS])

    def test_a_context_without_hosts(self):
        config = self.path("config.json5", b"{ contexts: { a: { hosts: [] } } }")
        self.looptop(69, "no host in context a", "ls", "--config", config, "--context", "a")

    def test_where_there_is_no_fleet(self):
        state = ["--state-dir", self.state]
        for sentence, arguments in [
            (f"there is no fleet in {self.state}: run looptop init, without --renew", ["init", "--renew"]),
            (f"the fleet's CA key is not in {self.state}: run this where looptop init was run",
             ["grant", "-", "--name", "bob", "--role", "viewer"]),
            (f"nothing was requested in {self.state}: run looptop request first", ["join", "-"]),
            (f"there is no fleet in {self.state}", ["revoke", "user/ada"]),
            (f"there is no fleet in {self.state} to take a host into: run looptop init first",
             ["enroll", token("127.0.0.1:1")]),
        ]:
            self.looptop(78, sentence, *arguments, *state)
        self.looptop(
            64, "This is not a looptop token: one begins with lt1. and is printed by 'looptop-agent init' or 'looptop invite'.",
            "enroll", "hello", *state)
        self.environment = {"PATH": os.environ["PATH"]}
        self.looptop(78, "HOME is not set: say where to keep files with --state-dir DIR", "init")

    def test_recordings_that_cannot_be_read(self):
        missing = self.path("missing.rec")
        self.looptop(74, f"{missing}: No such file or directory", "replay", "--plain", missing)
        for content, reason in [
            (b"hello, this is none", "is no recording of looptop"),
            (b"\x8cLOOP\x02\r\n", "is a recording of version 2, this looptop reads 1: upgrade it"),
            (b"\x8cLOOP\x01\r\n", "holds no snapshot: nothing was recorded, or all of it is damaged"),
        ]:
            file = self.path("some.rec", content)
            self.looptop(78, f"{file} {reason}", "replay", "--plain", file)


class RefusalsInAFleet(unittest.TestCase):
    """An operator and one enrolled host, whose agent does not run."""

    def setUp(self):
        self.fleet = Fleet()
        self.addCleanup(self.fleet.__exit__)
        done = self.fleet.looptop("init", "--name", "tester")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.name = next(line.split()[1] for line in done.stdout.splitlines() if line.startswith("fleet "))
        self.fleet.enrol("alpha")

    def looptop(self, code, sentence, *arguments):
        done = self.fleet.looptop(*arguments)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        self.assertIn("looptop: " + sentence, done.stderr.splitlines())

    def agent(self, code, sentence, command, *arguments):
        done = subprocess.run(
            [AGENT, command, "--state-dir", self.fleet.path("alpha"), *arguments], stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        self.assertEqual(done.stderr.splitlines()[-1], "looptop-agent: " + sentence)

    def run_agent(self, code, sentence):
        self.agent(
            code, sentence, "run", "--socket", self.fleet.socket("alpha"), "--runtime-socket", "off",
            "--under", str(os.getpid()))

    def test_a_fleet_is_not_made_twice(self):
        self.looptop(
            73, "For a new certificate: looptop init --renew.  For another fleet: --state-dir DIR", "init")
        self.looptop(4, "beta is no enrolled host; a person is user/NAME", "revoke", "beta")
        os.remove(os.path.join(self.fleet.operator, "ca-key.pem"))
        self.looptop(
            78, f"the fleet's CA key is not in {self.fleet.operator}: run this where looptop init was run",
            "revoke", "user/bob")

    def test_a_host_that_is_not_there_is_not_enrolled(self):
        self.looptop(
            3, "the host does not answer: 127.0.0.1:1: connection refused", "enroll", token("127.0.0.1:1"))

    def test_a_damaged_name_or_address_is_not_used(self):
        end = "Restore it from a backup, or remove it and enrol again."
        for name, reason in [("listen", "a line of it is not an address"), ("host-name", "it is not the name of a host")]:
            file = self.fleet.path("alpha", name)
            with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as changed:
                changed.write("a b\n")
            self.run_agent(78, f"{file} cannot be used: {reason}. {end}")

    def test_a_host_leaves_its_fleet_only_when_told_to(self):
        self.agent(
            78, f"this host is enrolled in fleet {self.name} already; to leave it and join another: add --reset",
            "init", "--listen", "127.0.0.1:0")

    def test_a_key_that_others_can_read_is_not_used(self):
        for key in [self.fleet.path("alpha", "identity-key.pem"),
                    os.path.join(self.fleet.operator, "identity-key.pem")]:
            os.chmod(key, 0o644)
        sentence = "{0} can be used by others (mode 644). If nobody has, run:  chmod 600 '{0}'"
        self.run_agent(77, sentence.format(self.fleet.path("alpha", "identity-key.pem")))
        self.looptop(78, sentence.format(os.path.join(self.fleet.operator, "identity-key.pem")), "ls")

    def test_a_host_id_that_is_not_the_certificates(self):
        file = self.fleet.path("alpha", "host-id")
        with open(file) as kept:
            own = kept.read().strip()
        other = "0123456789abcdef0123456789abcdef"
        with open(file, "w") as changed:
            changed.write(other + "\n")
        self.run_agent(
            78,
            f"{file} says {other}, and the certificate beside it is of host {own}: no dashboard would take it for "
            "either. Put the certificate's id into the file, or restore it from a backup.")


if __name__ == "__main__":
    unittest.main()
