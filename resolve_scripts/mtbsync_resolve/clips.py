"""Reads an item of a timeline as a clip: which seconds of which file it shows.

Seconds are those of Resolve, which plays `FPS` frames in each; the engine compares that with the file. Where in its
file a clip begins can be read in several ways that differ by version, rate and speed (facts 1.5), so the readings are
compared, and a clip on which they disagree is left out rather than carried wrongly. Values of properties are in the
language of Resolve's interface, so none of their words is relied on.
"""

from __future__ import annotations

import stat
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path, PurePath
from typing import Any, Mapping, NamedTuple

from .calls import call, call_dict, call_int, call_list, call_object, call_text, has_method
from .errors import ScriptError
from .session import TrackItem
from .timeline_clock import TimelineClock, exact_rate

_AGREE_FRAMES = 2
_STILLS = (
    *(".arw", ".avif", ".bmp", ".cin", ".cr2", ".cr3", ".dng", ".dpx", ".exr", ".gif", ".gpr", ".hdr", ".heic"),
    *(".heif", ".jp2", ".jpeg", ".jpg", ".nef", ".orf", ".png", ".psd", ".raf", ".rw2", ".svg", ".tga", ".tif"),
    *(".tiff", ".webp"),
)


class UnusableError(Exception):
    """An item that cannot be aligned; the text says why, to follow on "is skipped:"."""


class Readings(NamedTuple):
    """All that Resolve says of an item's place and content; it stays the same while nobody edits the clip."""

    start: int
    """Its first frame on the timeline, an absolute number."""
    end: int
    """The frame after its last one."""
    left_offset: int
    """Frames before it, of its clip in the media pool, counted in the rate of the timeline."""
    first: int | None
    """Its first frame in the file, at the rate of the file, 0 or 1 too low; None before 19.0.2."""
    last: int | None
    """Where it ends in the file, likewise."""
    per_cent: float | None
    """Its speed; None before 21.1."""
    media_id: str
    path: str
    fps: str
    frames: int
    """Of its clip in the media pool: of a subclip, its own."""
    media_first: int
    """Of a subclip, its first frame in the file (gyroflow/gyroflow-plugins issue 25); else 0."""


@dataclass(frozen=True, eq=False)
class Clip:
    """An item on a video track that shows a file at 100 % speed."""

    item: Any
    pool: Any
    id: str
    media_id: str
    name: str
    track: int
    start: int
    """Its first frame on the timeline, an absolute number."""
    end: int
    """The frame after its last one."""
    path: str
    proxy: str
    media_rate: Fraction
    media_frames: int
    """Frames of its clip in the media pool, 0 where Resolve does not say."""
    media_first: int
    """The first of these in the file: not 0 for subclips."""
    from_s: Fraction
    """Seconds of the file at `start`."""
    to_s: Fraction
    """Seconds of the file at `end`."""
    left_offset: int
    is_mixed: bool
    """Whether file and timeline differ in rate."""
    colours: tuple[str, ...]
    """Clip colour and flags."""
    remarks: tuple[str, ...]
    readings: Readings

    def where(self, clock: TimelineClock) -> str:
        """The clip as a person finds it."""
        return f"{self.name} (V{self.track}, {clock.label(self.start)})"

    @property
    def media_first_s(self) -> Fraction:
        """Seconds of the file at the first frame of the clip in the media pool."""
        return self.media_first / self.media_rate

    def stands_as_before(self) -> bool:
        """Whether the item still lies and shows what it did when it was read, forwards and from the same file."""
        try:
            pool = call_object(self.item, "GetMediaPoolItem")
            return pool is not None and _readings(self.item, pool, call_dict(pool, "GetClipProperty")) == self.readings
        except ScriptError:
            return False


def read_clip(track_item: TrackItem, clock: TimelineClock) -> Clip:
    """Reads an item of a video track; raises UnusableError where it cannot be aligned."""
    item = track_item.item
    pool = call_object(item, "GetMediaPoolItem")
    if pool is None:
        kind = call_text(item, "GetType") if has_method(item, "GetType") else ""
        raise UnusableError(f"it is a {kind or 'title, generator or transition'}, not a recording")
    if not track_item.id or not call_text(pool, "GetUniqueId"):
        raise UnusableError("Resolve gives it no id, so it could not be found again")
    properties = call_dict(pool, "GetClipProperty")
    _check_file(properties)
    found = _readings(item, pool, properties)
    proxy = str(properties.get("Proxy Media Path") or "")
    media_rate = exact_rate(found.fps)
    length_s = clock.seconds(found.end - found.start)
    remarks: list[str] = []
    _check_speed(found, media_rate, clock, length_s, remarks)
    from_s = _source_start(found, media_rate, clock, remarks)
    colours = [call_text(item, "GetClipColor"), *map(str, call_list(item, "GetFlagList"))]
    return Clip(
        item=item,
        pool=pool,
        id=track_item.id,
        media_id=found.media_id,
        name=call_text(item, "GetName") or PurePath(found.path).name,
        track=track_item.track,
        start=found.start,
        end=found.end,
        path=found.path,
        proxy=proxy if proxy and not _why_unreadable(proxy) else "",
        media_rate=media_rate,
        media_frames=found.frames,
        media_first=found.media_first,
        from_s=from_s,
        to_s=from_s + length_s,
        left_offset=found.left_offset,
        is_mixed=media_rate != clock.rate,
        colours=tuple(colour for colour in colours if colour),
        remarks=tuple(remarks),
        readings=found,
    )


def _readings(item: Any, pool: Any, properties: Mapping[str, Any]) -> Readings:
    tells_source = has_method(item, "GetSourceStartFrame") and has_method(item, "GetSourceEndFrame")
    speed = call(item, "GetSpeed") if has_method(item, "GetSpeed") else None
    per_cent = speed.get("Percentage") if isinstance(speed, dict) else None
    return Readings(
        start=call_int(item, "GetStart"),
        end=call_int(item, "GetEnd"),
        left_offset=call_int(item, "GetLeftOffset"),
        first=call_int(item, "GetSourceStartFrame") if tells_source else None,
        last=call_int(item, "GetSourceEndFrame") if tells_source else None,
        per_cent=float(per_cent) if isinstance(per_cent, (int, float)) else None,
        media_id=call_text(pool, "GetUniqueId"),
        path=str(PurePath(str(properties.get("File Path") or ""))),
        fps=str(properties.get("FPS")),
        frames=_whole(properties.get("Frames")),
        media_first=_whole(properties.get("Start")),
    )


def _whole(value: object) -> int:
    """A property that counts frames, as a number; 0 where it is empty."""
    text = str(value or "")
    return int(text) if text.isdigit() else 0


def _check_file(properties: Mapping[str, Any]) -> None:
    """Raises UnusableError for what has no moving picture in a file that is there and may be read."""
    path = str(properties.get("File Path") or "")
    if not path:
        raise UnusableError(
            "it is a compound clip, a nested timeline or the like; decompose it (right-click: Decompose in Place)."
            " Opening it does not help, since scripts see the timeline that it lies on"
        )
    if PurePath(path).suffix.lower() in _STILLS or _whole(properties.get("Frames")) == 1:
        raise UnusableError("it is a still picture")
    why = _why_unreadable(path)
    if why:
        raise UnusableError(why)


def _why_unreadable(path: str) -> str:
    """Why nothing can be read from a file, to follow on "is skipped:"; '' where it can."""
    try:
        if not stat.S_ISREG(Path(path).stat().st_mode):
            return f"its file is no single file: {path}"
        with Path(path).open("rb"):
            return ""
    except PermissionError:
        return (
            f"this computer does not let DaVinci Resolve read its file: {path} (macOS: System Settings > Privacy &"
            " Security > Files and Folders; a network drive: sign in again)"
        )
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return f"its file is not there, or is no single file: {path}"
    except OSError:
        return f"its file cannot be reached: {path}"


def _check_speed(
    found: Readings, media_rate: Fraction, clock: TimelineClock, length_s: Fraction, remarks: list[str]
) -> None:
    """Raises UnusableError for a clip that does not run at 100 %, and adds to `remarks` where the speed cannot be told.

    A speed ramp cannot be read, but shows in the source span.
    """
    if found.per_cent is not None and abs(found.per_cent - 100) > 0.001:
        raise UnusableError(f"its speed is {found.per_cent:g} %; only clips at 100 % can be carried")
    frame_for_frame = UnusableError(
        f"its {float(media_rate):g} frames a second run at the timeline's {float(clock.rate):g}, since the project's"
        " mixed frame rate format is None; only clips at 100 % can be carried"
    )
    if found.first is None or found.last is None:
        if clock.frame_for_frame and media_rate != clock.rate:
            raise frame_for_frame
        remarks.append("This version of Resolve does not tell whether the clip is retimed; it is taken to be at 100 %.")
        return
    # Where the rates differ, the last frame is inside the span. Both ends are whole frames.
    span_s = (found.last - found.first + (1 if media_rate != clock.rate else 0)) / media_rate
    if span_s < 0:
        raise UnusableError("it runs backwards; only clips at 100 % can be carried")
    if abs(span_s - length_s) > _AGREE_FRAMES * max(1 / media_rate, clock.seconds(1)):
        if clock.frame_for_frame and media_rate != clock.rate:
            raise frame_for_frame
        raise UnusableError(
            f"it is retimed: {float(span_s):.2f} s of its file take {float(length_s):.2f} s; only clips at 100 % can be"
            " carried"
        )


def _source_start(found: Readings, media_rate: Fraction, clock: TimelineClock, remarks: list[str]) -> Fraction:
    """Seconds of the file at the item's first frame; raises UnusableError where the readings disagree.

    The offset counts from the first frame of the clip in the media pool, which is within the file for a subclip.
    """
    media_first_s = found.media_first / media_rate
    in_timeline_frames = media_first_s + clock.seconds(found.left_offset)
    if found.first is None:
        if media_rate != clock.rate:
            remarks.append(
                "File and timeline differ in frame rate, and this version of Resolve gives only one reading of where"
                " the clip begins: check the first marker."
            )
        return in_timeline_frames
    first = found.first / media_rate
    allowed = _AGREE_FRAMES * max(1 / media_rate, clock.seconds(1))
    for reading in (in_timeline_frames, media_first_s + found.left_offset / media_rate):
        if abs(first - reading) <= allowed:
            # At one rate the offset is exact, and the source frame may be one low; else both are rounded down.
            return reading if media_rate == clock.rate else max(first, reading)
    raise UnusableError(
        f"Resolve gives two places for where it begins in its file ({float(first):.2f} s and"
        f" {float(in_timeline_frames):.2f} s); is it retimed or nested?"
    )
