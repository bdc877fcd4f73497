"""Anchors of a pair of runs through the lenses that they have, or seem to have, and whether they may move the map."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from mtbsync_core.alignment.hmm.marginals import Posterior
from mtbsync_core.alignment.hmm.segments import Samples
from mtbsync_core.alignment.refine.anchor_search import Known, find_anchors, find_anchors_at, usual_paces
from mtbsync_core.alignment.refine.field_of_view import Agreement, relative_field_of_view
from mtbsync_core.alignment.refine.options import RefineOptions
from mtbsync_core.alignment.refine.three_views import ratio_by_three_views
from mtbsync_core.telemetry.lens import Lenses, LensRelation
from mtbsync_core.vision.anchor import Anchor, Floats
from mtbsync_core.vision.index import FrameIndex, IndexOptions


class LensBias(NamedTuple):
    """What two unlike lenses do throughout, reference seconds: by how much pictures put the new run too late (what is
    larger looks as if taken further on), and the standard deviation of what all anchors share. `ratio` of the
    reference's angle of view to the new run's, as it was found; 1 where it was not looked for, NaN where it was, in
    vain.
    """

    late_s: float = 0.0
    sd_s: float = 0.0
    ratio: float = 1.0


def lens_sd(bias: LensBias, anchors: Sequence[Anchor], t_new: Floats, o: RefineOptions) -> Floats:
    """The deviation that all anchors share, (N,) reference seconds at new times (N,): what lenses do is a distance,
    which takes longer to ride where the pace is lower than in the median.
    """
    if not bias.sd_s:
        return np.zeros(len(t_new))
    pace = np.array(usual_paces(anchors, t_new, o), float)
    slower = np.median(pace) / pace
    return np.where(slower > 1, slower, 1.0) * bias.sd_s


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
        told = ratio_by_three_views(ref, new, places, lenses, o.three_views)
        view = relative_field_of_view(
            lambda ratio, moments: some_by(lenses.zoomed(ratio), moments), coarse, new.t_s, view_options, told=told
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
