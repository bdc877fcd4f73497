"""The parts of an alignment that are not to be trusted: where they are, why, and what to do about each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.alignment.pairs import TimePairs
from mtbsync_core.markers import Z90
from mtbsync_core.options import paced
from mtbsync_core.telemetry.track import runs_of
from mtbsync_core.warp import Span, TimeWarp

Floats = NDArray[np.float64]
Why = Literal["gap", "bridge", "wide", "thin", "contradiction"]
Found = Iterator[tuple[Why, Span, str, str]]
"""Why, (from, to) seconds of the new run, text and advice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LowConfidenceOptions:
    """What is worth a word to the user. Half of a value tells more, twice tells less; no map depends on them."""

    lost_s: float = paced(2.0)
    """Seconds of the new run without a place in the reference, where that goes on for as long at least."""
    past_s: float = paced(5.0)
    """Seconds for which the new run may ride on past an end of the reference: nobody switches cameras off at one place.
    What lasts longer may be the lap again."""
    leap_s: float = 3.0
    """Seconds of the reference that the new run leaves out."""
    wide_s: float = paced(0.3)
    """Standard deviation of a place: the 90 % interval is half a second to either side."""
    shortest_s: float = paced(1.0)
    """Seconds of the new run that a wide or a thin part lasts at least."""
    window_s: float = paced(4.0)
    """Seconds over which the evidence of the pictures is summed: the shortest map that is not refused."""
    thin: float = paced(0.6, -1)
    """Nats per second of common trail, below which a whole alignment would be refused."""
    off_s: float = paced(0.3)
    """How far anchors have to lie off the map, seconds: the tolerance of a marker's confidence."""
    fewest_anchors: int = 3
    """Anchors in a row that contradict the map."""


@dataclass(frozen=True, slots=True)
class WeakSegment:
    """A part of the runs, as (from, to) seconds on each clock; `ref_s` is None where the reference has no such part."""

    why: Why
    new_s: Span
    ref_s: Span | None
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
    warp: TimeWarp | None,
    pairs: TimePairs,
    ends_s: Span,
    support: tuple[Floats, Floats] | None = None,
    options: LowConfidenceOptions | None = None,
    *,
    from_s: float = 0.0,
) -> tuple[WeakSegment, ...]:
    """The weak parts by rising new time; none where there is no warp.

    Args:
        ends_s: where the reference and the new run end, seconds. Where the new run rides on past an end of the
            reference for a moment, nothing is missing.
        support: times of the new samples and the log ratio of each at its place, both (N,); None without pictures.
        from_s: where the new run begins on its clock: not at 0 where it is a part of a recording.
    """
    if warp is None:
        return ()
    o = options or LowConfidenceOptions()
    found = [*_gaps(warp, ends_s, from_s, o), *_bridges(warp), *_wide(warp, o), *_contradicted(warp, pairs, o)]
    if support is not None:
        found += _thin(warp, *support, o)
    parts = (WeakSegment(why, new_s, _on_ref(warp, new_s), text, advice) for why, new_s, text, advice in found)
    return tuple(sorted(parts, key=lambda part: part.new_s))


def clock(seconds: float) -> str:
    """Minutes and seconds, as a user may write them back: 83.25 is 1:23.2."""
    tenths = round(seconds * 10)
    return f"{tenths // 600}:{tenths % 600 / 10:04.1f}"


def _on_ref(warp: TimeWarp, new_s: Span) -> Span | None:
    if new_s[0] < warp.new_s[0] or new_s[1] > warp.new_s[-1]:
        return None
    low, high = np.interp(new_s, warp.new_s, warp.ref_s)
    return float(low), float(high)


def _gaps(warp: TimeWarp, ends_s: Span, from_s: float, o: LowConfidenceOptions) -> Found:
    spans = [(*warp.new_s[i : i + 2].tolist(), *warp.ref_s[i : i + 2].tolist()) for i in sorted(warp.gaps)]
    if warp.ref_s[0] > o.lost_s or warp.new_s[0] - from_s > o.past_s:
        spans.append((from_s, float(warp.new_s[0]), 0.0, 0.0))
    if warp.ref_s[-1] < ends_s[0] - o.lost_s or warp.new_s[-1] < ends_s[1] - o.past_s:
        spans.append((float(warp.new_s[-1]), ends_s[1], 0.0, 0.0))
    for a, b, ref_a, ref_b in spans:
        if b - a > o.lost_s:
            yield (
                "gap",
                (a, b),
                f"{b - a:.0f} s of the new run, from {clock(a)} on, match nothing in the reference",
                f"if both runs do show the same place there, pin moments after {clock(a)} with --anchor REF=NEW",
            )
        elif ref_b - ref_a > o.leap_s:
            yield (
                "gap",
                (a, b),
                f"{ref_b - ref_a:.0f} s of the reference, from {clock(ref_a)} on, are not in the new run",
                f"a short cut or a cut in the video; if it is neither, pin a moment near {clock(ref_a)} with --anchor",
            )


def _bridges(warp: TimeWarp) -> Found:
    for kind, first, last in warp.segments():
        if kind == "bridge":
            a, b = float(warp.new_s[first]), float(warp.new_s[last])
            yield (
                "bridge",
                (a, b),
                f"the pictures show nothing from {clock(a)} to {clock(b)}; sensors are followed there",
                f"check the markers between {clock(a)} and {clock(b)} of the new run",
            )


def _wide(warp: TimeWarp, o: LowConfidenceOptions) -> Found:
    bridged = np.isin(np.arange(len(warp.new_s)), list(warp.bridges))
    # At a stop of one run the other one's clock still tells the place: that is no lack of knowledge.
    sigma = np.minimum(warp.sigma_s, warp.invert().sigma_s)
    for first, end in runs_of((sigma > o.wide_s) & ~bridged):
        a, b = float(warp.new_s[first]), float(warp.new_s[end - 1])
        if b - a >= o.shortest_s:
            half = Z90 * float(np.median(warp.sigma_s[first:end]))
            yield (
                "wide",
                (a, b),
                f"places are known to ±{half:.1f} s only",
                f"pin a moment near {clock((a + b) / 2)} of the new run with --anchor REF=NEW",
            )


def _thin(warp: TimeWarp, t_new: Floats, nats: Floats, o: LowConfidenceOptions) -> Found:
    half = o.window_s / 2
    sums = np.concatenate([[0.0], np.cumsum(nats)])
    low, high = (np.searchsorted(t_new, t_new + side) for side in (-half, half))
    rate = (sums[high] - sums[low]) / o.window_s
    inner = (t_new > t_new[0] + half) & (t_new < t_new[-1] - half)
    for i in warp.bridges:
        inner &= (t_new < warp.new_s[i] - half) | (t_new > warp.new_s[i + 1] + half)
    for first, end in runs_of(np.isfinite(warp.to_ref(t_new)) & inner & (rate < o.thin)):
        a, b = float(t_new[first]), float(t_new[end - 1])
        if b - a >= o.shortest_s:
            yield (
                "thin",
                (a, b),
                "the pictures of the two runs hardly agree",
                f"look at {clock((a + b) / 2)} of the new run, and pin a moment there with --anchor REF=NEW; "
                "the same mount and view on every run help most",
            )


def _contradicted(warp: TimeWarp, pairs: TimePairs, o: LowConfidenceOptions) -> Found:
    """Where several anchors by local features in a row say otherwise than the warp."""
    off = pairs.off_s(warp)
    anchors = (pairs.source == "anchor") & np.isfinite(off)
    t = pairs.t_new[anchors]
    for first, end in runs_of(off[anchors] > np.maximum(o.off_s, 3 * pairs.sigma_s[anchors])):
        count, a, b = end - first, float(t[first]), float(t[end - 1])
        if count >= o.fewest_anchors:
            yield (
                "contradiction",
                (a, b),
                f"{count} anchors by local features say otherwise than the pictures as a whole",
                f"compare the runs at {clock((a + b) / 2)} of the new run, and pin that moment with --anchor REF=NEW",
            )
