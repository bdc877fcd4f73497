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


@dataclass(frozen=True, slots=True, kw_only=True)
class LowConfidenceOptions:
    """What is worth a word to the user. Half of a value tells more, twice tells less; no map depends on them."""

    lost_s: float = 2.0
    """Seconds of the new run without a place in the reference."""
    leap_s: float = 3.0
    """Seconds of the reference that the new run leaves out."""
    wide_s: float = 0.3
    """Standard deviation of a place: the 90 % interval is half a second to either side."""
    shortest_s: float = 1.0
    """Seconds of the new run that a wide or a thin part lasts at least."""
    window_s: float = 4.0
    """Seconds over which the evidence of the pictures is summed: the shortest map that is not refused."""
    thin: float = 0.6
    """Nats per second of common trail, below which a whole alignment would be refused."""
    off_s: float = 0.3
    """How far anchors have to lie off the map, seconds: the tolerance of a marker's confidence."""
    fewest_anchors: int = 3
    """Anchors in a row that contradict the map."""


LIMITS = LowConfidenceOptions()


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
        if b - a > LIMITS.lost_s:
            yield _lost((a, b), None)
    for i in sorted(warp.gaps):
        new = float(warp.new_s[i]), float(warp.new_s[i + 1])
        ref = float(warp.ref_s[i]), float(warp.ref_s[i + 1])
        if new[1] - new[0] > LIMITS.lost_s:
            yield _lost(new, ref)
        elif ref[1] - ref[0] > LIMITS.leap_s:
            yield WeakSegment(
                "gap",
                new,
                ref,
                f"{ref[1] - ref[0]:.0f} s of the reference, from {clock(ref[0])} on, are not in the new run",
                f"a short cut or a cut in the video; if it is neither, pin a moment near {clock(ref[0])} with --anchor",
            )


def _bridges(warp: TimeWarp) -> Iterator[WeakSegment]:
    for first, end in (part[1:] for part in warp.segments() if part.kind == "bridge"):
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
    for a, b in _runs((sigma > LIMITS.wide_s) & ~bridged, warp.new_s):
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
    low, high = (np.searchsorted(t_new, t_new + side) for side in (-LIMITS.window_s / 2, LIMITS.window_s / 2))
    rate = (sums[high] - sums[low]) / LIMITS.window_s
    inner = (t_new > t_new[0] + LIMITS.window_s / 2) & (t_new < t_new[-1] - LIMITS.window_s / 2)
    for i in warp.bridges:
        inner &= (t_new < warp.new_s[i] - LIMITS.window_s / 2) | (t_new > warp.new_s[i + 1] + LIMITS.window_s / 2)
    for a, b in _runs(np.isfinite(place) & inner & (rate < LIMITS.thin), t_new):
        yield WeakSegment(
            "thin",
            (a, b),
            _on_ref(warp, a, b),
            "the pictures of the two runs hardly agree",
            f"look at {clock((a + b) / 2)} of the new run, and pin a moment there with --anchor REF=NEW; "
            "the same mount and view on every run help most",
        )


def _contradicted(warp: TimeWarp, pairs: TimePairs) -> Iterator[WeakSegment]:
    """Where several anchors by local features in a row say otherwise than the warp."""
    anchors = (pairs.source == "anchor") & np.isfinite(warp.to_ref(pairs.t_new))
    t, ref, sigma = pairs.t_new[anchors], pairs.t_ref[anchors], pairs.sigma_s[anchors]
    off = np.abs(warp.to_ref(t) - ref) > np.maximum(LIMITS.off_s, 3 * sigma)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], off.astype(int), [0]])))
    for first, end in edges.reshape(-1, 2):
        if end - first >= LIMITS.fewest_anchors:
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
        if t[end - 1] - t[first] >= LIMITS.shortest_s:
            yield float(t[first]), float(t[end - 1])


def _on_ref(warp: TimeWarp, a: float, b: float) -> tuple[float, float]:
    low, high = np.interp([a, b], warp.new_s, warp.ref_s)
    return float(low), float(high)
