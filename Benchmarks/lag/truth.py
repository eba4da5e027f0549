"""What really happened: ticks from the log of `ticklog.c`, waits for a CPU from `schedwatch.c`, and what was done to the
process from outside. All times are CLOCK_MONOTONIC in ns."""
import bisect
import mmap
import os
import struct
from dataclasses import dataclass

CALL = struct.Struct("<QQiiii")
SAMPLE = struct.Struct("<QQQQ")
HEADER_BYTES = 64
MILLISECOND = 1_000_000
# Two stretches with less between them are one: what an interruption held up runs right after it.
TOUCHING = 2 * MILLISECOND


@dataclass
class Stretch:
    """A time in which the loop did not turn. Seen from inside it is `start` to `end`; with the wait for a CPU that preceded
    it, and with what an interruption held up, up to `longest` ns. Any length between is right."""
    start: int
    end: int
    longest: int
    origin: str = "tick"

    @property
    def length(self):
        return self.end - self.start

    def distance(self, length):
        """How wrong this length is, signed."""
        if length < self.length:
            return length - self.length
        return max(0, length - self.longest)


def read_calls(path):
    """The finished and unfinished calls of a log, in order of their start: (entered, returned, thread, descriptor)."""
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        with mmap.mmap(file.fileno(), size, prot=mmap.PROT_READ) as mapped:
            capacity, count = struct.unpack_from("<QQ", mapped)
            data = mapped[HEADER_BYTES:HEADER_BYTES + min(capacity, count) * CALL.size]
    calls = [call[:4] for call in CALL.iter_unpack(data)]
    calls.sort()
    return calls


def find_loop(calls, pid):
    """(thread, descriptor) of the loop: the main thread if it waits for events at all, else the one that does so most; its
    lowest epoll descriptor, as nested loops open theirs later."""
    counts = {}
    for _, _, thread, descriptor in calls:
        counts[thread, descriptor] = counts.get((thread, descriptor), 0) + 1
    if not counts:
        return None
    threads = {}
    for (thread, _), count in counts.items():
        threads[thread] = threads.get(thread, 0) + count
    thread = pid if pid in threads and threads[pid] > 1 else max(threads, key=threads.get)
    descriptors = [descriptor for owner, descriptor in counts if owner == thread]
    epolls = [descriptor for descriptor in descriptors if descriptor >= 0]
    return thread, min(epolls) if epolls else max(descriptors, key=lambda each: counts[thread, each])


class Ticks:
    """The ticks of one loop: from each return of its wait to the next start of one."""

    def __init__(self, calls, loop):
        self.starts, self.ends, self.idle_before = [], [], []
        returned = slept = 0
        for entered, left, thread, descriptor in calls:
            if (thread, descriptor) != loop:
                continue
            if returned:
                self.starts.append(returned)
                self.ends.append(entered)
                self.idle_before.append(slept)
            # A wait that is not over is the last one.
            returned, slept = left, left - entered
            if not left:
                break
        self.sums = [0]
        for start, end in zip(self.starts, self.ends):
            self.sums.append(self.sums[-1] + end - start)

    def busy(self, start, end):
        """ns within [start, end] that the loop did not wait for events."""
        def until(at):
            index = bisect.bisect_right(self.starts, at)
            if not index:
                return 0
            return self.sums[index] - max(0, self.ends[index - 1] - at)
        return until(end) - until(start)

    def within(self, start, end):
        """Indices of the ticks that end in (start, end]."""
        return range(bisect.bisect_right(self.ends, start), bisect.bisect_right(self.ends, end))


class Schedule:
    """Run and wait time of the loop's thread, between samples by straight lines."""

    def __init__(self, path=None, samples=()):
        samples = list(samples)
        if path and os.path.exists(path):
            with open(path, "rb") as file:
                data = file.read()
            samples = list(SAMPLE.iter_unpack(data[:len(data) // SAMPLE.size * SAMPLE.size]))
        self.times = [sample[0] for sample in samples]
        self.runs = [sample[1] for sample in samples]
        self.waits = [sample[2] for sample in samples]
        self.worst_gap = max((b - a for a, b in zip(self.times, self.times[1:])), default=0)

    def covers(self, start, end):
        return bool(self.times) and self.times[0] <= start and end <= self.times[-1]

    def value(self, series, at):
        index = bisect.bisect_left(self.times, at)
        if index == 0:
            return series[0]
        if index == len(self.times):
            return series[-1]
        before, after = self.times[index - 1], self.times[index]
        share = (at - before) / (after - before)
        return series[index - 1] + (series[index] - series[index - 1]) * share

    def shares(self, start, end):
        """(run, wait, neither) of a stretch as shares of it."""
        wall = max(1, end - start)
        run = min(1, (self.value(self.runs, end) - self.value(self.runs, start)) / wall)
        wait = min(1, (self.value(self.waits, end) - self.value(self.waits, start)) / wall)
        return run, wait, max(0, 1 - run - wait)

    def wait_before(self, at):
        """ns waited for a CPU that the kernel added when the thread got one at about `at`."""
        index = bisect.bisect_left(self.times, at)
        if index == 0 or index == len(self.times):
            return 0
        return self.waits[index] - self.waits[index - 1]


class Truth:
    """Of one run: `interruptions` are (start, end, what) of stops, freezes and throttled times."""

    def __init__(self, ticks, schedule, interruptions, windows=(), planned=()):
        self.ticks, self.schedule, self.interruptions = ticks, schedule, sorted(interruptions)
        self.windows, self.planned = list(windows), list(planned)
        self.stretches = self.make_stretches()
        self.ends = [stretch.end for stretch in self.stretches]

    def make_stretches(self, shortest=MILLISECOND):
        """Ticks of 1 ms and more, and the interruptions, each merged with what it touches."""
        found = []
        ticks = self.ticks
        for start, end, idle in zip(ticks.starts, ticks.ends, ticks.idle_before):
            if end - start < shortest and idle < 2 * shortest:
                continue
            wait = min(idle, self.schedule.wait_before(start)) if idle > MILLISECOND else 0
            if end - start + wait >= shortest:
                found.append(Stretch(start, end, end - start + int(wait)))
        for start, end, what in self.interruptions:
            if what == "throttled":  # known to some ms only: it explains a report, and is none that must be found
                found.append(Stretch(end, end, end - start, what))
                continue
            merged = Stretch(start, end, end - start, what)
            rest = []
            for stretch in found:
                if stretch.start <= merged.end + TOUCHING and stretch.end >= merged.start - TOUCHING:
                    union_start, union_end = min(merged.start, stretch.start), max(merged.end, stretch.end)
                    if stretch.start < merged.start - TOUCHING:  # interrupted within a tick, which goes on after it
                        merged.start, merged.end = union_start, union_end
                    merged.longest = max(merged.longest, union_end - min(union_start, stretch.end - stretch.longest))
                else:
                    rest.append(stretch)
            found = rest + [merged]
        return sorted(found, key=lambda stretch: stretch.end)

    def stalls(self, start, end, shortest):
        """Those that lie within the time that was watched, at least that long seen from inside."""
        return [each for each in self.stretches if each.length >= shortest and each.start >= start and each.end <= end]

    def overlapping(self, start, end):
        """Stretches that touch [start, end], their waits included."""
        first = bisect.bisect_left(self.ends, start)
        return [each for each in self.stretches[first:] if each.end - each.longest <= end]

    def maximum(self, start, end):
        """(least, most) the longest stretch that ended in (start, end] may be said to have lasted."""
        chosen = self.stretches[bisect.bisect_right(self.ends, start):bisect.bisect_right(self.ends, end)]
        return max((each.length for each in chosen), default=0), max((each.longest for each in chosen), default=0)

    def weighted(self, start, end, share=0.01):
        """The lag x with sum(max(0, d - x)) / window = share, over the stretches that ended in it: (least, most)."""
        chosen = self.stretches[bisect.bisect_right(self.ends, start):bisect.bisect_right(self.ends, end)]
        return tuple(weighted_quantile(lengths, (end - start) * share) for lengths in
                     ([each.length for each in chosen], [each.longest for each in chosen]))

    def causes(self, stretch):
        """The causes that may be named: those with a good part of the time. The longest wins at a third."""
        if stretch.origin in ("stopped", "throttled"):
            return {stretch.origin}
        return self.causes_between(stretch.start, stretch.end) | self.causes_between(
            stretch.end - stretch.longest, stretch.end)

    def causes_between(self, first, last):
        run, wait, neither = self.schedule.shares(first, last)
        throttled = sum(max(0, min(end, last) - max(start, first)) for start, end, what in
                        self.interruptions if what == "throttled") / max(1, last - first)
        # Kernels differ in what else they call that time.
        rest = max(0, 1 - throttled / max(1e-9, wait + neither))
        shares = {"cpu": run, "runqueue": wait * rest, "blocked": neither * rest, "throttled": throttled}
        return {cause for cause, part in shares.items() if part >= 0.35} or {max(shares, key=shares.get)}


def weighted_quantile(lengths, budget):
    """The x with sum(max(0, d - x)) == budget; 0 when all of them together are less."""
    lengths = sorted(lengths, reverse=True)
    if sum(lengths) <= budget:
        return 0
    total = 0
    for count, length in enumerate(lengths, 1):
        total += length
        following = lengths[count] if count < len(lengths) else 0
        if total - count * following >= budget:
            return (total - budget) / count
    return 0
