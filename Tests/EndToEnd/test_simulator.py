"""looptop-sim: simulated hosts are hosts like others to looptop, each with the fault it was given."""

import json
import resource
import shutil
import subprocess
import tempfile
import unittest

from fleet import BIN, end_with_parent


class Simulator:
    """Simulated hosts in a directory of their own, until the end of the test."""

    def __init__(self, test, *arguments):
        self.directory = tempfile.mkdtemp(prefix="looptop-sim.")
        test.addCleanup(shutil.rmtree, self.directory)
        self.process = subprocess.Popen(
            [BIN + "/looptop-sim", *arguments], cwd=self.directory, stdout=subprocess.PIPE, text=True,
            preexec_fn=end_with_parent)
        test.addCleanup(self.end)
        self.ready = self.process.stdout.readline()
        test.assertRegex(self.ready, "^ready: ")

    def end(self):
        self.process.terminate()
        self.process.wait(10)
        self.process.stdout.close()

    def looptop(self, *arguments, **options):
        return subprocess.run(
            [BIN + "/looptop", *arguments], cwd=self.directory, capture_output=True, text=True, timeout=60, **options)

    def states(self, *arguments):
        listing = json.loads(self.looptop("ls", "hosts", "-o", "json", *arguments).stdout)
        return {host["name"]: host["state"] for host in listing["hosts"]}


class Simulated(unittest.TestCase):
    def test_over_tls_each_host_has_the_state_of_its_fault(self):
        state = ["--state-dir", "state"]
        simulator = Simulator(
            self, "--hosts", "20", "--workers", "5", "--listen", "127.0.0.1:21000", *state,
            "--bad-certificates", "20%", "--old-protocol", "10%", "--black-holed", "10%")
        self.assertIn("12 well, 2 black-holed, 4 bad certificates, 2 old protocol", simulator.ready)
        counts = {}
        for found in simulator.states(*state, "--timeout", "12s").values():
            kind = "well" if found in ("ok", "warn", "crit") else found
            counts[kind] = counts.get(kind, 0) + 1
        self.assertEqual(counts, {"well": 12, "untrusted": 4, "ver": 2, "down": 2})

    def test_hosts_beyond_the_hard_limit_of_open_files_are_not_dialled(self):
        state = ["--state-dir", "state"]
        simulator = Simulator(self, "--hosts", "60", "--workers", "1", "--listen", "127.0.0.1:21100", *state)
        done = simulator.looptop(
            "ls", "hosts", "-o", "json", *state,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100)))
        errors = [host["error"] for host in json.loads(done.stdout)["hosts"]]
        # 64 descriptors are left for all else.
        self.assertEqual(errors.count(None), 36, done.stderr)
        self.assertEqual(
            errors.count("not dialled: looptop may have 100 files open here, too few for all hosts"), 24, done.stderr)

    def test_a_worker_is_restarted_over_a_unix_socket(self):
        directory = tempfile.mkdtemp(prefix="looptop-sim.")
        self.addCleanup(shutil.rmtree, directory)
        simulator = Simulator(
            self, "--hosts", "2", "--workers", "4", "--seed", "3", "--listen", directory, "--write-hosts", "hosts")
        with open(simulator.directory + "/hosts") as file:
            addresses = file.read().split()
        self.assertEqual(addresses, [directory + "/1.sock", directory + "/2.sock"])
        where = ["--socket", addresses[0], "--state-dir", "none"]
        workers = json.loads(simulator.looptop("ls", "workers", "-o", "json", *where).stdout)["workers"]
        self.assertIn(len(workers), (3, 4))  # one may be missing
        target = f"{workers[0]['host']}/{workers[0]['app']}#{workers[0]['slot']}"
        done = simulator.looptop("restart", target, "--yes", "--wait", *where)
        self.assertEqual(done.returncode, 0, done.stderr + done.stdout)
        self.assertIn("replaced", done.stdout + done.stderr)

    def test_what_cannot_be_is_refused_with_a_sentence(self):
        for arguments, words in [
            (["--hosts", "0"], "1 to 10000"),
            (["--black-holed", "60%", "--slow", "50%"], "exceed 100%"),
            ([], "--state-dir"),
            (["--listen", "/x", "--bad-certificates", "5%"], "unix sockets have no certificates"),
        ]:
            done = subprocess.run([BIN + "/looptop-sim", *arguments], capture_output=True, text=True, timeout=20)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn(words, done.stderr)


if __name__ == "__main__":
    unittest.main()
