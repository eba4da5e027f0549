"""The tables of a result, as text and for docs/PERFORMANCE.md."""
import statistics

from fits import percentile
from targets import AGENT, BARE, QUIET, SIZE, contenders, cpu_us, fact, fit, samples

NONE = "-"


def written(value, digits=1):
    if value is None:
        return NONE
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.{digits}f}"


def names(result, fast):
    """Agents, floors, peers, each in the order in which they ran."""
    found = {}
    for size in result["sizes"].values():
        for name, facts in size["contenders"].items():
            if facts.get("samples") and (facts["hz"] > 1) == fast:
                found.setdefault(name, ["agent", "floor", "peer"].index(facts["kind"]))
    return sorted(found, key=lambda name: found[name])


def largest(result):
    """The fleet whose memory and output are shown: of 1,000 workers, or the largest one below."""
    return max((int(size) for size in result["sizes"] if int(size) <= SIZE), default=max(map(int, result["sizes"])))


def rate(result, name, size, key):
    found = samples(result, name, size)
    seconds = sum(each["seconds"] for each in found)
    return sum(each[key] for each in found) / seconds if seconds else None


def cost_table(result, fast=False):
    """CPU per sweep really done, by size; what a worker more takes, what none takes; and the rest at one size."""
    sizes, shown = list(result["sizes"]), largest(result)
    heads = ["", *(f"ms at {int(size):,}" for size in sizes), "us/worker", "fixed ms", "Hz", "PSS MiB", "RSS MiB", "fds", "B/s",
             "start ms"]
    rows = []
    for name in names(result, fast):
        costs = [cpu_us(result, name, size) for size in sizes]
        line, facts = fit(result, name), contenders(result, shown).get(name, {})
        rows.append([
            name, *(written(cost / 1e3 if cost else None, 2) for cost in costs), written(line[1] if line else None),
            written(line[0] / 1e3 if line else None, 2), written(rate(result, name, shown, "sweeps"), 2),
            written(facts.get("pss_mib")), written(facts.get("rss_mib")), written(facts.get("descriptors"), 0),
            written(rate(result, name, shown, "bytes"), 0),
            written(statistics.median(facts["startup_ms"]) if facts.get("startup_ms") else None, 0)])
    if not fast and AGENT in names(result, fast) and QUIET in names(result, fast):
        rows.insert(names(result, fast).index(QUIET) + 1, probing_row(result, sizes, len(heads)))
    return heads, rows


def probing_row(result, sizes, columns):
    """What looking at loops adds to a sweep."""
    more = [None if None in (pair := [cpu_us(result, name, size) for name in (AGENT, QUIET)]) else (pair[0] - pair[1]) / 1e3
            for size in sizes]
    return ["  looking at loops adds", *(written(each, 2) for each in more)] + [""] * (columns - len(sizes) - 1)


def details_table(result):
    """Of the agent at one size."""
    shown, rows = largest(result), []

    def add(what, value):
        rows.append([what, value])
    for name in (AGENT, QUIET, BARE):
        wire, each = fact(name, "wire", shown)(result), fact(name, "json_bytes", shown)(result)
        if wire:
            beyond = wire["bytes"] - wire["workers_bytes"]
            changed = max(1, wire["changed_rows"])
            add(f"{name}: wire", f"{wire['bytes'] / shown:.2f} B a worker sample (as lines of JSON {each:.0f} B), "
                f"{wire['workers_bytes'] / changed:.2f} B a changed row, {wire['changed_rows'] / shown:.0%} of rows changed, "
                f"{beyond:.0f} B of host, groups and framing")
    floor = fact("C smart", "read_share", shown)(result)
    if floor is not None:
        add("workers that ran between two sweeps, or were read all the same", f"{floor:.0%}")
    add("processes begun on the machine meanwhile", f"{result['sizes'][str(shown)]['births_per_second']:.0f} a second")
    exits = result.get("exits")
    if exits:
        for share in (0.5, 0.95):
            add(f"exit of a worker on the wire, p{share * 100:.0f} of {len(exits['agent_ms'])}",
                f"{percentile(exits['agent_ms'], share):.2f} ms (a pidfd of our own {percentile(exits['floor_ms'], share):.2f} ms)")
    schedule = result.get("schedule")
    if schedule:
        add(f"schedule with {schedule['workers']:,} workers, of which it saw {schedule['seen']:,}", f"{schedule['done']} of {schedule['planned']} sweeps, "
            f"{schedule['within_50_ms']:.1%} within 50 ms, p99 {schedule['late_p99_ms']:.1f} ms off, "
            f"{schedule['descriptors']:,} descriptors")
    for size in result["sizes"]:
        shown_workers = fact(AGENT, "shown", size)(result)
        if shown_workers and shown_workers < int(size):
            add(f"of {int(size):,} workers a snapshot has room for", f"{shown_workers:,}")
        pause = fact(AGENT, "planned_pause_ms", size)(result)
        if pause and pause > 1000:
            add(f"planned pause with {int(size):,} workers, to keep its share of a core", f"{pause} ms")
    return ["", ""], rows


def exactness_table(result):
    """Mean and p99 of the error of an interval."""
    found = result["exactness"]
    patterns = list(next(iter(found.values()))["patterns"])
    rows = []
    for name, told in found.items():
        judged = [told["patterns"][pattern] for pattern in patterns]
        rows.append([name, *(f"{each['mean_ms']:.2f} / {each['p99_ms']:.2f}" if each else NONE for each in judged)])
    return ["mean / p99, ms", *patterns], rows


def machine_sentence(result):
    facts = result["machine"]
    means = "cgroup of its own" if result["means"] == "cgroup" else result["means"]
    return (
        f"{result['began']}: Linux {facts['kernel']}, {facts['cores']} cores of {facts['cpu']}, load before "
        f"{facts['load'][0]:.2f} and after {facts['load_after'][0]:.2f}, at most {facts['stolen']:.1%} stolen by the hypervisor; "
        f"the fleet, what is measured and what measures share the cores. {result['rounds']} rounds, windows of "
        f"{result['window_seconds']} s, CPU time by {means}.")


def skipped_sentences(result):
    for name, why in result["skipped"].items():
        yield f"{name}: {why}"
    for size in result["sizes"].values():
        for name, why in size["skipped"].items():
            yield f"{name}: {why}"


def wrong_sentences(result):
    """What makes the run fail."""
    return list(dict.fromkeys(
        f"{int(workers):,} workers: {sentence}" for workers, size in result["sizes"].items() for sentence in size["wrong"]))


def aligned(heads, rows):
    widths = [max(len(each[column]) for each in [heads, *rows]) for column in range(len(heads))]
    return "\n".join("  ".join(
        word.rjust(width) if column else word.ljust(width)
        for column, (word, width) in enumerate(zip(each, widths))).rstrip() for each in [heads, *rows])


def text(result):
    parts = [
        "CPU per sweep really done, once a second; memory, descriptors and output with "
        f"{largest(result):,} workers\n" + aligned(*cost_table(result))]
    if names(result, True):
        parts.append("ten times a second\n" + aligned(*cost_table(result, fast=True)))
    parts.append("\n".join(f"{what}: {value}" for what, value in details_table(result)[1]))
    parts.append("error of CPU time in an interval\n" + aligned(*exactness_table(result)))
    skipped = list(skipped_sentences(result))
    if skipped:
        parts.append("left out\n" + "\n".join("  " + sentence for sentence in skipped))
    return "\n\n".join(parts)


def markdown(heads, rows):
    lines = [heads, ["---"] + ["---:"] * (len(heads) - 1), *rows]
    return "\n".join("| " + " | ".join(word.strip() for word in each) + " |" for each in lines)
