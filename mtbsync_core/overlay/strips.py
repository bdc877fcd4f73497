"""The map: both recordings as strips, joined where they show the same place, with every marker on both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from mtbsync_core.alignment.pairs import TimePairs
from mtbsync_core.alignment.result import Alignment, SavedWarp
from mtbsync_core.markers import MovedMarker
from mtbsync_core.overlay.look import GREY, NEW, PALE, REF, STATUS, short, text
from mtbsync_core.warp import TimeWarp

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MOST_NAMES = 40


def draw_map(
    axes: Axes,
    warp: TimeWarp | None,
    source: Alignment | SavedWarp,
    pairs: TimePairs | None,
    moved: Sequence[MovedMarker],
    ends: tuple[float, float],
) -> None:
    """Two strips, reference below (above the axis that it shares), new run on top, joined by the warp."""
    from matplotlib.patches import Rectangle

    low, high, strip = 0.0, 1.0, 0.13
    axes.set_ylim(low - strip - 0.04, high + 1.0)
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.grid(visible=False)
    axes.tick_params(bottom=False, left=False, labelleft=False)
    for y, length, colour, word, media in (
        (low - strip, ends[0], REF, "reference", source.media_ref),
        (high, ends[1], NEW, "new run", source.media_new),
    ):
        axes.add_patch(Rectangle((0.0, y), length, strip, facecolor=colour, edgecolor="none", zorder=2))
        name = f"{word}  ·  {media.name}" if media is not None else word
        text(
            axes, 0.006 * max(ends), y + strip / 2, name, color="white", va="center", fontsize=8.5, weight="bold",
            zorder=5, bbox={"facecolor": colour, "edgecolor": "none", "pad": 1.0},
        )  # fmt: skip
    if warp is not None:
        for part in warp.parts():
            t, u = part.ref_s, part.new_s
            edge = np.repeat([low, high], [len(t), len(u)])
            axes.fill(np.concatenate([t, u[::-1]]), edge, color="#f2f5f8", zorder=0, linewidth=0)
            ticks = np.linspace(t[0], t[-1], max(2, int((t[-1] - t[0]) / max(ends) * 110)))
            axes.plot([ticks, warp.to_new(ticks)], [low, high], color="#b9c4cf", linewidth=0.6, zorder=1)
    elif pairs is not None and len(pairs):
        some = np.unique(np.linspace(0, len(pairs) - 1, 120).astype(int))
        axes.plot([pairs.t_ref[some], pairs.t_new[some]], [low, high], color="#c3c9d0", linewidth=0.5, zorder=1)
    _map_markers(axes, moved, low, high, strip, max(ends))


def _map_markers(axes: Axes, moved: Sequence[MovedMarker], low: float, high: float, strip: float, width: float) -> None:
    placed = [m for m in moved if m.t_new is not None]
    lost = [m for m in moved if m.t_new is None]
    named = len(moved) <= _MOST_NAMES
    name_look = {"rotation": 55, "ha": "left", "va": "bottom", "rotation_mode": "anchor"}
    at = apart([m.t_new or 0.0 for m in placed], 0.019 * width, width)
    for marker, label_x in zip(placed, at, strict=True):
        colour, t_new = STATUS[marker.status], marker.t_new or 0.0
        axes.plot([marker.source.t_s, t_new], [low, high], color=colour, linewidth=1.5, zorder=3)
        axes.plot([t_new, t_new], [high, high + strip], color="white", linewidth=1.2, zorder=3)
        axes.plot([marker.source.t_s] * 2, [low - strip, low], color="white", linewidth=1.2, zorder=3)
        if marker.t_lo is not None and marker.t_hi is not None:
            axes.plot([marker.t_lo, marker.t_hi], [high + strip + 0.025] * 2, color=colour, linewidth=2.5, zorder=4)
        if named:
            foot = high + strip + 0.05
            axes.plot([t_new, label_x], [foot, foot + 0.1], color=colour, linewidth=0.8)
            text(axes, label_x, foot + 0.12, short(marker.source.name), color=colour, fontsize=8.5, **name_look)
    for marker in lost:
        t = marker.source.t_s
        axes.plot([t, t], [low, low + 0.1], color=PALE, linewidth=1.2, linestyle=":")
        axes.plot([t], [low + 0.1], marker="x", color=PALE, markersize=6, zorder=4)
        if named:
            text(axes, t, low + 0.16, short(marker.source.name), color=GREY, fontsize=8, zorder=5, **name_look)


def apart(at: Sequence[float], least: float, width: float) -> list[float]:
    """Places for labels near `at` and `least` apart, in the same order, within 0 to `width` where they fit.

    >>> apart([1.0, 1.1, 5.0], 1.0, 10.0)
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
