"""Anchors along a pair of runs: where to look for them, and whether they may move the map."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from typing import NamedTuple

import numpy as np

from mtbsync_core.alignment.hmm.marginals import Posterior
from mtbsync_core.alignment.hmm.segments import Samples
from mtbsync_core.alignment.refine.field_of_view import Agreement, FieldOfViewOptions, relative_field_of_view
from mtbsync_core.media.trail_file import is_trail
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.options import paced
from mtbsync_core.telemetry.lens import Lens, Lenses, LensRelation
from mtbsync_core.vision.anchor import Anchor, AnchorOptions, Floats, Level, find_anchor
from mtbsync_core.vision.index import FrameIndex, IndexOptions
from mtbsync_core.vision.moments import corners_at
from mtbsync_core.vision.registry import matcher_named

log = logging.getLogger(__name__)

Known = dict[int, dict[float, Level | None]]
"""How far frame pairs are from level, by the number of the new sample and the time of the reference's, seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefineOptions:
    """Where anchors are looked for, and when they may move the map."""

    reach_s: float = paced(0.85)
    """Reference seconds about its coarse place in which an anchor is looked for: four times what 95 of 100 of these
    are off by on hard simulated runs (0.2 s)."""
    follow: int = 2
    """How often the search goes on by one more reach, to where the corners say that the cameras are level. At walking
    pace, where all that is seen is far, pictures as a whole are up to 10 s of the reference off."""
    every_s: float = paced(0.3, 0.5)
    every_samples: float = 0.9
    """Spacing of anchors, at least: every third of a dense recording's samples, where twice the spacing made hard
    simulated runs less exact (0.038 to 0.049 s), and every one of sparse samples: two a second with every second
    one 0.033 and 0.067 s in place of 0.031 and 0.051 s (median, easy and hard)."""
    dense_s: float = paced(0.15)
    """Spacing of samples from which single moments need no frames of their own."""
    around_s: float = paced(0.5)
    fine_s: float = paced(0.1)
    """Reach and spacing of the frames that are decoded about a single moment; half the spacing costs twice the time."""
    sparse_s: float = paced(0.2)
    """Spacing of the reference samples that show whether there is a crossing at all."""
    pace_of: int = 15
    """Anchors near by whose median slope is the prior of one between samples that are far apart."""
    fewest: int = 5
    """Crossings below which anchors say nothing as a whole."""
    told_unlike: tuple[float, float] = paced((0.5, 0.3), (1, 0))
    """What anchors must hold to: their median lies within these seconds of the pictures, and they have a crossing at
    this share of the moments where corners agree. Here for two lenses that are told and unlike: the pictures are off
    there, and not the anchors."""
    may_be_one: tuple[float, float] = paced((0.2, 0.125), (1, 0))
    """The same for lenses that may be one, so that anchors may move the map. For two unlike lenses the crossing is not
    where the cameras are level. Seen: one lens within 0.09 s, at 0.2 to 1 (SIFT; ORB 0.16 s and 0.18); a HERO7 and a
    MAX 0.36 s and 0.1; pictures zoomed by 1.18 0.2 to 0.4 s, 0.15 to 0.6."""
    surely_one: tuple[float, float] = paced((0.1, 0.2), (1, 0))
    """The same so that no other ratio of the fields of view is looked for."""
    unknown_sd_s: float = paced(0.15)
    """Standard deviation of all places, reference seconds, where the ratio of the fields of view is not known: a tenth
    of zoom makes 0.05 to 0.1 s, and GoPro's lenses differ by some two tenths."""

    anchor: AnchorOptions = field(default_factory=AnchorOptions)
    field_of_view: FieldOfViewOptions = field(default_factory=FieldOfViewOptions)

    def hold(self, seen: Agreement, limit: tuple[float, float]) -> bool:
        """Whether anchors hold to a limit."""
        off_s, share = limit
        return seen.crossings >= max(self.fewest, share * seen.verified) and abs(seen.off_s) <= off_s


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
        _anchors,
        *(ref, new, wanted, o.reach_s, o.reach_s, o.anchor, lenses),
        threads=threads,
        levels=[levels.setdefault(i, {}) for i in chosen],
        follow=0 if alone else o.follow,
    )
    found = search(progress=progress)
    if alone and float(np.median(np.diff(ref.t_s))) <= o.dense_s:
        return found
    return search(usual_paces=usual_paces(found, new.t_s[chosen], o))


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
    return _anchors(
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


def _anchors(
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


class LensBias(NamedTuple):
    """What two unlike lenses do throughout, reference seconds: by how much pictures put the new run too late (what is
    larger looks as if taken further on), and the standard deviation of what all anchors share. `ratio` of the
    reference's angle of view to the new run's, as it was found; 1 where it was not looked for, NaN where it was, in
    vain.
    """

    late_s: float = 0.0
    sd_s: float = 0.0
    ratio: float = 1.0


def anchors_between(
    ref: FrameIndex,
    new: FrameIndex,
    places: tuple[Posterior, Posterior],
    parts: Sequence[Samples],
    options: IndexOptions,
    o: RefineOptions,
    lenses: Lenses,
    *,
    moments_s: Sequence[float] = (),
    threads: int = 2,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[list[Anchor], LensBias, Lenses]:
    """All anchors of two recordings, by rising new time, the bias of their lenses, and these as they were found.
    Anchors that may not move the map only say that corners agree.

    Args:
        places: the coarse places of the new samples and of the reference samples.
        parts: as in `find_anchors`.
        options, moments_s: as in `find_anchors_at`.
        lenses: as far as the files tell. Where they do not, anchors that look like those of one lens are taken as they
            are; else the ratio of the angles of view is found, or they only verify.
        progress: called with the anchors done and their number.
    """
    coarse, ref_to_new = places
    sparse = ref.thinned(o.sparse_s)

    known: Known = {}

    def found_by(through: Lenses, alone: bool = True) -> list[Anchor]:
        lens = through.ref, through.new
        tick = progress if alone else None
        return find_anchors(
            ref, new, coarse, parts, o, lenses=lens, threads=threads, progress=tick, alone=alone, known=known
        )

    def some_by(through: Lenses, moments: int) -> list[Anchor]:
        few = [part[:: max(1, sum(map(len, parts)) // moments)] for part in parts]
        return find_anchors(sparse, new, coarse, few, o, lenses=(through.ref, through.new), threads=threads, alone=True)

    view_options = o.field_of_view
    framings = lenses.framings(ref.media, new.media)
    if len(framings) > 1:  # one is cut out of the picture of the other, and nothing says along which side
        few = view_options.close_moments
        lenses = max(framings, key=lambda way: Agreement.of(some_by(way, few), coarse, new.t_s).agreeing)
    found = found_by(lenses)
    seen = Agreement.of(found, coarse, new.t_s)
    relation, framed = lenses.relation, lenses is not framings[0]
    unequal = framed or (relation is LensRelation.TOLD and lenses.ref != lenses.new)
    limit = o.told_unlike if unequal else o.may_be_one
    may_move = relation in (LensRelation.TOLD, LensRelation.ALIKE) and o.hold(seen, limit)
    unsure = relation is LensRelation.ALIKE and not o.hold(seen, o.surely_one)
    bias = LensBias(ratio=lenses.ratio if framed else 1.0)
    if (unsure or relation is LensRelation.UNLIKE) and seen.verified >= view_options.fewest:
        view = relative_field_of_view(
            lambda ratio, moments: some_by(lenses.zoomed(ratio), moments), coarse, new.t_s, view_options
        )
        if view is None:
            bias = LensBias(sd_s=o.unknown_sd_s, ratio=np.nan)
        elif view.ratio != 1.0 or relation is LensRelation.UNLIKE:
            lenses, unequal, may_move = lenses.zoomed(view.ratio), True, True
            bias = LensBias(sd_s=view.sd_s, ratio=bias.ratio * view.ratio)
            known.clear()
            found = found_by(lenses)
            seen = Agreement.of(found, coarse, new.t_s)
    elif relation is LensRelation.CHANGING:
        bias = LensBias(sd_s=o.unknown_sd_s, ratio=np.nan)
    one_framing = ref.canvas is not None or new.canvas is not None  # so that whole pictures are as large, and not late
    if unequal and may_move and not one_framing:
        bias = bias._replace(late_s=-seen.off_s)
    if may_move:
        found = found_by(lenses, alone=False)
    through_both = lenses.ref, lenses.new
    found += find_anchors_at(
        ref, new, ref_to_new, moments_s, options, o, beside=found, lenses=through_both, threads=threads
    )
    found.sort(key=lambda anchor: anchor.t_new)
    return found if may_move else [replace(a, t_ref=np.nan, sigma_s=np.inf) for a in found], bias, lenses
