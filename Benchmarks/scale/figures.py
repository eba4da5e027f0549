"""The plots of docs/SCALE.md, from the result of the bench. The same result makes the same bytes."""
import os

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams.update({
    "svg.hashsalt": "looptop", "svg.fonttype": "none", "font.family": "sans-serif", "font.size": 9,
    "axes.titlesize": 10, "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True,
    "grid.color": "#dddddd", "grid.linewidth": 0.6, "lines.linewidth": 1.8, "lines.markersize": 5,
    "legend.frameon": False, "legend.fontsize": 8, "axes.titlelocation": "left"})
from matplotlib import pyplot  # noqa: E402
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator  # noqa: E402

# Told apart without colour, too: by their marks.
BLUE, ORANGE, GREEN, GREY = ("#0072b2", "o"), ("#d55e00", "s"), ("#009e73", "^"), "#888888"
MIB = 1 << 20


def plain(value, _=None):
    """1000, 0.5: no powers of ten."""
    return f"{value:,.0f}" if value >= 10 else f"{value:g}"


def short(value, _=None):
    """10, 1k: beside each other below an axis."""
    return f"{value / 1000:g}k" if value >= 1000 else f"{value:g}"


def panel(axes, title, across, curves, xs=None, limits=(), logarithmic=True, proportion=True):
    """`curves`: (name, style, [(x, y)]). A dotted line leads through the last point of the first one in proportion to x;
    `limits` are levels with a word."""
    axes.set_title(title)
    axes.set_xlabel(across)
    for name, (colour, mark), points in curves:
        points = [(x, y) for x, y in points if y is not None]
        if points:
            axes.plot(*zip(*points), color=colour, marker=mark, label=name)
    if logarithmic:
        axes.set_xscale("log")
        axes.set_yscale("log")
        low, high = axes.get_ylim()
        if high < 10 * low:  # a decade at least, so that there is more than one mark
            middle = (low * high) ** 0.5
            axes.set_ylim(middle / 10 ** 0.5, middle * 10 ** 0.5)
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high < 200 * low else (1,)))
        axes.yaxis.set_major_formatter(FuncFormatter(plain))
        axes.yaxis.set_minor_locator(NullLocator())
    else:
        axes.set_ylim(bottom=0)
    first = [point for point in curves[0][2] if point[1] is not None]
    if proportion and len(first) > 1:
        low, high = axes.get_ylim()
        x, y = first[-1]
        axes.plot([first[0][0], x], [y * first[0][0] / x, y], color=GREY, linestyle=":", linewidth=1, label="in proportion")
        axes.set_ylim(low, high)
    for level, word in limits:
        axes.axhline(level, color=GREY, linestyle="--", linewidth=1)
        axes.annotate(word, (0.01, level), xycoords=("axes fraction", "data"), xytext=(2, 2), textcoords="offset points",
                      fontsize=8, color="#555555")
    axes.set_xticks(xs if xs is not None else [x for x, _ in curves[0][2]])
    axes.xaxis.set_major_formatter(FuncFormatter(short))
    axes.xaxis.set_minor_locator(NullLocator())
    if len(axes.get_legend_handles_labels()[1]) > 1:
        axes.legend()


def save(figure, folder, name):
    figure.tight_layout()
    figure.savefig(os.path.join(folder, name), facecolor="white", metadata={"Date": None})
    pyplot.close(figure)


def grid(rows, columns):
    figure, axes = pyplot.subplots(rows, columns, figsize=(4.1 * columns, 2.9 * rows), squeeze=False)
    return figure, axes.flat


def of(points, key, scale=1.0):
    return [(point["at"], point[key] * scale if point.get(key) is not None else None) for point in points]


def draw_dashboard(points, folder):
    rows = [{"at": point["hosts"], **point, **point["lists"]["hosts"]} for point in points]
    figure, axes = grid(2, 2)
    panel(next(axes), "CPU, % of a core", "hosts", [
        ("dashboard", BLUE, of(rows, "cpu_share", 100)), ("simulator", ORANGE, of(rows, "agents_cpu_share", 100))],
        limits=[(10, "target at 1,000")])
    panel(next(axes), "memory (PSS), MiB", "hosts", [("dashboard", BLUE, of(rows, "pss_bytes", 1 / MIB))])
    panel(next(axes), "all hosts on the screen, s", "hosts", [
        ("time", BLUE, of(rows, "storm_s")), ("CPU, dashboard", GREEN, of(rows, "storm_cpu_s")),
        ("CPU, simulator", ORANGE, of(rows, "storm_agents_cpu_s"))])
    panel(next(axes), "key to screen, ms", "hosts", [
        ("p50", BLUE, of(rows, "key_p50_ms")), ("p99", ORANGE, of(rows, "key_p99_ms"))], proportion=False,
        limits=[(50, "target of p99")])
    save(figure, folder, "dashboard-hosts.svg")


def draw_workers(points, folder):
    rows = [{"at": point["workers"], **point} for point in points]
    later = [{"at": row["at"], **row["later"]} for row in rows if row.get("later")]
    figure, axes = grid(2, 2)
    panel(next(axes), "CPU, % of a core", "workers", [
        ("at 1 Hz", BLUE, of(rows, "cpu_share", 100)), ("where it stretched its sweeps", ORANGE, of(
            [row for row in later if row["cadence_ms"] > 1000], "cpu_share", 100))], limits=[(5, "what it keeps to")])
    panel(next(axes), "memory (PSS), MiB", "workers", [("agent", BLUE, of(rows, "pss_bytes", 1 / MIB))])
    panel(next(axes), "descriptors", "workers", [("agent", BLUE, of(rows, "descriptors"))])
    panel(next(axes), "wire, bytes of a worker sample", "workers", [("agent", BLUE, of(rows, "bytes_per_sample"))],
          proportion=False, limits=[(10, "target")])
    save(figure, folder, "agent-workers.svg")


def draw_load(rates, viewers, folder):
    figure, axes = grid(1, 3)
    rows = [{"at": point["hz"], **point} for point in rates]
    panel(next(axes), f"CPU, % of a core, {rates[0]['workers']} workers", "sweeps a second",
          [("agent", BLUE, of(rows, "cpu_share", 100))], logarithmic=False)
    rows = {over_tls: [{"at": point["viewers"], **point} for point in viewers if point["tls"] == over_tls]
            for over_tls in (False, True)}
    pair = [("unix socket", BLUE, rows[False]), ("TLS", ORANGE, rows[True])]
    for title, key, scale in [("CPU, % of a core", "cpu_share", 100), ("memory (PSS), MiB", "pss_bytes", 1 / MIB)]:
        panel(next(axes), f"{title}, {viewers[0]['workers']} workers", "viewers",
              [(name, style, of(points, key, scale)) for name, style, points in pair], xs=[0, 5, 20, 50],
              logarithmic=False, proportion=False)
    save(figure, folder, "agent-load.svg")


def draw(result, folder):
    """Those of which all is there."""
    os.makedirs(folder, exist_ok=True)
    if result.get("dashboard"):
        draw_dashboard(result["dashboard"], folder)
    if result.get("workers"):
        draw_workers(result["workers"], folder)
    if result.get("rates") and result.get("viewers"):
        draw_load(result["rates"], result["viewers"], folder)
