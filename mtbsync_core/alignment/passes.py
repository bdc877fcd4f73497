"""Every ride of a reference in a long recording, such as an afternoon with a lift: a coarse search, then an alignment
of each part that it finds.

The search sees about one key frame a second and compares it with the reference (`hmm.restarts`). A part that it finds
is looked at again, at every key frame, and aligned like any other pair: a ride is one if that is not refused.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.alignment.emission.pictures import PictureOptions
from mtbsync_core.alignment.hmm.restarts import Places, RestartOptions, ridden_places
from mtbsync_core.alignment.judge.verdict import Verdict
from mtbsync_core.alignment.options import AlignOptions
from mtbsync_core.alignment.pipeline import align_indexes
from mtbsync_core.alignment.stopwatch import Progress
from mtbsync_core.errors import EvidenceError
from mtbsync_core.media.frames import reduce_frames
from mtbsync_core.media.proxy import with_proxies
from mtbsync_core.media.sampling import Sampling
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.vision.index import FrameIndex, IndexOptions, build_index
from mtbsync_core.vision.registry import describer_named
from mtbsync_core.vision.similarity import contrast, standardise
from mtbsync_core.warp import Span, TimeWarp

Floats = NDArray[np.float64]

COARSE = Sampling(max_gap_s=2.0, fill_s=1.0, sparse_s=1.0, small_pixels_per_s=0.0)
"""Of the search: key frames, about one a second, and nothing between them unless they are very far apart."""

SEVERAL = 1.5
"""A recording this many times as long as the reference may hold several rides of it, and is searched. At twice of it
two fast ones are taken for one; at 1 each slower ride is searched, which costs a look at its key frames."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchOptions:
    """How rides are looked for; whether one is a ride is left to its verdict. Half or twice of `cell_s`,
    `block_samples`, `back_s`, `break_s` and `shortest_s` finds the same parts of a day of twelve legs, ends within 1 s.
    """

    cell_s: float = 0.3
    """Seconds of the reference from one cell to the next: pictures closer in time show nearly the same."""
    block_samples: int = 600
    """Samples of the recording that are standardised together: ten minutes, the lesser part of which is a ride."""
    back_s: float = 3.0
    """Seconds of the reference by which a place falls back where another ride begins; less is noise of the search."""
    stand_s: float = 1.0
    """Seconds of the reference by which a place has to change at either end of a part: less, for longer than
    `spare_s`, is standing, as at a gate. Half of it keeps some of that, twice cuts off a slow beginning."""
    break_s: float = 120.0
    """Seconds of the recording for which a ride may be lost, as after a crash, and go on further down. A lift takes
    longer; half of it makes two rides of one with a long stop off the trail."""
    shortest_s: float = 4.0
    """Seconds of a part that is worth a look: what is shorter is refused anyway."""
    around_s: float = 15.0
    """Seconds by which a part is looked at beyond both ends: the search loses up to 8 s at a stop there."""
    spare_s: float = 4.0
    """Seconds before and behind a ride that belong to its pass. Half of it is taken for the first place by the model,
    since a moment that shows none costs less than coming back; twice of it is a part without a place
    (`LowConfidenceOptions.past_s`)."""
    counts_s: float = 10.0
    """Seconds of common trail of the shortest ride that counts, as `VerdictOptions.check_under_s`: in an hour,
    something shorter will look alike."""
    model: RestartOptions = field(default_factory=RestartOptions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """One ride of the reference, seconds of the recording's clock and of the reference's."""

    from_s: float
    """When the first moment of the reference that both show is passed."""
    to_s: float
    ref_from_s: float
    ref_to_s: float
    covered: float
    """Share of the reference that is mapped."""
    verdict: Verdict
    reasons: tuple[str, ...]
    window_s: Span
    """The part of the recording to align with the reference."""

    def overlaps(self, other: Pass) -> bool:
        """Whether both have a good part of the shorter one's time in common: a tenth."""
        both_s = min(self.to_s, other.to_s) - max(self.from_s, other.from_s)
        return both_s > 0.1 * min(self.to_s - self.from_s, other.to_s - other.from_s)

    def as_dict(self) -> dict[str, object]:
        """JSON-ready."""
        return {
            "from_s": round(self.from_s, 3),
            "to_s": round(self.to_s, 3),
            "ref_from_s": round(self.ref_from_s, 3),
            "ref_to_s": round(self.ref_to_s, 3),
            "covered": round(self.covered, 3),
            "verdict": self.verdict,
            "reasons": list(self.reasons),
        }


def find_passes(
    ref: FrameIndex,
    media: MediaInfo,
    options: AlignOptions | None = None,
    search: SearchOptions | None = None,
    *,
    threads: int = 2,
    progress: Progress | None = None,
) -> list[Pass]:
    """All rides of a reference in a recording, by rising time; time and memory grow with its length.

    Raises:
        MediaError: the recording cannot be decoded.
    """
    o, s = options or AlignOptions(), search or SearchOptions()
    tell = progress or (lambda _stage, _done, _total: None)
    media = with_proxies(media) if o.index.proxy else media
    describer = describer_named(ref.describer)
    t_s, seen = reduce_frames(
        media,
        lambda luma: describer.describe(luma).astype(np.float16),
        replace(COARSE, threads=threads),
        progress=partial(tell, "search"),
    )
    looks = replace(o.index, fast=True, n_features=0, describer=ref.describer)
    return confirmed(ref, media, candidates(ref, t_s, np.stack(seen), s), o, s, partial(_look, looks, threads), tell)


Look = Callable[[MediaInfo, Span], FrameIndex]
"""Gives the index of a part of a recording."""


def _look(options: IndexOptions, threads: int, media: MediaInfo, span: Span) -> FrameIndex:
    return build_index(media.excerpt(*span), options, threads=threads)


def candidates(
    ref: FrameIndex, t_s: Floats, descriptors: NDArray[np.float16], options: SearchOptions | None = None
) -> list[Span]:
    """Parts of a recording that may be rides of the reference, by rising time, from samples at `t_s` (N,)."""
    o = options or SearchOptions()
    at_s = np.arange(ref.t_s[0], ref.t_s[-1] + o.cell_s / 2, o.cell_s)
    nearest = np.searchsorted((ref.t_s[1:] + ref.t_s[:-1]) / 2, at_s)
    evidence = _evidence(ref.descriptors[nearest], descriptors, ref.describer, o)
    return _spans(ridden_places(evidence, t_s, o.cell_s, o.model), at_s, t_s, o)


def _evidence(
    ref: NDArray[np.float16], new: NDArray[np.float16], describer: str, o: SearchOptions
) -> NDArray[np.float16]:
    """Log ratios (N, R), nats, as `picture_emission` has them, of samples a second apart. What is seen while the camera
    stands is one look: a sample counts by how much of its picture is new.
    """
    pictures, found = PictureOptions(), []
    usual = np.median(_news(ref[:: max(1, round(1.0 / o.cell_s))]))
    worth = _news(new) / max(float(usual), 1e-3)
    for part in np.array_split(np.arange(len(new)), -(-len(new) // o.block_samples)):
        seen = contrast(describer_named(describer).compare(ref, new[part]))
        found.append((pictures.nats(seen) * np.minimum(worth[part], 1.0)[:, None]).astype(np.float16))
    return np.concatenate(found)


def _news(descriptors: NDArray[np.float16]) -> Floats:
    """What each picture (N,) is worth of an independent one: (1 - ρ) / (1 + ρ), the effective sample share of an
    autoregressive process, ρ being the cosine with the picture before; 1 for the first.
    """
    new = np.ones(len(descriptors))
    for first in range(0, len(descriptors) - 1, 600):
        flat = standardise(descriptors[first : first + 601]).reshape(len(descriptors[first : first + 601]), -1)
        flat /= np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-9)
        rho = np.maximum((flat[1:] * flat[:-1]).sum(axis=1), 0.0)
        new[first + 1 : first + len(flat)] = (1 - rho) / (1 + rho)
    return new


def _spans(places: Places, at_s: Floats, t_s: Floats, o: SearchOptions) -> list[Span]:
    """The unbroken parts on the reference, those of one ride together."""
    on = np.flatnonzero(places.on_trail > 0.5)
    if not len(on):
        return []
    place = at_s[places.cell[on]]
    again = np.diff(place) < -o.back_s
    breaks = again | ((np.diff(on) > 1) & (np.diff(t_s[on]) > o.break_s))
    parts = np.split(np.arange(len(on)), np.flatnonzero(breaks) + 1)
    spans = []
    for part in parts:
        at, where = t_s[on[part]], place[part]
        leaves, arrives = at[where <= where[0] + o.stand_s][-1], at[where >= where[-1] - o.stand_s][0]
        start = leaves if leaves - at[0] > o.spare_s else at[0]
        end = arrives if at[-1] - arrives > o.spare_s else at[-1]
        spans.append((float(start), float(end)))
    return [(a, b) for a, b in spans if b - a >= o.shortest_s]


def confirmed(
    ref: FrameIndex,
    media: MediaInfo,
    found: Sequence[Span],
    options: AlignOptions,
    search: SearchOptions,
    look: Look,
    tell: Progress,
) -> list[Pass]:
    """Those of the parts that are rides, by their alignment."""
    passes: list[Pass] = []
    for number, (a, b) in enumerate(found):
        tell("verdict", number, len(found))
        # Laps may follow each other: what is surely of the neighbours is left to them.
        before, behind = [end for _, end in found if end <= a], [start for start, _ in found if start >= b]
        low = max(a - search.around_s, max(before, default=0.0) - search.spare_s, 0.0)
        high = min(b + search.around_s, min(behind, default=media.duration_s) + search.spare_s, media.duration_s)
        index = look(media, (low, high))
        for start_s, end_s in candidates(ref, index.t_s, index.descriptors, search):
            window = max(0.0, start_s - search.spare_s), min(index.media.duration_s, end_s + search.spare_s)
            ride = _ride(ref, part_of_index(index, window), options, search)
            if ride is not None and not any(ride.overlaps(one) for one in passes):
                passes.append(ride)
    tell("verdict", len(found), len(found))
    return passes


def _ride(ref: FrameIndex, part: FrameIndex, options: AlignOptions, search: SearchOptions) -> Pass | None:
    """The ride that a part of a recording shows; None where it shows none that counts."""
    try:
        found = align_indexes(ref, part, options=replace(options, refine=False))
    except EvidenceError:
        return None
    if not found.usable or (found.quality.common_new_s or 0.0) < search.counts_s:
        return None
    warp, from_s = found.usable_warp(), part.media.from_s
    begins_s, ends_s = ends_of(warp)
    return Pass(
        from_s=from_s + begins_s,
        to_s=from_s + ends_s,
        ref_from_s=float(warp.ref_s[0]),
        ref_to_s=float(warp.ref_s[-1]),
        covered=sum(b - a for a, b in warp.mapped()) / ref.media.duration_s,
        verdict=found.verdict,
        reasons=found.reasons,
        window_s=(from_s, from_s + part.media.duration_s),
    )


def part_of_index(index: FrameIndex, span: Span) -> FrameIndex:
    """The samples of a part, on a clock of its own."""
    inside = (index.t_s >= span[0]) & (index.t_s <= span[1])
    return replace(
        index, media=index.media.excerpt(*span), t_s=index.t_s[inside] - span[0], descriptors=index.descriptors[inside]
    )


def ends_of(warp: TimeWarp) -> Span:
    """When a run is at the first and at the last place of a map, seconds of its clock. Standing there is not of the
    ride: the outermost second of the reference is as long as the two next to it are.
    """
    first, last = float(warp.ref_s[0]), float(warp.ref_s[-1])
    step = min(1.0, (last - first) / 6)
    early, early_next, late_next, late = warp.to_new(
        np.array([first + step, first + 3 * step, last - 3 * step, last - step])
    )
    start_s, end_s = early - (early_next - early) / 2, late + (late - late_next) / 2
    begins, ends = float(warp.new_s[0]), float(warp.new_s[-1])
    return max(begins, float(np.nan_to_num(start_s, nan=begins))), min(ends, float(np.nan_to_num(end_s, nan=ends)))
