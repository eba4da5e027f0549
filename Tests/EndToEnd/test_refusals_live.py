"""What both programs say, word for word, where there is a fleet, and what is asked of it cannot be done."""
import json
import os
import pty
import shutil
import subprocess
import unittest

from fleet import AGENT, LOOPTOP, WORKER, free_port, wait_until
from people import WithAlpha


class OfAFleet(WithAlpha):
    def says(self, code, sentence, *arguments, stdin=None):
        """All that it writes to stderr; the lines on stdout."""
        done = self.fleet.looptop(*arguments, stdin=stdin)
        self.assertEqual(done.returncode, code, f"{arguments}\n{done.stdout}{done.stderr}")
        self.assertEqual(done.stderr.splitlines(), ["looptop: " + line for line in sentence.splitlines()])
        return done.stdout.splitlines()

    def agent_says(self, code, sentence, *arguments, user=()):
        done = subprocess.run([*user, AGENT, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        self.assertEqual(done.stderr.splitlines()[-1], "looptop-agent: " + sentence)

    def waits_to_be_enrolled(self, directory, host):
        """An agent that does, and its token."""
        init = self.fleet.start(
            [AGENT, "init", "--listen", "127.0.0.1:0", "--state-dir", self.fleet.path(directory), "--host-name", host],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(init.stdout.close)
        self.addCleanup(init.stderr.close)
        return init, init.stdout.readline()


class WithoutAnAgent(OfAFleet):
    def test_a_name_that_is_taken(self):
        _, token = self.waits_to_be_enrolled("second", "alpha")
        self.says(0, "it calls itself alpha, which is taken or no host name; here it is alpha-2", "enroll", "-", stdin=token)
        path = os.path.join(self.fleet.operator, "hosts.json")
        with open(path) as file:
            book = json.load(file)
        for host in book["hosts"]:
            host["name"] = "alpha"
        with open(path, "w") as file:
            json.dump(book, file)
        self.says(4, "alpha is 2 hosts: use agent/ID", "revoke", "alpha")

    def test_an_agent_that_is_ended_before_it_is_enrolled(self):
        init, _ = self.waits_to_be_enrolled("second", "beta")
        init.terminate()
        self.assertEqual(
            (init.stderr.readlines()[-1], init.wait(10)),
            ("looptop-agent: stopped before this host was enrolled; the token works no more\n", 69))

    def test_an_invitation_that_is_not_used_up(self):
        inviting = self.fleet.start(
            [LOOPTOP, "invite", "--state-dir", self.fleet.operator, "--listen", "127.0.0.1:0", "--uses", "2", "--ttl", "5s"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        token = inviting.stdout.readline()
        joined = subprocess.run(
            [AGENT, "join", "--listen", f"127.0.0.1:{free_port()}", "--state-dir", self.fleet.path("beta"), "--host-name", "beta"],
            input=token, capture_output=True, text=True, timeout=60)
        self.assertEqual(joined.returncode, 0, joined.stderr)
        _, error = inviting.communicate(timeout=30)
        self.assertEqual((inviting.returncode, error.splitlines()[-1]), (0, "looptop: the time is over; 1 of 2 hosts came"))

    def test_a_fleet_that_is_there(self):
        done = self.fleet.looptop("init")
        self.assertEqual(done.returncode, 73)
        first = done.stderr.splitlines()[0]
        self.assertRegex(
            first, f"^looptop: {self.fleet.operator} already holds fleet [0-9a-f]{{32}}; you are user tester \\(admin\\), "
            r"valid to \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$")

    def test_an_address_that_is_no_more_of_this_machine(self):
        state = self.fleet.path("alpha")
        listen = os.path.join(state, "listen")
        for address in ("192.0.2.7:7433", "127.0.0.1:99999"):
            with open(listen, "w") as file:
                file.write(address + "\n")
            self.agent_says(
                78, f"{listen} cannot be used: a line of it is not an address. Restore it from a backup, or remove it and enrol again."
                if "99999" in address else
                f'{listen}: "{address}" is not an address of this machine (write host:port, [ipv6]:port or :port)',
                "run", "--state-dir", state, "--socket", self.fleet.socket("alpha"))

    def test_hosts_that_do_not_answer(self):
        address = "connection refused"
        missing = f"1 of 1 host did not answer: alpha: {address}\n"
        self.says(3, missing + "no worker matches app=shop among the hosts that answered", "restart", "app=shop", "--yes")
        self.says(3, f"alpha: {address}\nno host answers", "history", "--metric", "cpu", "--timeout", "3s")
        said = self.says(
            3, "no list of persons is kept: a name that nobody has is taken, too\n"
            "1 of 1 hosts do not know yet: each does as soon as a dashboard that knows connects",
            "revoke", "user/nobody", "--timeout", "3s")
        self.assertEqual(said[0], "user/nobody is revoked (deny-list 1)")


class WithAnAgent(OfAFleet):
    seconds = 20

    def setUp(self):
        super().setUp()
        ours, theirs = pty.openpty()
        for end in (ours, theirs):
            self.addCleanup(os.close, end)
        self.place = os.ttyname(theirs)
        self.fleet.workers("ingest", "--workers", "2")
        shutil.copy(WORKER, self.fleet.path("mail"))
        self.fleet.start([self.fleet.path("mail"), "--workers", "2"], stdout=theirs)
        self.fleet.allow_restarts("alpha")
        self.fleet.agent("alpha")
        self.wait_for_workers(4)

    def wait_for_workers(self, count):
        wait_until(lambda: len(self.fleet.listing("workers")["workers"]) == count, 30, f"{count} workers")

    def test_what_cannot_be_done_to_apps(self):
        self.says(4, "alpha/ingest: there is no roll of this app", "roll", "alpha/ingest", "--pause", "--yes")
        done = self.fleet.looptop("roll", "host=alpha", "--yes", "--accept-warnings")
        self.assertEqual(done.returncode, 64, done.stderr)
        self.assertEqual(done.stderr.splitlines()[0],
                         "looptop: host=alpha is more than one app on a host; a roll over several hosts is of one app:")
        self.assertEqual(
            self.says(0, "", "restart", "alpha/ingest#1", "--yes", "--accept-warnings"),
            ["alpha/ingest#1: accepted; not waiting for the outcome"])

    def test_two_of_one_name(self):
        self.fleet.start([self.fleet.path("ingest"), "--workers", "2", "--busy", "1:1"])
        self.wait_for_workers(6)
        for action, end in [("restart", "is workers of more than one app of the same name; name one by HOST/PID:"),
                            ("roll", "is more than one app of the same name; name one by HOST/PID of a worker:")]:
            done = self.fleet.looptop(action, "app=ingest", "--yes", "--accept-warnings")
            self.assertEqual(done.returncode, 64, done.stderr)
            self.assertEqual(done.stderr.splitlines()[0], f"looptop: app=ingest {end}")

    def test_a_log_that_is_nowhere(self):
        self.assertEqual(
            self.says(1, f"alpha/mail: stdout: a terminal ({self.place}), which keeps nothing", "logs", "alpha/mail", "--stream", "stdout"),
            [])
        shutil.copy(WORKER, self.fleet.path("feed"))
        with open(self.fleet.path("feed.out"), "w") as empty:
            self.fleet.start([self.fleet.path("feed"), "--workers", "2"], stdout=empty)
        self.wait_for_workers(6)
        reading, writing = os.pipe()
        shutil.copy(WORKER, self.fleet.path("maps"))
        self.fleet.start([self.fleet.path("maps"), "--workers", "2"], stdout=writing)
        os.close(reading)
        os.close(writing)
        self.wait_for_workers(8)
        self.says(1, "alpha/maps: stdout: a pipe, and no process above the worker reads it", "logs", "alpha/maps", "--stream", "stdout")
        self.says(0, "nothing was written yet", "logs", "alpha/feed", "--stream", "stdout")
        self.says(0, "no line of what was written matches", "logs", "alpha/feed", "--stream", "stdout", "-g", "x")

    def test_a_past_that_is_not_there(self):
        recording, other = self.fleet.path("some.rec"), self.fleet.path("other.rec")
        self.says(4, "nothing matched in that time", "history", "--metric", "cpu", "app=nope")
        self.says(64, "that is more than 100,000 steps: make --step longer",
                  "history", "--metric", "cpu", "--since", "2d", "--step", "1s")
        self.says(4, "nothing is kept of that time", "export", other, "--since", "20h", "--until", "19h")
        done = self.fleet.looptop("record", recording, "--for", "3s")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.says(4, f"no host of that name is in {recording}", "history", "--metric", "cpu", "--from", recording, "--host", "nope")
        with open(recording, "rb") as file:
            data = file.read()
        with open(other, "wb") as file:
            file.write(data[:-3])
        done = self.fleet.looptop("history", "--metric", "cpu", "--from", other)
        self.assertIn(f"looptop: {other}: it was cut off: its end is missing", done.stderr.splitlines())
        with open(other, "wb") as file:
            file.write(data + b"12345")
        done = self.fleet.looptop("history", "--metric", "cpu", "--from", other)
        self.assertIn(f"looptop: {other}: 5 bytes of it are damaged and left out", done.stderr.splitlines())

    def test_a_state_directory_that_is_in_use(self):
        state, pid = self.fleet.path("alpha"), self.fleet.agents["alpha"].pid
        self.agent_says(
            73, f"{state} is held by the agent with pid {pid}; stop it, or give this agent another directory with --state-dir",
            "run", "--state-dir", state, "--socket", self.fleet.path("other.sock"))

    @unittest.skipUnless(os.getuid() == 0, "needs another user")
    def test_somebody_elses_agent(self):
        os.chmod(self.fleet.directory, 0o711)
        self.agent_says(
            77, f"{self.fleet.socket('alpha')}: permission denied: only the agent's own user and root may use it",
            "stdio", "--socket", self.fleet.socket("alpha"), user=["setpriv", "--reuid", "65534", "--clear-groups"])

    def test_what_an_agent_finds_and_loses(self):
        self.fleet.agents["alpha"].terminate()
        self.fleet.agents["alpha"].wait(20)
        with open(self.fleet.path("alpha", "audit.jsonl")) as kept:
            lines = kept.readlines()
        with open(self.fleet.path("alpha", "audit.jsonl"), "w") as changed:
            changed.writelines(["hello\n", *lines])
        bystander = self.fleet.start(["sleep", "1000"])
        self.fleet.agent("alpha", "--under", str(bystander.pid))
        self.logs("warning", "audit log: audit.jsonl:1: is no audit line")
        self.fleet.wait_for_socket("alpha")
        bystander.kill()
        bystander.wait()
        self.logs("warning", f"pid {bystander.pid} has ended: there is nothing left to watch below it")

    def logs(self, level, sentence):
        wait_until(lambda: f'level={level} msg="{sentence}"\n' in self.fleet.log("alpha"), 20, sentence)

    def test_an_audit_log_that_was_changed(self):
        self.fleet.agents["alpha"].terminate()
        self.fleet.agents["alpha"].wait(20)
        file = self.fleet.path("alpha", "audit.jsonl")
        with open(file) as kept:
            lines = kept.readlines()

        def verified():
            done = subprocess.run(
                [AGENT, "audit", "verify", "--state-dir", self.fleet.path("alpha")], capture_output=True, text=True, timeout=60)
            self.assertEqual(done.returncode, 1, done.stdout)
            return done.stdout.splitlines(), done.stderr.splitlines()

        with open(file, "w") as changed:
            changed.writelines(["hello\n", *lines])
        found, faults = verified()
        self.assertTrue(found[0].startswith(f"the audit log is not as it was written: {len(lines) + 1} lines; the last chain is "), found)
        self.assertEqual(faults, [f"{file}:1: has no chain: it was changed, or put there by somebody else"])
        for name in os.listdir(self.fleet.path("alpha")):
            if name.startswith("audit"):
                os.remove(self.fleet.path("alpha", name))
        self.assertEqual(
            verified(), (["the audit log is not as it was written: 0 lines"],
                         [f"{file}: is gone: an agent was begun here, and its log with it"]))


if __name__ == "__main__":
    unittest.main()
