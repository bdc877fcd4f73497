"""Opening a recording and finding its picture track, or saying why that cannot be and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from mtbsync_core.errors import MediaError
from mtbsync_core.files import special_kind
from mtbsync_core.media.boxes import find_boxes

TRAIL = ".mtbtrail"
"""How trail packs end."""
VIDEOS = frozenset((".mp4", ".mov", ".mkv", ".avi", ".m4v", ".mts", ".360", ".insv"))
"""How recordings of cameras end, in small letters."""
_PACKETS_TO_COUNT = 200


class DamagedMediaError(MediaError):
    """A file that is empty, cut off or spoilt, so that nothing in it can be used; to users a `MediaError`."""


def check_file(path: Path) -> tuple[int, int]:
    """Size in bytes and time of the last change in nanoseconds, of a file that may hold a recording.

    Raises:
        MediaError: missing, a folder or a named pipe, not permitted, empty, or a `.360` file.
    """
    try:
        special = special_kind(path)
        if special:
            hint = "Name one recording inside it." if path.is_dir() else "Name the recording itself."
            raise MediaError(f"{path} is {special}, not a video file", hint)
        status = path.stat()
        with path.open("rb") as file:
            file.read(1)
    except (FileNotFoundError, NotADirectoryError) as error:
        hint = "Check the spelling; is the memory card still in?"
        raise MediaError(f"{path} does not exist", hint) from error
    except OSError as error:
        hint = "Check that you may read this file, and that no other program has locked it."
        raise MediaError(f"{path} cannot be read: {error.strerror or error}", hint) from error
    if status.st_size == 0:
        hint = "The copy from the camera did not finish; copy it again."
        raise DamagedMediaError(f"{path} is empty (0 bytes)", hint)
    if path.suffix.lower() == ".360":
        raise _spherical(path)
    return status.st_size, status.st_mtime_ns


def open_recording(path: Path) -> InputContainer:
    """Open a file with PyAV; the caller closes it.

    Raises:
        MediaError: FFmpeg does not know the format, the file is cut off without its index, or a trail pack.
    """
    if path.suffix.casefold() == TRAIL:
        raise MediaError(
            f"{path} is a trail pack, which keeps no video",
            "Give the recording itself where its pictures are wanted.",
        )
    # Absolute: FFmpeg takes what stands before a colon in a relative name for a protocol.
    name = str(path.absolute())
    try:
        try:
            return av.open(name)
        except UnicodeDecodeError:  # tags in a camera's own code page
            return av.open(name, metadata_errors="replace")
    except (av.error.FFmpegError, ValueError) as error:
        raise _unreadable(path) from error


def is_recording(path: Path) -> bool:
    """Whether there is a file that FFmpeg can open."""
    try:
        check_file(path)
        open_recording(path).close()
    except MediaError:
        return False
    return True


def _unreadable(path: Path) -> MediaError:
    with path.open("rb") as file:
        head = file.read(12)
        if head[4:8] in (b"ftyp", b"mdat", b"wide", b"free", b"skip") and not list(find_boxes(file, b"moov")):
            return DamagedMediaError(
                f"{path} has no index (no moov box): the recording or its copy was cut off",
                "Copy it again, or put the card into the camera: it repairs its last recording at power-on.",
            )
    hint = "Give an MP4, MOV, MKV or LRV file; the track of a watch (GPX, TCX, FIT) goes with --ref-gpx or --new-gpx."
    return MediaError(f"{path} is not a video that can be read", hint)


def _spherical(path: Path) -> MediaError:
    return MediaError(
        f"{path} is a 360 degree recording: two lenses in one file, whose view is chosen later",
        "Reframe it in GoPro Player or the maker's app, export an MP4, and use that.",
    )


def video_stream(container: InputContainer, path: Path) -> VideoStream:
    """The track with the pictures: that with the most pixels in all its frames. Stills kept beside it do not count.

    Raises:
        MediaError: there is none, no decoder knows it, or there are two of one kind, from two lenses.
    """
    streams = [s for s in container.streams.video if not _is_cover(s)]
    if not streams:
        kind = "only sound" if container.streams.audio else "no pictures"
        raise MediaError(f"{path} holds {kind}, no video track", "Give the video file of this run.")
    known = [s for s in streams if s.codec_context is not None]
    if not known:
        hint = "Convert it to H.264 or HEVC in an MP4 file first."
        raise MediaError(f"the video format of {path} has no decoder here", hint)
    if len(known) == 1:
        return known[0]
    frames = _frame_counts(known, path)
    chosen = max(known, key=lambda s: (frames[s.index] > 1, frames[s.index] * s.width * s.height))
    # GoPro MAX writes front and back as two HEVC tracks of one size (EAC), Insta360 as two fisheyes.
    kinds = [(s.codec_context.name, s.width, s.height) for s in known if 2 * frames[s.index] > frames[chosen.index]]
    if kinds.count((chosen.codec_context.name, chosen.width, chosen.height)) > 1:
        raise _spherical(path)
    return chosen


def _frame_counts(streams: Sequence[VideoStream], path: Path) -> dict[int, int]:
    """How many frames each of the streams has, by its index; where the file does not tell, at its beginning."""
    counts = {s.index: s.frames for s in streams}
    if all(counts.values()):
        return counts
    counts = dict.fromkeys(counts, 0)
    with open_recording(path) as fresh, suppress(av.error.FFmpegError):
        for packet in islice(fresh.demux(video=[*range(len(fresh.streams.video))]), _PACKETS_TO_COUNT):
            if packet.size and packet.stream.index in counts:
                counts[packet.stream.index] += 1
    return counts


def _is_cover(stream: VideoStream) -> bool:
    # AV_DISPOSITION_ATTACHED_PIC: DJI keeps a still as a second track, sound files a cover.
    # PyAV 14.0 does not tell, and up to 17 it is no integer.
    disposition = getattr(stream, "disposition", 0)
    return bool(getattr(disposition, "value", disposition) & 0x400)
