"""Anchors along a pair of runs: where to look for them, and whether they may move the map."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.alignment.hmm.forward_backward import Posterior
from mtbsync_core.alignment.hmm.segments import Samples
from mtbsync_core.alignment.refine.field_of_view import FEWEST as FEWEST_OF_ZOOM
from mtbsync_core.alignment.refine.field_of_view import zoom_between
from mtbsync_core.media.frames import read_frames_at
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.telemetry.lens import Lens, Lenses
from mtbsync_core.vision.anchor import Anchor, find_anchor
from mtbsync_core.vision.features import Features
from mtbsync_core.vision.index import FrameIndex, IndexOptions, feature_extractor
from mtbsync_core.vision.matchers import matcher_named

Floats = NDArray[np.float64]

_ANCHOR_EVERY_S, _ANCHOR_EVERY_SAMPLES = 0.3, 1.5
"""Every third of a dense recording's samples, every second of one of which only key frames are looked at: neighbours
there see the same reference frames, and twice the work made the map of simulated runs no better."""
ANCHOR_REACH_S = 0.85
_DENSE_S = 0.15
_AROUND_S, _FINE_S = 0.5, 0.1
_MAY_BE_ONE, _IS_ONE = (0.2, 0.125), (0.1, 0.2)
"""How far anchors of one lens lie from the pictures in the median, seconds, and at what share of the moments where
corners agree they find a crossing. One lens: within 0.09 s, at 0.2 to 1 (SIFT; ORB 0.16 s and 0.18); a HERO7
and a MAX 0.36 s and 0.1; pictures zoomed by 1.18 0.2 to 0.4 s and 0.15 to 0.6. Between the two the ratio is looked
for."""
_TOLD = (0.5, 0.3)
"""The same with two lenses that are told and unlike, where the pictures are off, and not the anchors."""
_FEWEST = 5
_SPARSE_S = 0.2


def find_anchors(
    ref: FrameIndex,
    new: FrameIndex,
    posterior: Posterior,
    parts: Sequence[Samples],
    *,
    lenses: tuple[Lens, Lens] = (Lens(), Lens()),
    threads: int = 2,
    progress: Callable[[int, int], None] | None = None,
) -> list[Anchor]:
    """Anchors about three times a second along the stretches, from the corners kept in the indexes.

    Args:
        posterior: the coarse place of each new sample, seconds of the reference clock.
        parts: the stretches on the common trail, as numbers of new samples.
        lenses: of the reference and of the new run.
        progress: called with the anchors done and their number.
    """
    if not ref.features or not new.features:
        return []
    ref.require_same(new, "matcher")
    matcher = matcher_named(new.matcher)
    every_s = max(_ANCHOR_EVERY_S, _ANCHOR_EVERY_SAMPLES * float(np.median(np.diff(new.t_s))))
    chosen: list[int] = []
    for part in parts:
        for i in part:
            if not chosen or new.t_s[i] - new.t_s[chosen[-1]] >= every_s - 1e-6:
                chosen.append(int(i))

    def one(i: int) -> Anchor:
        place = float(posterior.mean_s[i])
        near = np.flatnonzero(np.abs(ref.t_s - place) <= ANCHOR_REACH_S)
        return find_anchor(
            float(new.t_s[i]),
            new.features[i],
            ref.t_s[near],
            [ref.features[j] for j in near.tolist()],
            place,
            reach_s=ANCHOR_REACH_S,
            matcher=matcher,
            lenses=lenses,
        )

    found = []
    with ThreadPoolExecutor(threads) as pool:
        for done, anchor in enumerate(pool.map(one, chosen), start=1):
            found.append(anchor)
            if progress is not None:
                progress(done, len(chosen))
    return found


def find_anchors_at(
    ref: FrameIndex,
    new: FrameIndex,
    posterior: Posterior,
    moments_s: Sequence[float],
    options: IndexOptions,
    *,
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

    Raises:
        MediaError: a recording is no longer there.
    """
    if not new.features or float(np.median(np.diff(ref.t_s))) <= _DENSE_S:
        return []
    on_trail = np.interp(moments_s, ref.t_s, posterior.on_trail, left=0.0, right=0.0)
    moments = np.sort(np.asarray(moments_s, float)[on_trail > 0.5])
    places = np.interp(moments, ref.t_s, posterior.mean_s)
    around = np.arange(-_AROUND_S, _AROUND_S + 0.01, _FINE_S)
    with ThreadPoolExecutor(2) as pool:
        wanted = (ref, np.unique(np.add.outer(moments, around).clip(0, ref.t_s[-1]))), (new, places)
        seen_ref, seen_new = pool.map(lambda job: _features_at(job[0].media, job[1], options), wanted)
    t_ref, t_new = np.array(list(seen_ref)), np.array(list(seen_new))
    matcher = matcher_named(new.matcher)

    def one(moment: float, place: float) -> Anchor:
        shown = float(t_new[np.abs(t_new - place).argmin()])
        near = t_ref[np.abs(t_ref - moment) <= _AROUND_S + _FINE_S]
        features = [seen_ref[t] for t in near]
        return find_anchor(
            shown, seen_new[shown], near, features, moment, reach_s=_AROUND_S, matcher=matcher, lenses=lenses
        )

    if not len(t_ref) or not len(t_new):
        return []
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(one, moments.tolist(), places.tolist()))


def _features_at(media: MediaInfo, times_s: Floats, options: IndexOptions) -> dict[float, Features]:
    """The corners of the frames shown at ascending times, by when they appear."""
    extract = feature_extractor(options)
    return {shown: extract(luma) for shown, luma in read_frames_at(media, times_s.tolist())}


class Steady(NamedTuple):
    """What two lenses do throughout, reference seconds: by how much pictures put the new run too late, since what is
    larger looks as if taken further on, and the standard deviation of what all anchors share. `zoom`: the ratio of the
    reference's angle of view to the new run's, as it was found; 1 where it was not looked for.
    """

    late_s: float = 0.0
    sd_s: float = 0.0
    zoom: float = 1.0


def anchors_between(
    ref: FrameIndex,
    new: FrameIndex,
    places: tuple[Posterior, Posterior],
    parts: Sequence[Samples],
    options: IndexOptions,
    lenses: Lenses,
    *,
    moments_s: Sequence[float] = (),
    threads: int = 2,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[list[Anchor], Steady]:
    """All anchors of two recordings, by rising new time, and what is off throughout. Anchors that may not move the map
    only say that corners agree.

    Args:
        places: the coarse places of the new samples and of the reference samples.
        parts: as in `find_anchors`.
        options, moments_s: as in `find_anchors_at`.
        lenses: as far as the files tell. Where they do not, anchors that look like those of one lens are taken as they
            are; else the ratio of the angles of view is found, or they only verify.
        progress: called with the anchors done and their number.
    """
    forth, back = places

    found = find_anchors(ref, new, forth, parts, lenses=(lenses.ref, lenses.new), threads=threads, progress=progress)
    unequal, zoom = lenses.how == "told" and lenses.ref != lenses.new, None
    may_move = lenses.how in ("told", "alike") and _one_lens(
        found, forth, new.t_s, *(_TOLD if unequal else _MAY_BE_ONE)
    )
    seen = sum(a.n_inliers > 0 for a in found)
    other = lenses.how == "unlike" or (lenses.how == "alike" and not _one_lens(found, forth, new.t_s, *_IS_ONE))
    if other and seen >= FEWEST_OF_ZOOM:
        sparse = _sparse(ref)

        def with_ratio(ratio: float, moments: int) -> list[Anchor]:
            zoomed = lenses.zoomed(ratio)
            few = [part[:: max(1, sum(map(len, parts)) // moments)] for part in parts]
            return find_anchors(sparse, new, forth, few, lenses=(zoomed.ref, zoomed.new), threads=threads)

        zoom = zoom_between(with_ratio, forth, new.t_s)
        if zoom is not None and (zoom.ratio != 1.0 or lenses.how == "unlike"):
            lenses, unequal, may_move = lenses.zoomed(zoom.ratio), True, True
            found = find_anchors(ref, new, forth, parts, lenses=(lenses.ref, lenses.new), threads=threads)
    steady = Steady()
    if unequal and may_move:
        ratio, sd_s = zoom or (1.0, 0.0)
        steady = Steady(-float(np.median(_off(found, forth, new.t_s))), sd_s, ratio)
    found += find_anchors_at(ref, new, back, moments_s, options, lenses=(lenses.ref, lenses.new), threads=threads)
    found.sort(key=lambda anchor: anchor.t_new)
    return found if may_move else [replace(a, t_ref=np.nan, sigma_s=np.inf) for a in found], steady


def _sparse(index: FrameIndex) -> FrameIndex:
    """The index with five samples a second at most: enough to see whether there is a crossing."""
    step = max(1, round(_SPARSE_S / float(np.median(np.diff(index.t_s)))))
    return replace(index, t_s=index.t_s[::step], descriptors=index.descriptors[::step], features=index.features[::step])


def _one_lens(anchors: Sequence[Anchor], forth: Posterior, t_new: Floats, steady_s: float, share: float) -> bool:
    """Whether the anchors are those of one lens. For two unlike lenses the crossing of the expansion is not where the
    cameras are level: the anchors as a whole then disagree with the pictures as a whole by more than `steady_s`, or
    find a crossing near them at less than that share of the moments where corners agree.
    """
    verified = sum(a.n_inliers > 0 for a in anchors)
    off = _off(anchors, forth, t_new)
    return len(off) >= max(_FEWEST, share * verified) and abs(float(np.median(off))) <= steady_s


def _off(anchors: Sequence[Anchor], forth: Posterior, t_new: Floats) -> Floats:
    """How far the crossings lie from the pictures' places, reference seconds, shape (crossings,)."""
    crossed = [a for a in anchors if np.isfinite(a.t_ref)]
    return np.array([a.t_ref - np.interp(a.t_new, t_new, forth.mean_s) for a in crossed])
