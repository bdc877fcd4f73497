"""A recording's packets, without decoding: when each frame is shown, which are key frames, what the header says.

One `PacketTable` is shared by `probe` and `frames`, so that a file is read through at most once.
For an MP4 or MOV whose frames are stored in display order (GoPro, ProRes) the table comes from the file's own
sample index and the pictures are not read at all; otherwise every packet is demuxed: 1 s for 37,000 of them.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from mtbsync_core.errors import MediaError
from mtbsync_core.media.boxes import find_boxes
from mtbsync_core.media.container import DamagedMediaError, check_file, open_recording, video_stream
from mtbsync_core.media.trail_file import is_trail, open_trail
from mtbsync_core.mediainfo import MediaInfo

log = logging.getLogger(__name__)

# A stream that gives no picture in this many packets (10 s at 60 fps) gives none at all.
_PACKETS_TO_FIRST_PICTURE = 600
# The index is believed when this many packets agree with it, key flags included: a file without `stss` box calls
# every frame a key frame, but FFmpeg looks inside the packets that it demuxes.
_PACKETS_TO_TRUST_INDEX = 32

_Row = tuple[int, int, bool, bool, bool, int, int]
"""Stamp, decoding stamp, key, shown, disposable, duration (ticks), size (bytes)."""


@dataclass(frozen=True, slots=True, eq=False)
class PacketTable:
    """The video packets of one file: read-only arrays of length N in decoding order, stamps in `time_base` ticks."""

    stream_index: int
    time_base: Fraction
    codec: str
    width: int
    height: int
    """Size as coded, before `rotation`."""
    rotation: int
    """Clockwise turn for display: 0, 90, 180 or 270."""
    declared_rates: tuple[Fraction, ...]
    sound: tuple[int, int]
    """Channels and samples a second of the first sound track; zeros where there is none."""
    metadata: dict[str, str]
    """Tags of the file, overlaid with those of the timecode track and of the video stream."""
    stamps: NDArray[np.int64]
    """Presentation stamp; the decoding stamp in files that have no other (AVI)."""
    dts: NDArray[np.int64]
    key: NDArray[np.bool_]
    disposable: NDArray[np.bool_]
    """No other frame refers to this one."""
    size: NDArray[np.int64]
    order: NDArray[np.intp]
    """Positions of the n shown frames in presentation order: edit lists hide the rest."""
    last_duration: int
    """How long the last frame is shown, ticks."""
    cut_off: bool = False
    """Whether the file promises more than it holds."""

    @property
    def shown_stamps(self) -> NDArray[np.int64]:
        """Stamps of the shown frames, strictly increasing."""
        return self.stamps[self.order]

    @property
    def times_s(self) -> NDArray[np.float64]:
        """When each shown frame appears, seconds on the file's clock: the first is 0."""
        ticks = (self.shown_stamps - self.stamps[self.order[0]]) * self.time_base.numerator
        return np.asarray(ticks / self.time_base.denominator, np.float64)

    @property
    def pixels_per_s(self) -> float:
        """Width x height x mean rate of the shown frames."""
        return float(self.width * self.height * (len(self.order) - 1) / max(self.times_s[-1], 1e-9))

    @property
    def group_starts(self) -> NDArray[np.intp]:
        """Positions of the key packets, each the start of a group of pictures; position 0 in any case."""
        return np.union1d([0], np.flatnonzero(self.key)).astype(np.intp)


def scan(path: Path) -> PacketTable:
    """Read the packet table; a second call for an unchanged file costs nothing.

    Raises:
        MediaError: the file is missing, a folder, not permitted, empty, no video, cut off without its index,
            spherical, or no picture in it can be decoded.
    """
    if is_trail(path):
        return _of_trail(path)
    n_bytes, mtime_ns = check_file(path)
    return _scan(path.absolute(), mtime_ns, n_bytes)


def frame_steps(media: MediaInfo) -> NDArray[np.int64]:
    """When each frame of a recording appears, whole microseconds, each from the one before: what a trail pack keeps."""
    times_s = np.concatenate([scan(file.path).times_s + file.start_s for file in media.files])
    stamps = np.round(times_s * 1e6).astype(np.int64)
    return np.concatenate([stamps[:1], stamps[1:] - stamps[:-1]])


def _of_trail(path: Path) -> PacketTable:
    """When the frames of a recording were shown that a trail pack is of; there are no packets behind them."""
    trail = open_trail(path)
    steps = trail.arrays("frames").get("steps_us")
    if steps is None or steps.ndim != 1 or len(steps) < 2 or steps.dtype.kind != "i" or (steps[1:] <= 0).any():
        raise trail.damaged("table of frames")
    stamps, order = np.cumsum(steps, dtype=np.int64), np.arange(len(steps))
    none, nothing = np.zeros(len(steps), bool), np.zeros(len(steps), np.int64)
    last = int(np.median(steps[1:]))
    return PacketTable(
        stream_index=-1,
        time_base=Fraction(1, 1_000_000),
        codec="",
        width=0,
        height=0,
        rotation=0,
        declared_rates=(),
        sound=(0, 0),
        metadata={},
        stamps=stamps,
        dts=stamps,
        key=none,
        disposable=none,
        size=nothing,
        order=order,
        last_duration=last,
    )


@lru_cache(maxsize=32)
def _scan(path: Path, mtime_ns: int, n_bytes: int) -> PacketTable:
    """The table of one state of a file; time and size are there for the cache key."""
    with open_recording(path) as container:
        stream = video_stream(container, path)
        stream.thread_type = "NONE"
        rows = _index_rows(container, stream, path)
        picture: VideoFrame | None = None
        demuxed: list[_Row] = []
        stopped = False
        try:
            for packet in container.demux(stream):
                if picture is None:
                    picture = _try_decode(stream, packet)
                if packet.size:
                    demuxed += _row(packet)
                    stopped = packet.is_corrupt  # at the end: half a packet
                if picture is None and len(demuxed) > _PACKETS_TO_FIRST_PICTURE:
                    break
                if [row[:3] for row in demuxed[-1:]] != [row[:3] for row in rows[: len(demuxed)][-1:]]:
                    rows = []
                if rows and picture is not None and len(demuxed) >= min(len(rows), _PACKETS_TO_TRUST_INDEX):
                    break
        except av.error.FFmpegError as error:
            log.debug("%s: %s", path, error)
            stopped = True
        if picture is None:
            hint = "It is damaged, or encrypted; does it play in VLC? Copy it from the card again."
            raise DamagedMediaError(f"no picture in {path} can be decoded", hint)
        if not demuxed:
            hint = "Put the stream into an MP4 file, which keeps the time of each frame."
            raise MediaError(f"the frames of {path} carry no time stamps", hint)
        table = _table(container, stream, picture, rows or demuxed)
        table = replace(table, cut_off=_warn_if_cut(path, container, stream, table, n_bytes, stopped))
    if len(table.order) < 2:
        hint = "A time warp needs a recording; this looks like a photo or a clip cut to nothing."
        raise DamagedMediaError(f"{path} holds {len(table.order)} frame of video", hint)
    return table


def _try_decode(stream: VideoStream, packet: Packet[Any]) -> VideoFrame | None:
    try:
        frames = stream.decode(packet)
    except av.error.FFmpegError:
        return None
    return frames[0] if frames else None


def _row(packet: Packet[Any]) -> list[_Row]:
    """The packet as a row; none for one without any time stamp."""
    dts = packet.dts if packet.dts is not None else packet.pts
    stamp = packet.pts if packet.pts is not None else dts
    if stamp is None or dts is None:
        return []
    shown = not packet.is_discard
    return [(stamp, dts, packet.is_keyframe, shown, packet.is_disposable, packet.duration or 0, packet.size)]


def _index_rows(container: InputContainer, stream: VideoStream, path: Path) -> list[_Row]:
    """Rows from the demuxer's own index, or none where it does not tell the presentation times.

    The index of MP4 and MOV holds decoding stamps, edit lists already applied. They are the presentation stamps
    exactly when no track has composition offsets (`ctts`). Fragmented files, which index only what was read so
    far, have no `stream.frames`.
    """
    with path.open("rb") as file:
        if any(find_boxes(file, b"moov", b"trak", b"mdia", b"minf", b"stbl", b"ctts")):
            return []
        n_bytes = file.seek(0, 2)
    entries = (e for e in _index(container, stream) if e.pos + e.size <= n_bytes)
    return [(e.timestamp, e.timestamp, e.is_keyframe, not e.is_discard, False, 0, e.size) for e in entries]


def _index(container: InputContainer, stream: VideoStream) -> list[Any]:
    """The sample index of an MP4 or MOV file; nothing for other formats, and below PyAV 17, which has no access."""
    if "mp4" not in container.format.name or not stream.frames:
        return []
    return list(getattr(stream, "index_entries", []))


def _table(container: InputContainer, stream: VideoStream, picture: VideoFrame, rows: list[_Row]) -> PacketTable:
    columns = np.array(rows, np.int64).reshape(-1, 7).T
    stamps, dts, key, shown, disposable, duration, size = columns
    positions = np.flatnonzero(shown)
    _, first = np.unique(stamps[positions], return_index=True)
    order = positions[first]
    last_duration = int(duration[order[-1]]) if len(order) else 0
    if not last_duration and len(order) > 1:
        last_duration = int(np.median(np.diff(stamps[order])))
    rates = [getattr(stream, name, None) for name in ("average_rate", "guessed_rate", "base_rate")]
    table = PacketTable(
        stream_index=stream.index,
        time_base=_fraction(stream.time_base) or Fraction(1),
        codec=stream.codec_context.name,
        width=picture.width,
        height=picture.height,
        # PyAV gives the counter-clockwise turn that the display has to make.
        rotation=-round(getattr(picture, "rotation", 0) / 90) * 90 % 360,
        declared_rates=tuple(rate for rate in map(_fraction, rates) if rate),
        sound=_sound(container),
        metadata=_tags(container, stream),
        stamps=stamps.copy(),
        dts=dts.copy(),
        key=key.astype(bool),
        disposable=disposable.astype(bool),
        size=size.copy(),
        order=order,
        last_duration=last_duration,
    )
    for array in (table.stamps, table.dts, table.key, table.disposable, table.size, table.order):
        array.setflags(write=False)
    return table


def _fraction(rate: Any) -> Fraction | None:
    # PyAV 19 gives its own rational type, and 0 where earlier ones gave None.
    return Fraction(rate.numerator, rate.denominator) if rate else None


def _sound(container: InputContainer) -> tuple[int, int]:
    told = (s.codec_context for s in container.streams.audio if s.codec_context is not None)
    return next(((sound.channels, sound.sample_rate) for sound in told), (0, 0))


def _tags(container: InputContainer, stream: VideoStream) -> dict[str, str]:
    clock = [{"timecode": s.metadata["timecode"]} for s in container.streams if "timecode" in s.metadata]
    # Matroska writes its names in capitals.
    return {name.lower(): text for tags in (container.metadata, *clock, stream.metadata) for name, text in tags.items()}


def _warn_if_cut(
    path: Path, container: InputContainer, stream: VideoStream, table: PacketTable, n_bytes: int, stopped: bool
) -> bool:
    """Say and return whether the file promises more than it holds: the first part of a cut-off copy is worth having."""
    read_s = float(table.times_s[-1]) if len(table.order) else 0.0
    promised_s = (container.duration or 0) / 1e6
    entries = _index(container, stream)
    missing = sum(e.pos + e.size > n_bytes for e in entries)
    if missing:
        log.warning("%s is cut off: %d of %d frames are missing", path, missing, len(entries))
        return True
    if stopped or (not entries and promised_s > read_s * 1.02 + 2):
        log.warning("%s is cut off or damaged: %.1f of %.1f s can be read", path, read_s, promised_s)
        return True
    return False
