"""Where anchors along a pair of runs are looked for: about the coarse places of samples, or of single moments."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import numpy as np

from mtbsync_core.alignment.hmm.marginals import Posterior
from mtbsync_core.alignment.hmm.segments import Samples
from mtbsync_core.alignment.refine.options import RefineOptions
from mtbsync_core.media.trail_file import is_trail
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.telemetry.lens import Lens
from mtbsync_core.vision.anchor import Anchor, AnchorOptions, Floats, Level, find_anchor
from mtbsync_core.vision.index import FrameIndex, IndexOptions
from mtbsync_core.vision.moments import corners_at
from mtbsync_core.vision.registry import matcher_named

log = logging.getLogger(__name__)

Known = dict[int, dict[float, Level | None]]
"""How far frame pairs are from level, by the number of the new sample and the time of the reference's, seconds."""


def find_anchors(
    ref: FrameIndex,
    new: FrameIndex,
    posterior: Posterior,
    parts: Sequence[Samples],
    o: RefineOptions,
    *,
    lenses: tuple[Lens, Lens] = (Lens(), Lens()),
    threads: int = 2,
    progress: Callable[[int, int], None] | None = None,
    alone: bool = False,
    known: Known | None = None,
) -> list[Anchor]:
    """Anchors about three times a second along the segments, from the corners kept in the indexes: first each for
    itself, then with the usual slope of those about it as its prior, by which single frames do for a crossing.

    Args:
        posterior: the coarse place of each new sample, seconds of the reference clock.
        parts: the segments on the common trail, as numbers of new samples.
        lenses: of the reference and of the new run.
        alone: leave it at the first where samples are dense, and follow no places that are further off than the reach:
            with a wrong lens there is then mostly no crossing.
        known: what was found with these lenses before; filled.
        progress: called with the anchors done and their number.
    """
    if not ref.features or not new.features:
        return []
    every_s = max(o.every_s, o.every_samples * float(np.median(np.diff(new.t_s))))
    chosen: list[int] = []
    for part in parts:
        for i in part:
            if not chosen or new.t_s[i] - new.t_s[chosen[-1]] >= every_s - 1e-6:
                chosen.append(int(i))
    wanted = [(i, float(posterior.mean_s[i])) for i in chosen]
    levels: Known = {} if known is None else known
    search = partial(
        anchors_of,
        *(ref, new, wanted, o.reach_s, o.reach_s, o.anchor, lenses),
        threads=threads,
        levels=[levels.setdefault(i, {}) for i in chosen],
    )
    found = search(progress=progress)
    if alone and float(np.median(np.diff(ref.t_s))) <= o.dense_s:
        return found
    return search(usual_paces=usual_paces(found, new.t_s[chosen], o), follow=0 if alone else o.follow)


def usual_paces(found: Sequence[Anchor], at_s: Sequence[float] | Floats, o: RefineOptions) -> list[float | None]:
    """For each moment, new clock, the median slope of those anchors near it that have one; None where they are few."""
    t, pace = np.array([(a.t_new, a.pace) for a in found if np.isfinite(a.t_ref)]).reshape(-1, 2).T
    if len(t) < o.fewest:
        return [None] * len(at_s)
    return [float(np.median(pace[np.argsort(np.abs(t - at))[: o.pace_of]])) for at in at_s]


def find_anchors_at(
    ref: FrameIndex,
    new: FrameIndex,
    posterior: Posterior,
    moments_s: Sequence[float],
    options: IndexOptions,
    o: RefineOptions,
    *,
    beside: Sequence[Anchor] = (),
    lenses: tuple[Lens, Lens] = (Lens(), Lens()),
    threads: int = 2,
) -> list[Anchor]:
    """Anchors at single moments of the reference, such as markers, from frames that are decoded for them.

    Where only key frames were looked at, the line through the expansion has three points; ten a second make it
    several times surer. Recordings that were sampled as densely need none of this.

    Args:
        posterior: the coarse place of each reference sample, seconds of the new clock.
        moments_s: seconds of the reference clock; those off the common trail are left out.
        options: those that the indexes were made with.
        beside: anchors along the runs, whose slopes are the prior.

    Raises:
        MediaError: a recording is no longer there.
    """
    if not new.features or float(np.median(np.diff(ref.t_s))) <= o.dense_s:
        return []
    on_trail = np.interp(moments_s, ref.t_s, posterior.on_trail, left=0.0, right=0.0)
    moments = np.sort(np.asarray(moments_s, float)[on_trail > 0.5])
    places = np.interp(moments, ref.t_s, posterior.mean_s)
    with ThreadPoolExecutor(2) as pool:
        shown = (ref, times_around(moments, float(ref.t_s[-1]), o)), (new, places)
        seen_ref, seen_new = pool.map(lambda job: _decoded(job[0], job[1], options), shown)
    if is_trail(ref.media.path):
        _say_bare(ref.media, moments, seen_ref.t_s, o)
    if not len(seen_ref.t_s) or not len(seen_new.t_s):
        return []
    nearest = np.abs(np.subtract.outer(places, seen_new.t_s)).argmin(axis=1)
    wanted = list(zip(nearest.tolist(), moments.tolist(), strict=True))
    return anchors_of(
        *(seen_ref, seen_new, wanted, o.around_s + o.fine_s, o.around_s, o.anchor, lenses),
        threads=threads,
        usual_paces=usual_paces(beside, places, o),
    )


def _say_bare(media: MediaInfo, moments_s: Floats, kept_s: Floats, o: RefineOptions) -> None:
    """Log how many of the moments a trail pack keeps no frames around, by the times of those that it keeps."""
    bare = [moment for moment in moments_s.tolist() if not (np.abs(kept_s - moment) <= o.fine_s).any()]
    if bare:
        log.warning(
            "%s keeps no frames around %d of the %d markers: the frames along the trail tell their places",
            media.name,
            len(bare),
            len(moments_s),
        )


def times_around(moments_s: Floats, end_s: float, o: RefineOptions) -> Floats:
    """When the frames are shown, ascending, by which single moments of a reference are anchored, up to `end_s`."""
    around = np.arange(-o.around_s, o.around_s + 0.01, o.fine_s)
    return np.unique(np.add.outer(moments_s, around).clip(0, end_s))


def _decoded(index: FrameIndex, times_s: Floats, options: IndexOptions) -> FrameIndex:
    """The corners of the frames shown at ascending times, by when they appear; not described as whole pictures."""
    seen = corners_at(index, times_s.tolist(), options)
    return replace(index, t_s=np.array(list(seen)), features=list(seen.values()), descriptors=index.descriptors[:0])


def anchors_of(
    ref: FrameIndex,
    new: FrameIndex,
    wanted: Sequence[tuple[int, float]],
    around_s: float,
    reach_s: float,
    options: AnchorOptions,
    lenses: tuple[Lens, Lens],
    *,
    threads: int,
    progress: Callable[[int, int], None] | None = None,
    usual_paces: Sequence[float | None] | None = None,
    levels: Sequence[dict[float, Level | None]] | None = None,
    follow: int = 0,
) -> list[Anchor]:
    """The anchor of each wanted moment, a new sample and its coarse place, from the reference samples `around_s` it."""
    ref.require_same(new, "matcher")
    matcher = matcher_named(new.matcher)

    def one(number: int) -> Anchor:
        i, place = wanted[number]
        at, corners = float(new.t_s[i]), new.corners(i)
        known = levels[number] if levels else {}

        def about(place_s: float) -> Anchor:
            near = np.flatnonzero(np.abs(ref.t_s - place_s) <= around_s)
            return find_anchor(
                at,
                corners,
                ref.t_s[near],
                [ref.corners(j) for j in near.tolist()],
                place_s,
                reach_s=reach_s,
                matcher=matcher,
                lenses=lenses,
                options=options,
                usual_pace=usual_paces[number] if usual_paces else None,
                levels=known,
            )

        coarse = anchor = about(place)
        for _ in range(follow):
            if np.isfinite(anchor.t_ref) or not abs(anchor.lead) > 2 * options.level_sd:
                break
            place -= float(np.copysign(reach_s, anchor.lead))
            anchor = about(place)
        beyond_s = max(ref.t_s[0] - anchor.t_ref, anchor.t_ref - ref.t_s[-1])
        if beyond_s > 2 * anchor.sigma_s:  # the new run is ahead of all that the reference shows, or behind it
            return replace(coarse, t_ref=np.nan, sigma_s=np.inf)
        return replace(anchor, n_inliers=coarse.n_inliers, lead=coarse.lead)

    found = []
    with ThreadPoolExecutor(threads) as pool:
        for anchor in pool.map(one, range(len(wanted))):
            found.append(anchor)
            if progress is not None:
                progress(len(found), len(wanted))
    return found
