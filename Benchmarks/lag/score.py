"""Compares what was said with what was: stall by stall, and window by window."""
import statistics
from collections import Counter
from dataclasses import dataclass, field

from workloads import NGINX, REDIS

MILLISECOND = 1_000_000
STALL = 40 * MILLISECOND
FOUND_SHARE = 0.7
REAL_SHARE = 0.5
# A stall that ends near the edge of a window may be in either: the worker's windows end when its loop gets to it.
EDGE = 100 * MILLISECOND
# Before a stall is reported its end must have been seen; what ends right at the end of the watch may not be.
TAIL = 60 * MILLISECOND
# What it finds the loop in at its first looks began before it could know.
HEAD = 150 * MILLISECOND
# Shorter stalls are not listed, only counted: a window without any says its maximum alone.
SHORTEST_LISTED = 3 * MILLISECOND


@dataclass
class Score:
    """Of one variant on one run, or the sum of many. Errors in ns but for utilisation."""
    true_stalls: int = 0
    found: int = 0
    reported: int = 0
    false: int = 0
    false_healthy: int = 0
    false_bound: int = 0
    errors: list = field(default_factory=list)
    end_errors: list = field(default_factory=list)
    causes: int = 0
    causes_right: int = 0
    calls: int = 0
    calls_right: int = 0
    windows: int = 0
    window_errors: list = field(default_factory=list)
    windows_within: int = 0
    weighted_errors: list = field(default_factory=list)
    utilisation_errors: list = field(default_factory=list)
    # Of programs that know no utilisation of their own.
    utilisation_errors_of_others: list = field(default_factory=list)
    qualities: Counter = field(default_factory=Counter)
    tiers: Counter = field(default_factory=Counter)
    healthy_maximum: int = 0
    probing_us: list = field(default_factory=list)
    process_us: list = field(default_factory=list)
    gaps: list = field(default_factory=list)
    scatter: list = field(default_factory=list)
    wrong: list = field(default_factory=list)

    def add(self, other):
        for name, value in vars(other).items():
            mine = getattr(self, name)
            if name == "healthy_maximum":
                self.healthy_maximum = max(mine, value)
            elif isinstance(value, Counter):
                mine.update(value)
            elif isinstance(value, list):
                mine.extend(value)
            else:
                setattr(self, name, mine + value)


def quantile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * share))] if values else None


def median(values):
    return statistics.median(values) if values else None


def score(workload, mode, truth, estimate):
    """`truth` is None for a worker without a loop."""
    result = Score()
    for window in estimate.windows:
        result.qualities[window["quality"]] += 1
        result.tiers[window["tier"]] += 1
        result.gaps.append(window["probe_gap_max_seconds"] * 1e9)
    result.probing_us.append(estimate.probing_us())
    if estimate.cpu_seconds is not None:
        result.process_us.append(estimate.cpu_seconds * 1e6 / estimate.seconds)
    place = {"workload": workload.name, "mode": mode, "variant": estimate.variant}
    if truth is None:
        score_loopless(estimate, result, place)
        return result
    reports = estimate.reports()
    score_stalls(workload, truth, estimate, reports, result, place)
    score_windows(workload, mode, truth, estimate, reports, result, place)
    return result


def score_loopless(estimate, result, place):
    for window in estimate.windows:
        if window["quality"] != "none" and (window["lag_max_seconds"] or 0) * 1e9 >= STALL:
            result.reported += 1
            result.false += 1
            result.wrong.append({**place, "what": "false", "truth": "has no loop", "window": window})


def touching(reports, start, end, slack=2 * MILLISECOND):
    return [each for each in reports if each.start <= end + slack and each.end >= start - slack]


def overlap(first, second):
    return min(first.end, second.end) - max(first.start, second.start)


def details(truth, start, end):
    """What a reader needs to see why: the stretches around, relative to `start`, in ms."""
    return [{"from": (each.start - start) / 1e6, "ms": each.length / 1e6, "longest_ms": each.longest / 1e6,
             "origin": each.origin} for each in truth.overlapping(start - EDGE, end + EDGE)
            if each.longest >= SHORTEST_LISTED][:20]


def score_stalls(workload, truth, estimate, reports, result, place):
    start, end = estimate.start, estimate.end - TAIL
    for stall in truth.stalls(start + HEAD, end, STALL):
        result.true_stalls += 1
        candidates = touching(reports, stall.end - stall.longest, stall.end)
        best = max(candidates, key=lambda each: overlap(each, stall), default=None)
        entry = {**place, "at_ns": stall.end, "true_ms": stall.length / 1e6, "longest_ms": stall.longest / 1e6,
                 "origin": stall.origin, "reported_ms": best and best.length / 1e6, "cause": best and best.cause,
                 "call": best and best.call, "quality": best and best.quality}
        error = stall.distance(best.length) if best else -stall.length
        if best is None or best.length < FOUND_SHARE * stall.length:
            result.wrong.append({**entry, "what": "missed", "reports": [
                {"from": (each.start - stall.start) / 1e6, "ms": each.length / 1e6, "cause": each.cause}
                for each in candidates[:20]]})
            result.errors.append(abs(error))
            result.scatter.append((stall.length, best.length if best else 0, "missed"))
            continue
        result.found += 1
        result.errors.append(abs(error))
        result.end_errors.append(abs(best.end - stall.end))
        result.scatter.append((stall.length + max(0, best.length - stall.length - error), best.length, best.cause))
        if abs(error) > 12 * MILLISECOND:
            result.wrong.append({**entry, "what": "length", "error_ms": error / 1e6,
                                 "around": details(truth, stall.start, stall.end)})
        score_cause(workload, truth, stall, best, estimate, entry, result)
    for report in reports:
        if report.length < STALL or report.start < estimate.start or report.end > end:
            continue
        result.reported += 1
        longest = max((each.longest for each in truth.overlapping(report.start, report.end)), default=0)
        if longest < REAL_SHARE * report.length:
            result.false += 1
            result.false_healthy += workload.healthy
            result.false_bound += report.quality == "bound"
            result.scatter.append((max(longest, MILLISECOND), report.length, "false"))
            result.wrong.append({
                **place, "what": "false", "at_ns": report.end, "reported_ms": report.length / 1e6, "cause": report.cause,
                "call": report.call, "quality": report.quality, "true_ms": longest / 1e6,
                "around": details(truth, report.start, report.end)})


def score_cause(workload, truth, stall, report, estimate, entry, result):
    allowed = truth.causes(stall)
    if workload.causes and stall.origin == "tick":
        # Beside others each of them may be a wait for the CPU instead, if the scheduler says so.
        allowed = set(workload.causes) | allowed & {"runqueue"}
    result.causes += 1
    if report.cause in allowed:
        result.causes_right += 1
    else:
        result.wrong.append({**entry, "what": "cause", "allowed": sorted(allowed), "shares": [
            round(each, 3) for each in truth.schedule.shares(stall.start, stall.end)]})
    if report.cause == "blocked" and workload.calls and estimate.windows[0]["tier"] in ("proc", "perf"):
        result.calls += 1
        if report.call in workload.calls:
            result.calls_right += 1
        else:
            result.wrong.append({**entry, "what": "call", "allowed": list(workload.calls)})


def nearest(value_of, start, end, error_of):
    """The least error with either edge moved by EDGE."""
    return min((error_of(value_of(start + first, end + last)) for first in (0, -EDGE, EDGE) for last in (0, -EDGE, EDGE)),
               key=abs)


def began_before(truth, estimate, start, end):
    """Whether a stretch ended in (start, end] of which the estimator can have seen a part only."""
    return start < estimate.start + HEAD and any(
        each.longest >= 15 * MILLISECOND and each.end - each.longest < estimate.start + HEAD and each.end > estimate.start
        for each in truth.stretches if start < each.end <= end)


def beyond(value, least, most):
    return value - least if value < least else max(0, value - most)


def score_windows(workload, mode, truth, estimate, reports, result, place):
    if mode == "monitored" and any("max" in each for each in truth.windows):
        score_monitor(truth, estimate, reports, result, place)
    for window in estimate.windows:
        start, end = window["t0_ns"], window["t1_ns"]
        if workload.healthy and window["lag_max_seconds"] is not None:
            result.healthy_maximum = max(result.healthy_maximum, round(window["lag_max_seconds"] * 1e9))
        if window["utilization_ratio"] is not None and mode == "natural" and not workload.act:
            real = truth.ticks.busy(start, end) / (end - start)
            errors = (result.utilisation_errors_of_others if workload.runtime in (REDIS, NGINX) else
                      result.utilisation_errors)
            errors.append(abs(window["utilization_ratio"] - real))
            if abs(window["utilization_ratio"] - real) > 0.08:
                result.wrong.append({**place, "what": "utilisation", "at_ns": end, "true": round(real, 3),
                                     "reported": round(window["utilization_ratio"], 3)})
        if window["lag_max_seconds"] is None or began_before(truth, estimate, start - EDGE, end + EDGE):
            continue
        if mode != "monitored":
            value = window["lag_max_seconds"] * 1e9
            error = nearest(truth.maximum, start, end, lambda bounds: beyond(value, *bounds))
            take_window(result, error, value - error, value, window, place)
        if window["lag_p99_seconds"] is not None:
            value = window["lag_p99_seconds"] * 1e9
            result.weighted_errors.append(abs(nearest(truth.weighted, start, end, lambda bounds: beyond(value, *bounds))))


def score_monitor(truth, estimate, reports, result, place):
    """The worker's windows: the longest stall that ended in each, against the runtime's own."""
    for own in truth.windows:
        if own["start"] < estimate.start or own["end"] > estimate.end or not own.get("count", 1):
            continue
        if began_before(truth, estimate, own["start"] - EDGE, own["end"] + EDGE):
            continue

        def longest(start, end):
            ended = [each.length for each in reports if start < each.end <= end]
            around = [each["lag_max_seconds"] for each in estimate.windows
                      if each["t1_ns"] > start and each["t0_ns"] < end and each["lag_max_seconds"] is not None]
            return max(ended) if ended else min(min(around, default=0) * 1e9, SHORTEST_LISTED)

        error = nearest(longest, own["start"], own["end"], lambda value: value - own["max"])
        window = next((each for each in estimate.windows if each["t1_ns"] >= own["end"]), {})
        take_window(result, error, own["max"], own["max"] + error, window, {**place, "at_ns": own["end"]})


def take_window(result, error, true, said, window, place):
    result.windows += 1
    result.window_errors.append(abs(error))
    result.scatter.append((true, said, "window"))
    if abs(error) <= max(15 * MILLISECOND, 0.1 * true):
        result.windows_within += 1
    else:
        result.wrong.append({**place, "what": "window", "at_ns": place.get("at_ns", window.get("t1_ns")),
                             "true_ms": true / 1e6, "reported_ms": said / 1e6, "quality": window.get("quality"),
                             "cause": window.get("cause")})
