"""`looptop --plain`: lines of text, for screen readers, serial lines, and pipes."""
import os
import re
import select
import signal
import subprocess
import time
import unittest

from fleet import Fleet, LOOPTOP, end_with_parent, wait_until
from terminal import Terminal


class Plain(unittest.TestCase):
    def setUp(self):
        self.fleet = Fleet()
        self.addCleanup(self.fleet.__exit__)
        self.fleet.workers("inkwell", "--workers", "2")
        self.agent = self.fleet.agent("alpha", "--interval", "0.2")
        self.fleet.wait_for_socket("alpha")
        self.fleet.allow_restarts("alpha")
        self.text = b""

    def opened(self, stdin=subprocess.PIPE, **environment):
        surroundings = dict(os.environ, LC_ALL="C.UTF-8", TERM="dumb", **environment)
        process = subprocess.Popen(
            [LOOPTOP, "--plain", "--socket", self.fleet.socket("alpha")], stdin=stdin, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, env=surroundings, preexec_fn=end_with_parent)
        self.addCleanup(self.end, process)
        return process

    def end(self, process):
        if process.poll() is None:
            process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream and not stream.closed:
                stream.close()

    def heard(self, process, pattern, seconds=20):
        """Reads until a line matches; what came is kept in `text`."""
        def found():
            ready, _, _ = select.select([process.stdout], [], [], 0.1)
            if ready:
                self.text += os.read(process.stdout.fileno(), 65536)
            return re.search(pattern, self.text.decode(), re.MULTILINE)
        try:
            return wait_until(found, seconds, pattern)
        except AssertionError:
            raise AssertionError(f"not heard: {pattern}\n{self.text.decode()}")

    def say(self, process, line):
        self.text = b""
        process.stdin.write(line.encode() + b"\n")
        process.stdin.flush()

    def test_a_session(self):
        process = self.opened()
        self.heard(process, r"^> alpha \S+ .*\d")
        everything = self.text
        for line, wanted in [
            ("3", r"^Fleet > workers"), ("/inkwell", r"^> alpha inkwell#\d"), ("", r"^Fleet > alpha > inkwell#\d"),
            ("Esc", r"^Fleet > workers"), (":hosts", r"^Fleet > hosts"), ("/nonsense=", r"nonsense"),
            ("?", r"^Help: fleet screen"), ("Esc", r"^Fleet > hosts"), (":nonsense", r"no command"),
            ("3", r"^Fleet > workers"), ("/inkwell", r"^> alpha inkwell#\d"),
        ]:
            with self.subTest(line=line):
                self.say(process, line)
                self.heard(process, wanted)
                everything += self.text
        self.say(process, "r")
        self.heard(process, r"SIGTERM to")
        everything += self.text

        def confirmed():
            self.say(process, "y")  # what is typed at once is dropped
            try:
                return self.heard(process, r"restart of .* sent|replaced", 1)
            except AssertionError:
                return None

        wait_until(confirmed, what="the confirmation")
        self.heard(process, r"replaced")
        everything += self.text
        self.say(process, "q")
        self.assertEqual(process.wait(20), 0)
        self.assertNotIn(b"\x1b", everything)
        self.assertNotIn(b"\r", everything)
        self.assertEqual(process.stderr.read(), b"")

    def test_what_changes_is_told_and_numbers_are_not(self):
        process = self.opened()
        self.heard(process, r"^> alpha \S+ .*\d")
        self.heard(process, r"^Keys: ")
        begin = time.monotonic()
        self.text = b""
        os.kill(self.agent.pid, signal.SIGKILL)
        self.heard(process, r"^(> )?alpha DOWN")
        span = time.monotonic() - begin
        # The agent samples five times a second.
        self.assertLess(self.text.count(b"\n"), 20 + 4 * span + 1)

    def test_it_goes_on_after_the_end_of_a_pipe(self):
        process = self.opened()
        process.stdin.write(b"3\n")
        process.stdin.close()
        self.heard(process, r"inkwell#2")
        os.kill(self.agent.pid, signal.SIGKILL)
        self.heard(process, r"alpha DOWN|DOWN")
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(20), 128 + signal.SIGINT)

    def test_a_reader_that_leaves_ends_it_quietly(self):
        process = self.opened(stdin=subprocess.DEVNULL)
        self.heard(process, r"alpha")
        process.stdout.close()
        os.kill(self.agent.pid, signal.SIGKILL)
        process.wait(30)
        self.assertEqual(process.stderr.read(), b"")

    def test_on_a_terminal_that_can_do_nothing(self):
        terminal = Terminal([LOOPTOP, "--plain", "--socket", self.fleet.socket("alpha")],
                            environment={"TERM": "dumb"}, rows=200)
        self.addCleanup(terminal.close)
        terminal.wait_for(r"> alpha \S+ .*\d")
        terminal.type("3\n")
        terminal.wait_for(r"inkwell#2")
        self.assertNotIn(b"\x1b", terminal.raw)
        terminal.type("\x04")
        self.assertEqual(terminal.wait_for_end(), 0)


if __name__ == "__main__":
    unittest.main()
