"""What is told of an alignment and its markers in numbers: time delta, sectors, summary, coverage, residuals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.alignment.pairs import TimePairs
from mtbsync_core.markers import Z90, MovedMarker
from mtbsync_core.telemetry.track import Track
from mtbsync_core.timing.deviation import of_difference
from mtbsync_core.warp import TimeWarp

Floats = NDArray[np.float64]

_POINTS = 2000
"""Points of a curve at the most: as many as a wide screen has."""
_STEP_S = 0.1


def numbers(values: Floats, digits: int = 4) -> list[float | None]:
    """JSON-ready: rounded, None for what is no number."""
    return [round(value, digits) if np.isfinite(value) else None for value in values.tolist()]


def origin(warp: TimeWarp) -> tuple[float, float]:
    """The first common place, on both clocks: where the delta is zero."""
    return float(warp.ref_s[0]), float(warp.new_s[0])


def delta(warp: TimeWarp | None, end_s: float, track: Track | None) -> dict[str, Any]:
    """The time delta over the reference: how much longer the new run took since the first common place, seconds.

    Negative is ahead. `lo` and `hi` are the ends of the 90 % interval of the place. None in gaps.

    Args:
        end_s: the end of the reference.
        track: of the reference; the distance is counted from the first common place.
    """
    if warp is None:
        return {"ref_s": [], "delta_s": [], "lo": [], "hi": [], "distance_m": None}
    last = min(float(warp.ref_s[-1]), max(end_s, float(warp.ref_s[0])))
    start = float(warp.ref_s[0])
    count = int(np.clip((last - start) / _STEP_S, 2, _POINTS))
    edges = [warp.ref_s[i + at] for i in sorted(warp.gaps) for at in (0, 1)]
    middles = [(warp.ref_s[i] + warp.ref_s[i + 1]) / 2 for i in sorted(warp.gaps)]
    t = np.unique(np.concatenate([np.linspace(start, last, count), edges, middles]))
    t = t[t <= last]
    ref0, new0 = origin(warp)
    found = (warp.to_new(t) - new0) - (t - ref0)
    half = Z90 * warp.uncertainty(t)
    return {
        "ref_s": numbers(t),
        "delta_s": numbers(found),
        "lo": numbers(found - half),
        "hi": numbers(found + half),
        "distance_m": _distance(t, track),
    }


def _distance(t: Floats, track: Track | None) -> list[float | None] | None:
    if track is None or not track.timed:
        return None
    at = np.interp(t, track.t_s, track.distance_m, left=np.nan, right=np.nan)
    if not np.isfinite(at).any():
        return None
    return numbers(at - at[np.isfinite(at)][0], 1)


def marker_delta(warp: TimeWarp | None, moved: MovedMarker) -> float | None:
    """The delta at a marker, seconds."""
    if warp is None or moved.t_new is None:
        return None
    ref0, new0 = origin(warp)
    return (moved.t_new - new0) - (moved.source.t_s - ref0)


def sectors(warp: TimeWarp | None, moved: Sequence[MovedMarker], end_s: float) -> list[dict[str, Any]]:
    """The parts of the trail between its markers, from the first common place to the last: what each cost, and all
    since the first.

    The standard deviation of what a sector cost is that of all times between two places (`timing.deviation`).
    """
    if warp is None:
        return []
    first, last = float(warp.ref_s[0]), min(float(warp.ref_s[-1]), max(end_s, float(warp.ref_s[0])))
    within = sorted((m for m in moved if first < m.source.t_s < last), key=lambda m: m.source.t_s)
    ref0, new0 = origin(warp)
    end = (float(warp.to_new(last)) - new0) - (last - ref0)
    stops = [
        _Stop(None, "start", first, 0.0, _sd(warp, first)),
        *(_Stop(m.source.marker_id, m.source.name, m.source.t_s, marker_delta(warp, m), _sd_of(m)) for m in within),
        _Stop(None, "end", last, end if np.isfinite(end) else None, _sd(warp, last)),
    ]
    rows = []
    for a, b in pairwise(stops):
        rows.append(
            {
                "from": a.id,
                "to": b.id,
                "name": f"{a.name} – {b.name}",
                "ref_s": [round(a.t_ref, 4), round(b.t_ref, 4)],
                "delta_s": None if a.delta_s is None or b.delta_s is None else round(b.delta_s - a.delta_s, 4),
                "cumulative_s": None if b.delta_s is None else round(b.delta_s, 4),
                "sigma_s": None if a.sd_s is None or b.sd_s is None else _sd_between(a.sd_s, b.sd_s, b.t_ref - a.t_ref),
            }
        )
    return rows


class _Stop(NamedTuple):
    """An end of a sector: a marker, or an end of the common trail."""

    id: str | None
    name: str
    t_ref: float
    delta_s: float | None
    sd_s: float | None


def _sd_between(a_s: float, b_s: float, apart_s: float) -> float:
    return round(float(of_difference(a_s, b_s, apart_s)), 4)


def _sd_of(moved: MovedMarker) -> float | None:
    return None if moved.t_hi is None or moved.t_new is None else (moved.t_hi - moved.t_new) / Z90


def _sd(warp: TimeWarp, t_ref: float) -> float | None:
    found = float(warp.uncertainty(t_ref))
    return found if np.isfinite(found) else None


def summary(warp: TimeWarp | None, moved: Sequence[MovedMarker]) -> dict[str, Any]:
    """Of the deltas at the markers that have a place: mean of their sizes, their median, P90 of their sizes, count."""
    found = np.array([d for m in moved if (d := marker_delta(warp, m)) is not None])
    if not len(found):
        return {"mae": None, "median": None, "p90": None, "count": 0}
    return {
        "mae": round(float(np.abs(found).mean()), 4),
        "median": round(float(np.median(found)), 4),
        "p90": round(float(np.percentile(np.abs(found), 90)), 4),
        "count": len(found),
    }


def coverage(warp: TimeWarp | None, end_s: float) -> dict[str, Any]:
    """Share of the reference that has a place by the pictures, as `benchmark-quality` counts it, and the parts of it
    that have none, seconds.
    """
    if warp is None or end_s <= 0:
        return {"share": 0.0, "gaps_s": []}
    seen = sum(
        max(0.0, min(end_s, float(warp.ref_s[s.last])) - float(warp.ref_s[s.first]))
        for s in warp.segments()
        if s.kind == "seen"
    )
    parts = [(a, min(b, end_s)) for a, b in warp.mapped() if a < end_s]
    edges = [0.0, *(t for part in parts for t in part), end_s]
    gaps = [[round(a, 3), round(b, 3)] for a, b in zip(edges[::2], edges[1::2], strict=True) if b - a > 1e-3]
    return {"share": round(min(1.0, seen / end_s), 4), "gaps_s": gaps}


def pairs_of(pairs: TimePairs, warp: TimeWarp | None) -> dict[str, list[Any]]:
    """The pairs with what each is off the map, seconds of the reference clock, with its sign: map less pair."""
    off = warp.to_ref(pairs.t_new) - pairs.t_ref if warp is not None else np.full(len(pairs), np.nan)
    return {
        "t_ref": numbers(pairs.t_ref),
        "t_new": numbers(pairs.t_new),
        "residual_s": numbers(off),
        "sigma_s": numbers(pairs.sigma_s),
        "source": pairs.source.tolist(),
        "valid": pairs.valid.tolist(),
    }


def histogram(markers: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Markers by confidence, in ten steps."""
    counts, edges = np.histogram([m["confidence"] for m in markers], bins=10, range=(0.0, 1.0))
    return {"edges": [round(float(edge), 2) for edge in edges], "counts": counts.tolist()}
