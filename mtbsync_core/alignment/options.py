"""`AlignOptions`: all that an alignment can be asked for, one object for flags, requests, files and caches."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from mtbsync_core.alignment.baselines.affine import AffineOptions
from mtbsync_core.alignment.curve.conformal import ConformalOptions
from mtbsync_core.alignment.curve.dead_reckoning import DeadReckoningOptions
from mtbsync_core.alignment.curve.effective_sample_size import SharedErrorOptions
from mtbsync_core.alignment.curve.fit import FitOptions
from mtbsync_core.alignment.emission.pictures import PictureOptions
from mtbsync_core.alignment.emission.standing import StandingOptions
from mtbsync_core.alignment.gps.veto import VetoOptions
from mtbsync_core.alignment.hmm.agreement import AgreementOptions
from mtbsync_core.alignment.hmm.cut_at_stand import CutOptions
from mtbsync_core.alignment.hmm.loops import LoopOptions
from mtbsync_core.alignment.hmm.segments import SegmentOptions
from mtbsync_core.alignment.hmm.transition import TransitionOptions
from mtbsync_core.alignment.judge.local_evidence import LocalOptions
from mtbsync_core.alignment.judge.low_confidence import LowConfidenceOptions
from mtbsync_core.alignment.judge.verdict import VerdictOptions
from mtbsync_core.alignment.refine.apart_at_ends import ApartOptions
from mtbsync_core.alignment.refine.joins import JoinOptions
from mtbsync_core.alignment.refine.options import RefineOptions
from mtbsync_core.alignment.refine.unverified import UnverifiedOptions
from mtbsync_core.alignment.refine.verification import VerificationOptions
from mtbsync_core.options import option
from mtbsync_core.vision.index import IndexOptions

WarpMethod = Literal["lattice", "fastdtw", "affine"]


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
