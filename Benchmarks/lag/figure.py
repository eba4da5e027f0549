"""One figure: true against estimated lag, a panel for each variant, written as SVG by hand."""
import math

COLOURS = {
    "cpu": "#1f77b4", "runqueue": "#9467bd", "blocked": "#ff7f0e", "stopped": "#2ca02c", "throttled": "#8c564b",
    "window": "#b8b8b8", "missed": "#d62728", "false": "#d62728"}
WORDS = {"runqueue": "run queue", "window": "longest of a window", "missed": "missed, or no cause", "false": "not real"}
LOW, HIGH = 1e6, 4e9
TICKS = [(1e6, "1 ms"), (1e7, "10 ms"), (1e8, "100 ms"), (1e9, "1 s")]
PANEL, MARGIN, GAP, TOP, PER_ROW = 300, 60, 34, 96, 3


def position(value):
    """0...1 on the axis."""
    value = min(HIGH, max(LOW, value))
    return math.log(value / LOW) / math.log(HIGH / LOW)


def panel(name, points, left, top):
    def x(value):
        return left + PANEL * position(value)

    def y(value):
        return top + PANEL * (1 - position(value))

    steps = [LOW * (HIGH / LOW) ** (index / 60) for index in range(61)]
    tolerance = [max(15e6, 0.1 * value) for value in steps]
    band = [(x(value), y(value + more)) for value, more in zip(steps, tolerance)]
    band += [(x(value), y(value - more)) for value, more in reversed(list(zip(steps, tolerance)))]
    lines = [
        f'<rect x="{left}" y="{top}" width="{PANEL}" height="{PANEL}" fill="#fff" stroke="#888"/>',
        '<polygon fill="#eef4ea" points="' + " ".join(f"{a:.1f},{b:.1f}" for a, b in band) + '"/>',
        f'<line x1="{left}" y1="{top + PANEL}" x2="{left + PANEL}" y2="{top}" stroke="#9a9a9a"/>']
    for value, word in TICKS:
        lines += [
            f'<line x1="{x(value):.1f}" y1="{top}" x2="{x(value):.1f}" y2="{top + PANEL}" stroke="#ddd"/>',
            f'<line x1="{left}" y1="{y(value):.1f}" x2="{left + PANEL}" y2="{y(value):.1f}" stroke="#ddd"/>',
            f'<text x="{x(value):.1f}" y="{top + PANEL + 15}" text-anchor="middle">{word}</text>',
            f'<text x="{left - 6}" y="{y(value) + 4:.1f}" text-anchor="end">{word}</text>']
    for true, said, cause in sorted(points, key=lambda point: point[2] != "window"):
        a, b, colour = x(true), y(said), COLOURS.get(cause, COLOURS["missed"])
        if cause in ("missed", "false"):
            lines.append(f'<path d="M{a - 4:.1f} {b - 4:.1f}l8 8m0 -8l-8 8" stroke="{colour}" stroke-width="2"/>')
        else:
            radius = 1.6 if cause == "window" else 2.6
            lines.append(f'<circle cx="{a:.1f}" cy="{b:.1f}" r="{radius}" fill="{colour}" fill-opacity="0.65"/>')
    return [*lines, f'<text x="{left + 8}" y="{top + 18}" font-weight="bold">{name}</text>']


def draw(title, panels):
    """`panels`: [(name, [(true ns, said ns, cause)])]."""
    rows = (len(panels) + PER_ROW - 1) // PER_ROW
    columns = min(PER_ROW, max(1, len(panels)))
    width = MARGIN + columns * (PANEL + MARGIN)
    height = TOP + rows * (PANEL + GAP + 24) + 30
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{width}" height="{height}" fill="#fafafa"/>',
        f'<text x="{MARGIN}" y="28" font-size="16" font-weight="bold">{title}</text>',
        f'<text x="{MARGIN}" y="48">each point a stall of 40 ms and more, or the longest one of a window; across: true '
        'length, up: reported length; shaded: within 15 ms or 10 %</text>']
    left = MARGIN
    for cause, colour in COLOURS.items():
        if cause == "missed":
            continue
        word = WORDS.get(cause, cause) if cause != "false" else "missed, or not real"
        lines += [f'<circle cx="{left + 5}" cy="66" r="5" fill="{colour}"/>', f'<text x="{left + 15}" y="70">{word}</text>']
        left += 34 + 7 * len(word)
    for index, (name, points) in enumerate(panels):
        lines += panel(name, points, MARGIN + index % PER_ROW * (PANEL + MARGIN),
                       TOP + index // PER_ROW * (PANEL + GAP + 24))
    return "\n".join([*lines, "</svg>", ""])
