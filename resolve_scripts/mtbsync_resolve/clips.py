"""Reads an item of a timeline, or a clip of the media pool, as a clip: which seconds of which file it shows.

Seconds are those of Resolve, which plays `FPS` frames in each; the engine compares that with the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import PurePath
from typing import Any, Mapping

from .calls import call, call_dict, call_int, call_list, call_object, call_text, has_method
from .errors import ScriptError
from .media_files import UnusableError, check_file, whole_number, why_unreadable
from .retimed import Readings, source_start, speed_of
from .session import TrackItem
from .texts import text
from .timeline_clock import TimelineClock, exact_rate, nearest


@dataclass(frozen=True, eq=False)
class Clip:
    """An item on a video track that shows a file forwards at one speed, or a clip of the media pool."""

    item: Any
    """None of a clip of the media pool."""
    pool: Any
    id: str
    """Of the item; '' without one."""
    media_id: str
    name: str
    track: int
    start: int
    """Its first frame on the timeline, an absolute number; of a clip of the media pool 0."""
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
    frame_s: Fraction
    """Seconds of the file that pass in a frame of the timeline; of a clip of the media pool, in a frame of its own."""
    left_offset: int
    counts_alike: bool
    """Whether the frames of the item's markers are the file's and the timeline's: rates are equal, and the speed 1."""
    colours: tuple[str, ...]
    """Clip colour and flags."""
    remarks: tuple[str, ...]
    readings: Readings

    def where(self, clock: TimelineClock) -> str:
        """The clip as a person finds it."""
        if self.item is None:
            return text("clip_in_pool", name=self.name)
        return text("clip_on_track", name=self.name, track=self.track, at=clock.label(self.start))

    @property
    def media_first_s(self) -> Fraction:
        """Seconds of the file at the first frame of the clip in the media pool."""
        return self.media_first / self.media_rate

    def frame_at(self, t_s: Fraction) -> int:
        """The frame that is nearest to a second of the file, counted as `start`; it need not be one of the clip's."""
        return self.start + nearest((t_s - self.from_s) / self.frame_s)

    def shows(self, t_s: Fraction) -> bool:
        """Whether that frame is one of the clip's."""
        return self.start <= self.frame_at(t_s) < self.end

    def stands_as_before(self) -> bool:
        """Whether the clip still lies and shows what it did when it was read, forwards and from the same file."""
        try:
            pool = self.pool if self.item is None else call_object(self.item, "GetMediaPoolItem")
            return pool is not None and _readings(self.item, pool, call_dict(pool, "GetClipProperty")) == self.readings
        except ScriptError:
            return False


def read_clip(track_item: TrackItem, clock: TimelineClock) -> Clip:
    """Reads an item of a video track; raises UnusableError where it cannot be aligned."""
    item = track_item.item
    pool = call_object(item, "GetMediaPoolItem")
    if pool is None:
        kind = call_text(item, "GetType") if has_method(item, "GetType") else ""
        raise UnusableError(text("why_kind", kind=kind or text("other_kind")))
    if not track_item.id or not call_text(pool, "GetUniqueId"):
        raise UnusableError(text("why_no_id"))
    properties = call_dict(pool, "GetClipProperty")
    check_file(properties)
    found = _readings(item, pool, properties)
    media_rate = exact_rate(found.fps)
    remarks: list[str] = []
    speed = speed_of(found, media_rate, clock, remarks)
    from_s = source_start(found, media_rate, clock, speed, remarks)
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
        proxy=_proxy_of(properties),
        media_rate=media_rate,
        media_frames=found.frames,
        media_first=found.media_first,
        from_s=from_s,
        to_s=from_s + clock.seconds(found.end - found.start) * speed,
        frame_s=clock.seconds(1) * speed,
        left_offset=found.left_offset,
        counts_alike=media_rate == clock.rate and speed == 1,
        colours=_colours_of(item),
        remarks=tuple(remarks),
        readings=found,
    )


def read_pool_clip(pool: Any) -> Clip:
    """Reads a clip of the media pool, all of it; raises UnusableError where it cannot be aligned."""
    if not call_text(pool, "GetUniqueId"):
        raise UnusableError(text("why_no_id"))
    properties = call_dict(pool, "GetClipProperty")
    check_file(properties)
    found = _readings(None, pool, properties)
    if not found.frames:
        raise UnusableError(text("why_no_frames"))
    rate = exact_rate(found.fps)
    return Clip(
        item=None,
        pool=pool,
        id="",
        media_id=found.media_id,
        name=call_text(pool, "GetName") or PurePath(found.path).name,
        track=0,
        start=found.start,
        end=found.end,
        path=found.path,
        proxy=_proxy_of(properties),
        media_rate=rate,
        media_frames=found.frames,
        media_first=found.media_first,
        from_s=found.media_first / rate,
        to_s=(found.media_first + found.frames) / rate,
        frame_s=1 / rate,
        left_offset=0,
        counts_alike=True,
        colours=_colours_of(pool),
        remarks=(),
        readings=found,
    )


def _colours_of(thing: Any) -> tuple[str, ...]:
    """Clip colour and flags of an item, or of a clip of the media pool."""
    colours = [call_text(thing, "GetClipColor"), *map(str, call_list(thing, "GetFlagList"))]
    return tuple(colour for colour in colours if colour)


def _proxy_of(properties: Mapping[str, Any]) -> str:
    """The path of the small copy that Resolve has, where that can be read."""
    path = str(properties.get("Proxy Media Path") or "")
    return path if path and not why_unreadable(path) else ""


def _readings(item: Any, pool: Any, properties: Mapping[str, Any]) -> Readings:
    frames = whole_number(properties.get("Frames"))
    found = Readings(
        start=0,
        end=frames,
        left_offset=0,
        first=None,
        last=None,
        per_cent=None,
        media_id=call_text(pool, "GetUniqueId"),
        path=str(PurePath(str(properties.get("File Path") or ""))),
        fps=str(properties.get("FPS")),
        frames=frames,
        media_first=whole_number(properties.get("Start")),
    )
    if item is None:
        return found
    tells_source = has_method(item, "GetSourceStartFrame") and has_method(item, "GetSourceEndFrame")
    speed = call(item, "GetSpeed") if has_method(item, "GetSpeed") else None
    per_cent = speed.get("Percentage") if isinstance(speed, dict) else None
    return found._replace(
        start=call_int(item, "GetStart"),
        end=call_int(item, "GetEnd"),
        left_offset=call_int(item, "GetLeftOffset"),
        first=call_int(item, "GetSourceStartFrame") if tells_source else None,
        last=call_int(item, "GetSourceEndFrame") if tells_source else None,
        per_cent=float(per_cent) if isinstance(per_cent, (int, float)) else None,
    )
