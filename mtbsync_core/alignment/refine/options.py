"""Options of the refinement."""

from __future__ import annotations

from dataclasses import dataclass, field

from mtbsync_core.alignment.refine.field_of_view import Agreement, FieldOfViewOptions
from mtbsync_core.alignment.refine.three_views import ThreeViewOptions
from mtbsync_core.options import paced
from mtbsync_core.vision.anchor import AnchorOptions


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
    three_views: ThreeViewOptions = field(default_factory=ThreeViewOptions)

    def hold(self, seen: Agreement, limit: tuple[float, float]) -> bool:
        """Whether anchors hold to a limit."""
        off_s, share = limit
        return seen.crossings >= max(self.fewest, share * seen.verified) and abs(seen.off_s) <= off_s
