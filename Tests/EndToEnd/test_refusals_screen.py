"""What the dashboard answers, word for word, to keys and lines that mean nothing where they are typed."""
import os
import re
import signal
import unittest

from fleet import AGENT, Fleet, LOOPTOP, children, wait_until
from terminal import Terminal

WELL = r"alpha +(OK|WARN|CRIT)"


class Answers(unittest.TestCase):
    seconds = 20

    def setUp(self):
        self.fleet = Fleet()
        self.addCleanup(self.fleet.__exit__)
        self.master = self.fleet.workers("ingest", "--workers", "2", "--no-respawn")

    def agent(self, *options):
        self.fleet.make_identity()
        self.fleet.enrol("alpha")
        self.fleet.agent("alpha", *options)
        self.wait_for_workers(2)

    def wait_for_workers(self, count):
        wait_until(lambda: len(self.fleet.listing("workers")["workers"]) == count, 30, f"{count} workers")

    def open(self, *arguments, rows=40, columns=150):
        self.terminal = Terminal([LOOPTOP, "--state-dir", self.fleet.operator, *arguments], rows, columns)
        self.addCleanup(self.terminal.close)
        self.terminal.wait_for(WELL)

    def show(self, keys, pattern):
        self.terminal.type(keys)
        self.terminal.wait_for(pattern, what=f"{pattern} after {keys!r}")

    def says(self, keys, sentence):
        self.terminal.type(keys)
        # A dialog has a frame, and wraps its lines.
        self.terminal.wait_for(lambda t: sentence in re.sub(r"[\s│]+", " ", t.text), what=f"{sentence} after {keys!r}")

    def test_on_lists(self):
        self.agent("--under", str(self.master.pid))
        other = self.fleet.start([self.fleet.path("ingest"), "--workers", "2"])
        self.fleet.enrol("beta")
        self.fleet.agent("beta", "--under", str(other.pid))
        self.wait_for_workers(4)
        self.open()
        self.terminal.wait_for(r"beta +(OK|WARN|CRIT)")
        self.says("U", "nothing is marked")
        self.says("v", "the heat map needs 160x50, and here are 150x40")
        self.says(":bulk\r", "nothing was done to several at once")
        self.says(":ack\r", "that means nothing here")
        self.says(":columns load@x\r", "load@x: write +column, -column or column@PLACE, such as lag@2")
        self.terminal.type("\x1b")
        self.says(":columns\r", "columns as usual")
        self.show("2", r"ingest +.*2")
        self.says("R", 'ingest is 2 apps: open a host and choose one there; all: looptop roll "app=ingest"')
        self.says("l", "log: ingest runs on 2 hosts; open it and choose one, or: looptop logs app=ingest -f")

    def test_on_a_host_and_a_worker(self):
        self.agent()
        self.open(rows=30, columns=100)
        self.show("\r", r"#1 +\d+")
        self.show(" ", r"\* *|marked")
        self.says("r", "apps are marked: R rolls them")
        self.terminal.type("U")
        pid = children(self.master.pid)[0]
        self.show(f":worker alpha/{pid}\r", rf"pid {pid}")
        self.says(":filter x\r", "filter: there is no list here; b goes back")
        self.says(":columns\r", "the columns of this list are fixed")
        self.says("v", "the histogram needs 110x38, and here are 100x30")
        os.kill(pid, signal.SIGKILL)
        self.terminal.wait_for("exited")
        self.says("\r", f"nothing has taken the slot of pid {pid} yet")
        self.show("l", "log|nothing|keeps")
        self.says("&", "type a filter with / first")

    def test_more_than_are_compared_and_no_heat_map(self):
        more = self.fleet.start([self.fleet.path("ingest"), "--workers", "8"])
        self.fleet.make_identity()
        self.fleet.enrol("alpha")
        self.fleet.agent("alpha", "--under", str(more.pid))
        self.wait_for_workers(8)
        self.open(rows=50, columns=160)
        wait_until(lambda: self.said_after("v", "no heat map; v shows it again"), 20, "the last of the maps, and none")
        self.show("3", r"ingest.*#8")
        self.says(":mark app=ingest\r", "marked 8")
        self.says("C", "the first 6 of 8 that are marked")

    def said_after(self, key, sentence):
        self.terminal.type(key)
        self.terminal.read(0.3)
        return sentence in self.terminal.text

    def test_two_of_one_name(self):
        other = self.fleet.start([self.fleet.path("ingest"), "--workers", "2", "--busy", "1:1"])
        self.fleet.make_identity()
        self.fleet.enrol("alpha")
        self.fleet.agent("alpha")
        self.wait_for_workers(4)
        self.open()
        self.show("3", r"ingest.*#1")
        self.says(":worker alpha/ingest#1\r",
                  "2 go by the name alpha/ingest#1: write alpha/PID, or host alpha and choose one there")
        self.assertIsNone(other.poll())
        self.terminal.type("\x1b")
        self.show(":host alpha\r", r"#1 +\d+")
        self.fleet.agents["alpha"].kill()
        self.terminal.wait_for("DOWN")
        self.says("r", "host not reachable: nothing can be asked for")

    def test_where_nothing_may_be_asked(self):
        self.agent("--read-only")
        views = self.fleet.path("operator", "views.json")
        with open(os.open(views, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.write("hello")
        self.open()
        self.terminal.wait_for(lambda t: f"views.json is damaged: lists are as usual until {views} is removed" in t.text)
        self.show("\r", r"#1 +\d+")
        self.says("jr", "your role here is viewer, or the agent is read-only: you may only look")

    def test_what_is_for_programs(self):
        self.terminal = Terminal([AGENT, "stdio"], 24, 150)
        self.addCleanup(self.terminal.close)
        self.terminal.wait_for(
            lambda t: "looptop-agent: stdio speaks with a program, and this is a terminal: on your own machine run looptop ssh:HOST"
            in t.text)

    def test_in_a_recording(self):
        self.agent()
        recording = self.fleet.path("some.rec")
        done = self.fleet.looptop("record", recording, "--for", "4s")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.terminal = Terminal([LOOPTOP, "replay", recording], 30, 100)
        self.addCleanup(self.terminal.close)
        self.terminal.wait_for(WELL)
        self.says(".", "this is a recording: End goes to its last moment")


if __name__ == "__main__":
    unittest.main()
