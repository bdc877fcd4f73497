"""Where each sample of either run lies in the other: the hidden Markov model, solved for the samples of both runs.

A pause of the new run is many new samples at one reference place, which the model over new samples shows well; a pause
of the reference is many reference samples at one new place, which only the model over reference samples shows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.alignment.emission.grid import AWAY, Emission, hold
from mtbsync_core.alignment.emission.pictures import PictureOptions, picture_emission
from mtbsync_core.alignment.emission.sources import with_sensors
from mtbsync_core.alignment.hmm.agreement import AgreementOptions, agreeing, decided, overall_ratio, stands, sure
from mtbsync_core.alignment.hmm.cut_at_stand import (
    CutOptions,
    Moving,
    Side,
    leaps_beside_stands,
    missing_at_stands,
    passed_at_ends,
)
from mtbsync_core.alignment.hmm.forward_backward import Smoothed, resmooth, smooth
from mtbsync_core.alignment.hmm.loops import LoopOptions, in_one_lap
from mtbsync_core.alignment.hmm.marginals import Posterior
from mtbsync_core.alignment.hmm.repeats import Repeat, held_near, later_rides, ridden_twice
from mtbsync_core.alignment.hmm.segments import (
    SEGMENTS,
    Leap,
    SegmentOptions,
    StillShare,
    beyond_ends,
    leaps_between,
    stands_beyond,
    with_end_stands,
    without_leapt,
)
from mtbsync_core.alignment.hmm.transition import TransitionOptions
from mtbsync_core.alignment.user_pairs import UserPair
from mtbsync_core.telemetry.track import Telemetry
from mtbsync_core.warp import Span

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class TwoWayModel:
    """The model solved for the samples of either run, before anything was chosen or said by the user.

    `seen`: emission of the pictures, for new samples on the reference clock; `new_emission`: that with what sensors say
    against it; `ref_emission`: for reference samples on the new clock; `options`: with the speed ratio that was found;
    `new_smoothed` and `ref_smoothed`: posteriors and messages; `blind`: samples of the reference and of the new run
    that show nothing; `still`: how much of a time each of them stands, and `moving`: at which samples it moves, by its
    own pictures; `agreement` and `loops`: how one of several places is chosen; `segments` and `cuts`: what is a leap;
    `joins`: places that corners verify just before and behind cuts.
    """

    seen: Emission
    new_emission: Emission
    ref_emission: Emission
    options: TransitionOptions
    new_smoothed: Smoothed
    ref_smoothed: Smoothed
    blind: tuple[NDArray[np.bool_], NDArray[np.bool_]] | None = None
    still: tuple[StillShare, StillShare] | None = None
    moving: tuple[Moving, Moving] | None = None
    agreement: AgreementOptions = field(default_factory=AgreementOptions)
    loops: LoopOptions = field(default_factory=LoopOptions)
    segments: SegmentOptions = SEGMENTS
    cuts: CutOptions = field(default_factory=CutOptions)
    joins: tuple[UserPair, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Posteriors:
    """`new_to_ref`: places of the new samples on the reference clock; `ref_to_new`: places of the reference samples on
    the new clock, off the trail where they contradict `new_to_ref`; `choices`: new moments at which the
    pictures fit two places of the reference, with the place that was taken; `leaps`: what only one run shows;
    `repeats`: what the new run rides twice; `stands`: where the new run stands beyond the reference's ends, seconds.
    """

    new_to_ref: Posterior
    ref_to_new: Posterior
    choices: tuple[UserPair, ...] = ()
    leaps: tuple[Leap, ...] = ()
    repeats: tuple[Repeat, ...] = ()
    stands: tuple[Span, ...] = ()


def two_way_model(
    contrast: NDArray[np.float32],
    t_ref: Floats,
    t_new: Floats,
    options: TransitionOptions,
    telemetry: tuple[Telemetry, Telemetry] = (Telemetry(), Telemetry()),
    blind: tuple[NDArray[np.bool_], NDArray[np.bool_]] | None = None,
    still: tuple[StillShare, StillShare] | None = None,
    moving: tuple[Moving, Moving] | None = None,
    *,
    pictures: PictureOptions | None = None,
    agreement: AgreementOptions | None = None,
    loops: LoopOptions | None = None,
    segments: SegmentOptions = SEGMENTS,
    cuts: CutOptions | None = None,
) -> TwoWayModel:
    """Forward-backward both ways over the contrast (N, R) of new samples at `t_new` with reference samples at `t_ref`.

    A first pass finds how much faster one run is all in all, so that the prior does not pull a walker's places
    towards a rider's.
    """
    pictures, agreement = pictures or PictureOptions(), agreement or AgreementOptions()
    seen = picture_emission(contrast, t_ref, t_new, pictures)
    new_emission = with_sensors(seen, *telemetry, options.ratio, pictures.independent_s)
    new_to_ref = smooth(new_emission, options)
    ratio = overall_ratio(new_to_ref.posterior, t_new, options.ratio, agreement)
    if abs(np.log2(ratio / options.ratio)) > 0.05:
        options = replace(options, ratio=ratio)
        new_emission = with_sensors(seen, *telemetry, ratio, pictures.independent_s)
        new_to_ref = smooth(new_emission, options)
    back = picture_emission(contrast.T, t_new, t_ref, pictures)
    ref_emission = with_sensors(back, *telemetry[::-1], 1 / options.ratio, pictures.independent_s)
    ref_to_new = smooth(ref_emission, _mirrored(options))
    how = agreement, loops or LoopOptions(), segments, cuts or CutOptions()
    return TwoWayModel(seen, new_emission, ref_emission, options, new_to_ref, ref_to_new, blind, still, moving, *how)


def find_posteriors(kept: TwoWayModel, user: Sequence[UserPair] = ()) -> Posteriors:
    """The places, given what the user knows. Only what that changes is worked out again."""
    o = kept.agreement
    ref_s, new_s = (np.array([pair[k] for pair in user], float) for k in (0, 1))
    new_emission, ref_emission = hold(kept.new_emission, new_s, ref_s), hold(kept.ref_emission, ref_s, new_s)
    joins = [join for join in kept.joins if all(_in_order(join, pair) for pair in user)]
    new_emission = held_near(new_emission, [j.new_s for j in joins], [j.ref_s for j in joins], kept.segments.join_s)
    ref_emission = held_near(ref_emission, [j.ref_s for j in joins], [j.new_s for j in joins], kept.segments.join_s)
    clamped = new_emission.known
    found = resmooth(new_emission, kept.options, kept.new_smoothed, clamped)
    new_emission, found, torn = decided(new_emission, kept.options, found, o)
    new_emission, found = in_one_lap(new_emission, kept.options, found, clamped, kept.loops)
    new_emission, found, again = later_rides(new_emission, kept.options, found, clamped, kept.loops)
    ref_emission = held_near(ref_emission, [p.ref_s for p in again], [p.new_s for p in again], 2 * kept.loops.near_s)
    repeats = ridden_twice(new_emission, found.posterior, kept.options.ratio, kept.loops)
    new_to_ref, t_new, t_ref = found.marginals.of_peaks, new_emission.t_new, ref_emission.t_new
    mirrored = _mirrored(kept.options)
    back = resmooth(ref_emission, mirrored, kept.ref_smoothed, ref_emission.known)
    contradicting = back.marginals.of_peaks
    agree = agreeing(new_to_ref, t_new, contradicting, t_ref, o)
    here = contradicting.on_trail > 0.5
    if (~agree & here).sum() > o.contradicted * here.sum():
        # The other direction has taken the other lap: it is shown this one.
        beyond = sure(new_to_ref, t_new, o)
        ref_emission = hold(kept.ref_emission, np.array([p.ref_s for p in beyond]), np.array([p.new_s for p in beyond]))
        back = resmooth(ref_emission, mirrored, kept.ref_smoothed, ref_emission.known)
        contradicting = back.marginals.of_peaks
    choices = tuple(
        UserPair(float(new_to_ref.mode_s[i]), float(t_new[i]))
        for i, two in torn.items()
        if not stands(contradicting, t_ref, two, o)
    )
    ref_to_new = _agreed(new_to_ref, t_new, contradicting, t_ref, o)
    sides, ratio = _sides(kept, new_to_ref, ref_to_new), kept.options.ratio
    gone_ref = missing_at_stands(*sides[::-1], ratio, kept.cuts) if sides else []
    gone_new = missing_at_stands(*sides, 1 / ratio, kept.cuts) if sides else []
    if gone_new or gone_ref:
        new_emission, ref_emission = _without(new_emission, gone_new), _without(ref_emission, gone_ref)
        new_to_ref = resmooth(new_emission, kept.options, found, gone_new).marginals.of_peaks
        contradicting = resmooth(ref_emission, mirrored, back, gone_ref).marginals.of_peaks
        ref_to_new = _agreed(new_to_ref, t_new, contradicting, t_ref, o)
    if kept.blind is not None:
        blind_ref, blind_new = kept.blind
        new_to_ref = _seen(new_to_ref, blind_new, clamped, blind_ref, t_ref)
        ref_to_new = _seen(ref_to_new, blind_ref, ref_emission.known, blind_new, t_new)
    still = kept.still or (_placed(ref_to_new, t_ref), _placed(new_to_ref, t_new))
    leaps = leaps_between(new_to_ref, t_new, ref_to_new, t_ref, still, kept.segments)
    past: list[tuple[Span, Span]] = []
    if sides := _sides(kept, new_to_ref, ref_to_new):
        leaps += leaps_beside_stands(*sides, gone_ref, gone_new)
        past = passed_at_ends(*sides, kept.cuts)
        past += [spans[::-1] for spans in passed_at_ends(*sides[::-1], kept.cuts)]
        past = [spans for spans in past if not any(_is_in(pair, spans) for pair in user)]
    told = with_end_stands(ref_to_new, contradicting, t_ref, still[0], kept.segments)
    before_new = beyond_ends(new_to_ref, t_new, told, t_ref, still[1], kept.segments)
    waits = stands_beyond(before_new, new_to_ref, t_new, still[1], kept.segments)
    before_ref = beyond_ends(ref_to_new, t_ref, new_to_ref, t_new, still[0], kept.segments)
    past_ref, past_new = [spans[0] for spans in past], [spans[1] for spans in past]
    new_to_ref = without_leapt(new_to_ref, t_new, [leap.new_s for leap in leaps] + before_new + past_new)
    ref_to_new = without_leapt(ref_to_new, t_ref, [leap.ref_s for leap in leaps] + before_ref + past_ref)
    return Posteriors(new_to_ref, ref_to_new, choices, tuple(leaps), tuple(repeats), tuple(waits))


def _in_order(one: UserPair, other: UserPair) -> bool:
    return (one.ref_s - other.ref_s) * (one.new_s - other.new_s) > 0


def _is_in(pair: UserPair, spans: tuple[Span, Span]) -> bool:
    """Whether the user says where a run is within a span of either clock."""
    return any(first < at < last for at, (first, last) in zip(pair, spans, strict=True))


def _agreed(
    new_to_ref: Posterior, t_new: Floats, ref_to_new: Posterior, t_ref: Floats, o: AgreementOptions
) -> Posterior:
    """The places of the reference samples, off the trail where they contradict those of the new samples."""
    agree = agreeing(new_to_ref, t_new, ref_to_new, t_ref, o)
    return replace(ref_to_new, on_trail=np.where(agree, ref_to_new.on_trail, 0.0))


def _sides(kept: TwoWayModel, new_to_ref: Posterior, ref_to_new: Posterior) -> tuple[Side, Side] | None:
    """The reference and the new run; None without pictures."""
    if kept.moving is None:
        return None
    t_ref, t_new = kept.ref_emission.t_new, kept.new_emission.t_new
    return Side(t_ref, ref_to_new, kept.moving[0]), Side(t_new, new_to_ref, kept.moving[1])


def _without(emission: Emission, samples: Sequence[int]) -> Emission:
    """The emission where samples are known to be off the trail, but for those that the user knows."""
    return replace(emission, known={**dict.fromkeys(samples, AWAY), **emission.known})


def _placed(places: Posterior, t_s: Floats) -> StillShare:
    """Without pictures: samples at `t_s` (N,) over which the other run leaps, and that have a place, are a stop."""

    def share(first_s: float, last_s: float, at_s: float | None = None) -> float:
        inside = (t_s > first_s) & (t_s < last_s)
        return float(places.on_trail[inside].mean() > 0.5) if inside.any() else 1.0

    return share


def _seen(
    places: Posterior,
    blind: NDArray[np.bool_],
    known: Mapping[int, tuple[int, int]],
    blind_there: NDArray[np.bool_],
    t_there: Floats,
) -> Posterior:
    """The places without those that were not seen, since one of the two pictures shows nothing: where the
    model goes on without pictures it only extrapolates.
    """
    unseen = blind | (np.interp(places.mean_s, t_there, blind_there) > 0.5)
    unseen[list(known)] = False
    return replace(places, on_trail=np.where(unseen, 0.0, places.on_trail))


def _mirrored(options: TransitionOptions) -> TransitionOptions:
    return replace(options, ratio=1 / options.ratio)
