"""The tables: what was to be reached, what was, where, and every single thing that was wrong."""
from score import Score, median, quantile

ms = 1e6


def share(part, whole):
    return part / whole if whole else None


class Bar:
    """One line: what is measured, its limit (and that for fine probing), whether more is better, how it is written."""

    def __init__(self, what, value, limit=None, fine=None, loose=None, least=False, form="{:.1f}", unit=""):
        self.what, self.value, self.limit, self.fine, self.loose = what, value, limit, fine or limit, loose
        self.least, self.form, self.unit = least, form, unit

    def reached(self, value, limit):
        return value >= limit if self.least else value <= limit

    def written(self, value):
        return "-" if value is None else self.form.format(value) + self.unit


def in_ms(value):
    return None if value is None else value / ms


BARS = [
    Bar("stalls >= 40 ms found with 0.7 of their length", lambda s: share(s.found, s.true_stalls), 0.99, loose=0.9,
        least=True, form="{:.1%}"),
    Bar("  of how many", lambda s: s.true_stalls, form="{:d}"),
    Bar("reported >= 40 ms that are not real", lambda s: share(s.false, s.reported), 0.01, loose=0.05, form="{:.1%}"),
    Bar("  on healthy workloads", lambda s: s.false_healthy, 0, loose=0, form="{:d}"),
    Bar("  said with \"at most\"", lambda s: s.false_bound, form="{:d}"),
    Bar("  of how many", lambda s: s.reported, form="{:d}"),
    Bar("duration error, median", lambda s: in_ms(median(s.errors)), unit=" ms"),
    Bar("duration error, p95", lambda s: in_ms(quantile(s.errors, 0.95)), 12, fine=8, loose=40, unit=" ms"),
    Bar("duration error, worst", lambda s: in_ms(max(s.errors, default=None)), 25, fine=12, loose=250, unit=" ms"),
    Bar("end error, p95", lambda s: in_ms(quantile(s.end_errors, 0.95)), unit=" ms"),
    Bar("window maximum within max(15 ms, 10 %)", lambda s: share(s.windows_within, s.windows), 0.95, loose=0.85,
        least=True, form="{:.1%}"),
    Bar("  of how many windows", lambda s: s.windows, form="{:d}"),
    Bar("window maximum, median error", lambda s: in_ms(median(s.window_errors)), 3, loose=10, unit=" ms"),
    Bar("time-weighted p99, p95 error", lambda s: in_ms(quantile(s.weighted_errors, 0.95)), unit=" ms"),
    Bar("cause right", lambda s: share(s.causes_right, s.causes), 0.95, loose=0.85, least=True, form="{:.1%}"),
    Bar("  system call right, where blocked", lambda s: share(s.calls_right, s.calls), form="{:.1%}"),
    Bar("utilisation, p95 error", lambda s: quantile(s.utilisation_errors, 0.95), 0.06, loose=0.12, form="{:.3f}"),
    Bar("  of redis, which has none of its own", lambda s: quantile(s.utilisation_errors_of_others, 0.95), form="{:.3f}"),
    Bar("longest said of a healthy loop", lambda s: in_ms(s.healthy_maximum), unit=" ms"),
    Bar("largest gap between probes, p95", lambda s: in_ms(quantile(s.gaps, 0.95)), unit=" ms"),
    Bar("windows said \"at most\" or nothing", lambda s: share(
        s.qualities.get("bound", 0) + s.qualities.get("none", 0), sum(s.qualities.values())), form="{:.1%}"),
]
SATURATED = ("c_sat", "i_pysat", "k_satblk", "k_pysatblk")


def line(cells, widths):
    return " ".join(cell.ljust(width) if index == 0 else cell.rjust(width)
                    for index, (cell, width) in enumerate(zip(cells, widths))).rstrip()


def print_table(heads, rows):
    widths = [max(len(row[index]) for row in [heads, *rows]) for index in range(len(heads))]
    print(line(heads, widths))
    print(line(["-" * width for width in widths], widths))
    for row in rows:
        print(line(row, widths))


def total(results, variant, accept=lambda key: True):
    """`results`: {(workload, mode, variant): Score}."""
    sums = Score()
    for key, score in results.items():
        if key[2] == variant.name and accept(key):
            sums.add(score)
    return sums


def summary(results, variants, short):
    """The bars, by variant: rows of text, and those missed as (variant, what, value, limit)."""
    sums = {variant.name: total(results, variant) for variant in variants}
    rows, missed, values = [], [], {}
    for bar in BARS:
        limit_word = ""
        if bar.limit is not None:
            limit_word = (">= " if bar.least else "<= ") + bar.written(bar.loose if short else bar.limit)
        if bar.fine != bar.limit and not short:
            limit_word += f" ({bar.written(bar.fine)})"
        row = [bar.what, limit_word]
        for variant in variants:
            value = bar.value(sums[variant.name])
            values.setdefault(variant.name, {})[bar.what.strip()] = value
            word = bar.written(value)
            limit = bar.loose if short else bar.fine if variant.is_fine else bar.limit
            if bar.limit is not None and value is not None and variant.is_judged and not bar.reached(value, limit):
                word += " NO"
                missed.append((variant.name, bar.what.strip(), value, limit))
            row.append(word)
        rows.append(row)
    rows.append(["agent CPU, saturated worker, of a core", "<= 1.0%"] + [
        saturated_cost(results, variant, missed, short) for variant in variants])
    rows.append(["tiers used", ""] + [
        " ".join(f"{tier}:{count}" for tier, count in sorted(sums[variant.name].tiers.items(), key=str)) for variant in variants])
    return rows, missed, values


def saturated_cost(results, variant, missed, short):
    used = total(results, variant, lambda key: key[0] in SATURATED).probing_us
    if not used:
        return "-"
    value = sum(used) / len(used) / 1e6
    if value > 0.01 and variant.is_judged:
        if not short:
            missed.append((variant.name, "agent CPU, saturated worker", value, 0.01))
        return f"{value:.2%} NO"
    return f"{value:.2%}"


def cost_rows(costs, variants):
    """CPU for forty mostly idle workers."""
    row, whole, missed = ["agent CPU, each of 40 mostly idle workers", "<= 300 us/s"], ["  the whole process", ""], []
    for variant in variants:
        cost = costs.get(variant.name, {})
        word = cost.get("problem") or (f"{cost['thread']:.0f} us/s" if cost else "-")
        if cost.get("thread", 0) > 300 and variant.is_judged and variant.probe != "5ms":
            word += " NO"
            missed.append((variant.name, "agent CPU, idle workers", cost["thread"], 300))
        row.append(word)
        whole.append(f"{cost['process']:.0f} us/s" if "process" in cost else "-")
    return [row, whole], missed


def workload_rows(results, variants):
    """By workload: found/all, false, worst error of a stall, median and worst error of a window."""
    names = list(dict.fromkeys((key[0], key[1]) for key in results))
    rows = []
    for name, mode in names:
        row = [f"{name} {'*' if mode == 'monitored' else ''}".strip()]
        for variant in variants:
            score = results.get((name, mode, variant.name))
            if score is None:
                row.append("-")
                continue
            stalls = f"{score.found}/{score.true_stalls}" + (f" f{score.false}" if score.false else "")
            worst = f"{max(score.errors) / ms:.0f}" if score.errors else "-"
            window = (f"{median(score.window_errors) / ms:.1f}/{max(score.window_errors) / ms:.0f}"
                      if score.window_errors else "-")
            row.append(f"{stalls}  {worst}  {window}")
        rows.append(row)
    return rows


def wrong_lines(results):
    """Everything that was wrong, one line each; the details are in the JSON file."""
    lines = []
    for score in results.values():
        for each in score.wrong:
            place = each["workload"] + ("*" if each["mode"] == "monitored" else "")
            text = f"{each['variant']:<15} {place:<13} {each['what']:<11}"
            for key, word in [("true_ms", "true {:.1f} ms"), ("longest_ms", "to {:.1f} ms"),
                              ("reported_ms", "said {:.1f} ms"), ("error_ms", "error {:.1f} ms"),
                              ("true", "true {}"), ("reported", "said {}"), ("cause", "{}"), ("call", "{}"),
                              ("allowed", "not {}"), ("quality", "{}"), ("at_ns", "at {}")]:
                if each.get(key) is not None:
                    text += "  " + word.format(each[key])
            lines.append(text)
    return lines


def truth_line(truth):
    """One line about the truth of a run, to see that it is sane."""
    stalls = [each for each in truth.stretches if each.length >= 40 * ms]
    planned = [each for each in truth.planned if each["end"] - each["start"] >= 5 * ms]
    covered = sum(any(each.longest >= block.get("length", block["end"] - block["start"]) - ms
                      for each in truth.overlapping(block["start"], block["end"])) for block in planned)
    own = [abs(truth.ticks.busy(each["start"], each["end"]) / (each["end"] - each["start"]) - each["utilization"])
           for each in truth.windows if "utilization" in each]
    delays = [truth.maximum(each["start"] - 100 * ms, each["end"] + 100 * ms)[1] - each["max"]
              for each in truth.windows if "max" in each]
    text = (f"{len(truth.ticks.starts)} ticks, {len(stalls)} of 40 ms and more, longest "
            f"{max((each.length for each in truth.stretches), default=0) / ms:.1f} ms; "
            f"{covered}/{len(planned)} blocks are in ticks; {len(truth.interruptions)} interruptions; "
            f"schedstat gap {truth.schedule.worst_gap / ms:.1f} ms")
    if own:
        text += f"; ELU within {max(own):.3f}"
    if delays:
        text += f"; monitor minus ticks {max(-each for each in delays) / ms:.1f} ms at most"
    return text
