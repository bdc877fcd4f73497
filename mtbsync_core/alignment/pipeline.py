"""`align`: two recordings in, an `Alignment` out. The order of the steps is the order of this file."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.alignment.anchoring import ANCHOR_REACH_S, find_anchors
from mtbsync_core.alignment.fit import FitOptions, fit
from mtbsync_core.alignment.lattice import LatticeOptions, Posterior
from mtbsync_core.alignment.pairs import TimePairs
from mtbsync_core.alignment.places import find_places
from mtbsync_core.alignment.result import Alignment
from mtbsync_core.alignment.stretches import Samples, clip_to, join, stretches
from mtbsync_core.alignment.verdict import VerdictOptions, judge, null_evidence
from mtbsync_core.errors import EvidenceError
from mtbsync_core.media.probe import probe
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.vision.anchor import Anchor
from mtbsync_core.vision.index import FrameIndex, IndexOptions, build_index, cached_index
from mtbsync_core.vision.similarity import contrast, similarity, standardise
from mtbsync_core.warp import TimeWarp

Floats = NDArray[np.float64]

Progress = Callable[[str, int, int], None]
"""Called with the stage, the steps done and their number."""

_SHORTEST_S = 4.0
_SHARED_S = 1.0
"""Neighbouring samples see the same corner from the same other line, so they err together for about this long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlignOptions:
    """One object for the command line, `timewarp.json` and the caches."""

    index: IndexOptions = field(default_factory=IndexOptions)
    lattice: LatticeOptions = field(default_factory=LatticeOptions)
    fit: FitOptions = field(default_factory=FitOptions)
    verdict: VerdictOptions = field(default_factory=VerdictOptions)
    refine: bool = True
    """Verify and sharpen the pairs with local features."""


def align(
    ref: MediaInfo | Path | str,
    new: MediaInfo | Path | str,
    *,
    options: AlignOptions | None = None,
    ref_index: Path | None = None,
    threads: int = 2,
    progress: Progress | None = None,
) -> Alignment:
    """Align a new run with a reference run.

    Args:
        ref, new: the recordings, as paths or as `probe` describes them.
        ref_index: where the reference's index is kept between calls; None keeps none.
        threads: how many parts of a file are decoded at once.

    Raises:
        MediaError: a recording cannot be used.
        EvidenceError: a recording is too short to say anything.
    """
    o = options or AlignOptions()
    clock = Stopwatch(progress)
    # Corners serve the anchors alone; an index that is kept has them all the same.
    passing = o.index if o.refine else replace(o.index, n_features=0)
    media_ref, media_new = (x if isinstance(x, MediaInfo) else probe(x) for x in (ref, new))
    with clock.stage("reference") as tick:
        if ref_index is None:
            index_ref = build_index(media_ref, passing, threads=threads, progress=tick)
        else:
            index_ref = cached_index(media_ref, ref_index, o.index, threads=threads, progress=tick)
    with clock.stage("new run") as tick:
        index_new = build_index(media_new, passing, threads=threads, progress=tick)
    return align_indexes(index_ref, index_new, options=o, threads=threads, clock=clock)


def align_indexes(
    ref: FrameIndex,
    new: FrameIndex,
    *,
    options: AlignOptions | None = None,
    threads: int = 2,
    clock: Stopwatch | None = None,
) -> Alignment:
    """Align two recordings by their indexes; nothing is decoded.

    Raises:
        EvidenceError: a recording is too short to say anything.
    """
    o = options or AlignOptions()
    clock = clock or Stopwatch(None)
    for index in (ref, new):
        if index.t_s[-1] - index.t_s[0] < _SHORTEST_S or len(index.t_s) < 8:
            raise EvidenceError(
                f"{index.media.name} has {len(index.t_s)} usable pictures over {index.media.duration_s:.1f} s",
                f"Give at least {_SHORTEST_S:.0f} s of riding, or sample more densely with --fps.",
            )
    with clock.stage("compare"):
        matrix = contrast(similarity(_layout(ref), _layout(new)))
        places = find_places(matrix, ref.t_s, new.t_s, o.lattice)
        null = null_evidence(places.rows, places.options)
    forth, back = places.forth, places.back
    parts = stretches(forth, new.t_s, back, ref.t_s)
    with clock.stage("refine") as tick:
        anchors = find_anchors(ref, new, forth, parts, threads=threads, progress=tick) if o.refine else []
    with clock.stage("warp"):
        pairs = _pairs(forth, back, matrix, ref.t_s, new.t_s, anchors)
        warp = _warp(pairs, parts, ref, new, o)
        verdict, reasons, quality = judge(
            warp, pairs, forth.log_evidence, null, (ref.media.duration_s, new.media.duration_s), o.verdict
        )
    return Alignment(
        media_ref=ref.media,
        media_new=new.media,
        warp=warp,
        pairs=_with_validity(pairs, warp),
        verdict=verdict,
        reasons=reasons,
        quality=quality,
        options=asdict(o),
        timings=clock.all_seconds(),
        raw_pairs=TimePairs.of(
            new.t_s,
            ref.t_s[matrix.argmax(axis=1)],
            np.full(len(new.t_s), np.inf),
            score=matrix.max(axis=1),
            source="picture",
        ),
    )


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
        start = time.perf_counter()
        yield lambda done, total: self._progress(name, done, total) if self._progress else None
        self.seconds[name] = round(time.perf_counter() - start, 3)


def _layout(index: FrameIndex) -> NDArray[np.float32]:
    return standardise(index.layout.astype(np.float32))


def _pairs(
    forth: Posterior, back: Posterior, matrix: NDArray[np.float32], t_ref: Floats, t_new: Floats, anchors: list[Anchor]
) -> TimePairs:
    """All that is known of matching moments, by rising new time: each new sample's place, each reference sample's, and
    the anchors. The two directions see the same pictures, so each speaks with half a voice.
    """
    crossed = [a for a in anchors if np.isfinite(a.t_ref)]
    unmoved = [a for a in anchors if not np.isfinite(a.t_ref)]
    parts = [
        TimePairs.of(t_new, forth.mean_s, _spread(forth, t_new), score=matrix.max(axis=1), on_trail=forth.on_trail),
        TimePairs.of(back.mean_s, t_ref, _spread(back, t_ref), score=matrix.max(axis=0), on_trail=back.on_trail),
        TimePairs.of(
            np.array([a.t_new for a in crossed]),
            np.array([a.t_ref for a in crossed]),
            np.array([a.sigma_s for a in crossed]),
            n_inliers=np.array([a.n_inliers for a in crossed], np.int32),
            source="anchor",
        ),
        TimePairs.of(
            np.array([a.t_new for a in unmoved]),
            np.interp([a.t_new for a in unmoved], t_new, forth.mean_s),
            np.full(len(unmoved), ANCHOR_REACH_S),
            n_inliers=np.array([a.n_inliers for a in unmoved], np.int32),
            source="unrefined",
            valid=np.zeros(len(unmoved), bool),
        ),
    ]
    return TimePairs.joined(parts)


def _spread(posterior: Posterior, t: Floats) -> Floats:
    """Deviation to give each pair so that neighbours that err together do not count as so many witnesses."""
    return np.asarray(posterior.sd_s * np.sqrt(2 * np.maximum(1.0, _SHARED_S / np.gradient(t))))


def _warp(pairs: TimePairs, parts: list[Samples], ref: FrameIndex, new: FrameIndex, o: AlignOptions) -> TimeWarp | None:
    reach = float(max(np.median(np.diff(ref.t_s)), np.median(np.diff(new.t_s))))
    warps = []
    for part in parts:
        first, last = new.t_s[part[0]], new.t_s[part[-1]]
        use = pairs.valid & (pairs.on_trail > 0.5) & (pairs.t_new >= first) & (pairs.t_new <= last)
        fitted = fit(pairs.t_ref[use], pairs.t_new[use], pairs.sigma_s[use], o.fit, reach_s=reach)
        warps.append(clip_to(fitted, ref.media.duration_s, new.media.duration_s))
    return join(warps) if warps else None


def _with_validity(pairs: TimePairs, warp: TimeWarp | None) -> TimePairs:
    """Valid pairs are those that were used and that the warp agrees with, within three of their deviations."""
    if warp is None:
        return replace(pairs, valid=np.zeros(len(pairs), bool))
    away = np.abs(warp.to_ref(pairs.t_new) - pairs.t_ref)
    agreed = np.isfinite(away) & (away <= 3 * np.maximum(pairs.sigma_s, 0.03))
    return replace(pairs, valid=pairs.valid & (pairs.on_trail > 0.5) & agreed)
