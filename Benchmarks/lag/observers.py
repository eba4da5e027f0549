"""The estimators: `looptop-agent observe`, one process for each variant, all on the same worker at the same time."""
import json
import os
import shutil
import time
from dataclasses import dataclass, field

from crew import ROOT

BIN = os.path.abspath(os.environ.get("LOOPTOP_BIN", os.path.join(ROOT, ".build", "release")))


@dataclass(frozen=True)
class Variant:
    """A tier and a probe period, written `proc:10ms`."""
    tier: str
    probe: str

    @classmethod
    def parse(cls, text):
        tier, separator, probe = text.partition(":")
        if not separator or tier not in ("auto", "perf", "proc", "nosys", "utilisation"):
            raise ValueError(f"not a variant: {text!r}; write TIER:PERIOD, as proc:10ms or auto:adaptive")
        return cls(tier, probe)

    @property
    def name(self):
        return f"{self.tier}:{self.probe}"

    @property
    def is_fine(self):
        """Whether it is to keep the narrower bars."""
        return self.probe == "5ms" or self.tier == "perf"

    @property
    def is_judged(self):
        """`nosys` and coarser probing show what is lost; the bars are not for them."""
        return self.tier in ("auto", "proc", "perf") and self.probe in ("5ms", "10ms", "adaptive")


@dataclass
class Report:
    """One stall as reported."""
    end: int
    length: int
    cause: str
    call: str
    quality: str

    @property
    def start(self):
        return self.end - self.length


@dataclass
class Estimate:
    """What one variant said of one worker."""
    variant: str
    windows: list = field(default_factory=list)
    cpu_seconds: float = None  # of the whole process
    seconds: float = None

    @property
    def start(self):
        return self.windows[0]["t0_ns"]

    @property
    def end(self):
        return self.windows[-1]["t1_ns"]

    def reports(self):
        return sorted((Report(each["end_ns"], round(each["seconds"] * 1e9), each["cause"], each.get("syscall"),
                              window["quality"]) for window in self.windows for each in window["stalls"]),
                      key=lambda each: each.end)

    def probing_us(self):
        """CPU of the probing thread, in us for each second."""
        used = sum(window["agent_cpu_seconds"] for window in self.windows)
        return used * 1e6 / max(1e-9, sum(window["t1_ns"] - window["t0_ns"] for window in self.windows) / 1e9)


class Observers:
    """Use: start(...), then finish() returns the estimates when all have ended by themselves."""

    def __init__(self, crew):
        self.crew = crew
        self.program = crew.path("looptop-agent")
        original = os.path.join(BIN, "looptop-agent")
        if not os.path.exists(original):
            raise SystemExit(f"{original} does not exist: `make release` builds it, LOOPTOP_BIN says where it is")
        if not os.path.exists(self.program):
            shutil.copy(original, self.program)
            os.chmod(self.program, 0o755)
        self.running = []

    def start(self, pids, variants, seconds, directory, record=None):
        self.running = []
        for variant in variants:
            command = [self.program, "observe", "--tier", variant.tier, "--probe", variant.probe, "--seconds", seconds,
                       "-o", "jsonl"]
            for pid in pids:
                command += ["--pid", pid]
            if record:
                command += ["--record", f"{record}.{variant.name.replace(':', '-')}.trace"]
            base = os.path.join(directory, variant.name.replace(":", "-"))
            with open(base + ".out", "wb") as output, open(base + ".err", "wb") as errors:
                process = self.crew.start(command, stdout=output, stderr=errors)
            self.running.append((variant, process, base, time.monotonic()))

    def finish(self, seconds):
        """Waits for all of them, then reads what they said: [(variant, {pid: Estimate}, problem or None)]."""
        found = []
        deadline = time.monotonic() + seconds + 10
        for variant, process, base, started in self.running:
            usage = None
            while usage is None and time.monotonic() < deadline:
                usage = self.exited(process)
                time.sleep(0.02)
            late = usage is None
            usage = self.crew.end(process) or usage
            found.append((variant, *self.read(variant, process, base, usage, time.monotonic() - started, late)))
        self.running = []
        return found

    @staticmethod
    def exited(process):
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if not pid:
            return None
        process.returncode = os.waitstatus_to_exitcode(status)
        return usage

    @staticmethod
    def read(variant, process, base, usage, seconds, late):
        estimates = {}
        with open(base + ".out") as output:
            for line in output:
                if not line.endswith("\n"):
                    break  # it was ended within a line
                window = json.loads(line)
                estimates.setdefault(window["pid"], Estimate(variant.name)).windows.append(window)
        with open(base + ".err") as errors:
            said = errors.read().strip()
        problem = "did not end" if late else f"ended with {process.returncode}" if process.returncode else (
            "printed nothing" if not estimates else None)
        for estimate in estimates.values():
            estimate.windows.sort(key=lambda window: window["t0_ns"])
            estimate.seconds = seconds
            estimate.cpu_seconds = usage and usage.ru_utime + usage.ru_stime
        if problem:
            problem = f"{variant.name} {problem}{': ' + said[-300:] if said else ''}"
        return estimates, problem
