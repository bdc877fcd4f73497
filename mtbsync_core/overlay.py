"""The overlay: one picture that says how two runs fit, from above to below

* the map: both recordings as strips, joined where they show the same place; every marker goes from one to the other,
* time lost and gained by the new run, with the 90 % band of the warp,
* what is left between the pairs and the warp, in the same band.

All three share the time axis, so that a marker can be followed down. Reference blue, new run orange, as everywhere.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mtbsync_core.alignment.pairs import TimePairs
from mtbsync_core.alignment.result import Alignment, SavedWarp
from mtbsync_core.files import replacing
from mtbsync_core.markers import MovedMarker
from mtbsync_core.warp import TimeWarp

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

REF, NEW = "#1f6fb4", "#e8731a"
_INK, _PALE, _GAP = "#22262b", "#8b939c", "#e9ebee"
_STATUS = {"moved": "#2a8c55", "doubtful": "#c2255c", "outside": _PALE, "gap": _PALE}
_VERDICT = {"good": "#2a8c55", "check": "#b7791f", "refused": "#c2255c"}
_Z90 = 1.6449
_MOST_NAMES = 40
_SIZE_IN = (13.0, 9.2)
_DPI = 130


def draw_overlay(
    path: Path, source: Alignment | SavedWarp, *, pairs: TimePairs | None, moved: Sequence[MovedMarker] = ()
) -> None:
    """Write the overlay of a warp as PNG, atomically. A refused warp is drawn too, with its reasons.

    Raises:
        UsageError: the file cannot be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=_SIZE_IN, dpi=_DPI, facecolor="white")
    canvas = FigureCanvasAgg(figure)
    over, under, rest = figure.subplots(
        3, 1, sharex=True, gridspec_kw={"height_ratios": (3.3, 3.0, 2.0), "hspace": 0.1}
    )
    figure.subplots_adjust(left=0.075, right=0.975, top=0.865, bottom=0.065)
    for axes in (over, under, rest):
        _bare(axes)
    ends = _ends(source, pairs, moved)
    warp = source.warp if source.verdict != "refused" else None
    _title(figure, source, moved)
    _map(over, warp, source, moved, ends)
    _delta(under, warp, pairs, moved)
    _residuals(rest, source.warp, pairs, moved, refused=warp is None)
    for axes in (under, rest):
        _shade(axes, warp, ends[0])
    rest.set_xlim(-0.015 * max(ends), 1.015 * max(ends))
    rest.xaxis.set_major_formatter(_clock_label)
    rest.set_xlabel("time in the reference run (of the new run: upper strip)", color=_INK)
    with replacing(path) as scratch, scratch.open("wb") as file, warnings.catch_warnings():
        # Names in letters that the built-in font lacks are drawn as boxes.
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        canvas.print_png(file)


def _map(
    axes: Axes,
    warp: TimeWarp | None,
    source: Alignment | SavedWarp,
    moved: Sequence[MovedMarker],
    ends: tuple[float, float],
) -> None:
    """Two strips, reference below (above the axis that it shares), new run on top, joined by the warp."""
    low, high, strip = 0.0, 1.0, 0.09
    axes.set_ylim(low - strip - 0.06, high + 1.0)
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.tick_params(bottom=False, left=False, labelleft=False)
    for y, length, colour, word, media in (
        (low - strip, ends[0], REF, "reference", source.media_ref),
        (high, ends[1], NEW, "new run", source.media_new),
    ):
        axes.add_patch(_box(0.0, y, length, strip, colour))
        name = f"{word}  ·  {media.path.name}" if media is not None else word
        _text(axes, 0.004 * max(ends), y + strip / 2, name, color="white", va="center", fontsize=8.5, weight="bold")
    if warp is not None:
        for start, end in warp.mapped():
            inner = (warp.ref_s >= start) & (warp.ref_s <= end)
            t, u = warp.ref_s[inner], warp.new_s[inner]
            axes.fill(
                np.concatenate([t, u[::-1]]),
                np.concatenate([np.full(len(t), low), np.full(len(u), high)]),
                color="#f2f5f8",
                zorder=0,
                linewidth=0,
            )
            ticks = np.linspace(start, end, max(2, int((end - start) / max(ends) * 110)))
            axes.plot([ticks, warp.to_new(ticks)], [low, high], color="#b9c4cf", linewidth=0.6, zorder=1)
    _map_markers(axes, moved, low, high, strip, max(ends))


def _map_markers(
    axes: Axes, moved: Sequence[MovedMarker], low: float, high: float, strip: float, width: float
) -> None:
    placed = [m for m in moved if m.t_new is not None]
    lost = [m for m in moved if m.t_new is None]
    named = len(moved) <= _MOST_NAMES
    at = _apart([m.t_new or 0.0 for m in placed], 0.019 * width, width)
    for marker, label_x in zip(placed, at, strict=True):
        colour, t_new = _STATUS[marker.status], marker.t_new or 0.0
        axes.plot([marker.source.t_s, t_new], [low, high], color=colour, linewidth=1.5, zorder=3)
        axes.plot([t_new, t_new], [high, high + strip], color="white", linewidth=1.2, zorder=3)
        axes.plot([marker.source.t_s] * 2, [low - strip, low], color="white", linewidth=1.2, zorder=3)
        if marker.t_lo is not None and marker.t_hi is not None:
            axes.plot([marker.t_lo, marker.t_hi], [high + strip + 0.025] * 2, color=colour, linewidth=2.5, zorder=4)
        if named:
            foot = high + strip + 0.05
            axes.plot([t_new, label_x], [foot, foot + 0.1], color=colour, linewidth=0.8)
            _text(
                axes, label_x, foot + 0.12, _short(marker.source.name), color=colour, rotation=55, fontsize=8.5,
                ha="left", va="bottom", rotation_mode="anchor",
            )  # fmt: skip
    for marker in lost:
        t = marker.source.t_s
        axes.plot([t, t], [low, low + 0.1], color=_PALE, linewidth=1.2, linestyle=":")
        axes.plot([t], [low + 0.1], marker="x", color=_PALE, markersize=6, zorder=4)
        if named:
            _text(
                axes, t, low + 0.16, _short(marker.source.name), color="#5d656e", rotation=55, fontsize=8,
                ha="left", va="bottom", rotation_mode="anchor", zorder=5,
            )  # fmt: skip


def _delta(axes: Axes, warp: TimeWarp | None, pairs: TimePairs | None, moved: Sequence[MovedMarker]) -> None:
    """Time lost (up) by the new run since the first common place."""
    axes.set_ylabel("new run later (+)\nor earlier (−), s", color=_INK)
    if warp is None:
        _says(axes, "no warp: nothing is carried over")
        if pairs is not None and len(pairs):
            axes.plot(pairs.t_ref, pairs.t_new - pairs.t_ref, ".", color=_PALE, markersize=4, alpha=0.7)
        return
    start = float(warp.new_s[0] - warp.ref_s[0])
    shift = warp.new_s - warp.ref_s - start
    if pairs is not None:
        _dots(axes, pairs.t_ref, pairs.t_new - pairs.t_ref - start, pairs)
        # The curve sets the scale; stray pairs may leave the picture.
    for first, last in warp.mapped():
        inner = (warp.ref_s >= first) & (warp.ref_s <= last)
        t, y, half = warp.ref_s[inner], shift[inner], _Z90 * warp.sigma_s[inner]
        axes.fill_between(t, y - half, y + half, color=NEW, alpha=0.28, linewidth=0, zorder=2)
        axes.plot(t, y, color=NEW, linewidth=1.8, zorder=3)
    axes.axhline(0, color=REF, linewidth=1.2, zorder=1)
    room = 0.12 * max(1.0, float(np.ptp(shift)))
    axes.set_ylim(min(0.0, shift.min()) - room, max(0.0, shift.max()) + room)
    _marker_lines(axes, moved)
    for marker in moved:
        if marker.t_new is not None:
            y = marker.t_new - marker.source.t_s - start
            axes.plot(marker.source.t_s, y, "o", color=_STATUS[marker.status], markersize=5.5, mec="white", zorder=5)
    _legend(
        axes,
        [
            {"color": REF, "linewidth": 1.2, "label": "reference"},
            {"color": NEW, "linewidth": 1.8, "label": "new run"},
            {"color": NEW, "alpha": 0.28, "linewidth": 7, "label": "90 %"},
        ],
    )


def _residuals(
    axes: Axes, warp: TimeWarp | None, pairs: TimePairs | None, moved: Sequence[MovedMarker], *, refused: bool
) -> None:
    axes.set_ylabel("pairs − warp, s", color=_INK)
    if warp is None or pairs is None or not len(pairs):
        _says(axes, "no pairs to compare with" if warp is not None else "nothing could be fitted")
        return
    place = warp.to_ref(pairs.t_new)
    away = pairs.t_ref - place
    seen = np.isfinite(away)
    good = np.abs(away[seen & pairs.valid])
    limit = float(max(0.25, 1.3 * np.percentile(good, 99))) if len(good) else 1.0
    slope = np.maximum(np.gradient(warp.new_s, warp.ref_s), 0.05)
    half = _Z90 * warp.sigma_s / slope
    for first, last in warp.mapped():
        inner = (warp.ref_s >= first) & (warp.ref_s <= last)
        axes.fill_between(warp.ref_s[inner], -half[inner], half[inner], color=NEW, alpha=0.28, linewidth=0)
    axes.axhline(0, color=_INK, linewidth=0.8)
    _dots(axes, place, away, pairs)
    axes.set_ylim(-limit, limit)
    _marker_lines(axes, [] if refused else moved)
    beyond = int((np.abs(away[seen]) > limit).sum())
    note = f"{beyond} of {len(pairs)} pairs lie beyond" if beyond else ""
    axes.text(0.995, 0.05, note, transform=axes.transAxes, ha="right", fontsize=8, color="#5d656e")
    _legend(
        axes,
        [
            {"color": "#3d5a80", "marker": ".", "linestyle": "", "label": "whole pictures"},
            {"color": "#111111", "marker": "D", "markersize": 3.5, "linestyle": "", "label": "local features"},
            {"color": _PALE, "marker": "x", "markersize": 4, "linestyle": "", "label": "not used"},
        ],
    )


def _dots(axes: Axes, x: Any, y: Any, pairs: TimePairs) -> None:
    anchor = pairs.source != "sequence"
    looks: tuple[tuple[Any, dict[str, Any]], ...] = (
        (~pairs.valid, {"marker": "x", "color": _PALE, "markersize": 3.5, "markeredgewidth": 0.7, "alpha": 0.8}),
        (pairs.valid & ~anchor, {"marker": ".", "color": "#3d5a80", "markersize": 4, "alpha": 0.65}),
        (pairs.valid & anchor, {"marker": "D", "color": "#111111", "markersize": 2.8, "alpha": 0.8}),
    )
    for which, look in looks:
        axes.plot(x[which], y[which], linestyle="", zorder=2.5, **look)


def _shade(axes: Axes, warp: TimeWarp | None, end: float) -> None:
    """Grey where the new run does not show the reference."""
    if warp is None:
        return
    edges = [0.0, *(t for stretch in warp.mapped() for t in stretch), end]
    for a, b in zip(edges[::2], edges[1::2], strict=True):
        if b - a > 0.05:
            axes.axvspan(a, b, color=_GAP, zorder=0, linewidth=0)
            if b - a > 0.06 * end:
                axes.text(
                    (a + b) / 2, 0.5, "not in\nthe new run", transform=axes.get_xaxis_transform(), ha="center",
                    va="center", fontsize=8, color="#5d656e",
                )  # fmt: skip


def _marker_lines(axes: Axes, moved: Sequence[MovedMarker]) -> None:
    for marker in moved:
        axes.axvline(marker.source.t_s, color=_STATUS[marker.status], linewidth=0.8, alpha=0.55, zorder=1.5)


def _title(figure: Figure, source: Alignment | SavedWarp, moved: Sequence[MovedMarker]) -> None:
    names = [m.path.name if m is not None else word for m, word in
             ((source.media_new, "new run"), (source.media_ref, "reference"))]  # fmt: skip
    head = figure.text(0.075, 0.962, f"{names[0]}  on  {names[1]}", fontsize=14, weight="bold", color=_INK)
    reasons = "; ".join(source.reasons)
    line = figure.text(
        0.075, 0.932, f"verdict: {source.verdict}", fontsize=10.5, weight="bold", color=_VERDICT[source.verdict]
    )
    more = figure.text(0.168, 0.932, reasons if len(reasons) < 130 else reasons[:128] + "…", fontsize=10, color=_INK)
    for text in (head, line, more):
        text.set_parse_math(False)
    x = 0.075
    for status, words in (("moved", "moved"), ("doubtful", "need a look"), ("lost", "not in the new run")):
        n = sum((m.status if m.t_new is not None else "lost") == status for m in moved)
        if n:
            figure.text(x, 0.903, f"{n} {words}", fontsize=10, weight="bold", color=_STATUS.get(status, "#5d656e"))
            x += 0.03 + 0.0085 * len(f"{n} {words}")


def _ends(
    source: Alignment | SavedWarp, pairs: TimePairs | None, moved: Sequence[MovedMarker]
) -> tuple[float, float]:
    """Where each recording ends; without its description, the last second that anything is known about."""
    ref, new = [1.0], [1.0]
    if source.warp is not None and source.warp.ref_s[-1] < 86400:
        ref.append(float(source.warp.ref_s[-1]))
        new.append(float(source.warp.new_s[-1]))
    if pairs is not None and len(pairs):
        ref.append(float(pairs.t_ref.max()))
        new.append(float(pairs.t_new.max()))
    ref += [m.source.t_s for m in moved]
    new += [m.t_new for m in moved if m.t_new is not None]
    return (
        source.media_ref.duration_s if source.media_ref is not None else max(ref),
        source.media_new.duration_s if source.media_new is not None else max(new),
    )


def _apart(at: Sequence[float], least: float, width: float) -> list[float]:
    """Places for labels near `at` and `least` apart, in the same order, within 0 to `width` where they fit.

    >>> _apart([1.0, 1.1, 5.0], 1.0, 10.0)
    [0.55, 1.55, 5.0]
    """
    order = sorted(range(len(at)), key=lambda i: at[i])
    # Clusters of labels that touch, each centred on the mean of what it labels.
    clusters: list[tuple[list[int], float]] = []
    for i in order:
        members, middle = [i], at[i]
        while clusters and middle - clusters[-1][1] < least * (len(members) + len(clusters[-1][0])) / 2:
            members = clusters.pop()[0] + members
            half = least * (len(members) - 1) / 2
            middle = min(max(sum(at[k] for k in members) / len(members), half), max(half, width - half))
        clusters.append((members, middle))
    places = [0.0] * len(at)
    for members, middle in clusters:
        for n, i in enumerate(members):
            places[i] = round(middle + least * (n - (len(members) - 1) / 2), 6)
    return places


def _bare(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color("#c3c9d0")
    axes.tick_params(colors="#4b535c", labelsize=9)
    axes.yaxis.label.set_fontsize(9.5)
    axes.grid(axis="y", color="#eef0f3", linewidth=0.8)
    axes.set_axisbelow(True)


def _legend(axes: Axes, looks: Sequence[dict[str, Any]]) -> None:
    from matplotlib.lines import Line2D

    handles = [Line2D([], [], **look) for look in looks]
    axes.legend(
        handles=handles, loc="upper left", ncols=len(handles), fontsize=8.5, frameon=True, framealpha=0.9, edgecolor="none"
    )


def _says(axes: Axes, text: str) -> None:
    axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", va="center", fontsize=11, color="#5d656e")


def _text(axes: Axes, x: float, y: float, text: str, **look: Any) -> None:
    """People's text: a $ in a name is a dollar."""
    axes.text(x, y, text, **look).set_parse_math(False)


def _box(x: float, y: float, width: float, height: float, colour: str) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle((x, y), width, height, facecolor=colour, edgecolor="none", zorder=2)


def _short(name: str) -> str:
    line = " ".join(name.split())
    return line if len(line) <= 26 else line[:25] + "…"


def _clock_label(seconds: float, _position: int | None = None) -> str:
    return f"{int(seconds) // 60}:{seconds % 60:02.0f}" if seconds >= 0 else ""
