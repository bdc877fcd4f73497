"""What a trail pack keeps of pictures: samples along the trail (folder `index`), and corners of the frames around its
markers (folder `moments`), where `find_anchors_at` would decode them.

SIFT's descriptors and the small pictures are nearly all of a pack. Of the first the roots are kept, which is what they
are compared by (RootSIFT), in steps of `ROOT_STEP`; of the second the differences of neighbours, in steps of
`GREY_STEP`. Both halve a pack, and change no place by a hundredth of a second (benchmarks/README.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.media.trail_file import TrailFile, open_trail
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.vision.features import Features, FeatureStore
from mtbsync_core.vision.frame_store import PictureStore
from mtbsync_core.vision.registry import DESCRIBER, SECOND_DESCRIBER, describer_named

ROOT_STEP, GREY_STEP = 2, 4
_SAME_S = 0.05
"""A kept frame this near to one that is asked for is taken for it: half of what such frames are apart."""

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class TrailSamples:
    """Samples of a recording: `t_s` (N,) seconds on its clock, with descriptors, corners and pictures of each."""

    t_s: NDArray[np.float64]
    descriptors: NDArray[np.float16]
    features: Sequence[Features]
    pictures: Sequence[NDArray[np.uint8]]


def index_arrays(samples: TrailSamples) -> Arrays:
    """The folder `index`."""
    grey = (np.array(list(samples.pictures), np.int16) + GREY_STEP // 2) // GREY_STEP
    return {
        **corner_arrays(samples.t_s, samples.features),
        "layout": samples.descriptors,
        "pictures": np.diff(grey.astype(np.uint8), axis=1, prepend=np.uint8(0)),
    }


def corner_arrays(t_s: NDArray[np.float64], features: Sequence[Features]) -> Arrays:
    """Corners of frames, end to end with their counts: the folder `moments`, and a part of `index`."""
    found = [features[n] for n in range(len(features))]
    codes = np.concatenate([f.descriptors for f in found])
    return {
        "t_s": np.asarray(t_s, np.float64),
        "counts": np.array([len(f) for f in found], np.int32),
        "xy": np.concatenate([f.xy for f in found]),
        "roots": np.round(np.sqrt(codes.astype(np.float32)) / ROOT_STEP).astype(np.uint8),
    }


def trail_samples(media: MediaInfo) -> TrailSamples:
    """The samples of the recording of a trail pack, or of a part of it. Errors as `open_trail`."""
    trail = open_trail(media.path)
    arrays = trail.arrays("index")
    t_s, features = _corners(trail, arrays, "index")
    layout, steps = arrays.get("layout"), arrays.get("pictures")
    width, height = describer_named(SECOND_DESCRIBER).size
    right = (len(t_s), *describer_named(DESCRIBER).shape), (len(t_s), height, width)
    if layout is None or steps is None or (layout.shape, steps.shape) != right or steps.dtype != np.uint8:
        raise trail.damaged("samples of pictures")
    if layout.dtype != np.float16 or not np.isfinite(layout).all():
        raise trail.damaged("samples of pictures")
    grey = np.minimum(np.cumsum(steps, axis=1, dtype=np.uint8), 255 // GREY_STEP) * np.uint8(GREY_STEP)
    mine = _within(t_s, media)
    return TrailSamples(
        t_s[mine] - media.from_s,
        layout[mine],
        FeatureStore(features[n] for n in mine.tolist()),
        PictureStore(grey[n] for n in mine.tolist()),
    )


def kept_corners(media: MediaInfo, times_s: Sequence[float]) -> dict[float, Features]:
    """The corners of those frames around markers that a trail pack keeps, of the frames at ascending times, by when
    they appear on the recording's clock. Errors as `open_trail`.
    """
    trail = open_trail(media.path)
    arrays, asked = trail.arrays("moments"), np.asarray(times_s, float)
    if not arrays or not len(asked):
        return {}
    t_s, features = _corners(trail, arrays, "moments")
    t_s = t_s - media.from_s
    near = np.abs(np.subtract.outer(t_s, asked)).min(axis=1) <= _SAME_S
    return {float(t_s[n]): features[n] for n in np.flatnonzero(near).tolist()}


def _within(t_s: NDArray[np.float64], media: MediaInfo) -> NDArray[np.intp]:
    """Which of the samples of a whole recording lie in a part of it."""
    return np.flatnonzero((t_s >= media.from_s - 1e-6) & (t_s <= media.from_s + media.duration_s))


def _corners(trail: TrailFile, arrays: Arrays, folder: str) -> tuple[NDArray[np.float64], list[Features]]:
    try:
        t_s, counts, xy, roots = (arrays[name] for name in ("t_s", "counts", "xy", "roots"))
    except KeyError as error:
        raise trail.damaged(f"{folder}, which lacks {error},") from error
    whole = t_s.ndim == counts.ndim == 1 and len(t_s) == len(counts) and counts.dtype == np.int32
    right = t_s.dtype == np.float64 and np.isfinite(t_s).all() and (np.diff(t_s) > 0).all()
    if not whole or not right or (counts < 0).any() or counts.sum(dtype=np.int64) != len(xy):
        raise trail.damaged(f"times of {folder}")
    if xy.shape != (len(xy), 2) or roots.shape != (len(xy), 128) or (xy.dtype, roots.dtype) != (np.float32, np.uint8):
        raise trail.damaged(f"corners of {folder}")
    if not np.isfinite(xy).all():
        raise trail.damaged(f"corners of {folder}")
    codes = np.minimum((roots.astype(np.int32) * ROOT_STEP) ** 2, 255).astype(np.uint8)
    ends = np.cumsum(counts)[:-1]
    return t_s, [Features(*frame) for frame in zip(np.split(xy, ends), np.split(codes, ends), strict=True)]
