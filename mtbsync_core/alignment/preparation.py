"""What is worked out once for two recordings, before anything is asked of a person: `prepare`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.alignment.curve.dead_reckoning import Side
from mtbsync_core.alignment.emission.grid import Emission
from mtbsync_core.alignment.emission.pictures import picture_emission
from mtbsync_core.alignment.emission.self_similarity import SelfSimilarity, SelfSimilarityOptions
from mtbsync_core.alignment.emission.standing import StandingOptions, share_there, standing_share
from mtbsync_core.alignment.gps.arc_length import within
from mtbsync_core.alignment.gps.veto import VetoOptions, apart
from mtbsync_core.alignment.hmm.posteriors import TwoWayModel, find_posteriors, two_way_model
from mtbsync_core.alignment.hmm.segments import StillShare, common_segments
from mtbsync_core.alignment.judge.local_evidence import local_evidence
from mtbsync_core.alignment.judge.null_evidence import null_evidence
from mtbsync_core.alignment.options import AlignOptions
from mtbsync_core.alignment.pairs import TimePairs
from mtbsync_core.alignment.refine.joins import joins
from mtbsync_core.alignment.refine.refinement import LensBias, anchors_between
from mtbsync_core.alignment.refine.verification import Verification, verify
from mtbsync_core.alignment.stopwatch import Stopwatch
from mtbsync_core.alignment.user_pairs import UserPair, beside, in_order
from mtbsync_core.errors import EvidenceError
from mtbsync_core.options import at_pace
from mtbsync_core.telemetry.lens import Lens, Lenses, lenses_of
from mtbsync_core.telemetry.track import Telemetry, runs_of
from mtbsync_core.vision.anchor import Anchor
from mtbsync_core.vision.index import FrameIndex
from mtbsync_core.vision.pace import SAMPLES, pace_of
from mtbsync_core.vision.registry import describer_named
from mtbsync_core.vision.similarity import contrast

Floats = NDArray[np.float64]

_WALK = 2.0
"""Pace from which on corners are not asked whether a run stands: that it moves over a leap makes that a cut where
riding cannot explain it, and what the model does not know of a walk is longer. Walking laps have 4 to 6, rides up to
1.3."""

_SHORTEST_S, _FEWEST = 4.0, 8
"""Seconds and pictures of a recording below which no place has neighbours to be told by."""


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

    def local_evidence(self, on_ref: Callable[[Floats], Floats]) -> tuple[float, float | None]:
        """What this look's describer, and the witness, have for single places of a map, nats (`local_evidence`).

        Args:
            on_ref: the map, from seconds of the new clock to the reference's; NaN off the trail.
        """
        o, first = self.options, self.witness
        t_ref, t_new = self.ref.t_s, self.new.t_s
        found = local_evidence(self.contrast, t_ref, t_new, on_ref(t_new), o.local, o.pictures)
        if first is None:
            return found, None
        place_s = on_ref(first.t_new)
        return found, local_evidence(first.contrast, first.t_ref, first.t_new, place_s, o.local, o.pictures)


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
        lenses = lenses_of(ref.media, new.media)
        lattices = model = alike = None
        if o.method == "lattice":
            # Whether a run stands is its own affair: whoever compares it with another one, the first describer says.
            alike = (witness and witness.alike) or (_self_similarity(ref, pace), _self_similarity(new, pace))
            lattices = _lattices(ref, new, matrix, o, pace, telemetry, alike, lenses)
        rows = lattices.seen if lattices else picture_emission(matrix, ref.t_s, new.t_s, o.pictures)
        null = null_evidence(rows, lattices.options if lattices else o.lattice, o.verdict.block_s)
    with clock.stage("refine") as tick:
        if lattices is not None:
            model = _refined(ref, new, lattices, o, pins, telemetry, lenses, moments_s, threads, tick)
    score = matrix.max(axis=1)
    looks_most_like = ref.t_s[matrix.argmax(axis=1)]
    raw_pairs = TimePairs.of(new.t_s, looks_most_like, np.full(len(score), np.inf), score=score, source="picture")
    return Prepared(ref, new, o, matrix, rows, null, raw_pairs, model, given, pace, witness, alike)


def _lattices(
    ref: FrameIndex,
    new: FrameIndex,
    matrix: NDArray[np.float32],
    o: AlignOptions,
    pace: float,
    telemetry: tuple[Telemetry, Telemetry],
    alike: tuple[SelfSimilarity, SelfSimilarity],
    lenses: Lenses,
) -> TwoWayModel:
    """The hidden Markov model over a contrast (N, R), with what the pictures of each run say of its stands."""
    still: tuple[StillShare, StillShare] = alike[0].still_share, alike[1].still_share
    if pace < _WALK:
        still = _still(still[0], ref, lenses.ref, o.standing), _still(still[1], new, lenses.new, o.standing)
    least = o.segments.still_share
    return two_way_model(
        matrix,
        ref.t_s,
        new.t_s,
        o.lattice,
        telemetry,
        (ref.blind, new.blind),
        still,
        (_moving(alike[0], still[0], ref.t_s, least), _moving(alike[1], still[1], new.t_s, least)),
        pictures=o.pictures,
        agreement=o.agreement,
        loops=o.loops,
        segments=o.segments,
        cuts=o.cuts,
    )


def _refined(
    ref: FrameIndex,
    new: FrameIndex,
    lattices: TwoWayModel,
    o: AlignOptions,
    pins: Sequence[UserPair],
    telemetry: tuple[Telemetry, Telemetry],
    lenses: Lenses,
    moments_s: Sequence[float],
    threads: int,
    tick: Callable[[int, int], None],
) -> PreparedModel:
    """What corners add to the model: joins of cuts, anchors with the lenses they tell, and their verification."""
    places = find_posteriors(lattices, pins)
    anchors, lens_bias, verification = list[Anchor](), LensBias(), None
    if o.refine:
        both_ways = places.new_to_ref, places.ref_to_new
        found = joins(ref, new, both_ways, places.leaps, lenses, o.refinement, o.joins, threads)
        if found:
            lattices = replace(lattices, joins=tuple(found))
            places = find_posteriors(lattices, pins)
        parts = common_segments(places.new_to_ref, new.t_s, places.leaps, beside(new.t_s, pins), o.segments)
        anchors, lens_bias, refined = anchors_between(
            ref,
            new,
            (places.new_to_ref, places.ref_to_new),
            parts,
            o.index,
            o.refinement,
            lenses,
            moments_s=moments_s,
            threads=threads,
            progress=tick,
        )
        verification = verify(
            ref, new, places.new_to_ref, parts, anchors, o.refinement, refined, o.verification, threads=threads
        )
    veto, sides = _veto(ref, new, telemetry, o.veto), _sides(ref, new, telemetry)
    return PreparedModel(lattices, sides, veto, anchors, places.new_to_ref.mean_s, lens_bias, verification)


def _self_similarity(index: FrameIndex, pace: float) -> SelfSimilarity:
    compare = partial(describer_named(index.describer).compare, visible=(index.visible, index.visible))
    return SelfSimilarity(index.t_s, index.descriptors, compare, at_pace(SelfSimilarityOptions(), pace))


def _still(pictures: StillShare, index: FrameIndex, lens: Lens, o: StandingOptions) -> StillShare:
    """By whole pictures and by corners, whichever says that the run stands for less. Every solution asks anew, mostly
    of the same times: answers are kept.
    """

    @cache
    def share(first_s: float, last_s: float, at_s: float | None = None) -> float:
        if at_s is None:
            return min(pictures(first_s, last_s), standing_share(index, lens, first_s, last_s, o))
        return min(pictures(first_s, last_s, at_s), share_there(index, lens, first_s, last_s, at_s, o))

    return share


def _moving(pictures: SelfSimilarity, still: StillShare, t_s: Floats, least: float) -> NDArray[np.bool_]:
    """Whether a run moves at times (N,), by pictures a second apart; also where it stands for less than the share
    `least` of what these take for a stand, by all that `still` knows.
    """
    moving = pictures.moving(t_s)
    for first, end in runs_of(~moving):
        if still(float(t_s[first]), float(t_s[end - 1])) < least:
            moving[first:end] = True
    return moving


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
