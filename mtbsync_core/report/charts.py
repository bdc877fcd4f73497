"""The charts of the race report as SVG: the time delta with its 90 % band, and the speeds of both runs below it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from itertools import pairwise
from typing import Any, NamedTuple

from mtbsync_core.report.words import clock, kilometres_an_hour, seconds

WIDTH, LEFT, RIGHT = 1000.0, 46.0, 10.0
_DELTA_HIGH, _SPEED_HIGH, _TOP, _BOTTOM = 270.0, 130.0, 34.0, 20.0
_STEPS = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0)

Values = Sequence[float | None]
Step = tuple[float, float, float, float]
"""From a point to the next."""


class Box(NamedTuple):
    """Where values are drawn: `x0` to `x1` from left to right, `y0` to `y1` upwards, in a picture `high`."""

    x0: float
    x1: float
    y0: float
    y1: float
    high: float
    top: float

    def x(self, value: float) -> float:
        """Across."""
        return LEFT + (WIDTH - LEFT - RIGHT) * (value - self.x0) / (self.x1 - self.x0)

    def y(self, value: float) -> float:
        """Down."""
        return self.high - _BOTTOM - (self.high - _BOTTOM - self.top) * (value - self.y0) / (self.y1 - self.y0)


def delta_chart(
    found: Mapping[str, Any], sectors: Sequence[Mapping[str, Any]], lines: Sequence[Mapping[str, Any]]
) -> str:
    """The time delta over the reference's clock: how far behind (above the line) or ahead, with its 90 % band.

    Grey where zero lies in the band. Sectors that surely lost or gained are tinted; the three places are numbered.

    Args:
        found: a comparison of `mtbsync.report`.
        sectors, lines: all of the trail.
    """
    curve = found["curve"]
    t, delta, half = curve["t_ref"], curve["delta_s"], curve["half90_s"]
    known = [i for i, value in enumerate(delta) if value is not None]
    if len(known) < 2:
        return ""
    low = min(0.0, *(delta[i] - half[i] for i in known))
    high = max(0.0, *(delta[i] + half[i] for i in known))
    room = 0.06 * max(high - low, 0.1)
    box = Box(t[0], t[-1], low - room, high + room, _DELTA_HIGH, _TOP)
    parts = [
        _sector_columns(found["sectors"], sectors, lines, box),
        _grid(box, "{:+.1f}" if high - low > 0.8 else "{:+.2f}"),
    ]
    band: list[str] = []
    sure: list[Step] = []
    unsure: list[Step] = []
    for first, last in _stretches(delta):
        here = range(first, last)
        above = [(box.x(t[i]), box.y(delta[i] + half[i])) for i in here]
        below = [(box.x(t[i]), box.y(delta[i] - half[i])) for i in reversed(here)]
        band.append(f"M{_points(above + below)}Z")
        for a, b in pairwise(here):
            is_sure = abs(delta[a] + delta[b]) > half[a] + half[b]
            (sure if is_sure else unsure).append((box.x(t[a]), box.y(delta[a]), box.x(t[b]), box.y(delta[b])))
    parts.append(f'<path class="band" d="{"".join(band)}"/>')
    parts.append(f'<path class="vague" d="{_lines(unsure)}"/><path class="clear" d="{_lines(sure)}"/>')
    for n, place in enumerate(found["places"], 1):
        at = min(known, key=lambda i: abs(t[i] - place["t_ref"]))
        x, y = box.x(place["t_ref"]), box.y(delta[at])
        parts.append(
            f'<g class="place"><line x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP:.0f}" y2="{box.high - _BOTTOM:.0f}"/>'
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="9"/><text x="{x:.1f}" y="{y + 4:.1f}">{n}</text></g>'
        )
    parts.append(_time_axis(box))
    end = found["gap_s"]
    told = f"Time delta of {found['run']} against {found['against']}" + (
        f"; at the end {seconds(end, sign=True)}" if end is not None else ""
    )
    return _svg(box, "".join(parts), told, "delta", _hover(curve, ("delta_s", "half90_s")))


def speed_chart(found: Mapping[str, Any], sectors: Sequence[Mapping[str, Any]]) -> str:
    """The speeds over the same clock: km/h of both where a GPS track is known, else their ratio in percent."""
    curve = found["curve"]
    if curve["speed_kmh"] is not None:
        rows: list[tuple[str, Any]] = [("against", curve["against_speed_kmh"]), ("run", curve["speed_kmh"])]
        unit, base, pattern = kilometres_an_hour, 0.0, "{:.0f}"
    else:
        percent = [None if ratio is None else 100 * ratio for ratio in curve["speed_ratio"]]
        rows, unit, base, pattern = [("run", percent)], "{:.0f} %".format, 100.0, "{:.0f} %"
    values = [value for _, row in rows for value in row if value is not None and math.isfinite(value)]
    if len(values) < 2:
        return ""
    values = sorted(values)
    low, high = min(base, values[len(values) // 100]), max(base, values[-1 - len(values) // 100])
    room = 0.08 * max(high - low, 1.0)
    box = Box(curve["t_ref"][0], curve["t_ref"][-1], low - (room if low < base else 0.0), high + room, _SPEED_HIGH, 8.0)
    parts = [_rules(sectors, box), _grid(box, pattern, base)]
    for name, row in rows:
        lines = []
        for first, last in _stretches(row):
            clipped = [(i, min(max(row[i], box.y0), box.y1)) for i in range(first, last)]
            lines.append(f"M{_points([(box.x(curve['t_ref'][i]), box.y(value)) for i, value in clipped])}")
        parts.append(f'<path class="{name}" d="{"".join(lines)}"/>')
    parts.append(_time_axis(box))
    told = f"Speeds of {found['run']} and {found['against']}, from {unit(values[0])} to {unit(values[-1])}"
    return _svg(box, "".join(parts), told, "speed", "")


def loss_bar(loss_s: float, half_s: float, *, sure: bool, most_s: float) -> str:
    """A bar from the middle to the right (lost) or left (gained) with its 90 % interval as a whisker."""
    x, wide = 50 + 48 * loss_s / most_s, 48 * half_s / most_s
    kind = ("lost" if loss_s > 0 else "gained") if sure else "unsure"
    return (
        f'<svg class="bar" viewBox="0 0 100 14" preserveAspectRatio="none" aria-hidden="true"><rect class="{kind}" '
        f'x="{min(50.0, x):.1f}" y="3" width="{abs(x - 50):.1f}" height="8"/>'
        f'<path class="whisker" d="M{max(0.0, x - wide):.1f} 7H{min(100.0, x + wide):.1f}"/>'
        '<path class="zero" d="M50 0V14"/></svg>'
    )


def _sector_columns(
    losses: Sequence[Mapping[str, Any]],
    sectors: Sequence[Mapping[str, Any]],
    lines: Sequence[Mapping[str, Any]],
    box: Box,
) -> str:
    """A column for each sector, tinted where the loss is sure, with the line at which it begins and the loss above."""
    made = []
    for sector, line, loss in zip(sectors, lines, losses, strict=False):
        left, right = box.x(sector["from_s"]), box.x(sector["to_s"])
        kind = ("lost" if loss["loss_s"] > 0 else "gained") if loss["sure"] else "unsure"
        text = seconds(loss["loss_s"] if loss["same_way"] else None, sign=True, unit=False)
        most = int((right - left - 6) / 7)
        name = line["name"] if len(line["name"]) <= most else f"{line['name'][: max(most - 1, 0)]}…"
        made.append(
            f'<g class="column {kind}"><rect x="{left:.1f}" y="{_TOP:.0f}" width="{right - left:.1f}" '
            f'height="{box.high - _BOTTOM - _TOP:.0f}"/><path d="M{left:.1f} 2V{box.high - _BOTTOM:.0f}"/>'
            f'<text class="name" x="{left + 4:.1f}" y="13">{escape(name) if most > 3 else ""}</text>'
            f'<text class="loss" x="{left + 4:.1f}" y="28">{text if right - left > 34 else ""}</text></g>'
        )
    return "".join(made)


def _rules(sectors: Sequence[Mapping[str, Any]], box: Box) -> str:
    places = [s["from_s"] for s in sectors if box.x0 <= s["from_s"] <= box.x1]
    return "".join(f'<path class="rule" d="M{box.x(t):.1f} {box.top:.0f}V{box.high - _BOTTOM:.0f}"/>' for t in places)


def _grid(box: Box, pattern: str, base: float = 0.0) -> str:
    """Lines across at round values, that of `base` stronger."""
    step = _step((box.y1 - box.y0) / (box.high / 42))
    made = []
    for n in range(math.ceil((box.y0 - base) / step), math.floor((box.y1 - base) / step) + 1):
        value = base + n * step
        y, kind = box.y(value), "grid" if n else "axis"
        text = (pattern.format(value) if abs(value) > 1e-9 else "0").replace("-", "−")
        made.append(
            f'<path class="{kind}" d="M{LEFT:.0f} {y:.1f}H{WIDTH - RIGHT:.0f}"/>'
            f'<text class="tick" x="{LEFT - 6:.0f}" y="{y + 4:.1f}" text-anchor="end">{text}</text>'
        )
    return "".join(made)


def _time_axis(box: Box) -> str:
    step = max(1.0, _step((box.x1 - box.x0) / 9))
    made = []
    for n in range(math.ceil(box.x0 / step), math.floor(box.x1 / step) + 1):
        place = f'x="{box.x(n * step):.1f}" y="{box.high - 5:.0f}"'
        made.append(f'<text class="tick" {place} text-anchor="middle">{clock(n * step)}</text>')
    return "".join(made)


def _step(least: float) -> float:
    return next((step for step in _STEPS if step >= least), _STEPS[-1])


def _stretches(values: Values) -> Iterator[tuple[int, int]]:
    """First and end of each run of values that are known, two or more."""
    first = None
    for i, value in enumerate([*values, None]):
        if value is not None and first is None:
            first = i
        elif value is None and first is not None:
            if i - first > 1:
                yield first, i
            first = None


def _points(points: Sequence[tuple[float, float]]) -> str:
    return "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def _lines(steps: Sequence[Step]) -> str:
    """Steps as one path, those that follow each other without a break."""
    made, end = [], None
    for xa, ya, xb, yb in steps:
        made.append(f"L{xb:.1f} {yb:.1f}" if end == (xa, ya) else f"M{xa:.1f} {ya:.1f}L{xb:.1f} {yb:.1f}")
        end = xb, yb
    return "".join(made)


def _hover(curve: Mapping[str, Any], names: Sequence[str]) -> str:
    """The values as attributes, for the words below the pointer."""
    rows = {"t": curve["t_ref"], "d": curve[names[0]], "h": curve[names[1]]}
    texts = {key: ",".join("" if v is None else f"{v:.4g}" for v in row) for key, row in rows.items()}
    return "".join(f' data-{key}="{text}"' for key, text in texts.items())


def _svg(box: Box, body: str, told: str, kind: str, data: str) -> str:
    scale = f' data-x0="{box.x0:g}" data-x1="{box.x1:g}" data-left="{LEFT:g}" data-right="{RIGHT:g}"'
    return (
        f'<svg class="chart {kind}" viewBox="0 0 {WIDTH:.0f} {box.high:.0f}" role="img" '
        f'aria-label="{escape(told)}"{scale}{data}>{body}</svg>'
    )
