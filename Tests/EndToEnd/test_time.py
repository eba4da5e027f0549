"""The past on the screen: what happened before, seen later, live and out of files."""
import calendar
import csv
import io
import json
import os
import re
import stat
import subprocess
import time
import unittest

from fleet import Fleet, LOOPTOP
from terminal import Terminal


def clock(text):
    """Seconds since midnight."""
    return calendar.timegm(time.strptime(text, "%H:%M:%SZ")) % 86400


class TimeTravel(unittest.TestCase):
    """A worker that is stuck for six seconds now and then."""

    seconds = 60

    def setUp(self):
        self.fleet = Fleet()
        self.addCleanup(self.fleet.__exit__)
        master = self.fleet.workers("ingest", "--workers", "2", "--block", "1:6500-6500:30000")
        self.fleet.agent("alpha", "--under", str(master.pid))
        self.fleet.wait_for_socket("alpha")

    def open(self, *arguments):
        arguments = arguments or ["--socket", self.fleet.socket("alpha"), "--state-dir", self.fleet.operator]
        terminal = Terminal([LOOPTOP, *arguments], 30, 100)
        self.addCleanup(terminal.close)
        return terminal

    def wait_for_a_stall_that_passes(self, terminal):
        terminal.wait_for(r"> alpha +CRIT", seconds=90, what="the stall")
        terminal.wait_for(r"> alpha +OK", seconds=60, what="its end")

    def go_back_to_the_stall(self, terminal, moment=r"REPLAY \d\d:\d\d:\d\dZ \(-"):
        """From event to event, each moment seen before the next is asked for."""
        def shown():
            return re.search(r"(?:REPLAY|LIVE)\S* ?(\S*)", terminal.screen.display[0])[0]

        def crit(_):
            if re.search(moment, terminal.text) and re.search(r"> alpha +CRIT", terminal.text):
                return True
            if "reading" in terminal.text:
                return False
            before = shown()
            terminal.type("{")
            end = time.monotonic() + 20
            while shown() == before and "no earlier event" not in terminal.text and time.monotonic() < end:
                terminal.read(0.2)
            if "no earlier event" in terminal.text:
                # It was not told of yet when we went past it: once more from now.
                terminal.type(".")
                terminal.wait_for(lambda t: "no earlier event" not in t.text and "LIVE" in t.screen.display[0])
            return False
        terminal.wait_for(crit, seconds=60, what="the moment of the stall")

    def test_back_to_a_stall_and_forth(self):
        terminal = self.open()
        terminal.wait_for(r"alpha +(OK|CRIT)")
        terminal.type("\r")
        self.wait_for_a_stall_that_passes(terminal)
        self.assertIn("LIVE", terminal.text)
        self.go_back_to_the_stall(terminal)
        terminal.wait_for(r"#1 +\d+ HUNG")
        terminal.wait_for(lambda t: re.search(r"\[ \] step.*\. live", t.screen.display[-1]), what="the keys of the past")
        for key in "rRa":
            terminal.type(key)
            terminal.wait_for("this is the past; press . for live", what=key)
        then = terminal.wait_for(r"REPLAY (\d\d:\d\d:\d\dZ)").group(1)
        terminal.type("[[")  # one sample may be within the same second
        terminal.wait_for(lambda t: (re.search(r"REPLAY (\d\d:\d\d:\d\dZ)", t.text) or [0, then])[1] != then)
        terminal.type("]]]")
        terminal.wait_for(r"REPLAY")
        terminal.type(".")
        terminal.wait_for("LIVE")
        terminal.type("T")
        terminal.wait_for("go to time: ")
        terminal.type("-5s\r")
        terminal.wait_for(r"REPLAY \d\d:\d\d:\d\dZ \(-")
        terminal.type(".")
        terminal.wait_for("LIVE")
        terminal.type("q")
        self.assertEqual(terminal.wait_for_end(), 0)

    def test_what_was_before_the_dashboard(self):
        watcher = self.open()
        watcher.wait_for(r"alpha +(OK|CRIT)")
        watcher.type("\r")
        self.wait_for_a_stall_that_passes(watcher)
        opened = time.strftime("%H:%M:%SZ", time.gmtime())
        late = self.open()
        late.wait_for(r"alpha +OK")
        late.type("\r")
        late.wait_for(r"> alpha +OK")
        self.go_back_to_the_stall(late)
        shown = late.wait_for(r"REPLAY (\d\d:\d\d:\d\dZ)").group(1)
        before = (clock(opened) - clock(shown)) % 86400
        self.assertTrue(0 <= before < 43200, f"{shown} is not before {opened}")
        late.wait_for(r"#1 +\d+ (HUNG|CRIT)", what="the worker that was stuck")

    def test_hold_and_pause(self):
        terminal = self.open()
        terminal.wait_for(r"alpha +(OK|CRIT)")
        terminal.type("z")
        terminal.wait_for("ORDER HELD")
        terminal.type("z")
        paused = terminal.wait_for(r"PAUSED (\d\d:\d\d:\d\dZ)").group(1)
        body = terminal.screen.display[1:-1]
        clock = terminal.screen.display[0].split()[-1]
        terminal.wait_for(lambda t: t.screen.display[0].split()[-1] != clock, what="the clock to go on")
        terminal.wait_for(rf"PAUSED {paused}")
        self.assertEqual(terminal.screen.display[1:-1], body)
        terminal.type("z")
        terminal.wait_for("LIVE")

    def looptop(self, *arguments):
        return self.fleet.looptop(*arguments, "--socket", self.fleet.socket("alpha"), timeout=120)

    def replayed(self, terminal, other_than=None):
        """The moment on the screen."""
        return terminal.wait_for(lambda t: (found := re.search(r"REPLAY (\S+)", t.text)) and found[1] != other_than and found)[1]

    def test_record_and_replay(self):
        path = self.fleet.path("film.rec")
        done = self.looptop("record", path, "--for", "8s")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stderr, r"\d+ snapshots in 8s")
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        again = self.looptop("record", path, "--for", "1s")
        self.assertEqual(again.returncode, 73, again.stderr)
        terminal = self.open("replay", path)
        first = self.replayed(terminal)
        terminal.wait_for("alpha")
        terminal.type("\x1b[F")
        last = self.replayed(terminal, other_than=first)
        self.assertTrue(0 < (clock(last) - clock(first)) % 86400 < 60, f"{first} to {last}")
        terminal.type("\r")
        terminal.wait_for(r"> alpha +(OK|WARN|CRIT)")
        terminal.wait_for("ingest")
        terminal.type("r")
        terminal.wait_for("this is a recording")
        terminal.type("[[")
        self.replayed(terminal, other_than=last)
        terminal.type("\x1b[H")
        # It opens a little later than the first moment, when something is known.
        terminal.wait_for(lambda t: 0 < (clock(first) - clock(re.search(r"REPLAY (\S+)", t.text)[1])) % 86400 < 5)
        terminal.type("q")
        self.assertEqual(terminal.wait_for_end(), 0)

    def test_files_that_are_not_whole(self):
        path = self.fleet.path("film.rec")
        done = self.looptop("record", path, "--for", "3s")
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(path, "rb") as file:
            whole = file.read()
        for name, content, sentence in [
                ("cut", whole[:-10], "its end is missing"),
                ("none", b"nothing of the kind", "is no recording of looptop"),
                ("empty", b"", "is no recording of looptop"),
                ("later", whole[:5] + b"\x09" + whole[6:], "version 9, this looptop reads 1"),
                ("bare", whole[:8], "holds no snapshot")]:
            with self.subTest(name):
                broken = self.fleet.path(name + ".rec")
                with open(broken, "wb") as file:
                    file.write(content)
                terminal = self.open("replay", broken)
                if name == "cut":
                    self.replayed(terminal)
                    terminal.type("q")
                    self.assertEqual(terminal.wait_for_end(), 0)
                else:
                    self.assertEqual(terminal.wait_for_end(), 78, terminal.text)
                    self.assertIn(sentence, " ".join(terminal.text.split()))
        missing = self.open("replay", self.fleet.path("missing.rec"))
        self.assertEqual(missing.wait_for_end(), 74)
        done = subprocess.run([LOOPTOP, "replay", path], capture_output=True, text=True, timeout=20)
        self.assertEqual(done.returncode, 64, done.stderr)
        self.assertIn("not a terminal", done.stderr)

    def test_numbers_of_the_past(self):
        terminal = self.open()
        terminal.wait_for(r"alpha +(OK|CRIT)")
        terminal.type("\r")
        self.wait_for_a_stall_that_passes(terminal)
        done = self.looptop("history", "app=ingest,slot=1", "--metric", "lag,cpu,state", "--since", "2m", "--step", "5s",
                            "-o", "csv")
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = list(csv.DictReader(io.StringIO(done.stdout)))
        self.assertGreater(len(rows), 2, done.stdout)
        self.assertEqual(list(rows[0]), ["time", "worker", "lag", "cpu", "state"])
        self.assertEqual({row["worker"] for row in rows}, {"alpha/ingest#1"})
        self.assertGreater(max(float(row["lag"] or 0) for row in rows), 4, done.stdout)
        # A step's state is that at its end, which may be just after the stall: then its lag still makes it crit.
        self.assertTrue({"hung", "crit"} & {row["state"] for row in rows}, done.stdout)
        done = self.looptop("history", "--of", "hosts", "--metric", "cpu,workers", "--since", "1m", "--step", "10s",
                            "-o", "jsonl")
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertTrue(lines and all(line["values"]["workers"] == 2 for line in lines), done.stdout)
        done = self.looptop("history", "--of", "hosts", "--metric", "cpu", "--since", "1m", "--step", "10s", "-o", "json")
        document = json.loads(done.stdout)
        self.assertEqual((document["schema"], document["record"], document["step_seconds"]), ("looptop/v1", "host", 10))
        self.assertTrue(all(0 <= line["values"]["cpu"] <= 1 for line in document["lines"][1:]), done.stdout)
        done = self.looptop("history", "--metric", "lagg")
        self.assertEqual(done.returncode, 64, done.stderr)
        # A piece of it in a file, with the same numbers.
        path = self.fleet.path("piece.rec")
        done = self.looptop("export", path, "--since", "2m")
        self.assertEqual(done.returncode, 0, done.stderr)
        done = self.looptop("history", "app=ingest,slot=1", "--metric", "lag", "--since", "2m", "--step", "5s", "-o", "csv",
                            "--from", path)
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = list(csv.DictReader(io.StringIO(done.stdout)))
        self.assertGreater(max(float(row["lag"] or 0) for row in rows), 4, done.stdout)
        terminal = self.open("replay", path)
        terminal.wait_for("REPLAY")
        terminal.type("\x1b[F")
        terminal.type("\r")
        terminal.wait_for(r"> alpha +(OK|WARN|CRIT)")
        self.go_back_to_the_stall(terminal, "REPLAY")


if __name__ == "__main__":
    unittest.main()
