"""`c`: what the cursor is on, handed to the clipboard of whoever sits at the terminal (OSC 52), in tmux too."""
import base64
import os
import re
import shutil
import subprocess
import unittest

from fleet import Fleet, LOOPTOP, wait_until
from terminal import Terminal


class Copy(unittest.TestCase):
    def setUp(self):
        self.fleet = Fleet()
        self.addCleanup(self.fleet.__exit__)
        self.fleet.workers("inkwell", "--workers", "2")
        self.fleet.agent("alpha", "--interval", "0.2")
        self.fleet.wait_for_socket("alpha")
        self.fleet.allow_restarts("alpha")

    def opened(self, **terminal_options):
        terminal = Terminal([LOOPTOP, "--socket", self.fleet.socket("alpha")], **terminal_options)
        self.addCleanup(terminal.close)
        terminal.wait_for(r"alpha +\S+ +\d")
        return terminal

    def copied(self, terminal, mark):
        """The texts that were handed over since."""
        terminal.wait_for(lambda t: b"\x1b]52;c;" in t.raw[mark:] and b"\x07" in t.raw[mark:], what="OSC 52")
        return [base64.b64decode(text).decode()
                for text in re.findall(rb"\x1b\]52;c;([A-Za-z0-9+/=]*)\x07", terminal.raw[mark:])]

    def test_names_of_hosts_workers_and_a_dialogs_plan(self):
        terminal = self.opened(rows=30, columns=100)
        terminal.type("c")
        terminal.wait_for("copied, where the terminal allows it: alpha")
        self.assertEqual(self.copied(terminal, 0), ["alpha"])
        terminal.type("3/inkwell\r")
        terminal.wait_for("alpha +inkwell#2", what="the row, and not the event that tells of it")
        mark = len(terminal.raw)
        terminal.type("gc")
        text = self.copied(terminal, mark)[0]
        self.assertRegex(text, r"^alpha/\S+#\d+ pid \d+$")
        terminal.wait_for(re.escape("allows it: " + text))
        mark = len(terminal.raw)
        terminal.type("r")
        terminal.wait_for("SIGTERM to")

        def asked():
            terminal.type("c")  # what is typed at once is dropped
            terminal.read(0.2)
            return b"\x1b]52;" in terminal.raw[mark:]

        wait_until(asked, what="the dialog's text")
        text = self.copied(terminal, mark)[0]
        self.assertRegex(text, r"(?s)^Restart worker\n.*SIGTERM to")

    def test_a_terminal_without_a_clipboard_is_not_written_to(self):
        terminal = self.opened(environment={"TERM": "linux"})
        terminal.type("c")
        terminal.wait_for("not copied: ")
        self.assertNotIn(b"\x1b]52", terminal.raw)

    @unittest.skipUnless(shutil.which("tmux"), "needs tmux")
    def test_in_tmux(self):
        for options, kept, handed_on in [
            (["set -s set-clipboard on"], True, None),
            (["set -s set-clipboard off", "set -g allow-passthrough on"], False, True),
        ]:
            with self.subTest(options=options):
                socket, config = self.fleet.path("tmux"), self.fleet.path("tmux.conf")
                with open(config, "w") as file:
                    file.write("\n".join(options) + "\n")
                command = f"{LOOPTOP} --socket {self.fleet.socket('alpha')}"
                terminal = Terminal(["tmux", "-S", socket, "-f", config, "new-session", command],
                                    environment={"TMUX": "", "SHELL": "/bin/sh"})
                self.addCleanup(terminal.close)
                terminal.wait_for(r"alpha +\S+ +\d")
                mark = len(terminal.raw)
                terminal.type("c")
                terminal.wait_for("copied, where the terminal allows it: alpha")

                def buffer():
                    terminal.read(0.1)
                    done = subprocess.run(["tmux", "-S", socket, "show-buffer"], capture_output=True, text=True)
                    return done.stdout if done.returncode == 0 else None

                if kept:
                    self.assertEqual(wait_until(buffer, what="tmux's buffer"), "alpha")
                if handed_on:
                    self.assertIn("alpha", self.copied(terminal, mark))
                    self.assertIsNone(buffer())
                terminal.type("q")
                terminal.wait_for_end()
                if os.path.exists(socket):
                    os.unlink(socket)


if __name__ == "__main__":
    unittest.main()
