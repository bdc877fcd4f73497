"""The parts of an alignment that are not to be trusted: where they are, why, and what to do about each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.alignment.pairs import TimePairs
from mtbsync_core.markers import Z90
from mtbsync_core.warp import TimeWarp

Floats = NDArray[np.float64]
Why = Literal["gap", "bridge", "wide", "thin", "contradiction"]

_LOST_S = 2.0
"""Seconds of one run without a place in the other that are worth a word."""
_LEAP_S = 3.0
_WIDE_S = 0.3
"""Standard deviation of a place: the 90 % interval is half a second to either side."""
_SHORTEST_S = 1.0
_WINDOW_S = 4.0
_THIN = 0.6
"""Nats per second of common trail, below which a whole alignment would be refused."""
_OFF_S = 0.3
_FEWEST_ANCHORS = 3


@dataclass(frozen=True, slots=True)
class WeakSegment:
    """A part of the runs, as (from, to) seconds on each clock; `ref_s` is None where the reference has no such part."""

    why: Why
    new_s: tuple[float, float]
    ref_s: tuple[float, float] | None
    text: str
    advice: str

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "why": self.why,
            "new_s": [round(t, 3) for t in self.new_s],
            "ref_s": [round(t, 3) for t in self.ref_s] if self.ref_s else None,
            "text": self.text,
            "advice": self.advice,
        }


def weak_segments(
    warp: TimeWarp | None, pairs: TimePairs, new_end_s: float, support: tuple[Floats, Floats] | None = None
) -> tuple[WeakSegment, ...]:
    """The weak parts by rising new time; none where there is no warp.

    Args:
        new_end_s: duration of the new recording, seconds.
        support: times of the new samples and the log ratio of each at its place, both (N,); None without pictures.
    """
    if warp is None:
        return ()
    found = [*_gaps(warp, new_end_s), *_bridges(warp), *_wide(warp), *_contradicted(warp, pairs)]
    if support is not None:
        found += _thin(warp, *support)
    return tuple(sorted(found, key=lambda part: part.new_s))


def clock(seconds: float) -> str:
    """Minutes and seconds, as a user may write them back: 83.25 is 1:23.2."""
    tenths = round(seconds * 10)
    return f"{tenths // 600}:{tenths % 600 / 10:04.1f}"


def _gaps(warp: TimeWarp, new_end_s: float) -> Iterator[WeakSegment]:
    first, last = float(warp.new_s[0]), float(warp.new_s[-1])
    for a, b in ((0.0, first), (last, new_end_s)):
        if b - a > _LOST_S:
            yield _lost((a, b), None)
    for i in sorted(warp.gaps):
        new = float(warp.new_s[i]), float(warp.new_s[i + 1])
        ref = float(warp.ref_s[i]), float(warp.ref_s[i + 1])
        if new[1] - new[0] > _LOST_S:
            yield _lost(new, ref)
        elif ref[1] - ref[0] > _LEAP_S:
            yield WeakSegment(
                "gap",
                new,
                ref,
                f"{ref[1] - ref[0]:.0f} s of the reference, from {clock(ref[0])} on, are not in the new run",
                f"a short cut or a cut in the video; if it is neither, pin a moment near {clock(ref[0])} with --anchor",
            )


def _bridges(warp: TimeWarp) -> Iterator[WeakSegment]:
    bridged = np.isin(np.arange(len(warp.ref_s)), list(warp.bridges)).astype(int)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], bridged])))
    for first, end in edges.reshape(-1, 2):
        new = float(warp.new_s[first]), float(warp.new_s[end])
        yield WeakSegment(
            "bridge",
            new,
            (float(warp.ref_s[first]), float(warp.ref_s[end])),
            f"the pictures show nothing from {clock(new[0])} to {clock(new[1])}; sensors are followed there",
            f"check the markers between {clock(new[0])} and {clock(new[1])} of the new run",
        )


def _lost(new: tuple[float, float], ref: tuple[float, float] | None) -> WeakSegment:
    return WeakSegment(
        "gap",
        new,
        ref,
        f"{new[1] - new[0]:.0f} s of the new run, from {clock(new[0])} on, match nothing in the reference",
        f"if both runs do show the same place there, pin moments after {clock(new[0])} with --anchor REF=NEW",
    )


def _wide(warp: TimeWarp) -> Iterator[WeakSegment]:
    bridged = np.isin(np.arange(len(warp.new_s)), list(warp.bridges))
    # At a stop of one run the other one's clock still tells the place: that is no lack of knowledge.
    sigma = np.minimum(warp.sigma_s, warp.invert().sigma_s)
    for a, b in _runs((sigma > _WIDE_S) & ~bridged, warp.new_s):
        here = (warp.new_s >= a) & (warp.new_s <= b)
        middle = clock((a + b) / 2)
        yield WeakSegment(
            "wide",
            (a, b),
            _on_ref(warp, a, b),
            f"places are known to ±{Z90 * float(np.median(warp.sigma_s[here])):.1f} s only",
            f"pin a moment near {middle} of the new run with --anchor REF=NEW",
        )


def _thin(warp: TimeWarp, t_new: Floats, nats: Floats) -> Iterator[WeakSegment]:
    place = warp.to_ref(t_new)
    sums = np.concatenate([[0.0], np.cumsum(nats)])
    low, high = (np.searchsorted(t_new, t_new + side) for side in (-_WINDOW_S / 2, _WINDOW_S / 2))
    rate = (sums[high] - sums[low]) / _WINDOW_S
    inner = (t_new > t_new[0] + _WINDOW_S / 2) & (t_new < t_new[-1] - _WINDOW_S / 2)
    for i in warp.bridges:
        inner &= (t_new < warp.new_s[i] - _WINDOW_S / 2) | (t_new > warp.new_s[i + 1] + _WINDOW_S / 2)
    for a, b in _runs(np.isfinite(place) & inner & (rate < _THIN), t_new):
        yield WeakSegment(
            "thin",
            (a, b),
            _on_ref(warp, a, b),
            "the pictures of the two runs hardly agree",
            f"look at {clock((a + b) / 2)} of the new run, and pin a moment there with --anchor REF=NEW; "
            "the same mount and view on every run help most",
        )


def _contradicted(warp: TimeWarp, pairs: TimePairs) -> Iterator[WeakSegment]:
    """Where local features or the user's pairs steadily say otherwise than the warp."""
    told = (pairs.source == "anchor") & np.isfinite(warp.to_ref(pairs.t_new))
    t, ref, sigma = pairs.t_new[told], pairs.t_ref[told], pairs.sigma_s[told]
    off = np.abs(warp.to_ref(t) - ref) > np.maximum(_OFF_S, 3 * sigma)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], off.astype(int), [0]])))
    for first, end in edges.reshape(-1, 2):
        if end - first >= _FEWEST_ANCHORS:
            a, b = float(t[first]), float(t[end - 1])
            yield WeakSegment(
                "contradiction",
                (a, b),
                _on_ref(warp, a, b),
                f"{end - first} anchors by local features say otherwise than the pictures as a whole",
                f"compare the runs at {clock((a + b) / 2)} of the new run, and pin that moment with --anchor REF=NEW",
            )


def _runs(bad: NDArray[np.bool_], t: Floats) -> Iterator[tuple[float, float]]:
    """First and last time of each unbroken run of bad samples that lasts long enough."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], bad.astype(int), [0]])))
    for first, end in edges.reshape(-1, 2):
        if t[end - 1] - t[first] >= _SHORTEST_S:
            yield float(t[first]), float(t[end - 1])


def _on_ref(warp: TimeWarp, a: float, b: float) -> tuple[float, float]:
    low, high = np.interp([a, b], warp.new_s, warp.ref_s)
    return float(low), float(high)
