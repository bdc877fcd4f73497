"""Where each sample of either run lies in the other: the hidden Markov model, solved for the samples of both runs.

A pause of the new run is many new samples at one reference place, which the model over new samples shows well; a pause
of the reference is many reference samples at one new place, which only the model over reference samples shows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.alignment.emission.grid import Emission, hold
from mtbsync_core.alignment.emission.pictures import picture_emission
from mtbsync_core.alignment.emission.sources import with_sensors
from mtbsync_core.alignment.hmm.forward_backward import Posterior, Smoothed, resmooth, smooth
from mtbsync_core.alignment.hmm.loops import in_one_lap
from mtbsync_core.alignment.hmm.transition import TransitionOptions
from mtbsync_core.alignment.user_pairs import UserPair
from mtbsync_core.telemetry.track import Telemetry

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementOptions:
    """When a place is torn between two parts of the reference, and when the two directions agree."""

    ratio_window_s: float = 3.0
    """Seconds over which a rider's speed ratio is measured; shorter ones are noise of single samples."""
    ratio_limits: tuple[float, float] = (1 / 3, 3.0)
    """Overall speed ratios that are believed: a walker's to a rider's, and back."""
    torn_s: float = 2.5
    """Standard deviation of a place that no blur explains: two parts of the reference fit."""
    most_choices: int = 20
    """Moments at which one of two parts is chosen, at most; each takes what hangs on it along."""
    contradicted: float = 0.1
    """Share of the reference samples that may contradict the new samples, as at stops and edges."""
    near_new_s: float = 1.0
    near_ref_s: float = 0.3
    """How far a place found from one run may lie from what the other says, on the new and the reference clock."""
    break_s: float = 2.0
    """Seconds off the trail that part two segments, as in `SegmentOptions`."""


_O = AgreementOptions()


@dataclass(frozen=True, slots=True, eq=False)
class TwoWayModel:
    """The model solved for the samples of either run, before anything was chosen or said by the user.

    `seen`: emission of the pictures, for new samples on the reference clock; `new_emission`: that with what sensors say
    against it; `ref_emission`: for reference samples on the new clock; `options`: with the speed ratio that was found;
    `new_smoothed` and `ref_smoothed`: posteriors and messages; `blind`: samples of the reference and of the new run
    that show nothing.
    """

    seen: Emission
    new_emission: Emission
    ref_emission: Emission
    options: TransitionOptions
    new_smoothed: Smoothed
    ref_smoothed: Smoothed
    blind: tuple[NDArray[np.bool_], NDArray[np.bool_]] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Posteriors:
    """`new_to_ref`: places of the new samples on the reference clock; `ref_to_new`: places of the reference samples on
    the new clock, off the trail where they contradict `new_to_ref`; `choices`: new moments at which the
    pictures fit two places of the reference, with the place that was taken.
    """

    new_to_ref: Posterior
    ref_to_new: Posterior
    choices: tuple[UserPair, ...] = field(default_factory=tuple)


def two_way_model(
    contrast: NDArray[np.float32],
    t_ref: Floats,
    t_new: Floats,
    options: TransitionOptions,
    telemetry: tuple[Telemetry, Telemetry] = (Telemetry(), Telemetry()),
    blind: tuple[NDArray[np.bool_], NDArray[np.bool_]] | None = None,
) -> TwoWayModel:
    """Forward-backward both ways over the contrast (N, R) of new samples at `t_new` with reference samples at `t_ref`.

    A first pass finds how much faster one run is all in all, so that the prior does not pull a walker's places
    towards a rider's.
    """
    seen = picture_emission(contrast, t_ref, t_new)
    rows = with_sensors(seen, *telemetry, options.ratio)
    forth = smooth(rows, options)
    ratio = overall_ratio(forth.posterior, t_new, options.ratio)
    if abs(np.log2(ratio / options.ratio)) > 0.05:
        options = replace(options, ratio=ratio)
        rows = with_sensors(seen, *telemetry, ratio)
        forth = smooth(rows, options)
    columns = with_sensors(picture_emission(contrast.T, t_new, t_ref), *telemetry[::-1], 1 / options.ratio)
    return TwoWayModel(seen, rows, columns, options, forth, smooth(columns, _mirrored(options)), blind)


def find_posteriors(kept: TwoWayModel, user: Sequence[UserPair] = ()) -> Posteriors:
    """The places, given what the user knows. Only what that changes is worked out again."""
    ref_s, new_s = (np.array([pair[k] for pair in user], float) for k in (0, 1))
    rows, columns = hold(kept.new_emission, new_s, ref_s), hold(kept.ref_emission, ref_s, new_s)
    clamped = rows.known
    rows, found, torn = _decided(rows, kept.options, resmooth(rows, kept.options, kept.new_smoothed, clamped))
    forth = in_one_lap(rows, kept.options, found, clamped)[1].posterior
    mirrored = _mirrored(kept.options)
    back = resmooth(columns, mirrored, kept.ref_smoothed, columns.known)
    agree = _agreeing(forth, rows.t_new, back.posterior, columns.t_new)
    if (~agree & (back.posterior.on_trail > 0.5)).sum() > _O.contradicted * (back.posterior.on_trail > 0.5).sum():
        # The other direction has taken the other lap: it is shown this one.
        sure = _sure(forth, rows.t_new)
        columns = hold(kept.ref_emission, np.array([p.ref_s for p in sure]), np.array([p.new_s for p in sure]))
        back = resmooth(columns, mirrored, kept.ref_smoothed, columns.known)
        agree = _agreeing(forth, rows.t_new, back.posterior, columns.t_new)
    choices = tuple(
        UserPair(float(forth.mode_s[i]), float(rows.t_new[i]))
        for i, two in torn.items()
        if not _stands(back.posterior, columns.t_new, *two)
    )
    agreed = replace(back.posterior, on_trail=np.where(agree, back.posterior.on_trail, 0.0))
    if kept.blind is not None:
        blind_ref, blind_new = kept.blind
        forth = _seen(forth, blind_new, clamped, blind_ref, columns.t_new)
        agreed = _seen(agreed, blind_ref, columns.known, blind_new, rows.t_new)
    return Posteriors(forth, agreed, choices)


def overall_ratio(forth: Posterior, t_new: Floats, unknown: float) -> float:
    """Median reference seconds per new second while moving on the common trail, within 1/3 to 3."""
    later = np.searchsorted(t_new, t_new + _O.ratio_window_s)
    here = np.flatnonzero(later < len(t_new))
    there = later[here]
    sure = (forth.on_trail[here] > 0.5) & (forth.on_trail[there] > 0.5)
    moving = (forth.stopped[here] < 0.5) & (forth.stopped[there] < 0.5)
    use = sure & moving
    if use.sum() < 4:
        return unknown
    went = forth.mean_s[there[use]] - forth.mean_s[here[use]]
    return float(np.clip(np.median(went / (t_new[there[use]] - t_new[here[use]])), *_O.ratio_limits))


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


def _decided(
    rows: Emission, options: TransitionOptions, found: Smoothed
) -> tuple[Emission, Smoothed, dict[int, tuple[float, float]]]:
    """Where the pictures fit two places, as when the reference shows a lap twice, the mean of both is neither: hold the
    moment that is torn most to its likelier place, let the others follow, and go on until none is torn. The samples
    that were held come last, each with its likelier place and the mean.
    """
    choices: dict[int, tuple[float, float]] = {}
    clamped = np.isin(np.arange(len(rows.t_new)), list(rows.known))
    for _ in range(_O.most_choices):
        now = found.posterior
        torn = (
            ~clamped & (now.on_trail > 0.5) & (now.sd_s > _O.torn_s) & (np.abs(now.mode_s - now.mean_s) > _O.near_new_s)
        )
        if not torn.any():
            break
        i = int(np.where(torn, now.sd_s, 0.0).argmax())
        first, last = ((now.mode_s[i] + side) / rows.step_s for side in (-_O.torn_s, _O.torn_s))
        rows = replace(rows, known={**rows.known, i: (max(0, int(first)), int(last) + 1)})
        found = resmooth(rows, options, found, [i])
        choices[i] = float(now.mode_s[i]), float(now.mean_s[i])
    return rows, found, choices


def _stands(back: Posterior, t_ref: Floats, a_s: float, b_s: float) -> bool:
    """Whether the reference stands between two moments: all that it shows there is one moment of the new run."""
    between = (t_ref > min(a_s, b_s) + _O.near_ref_s) & (t_ref < max(a_s, b_s) - _O.near_ref_s)
    return not between.any() or float(np.ptp(back.mean_s[between])) < _O.near_new_s


def _agreeing(forth: Posterior, t_new: Floats, back: Posterior, t_ref: Floats) -> NDArray[np.bool_]:
    """Whether the place of each reference sample is one that `forth` passes about that time, or leaps over there.

    Where `forth` leaves the trail it passes nothing: reference samples next to a gap would else crowd into its edge.
    """
    there = np.flatnonzero(forth.on_trail > 0.5)
    if not len(there):
        return np.ones(len(t_ref), bool)
    t, place = t_new[there], forth.mean_s[there]
    edge = np.concatenate([[True], np.diff(t) > _O.break_s, [True]])
    first, last = t[edge[:-1]], t[edge[1:]]
    stretch = np.clip(np.searchsorted((first[1:] + last[:-1]) / 2, back.mean_s), 0, len(first) - 1)
    low, high = (
        np.interp(np.clip(back.mean_s + side, first[stretch], last[stretch]), t, place)
        for side in (-_O.near_new_s, _O.near_new_s)
    )
    return np.asarray((t_ref > low - _O.near_ref_s) & (t_ref < high + _O.near_ref_s))


def _sure(forth: Posterior, t_new: Floats) -> list[UserPair]:
    """Posteriors that are beyond doubt, one in a while, rising on both clocks."""
    found: list[UserPair] = []
    for i in np.flatnonzero((forth.on_trail > 0.95) & (forth.sd_s < _O.near_new_s / 2)):
        pair = UserPair(float(forth.mean_s[i]), float(t_new[i]))
        if not found or min(pair.new_s - found[-1].new_s, pair.ref_s - found[-1].ref_s) > _O.ratio_window_s:
            found.append(pair)
    return found
