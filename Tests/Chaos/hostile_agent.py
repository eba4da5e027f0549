"""R7: agents that speak the protocol and lie (liar.py): the dashboard neither crashes nor hangs, answers keys, grows by 8 MiB at most
for each of them beyond what an honest host of that size costs, and shows the honest host beside them as it is; what breaks the protocol
is told in a sentence. The whole form has each lie in a dashboard of its own, the short one all in one dashboard, but for those as large
as a host may be. LOOPTOP_LIES names some; those joined by + share a dashboard."""
import json
import math
import os
import re
import shutil
import subprocess
import sys
import time

from fleet import LOOPTOP, Fleet, wait_until
from setting import HERE, ROOT, Findings, addresses, enrolled, percentile, resident_mib

sys.path.insert(0, os.path.join(ROOT, "Benchmarks", "dashboard"))
from lies import LIES, OVER_TLS  # noqa: E402
from measured import Measured  # noqa: E402

GROWTH_MIB, KEY_MS = 8, 50
SLACK = 3  # two cores for the dashboard, its terminal and the liars
PATIENCE_MS = 1000  # for keys beside other subjects
# What is no message of the protocol must be told as that.
BREAKS = {"beyond", "strings", "longest", "unknown", "denials"}
REFERENCE = "steady"  # no lie: what the largest honest host costs
LARGEST = {REFERENCE, "full", "hoard", "back-to-back"}
ROWS, COLUMNS = 40, 110
HELP = "Keys first."


class Trial:
    """A dashboard that sees an honest host and some liars, which tell the truth until `lie`."""

    def __init__(self, fleet, lies, rate):
        self.fleet, self.lies, self.liars, self.logs = fleet, lies, [], []
        places = ["--socket", fleet.socket("alpha")]
        for lie in lies:
            if lie in OVER_TLS:
                place = f"{addresses(fleet.operator)[lie]}={fleet.path(lie)}"
                places.append(lie)
            else:
                place = fleet.path(f"{lie}.sock")
                if os.path.exists(place):
                    os.unlink(place)
                places += ["--socket", place]
            log = open(fleet.path(f"{lie}.liar"), "ab")
            # Nicer than the dashboard: in the field they have processors of their own.
            liar = fleet.start(["nice", "-n", "10", sys.executable, os.path.join(HERE, "liar.py"), lie, place, "--rate", str(rate)],
                               stdin=subprocess.PIPE, stdout=log, stderr=log)
            log.close()
            self.liars.append(liar)
        for lie in lies:
            wait_until(lambda: "ready" in self.said(lie), what=f"the liar {lie}: {self.said(lie)}")
        self.terminal = Measured([LOOPTOP, "--state-dir", fleet.operator, *places], ROWS, COLUMNS)
        for name in ["alpha", *lies]:
            self.terminal.wait_for(rf"{name} +(OK|WARN|CRIT)", 30)
        self.places = places
        self.look(3)
        self.before, self.most, self.times, self.stale = self.memory, 0, [], 0

    @property
    def memory(self):
        return resident_mib(self.terminal.pid)

    def said(self, lie):
        with open(self.fleet.path(f"{lie}.liar"), errors="replace") as log:
            return log.read()

    def lie(self):
        for liar in self.liars:
            liar.stdin.write(b"\n")
            liar.stdin.flush()

    def look(self, seconds):
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            assert self.terminal.read(min(left, 0.05)), f"the dashboard ended\n{self.terminal.text}"

    def press(self, seconds):
        """Opens the help and closes it again, over the fleet and over the list of its workers."""
        end, number = time.monotonic() + seconds, 0
        while time.monotonic() < end:
            number += 1
            if number % 10 == 0:
                self.terminal.type("3" if number % 20 else "b")
                self.look(0.3)
            self.times.append(self.terminal.answer_time("?", lambda t: HELP in t.text, 20))
            self.times.append(self.terminal.answer_time("\x1b", lambda t: HELP not in t.text, 20))
            self.most = max(self.most, self.memory)
            row = self.terminal.line_with(r"\balpha\b")
            self.stale += bool(row and re.search(r"alpha +(STALE|DOWN|CONN)", row))
            self.look(0.05 + number * 0.0071 % 0.2)

    def close(self):
        self.terminal.close()
        for liar in self.liars:
            liar.stdin.close()
            liar.terminate()
            liar.wait()


def main(short):
    findings = Findings()
    with Fleet() as fleet:
        fleet.workers("ingest", "--workers", "2")
        enrolled(fleet, "alpha")
        fleet.wait_for_socket("alpha")
        for lie in OVER_TLS:
            fleet.enrol(lie)
            if shutil.which("openssl"):
                subprocess.run(["openssl", "req", "-new", "-key", fleet.path(lie, "identity-key.pem"), "-subj", "/CN=x", "-outform", "DER",
                                "-out", fleet.path(lie, "request.der")], check=True, capture_output=True)
        asked = os.environ.get("LOOPTOP_LIES", "").split()
        if short and not asked:
            tell(findings, fleet, [lie for lie in LIES if lie not in LARGEST], 6, 100, PATIENCE_MS)
        else:
            trials = [words.split("+") for words in asked or LIES if words != REFERENCE]
            honest = 0
            if any(LARGEST.intersection(lies) for lies in trials) or REFERENCE in asked:
                honest = tell(findings, fleet, [REFERENCE], 20, 3000, KEY_MS * SLACK)
            for lies in trials:
                tell(findings, fleet, lies, 20, 3000, KEY_MS * SLACK, honest)
    return findings.counts


def tell(findings, fleet, lies, seconds, rate, key_limit, honest=0):
    """By how much the dashboard grew. `honest`: by how much it does for the largest honest host."""
    trial = Trial(fleet, lies, rate)
    name = lies[0] if len(lies) == 1 else f"{len(lies)} liars"
    try:
        trial.press(2)
        usual, trial.times = trial.times, []
        trial.before = trial.memory
        trial.lie()
        began = time.monotonic()
        trial.press(seconds)
        worst = percentile(trial.times, .99)
        row_of_alpha, text = is_well(trial), trial.terminal.text
        listed = listing(trial)
        growth = trial.most - trial.before
        print(f"{name} for {time.monotonic() - began:.0f} s: {trial.before:.0f} MiB before, {trial.most:.0f} at most (+{growth:.1f}); a key "
              f"p50 {percentile(trial.times, .5):.0f}, p99 {worst:.0f} ms ({len(trial.times)} keys; {percentile(usual, .99):.0f} before); "
              f"`ls`: code {listed['code']} after {listed['seconds']:.1f} s, {listed['mib']:.0f} MiB", flush=True)
        for lie in lies:  # one changes its name
            print(f"    {lie}: " + "; ".join(said[:200] for host, said in listed["hosts"].items() if host.startswith(lie)), flush=True)
        findings.expect(math.inf not in trial.times, f"{name}: a key was never answered\n{text}")
        findings.expect(worst <= key_limit, f"{name}: p99 of keys is {worst:.0f} ms")
        most = GROWTH_MIB * len(lies) + honest * len(LARGEST.intersection(lies))
        if lies != [REFERENCE]:
            findings.expect(growth <= most, f"{name}: the dashboard grew by {growth:.1f} MiB, and {most:.1f} would do")
        findings.expect(row_of_alpha and not trial.stale, f"{name}: the honest host is not shown as it is\n{text}")
        findings.expect(listed["code"] in (0, 3), f"{name}: `looptop ls` ended with {listed['code']}: {listed['error']}")
        findings.expect(listed["alpha"] == 2, f"{name}: `looptop ls` has {listed['alpha']} of alpha's 2 workers")
        for lie in BREAKS.intersection(lies):
            findings.expect(tells_of(trial, lie), f"{lie}: no sentence says that it breaks the protocol")
        trial.terminal.type("q")
        code = trial.terminal.wait_for_end()
        findings.expect(code == 0, f"{name}: the dashboard ended with {code}")
        return growth
    finally:
        trial.close()


def is_well(trial):
    """Whether the honest host is on the list of hosts as one that is well."""
    for key in ("\x1b", "1"):
        trial.terminal.type(key)
        trial.look(0.3)
    try:
        return trial.terminal.wait_for(r"alpha +(OK|WARN|CRIT)", 10)
    except AssertionError:
        return None


def tells_of(trial, lie):
    """Over some tries, for who was cut off dials again and is honest until it lies."""
    words = r"broke the protocol|it broke|connection closed"
    try:
        return trial.terminal.wait_for(rf"{lie}.* DOWN.*({words})", 40)
    except AssertionError:
        return None


def listing(trial):
    """What `looptop ls` says of all, how it ended, how long it took, and how much memory."""
    began = time.monotonic()
    code, most, records, error = listed(trial, "workers")
    found = {"code": code, "seconds": time.monotonic() - began, "mib": most, "error": error}
    found["alpha"] = sum(record["host"] == "alpha" for record in records)
    code, _, records, _ = listed(trial, "hosts")
    found["hosts"] = {record["name"]: f"{record['state']}{': ' + record['error'] if record['error'] else ''}" for record in records}
    found["code"] = max(found["code"], code, key=abs)
    return found


def listed(trial, kind):
    """(exit code, MiB at most, records, what it complains of)"""
    with open(trial.fleet.path("listed"), "w+b") as output, open(trial.fleet.path("complaints"), "w+b") as complaints:
        process = trial.fleet.start(
            ["timeout", "--foreground", "60", LOOPTOP, "ls", kind, "--state-dir", trial.fleet.operator, "-o", "json", *named(trial.places)],
            stdout=output, stderr=complaints)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        complaints.seek(0)
        text, error = output.read(), complaints.read(500).decode(errors="replace")
    return process.returncode, used.ru_maxrss / 1024, json.loads(text)[kind] if text else [], error


def named(places):
    """The same hosts in the words of `looptop ls`: the dashboard takes names as arguments, `ls` with --host."""
    words, options = list(places), []
    while words:
        word = words.pop(0)
        options += [word, words.pop(0)] if word == "--socket" else ["--host", word]
    return options
