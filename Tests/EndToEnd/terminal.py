"""A program in a pseudo-terminal, with pyte as the terminal that reads what it draws."""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time

import pyte


class Screen(pyte.Screen):
    """With what xterm does and pyte does not: ncurses scrolls parts of the screen by several lines with SU and SD."""

    def scroll(self, edge, step, count):
        top, bottom = self.margins or (0, self.lines - 1)
        row, self.cursor.y = self.cursor.y, top if edge == "top" else bottom
        for _ in range(min(count or 1, bottom - top + 1)):
            step()
        self.cursor.y = row

    def scroll_up(self, count=None, **_):
        self.scroll("bottom", self.index, count)

    def scroll_down(self, count=None, **_):
        self.scroll("top", self.reverse_index, count)


class Stream(pyte.ByteStream):
    csi = dict(pyte.ByteStream.csi, S="scroll_up", T="scroll_down")
    events = pyte.ByteStream.events | {"scroll_up", "scroll_down"}


class Terminal:
    def __init__(self, arguments, rows=24, columns=80, environment=None, before=None):
        self.screen = Screen(columns, rows)
        self.stream = Stream(self.screen)
        self.bytes_read = 0
        self.raw = bytearray()
        self.status = None
        surroundings = dict(os.environ, TERM="xterm-256color", LC_ALL="C.UTF-8")
        surroundings.pop("NO_COLOR", None)
        surroundings.update(environment or {})
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            # Until the size is set the program would start at 0x0.
            size = struct.pack("HHHH", rows, columns, 0, 0)
            fcntl.ioctl(0, termios.TIOCSWINSZ, size)
            # As of a shell in a terminal, however these tests were started: in the background SIGINT is ignored.
            for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGPIPE):
                signal.signal(number, signal.SIG_DFL)
            if before:
                before()
            os.execvpe(arguments[0], arguments, surroundings)

    def resize(self, rows, columns):
        self.screen.resize(rows, columns)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, keys):
        os.write(self.fd, keys.encode() if isinstance(keys, str) else keys)

    def read(self, seconds):
        """Takes what is there, waiting at most so long for the first byte. False at the end of the program."""
        ready, _, _ = select.select([self.fd], [], [], seconds)
        if not ready:
            return True
        try:
            data = os.read(self.fd, 65536)
        except OSError:  # EIO: the program has closed its side
            return False
        self.bytes_read += len(data)
        self.raw += data
        self.stream.feed(data)
        return bool(data)

    @property
    def text(self):
        return "\n".join(line.rstrip() for line in self.screen.display)

    def line_with(self, pattern):
        return next((line for line in self.screen.display if re.search(pattern, line)), None)

    @property
    def cursor_line(self):
        return self.screen.display[self.screen.cursor.y]

    def wait_for(self, wanted, seconds=20, what=None):
        """Until `wanted` (a pattern, or a function of this terminal) is on the screen; returns the match."""
        condition = wanted if callable(wanted) else lambda t: re.search(wanted, t.text)
        end = time.monotonic() + seconds
        while True:
            found = condition(self)
            if found:
                return found
            left = end - time.monotonic()
            if left <= 0 or not self.read(min(left, 0.5)):
                raise AssertionError(f"not on the screen within {seconds} s: {what or wanted}\n{self.text}")

    def wait_for_end(self, seconds=10):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.read(0.05)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = status
                self.read_the_rest()
                return os.waitstatus_to_exitcode(status)
        raise AssertionError(f"did not end within {seconds} s\n{self.text}")

    def read_the_rest(self):
        """What an ended program wrote last; at most a second where somebody else still holds the terminal."""
        end = time.monotonic() + 1
        while time.monotonic() < end and self.read(0.05):
            pass

    def close(self):
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)
            _, self.status = os.waitpid(self.pid, 0)
        os.close(self.fd)
