"""Timeline items: where they are, which part of which source they show, their links, colours and markers. Facts 1.5."""

from __future__ import annotations

import math
from typing import Any, Union

from . import placing
from .api_table import TRACK_TYPES
from .colors import Coloured
from .markers import Marked
from .media import MediaPoolItem
from .proxy import Session, Thing, Unmodelled
from .world import Item, Media, ProjectData, TimelineData

Number = Union[int, float]


class TimelineItem(Marked, Coloured):
    """A clip, generator or transition on a track. Markers are keyed in source frames (measured; see `placing`)."""

    kind = "TimelineItem"
    data: Item

    def __init__(self, session: Session, timeline: TimelineData, data: Item) -> None:
        super().__init__(session, data)
        self.timeline = timeline

    def is_in(self, project: ProjectData) -> bool:
        return self.timeline in project.timelines and any(
            self.data in track.items for kind in TRACK_TYPES for track in self.timeline.tracks(kind)
        )

    def takes_marker(self, frame: int) -> bool:
        """Anywhere from the source's first frame on: also outside the trim, where it cannot be seen."""
        if frame < 0:
            raise Unmodelled(f"item marker at frame {frame}; nobody knows what Resolve does")
        return True

    def GetType(self) -> str:
        return self.data.kind

    def GetStart(self, subframe: Any = False) -> Number:
        """Absolute timeline frame."""
        return self._position(self.data.start, subframe)

    def GetEnd(self, subframe: Any = False) -> Number:
        """Absolute timeline frame, exclusive."""
        return self._position(self.data.start + self.data.duration, subframe)

    def GetDuration(self, subframe: Any = False) -> Number:
        """Timeline frames."""
        return self._position(self.data.duration, subframe)

    def GetLeftOffset(self, subframe: Any = False) -> Number:
        """What was trimmed off before it: warped by the speed; timeline frames unless the quirk says otherwise."""
        offset = self._position(self._left_offset(), subframe)
        return offset - 0.0001 if self.world.quirks.offset_hair_under and offset else offset

    def GetRightOffset(self, subframe: Any = False) -> Number:
        """What was trimmed off behind it, counted likewise."""
        media = self._media()
        if media is None:
            return self._position(0, subframe)
        unit = self._unit(media)
        shown = self._source_span(media)[1] * unit
        return self._position(max(0.0, float(media.frames * unit - shown)) / self._factor(), subframe)

    def GetSourceStartFrame(self) -> int | None:
        """Frame of the file, from its first on, also of a subclip; one too low where the quirk says so."""
        media = self._media()
        if media is None:
            return 0
        low = self.world.quirks.source_start_low
        return max(0, math.floor(self.data.source_start + 1e-6) - low) + media.first

    def GetSourceEndFrame(self) -> int | None:
        """Exclusive where media and timeline have one rate, inclusive where they differ."""
        media = self._media()
        if media is None:
            return self.data.duration
        end = math.floor(self._source_span(media)[1] + 1e-6) + media.first
        return end if media.fps == self.timeline.fps else max(0, end - 1)

    def GetSourceStartTime(self) -> float:
        """Seconds in timecode space: Start TC is in it."""
        return self._seconds(0)

    def GetSourceEndTime(self) -> float:
        """Likewise, of the end."""
        return self._seconds(1)

    def GetMediaPoolItem(self) -> Thing | None:
        """None for generators and transitions."""
        media = self._media()
        return MediaPoolItem(self.session, media) if media else None

    def GetTrackTypeAndIndex(self) -> list[Any]:
        """[type, index from 1]."""
        return next([kind, index] for kind, index, item in self.timeline.items() if item is self.data)

    def GetLinkedItems(self) -> list[Thing]:
        """The items that are linked with it, without itself."""
        linked = [self.timeline.item(id_) for id_ in self.data.linked]
        return [TimelineItem(self.session, self.timeline, item) for item in linked]

    def GetClipEnabled(self) -> bool:
        """Whether it is shown, as far as it goes itself."""
        return self.data.enabled

    def SetClipEnabled(self, enabled: Any) -> bool:
        """Refused on a timeline that is not current."""
        if self.world.open_project().current != self.timeline.id:
            return False
        self.data.enabled = bool(enabled)
        return True

    def GetProperty(self, name: Any = None) -> Any:
        """Of the transform only zoom and pan; the README of 21.0.4 has Pan in pixels."""
        values = {"ZoomX": self.data.zoom, "ZoomY": self.data.zoom, "Pan": self.data.pan}
        if name and name not in values:
            raise Unmodelled(f"the property {name!r} is not modelled")
        return values[name] if name else values

    def SetProperty(self, name: Any, value: Any) -> bool:
        """False for a value that is no number."""
        if name not in ("ZoomX", "ZoomY", "Pan"):
            raise Unmodelled(f"the property {name!r} is not modelled")
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return False
        if name == "Pan":
            self.data.pan = float(value)
        else:  # both, since they are ganged
            self.data.zoom = float(value)
        return True

    def GetSpeed(self) -> dict[str, Any]:
        """Percentage 100.0 is normal, 0.0 a freeze frame. Ramps cannot be read in Resolve and are not modelled."""
        return {"Percentage": self.data.speed, "PitchCorrection": True}

    def SetSpeed(self, options: Any) -> bool:
        """Plays it at another speed, for as long as before: another part of its source is shown."""
        if set(options) != {"Percentage"}:
            raise Unmodelled(f"speed options {sorted(options)}")
        self.data.speed = float(options["Percentage"])
        return True

    def _media(self) -> Media | None:
        return self.world.media(self.data.media) if self.data.media else None

    def _unit(self, media: Media) -> Any:
        is_video = self.data.kind == "video"
        in_media_frames = is_video and self.world.quirks.left_offset_in_media_frames
        return placing.per_media_frame(self.world, self.timeline, media, in_media_frames)

    def _factor(self) -> float:
        # A freeze frame has no warped domain; its position is that of the frame.
        return abs(self.data.speed) / 100 or 1.0

    def _left_offset(self) -> float:
        media = self._media()
        return float(self.data.source_start * self._unit(media)) / self._factor() if media else 0.0

    def _source_span(self, media: Media) -> tuple[float, float]:
        pace = 1 / placing.per_media_frame(self.world, self.timeline, media)
        shown = self.data.duration * float(pace) * self.data.speed / 100
        return self.data.source_start, self.data.source_start + shown

    def _seconds(self, side: int) -> float:
        media = self._media()
        if media is None:
            return (0, self.data.duration)[side] / float(self.timeline.fps)
        return float((media.start + self._source_span(media)[side]) / media.fps)

    def _position(self, frames: float, subframe: Any) -> Number:
        if subframe or self.world.quirks.float_positions:
            return float(frames) if subframe else float(math.floor(frames + 1e-6))
        return math.floor(frames + 1e-6)
