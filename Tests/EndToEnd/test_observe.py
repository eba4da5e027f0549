"""`looptop-agent observe` on real node processes: what it prints, that it is true, and how it ends."""
import json
import os
import shutil
import signal
import subprocess
import time
import unittest

from fleet import AGENT, Fleet, OrdinaryUser

NODE = shutil.which("node")

# In this order; more may follow them.
KEYS = [
    "pid", "t0_ns", "t1_ns", "tier", "quality", "lag_max_seconds", "lag_p99_seconds", "lag_p50_seconds",
    "utilization_ratio", "runqueue_ratio", "blocked_ratio", "open_stall_seconds", "stalls", "cause",
    "probe_gap_max_seconds", "agent_cpu_seconds",
]

IDLE = "require('http').createServer((q, r) => r.end('ok')).listen(0); setInterval(() => {}, 1000)"
SPIN = IDLE + """
setInterval(() => { const end = Date.now() + 200; while (Date.now() < end); }, 1000)"""
FUTEX = IDLE + """
const word = new Int32Array(new SharedArrayBuffer(4))
setInterval(() => Atomics.wait(word, 0, 0, 200), 1000)"""
THREADS = IDLE + """
const { Worker } = require('worker_threads')
new Worker('setInterval(() => { const end = Date.now() + 300; while (Date.now() < end); }, 1000)', { eval: true })"""


def ready(process):
    """Node says so itself: before that, its start is one long stretch of work."""
    assert process.stdout.readline() == "ready\n"
    return process


def node(home, code):
    return ready(home.start([NODE, "-e", code + "\nsetTimeout(() => console.log('ready'), 200)"],
                            stdout=subprocess.PIPE, text=True))


@unittest.skipUnless(NODE, "node is not installed")
class Observe(unittest.TestCase):
    alone = True  # lengths of time are what it is about

    def setUp(self):
        self.home = Fleet()
        self.addCleanup(self.home.__exit__)

    def node(self, code, home=None):
        process = node(home or self.home, code)
        self.addCleanup(process.stdout.close)
        return process

    def observe(self, process, *options, seconds=5, probe="10ms"):
        done = subprocess.run(
            [AGENT, "observe", "--pid", str(process.pid), "--probe", probe, "--seconds", str(seconds), "-o", "jsonl",
             *options], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def observed(self, process, enough, *options):
        """Lines until they are enough, at most 30: a machine that is busy with something else needs more of them."""
        observer = self.home.start(
            [AGENT, "observe", "--pid", str(process.pid), "--probe", "10ms", "-o", "jsonl", *options],
            stdout=subprocess.PIPE, text=True)
        self.addCleanup(observer.stdout.close)
        lines = []
        while not enough(lines) and len(lines) < 30:
            lines.append(json.loads(observer.stdout.readline()))
        observer.send_signal(signal.SIGINT)
        return lines

    def stalls(self, lines, at_least):
        return [stall for line in lines for stall in line["stalls"] if stall["seconds"] >= at_least]

    def test_the_line_is_as_promised(self):
        lines = self.observe(self.node(IDLE), seconds=3)
        self.assertEqual(len(lines), 3)
        for line in lines:
            self.assertEqual(list(line)[:len(KEYS)], KEYS)
            self.assertGreater(line["t1_ns"], line["t0_ns"])
            self.assertEqual(line["loop"], "epoll")
        for earlier, later in zip(lines, lines[1:]):
            self.assertEqual(earlier["t1_ns"], later["t0_ns"])
            self.assertAlmostEqual((later["t1_ns"] - later["t0_ns"]) / 1e9, 1, delta=0.25)
        self.assertIn(lines[-1]["tier"], ("proc", "perf"))
        self.assertEqual(lines[-1]["quality"], "exact")

    def test_a_spin_is_found_with_its_cause(self):
        for tier in ["proc", "auto"]:
            with self.subTest(tier=tier):
                def as_made(found):
                    return [stall for stall in found if stall["cause"] == "cpu" and stall["seconds"] < 0.23]
                process = self.node(SPIN)
                try:  # before all else that keeps this machine busy
                    os.setpriority(os.PRIO_PROCESS, process.pid, -20)
                except PermissionError:
                    pass  # then it waits for its turn
                found = self.stalls(self.observed(
                    process, lambda lines: len(found := self.stalls(lines, 0.15)) >= 3 and as_made(found),
                    "--tier", tier), 0.15)
                self.assertGreaterEqual(len(found), 3)
                # A machine that is busy with something else makes it longer, and starves it.
                self.assertTrue(all(stall["cause"] in ("cpu", "runqueue") for stall in found), found)
                self.assertTrue(as_made(found), found)

    def test_a_wait_for_a_lock_names_the_system_call(self):
        found = self.stalls(self.observe(self.node(FUTEX)), 0.15)
        self.assertGreaterEqual(len(found), 3)
        for stall in found:
            self.assertEqual((stall["cause"], stall["syscall"]), ("blocked", "futex"), found)

    def test_a_busy_thread_is_not_the_servers_lag(self):
        def thread_is_seen(lines):
            return any(loop["lag_max_seconds"] > 0.2 for line in lines for loop in line["loops"])
        lines = self.observed(
            self.node(THREADS), lambda lines: len(lines) >= 4 and thread_is_seen(lines), "--tier", "proc")
        # The server itself can only have waited for a CPU.
        self.assertEqual([stall for stall in self.stalls(lines, 0.25) if stall["cause"] != "runqueue"], [])
        self.assertGreaterEqual(lines[-1]["loop_threads"], 2, lines[-1])
        self.assertTrue(thread_is_seen(lines), lines)

    def test_a_stop_shows_while_it_lasts(self):
        process = self.node(IDLE)
        observer = self.home.start(
            [AGENT, "observe", "--pid", str(process.pid), "--probe", "10ms", "--tier", "proc", "-o", "jsonl"],
            stdout=subprocess.PIPE, text=True)
        self.addCleanup(observer.stdout.close)
        lines = (json.loads(line) for line in observer.stdout)
        self.assertEqual(next(line for line in lines if line["quality"] == "exact")["open_stall_seconds"], 0)
        process.send_signal(signal.SIGSTOP)
        ages = [line["open_stall_seconds"] for line, _ in zip(lines, range(4))]
        self.assertGreater(ages[-1], 2)
        self.assertEqual(ages, sorted(ages))
        process.send_signal(signal.SIGCONT)
        ended = next(line for line in lines if line["stalls"] and line["stalls"][-1]["seconds"] > 2)
        self.assertEqual(ended["stalls"][-1]["cause"], "stopped")
        self.assertEqual(ended["open_stall_seconds"], 0)

    def test_a_stop_before_it_began_is_at_least_so_long(self):
        process = self.node(IDLE)
        process.send_signal(signal.SIGSTOP)
        began = time.monotonic_ns()
        lines = self.observe(process, seconds=3)
        process.send_signal(signal.SIGCONT)
        for line in lines:
            self.assertEqual(line["quality"], "floor")
            self.assertGreaterEqual(line["watched_since_ns"], began)
            self.assertFalse(line["hung"])
        self.assertAlmostEqual(lines[-1]["open_stall_seconds"], 3, delta=0.5)

    def test_no_process_has_a_negative_number(self):
        done = subprocess.run([AGENT, "observe", "--pid", "-1"], capture_output=True, text=True, timeout=30)
        self.assertEqual(done.returncode, 64)
        self.assertIn("--pid -1: a process id is 1 or more", done.stderr)

    def test_ctrl_c_ends_it_and_so_does_a_reader_that_goes(self):
        process = self.node(IDLE)
        for signal_first in [True, False]:
            observer = self.home.start(
                [AGENT, "observe", "--pid", str(process.pid)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            self.assertIn(b"PID TIER", observer.stdout.readline())
            self.assertIn(b"%d" % process.pid, observer.stdout.readline())
            if signal_first:
                observer.send_signal(signal.SIGINT)
            observer.stdout.close()
            self.assertEqual(observer.wait(10), 0)
            self.assertEqual(observer.stderr.read(), b"")
            observer.stderr.close()

    def test_who_is_not_there_and_who_goes(self):
        gone = self.home.start(["true"])
        gone.wait()
        done = subprocess.run([AGENT, "observe", "--pid", str(gone.pid)], capture_output=True, text=True, timeout=30)
        self.assertEqual(done.returncode, 64)
        self.assertIn(f"--pid {gone.pid}: there is no process with that pid", done.stderr)

        process = self.node(IDLE)
        observer = self.home.start(
            [AGENT, "observe", "--pid", str(process.pid), "-o", "jsonl"], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)
        observer.stdout.readline()
        process.kill()  # it stays a zombie: nobody waits for it yet
        out, err = observer.communicate(timeout=20)
        self.assertEqual(observer.returncode, 0)
        self.assertEqual(err, f"pid {process.pid} has ended\n")
        for line in out.splitlines():
            self.assertEqual(json.loads(line)["open_stall_seconds"], 0)

    def test_what_is_recorded_can_be_replayed(self):
        file = self.home.path("probes")
        self.observe(self.node(SPIN), "--record", file, seconds=3)
        with open(file) as recording:
            lines = recording.read().splitlines()
        self.assertEqual(lines[0], "looptop-probes 1")
        self.assertTrue(lines[1].startswith("L 0 "), lines[1])
        self.assertEqual(sum(line.startswith("W 0 ") for line in lines), 3)
        self.assertGreater(sum(line[0] in "P=" for line in lines), 100)

    def test_an_ordinary_user_needs_no_privilege(self):
        with OrdinaryUser() as user:
            process = self.node(SPIN, home=user)
            done = user.run(
                [user.program(AGENT), "observe", "--pid", str(process.pid), "--probe", "10ms", "--tier", "proc",
                 "--seconds", "4", "-o", "jsonl"])
            self.assertEqual(done.returncode, 0, done.stderr)
            lines = [json.loads(line) for line in done.stdout.splitlines()]
            self.assertEqual(lines[-1]["tier"], "proc")
            self.assertGreaterEqual(len(self.stalls(lines, 0.15)), 2)

    @unittest.skipUnless(os.getuid() == 0, "needs two users")
    def test_of_another_user_only_utilisation_is_known(self):
        process = self.node(SPIN)
        with OrdinaryUser() as user:
            done = user.run(
                [user.program(AGENT), "observe", "--pid", str(process.pid), "--tier", "proc", "--seconds", "3", "-o",
                 "jsonl"])
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("does not allow tier proc", done.stderr)
            self.assertIn("needs CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH", done.stderr)
            line = json.loads(done.stdout.splitlines()[-1])
            self.assertEqual((line["tier"], line["quality"]), ("utilisation", "none"))
            self.assertIsNone(line["lag_max_seconds"])
            self.assertAlmostEqual(line["utilization_ratio"], 0.2, delta=0.12)


if __name__ == "__main__":
    unittest.main()
