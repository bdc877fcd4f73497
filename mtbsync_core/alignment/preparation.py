"""What is worked out once for two recordings, before anything is asked of a person: `prepare`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.alignment.baselines.affine import AffineOptions
from mtbsync_core.alignment.curve.dead_reckoning import Side
from mtbsync_core.alignment.curve.fit import FitOptions
from mtbsync_core.alignment.emission.gps import apart
from mtbsync_core.alignment.emission.pictures import Evidence, evidence
from mtbsync_core.alignment.gps.arc_length import within
from mtbsync_core.alignment.hmm.posteriors import Lattices, Places, find_places, lattices
from mtbsync_core.alignment.hmm.segments import common_segments
from mtbsync_core.alignment.hmm.transition import LatticeOptions
from mtbsync_core.alignment.judge.null_evidence import null_evidence
from mtbsync_core.alignment.judge.verdict import VerdictOptions
from mtbsync_core.alignment.pairs import TimePairs
from mtbsync_core.alignment.refine.refinement import Steady, anchors_between
from mtbsync_core.alignment.user_pairs import UserPair, beside, in_order
from mtbsync_core.errors import EvidenceError
from mtbsync_core.telemetry.lens import lenses_of
from mtbsync_core.telemetry.track import Telemetry
from mtbsync_core.vision.anchor import Anchor
from mtbsync_core.vision.descriptor import is_blind
from mtbsync_core.vision.index import FrameIndex, IndexOptions
from mtbsync_core.vision.similarity import contrast, similarity, standardise

Floats = NDArray[np.float64]
WarpMethod = Literal["lattice", "fastdtw", "affine"]

Progress = Callable[[str, int, int], None]
"""Called with the stage, the steps done and their number."""

_SHORTEST_S = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AlignOptions:
    """One object for the command line, `timewarp.json` and the caches."""

    index: IndexOptions = field(default_factory=IndexOptions)
    method: WarpMethod = "lattice"
    lattice: LatticeOptions = field(default_factory=LatticeOptions)
    affine: AffineOptions = field(default_factory=AffineOptions)
    fit: FitOptions = field(default_factory=FitOptions)
    verdict: VerdictOptions = field(default_factory=VerdictOptions)
    refine: bool = True
    """Verify and sharpen the pairs with local features; the lattice alone does so."""


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """Two indexes compared: all that `solve` needs, whatever the user's pairs.

    `contrast` (N, R) of new and reference samples; `rows`: its evidence for new samples; `null`: the best log evidence
    of the new run backwards or shuffled; `raw_pairs`: for each new sample the reference sample that looks most like it,
    alone. With the method `lattice` also `lattices`, `sides` (the sensors of both runs; None without any),
    `veto` (why their tracks cannot be of one trail), and `anchors` by local features, looked for around `anchored`, the
    places (N,) of the new samples, and what is `steady` off.
    """

    ref: FrameIndex
    new: FrameIndex
    options: AlignOptions
    contrast: NDArray[np.float32]
    rows: Evidence
    null: float
    raw_pairs: TimePairs
    lattices: Lattices | None
    sides: tuple[Side, Side] | None
    veto: str | None
    anchors: Sequence[Anchor]
    anchored: Floats
    steady: Steady


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
) -> Prepared:
    """Compare two recordings by their indexes.

    Args:
        telemetry: what sensors say of the reference and of the new run.
        user: what the user knows already; local features are looked for where that leads.
        moments_s: moments of the reference that matter most, such as markers, seconds; frames are decoded for them.

    Raises:
        EvidenceError: a recording is too short to say anything.
        UsageError: the user's pairs contradict each other or lie outside the recordings.
    """
    o = options or AlignOptions()
    clock = clock or Stopwatch(None)
    pins = in_order(user, ref.media.duration_s, new.media.duration_s)
    for index in (ref, new):
        if index.t_s[-1] - index.t_s[0] < _SHORTEST_S or len(index.t_s) < 8:
            raise EvidenceError(
                f"{index.media.name} has {len(index.t_s)} usable pictures over {index.media.duration_s:.1f} s",
                f"Give at least {_SHORTEST_S:.0f} s of riding, or sample more densely with --fps.",
            )
    both: Lattices | None = None
    places: Places | None = None
    with clock.stage("compare"):
        matrix = contrast(similarity(layout(ref), layout(new)))
        if o.method == "lattice":
            blind = is_blind(ref.layout), is_blind(new.layout)
            both = lattices(matrix, ref.t_s, new.t_s, o.lattice, telemetry, blind)
            places = find_places(both, pins)
        rows = both.seen if both else evidence(matrix, ref.t_s, new.t_s)
        null = null_evidence(rows, both.options if both else o.lattice)
    anchors: Sequence[Anchor] = ()
    steady = Steady()
    with clock.stage("refine") as tick:
        if places is not None and o.refine:
            parts = common_segments(places.forth, new.t_s, places.back, ref.t_s, beside(new.t_s, pins))
            anchors, steady = anchors_between(
                ref,
                new,
                (places.forth, places.back),
                parts,
                o.index,
                lenses_of(ref.media, new.media),
                moments_s=moments_s,
                threads=threads,
                progress=tick,
            )
    return Prepared(
        ref=ref,
        new=new,
        options=o,
        contrast=matrix,
        rows=rows,
        null=null,
        raw_pairs=TimePairs.of(
            new.t_s,
            ref.t_s[matrix.argmax(axis=1)],
            np.full(len(new.t_s), np.inf),
            score=matrix.max(axis=1),
            source="picture",
        ),
        lattices=both,
        sides=_sides(ref, new, telemetry) if both else None,
        veto=_veto(ref, new, telemetry) if both else None,
        anchors=anchors,
        steady=steady,
        anchored=places.forth.mean_s if places is not None else np.zeros(0),
    )


def _sides(ref: FrameIndex, new: FrameIndex, telemetry: tuple[Telemetry, Telemetry]) -> tuple[Side, Side] | None:
    if telemetry[0].is_empty or telemetry[1].is_empty:
        return None
    side_ref, side_new = (
        Side(known, index.t_s, is_blind(index.layout), index.media.duration_s)
        for known, index in zip(telemetry, (ref, new), strict=True)
    )
    return side_ref, side_new


def _veto(ref: FrameIndex, new: FrameIndex, telemetry: tuple[Telemetry, Telemetry]) -> str | None:
    ends = ref.media.duration_s, new.media.duration_s
    try:
        tracks = [
            within(side.track, end_s) for side, end_s in zip(telemetry, ends, strict=True) if side.track is not None
        ]
    except EvidenceError:  # one of them hardly moves
        return None
    return apart(*tracks) if len(tracks) == 2 else None


class Stopwatch:
    """Seconds per stage, and progress under the stage's name."""

    def __init__(self, progress: Progress | None) -> None:
        self.seconds: dict[str, float] = {}
        self._progress = progress
        self._start = time.perf_counter()

    def all_seconds(self) -> dict[str, float]:
        """Seconds of each stage, and since the start under "total"."""
        return {**self.seconds, "total": round(time.perf_counter() - self._start, 3)}

    @contextmanager
    def stage(self, name: str) -> Iterator[Callable[[int, int], None]]:
        """Time what is inside; yields the callback for the steps done and their number."""
        start = time.perf_counter()
        yield lambda done, total: self._progress(name, done, total) if self._progress else None
        self.seconds[name] = round(time.perf_counter() - start, 3)


def layout(index: FrameIndex) -> NDArray[np.float32]:
    """The layouts of a recording, standardised over it: (N, 8, 8, 16)."""
    return standardise(index.layout.astype(np.float32), is_blind(index.layout))
