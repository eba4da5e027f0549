"""The tables of docs/SCALE.md, between marks that stay, from the result of the bench."""
import re

MIB = 1 << 20


def number(value, digits=1):
    """Short and honest: three digits are enough."""
    if value is None:
        return "-"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.{digits}f}"


def percent(share):
    return "-" if share is None else f"{number(share * 100)} %"


def mib(value):
    return f"{number(value / MIB)} MiB"


def table(heads, rows):
    lines = ["| " + " | ".join(heads) + " |", "|---" + "|---:" * (len(heads) - 1) + "|"]
    return lines + ["| " + " | ".join(row) + " |" for row in rows]


def machine(result):
    facts = result["machine"]
    return [f"{facts['kernel']}, {facts['cores']} cores ({facts['cpu']}), {facts['memory_gib']:.0f} GiB, at most "
            f"{facts['descriptor_limit']:,} open files a process; agent {facts['version']}."]


def dashboard(points):
    heads = ["hosts x workers, list", "CPU", "simulator", "PSS", "RSS", "key p50", "p99", "descriptors", "threads"]
    rows = []
    for point in points:
        for name, found in point["lists"].items():
            rows.append([
                f"{point['hosts']:,} x {point['workers']}, {name}", percent(found["cpu_share"]),
                percent(found["agents_cpu_share"]), mib(found["pss_bytes"]), mib(found["rss_bytes"]),
                f"{number(found['key_p50_ms'])} ms", f"{number(found['key_p99_ms'])} ms", f"{found['descriptors']:,}",
                str(found["threads"])])
    return table(heads, rows)


def storm(points):
    heads = ["hosts", "first host", "all hosts", "handshakes/s", "CPU of the dashboard", "of the simulator", "cores busy"]
    return table(heads, [[
        f"{point['hosts']:,}", f"{number(point['first_host_s'], 2)} s", f"{number(point['storm_s'], 2)} s",
        number(point["handshakes_per_s"], 0), f"{number(point['storm_cpu_s'], 2)} s",
        f"{number(point['storm_agents_cpu_s'], 2)} s",
        number((point["storm_cpu_s"] + point["storm_agents_cpu_s"]) / point["storm_s"], 1)] for point in points])


def workers(points):
    heads = ["workers", "seen", "CPU at 1 Hz", "sweeps", "loops", "a sweep", "on time", "latest", "PSS", "descriptors", "wire a sample",
             "later: a sweep every", "CPU"]
    rows = []
    for point in points:
        later = point.get("later")
        rows.append([
            f"{point['workers']:,}", f"{point['seen']:,}", percent(point["cpu_share"]),
            percent(point["threads_share"].get("sampler")), percent(point["threads_share"].get("lag")),
            f"{number(point['sweep_ms'])} ms", percent(point["on_time_share"]), f"{number(point['latest_ms'])} ms", mib(point["pss_bytes"]),
            f"{point['descriptors']:,}", f"{number(point['bytes_per_sample'])} B",
            f"{later['cadence_ms'] / 1000:g} s" if later else "1 s", percent(later["cpu_share"]) if later else "-"])
    return table(heads, rows)


def rates(points):
    heads = ["sweeps a second, asked", "done", "CPU", "a sweep", "on time", "latest", "wire"]
    return table(heads, [[
        f"{point['hz']:g}", number(point["sweeps_per_s"]), percent(point["cpu_share"]), f"{number(point['sweep_ms'])} ms",
        percent(point["on_time_share"]), f"{number(point['latest_ms'])} ms",
        f"{number(point['bytes_per_s'] / 1024)} KiB/s"] for point in points])


def viewers(points):
    heads = ["viewers", "CPU, unix socket", "TLS", "PSS, unix socket", "TLS", "descriptors", "on time, TLS", "wire, all of them"]
    pairs = {}
    for point in points:
        pairs.setdefault(point["viewers"], {})[point["tls"]] = point
    return table(heads, [[
        str(count), percent(pair[False]["cpu_share"]), percent(pair[True]["cpu_share"]), mib(pair[False]["pss_bytes"]),
        mib(pair[True]["pss_bytes"]), f"{pair[True]['descriptors']:,}", percent(pair[True].get("on_time_share")),
        f"{number(pair[True].get('bytes_per_s', 0) / 1024)} KiB/s"] for count, pair in pairs.items()])


def all_of(result):
    """By name, those of which there is something."""
    found = {"machine": machine(result)}
    for name, key, make in [("dashboard", "dashboard", dashboard), ("storm", "dashboard", storm),
                            ("workers", "workers", workers), ("rates", "rates", rates), ("viewers", "viewers", viewers)]:
        if result.get(key):
            found[name] = make(result[key])
    return found


def written_into(text, made):
    """`text` with what is between `<!-- NAME -->` and `<!-- end -->` replaced for each name of `made`."""
    for name, lines in made.items():
        pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        body = "\n" + "\n".join(lines) + "\n\n"
        text, count = pattern.subn(lambda match: match[1] + body + match[2], text)
        if count != 1:
            raise ValueError(f"{count} places for the table {name}, and there should be one")
    return text
