"""Pieces of a proxy: H.264 of about 540 lines with the very time stamps of the original, made and put together.

Every frame of the original is there, at its own time; a frame that is damaged repeats the one before. There are no
B-frames, and a key frame stands wherever a quarter of a second has passed, so that seeks decode little.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from operator import itemgetter
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import PictureType, VideoFrame
from av.video.stream import VideoStream

from mtbsync_core.files import replacing
from mtbsync_core.media.colour import colour_picture
from mtbsync_core.media.container import open_recording
from mtbsync_core.media.decoder import Decoder
from mtbsync_core.media.packets import PacketTable

LINES = 540
"""Of the short side, at most."""
KEY_S = 0.25
_SOUNDS = ("aac", "mp3", "mp3float")
_THREADS = 2
_BT709, _TV_RANGE = 1, 1
"""AVCOL_*_BT709 and AVCOL_RANGE_MPEG of FFmpeg."""
_OPTIONS = {
    "preset": "superfast",
    "crf": "24",
    "bf": "0",
    "g": "100000",  # key frames stand where they are asked for, and there only
    "sc_threshold": "0",
    "forced-idr": "1",
}


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """What of an original goes into one piece."""

    path: Path
    table: PacketTable
    shown: range
    """Numbers among the file's shown frames."""

    @property
    def start(self) -> int:
        """Stamp of its first frame."""
        return int(self.table.shown_stamps[self.shown.start])

    @property
    def ticks(self) -> list[int]:
        """How long each frame is shown."""
        stamps = self.table.shown_stamps
        after = stamps[self.shown.stop] if self.shown.stop < len(stamps) else stamps[-1] + self.table.last_duration
        return [int(d) for d in np.diff(np.append(stamps[self.shown.start : self.shown.stop], after))]


def proxy_size(width: int, height: int) -> tuple[int, int]:
    """Of a picture of this size as shown, never enlarged; both even, as H.264 wants it."""
    scale = min(1.0, LINES / min(width, height))
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)


def encode(stretch: Stretch, target: Path, go_on: Callable[[int], bool]) -> bool:
    """Make one piece, whose first frame is at 0. Atomic.

    Args:
        go_on: called with the frames done before each frame; where it gives False no file is made.

    Returns:
        Whether it was made.

    Raises:
        MediaError: the original cannot be opened any more.
        UsageError: the piece cannot be written.
    """
    try:
        with replacing(target) as path:
            _write(stretch, path, go_on)
    except _StoppedError:
        return False
    return True


class _StoppedError(Exception):
    pass


def _write(stretch: Stretch, path: Path, go_on: Callable[[int], bool]) -> None:
    table, ticks = stretch.table, stretch.ticks
    size = proxy_size(*((table.height, table.width) if table.rotation in (90, 270) else (table.width, table.height)))
    starts = np.cumsum([0, *ticks[:-1]]).tolist()
    lengths = dict(zip(starts, ticks, strict=True))
    picture: VideoFrame | None = None
    key_at: int | None = None
    with Decoder(stretch.path, table, threads=_THREADS) as decoder, av.open(str(path), "w", format="mp4") as file:
        stream = _stream(file, table, size)
        for done, (number, at) in enumerate(zip(stretch.shown, starts, strict=True)):
            if not go_on(done):
                raise _StoppedError
            found = decoder.frame_at(int(table.order[number]))
            if found is not None or picture is None:
                picture = _reduced(found, size, table.rotation)
            picture.pts, picture.time_base = at, table.time_base
            is_key = key_at is None or (at - key_at) * table.time_base >= KEY_S
            picture.pict_type = PictureType.I if is_key else PictureType.NONE
            key_at = at if is_key else key_at
            _put(file, stream, picture, lengths)
        _put(file, stream, None, lengths)


def _stream(file: Any, table: PacketTable, size: tuple[int, int]) -> VideoStream:
    rate = Fraction(table.declared_rates[0] if table.declared_rates else 30).limit_denominator(60_000)
    stream: VideoStream = file.add_stream("libx264", rate=rate, options=_OPTIONS)
    stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
    stream.time_base = stream.codec_context.time_base = table.time_base
    context = stream.codec_context
    context.thread_count = _THREADS
    context.colorspace, context.color_range = _BT709, _TV_RANGE
    context.color_primaries, context.color_trc = _BT709, _BT709
    return stream


def _reduced(frame: VideoFrame | None, size: tuple[int, int], rotation: int) -> VideoFrame:
    """The frame as it goes into the encoder; grey where there is none."""
    if frame is None:
        colours = np.full((size[1], size[0], 3), 64, np.uint8)
    else:
        colours = colour_picture(frame, width=size[0], rotation=rotation)
    return VideoFrame.from_ndarray(colours, format="rgb24").reformat(
        width=size[0], height=size[1], format="yuv420p", dst_colorspace=_BT709, dst_color_range=_TV_RANGE
    )


def _put(file: Any, stream: VideoStream, frame: VideoFrame | None, lengths: dict[int, int]) -> None:
    for packet in stream.encode(frame):
        packet.duration = lengths[packet.pts or 0]
        file.mux(packet)


def put_together(stretches: Sequence[Stretch], pieces: Sequence[Path], target: Path) -> None:
    """One file of the pieces of one original, in order, whose sound goes along where it is AAC or MP3. Atomic.

    Raises:
        MediaError: a piece or the original cannot be opened any more.
        UsageError: the file cannot be written.
    """
    zero_s = stretches[0].start * stretches[0].table.time_base
    with ExitStack() as stack:
        path = stack.enter_context(replacing(target))
        first = stack.enter_context(open_recording(pieces[0]))
        original = stack.enter_context(open_recording(stretches[0].path))
        sound = next((s for s in original.streams.audio if s.codec_context.name in _SOUNDS), None)
        file = stack.enter_context(av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}))
        video = file.add_stream_from_template(first.streams.video[0])
        video.time_base = first.streams.video[0].time_base
        sources = [_pictures(stretches, pieces, video)]
        if sound is not None:
            ends = stretches[-1].start + sum(stretches[-1].ticks)
            end_s = ends * stretches[-1].table.time_base - zero_s
            sources.append(_sounds(original, sound, file.add_stream_from_template(sound), zero_s, end_s))
        for _, packet in heapq.merge(*sources, key=itemgetter(0)):
            file.mux(packet)


def _pictures(
    stretches: Sequence[Stretch], pieces: Sequence[Path], target: VideoStream
) -> Iterator[tuple[Fraction, Packet[Any]]]:
    for stretch, path in zip(stretches, pieces, strict=True):
        late_s = (stretch.start - stretches[0].start) * stretch.table.time_base
        with open_recording(path) as piece:
            for packet in piece.demux(piece.streams.video[0]):
                if packet.pts is not None:
                    yield _moved(packet, target, late_s)


def _sounds(
    original: InputContainer, source: AudioStream, target: AudioStream, zero_s: Fraction, end_s: Fraction
) -> Iterator[tuple[Fraction, Packet[Any]]]:
    for packet in original.demux(source):
        if packet.pts is None:
            continue
        at_s, packet = _moved(packet, target, -zero_s)
        if at_s > end_s:
            return
        if at_s >= 0:
            yield at_s, packet


def _moved(packet: Packet[Any], target: Any, late_s: Fraction) -> tuple[Fraction, Packet[Any]]:
    """The packet so much later, for another stream, with the second at which it begins."""
    base = Fraction(packet.time_base)
    late = round(late_s / base)
    at = (packet.pts or 0) + late
    packet.pts = packet.dts = at
    packet.stream = target
    return at * base, packet
