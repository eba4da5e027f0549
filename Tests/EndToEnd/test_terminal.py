"""The terminal itself: colours, glyphs, sizes, and how it is given back."""
import os
import re
import signal
import subprocess
import unittest

from fleet import Fleet, LOOPTOP
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


if __name__ == "__main__":
    unittest.main()
