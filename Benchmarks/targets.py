"""What the design asks for (DESIGN.md, "Numbers to hold"), held against what a run measured; no I/O but for `other_benches`."""
import json
import os
import statistics

from fits import line, percentile, ratio

# The fleet whose numbers are judged, and the one whose schedule is.
SIZE, MANY = 1000, 5000
AGENT, QUIET, BARE = "agent", "agent --no-probe", "agent --no-probe --history 0"


class Target:
    """`value` finds the number in a result, or `None`; at most `limit`, or with `least` at least."""

    def __init__(self, what, limit, value, unit="", least=False):
        self.what, self.limit, self.value, self.unit, self.least = what, limit, value, unit, least

    def judge(self, result):
        value = self.value(result)
        holds = None if value is None else value >= self.limit if self.least else value <= self.limit
        factor = None
        if value is not None:
            high, low = (self.limit, value) if self.least else (value, self.limit)
            factor = high / low if low else None
        return {"what": self.what, "limit": self.limit, "least": self.least, "unit": self.unit, "value": value, "holds": holds,
                "factor": factor}


def contenders(result, size=SIZE):
    return result["sizes"].get(str(size), {}).get("contenders", {})


def samples(result, name, size=SIZE):
    return contenders(result, size).get(name, {}).get("samples", [])


def cpu_us(result, name, size):
    """Of a sweep really done: the median of the windows."""
    found = samples(result, name, size)
    return statistics.median(each["cpu_us"] for each in found) if found else None


def fit(result, name):
    """(fixed, each worker more) in us of CPU per sweep."""
    return line([(int(size), cpu_us(result, name, size)) for size in result["sizes"] if cpu_us(result, name, size)])


def beside(mine, theirs):
    def value(result):
        if not samples(result, mine) or not samples(result, theirs):
            return None
        return ratio(samples(result, mine), samples(result, theirs))
    return value


def fact(name, key, size=SIZE):
    return lambda result: contenders(result, size).get(name, {}).get(key)


def descriptors_each(name):
    """Those that it has with fewer workers do not grow with them."""
    def value(result):
        points = [(int(size), fact(name, "descriptors", size)(result)) for size in result["sizes"]]
        points = [(size, count) for size, count in points if count and size <= SIZE]
        if len(points) < 2:
            return None
        (low, few), (high, many) = points[0], points[-1]
        return (many - few) / (high - low)
    return value


def wire_each(name):
    def value(result):
        wire = fact(name, "wire")(result)
        return wire["bytes"] / SIZE if wire else None
    return value


def exact(names):
    """The worst pattern's mean."""
    def value(result):
        means = [found["mean_ms"] for name in names
                 for found in result.get("exactness", {}).get(name, {}).get("patterns", {}).values() if found]
        return max(means, default=None)
    return value


def exit_ms(share):
    return lambda result: percentile(result.get("exits", {}).get("agent_ms", []), share)


def schedule(value):
    def found(result):
        measured = result.get("schedule")
        return value(measured) if measured and measured["seen"] >= MANY else None
    return found


def cpu_targets(agent):
    word = {AGENT: "all in", QUIET: "without looking at loops", BARE: "without looking at loops and history"}[agent]
    return [Target(f"CPU per worker sample, {word}, beside {name}", limit, beside(agent, other), "x") for name, other, limit in [
        ("C with the same reads", "C smart", 1.25), ("C with five opened files", "C naive", 0.25), ("top -b", "top -b", 0.5),
        ("htop", "htop", 0.2), ("pidstat", "pidstat", 0.2), ("process-exporter", "process-exporter", 0.025)]]


TARGETS = [
    *cpu_targets(AGENT),
    *cpu_targets(QUIET),
    Target("10 Hz, all in, beside ten sweeps with five opened files", 0.15, beside("agent, 10 Hz", "C naive, 10 Hz"), "x"),
    Target("10 Hz, without looking at loops and history, beside the same", 0.15,
           beside(f"{BARE}, 10 Hz", "C naive, 10 Hz"), "x"),
    Target("CPU time, mean error of an interval, worst pattern", 0.1, exact(["agent", "agent, 10 Hz"]), " ms"),
    Target("PSS without looking at loops and history", 8, fact(BARE, "pss_mib"), " MiB"),
    Target("descriptors kept for a worker", 3, descriptors_each(QUIET)),
    Target("descriptors kept for a worker, loops looked at", 6, descriptors_each(AGENT)),
    Target("5,000 workers, sweeps done of those planned", 0.99, schedule(lambda found: found["done"] / found["planned"]),
           least=True),
    Target("5,000 workers, sweeps within 50 ms of schedule", 0.99, schedule(lambda found: found["within_50_ms"]), least=True),
    Target("5,000 workers, descriptors", 20000, schedule(lambda found: found["descriptors"])),
    Target("wire, a worker sample with framing", 10, wire_each(AGENT), " B"),
    Target("exit of a worker on the wire, p50", 5, exit_ms(0.5), " ms"),
]


def dashboard(key):
    def value(benches):
        found = benches.get("dashboard", {})
        is_whole = found.get("hosts") == 1000 and found.get("workers") == 50
        return found["looptop"].get(key) if is_whole else None
    return value


# Of the other benches, where their results lie.
ELSEWHERE = [
    Target("dashboard, 1,000 hosts x 50 workers, of a core", 0.1, dashboard("cpu_share")),
    Target("dashboard, key to screen, p99", 50, dashboard("key_p99"), " ms"),
    Target("terminal, a changed cell", 3, dashboard("bytes_per_changed_cell"), " B"),
    Target("event-loop lag, bars missed", 0, lambda benches: len(benches["lag"]["missed"]) if "lag" in benches else None),
]


def other_benches(root):
    found = {}
    for name in ("dashboard", "lag"):
        path = os.path.join(root, ".build", f"bench-{name}", "result.json")
        if os.path.exists(path):
            with open(path) as file:
                found[name] = json.load(file)
    return found


def judge(result, benches):
    """Every target of this bench, and those of the others that were measured."""
    own = [target.judge(result) for target in TARGETS]
    others = [target.judge(benches) for target in ELSEWHERE]
    return own + [each for each in others if each["holds"] is not None]


def number(value, unit=""):
    return "-" if value is None else f"{value:.3g}{unit}" if abs(value) < 1000 else f"{value:,.0f}{unit}"


def row(judged):
    """What, value, target, and what it came to."""
    word = {True: "yes", False: "NO", None: "not measured"}[judged["holds"]]
    if judged["holds"] is False and judged["factor"]:
        word += f", {judged['factor']:.2f}x off"
    sign = ">=" if judged["least"] else "<="
    return [judged["what"], number(judged["value"], judged["unit"]), f"{sign} {number(judged['limit'], judged['unit'])}", word]


def text(judgements):
    rows = [["target, at 1,000 workers", "reached", "asked", "holds"], *map(row, judgements)]
    widths = [max(len(each[column]) for each in rows) for column in range(4)]
    return "\n".join("  ".join(
        word.rjust(width) if column in (1, 2) else word.ljust(width)
        for column, (word, width) in enumerate(zip(each, widths))).rstrip() for each in rows)
