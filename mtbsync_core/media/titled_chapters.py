"""Chapters with titles (not files) of a recording: read, and written into a copy whose streams stay as they are.

FFmpeg (by PyAV) does both, for MP4, MOV and Matroska. An MP4 has them twice: as a text track (QuickTime File Format,
chapter lists), which players of Apple look for, and as the box `chpl` of Nero. The text track has no place for a time
before the first chapter, so that one has to begin at 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer, OutputContainer

from mtbsync_core.errors import EngineMissingError, MediaError
from mtbsync_core.markers import Marker, of_chapters
from mtbsync_core.media.boxes import boxes, find_boxes
from mtbsync_core.media.container import open_recording
from mtbsync_core.media.packets import scan

MP4 = frozenset({".mp4", ".mov", ".m4v"})
SUFFIXES = MP4 | {".mkv"}
"""Of the copies that can be written."""

_PACKETS_TO_BEGIN = 2000
"""Among which every stream begins."""
_OWN = frozenset({b"chpl", b"meta"})
"""Boxes of `udta` that FFmpeg writes itself."""


def read_chapters(path: Path) -> list[Marker]:
    """The chapters of a file as markers, in seconds from its first shown frame; one that lasts until the next, or to
    the end, has no length.

    Raises:
        MediaError: the file cannot be read.
        EngineMissingError: PyAV is too old to tell.
    """
    table = scan(path)
    since_s = float(table.shown_stamps[0] * table.time_base)
    with open_recording(path) as container:
        _can(container, "chapters")
        found = sorted(container.chapters(), key=lambda chapter: chapter["start"] * (chapter["time_base"] or 0))
    markers = []
    for chapter in found:
        start_s, end_s = (float(chapter[key] * (chapter["time_base"] or 0)) for key in ("start", "end"))
        title = chapter["metadata"].get("title", "")
        markers.append(Marker(title, max(0.0, start_s - since_s), max(0.0, end_s - start_s)))
    end_s = float(table.times_s[-1]) + float(table.last_duration * table.time_base)
    return of_chapters(markers, end_s)


def copy_with_chapters(source: Path, target: Path, chapters: Sequence[tuple[int, str]]) -> list[str]:
    """Write the streams of a file, packet for packet, into another with these chapters.

    Args:
        target: its suffix says what it is, one of `SUFFIXES`.
        chapters: from which millisecond after the first shown frame on, rising, and the title.

    Returns:
        What the copy does not have, in words.

    Raises:
        MediaError: the file cannot be read, or its streams do not go into such a file.
        EngineMissingError: PyAV is too old to write chapters.
    """
    table = scan(source)
    since = Fraction(int(table.shown_stamps[0])) * table.time_base
    end = since + (int(table.shown_stamps[-1] - table.shown_stamps[0]) + table.last_duration) * table.time_base
    mp4 = target.suffix.casefold() in MP4
    later_ms = round(since * 1000) + (0 if mp4 else _shift_ms(source))
    starts, end_ms = [later_ms + at for at, _ in chapters], later_ms + round((end - since) * 1000)
    # Without it, tags that MP4 has no place for (GoPro's firmware) would go.
    options = {"movflags": "use_metadata_tags"} if mp4 else {}
    try:
        with open_recording(source) as given, av.open(str(target.absolute()), "w", options=options) as copy:
            _can(copy, "set_chapters")
            streams, without = _streams(given, copy, mp4)
            copy.metadata.update(given.metadata)
            copy.set_chapters(
                [
                    {"id": n, "start": at, "end": to, "time_base": Fraction(1, 1000), "metadata": {"title": title}}
                    for n, (at, to, (_, title)) in enumerate(
                        zip(starts, [*starts[1:], max(starts[-1], end_ms)], chapters, strict=True), 1
                    )
                ]
            )
            for packet in given.demux([given.streams[index] for index in streams]):
                if packet.size:
                    packet.stream = streams[packet.stream.index]
                    copy.mux(packet)
    except (av.error.FFmpegError, ValueError) as error:
        raise MediaError(
            f"the streams of {source.name} do not go into a {target.suffix} file: {error}",
            "Try the other one of .mp4 and .mkv.",
        ) from error
    if mp4:
        without += _add_user_data(source, target)
    return without


def _streams(given: InputContainer, copy: OutputContainer, mp4: bool) -> tuple[dict[int, Any], list[str]]:
    """The streams of the copy by the numbers of those given, and what cannot be copied."""
    streams: dict[int, Any] = {}
    without = []
    for stream in given.streams:
        if stream.type == "data" and "timecode" in stream.metadata:
            continue  # the timecode of the pictures, of which FFmpeg makes such a track again
        made: Any = None
        # Matroska has no data; what FFmpeg has no name for cannot be told to a copy.
        if stream.type != "data" or (mp4 and getattr(stream, "name", None)):
            with suppress(av.error.FFmpegError, ValueError, AttributeError, TypeError, NotImplementedError):
                made = copy.add_stream_from_template(stream, **({} if stream.type == "data" else {"opaque": True}))
        if made is None:
            handler = stream.metadata.get("handler_name", "").strip("\0 \t\v")
            without.append(f"the {stream.type} track {handler or stream.index}")
            continue
        made.time_base = stream.time_base
        made.metadata.update(stream.metadata)
        if stream.type == "video" and getattr(stream, "average_rate", None):
            made.codec_context.framerate = stream.average_rate  # without it there is no timecode
            if mp4:
                made.codec_context.codec_tag = stream.codec_context.codec_tag  # hvc1, as Apple asks for
        streams[stream.index] = made
    return streams, without


def _shift_ms(source: Path) -> int:
    """By how much FFmpeg moves all streams in a Matroska file, in which no time is below 0: AAC begins before 0."""
    first: dict[int, Fraction] = {}
    with open_recording(source) as given:
        told = [stream for stream in given.streams if stream.type in ("video", "audio")]
        for packet in islice(given.demux(told), _PACKETS_TO_BEGIN):
            if packet.pts is not None and packet.time_base is not None:
                first.setdefault(packet.stream.index, packet.pts * packet.time_base)
            if len(first) == len(told):
                break
    return max(0, -round(min(first.values(), default=Fraction(0)) * 1000))


def _add_user_data(source: Path, target: Path) -> list[str]:
    """Put what a camera keeps in `moov/udta` (HiLights, settings) into the copy, whose `moov` is its last box."""
    with source.open("rb") as file:
        kept = []
        for start, end in find_boxes(file, b"moov", b"udta"):
            for kind, a, b in boxes(file, start, end):
                if kind not in _OWN and not kind.startswith(b"\xa9"):
                    file.seek(a)
                    kept.append((b - a + 8).to_bytes(4, "big") + kind + file.read(b - a))
    if not kept:
        return []
    with target.open("r+b") as file:
        size = file.seek(0, 2)
        *_, (kind, start, end) = boxes(file, 0, size)
        there = next(find_boxes(file, b"udta", within=(start, end)), None)
        # `udta` is the last box of `moov` where FFmpeg has written chapters.
        if kind != b"moov" or end != size or there is None or there[1] != end:
            return ["what the camera keeps in the header (HiLights, settings)"]
        more = b"".join(kept)
        file.seek(size)
        file.write(more)
        for payload in (start, there[0]):
            file.seek(payload - 8)
            file.write((end - payload + 8 + len(more)).to_bytes(4, "big"))
    return []


def _can(container: InputContainer | OutputContainer, method: str) -> None:
    if not hasattr(container, method):
        raise EngineMissingError("chapters need PyAV 16 or later", "pip install --upgrade av")
