"""The three ways from two compared recordings to pairs and a warp: lattice, dynamic time warping, straight line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.alignment.baselines.affine import fit_line
from mtbsync_core.alignment.baselines.time_warping import warped_pairs
from mtbsync_core.alignment.curve.conformal import conformal_scale
from mtbsync_core.alignment.curve.dead_reckoning import with_bridges
from mtbsync_core.alignment.curve.effective_sample_size import SharedErrorOptions, shared_sd, variance_inflation
from mtbsync_core.alignment.curve.fit import Segment, fit_segments
from mtbsync_core.alignment.emission.grid import along
from mtbsync_core.alignment.emission.positions import ELSEWHERE_M
from mtbsync_core.alignment.gps.veto import distance_along
from mtbsync_core.alignment.hmm.marginals import Posterior
from mtbsync_core.alignment.hmm.posteriors import Posteriors, find_posteriors
from mtbsync_core.alignment.hmm.segments import Samples, common_segments, without_leapt
from mtbsync_core.alignment.judge.low_confidence import clock
from mtbsync_core.alignment.judge.verdict import Findings
from mtbsync_core.alignment.options import WarpMethod
from mtbsync_core.alignment.pairs import TimePairs
from mtbsync_core.alignment.preparation import Prepared, PreparedModel
from mtbsync_core.alignment.refine.apart_at_ends import apart_at_ends
from mtbsync_core.alignment.refine.disproved import disproved
from mtbsync_core.alignment.refine.refinement import lens_sd
from mtbsync_core.alignment.refine.unverified import unverified_sd
from mtbsync_core.alignment.user_pairs import USER_SIGMA_S, UserPair, beside
from mtbsync_core.errors import UsageError
from mtbsync_core.vision.anchor import Anchor
from mtbsync_core.vision.similarity import standardise
from mtbsync_core.warp import Span, TimeWarp

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Solved:
    """A warp (None where nothing could be fitted) with its pairs, and what the method itself has against it.

    `log_evidence` is None where the method has none of its own; then the pictures along the warp are asked.
    `sigma_scale` is what held-out anchors made of the warp's deviation; None where there were none to ask.
    """

    warp: TimeWarp | None
    pairs: TimePairs
    log_evidence: float | None = None
    sigma_scale: float | None = None
    findings: Findings = field(default_factory=Findings)


def by_lattice(prepared: Prepared, model: PreparedModel, user: Sequence[UserPair]) -> Solved:
    """The hidden Markov model of riding the same trail twice, sharpened by local features, smoothed."""
    ref, new = prepared.ref, prepared.new
    places = find_posteriors(model.lattices, user)
    sure = beside(new.t_s, user)
    apart = [
        span for span in apart_at_ends(model.anchors, prepared.options.apart) if _new_stands(prepared, model, span)
    ]
    untold = [span for span in apart if not any(span[0] < pair.new_s < span[1] for pair in user)]
    places = _without_apart(places, untold, new.t_s)
    parts = common_segments(places.new_to_ref, new.t_s, places.leaps, sure, prepared.options.segments)
    anchors, log_evidence = _still_near(prepared, model, places.new_to_ref), places.new_to_ref.log_evidence
    for part in _disproved(prepared, model, places.new_to_ref, parts, anchors, sure):
        log_evidence -= float(along(prepared.rows, _within(places.new_to_ref, new.t_s, part)(new.t_s)).sum())
        places = _without_apart(places, [_span(new.t_s, part)], new.t_s)
        parts = [other for other in parts if other is not part]
    pairs = _lattice_pairs(prepared, model, places, anchors).with_user(user, USER_SIGMA_S)
    every = float(max(np.median(np.diff(ref.t_s)), np.median(np.diff(new.t_s))))
    late_s = model.lens_bias.late_s
    silent_sd = unverified_sd(anchors, places.new_to_ref, new.t_s, late_s, prepared.options.unverified)
    shared_sd_s = np.hypot(lens_sd(model.lens_bias, anchors, new.t_s, prepared.options.refinement), silent_sd)
    segments = [_segment(prepared, shared_sd_s, pairs, part, user) for part in parts]
    fit = prepared.options.fit
    scale = conformal_scale(segments, fit, prepared.options.conformal)
    curve = fit_segments(segments, fit, ends_s=prepared.ends_s, reach_s=every, scale=scale or 1.0)
    if curve is not None and model.sides is not None:
        curve = with_bridges(curve, *model.sides, prepared.options.dead_reckoning)
    warp = curve.warp_within((0.0, prepared.ends_s[0]), places.stands) if curve is not None else None
    doubts = []
    if places.choices:
        ref_s, new_s = min(places.choices, key=lambda pair: pair.new_s)
        doubts.append(
            f"the pictures fit two places of the reference, at {clock(new_s)} of the new run for one; "
            f"{clock(ref_s)} was taken there (another with --anchor REF=NEW)"
        )
    doubts += [
        f"{clock(begin)} to {clock(end)} of the reference are ridden again from {clock(later)} of the new run on: "
        f"that counts, and not the ride from {clock(first)} on (--anchor REF=NEW says otherwise)"
        for (begin, end), first, later in places.repeats
    ]
    off_m = _tracks_off_m(model, warp)
    if off_m is not None and off_m > ELSEWHERE_M:
        doubts.append(
            f"where the pictures agree the tracks are {off_m:.0f} m apart: one of them is wrong, or begins at another "
            "second of its video (--gpx-offset)"
        )
    vetoes = (f"{model.veto} (--no-telemetry leaves them out)",) if model.veto else ()
    findings = Findings(vetoes=vetoes, doubts=tuple(doubts))
    return Solved(warp, pairs.checked(warp), log_evidence, scale, findings)


def _new_stands(prepared: Prepared, model: PreparedModel, span: Span) -> bool:
    """Whether the new run stands over a span of its clock, which may begin or end beyond it. On the way, places that
    corners do not reach are off by more than these look for, which is no reason to have none.
    """
    t_new = prepared.new.t_s
    still = model.lattices.still
    first, last = np.clip(span, t_new[0], t_new[-1]).tolist()
    return still is not None and still[1](first, last) >= prepared.options.segments.still_share


def _disproved(
    prepared: Prepared,
    model: PreparedModel,
    forth: Posterior,
    parts: Sequence[Samples],
    anchors: Sequence[Anchor],
    sure: Sequence[int],
) -> list[Samples]:
    """The parts that corners disprove, where neither sensors nor the user say that they are right."""
    if len(parts) < 2 or model.sides is not None:
        return []
    t_new = prepared.new.t_s
    spans = [_span(t_new, part) for part in parts]
    nats = []
    for part in parts:
        found, witnessed = prepared.local_evidence(_within(forth, t_new, part))
        nats.append(found if witnessed is None else min(found, witnessed))
    wrong = disproved(spans, nats, anchors, model.verification, prepared.options.verification)
    return [part for part, out in zip(parts, wrong, strict=True) if out and not np.isin(sure, part).any()]


def _within(forth: Posterior, t_new: Floats, part: Samples) -> Callable[[Floats], Floats]:
    """The map of a part alone, from the new clock to the reference's; NaN elsewhere."""

    def on_ref(t: Floats) -> Floats:
        return np.interp(t, t_new[part], forth.mean_s[part], left=np.nan, right=np.nan)

    return on_ref


def _span(t_new: Floats, part: Samples) -> Span:
    return float(t_new[part[0]]), float(t_new[part[-1]])


def _without_apart(places: Posteriors, apart_s: Sequence[Span], t_new: Floats) -> Posteriors:
    """The places without those at spans of the new clock over which corners say that the runs are apart."""
    if not apart_s:
        return places
    back = places.ref_to_new
    inside = np.any([(back.mean_s > first) & (back.mean_s < last) for first, last in apart_s], axis=0)
    return replace(
        places,
        new_to_ref=without_leapt(places.new_to_ref, t_new, apart_s),
        ref_to_new=replace(back, on_trail=np.where(inside, 0.0, back.on_trail)),
    )


def _tracks_off_m(model: PreparedModel, warp: TimeWarp | None) -> float | None:
    tracks = [side.telemetry.track for side in model.sides or ()]
    if warp is None or not tracks or tracks[0] is None or tracks[1] is None:
        return None
    return distance_along(tracks[0], tracks[1], warp)


def by_time_warping(prepared: Prepared, user: Sequence[UserPair]) -> Solved:
    """The cheapest path of dynamic time warping, smoothed."""
    ref, new = prepared.ref, prepared.new
    few_ref, few_new = (standardise(side.descriptors, side.blind) for side in (ref, new))
    pairs = warped_pairs(few_ref, few_new, ref.t_s, new.t_s, user).with_user(user, USER_SIGMA_S)
    use = pairs.valid & (pairs.source != "user")
    whole = Segment(pairs.t_ref[use], pairs.t_new[use], pairs.sigma_s[use], user)
    curve = fit_segments([whole], prepared.options.fit, ends_s=prepared.ends_s)
    warp = curve.warp_within((0.0, prepared.ends_s[0])) if curve is not None else None
    # The path has no off-trail state, so that nothing in it tells a bridge over a detour or a second lap from a map.
    joined = "fastdtw joins both starts and both ends, come what may: a lap, a detour or a late start goes unnoticed"
    return Solved(warp, pairs.checked(warp), findings=Findings(doubts=(joined,)))


def by_line(prepared: Prepared, user: Sequence[UserPair]) -> Solved:
    """One straight line through the raw picture pairs.

    Raises:
        UsageError: there are pairs of the user, to which a line cannot be bent.
    """
    if user:
        raise UsageError(
            f"a straight line cannot be made to go through {user[0]}", "Leave out --anchor, or --warp-method affine."
        )
    o = prepared.options.affine
    line = fit_line(prepared.raw_pairs, o)
    off = line.off(prepared.raw_pairs)
    sigma = np.full(len(off), max(o.inlier_thresh, 1e-3))
    pairs = replace(prepared.raw_pairs, sigma_s=sigma, valid=off <= o.window_sec)
    warp = line.warp(*prepared.ends_s)
    return Solved(warp, pairs, findings=Findings(vetoes=tuple(line.refusals(o))))


BASELINES: Mapping[WarpMethod, Callable[[Prepared, Sequence[UserPair]], Solved]] = {
    "fastdtw": by_time_warping,
    "affine": by_line,
}


def _segment(
    prepared: Prepared, shared_sd_s: Floats, pairs: TimePairs, part: Samples, user: Sequence[UserPair]
) -> Segment:
    """What there is to fit over some unbroken samples of the new run: all pairs in their time, and the user's."""
    t_new = prepared.new.t_s
    inside = (pairs.t_new >= t_new[part[0]]) & (pairs.t_new <= t_new[part[-1]])
    use = inside & pairs.valid & (pairs.on_trail > 0.5) & (pairs.source != "user")
    theirs = [pair for pair, i in zip(user, beside(t_new, user), strict=True) if i in part]
    anchor = pairs.source[use] == "anchor"
    shared = np.interp(pairs.t_new[use], t_new, shared_sd_s)
    return Segment(pairs.t_ref[use], pairs.t_new[use], pairs.sigma_s[use], theirs, shared, anchor)


def _lattice_pairs(
    prepared: Prepared, model: PreparedModel, places: Posteriors, anchors: Sequence[Anchor]
) -> TimePairs:
    """All that is known of matching moments, by rising new time: each new sample's place, each reference sample's, and
    the anchors. The two directions see the same pictures, so each counts half.
    """
    forth, back, matrix = places.new_to_ref, places.ref_to_new, prepared.contrast
    t_ref, t_new, late = prepared.ref.t_s, prepared.new.t_s, model.lens_bias.late_s
    shared = prepared.options.shared_error
    at, found, sigma = np.array([(a.t_new, a.t_ref, a.sigma_s) for a in anchors]).reshape(-1, 3).T
    crossed = np.isfinite(found)
    inflation = np.interp(at, t_new, variance_inflation(t_new, forth.mean_s, forth.on_trail > 0.5, shared))
    sd, sd_back = _sd(forth, t_new, shared), _sd(back, t_ref, shared)
    parts = [
        TimePairs.of(t_new, forth.mean_s - late, sd, score=matrix.max(axis=1), on_trail=forth.on_trail),
        TimePairs.of(back.mean_s, t_ref - late, sd_back, score=matrix.max(axis=0), on_trail=back.on_trail),
        TimePairs.of(
            at,
            np.where(crossed, found, np.interp(at, t_new, forth.mean_s - late)),
            np.where(crossed, sigma * np.sqrt(inflation), prepared.options.refinement.reach_s),
            n_inliers=np.array([a.n_inliers for a in anchors], np.int32),
            source=np.where(crossed, "anchor", "unrefined"),
            valid=crossed,
        ),
    ]
    return TimePairs.joined(parts)


def _still_near(prepared: Prepared, model: PreparedModel, forth: Posterior) -> list[Anchor]:
    """The anchors that were looked for where their samples still are, now that the user has said more."""
    moved = np.abs(forth.mean_s - model.anchored) > prepared.options.refinement.reach_s
    t_new = prepared.new.t_s
    at = np.searchsorted(t_new, [a.t_new for a in model.anchors]).clip(0, len(t_new) - 1)
    return [anchor for anchor, i in zip(model.anchors, at, strict=True) if not moved[i]]


def _sd(posterior: Posterior, t: Floats, options: SharedErrorOptions) -> Floats:
    return shared_sd(posterior.sd_s, t, posterior.mean_s, posterior.on_trail > 0.5, options)
