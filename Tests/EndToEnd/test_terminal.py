"""The terminal itself: colours, glyphs, sizes, and how it is given back."""
import os
import pty
import random
import re
import signal
import struct
import termios
import time
import unittest

from fleet import Fleet, LOOPTOP, wait_until
from terminal import Terminal


def attributes(raw):
    """All parameters of all SGR sequences."""
    return {int(number or 0) for group in re.findall(rb"\x1b\[([0-9;]*)m", raw) for number in group.split(b";")}


COLORS = {*range(30, 50), *range(90, 108)}


class TerminalCase(unittest.TestCase):
    def setUp(self):
        self.fleet = Fleet()
        self.addCleanup(self.fleet.__exit__)
        self.fleet.workers("ingest", "--workers", "2")
        self.agent = self.fleet.agent("alpha", "--interval", "0.2")
        self.fleet.wait_for_socket("alpha")

    def opened(self, *options, wanted=r"alpha +\S+ +\d", **terminal_options):
        terminal = Terminal([LOOPTOP, "--socket", self.fleet.socket("alpha"), *options], **terminal_options)
        self.addCleanup(terminal.close)
        terminal.wait_for(wanted)
        return terminal


class Themes(TerminalCase):
    def with_a_lost_host(self, *options, **environment):
        """The parameters of what is drawn when a host goes down, and its line."""
        terminal = self.opened(*options, environment=environment)
        os.kill(self.agent.pid, signal.SIGKILL)
        terminal.wait_for(r"x alpha +DOWN")
        terminal.type("q")
        self.assertEqual(terminal.wait_for_end(), 0)
        return attributes(bytes(terminal.raw))

    def test_default_is_the_sixteen_colours(self):
        seen = self.with_a_lost_host()
        self.assertTrue({31, 7} <= seen, seen)
        self.assertFalse({38, 48} & seen, "more than sixteen colours")

    def test_no_color(self):
        for options, environment in [([], {"NO_COLOR": "1"}), (["--no-color"], {}), (["--theme", "mono"], {}),
                                     ([], {"TERM": "vt100"}), ([], {"NO_COLOR": "1", "LOOPTOP_THEME": "light"})]:
            with self.subTest(options=options, environment=environment):
                self.agent = self.fleet.agents["alpha"]
                if self.agent.poll() is not None:
                    os.unlink(self.fleet.socket("alpha"))
                    self.agent = self.fleet.agent("alpha", "--interval", "0.2")
                    self.fleet.wait_for_socket("alpha")
                seen = self.with_a_lost_host(*options, **environment)
                self.assertFalse(seen & (COLORS - {39, 49}), seen)
                self.assertNotIn(2, seen, "grey")
                self.assertIn(7, seen, "what is wrong must stand out all the same")

    def test_deuteranopia_has_no_red_and_no_green(self):
        seen = self.with_a_lost_host(LOOPTOP_THEME="deuteranopia")
        self.assertIn(44, seen)
        self.assertFalse({31, 32, 41, 42, 91, 92, 101, 102} & seen, seen)

    def test_the_linux_console_has_eight_colours(self):
        seen = self.with_a_lost_host("--theme", "high-contrast", TERM="linux")
        self.assertIn(41, seen)
        self.assertFalse(set(range(90, 108)) & seen, seen)

    def test_an_unknown_theme_is_named(self):
        for options, environment in [(["--theme", "pink"], {}), ([], {"LOOPTOP_THEME": "pink"})]:
            terminal = self.opened(*options, wanted="pink", environment=environment)
            self.assertEqual(terminal.wait_for_end(), 64)
            self.assertIn("high-contrast", terminal.text)


def modes(fd):
    """What a shell expects to find: flags of input, output, control and lines, without the speeds."""
    return termios.tcgetattr(fd)[:4]


class GivingBack(TerminalCase):
    def setUp(self):
        super().setUp()
        master, slave = pty.openpty()
        self.usual = modes(slave)
        os.close(master)
        os.close(slave)

    def given_back(self, terminal):
        self.assertEqual(modes(terminal.fd), self.usual)
        raw = bytes(terminal.raw)
        for taken, left in [(b"\x1b[?1049h", b"\x1b[?1049l"), (b"\x1b[?2004h", b"\x1b[?2004l"),
                            (b"\x1b[?1h", b"\x1b[?1l"), (b"\x1b[?25l", b"\x1b[?25h")]:
            self.assertGreaterEqual(raw.rfind(left), raw.rfind(taken), (taken, raw[-300:]))

    def test_however_it_ends(self):
        for end in ["q", "\x03", signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1,
                    signal.SIGUSR2, signal.SIGALRM]:
            with self.subTest(end=end):
                terminal = self.opened()
                self.assertNotEqual(modes(terminal.fd), self.usual)
                if isinstance(end, str):
                    terminal.type(end)
                    self.assertEqual(terminal.wait_for_end(), 0)
                else:
                    os.kill(terminal.pid, end)
                    self.assertEqual(terminal.wait_for_end(), 128 + end)
                self.given_back(terminal)

    def test_crashes(self):
        for end in [signal.SIGABRT, signal.SIGSEGV, signal.SIGILL, signal.SIGBUS, signal.SIGFPE, signal.SIGTRAP]:
            with self.subTest(end=end):
                terminal = self.opened()
                os.kill(terminal.pid, end)
                self.assertEqual(terminal.wait_for_end(), -end)
                self.given_back(terminal)

    def test_suspended_by_its_key_and_continued_by_the_shell(self):
        shell = Terminal(["bash", "--norc", "--noprofile", "-i"], environment={"PS1": "shell> "})
        self.addCleanup(shell.close)
        shell.wait_for("shell>")
        shell.type(f"{LOOPTOP} --socket {self.fleet.socket('alpha')}\r")
        for round in range(2):
            shell.wait_for(r"alpha +\S+ +\d")
            mark = len(shell.raw)
            shell.type("\x1a")
            wait_until(lambda: shell.read(0.1) and b"Stopped" in shell.raw[mark:], what="the shell's word")
            self.assertIn(b"\x1b[?1049l", shell.raw[mark:])
            shell.screen.reset()
            shell.type("stty -a | grep -o '.icanon'; echo and echo\r")
            shell.wait_for(r"(?m)^ icanon\s+and echo")
            shell.screen.reset()
            shell.type("fg\r")
            shell.wait_for(r"alpha +\S+ +\d")
            self.assertRegex(shell.text, "q quit")
        shell.type("q")
        shell.wait_for("shell>")
        shell.type("exit\r")
        self.assertEqual(shell.wait_for_end(), 0)

    def test_nobody_could_continue_it(self):
        """In a terminal of its own Ctrl-Z must not lock the user out."""
        terminal = self.opened()
        mark = len(terminal.raw)
        terminal.type("\x1a")
        wait_until(lambda: terminal.read(0.1) and b"\x1b[?1049h" in terminal.raw[mark:], what="taking it again")
        terminal.type("?")
        terminal.wait_for("Help: fleet")

    def test_stopped_and_continued_from_outside(self):
        terminal = self.opened()
        os.kill(terminal.pid, signal.SIGSTOP)
        wait_until(lambda: "T" == open(f"/proc/{terminal.pid}/stat").read().rsplit(")", 1)[1].split()[0],
                   what="its stop")
        # A shell sets its own modes, and writes its prompt.
        attributes = termios.tcgetattr(terminal.fd)
        attributes[:4] = self.usual
        termios.tcsetattr(terminal.fd, termios.TCSANOW, attributes)
        terminal.screen.reset()
        os.kill(terminal.pid, signal.SIGCONT)
        terminal.wait_for(r"alpha +\S+ +\d")
        wait_until(lambda: modes(terminal.fd) != self.usual, what="raw modes")


class Sizes(TerminalCase):
    def test_a_storm_of_sizes_ends_in_the_last_one(self):
        terminal = self.opened()
        dice = random.Random(7)
        mark = len(terminal.raw)
        begin = time.monotonic()
        for _ in range(300):
            terminal.resize(dice.randrange(1, 60), dice.randrange(1, 200))
            terminal.read(0.002)
        span = time.monotonic() - begin
        terminal.resize(30, 100)
        terminal.wait_for(lambda t: re.search(r"alpha +\S+ +\d", t.text) and "q quit" in t.screen.display[29])
        self.assertIn("hosts 1", terminal.screen.display[0])
        clears = bytes(terminal.raw[mark:]).count(b"\x1b[H\x1b[2J")
        self.assertLess(clears, span / 0.05 + 5, f"whole screens in {span} s: a size that does not rest is not drawn")
        terminal.type("?")
        terminal.wait_for("Help: fleet")
        terminal.type("\x1bq")
        self.assertEqual(terminal.wait_for_end(), 0)

    def test_a_paste_goes_into_the_filter_and_nowhere_else(self):
        terminal = self.opened()
        terminal.type("/")
        terminal.wait_for("filter: ")
        terminal.type("\x1b[200~al\rq\x1b[2J\x03pha\x1b[201~")
        # Ctrl-C ends a paste, in case its end got lost; it quits nothing that is asked about first.
        self.assertEqual(terminal.wait_for_end(), 0)
        terminal = self.opened()
        terminal.type("/")
        terminal.wait_for("filter: ")
        terminal.type("\x1b[200~al\rq\x1b[2Jpha\x1b[201~")
        terminal.wait_for(r"filter: al\\x0aq\\x1b\[2Jpha")
        terminal.type("\r")
        terminal.wait_for("no host matches the filter")
        self.assertIn("hosts 1", terminal.screen.display[0])


class Cursor(TerminalCase):
    """Braille displays and screen readers follow the hardware cursor."""

    def on_the_selected_row(self, terminal, after):
        terminal.wait_for(lambda t: t.cursor_line.startswith(">") and not t.screen.cursor.hidden, what=after)

    def close_dialog(self, terminal, title):
        """What is typed within the first 300 ms of a dialog is dropped, Esc too."""
        def closed():
            if title not in terminal.text:
                return True
            terminal.type("\x1b")
            terminal.read(0.5)
            return title not in terminal.text

        wait_until(closed, what="the end of the dialog")

    def test_it_is_where_the_user_is(self):
        self.fleet.allow_restarts("alpha")
        terminal = self.opened()
        for key in ["j", "k", "G", "g", "s", "I"]:
            terminal.type(key)
            self.on_the_selected_row(terminal, key)
        terminal.type("/")
        terminal.wait_for(lambda t: t.cursor_line.startswith("filter: "))
        terminal.type("alp")
        terminal.wait_for(lambda t: t.cursor_line.startswith("filter: alp") and t.screen.cursor.x == len("filter: alp"))
        terminal.type("\r")
        self.on_the_selected_row(terminal, "filter")
        terminal.type("\r")
        terminal.wait_for(r"> ?. ingest")
        for key in ["j", "j", "k", "G", "g", "t", "t", "s"]:
            terminal.type(key)
            self.on_the_selected_row(terminal, key)
        terminal.type("G")
        self.on_the_selected_row(terminal, "G")
        terminal.type("\r")
        terminal.wait_for(r"pid \d+")
        self.assertFalse(terminal.screen.cursor.hidden)
        terminal.type("a")
        terminal.wait_for("Actions: ")
        terminal.wait_for(lambda t: re.search(r"> \w+", t.cursor_line), what="an action")
        self.close_dialog(terminal, "Actions: ")
        terminal.type("r")
        terminal.wait_for(lambda t: "[>Cancel" in t.cursor_line or "[>Esc" in t.cursor_line, what="the button")
        self.close_dialog(terminal, "Restart")
        terminal.type("?")
        terminal.wait_for("Help: ")
        self.assertFalse(terminal.screen.cursor.hidden)


class Bytes(TerminalCase):
    """What a slow link has to carry."""

    alone = True  # on a busy machine samples and frames come in other numbers

    def per_second(self, terminal, seconds=6):
        end = time.monotonic() + seconds
        mark = terminal.bytes_read
        while time.monotonic() < end:
            terminal.read(0.1)
        return (terminal.bytes_read - mark) / seconds

    def test_a_refresh_fits_its_budget(self):
        for name in ["api", "billing", "search", "mailer"]:
            self.fleet.workers(name, "--workers", "6")
        for rows, columns, budget in [(40, 120, 3072), (60, 200, 6144)]:
            with self.subTest(columns=columns):
                terminal = self.opened(rows=rows, columns=columns)
                terminal.type("\r")
                terminal.wait_for(r"mailer")
                # The agent samples five times a second, the screen ticks once.
                self.assertLess(self.per_second(terminal) / 5, budget)
                terminal.type("q")
                terminal.wait_for_end()

    def test_a_key_that_changes_nothing_sends_nothing(self):
        terminal = self.opened()
        self.agent.terminate()
        terminal.wait_for("DOWN")
        silent = 0
        for _ in range(40):
            terminal.read(0)
            mark = terminal.bytes_read
            terminal.type("u")
            terminal.read(0.1)
            silent += terminal.bytes_read == mark
        # Once a second the clock is a reason to write.
        self.assertGreater(silent, 20)

    def test_a_picture_is_whole_where_the_terminal_can(self):
        for answer in [None, 0, 1, 2, 4]:
            with self.subTest(answer=answer):
                terminal = self.opened()
                self.assertIn(b"\x1b[?2026$p", terminal.raw)
                if answer is not None:
                    terminal.type(f"\x1b[?2026;{answer}$y")
                can = answer in (1, 2)
                terminal.type("?")
                terminal.wait_for("Help: fleet")
                terminal.type("\x1b")
                terminal.wait_for(lambda t: "Help: fleet" not in t.text)
                raw = bytes(terminal.raw)
                self.assertEqual(b"\x1b[?2026h" in raw, can)
                if can:
                    help = raw.index(b"Help: fleet")
                    self.assertGreater(raw.rindex(b"\x1b[?2026h", 0, help), raw.rfind(b"\x1b[?2026l", 0, help))
                terminal.type("q")
                self.assertEqual(terminal.wait_for_end(), 0)
                raw = bytes(terminal.raw)
                self.assertGreaterEqual(raw.count(b"\x1b[?2026l"), raw.count(b"\x1b[?2026h"))

    def test_poor_terminals_are_asked_nothing(self):
        for name in ["linux", "vt100"]:
            terminal = self.opened(environment={"TERM": name})
            self.assertNotIn(b"2026", terminal.raw)


if __name__ == "__main__":
    unittest.main()
