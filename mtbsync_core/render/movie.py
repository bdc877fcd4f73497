"""`Movie`: an MP4 that is being written: H.264 of BT.709 and AAC, with the index in front, so that it plays at once."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from mtbsync_core.errors import MtbsyncError
from mtbsync_core.files import replacing
from mtbsync_core.media.colour import Planes, planes_of

SOUND_RATE = 48_000
_BT709, _TV_RANGE = 1, 1
"""AVCOL_*_BT709 and AVCOL_RANGE_MPEG of FFmpeg."""
_OPTIONS = {"preset": "superfast", "crf": "21"}
_KEY_S = 1.0
"""Distance of the key frames: players and editors seek quickly."""
_SOUND_BITS = 160_000


class Movie:
    """Made by `writing`. Frames and sound go in by rising time, in turn."""

    def __init__(self, file: Any, size: tuple[int, int], rate: Fraction, sound: bool) -> None:
        self._file, self.size, self.rate = file, size, rate
        options = {**_OPTIONS, "g": str(max(1, round(_KEY_S * rate)))}
        stream = file.add_stream("libx264", rate=rate, options=options)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        context = stream.codec_context
        stream.time_base = context.time_base = 1 / rate
        stream.thread_type, context.thread_count = "FRAME", 0
        context.colorspace, context.color_range = _BT709, _TV_RANGE
        context.color_primaries, context.color_trc = _BT709, _BT709
        self._video, self._sound, self._n, self._samples = stream, None, 0, 0
        if sound:
            self._sound = file.add_stream("aac", rate=SOUND_RATE, layout="stereo")
            self._sound.bit_rate = _SOUND_BITS

    def canvas(self) -> tuple[VideoFrame, Planes]:
        """A frame to be filled and put, and its planes to write to."""
        frame = VideoFrame(*self.size, "yuv420p")
        return frame, planes_of(frame)

    def put(self, frame: VideoFrame) -> None:
        """The next frame."""
        frame.pts, frame.time_base = self._n, 1 / self.rate
        self._n += 1
        self._file.mux(self._video.encode(frame))

    def put_sound(self, samples: NDArray[np.float32]) -> None:
        """The next samples, (2, M) from -1 to 1, `SOUND_RATE` a second."""
        assert self._sound is not None
        frame = AudioFrame.from_ndarray(np.ascontiguousarray(samples, np.float32), format="fltp", layout="stereo")
        frame.sample_rate, frame.time_base = SOUND_RATE, Fraction(1, SOUND_RATE)
        frame.pts = self._samples
        self._samples += samples.shape[1]
        self._file.mux(self._sound.encode(frame))

    def finish(self) -> None:
        """What the encoders still hold."""
        self._file.mux(self._video.encode(None))
        if self._sound is not None:
            self._file.mux(self._sound.encode(None))


@contextmanager
def writing(target: Path, size: tuple[int, int], rate: Fraction, *, sound: bool = False) -> Iterator[Movie]:
    """A movie that stands at `target` when all went well; otherwise nothing new is there.

    Args:
        size: width and height in pixels, both even.

    Raises:
        UsageError: the folder cannot be written.
        MtbsyncError: the disk is full.
    """
    with ExitStack() as stack:
        path = stack.enter_context(replacing(target))
        stack.enter_context(said_of_disk(target))
        file = stack.enter_context(av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}))
        movie = Movie(file, size, rate, sound)
        yield movie
        movie.finish()


@contextmanager
def said_of_disk(target: Path) -> Iterator[None]:
    """A disk that is full is told as that."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise
        raise MtbsyncError(
            f"there is no room for {target.name} on the disk of {target.parent}",
            "Make room, or choose another disk with --out. Nothing was left of the unfinished video.",
        ) from error
