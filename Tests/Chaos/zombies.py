"""R14: workers that are zombies or in state D are shown as that, and a restart of one ends in time with a verdict that says what is
the matter, while samples go on: a worker that waits for its vfork(2)ed child (D; SIGKILL ends it), one that reads a file of a file
system that does not answer (D; nothing ends it), one whose first thread ended (Z, and it lives), and workers that nobody reaps."""
import os
import re
import shutil
import signal
import subprocess
import time

from commands import Session
from fleet import LOOPTOP, Fleet, children, wait_until
from setting import Findings, View, compile_c, enrolled, percentile
from silent_files import SilentFiles
from world import start_ticks

GRACE, KILL, REPLACEMENT, STABLE, SLACK = 10, 5, 15, 2, 2  # Restart.swift: the stop timeout is grace and, where that was not enough, KILL
TICK = 3
SETTLED = 12  # ExpectedSize.settlingTime, and a little
SHOWN = 12  # a worker that does not run is read in full every ten sweeps


def state(pid):
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rsplit(")", 1)[1].split()[0]


class App:
    """A server with a stuck worker: the oldest of its three."""

    def __init__(self, fleet, program, how, *words, name=None):
        self.fleet, self.name, self.began = fleet, f"app-{name or how}", time.monotonic()
        copy = fleet.path(self.name)
        shutil.copy(program, copy)
        self.master = fleet.start([copy, how, *words])
        self.workers = wait_until(lambda: len(found := children(self.master.pid)) == 3 and found, what=f"three workers of {how}")
        self.pid = self.workers[0]

    def row(self):
        """Of the stuck worker, as `ls` has it now; None where it is not listed."""
        rows = self.fleet.listing("workers", "-l", f"alpha/{self.name}")["workers"]
        return next((row for row in rows if row["pid"] == self.pid), None)

    def restart(self):
        self.asked = time.monotonic()
        self.command = self.fleet.start(
            [LOOPTOP, "restart", f"alpha/{self.pid}", "--state-dir", self.fleet.operator, "--yes", "--wait", "--accept-warnings"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def verdict(self):
        """(seconds, exit code, sentence)"""
        text, _ = self.command.communicate(timeout=60)
        self.ended = time.monotonic()
        return self.ended - self.asked, self.command.returncode, " ".join(text.split())


def main(short):
    findings = Findings()
    with Fleet() as fleet:
        program = fleet.path("stuck")
        compile_c("stuck.c", program, "-pthread")
        files = None
        try:
            files = SilentFiles(fleet.path("silent"))
        except OSError as error:
            print(f"left out: what nothing ends, for no file system of FUSE: {error}")
        try:
            look(findings, fleet, program, files)
        finally:
            if files:
                files.release()
    return findings.counts


def look(findings, fleet, program, files):
    apps = {how: App(fleet, program, how) for how in ("vfork", "leader", "unreaped")}
    if files:
        apps["read"] = App(fleet, program, "read", files.path)
    left = App(fleet, program, "unreaped", name="left")
    agent = enrolled(fleet, "alpha")
    fleet.wait_for_socket("alpha")
    count = 3 * len(apps) + 3
    wait_until(lambda: len(fleet.listing("workers")["workers"]) == count, 30, f"{count} workers")
    view = View(Session(fleet.socket("alpha")))
    wait_until(lambda: view.taken, what="a sample")
    letters = {how: letter for how, letter in {"vfork": "D", "read": "D", "leader": "Z"}.items() if how in apps}
    for how in letters:
        os.kill(apps[how].pid, signal.SIGUSR1)
    if files:
        wait_until(lambda: files.reads, what="the read")
        os.kill(apps["read"].pid, signal.SIGUSR1)  # only now is it uninterruptible: the first signal is told to the file system
    for how, letter in letters.items():
        wait_until(lambda: state(apps[how].pid) == letter, what=f"{how}: state {letter}")
    shown, began = {}, time.monotonic()
    while time.monotonic() < began + SHOWN and len(shown) < len(letters):  # that it comes in time is what is tried
        for how, letter in letters.items():
            if how not in shown and (row := apps[how].row()) and row["state"] == letter:
                shown[how] = time.monotonic() - began
    for how, letter in letters.items():
        print(f"{how}: in state {letter}" + (f", listed as that after {shown[how]:.1f} s" if how in shown else ", not listed as that"), flush=True)
        findings.expect(how in shown, f"{how}: not listed as what it is: {apps[how].row()}")
    first = len(view.taken)
    stuck = [how for how in ("vfork", "read", "unreaped") if how in apps]
    for how in stuck:
        apps[how].restart()
    of_zombie(findings, fleet, left)
    answers = {}
    while len(answers) < len(stuck):
        for how in stuck:
            if how not in answers and apps[how].command.poll() is not None:
                answers[how] = apps[how].verdict()
        time.sleep(0.05)
    steps = view.steps(first)
    for how, (seconds, code, text) in answers.items():
        print(f"{how}: restart ended after {seconds:.1f} s with code {code}: {text}", flush=True)
    print(f"meanwhile {len(steps)} samples, {percentile(steps, .5):.2f} s apart, at most {max(steps):.2f} s", flush=True)
    seconds, code, text = answers["vfork"]
    findings.expect(code == 0 and "forced with SIGKILL" in text, f"vfork: {text}")
    findings.expect(seconds <= GRACE + STABLE + SLACK, f"vfork: {seconds:.1f} s")
    if files:
        seconds, code, text = answers["read"]
        findings.expect(code == 1 and "unkillable" in text and "state D" in text, f"read: {text}")
        findings.expect(seconds <= GRACE + KILL + SLACK, f"read: {seconds:.1f} s")
    seconds, code, text = answers["unreaped"]
    findings.expect(code == 1 and "zombie" in text, f"unreaped: {text}")
    findings.expect(seconds <= REPLACEMENT + SLACK, f"unreaped: {seconds:.1f} s")
    findings.expect(max(steps) <= TICK, f"a sample came {max(steps):.1f} s after the one before: the agent was held up")
    findings.expect(agent.poll() is None and view.fault is None, f"the agent's view ended: {view.fault}")
    if files:
        of_the_end(findings, fleet, apps["read"], files)
    of_leader(apps["leader"])
    view.session.close()


def of_leader(app):
    """A process whose first thread ended: what is told of it once discovery has looked again."""
    row = app.row()
    print(f"leader: {time.monotonic() - app.began:.0f} s after its start " + (f"listed as {row['state']}" if row else "not listed any more")
          + "; events: " + " | ".join(line for line in app.fleet.looptop("events", "alpha").stdout.splitlines()
                                      if re.search(rf"{app.name}#\d+ (?!found).*pid {app.pid}\b", line)), flush=True)


def of_zombie(findings, fleet, app):
    """A worker is killed that nobody reaps: what is told of it."""
    time.sleep(max(0, app.began + SETTLED - time.monotonic()))  # before that nobody is missed
    zombie, slot = app.pid, app.row()["slot"]
    os.kill(zombie, signal.SIGKILL)
    wait_until(lambda: state(zombie) == "Z", what="the zombie")
    time.sleep(2)  # two samples
    row = app.row()
    why = fleet.looptop("why", f"alpha/{app.name}#{slot}").stdout
    events = [line for line in fleet.looptop("events", "alpha").stdout.splitlines() if f"pid {zombie}" in line and "found" not in line]
    apps = next(record for record in fleet.listing("apps")["apps"] if record["app"] == app.name)
    print(f"a zombie in slot {slot}: {'listed as ' + row['state'] if row else 'not listed'}; {apps['workers']} of {apps['expected']} workers; "
          f"events: {' | '.join(events)}; `why`: {' | '.join(why.split(chr(10)))}", flush=True)
    findings.expect((apps["workers"], apps["expected"]) == (2, 3), f"a zombie counts as a worker, or nobody is missed: {apps}")
    findings.expect(str(zombie) in why and "SIGKILL" in why, f"`why` does not tell how it ended: {why}")
    if "zombie" not in why + "".join(events) and not row:
        print("NOT TOLD: that it is left as a zombie, which only the verdict of a restart says", flush=True)


def of_the_end(findings, fleet, app, files):
    """The file system lets go: the worker ends, the next one takes its slot, and all of it is told."""
    ticks = start_ticks(app.pid)
    files.release()
    wait_until(lambda: start_ticks(app.pid) != ticks, 10, "the end of the worker that nothing ended")
    came = wait_until(lambda: len(rows := fleet.listing("workers", "-l", f"alpha/{app.name}")["workers"]) == 3
                      and all(row["pid"] != app.pid for row in rows), 15, "another worker in its place")
    why = fleet.looptop("why", f"alpha/{app.name}").stdout
    findings.expect(came and str(app.pid) in why, f"the end that came at last is not told:\n{why}")
