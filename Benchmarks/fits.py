"""What is computed of what was measured; no I/O."""
import bisect
import math
import statistics


def percentile(values, share):
    """By nearest rank; `None` of nothing."""
    return sorted(values)[max(0, math.ceil(len(values) * share) - 1)] if values else None


def line(points):
    """(fixed, slope) of the line through (x, y): least squares of the relative errors, for what disturbs a measurement grows
    with it. `None` without two different x."""
    points = [(x, y) for x, y in points if y and y > 0]
    if len({x for x, _ in points}) < 2:
        return None
    weights = [1 / y ** 2 for _, y in points]
    total = sum(weights)
    mean_x = sum(w * x for w, (x, _) in zip(weights, points)) / total
    mean_y = sum(w * y for w, (_, y) in zip(weights, points)) / total
    slope = (sum(w * (x - mean_x) * (y - mean_y) for w, (x, y) in zip(weights, points))
             / sum(w * (x - mean_x) ** 2 for w, (x, _) in zip(weights, points)))
    return mean_y - slope * mean_x, slope


def freest(taken, period):
    """The middle of the longest stretch of a period in which none of the `taken` phases is."""
    if not taken:
        return 0
    phases = sorted(phase % period for phase in taken)
    gaps = [(after - before, before) for before, after in zip(phases, phases[1:] + [phases[0] + period])]
    length, start = max(gaps)
    return (start + length / 2) % period


def ratio(mine, theirs):
    """Of two lists of {"window", "cpu_us"}: the median of the ratios of the windows that both have, for what disturbs a window
    disturbs both; that of their medians where they have none in common."""
    others = {each["window"]: each["cpu_us"] for each in theirs if each["cpu_us"]}
    pairs = [each["cpu_us"] / others[each["window"]] for each in mine if each["window"] in others]
    if pairs:
        return statistics.median(pairs)
    if not mine or not others:
        return None
    return statistics.median(each["cpu_us"] for each in mine) / statistics.median(others.values())


def lateness(stamps, period):
    """Of sweeps that should come `period` after each other: how many should have come, how many did, and how far each is from
    the schedule, which is the median of where they were."""
    if len(stamps) < 2:
        return {"planned": 0, "done": 0, "late": []}
    turns = [round((stamp - stamps[0]) / period) for stamp in stamps]
    offsets = [stamp - stamps[0] - turn * period for stamp, turn in zip(stamps, turns)]
    middle = statistics.median(offsets)
    return {"planned": turns[-1] + 1, "done": len(set(turns)), "late": [offset - middle for offset in offsets]}


class Clock:
    """A process clock that was noted again and again; between two notes it is a straight line."""

    def __init__(self, notes):
        self.times, self.values = [], []
        for instant, value in sorted(notes):
            # Two threads that note at the same moment may do so in either order.
            self.times.append(instant)
            self.values.append(max(value, self.values[-1]) if self.values else value)

    def at(self, instant):
        """`None` outside of what was noted."""
        index = bisect.bisect_right(self.times, instant)
        if index == 0 or index == len(self.times):
            return None
        before, after = self.times[index - 1], self.times[index]
        share = (instant - before) / (after - before) if after > before else 0
        return self.values[index - 1] + share * (self.values[index] - self.values[index - 1])


def interval_errors(readings, clock):
    """Of (instant, CPU time) that somebody tells: by how much the growth of each interval is wrong."""
    errors = []
    for (begin, first), (end, last) in zip(readings, readings[1:]):
        true = (clock.at(begin), clock.at(end))
        if None not in true:
            errors.append(last - first - (true[1] - true[0]))
    return errors


def bursts(arrivals, pause):
    """How many times output came after `pause` without any."""
    return sum(1 for before, after in zip([-math.inf, *arrivals], arrivals) if after - before > pause)
