"""`Excerpt`: a part of a file as an editor has it on a timeline, and its seconds on the clock of the file.

An editor may play the frames of a file at another rate than they were recorded at (in DaVinci Resolve: Clip
Attributes, 119.88 frames a second shown at 29.97). Its seconds are then `frame / fps`, while the file's own are the
time stamps, and only a comparison with the file tells.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from mtbsync_core.errors import FormatError, MediaError, UsageError
from mtbsync_core.media.packets import scan
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.options import option
from mtbsync_core.timecode import Rate

_ROUNDING_S = 0.1
"""Editors round both ends to whole frames of the timeline, of which the slowest has 23.976 a second: two frames."""
_SPARE_FRAMES = 2
"""By which an editor's count of frames may differ from the file's index; some leave out the last ones."""


def frame_rate(text: str) -> Fraction:
    """The rate that an editor tells, such as "30000/1001"; raises UsageError where it is none."""
    try:
        return Rate.of(text).fps
    except FormatError as error:
        raise UsageError(error.message, error.hint) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """A part of a file, in seconds from its first frame, and what is known of the run besides.

    All times are seconds of the editor, which shows `fps` frames in each; without `fps`, of the file.
    """

    path: Path
    id: str = ""
    from_s: float = 0.0
    to_s: float = math.inf
    fps: Fraction | None = option(None, read=frame_rate)
    """Frames a second at which the editor plays the file, such as "30000/1001"; None: as recorded."""
    frames: int | None = option(None, minimum=1)
    """Frames of the file as the editor counts them, from the first; of a subclip up to its end."""
    proxy: Path | None = None
    """A small copy to look at in its place."""
    gpx: Path | None = None
    """The GPX or FIT of the run, from a watch or phone."""
    gpx_offset_s: float | None = None
    """The second of the file at which that begins; None: it is found."""

    def length_s(self, media: MediaInfo) -> float:
        """Its seconds, on the clock of the file."""
        return min(self.to_s, media.duration_s) - self.from_s

    def in_file_seconds(self, media: MediaInfo, pace: float) -> Excerpt:
        """The same with all times on the clock of the file.

        Args:
            pace: as `pace` gives it for this file.

        Raises:
            UsageError: the part is empty, or goes beyond the end of the file.
        """
        from_s, to_s = self.from_s * pace, self.to_s * pace
        if from_s >= to_s:
            raise UsageError(f"the part of {media.name} from {self.from_s:.3f} s to {self.to_s:.3f} s is empty")
        if math.isfinite(to_s) and to_s > media.duration_s + _ROUNDING_S * max(1.0, pace):
            raise UsageError(
                f"the part of {media.name} ends at {to_s:.3f} s, but the file lasts {media.duration_s:.3f} s",
                "Is it still the file of the clip? Relink the clip, or put it on the timeline again.",
            )
        return replace(
            self,
            from_s=from_s,
            to_s=to_s,
            gpx_offset_s=None if self.gpx_offset_s is None else self.gpx_offset_s * pace,
        )


def pace(excerpt: Excerpt, media: MediaInfo) -> float:
    """Seconds of the file that pass in a second of the editor: 1 unless it plays the frames at another rate.

    At a constant rate frame n is shown at n / `media.rate` by the file and at n / `fps` by the editor, which is one
    factor, provided that the editor counts the frames of the file. With a variable rate only time itself may be
    taken over: the editor's frames have to make up the length of the file, or both clocks have to agree.

    Raises:
        MediaError: the editor's clip and the file differ in a way that cannot be calculated exactly.
    """
    if excerpt.fps is None:
        return 1.0
    if media.variable_rate:
        _check_variable(media, float(excerpt.fps), excerpt.frames)
        return 1.0
    counted, n = excerpt.frames, media.n_frames
    if counted is not None and counted > n + _SPARE_FRAMES:
        raise MediaError(
            f"{media.name} has {n} frames, and in the editor {counted}: it is not the file that the editor knows",
            "Relink the clip to its file, or bring the file in again.",
        )
    factor = excerpt.fps / media.rate
    if abs(factor - 1) * n < Fraction(1, 2):
        return 1.0
    if counted is None or counted < n - _SPARE_FRAMES:
        recorded = f"{float(media.rate):g}"
        raise MediaError(
            f"the editor plays {media.name} at {float(excerpt.fps):g} frames a second, recorded were {recorded}, and it"
            f" has {counted or 'an unknown number'} of the {n} frames, so its times cannot be converted",
            f"Set the clip's frame rate back to {recorded} (in DaVinci Resolve: Clip Attributes), or take the whole"
            " clip in place of a subclip.",
        )
    return float(factor)


def _check_variable(media: MediaInfo, fps: float, counted: int | None) -> None:
    """Raises MediaError where seconds of the editor may not be those of a file whose frame rate varies."""
    times_s = np.asarray(scan(media.path).times_s)
    apart_s = float(np.abs(times_s - np.arange(len(times_s)) / fps).max())
    counts_frames = counted is None or abs(counted - media.n_frames) <= _SPARE_FRAMES
    counts_time = counted is not None and abs(counted / fps - media.duration_s) <= _ROUNDING_S
    if apart_s > _ROUNDING_S and (counts_frames or not counts_time):
        raise MediaError(
            f"{media.name} has a varying frame rate, {float(media.rate):g} a second in the mean, and the editor plays"
            f" it at {fps:g}: its times cannot be converted",
            "Convert the recording to a constant frame rate, and take that copy in the editor.",
        )
