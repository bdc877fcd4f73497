"""Reads an item of a timeline as a clip: which seconds of which file it shows.

Where in its file a clip begins can be read in several ways that differ by version, rate and speed (facts 1.5), so the
readings are compared, and a clip on which they disagree is left out rather than carried wrongly.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Mapping

from .calls import call, call_dict, call_int, call_list, call_object, call_text, has_method
from .errors import ScriptError
from .session import TrackItem
from .timeline_clock import TimelineClock, exact_rate

_AGREE_FRAMES = 2


class UnusableError(Exception):
    """An item that cannot be aligned; the text says why, to follow on "is skipped:"."""


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

    def where(self, clock: TimelineClock) -> str:
        """The clip as a person finds it."""
        return f"{self.name} (V{self.track}, {clock.label(self.start)})"

    def stands_as_before(self) -> bool:
        """Whether the item still lies and shows what it did when it was read."""
        try:
            now = [call_int(self.item, method) for method in ("GetStart", "GetEnd", "GetLeftOffset")]
            return now == [self.start, self.end, self.left_offset]
        except ScriptError:
            return False


def read_clip(track_item: TrackItem, clock: TimelineClock) -> Clip:
    """Reads an item of a video track; raises UnusableError where it cannot be aligned."""
    item = track_item.item
    pool = call_object(item, "GetMediaPoolItem")
    if pool is None:
        kind = call_text(item, "GetType") if has_method(item, "GetType") else ""
        raise UnusableError(f"it is a {kind or 'title, generator or transition'}, not a recording")
    properties = call_dict(pool, "GetClipProperty")
    path = _file(properties)
    media_rate = exact_rate(properties.get("FPS"))
    start, end = call_int(item, "GetStart"), call_int(item, "GetEnd")
    length_s = clock.seconds(end - start)
    remarks: list[str] = []
    _check_speed(item, media_rate, clock, length_s, remarks)
    from_s = _source_start(item, media_rate, clock, remarks)
    proxy, frames = (str(properties.get(name) or "") for name in ("Proxy Media Path", "Frames"))
    colours = [call_text(item, "GetClipColor"), *map(str, call_list(item, "GetFlagList"))]
    return Clip(
        item=item,
        pool=pool,
        id=track_item.id,
        media_id=call_text(pool, "GetUniqueId"),
        name=call_text(item, "GetName") or Path(path).name,
        track=track_item.track,
        start=start,
        end=end,
        path=path,
        proxy=proxy if proxy and Path(proxy).is_file() else "",
        media_rate=media_rate,
        media_frames=int(frames) if frames.isdigit() else 0,
        from_s=from_s,
        to_s=from_s + length_s,
        left_offset=call_int(item, "GetLeftOffset"),
        is_mixed=media_rate != clock.rate,
        colours=tuple(colour for colour in colours if colour),
        remarks=tuple(remarks),
    )


def _file(properties: Mapping[str, Any]) -> str:
    """The file of a pool clip; raises UnusableError where it has no picture, no file, or the file is not there."""
    kind, path = str(properties.get("Type") or ""), str(properties.get("File Path") or "")
    if kind == "Audio":
        raise UnusableError("it is audio only")
    if kind.startswith("Still"):
        raise UnusableError("it is a still picture")
    if not path:
        raise UnusableError(f"it is a compound clip, a nested timeline or the like ({kind}); open it, or decompose it")
    if "offline" in str(properties.get("Online Status") or "").lower():
        raise UnusableError(f"its media is offline: {path}")
    if not Path(path).is_file():
        raise UnusableError(f"its file is not there, or is no single file: {path}")
    return str(Path(path))


def _check_speed(item: Any, media_rate: Fraction, clock: TimelineClock, length_s: Fraction, remarks: list[str]) -> None:
    """Raises UnusableError for a clip that does not run at 100 %, and adds to `remarks` where the speed cannot be told.

    A speed ramp cannot be read, but shows in the source span.
    """
    if has_method(item, "GetSpeed"):
        speed = call(item, "GetSpeed")
        per_cent = speed.get("Percentage") if isinstance(speed, dict) else None
        if isinstance(per_cent, (int, float)) and abs(per_cent - 100) > 0.001:
            raise UnusableError(f"its speed is {per_cent:g} %; only clips at 100 % can be carried")
    if not has_method(item, "GetSourceEndFrame"):
        remarks.append("This version of Resolve does not tell whether the clip is retimed; it is taken to be at 100 %.")
        return
    span = call_int(item, "GetSourceEndFrame") - call_int(item, "GetSourceStartFrame")
    # Where the rates differ, the last frame is inside the span. Both ends are whole frames.
    span_s = (span + (1 if media_rate != clock.rate else 0)) / media_rate
    if abs(span_s - length_s) > _AGREE_FRAMES * max(1 / media_rate, clock.seconds(1)):
        raise UnusableError(
            f"it is retimed: {float(span_s):.2f} s of its file take {float(length_s):.2f} s; only clips at 100 % can be"
            " carried"
        )


def _source_start(item: Any, media_rate: Fraction, clock: TimelineClock, remarks: list[str]) -> Fraction:
    """Seconds of the file at the item's first frame; raises UnusableError where the readings disagree."""
    offset = call_int(item, "GetLeftOffset")
    in_timeline_frames = Fraction(offset) / clock.rate
    if not has_method(item, "GetSourceStartFrame"):
        if media_rate != clock.rate:
            remarks.append(
                "File and timeline differ in frame rate, and this version of Resolve gives only one reading of where"
                " the clip begins: check the first marker."
            )
        return in_timeline_frames
    first = call_int(item, "GetSourceStartFrame") / media_rate
    allowed = _AGREE_FRAMES * max(1 / media_rate, clock.seconds(1))
    for reading in (in_timeline_frames, offset / media_rate):
        if abs(first - reading) <= allowed:
            # At one rate the offset is exact, and the source frame may be one low; else both are rounded down.
            return reading if media_rate == clock.rate else max(first, reading)
    raise UnusableError(
        f"Resolve gives two places for where it begins in its file ({float(first):.2f} s and"
        f" {float(in_timeline_frames):.2f} s); is it retimed or nested?"
    )
