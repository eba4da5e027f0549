#!/usr/bin/python3
"""What the processes of a soak cost over time, from the file that it writes, also while it runs: `slopes.py FILE`.

A line of JSON is a process at a moment (`process`, `life`, `kind`, `at` in seconds; `rss`, `pss` in KiB, `descriptors`, `threads`, `cpu` in
seconds), or a fault. Slopes are by linear regression over the life of a process after its first ten minutes, where twenty are left."""
import collections
import json
import statistics
import sys

SETTLED, STRETCH, JUDGED = 600, 1200, 3600  # seconds; below an hour a page more or less is a slope
TARGET = 1  # % an hour
JUDGED_VALUES = {"rss": "RSS", "descriptors": "descriptors", "threads": "threads"}
VALUES = {**JUDGED_VALUES, "pss": "PSS"}  # the last falls and grows with those who share pages


def read(path):
    """(samples of each life, faults)."""
    lives, faults = collections.defaultdict(list), []
    with open(path) as file:
        for line in file:
            if not line.endswith("\n"):  # it is being written
                continue
            entry = json.loads(line)
            if "process" in entry:
                lives[entry["process"], entry["life"]].append(entry)
            elif "fault" in entry:
                faults.append(entry)
    return lives, faults


def slope(samples, value):
    """% of its mean in an hour."""
    times, values = [one["at"] for one in samples], [one[value] for one in samples]
    return statistics.linear_regression(times, values).slope * 3600 * 100 / statistics.fmean(values)


def stretches(lives):
    """{kind: [(name, samples)]}: of each life what came after it had settled, where that is long enough."""
    found = collections.defaultdict(list)
    for (name, life), samples in sorted(lives.items()):
        settled = [one for one in samples if one["at"] >= samples[0]["at"] + SETTLED]
        if settled and settled[-1]["at"] - settled[0]["at"] >= STRETCH:
            found[samples[0]["kind"]].append((f"{name} life {life}", settled))
    return found


def cores(lives):
    """Share of a core of each kind's processes together, and of one."""
    used, lived = collections.Counter(), collections.Counter()
    for samples in lives.values():
        used[samples[0]["kind"]] += samples[-1]["cpu"] - samples[0]["cpu"]
        lived[samples[0]["kind"]] += samples[-1]["at"] - samples[0]["at"]
    return {kind: used[kind] / lived[kind] for kind in used if lived[kind]}


def table(path):
    lives, faults = read(path)
    if not lives:
        print("nothing was measured yet")
        return
    ends = [samples[-1]["at"] for samples in lives.values()]
    begins = [samples[0]["at"] for samples in lives.values()]
    print(f"\n{len(lives)} lives of processes over {(max(ends) - min(begins)) / 3600:.2f} h, {len(faults)} faults")
    for kind, one in sorted(cores(lives).items()):
        print(f"  {kind}: {one:.4f} of a core each")
    found = stretches(lives)
    if not found:
        print(f"slopes: none; no process lived for {(SETTLED + STRETCH) / 60:.0f} minutes")
        return
    print(f"\nslopes in % an hour, to be below {TARGET}; after the first {SETTLED // 60} minutes of a life, of lives that lasted "
          f"{STRETCH // 60} more")
    print(f"{'kind':28} {'of':12} {'lives':>5} {'median':>8} {'worst':>8} {'2nd half':>9}  of the worst")
    for kind, several in sorted(found.items()):
        for value, title in VALUES.items():
            slopes = sorted((slope(samples, value), name, samples) for name, samples in several)
            worst, name, samples = slopes[-1]
            middle = (samples[0]["at"] + samples[-1]["at"]) / 2
            half = slope([one for one in samples if one["at"] >= middle], value)
            first, last = samples[0][value], samples[-1][value]
            numbers = f"{first / 1024:.1f} to {last / 1024:.1f} MiB" if title in ("RSS", "PSS") else f"{first} to {last}"
            is_judged = value in JUDGED_VALUES and samples[-1]["at"] - samples[0]["at"] >= JUDGED
            verdict = "  ABOVE" if is_judged and worst >= TARGET else ""
            print(f"{kind:28} {title:12} {len(several):5} {statistics.median(one[0] for one in slopes):8.2f} {worst:8.2f} {half:9.2f}  "
                  f"{name}, {numbers} in {(samples[-1]['at'] - samples[0]['at']) / 3600:.1f} h{verdict}")


def above(path):
    """How many slopes over an hour or more are too steep, of how many."""
    found = [slope(samples, value) for several in stretches(read(path)[0]).values() for _, samples in several
             for value in JUDGED_VALUES if samples[-1]["at"] - samples[0]["at"] >= JUDGED]
    return sum(one >= TARGET for one in found), len(found)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    table(sys.argv[1])
