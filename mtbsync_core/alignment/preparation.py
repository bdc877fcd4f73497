"""What is worked out once for two recordings, before anything is asked of a person: `prepare`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache, partial
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.alignment.baselines.affine import AffineOptions
from mtbsync_core.alignment.curve.conformal import ConformalOptions
from mtbsync_core.alignment.curve.dead_reckoning import DeadReckoningOptions, Side
from mtbsync_core.alignment.curve.effective_sample_size import SharedErrorOptions
from mtbsync_core.alignment.curve.fit import FitOptions
from mtbsync_core.alignment.emission.grid import Emission
from mtbsync_core.alignment.emission.pictures import PictureOptions, picture_emission
from mtbsync_core.alignment.emission.self_similarity import SelfSimilarity, SelfSimilarityOptions
from mtbsync_core.alignment.emission.standing import StandingOptions, standing_share
from mtbsync_core.alignment.gps.arc_length import within
from mtbsync_core.alignment.gps.veto import VetoOptions, apart
from mtbsync_core.alignment.hmm.agreement import AgreementOptions
from mtbsync_core.alignment.hmm.cut_at_stand import CutOptions
from mtbsync_core.alignment.hmm.loops import LoopOptions
from mtbsync_core.alignment.hmm.posteriors import TwoWayModel, find_posteriors, two_way_model
from mtbsync_core.alignment.hmm.segments import SegmentOptions, StillShare, common_segments
from mtbsync_core.alignment.hmm.transition import TransitionOptions
from mtbsync_core.alignment.judge.local_evidence import LocalOptions
from mtbsync_core.alignment.judge.low_confidence import LowConfidenceOptions
from mtbsync_core.alignment.judge.null_evidence import null_evidence
from mtbsync_core.alignment.judge.verdict import VerdictOptions
from mtbsync_core.alignment.pairs import TimePairs
from mtbsync_core.alignment.refine.apart_at_ends import ApartOptions
from mtbsync_core.alignment.refine.joins import JoinOptions, joins
from mtbsync_core.alignment.refine.options import RefineOptions
from mtbsync_core.alignment.refine.refinement import LensBias, anchors_between
from mtbsync_core.alignment.refine.unverified import UnverifiedOptions
from mtbsync_core.alignment.refine.verification import Verification, VerificationOptions, verify
from mtbsync_core.alignment.user_pairs import UserPair, beside, in_order
from mtbsync_core.errors import EvidenceError
from mtbsync_core.options import at_pace, option
from mtbsync_core.telemetry.lens import Lens, lenses_of
from mtbsync_core.telemetry.track import Telemetry
from mtbsync_core.vision.anchor import Anchor
from mtbsync_core.vision.index import FrameIndex, IndexOptions
from mtbsync_core.vision.pace import SAMPLES, pace_of
from mtbsync_core.vision.registry import describer_named
from mtbsync_core.vision.similarity import contrast

Floats = NDArray[np.float64]
WarpMethod = Literal["lattice", "fastdtw", "affine"]

Progress = Callable[[str, int, int], None]
"""Called with the stage, the steps done and their number."""

_WALK = 2.0
"""Pace from which on corners are not asked whether a run stands: that it moves over a leap makes that a cut where
riding cannot explain it, and what the model does not know of a walk is longer. Walking laps have 4 to 6, rides up to
1.3."""

_SHORTEST_S, _FEWEST = 4.0, 8
"""Seconds and pictures of a recording below which no place has neighbours to be told by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlignOptions:
    """One object for flags, requests, `timewarp.json` and the caches."""

    telemetry: bool = option(
        True, "--no-telemetry", "Go by the pictures alone: leave the recordings' own GPS and gyroscope out."
    )
    index: IndexOptions = field(default_factory=IndexOptions)
    refine: bool = option(True, "--no-refine", "Skip the check by local features: faster, less exact.")
    method: WarpMethod = option(
        "lattice",
        "--warp-method",
        "lattice: knows stops, gaps and open ends; use this. fastdtw: dynamic time warping, to compare with; "
        "joins both starts and both ends, come what may. affine: one straight line, as in mtbsync 0.10; it refuses "
        "nearly all real runs, since no two have the same speed all the way.",
    )
    affine: AffineOptions = field(default_factory=AffineOptions)
    lattice: TransitionOptions = field(default_factory=TransitionOptions)
    pictures: PictureOptions = field(default_factory=PictureOptions)
    agreement: AgreementOptions = field(default_factory=AgreementOptions)
    loops: LoopOptions = field(default_factory=LoopOptions)
    refinement: RefineOptions = field(default_factory=RefineOptions)
    fit: FitOptions = field(default_factory=FitOptions)
    conformal: ConformalOptions = field(default_factory=ConformalOptions)
    verification: VerificationOptions = field(default_factory=VerificationOptions)
    unverified: UnverifiedOptions = field(default_factory=UnverifiedOptions)
    apart: ApartOptions = field(default_factory=ApartOptions)
    local: LocalOptions = field(default_factory=LocalOptions)
    segments: SegmentOptions = field(default_factory=SegmentOptions)
    standing: StandingOptions = field(default_factory=StandingOptions)
    cuts: CutOptions = field(default_factory=CutOptions)
    joins: JoinOptions = field(default_factory=JoinOptions)
    shared_error: SharedErrorOptions = field(default_factory=SharedErrorOptions)
    dead_reckoning: DeadReckoningOptions = field(default_factory=DeadReckoningOptions)
    veto: VetoOptions = field(default_factory=VetoOptions)
    low_confidence: LowConfidenceOptions = field(default_factory=LowConfidenceOptions)
    verdict: VerdictOptions = field(default_factory=VerdictOptions)

    @property
    def index_once(self) -> IndexOptions:
        """Of an index that is not kept: corners serve the refinement alone, and only the lattice has one."""
        return self.index if self.refine and self.method == "lattice" else replace(self.index, n_features=0)


@dataclass(frozen=True, slots=True, eq=False)
class PreparedModel:
    """What the hidden Markov model adds to a comparison: its messages in `lattices`, `sides` (the sensors of both runs;
    None without any), `veto` (why their tracks cannot be of one trail), and `anchors` by local features, looked for
    around `anchored`, the places (N,) of the new samples, with the bias of their lenses, and the `verification` of
    these places (None without corners).
    """

    lattices: TwoWayModel
    sides: tuple[Side, Side] | None
    veto: str | None
    anchors: Sequence[Anchor]
    anchored: Floats
    lens_bias: LensBias
    verification: Verification | None


class Witness(NamedTuple):
    """What a describer that did not find the map has of two runs: `contrast` (N, R) of new and reference samples, at
    `t_new` (N,) and `t_ref` (R,) seconds of their clocks, and the self-similarity of the reference and the new run.
    """

    contrast: NDArray[np.float32]
    t_ref: Floats
    t_new: Floats
    alike: tuple[SelfSimilarity, SelfSimilarity] | None


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """Two indexes compared: all that `solve` needs, whatever the user's pairs.

    `ref` and `new` are as dense as their `pace` needs, `options` hold at it, `given` were asked for. `contrast` (N, R)
    of new and reference samples; `rows`: its emission for new samples; `null`: the best log evidence of the new run
    backwards or shuffled; `raw_pairs`: for each new sample the reference sample that looks most like it, alone;
    `model`: None with a method that compares pictures only, as is `alike`, the self-similarity of the reference and of
    the new run by the first describer; `witness`: None at the first look.
    """

    ref: FrameIndex
    new: FrameIndex
    options: AlignOptions
    contrast: NDArray[np.float32]
    rows: Emission
    null: float
    raw_pairs: TimePairs
    model: PreparedModel | None
    given: AlignOptions
    pace: float = 1.0
    witness: Witness | None = None
    alike: tuple[SelfSimilarity, SelfSimilarity] | None = None

    @property
    def ends_s(self) -> tuple[float, float]:
        """Durations of the reference and of the new recording, seconds."""
        return self.ref.media.duration_s, self.new.media.duration_s


def prepare(
    ref: FrameIndex,
    new: FrameIndex,
    *,
    options: AlignOptions | None = None,
    telemetry: tuple[Telemetry, Telemetry] = (Telemetry(), Telemetry()),
    user: Sequence[UserPair] = (),
    moments_s: Sequence[float] = (),
    threads: int = 2,
    clock: Stopwatch | None = None,
    witness: Witness | None = None,
) -> Prepared:
    """Compare two recordings by their indexes.

    Args:
        witness: the first look at them, where this is the second.
        telemetry: what sensors say of the reference and of the new run.
        user: what the user knows already; local features are looked for where that leads.
        moments_s: moments of the reference that matter most, such as markers, seconds; frames are decoded for them.

    Raises:
        EvidenceError: a recording is too short to say anything.
        UsageError: the user's pairs contradict each other or lie outside the recordings.
    """
    given = options or AlignOptions()
    clock = clock or Stopwatch(None)
    pins = in_order(user, ref.media.duration_s, new.media.duration_s)
    for index in (ref, new):
        if index.t_s[-1] - index.t_s[0] < _SHORTEST_S or len(index.t_s) < _FEWEST:
            raise EvidenceError(
                f"{index.media.name} has {len(index.t_s)} usable pictures over {index.media.duration_s:.1f} s",
                f"Give at least {_SHORTEST_S:.0f} s of riding, or sample more densely with --fps.",
            )
    ref.require_same(new, "describer")
    with clock.stage("compare"):
        ref, new = ref.with_ego_mask(), new.with_ego_mask()
        pace = pace_of(float(np.sqrt(ref.correlation_s * new.correlation_s)), min(ref.t_s[-1], new.t_s[-1]))
        o = at_pace(given, pace)
        if pace > 1:
            ref, new = (index.thinned(pace / SAMPLES) for index in (ref, new))
        describer = describer_named(ref.describer)
        matrix = contrast(describer.compare(ref.descriptors, new.descriptors, (ref.visible, new.visible)))
        both = places = model = alike = None
        lenses = lenses_of(ref.media, new.media)
        if o.method == "lattice":
            blind = ref.blind, new.blind
            # Whether a run stands is its own affair: whoever compares it with another one, the first describer says.
            alike = (witness and witness.alike) or (_self_similarity(ref, pace), _self_similarity(new, pace))
            still: tuple[StillShare, StillShare] = alike[0].still_share, alike[1].still_share
            if pace < _WALK:
                still = _still(still[0], ref, lenses.ref, o.standing), _still(still[1], new, lenses.new, o.standing)
            both = two_way_model(
                matrix,
                ref.t_s,
                new.t_s,
                o.lattice,
                telemetry,
                blind,
                still,
                (alike[0].moving(ref.t_s), alike[1].moving(new.t_s)),
                pictures=o.pictures,
                agreement=o.agreement,
                loops=o.loops,
                segments=o.segments,
                cuts=o.cuts,
            )
            places = find_posteriors(both, pins)
        rows = both.seen if both else picture_emission(matrix, ref.t_s, new.t_s, o.pictures)
        null = null_evidence(rows, both.options if both else o.lattice, o.verdict.block_s)
    with clock.stage("refine") as tick:
        if both is not None and places is not None:
            forth, back = places.new_to_ref, places.ref_to_new
            anchors, lens_bias, verification = list[Anchor](), LensBias(), None
            if o.refine:
                found = joins(ref, new, (forth, back), places.leaps, lenses, o.refinement, o.joins, threads)
                if found:
                    both = replace(both, joins=tuple(found))
                    places = find_posteriors(both, pins)
                    forth, back = places.new_to_ref, places.ref_to_new
                parts = common_segments(forth, new.t_s, places.leaps, beside(new.t_s, pins), o.segments)
                anchors, lens_bias, refined = anchors_between(
                    ref,
                    new,
                    (forth, back),
                    parts,
                    o.index,
                    o.refinement,
                    lenses,
                    moments_s=moments_s,
                    threads=threads,
                    progress=tick,
                )
                verification = verify(
                    ref, new, forth, parts, anchors, o.refinement, refined, o.verification, threads=threads
                )
            veto, sides = _veto(ref, new, telemetry, o.veto), _sides(ref, new, telemetry)
            model = PreparedModel(both, sides, veto, anchors, forth.mean_s, lens_bias, verification)
    score = matrix.max(axis=1)
    looks_most_like = ref.t_s[matrix.argmax(axis=1)]
    raw_pairs = TimePairs.of(new.t_s, looks_most_like, np.full(len(score), np.inf), score=score, source="picture")
    return Prepared(ref, new, o, matrix, rows, null, raw_pairs, model, given, pace, witness, alike)


def _self_similarity(index: FrameIndex, pace: float) -> SelfSimilarity:
    compare = partial(describer_named(index.describer).compare, visible=(index.visible, index.visible))
    return SelfSimilarity(index.t_s, index.descriptors, compare, at_pace(SelfSimilarityOptions(), pace))


def _still(pictures: StillShare, index: FrameIndex, lens: Lens, o: StandingOptions) -> StillShare:
    """By whole pictures and by corners, whichever says that the run stands for less. Every solution asks anew, mostly
    of the same times: answers are kept.
    """

    @cache
    def share(first_s: float, last_s: float, at_s: float | None = None) -> float:
        return min(pictures(first_s, last_s, at_s), standing_share(index, lens, first_s, last_s, o))

    return share


def _sides(ref: FrameIndex, new: FrameIndex, telemetry: tuple[Telemetry, Telemetry]) -> tuple[Side, Side] | None:
    if telemetry[0].is_empty or telemetry[1].is_empty:
        return None
    here, there = (Side(t, x.t_s, x.blind, x.media.duration_s) for t, x in zip(telemetry, (ref, new), strict=True))
    return here, there


def _veto(ref: FrameIndex, new: FrameIndex, telemetry: tuple[Telemetry, Telemetry], options: VetoOptions) -> str | None:
    a, b = (side.track for side in telemetry)
    if a is None or b is None:
        return None
    try:
        return apart(within(a, ref.media.duration_s), within(b, new.media.duration_s), options)
    except EvidenceError:  # one of them hardly moves
        return None


class Stopwatch:
    """Seconds per stage, and progress under the stage's name."""

    def __init__(self, progress: Progress | None) -> None:
        self.seconds: dict[str, float] = {}
        self._progress = progress
        self._start = time.perf_counter()

    def all_seconds(self) -> dict[str, float]:
        """Seconds of each stage, and since the start under "total"."""
        return {**self.seconds, "total": round(time.perf_counter() - self._start, 3)}

    @contextmanager
    def stage(self, name: str) -> Iterator[Callable[[int, int], None]]:
        """Time what is inside; yields the callback for the steps done and their number."""
        start = time.perf_counter()
        yield lambda done, total: self._progress(name, done, total) if self._progress else None
        self.seconds[name] = round(self.seconds.get(name, 0.0) + time.perf_counter() - start, 3)
