"""Frames become an MP4 as an action camera writes it: short groups of pictures, a timecode track, a creation time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.video.stream import VideoStream

from mtbsync_core.demo.noise import Picture8

_ENCODERS = {"h264": ("libx264", {"preset": "superfast"}), "hevc": ("libx265", {"preset": "ultrafast"})}
_TV_RANGE, _BT601 = 1, 6
"""AVCOL_RANGE_MPEG and AVCOL_SPC_SMPTE170M of FFmpeg: what OpenCV's conversion to YUV gives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """How a run is written: either constant quality `crf`, or `bit_rate` in bits per second where it is given."""

    rate: Fraction = Fraction(30000, 1001)
    codec: str = "h264"
    crf: int = 24
    bit_rate: int | None = None
    key_frame_s: float = 0.3
    """Distance of the key frames; GoPro's samples have 0.27 to 0.33 s."""
    timecode: str = "10:00:00;00"
    creation_time: str = "2026-06-14T10:00:00Z"


def encode(path: Path, frames: Iterable[Picture8], width: int, height: int, how: Encoding) -> None:
    """Write frames, planar YUV 4:2:0 of shape (1.5 height, width); the first frame is at 0 s. Not atomic."""
    name, choices = _ENCODERS[how.codec]
    group = max(1, round(how.key_frame_s * how.rate))
    choices = {**choices, "g": str(group), "bf": "0"}
    fixed = f"keyint={group}:min-keyint={group}:scenecut=0:bframes=0"
    if how.codec == "hevc":
        choices["x265-params"] = f"{fixed}:log-level=none" + (f":crf={how.crf}" if how.bit_rate is None else "")
    else:
        choices["x264-params"] = fixed
        if how.bit_rate is None:
            choices["crf"] = str(how.crf)
    # write_tmcd: the MP4 muxer leaves the timecode track out unless it is asked for it.
    with av.open(str(path), "w", options={"write_tmcd": "1"}) as file:
        file.metadata["creation_time"] = how.creation_time
        stream = file.add_stream(name, rate=how.rate, options=choices)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.time_base = 1 / how.rate
        stream.codec_context.thread_count = 1  # the other run has the other core
        stream.codec_context.color_range = _TV_RANGE
        stream.codec_context.colorspace = _BT601
        stream.metadata["timecode"] = how.timecode
        if how.bit_rate is not None:
            stream.bit_rate = how.bit_rate
        for i, picture in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
            frame.pts, frame.time_base = i, 1 / how.rate
            file.mux(stream.encode(frame))
        file.mux(stream.encode())
