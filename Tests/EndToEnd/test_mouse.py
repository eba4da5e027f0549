"""The mouse, as terminals report it (SGR, mode 1006), on the real program."""
import os
import re
import signal
import time
import unittest

from fleet import Fleet, LOOPTOP, wait_until
from terminal import Terminal

ON, OFF = b"\x1b[?1000h\x1b[?1006h", b"\x1b[?1006l\x1b[?1000l"


class Mouse(unittest.TestCase):
    def setUp(self):
        self.fleet = Fleet()
        self.addCleanup(self.fleet.__exit__)
        self.fleet.workers("mouse-ear", "--workers", "2")
        self.fleet.workers("mouse-tail", "--workers", "3")
        self.fleet.agent("alpha", "--interval", "0.2")
        self.fleet.wait_for_socket("alpha")
        self.fleet.allow_restarts("alpha")
        self.config = self.fleet.path("config.json5")
        with open(self.config, "w") as file:
            file.write("{ mouse: true }\n")

    def opened(self, *options, **terminal_options):
        terminal = Terminal([LOOPTOP, "--socket", self.fleet.socket("alpha"), *options], **terminal_options)
        self.addCleanup(terminal.close)
        terminal.wait_for(r"alpha +\S+ +\d")
        return terminal

    def place(self, terminal, pattern):
        """Row and column, from 0, of what matches."""
        for row, line in enumerate(terminal.screen.display):
            found = re.search(pattern, line)
            if found:
                return row, found.start()
        raise AssertionError(f"not on the screen: {pattern}\n{terminal.text}")

    def press(self, terminal, row, column, button=0):
        terminal.type(f"\x1b[<{button};{column + 1};{row + 1}M")
        if button == 0:
            terminal.type(f"\x1b[<{button};{column + 1};{row + 1}m")

    def click(self, terminal, pattern, times=1):
        # A click within half a second of another is a double one.
        last = getattr(terminal, "clicked", 0)
        wait_until(lambda: time.monotonic() - last > 0.6, what="another click")
        row, column = self.place(terminal, pattern)
        for _ in range(times):
            self.press(terminal, row, column)
        terminal.clicked = time.monotonic()

    def test_without_being_asked_for_it_is_the_terminals(self):
        terminal = self.opened()
        terminal.type("?")
        terminal.wait_for("Help: fleet")
        self.assertNotIn(b"\x1b[?1000h", terminal.raw)
        self.assertNotIn(b"\x1b[?1006h", terminal.raw)

    def test_set_takes_it_and_leaves_it(self):
        terminal = self.opened()
        for word, sequence in [("on", ON), ("off", OFF)]:
            mark = len(terminal.raw)
            terminal.type(f":set mouse {word}\r")
            terminal.wait_for(f"mouse {word}: ")
            self.assertIn(sequence, terminal.raw[mark:])
        terminal.type("q")
        self.assertEqual(terminal.wait_for_end(), 0)

    def test_rows_heads_keys_and_the_way_back(self):
        terminal = self.opened("--config", self.config, rows=30, columns=120)
        self.assertIn(ON, terminal.raw)
        self.click(terminal, r" alpha +[A-Z]+ ", times=2)
        terminal.wait_for("Fleet > alpha")
        terminal.type("/mouse-\r")  # whatever else this machine runs
        terminal.wait_for("filter: mouse-")
        terminal.wait_for("mouse-ear")
        terminal.wait_for("mouse-tail")
        for name in ["mouse-ear", "mouse-tail"]:
            self.click(terminal, rf" {name}\b")
            terminal.wait_for(lambda t: name in t.cursor_line and t.cursor_line.startswith(">"), what=name)
        self.click(terminal, r"\bRSS\b")
        terminal.wait_for("RSS▼")
        self.click(terminal, "RSS▼")
        terminal.wait_for("sort RSS inverted")
        self.click(terminal, r" mouse-tail\b", times=2)
        terminal.wait_for("Fleet > alpha > mouse-tail")
        self.click(terminal, "alpha > mouse-tail")
        terminal.wait_for(lambda t: "mouse-tail" not in t.screen.display[2] and "Fleet > alpha" in t.screen.display[2])
        self.click(terminal, "Fleet >")
        terminal.wait_for("Fleet > hosts .*3 workers")
        self.click(terminal, "3 workers")
        terminal.wait_for("Fleet > workers")
        terminal.wait_for("a actions .*C-r reconnect  [?] help")  # the whole line of keys
        self.click(terminal, r"\? help")
        terminal.wait_for("Help: all workers")
        self.press(terminal, 5, 5, button=65)
        terminal.wait_for(r"lines 4-")
        self.press(terminal, 5, 5, button=64)
        terminal.wait_for(r"lines 1-")
        self.click(terminal, "Esc close")
        terminal.wait_for("C-r reconnect  [?] help")
        self.click(terminal, "q quit")
        self.assertEqual(terminal.wait_for_end(), 0)
        self.assertGreater(terminal.raw.rfind(OFF), terminal.raw.rfind(ON))

    def test_a_restart_still_needs_its_dialog(self):
        terminal = self.opened("--config", self.config, rows=30, columns=100)
        terminal.type("3/mouse-ear\r")
        terminal.wait_for(r"mouse-ear#2")
        pid = terminal.wait_for(r"mouse-ear#2 +(\d+) ")[1]
        self.click(terminal, "mouse-ear#2")
        terminal.wait_for(lambda t: "mouse-ear#2" in t.cursor_line)
        self.click(terminal, "r restart", times=3)
        terminal.wait_for("Restart worker")
        terminal.wait_for("SIGTERM to")
        self.click(terminal, r"\[.Cancel")
        terminal.wait_for(lambda t: "Restart worker" not in t.text)
        terminal.wait_for(rf"mouse-ear#2 +{pid} ")
        self.click(terminal, "r restart")
        terminal.wait_for("SIGTERM to")
        self.click(terminal, "y Restart", times=2)
        # It was never tried here: that is asked once more, and no double click answers it.
        terminal.wait_for("Do it all the same")
        self.assertIn(pid, terminal.text)
        self.click(terminal, "y Restart")
        terminal.wait_for("replaced")
        self.assertNotEqual(terminal.wait_for(r"mouse-ear#2 +(\d+) (?!EXITED)")[1], pid)

    def test_it_is_given_back_however_it_ends(self):
        for end in [signal.SIGTERM, signal.SIGHUP, signal.SIGSEGV, signal.SIGABRT]:
            with self.subTest(end=end):
                terminal = self.opened(
                    "--config", self.config, environment={"SWIFT_BACKTRACE": "enable=no"})
                os.kill(terminal.pid, end)
                terminal.wait_for_end()
                self.assertGreater(terminal.raw.rfind(OFF), terminal.raw.rfind(ON))

    def test_suspended_it_is_the_shells(self):
        shell = Terminal(["bash", "--norc", "--noprofile", "-i"], environment={"PS1": "shell> "})
        self.addCleanup(shell.close)
        shell.wait_for("shell>")
        shell.type(f"{LOOPTOP} --config {self.config} --socket {self.fleet.socket('alpha')}\r")
        shell.wait_for(r"alpha +\S+ +\d")
        mark = len(shell.raw)
        shell.type("\x1a")
        wait_until(lambda: shell.read(0.1) and b"Stopped" in shell.raw[mark:], what="the shell's word")
        self.assertIn(OFF, shell.raw[mark:])
        mark = len(shell.raw)
        shell.screen.reset()
        shell.type("fg\r")
        shell.wait_for(r"alpha +\S+ +\d")
        self.assertIn(ON, shell.raw[mark:])
        shell.type("q")
        shell.wait_for("shell>")
        shell.type("exit\r")
        self.assertEqual(shell.wait_for_end(), 0)


if __name__ == "__main__":
    unittest.main()
