"""`align_tracks`: two GPS tracks in, an `Alignment` out, without any picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.alignment.curve.fit import FitOptions, Segment, fit_segments
from mtbsync_core.alignment.emission.grid import Emission
from mtbsync_core.alignment.emission.positions import position_log_ratio
from mtbsync_core.alignment.gps.arc_length import (
    ArcLength,
    ArcLengthOptions,
    krige_shared_error,
    nearest_along,
    on_clocks,
    within,
)
from mtbsync_core.alignment.gps.veto import VetoOptions, apart
from mtbsync_core.alignment.hmm.forward_backward import smooth
from mtbsync_core.alignment.hmm.posteriors import Posteriors, TwoWayModel, find_posteriors
from mtbsync_core.alignment.hmm.segments import SegmentOptions, common_segments
from mtbsync_core.alignment.hmm.transition import TransitionOptions
from mtbsync_core.alignment.judge.low_confidence import LowConfidenceOptions, clock, weak_segments
from mtbsync_core.alignment.judge.verdict import Findings, VerdictOptions, common_new_s, judge
from mtbsync_core.alignment.pairs import TimePairs
from mtbsync_core.alignment.result import Alignment
from mtbsync_core.alignment.stopwatch import Progress, Stopwatch
from mtbsync_core.alignment.user_pairs import UserPair, beside, in_order
from mtbsync_core.errors import EvidenceError
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.telemetry.track import Track, origin_of
from mtbsync_core.warp import TimeWarp

Floats = NDArray[np.float64]
Media = tuple[MediaInfo | None, MediaInfo | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class GpsOptions:
    """What an alignment by tracks alone assumes, and where its lines are drawn."""

    lattice: TransitionOptions = field(default_factory=TransitionOptions)
    """On the clock of an even ride, 5 m in a second."""
    fit: FitOptions = field(default_factory=lambda: FitOptions(knot_s=0.5, bend_sd=0.1, scatter_share=0.0))
    """Between even clocks: two riders' ways along one trail differ in length by a few in a hundred. What neighbouring
    fixes share is known for itself."""
    arc_length: ArcLengthOptions = field(default_factory=ArcLengthOptions)
    segments: SegmentOptions = field(default_factory=SegmentOptions)
    veto: VetoOptions = field(default_factory=VetoOptions)
    low_confidence: LowConfidenceOptions = field(default_factory=LowConfidenceOptions)
    verdict: VerdictOptions = field(default_factory=VerdictOptions)
    cell_m: float = 2.5
    """Cells of the lattice along the reference, metres; samples of the new run are two of them apart."""
    fewest_samples: int = 40
    """Samples of a short run at least, with smaller cells."""
    most_cells: int = 10_000_000
    """Cells times samples: a second of work and 40 MB. 11 km are compared with 11 km every 5 m; longer rides more
    coarsely, and then exactly where they have been found."""
    two_ways_s: float = 8.0
    """Even seconds from the likeliest place to the mean of all, from which on there is another place: 40 m."""


def align_tracks(
    ref: Track,
    new: Track,
    *,
    media: Media = (None, None),
    options: GpsOptions | None = None,
    user: Sequence[UserPair] = (),
    progress: Progress | None = None,
) -> Alignment:
    """Align a new run with a reference run by where they were.

    A steady error of the receivers along the path cannot be told from riding earlier or later; it is in the spread.

    Args:
        media: the recordings whose clocks the tracks are on; None where there is a track and nothing else.
        user: moments that match beyond doubt; the warp goes through them.

    Raises:
        EvidenceError: a track is too short, or tells places without times.
        UsageError: the user's pairs contradict each other or lie outside the tracks.
    """
    o = options or GpsOptions()
    stages = Stopwatch(progress)
    warp, pairs, known, doubts = None, TimePairs.of(*np.zeros((3, 0))), list(user), list[str]()
    ref, new = (within(t, m.duration_s if m else None, o.arc_length) for t, m in ((ref, media[0]), (new, media[1])))
    with stages.stage("compare"):
        veto = apart(ref, new, o.veto)
        if veto is None:
            for word, track in (("reference", ref), ("new run", new)):
                if not track.timed:
                    raise EvidenceError(
                        f"the track of the {word} has no times: it says where the ride went, not when",
                        "Export the recorded activity from your watch or app, not the course.",
                    )
            way_ref, way_new = (ArcLength.of(track, o.arc_length) for track in (ref, new))
            known = in_order(user, float(way_ref.t_s[-1]), float(way_new.t_s[-1]))
            lattices = _lattices(way_ref, way_new, o)
    if veto is None:
        with stages.stage("warp"):
            even = [UserPair(float(way_ref.where(pair.ref_s)), float(way_new.where(pair.new_s))) for pair in known]
            places = find_posteriors(lattices, even)
            warp, pairs = _solved(way_ref, way_new, lattices, places, even, o)
            doubts = _two_ways(way_ref, way_new, lattices, places, o)
    ends_s = [m.duration_s if m else float(track.t_s[-1]) for m, track in zip(media, (ref, new), strict=True)]
    weak = weak_segments(warp, pairs, (ends_s[0], ends_s[1]), options=o.low_confidence)
    common, shorter = common_new_s(warp), float(min(np.ptp(ref.t_s), np.ptp(new.t_s)))
    crossing = common < min(o.verdict.crossing_s, o.verdict.crossing_share * shorter)
    findings = Findings(
        vetoes=(veto,) if veto else (),
        refusals=(f"the tracks meet for {common:.0f} s only: trails that cross",) if crossing else (),
        doubts=tuple(doubts),
    )
    verdict, reasons, quality = judge(warp, weak, findings, o.verdict, of="tracks")
    return Alignment(
        media_ref=media[0],
        media_new=media[1],
        warp=warp,
        pairs=pairs,
        verdict=verdict,
        reasons=reasons,
        quality=quality,
        options={**asdict(o), "sources": [ref.source, new.source], "user": [list(pair) for pair in known]},
        timings=stages.all_seconds(),
        method="tracks",
        weak=weak,
    )


def _lattices(ref: ArcLength, new: ArcLength, o: GpsOptions) -> TwoWayModel:
    """The lattice both ways. Two cells lie between two samples, so that a ride can run a little fast or slow."""
    shorter = min(ref.length_s, new.length_s)
    finest = min(o.cell_m / o.arc_length.pace_mps, shorter / o.fewest_samples)
    cell = max(finest, np.sqrt(ref.length_s * new.length_s / 2 / o.most_cells))
    rows, columns = (_evidence(a, b, float(cell)) for a, b in ((ref, new), (new, ref)))
    return TwoWayModel(rows, rows, columns, o.lattice, smooth(rows, o.lattice), smooth(columns, o.lattice))


def _evidence(ref: ArcLength, new: ArcLength, cell_s: float) -> Emission:
    samples, cells = np.arange(0.0, new.length_s, 2 * cell_s), np.arange(0.0, ref.length_s + cell_s / 2, cell_s)
    nats = position_log_ratio(ref.track, new.track, new.when(samples), ref.when(cells))
    return Emission(nats.astype(np.float16), samples, cell_s)


def _solved(
    ref: ArcLength, new: ArcLength, lattices: TwoWayModel, places: Posteriors, user: Sequence[UserPair], o: GpsOptions
) -> tuple[TimeWarp | None, TimePairs]:
    """The warp (None where there is nothing to fit) and the pairs, on the clocks of the recordings."""
    samples, forth = lattices.new_emission.t_new, places.new_to_ref
    sure = beside(samples, user)
    parts = common_segments(forth, samples, places.leaps, sure, o.segments)
    nearest = nearest_along(ref, new, samples, forth.mean_s, lattices.new_emission.step_s, origin_of(ref.track))
    sigma = np.hypot(ref.sigma_s(nearest), new.sigma_s(samples))
    nearest, shared = krige_shared_error(nearest, samples, new.when(samples), sigma, user, o.arc_length)
    numbered = list(zip(user, sure, strict=True))
    segments = [
        Segment(nearest[part], samples[part], sigma[part], [pair for pair, i in numbered if i in part], shared[part])
        for part in parts
    ]
    even = fit_segments(segments, o.fit, ends_s=(ref.length_s, new.length_s), reach_s=float(samples[1] - samples[0]))
    seen = [part.warp_within((0.0, ref.length_s)) for part in even.parts()] if even is not None else []
    maps = [on_clocks(part, ref, new) for part in seen if part is not None]
    warp = TimeWarp.join(maps) if maps else None
    spread = (ref.when(nearest + sigma) - ref.when(nearest - sigma)) / 2
    pairs = TimePairs.of(
        new.when(samples), ref.when(nearest), np.maximum(spread, 0.01), on_trail=forth.on_trail, source="gps"
    )
    return warp, pairs.checked(warp)


def _two_ways(ref: ArcLength, new: ArcLength, lattices: TwoWayModel, places: Posteriors, o: GpsOptions) -> list[str]:
    """What to say where the run fits two parts of the reference; a hole in a track alone is no such case."""
    first = lattices.new_smoothed.posterior
    torn = lattices.new_emission.t_new[np.abs(first.mode_s - first.mean_s) > o.two_ways_s]
    choices = [pair for pair in places.choices if pair.new_s in torn]
    if not choices:
        return []
    pair = min(choices, key=lambda pair: pair.new_s)
    return [
        f"the tracks fit in two ways, at {clock(float(new.when(pair.new_s)))} of the new run for one; "
        f"{clock(float(ref.when(pair.ref_s)))} was taken there (another with --anchor REF=NEW)"
    ]
