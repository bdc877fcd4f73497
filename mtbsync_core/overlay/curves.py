"""The two curves below the map: time lost and gained with its 90 % band, and what the warp leaves of the pairs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mtbsync_core.alignment.pairs import TimePairs
from mtbsync_core.markers import Z90, MovedMarker
from mtbsync_core.overlay.look import GAP, GREY, INK, NEW, PALE, REF, STATUS, legend, says
from mtbsync_core.warp import TimeWarp

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_delta(axes: Axes, warp: TimeWarp | None, pairs: TimePairs | None, moved: Sequence[MovedMarker]) -> None:
    """Time lost (up) by the new run since the first common place."""
    axes.set_ylabel("new run later (+)\nor earlier (−), s", color=INK)
    if warp is None:
        says(axes, "nothing is carried over")
        if pairs is not None and len(pairs):
            axes.plot(pairs.t_ref, pairs.t_new - pairs.t_ref, ".", color=PALE, markersize=4, alpha=0.7)
        return
    start = float(warp.new_s[0] - warp.ref_s[0])
    shift = warp.new_s - warp.ref_s - start
    if pairs is not None:
        _dots(axes, pairs.t_ref, pairs.t_new - pairs.t_ref - start, pairs)
    for part in warp.parts():
        t, y, half = part.ref_s, part.new_s - part.ref_s - start, Z90 * part.sigma_s
        axes.fill_between(t, y - half, y + half, color=NEW, alpha=0.28, linewidth=0, zorder=2)
        axes.plot(t, y, color=NEW, linewidth=1.8, zorder=3)
    axes.axhline(0, color=REF, linewidth=1.2, zorder=1)
    # The curve sets the scale; stray pairs may leave the picture.
    room = 0.12 * max(1.0, float(np.ptp(shift)))
    axes.set_ylim(min(0.0, shift.min()) - room, max(0.0, shift.max()) + 2.2 * room)
    _marker_lines(axes, moved)
    for marker in moved:
        if marker.t_new is not None:
            place = marker.source.t_s, marker.t_new - marker.source.t_s - start
            axes.plot(*place, "o", color=STATUS[marker.status], markersize=5.5, mec="white", zorder=5)
    looks: list[dict[str, Any]] = [
        {"color": REF, "linewidth": 1.2, "label": "reference"},
        {"color": NEW, "linewidth": 1.8, "label": "new run"},
        {"color": NEW, "alpha": 0.28, "linewidth": 7, "label": "90 %"},
    ]
    legend(axes, looks)


def draw_residuals(
    axes: Axes, warp: TimeWarp | None, pairs: TimePairs | None, moved: Sequence[MovedMarker], *, refused: bool
) -> None:
    axes.set_ylabel("pairs − warp, s", color=INK)
    if warp is None or pairs is None or not len(pairs):
        says(axes, "no pairs to compare with" if warp is not None else "nothing could be fitted")
        return
    place = warp.to_ref(pairs.t_new)
    away = pairs.t_ref - place
    seen = np.isfinite(away)
    good = np.abs(away[seen & pairs.valid])
    limit = float(max(0.25, 1.3 * np.percentile(good, 99))) if len(good) else 1.0
    for part in warp.parts():
        half = Z90 * part.invert().sigma_s
        axes.fill_between(part.ref_s, -half, half, color=NEW, alpha=0.28, linewidth=0)
    axes.axhline(0, color=INK, linewidth=0.8)
    _dots(axes, place, away, pairs)
    axes.set_ylim(-limit, 1.45 * limit)  # room for the legend
    _marker_lines(axes, [] if refused else moved)
    beyond = int((np.abs(away[seen]) > limit).sum())
    note = f"{beyond} of {len(pairs)} pairs lie beyond" if beyond else ""
    axes.text(0.995, 0.05, note, transform=axes.transAxes, ha="right", fontsize=8, color=GREY)
    looks: list[dict[str, Any]] = [
        {"color": "#3d5a80", "marker": ".", "linestyle": "", "label": "whole pictures"},
        {"color": "#111111", "marker": "D", "markersize": 3.5, "linestyle": "", "label": "local features"},
        {"color": PALE, "marker": "x", "markersize": 4, "linestyle": "", "label": "not used"},
    ]
    legend(axes, looks)


def _dots(axes: Axes, x: Any, y: Any, pairs: TimePairs) -> None:
    anchor = pairs.source != "sequence"
    looks: tuple[tuple[Any, dict[str, Any]], ...] = (
        (~pairs.valid, {"marker": "x", "color": PALE, "markersize": 3.5, "markeredgewidth": 0.7, "alpha": 0.8}),
        (pairs.valid & ~anchor, {"marker": ".", "color": "#3d5a80", "markersize": 4, "alpha": 0.65}),
        (pairs.valid & anchor, {"marker": "D", "color": "#111111", "markersize": 2.8, "alpha": 0.8}),
    )
    for which, look in looks:
        axes.plot(x[which], y[which], linestyle="", zorder=2.5, **look)


def shade(axes: Axes, warp: TimeWarp | None, end: float) -> None:
    """Grey where the new run does not show the reference."""
    if warp is None:
        return
    edges = [0.0, *(t for stretch in warp.mapped() for t in stretch), end]
    for a, b in zip(edges[::2], edges[1::2], strict=True):
        if b - a > 0.05:
            axes.axvspan(a, b, color=GAP, zorder=0, linewidth=0)
            if b - a > 0.06 * end:
                axes.text(
                    (a + b) / 2, 0.5, "not in\nthe new run", transform=axes.get_xaxis_transform(), ha="center",
                    va="center", fontsize=8, color=GREY,
                )  # fmt: skip


def _marker_lines(axes: Axes, moved: Sequence[MovedMarker]) -> None:
    for marker in moved:
        axes.axvline(marker.source.t_s, color=STATUS[marker.status], linewidth=0.8, alpha=0.55, zorder=1.5)
