"""Corners of single moments of a recording, such as those around its markers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mtbsync_core.media.frames import read_frames_at
from mtbsync_core.media.trail_file import is_trail
from mtbsync_core.vision.features import Features
from mtbsync_core.vision.index import FrameIndex, IndexOptions, feature_extractor
from mtbsync_core.vision.trail_index import kept_corners


def corners_at(index: FrameIndex, times_s: Sequence[float], options: IndexOptions) -> dict[float, Features]:
    """The corners of the frames shown at ascending times, by when these appear: decoded, or of a trail pack those that
    it keeps.

    Args:
        options: those that the index was made with.

    Raises:
        MediaError: the recording is no longer there.
    """
    if is_trail(index.media.path):
        return kept_corners(index.media, times_s)
    extract = feature_extractor(replace(options, canvas=index.canvas))
    return {shown: extract(luma) for shown, luma in read_frames_at(index.media, times_s)}
