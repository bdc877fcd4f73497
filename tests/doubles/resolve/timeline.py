"""Timelines: base, tracks, selection, playhead, settings, markers. Facts 1.2 to 1.4.

What depends on the timeline being the current one, or on the page, follows the facts; where they say nothing, the call
fails loudly.
"""

from __future__ import annotations

from typing import Any

from .api_table import TRACK_TYPES
from .items import TimelineItem
from .markers import Marked
from .proxy import Session, Thing, Unmodelled, text, whole
from .timecode import as_resolve_says, frame_of, label_of
from .world import Item, ProjectData, TimelineData, Track

_NO_TIMELINE_PAGES = ("media", "fusion")


class Timeline(Marked):
    """A timeline. Its markers count from its start."""

    kind = "Timeline"
    data: TimelineData

    def is_in(self, project: ProjectData) -> bool:
        return self.data in project.timelines

    def takes_marker(self, frame: int) -> bool:
        """Past the end it depends; before the start nobody knows."""
        if frame < 0:
            raise Unmodelled(f"timeline marker at frame {frame}; nobody knows what Resolve does")
        return self.world.quirks.marker_past_end or frame < self.data.end - self.data.start

    def SetName(self, name: Any) -> bool:
        """False where another timeline has it."""
        taken = [timeline.name for timeline in self.world.open_project().timelines if timeline is not self.data]
        if text(name, "timelineName") in taken:
            return False
        self.data.name = name
        return True

    def GetMediaPoolItem(self) -> Thing | None:
        from .media import MediaPoolItem

        found = [media for media in self.world.open_project().media if media.timeline == self.data.id]
        return MediaPoolItem(self.session, found[0]) if found else None

    def GetStartFrame(self) -> int:
        """Absolute: 86400 for 01:00:00:00 at 24."""
        return self.data.start

    def GetEndFrame(self) -> int:
        """Absolute, exclusive."""
        return self.data.end

    def GetStartTimecode(self) -> str:
        return self._label(self.data.start)

    def GetTrackCount(self, kind: Any) -> int:
        return len(self._tracks(kind))

    def GetItemListInTrack(self, kind: Any, index: Any) -> list[Thing]:
        """In the order of time, transitions too."""
        tracks = self._tracks(kind)
        if not 1 <= whole(index, "index") <= len(tracks):
            return []
        ordered = sorted(tracks[int(index) - 1].items, key=lambda item: item.start)
        return [self._item(item) for item in ordered]

    def GetIsTrackEnabled(self, kind: Any, index: Any) -> bool:
        """Always False off the current timeline."""
        return self._is_current() and self._track(kind, index).enabled

    def GetIsTrackLocked(self, kind: Any, index: Any) -> bool:
        """Always False off the current timeline."""
        return self._is_current() and self._track(kind, index).locked

    def DeleteClips(self, items: Any, ripple: Any = False) -> bool:
        if ripple:
            raise Unmodelled("ripple delete")
        doomed = [item.data.id for item in items]
        for kind in TRACK_TYPES:
            for track in self.data.tracks(kind):
                track.items[:] = [item for item in track.items if item.id not in doomed]
        self.data.selection[:] = [id_ for id_ in self.data.selection if id_ not in doomed]
        return True

    def GetSelectedClips(self) -> list[Thing]:
        """What is selected, linked items included, in an order that means nothing; nothing of an opened compound."""
        if self.world.quirks.compound_is_open:
            return []
        ids = list(self.data.selection)
        quirks = self.world.quirks
        if quirks.selection_brings_linked:
            ids += [linked for id_ in ids for linked in self.data.item(id_).linked]
        chosen = [item for _, _, item in self.data.items() if item.id in ids]
        return [self._item(item) for item in (reversed(chosen) if quirks.selection_backwards else chosen)]

    def GetCurrentTimecode(self) -> str | None:
        """Absolute label of the playhead; None on the Media and Fusion pages."""
        self._must_be_current("playhead")
        if self.world.page in _NO_TIMELINE_PAGES:
            return None
        return self._label(self.data.start if self.data.playhead is None else self.data.playhead)

    def SetCurrentTimecode(self, timecode: Any) -> bool:
        """Also True past the end."""
        self._must_be_current("playhead")
        self.data.playhead = frame_of(text(timecode, "timecode"), self.data.fps, self.data.drop)
        return True

    def GetCurrentVideoItem(self) -> Thing | None:
        """The uppermost visible item under the playhead; None while the playhead was never moved, and on some pages."""
        self._must_be_current("playhead")
        head = self.data.playhead
        if head is None or self.world.page in _NO_TIMELINE_PAGES:
            return None
        for track in reversed(self.data.video):
            for item in track.items:
                shown = track.enabled and item.enabled and item.kind != "transition"
                if shown and item.start <= head < item.start + item.duration:
                    return self._item(item)
        return None

    def GetMarkInOut(self) -> dict[str, dict[str, int]]:
        """For pictures and sound; empty where none are set. The manual's example counts from the timeline's start."""
        shift = self.data.start if self.world.quirks.marks_absolute else 0
        marks = dict(zip(("in", "out"), (frame + shift for frame in self.data.marks)))
        return {"video": marks, "audio": dict(marks)} if marks else {}

    def SetMarkInOut(self, first: Any, last: Any, kind: Any = "all") -> bool:
        """False before the timeline begins."""
        shift = self.data.start if self.world.quirks.marks_absolute else 0
        marks = [whole(first, "markIn") - shift, whole(last, "markOut") - shift]
        if marks[0] < 0:
            return False
        self.data.marks[:] = marks
        return True

    def ClearMarkInOut(self, kind: Any = "all") -> bool:
        self.data.marks.clear()
        return True

    def GetSetting(self, name: Any = "") -> Any:
        return one_of(self.GetSettings(), name)

    def GetSettings(self) -> dict[str, Any]:
        """All; the project's where the timeline has none of its own."""
        if not self.data.custom_settings:
            project = self.world.open_project()
            return dict(settings_of(self.session, project.rate, project.drop), useCustomSettings="0")
        return dict(settings_of(self.session, self.data.rate, self.data.drop), useCustomSettings="1")

    def _item(self, item: Item) -> Thing:
        return TimelineItem(self.session, self.data, item)

    def _label(self, frame: int) -> str:
        return label_of(frame, self.data.fps, self.data.drop)

    def _tracks(self, kind: Any) -> list[Track]:
        if kind not in TRACK_TYPES:
            raise Unmodelled(f"{kind!r} is no track type")
        return self.data.tracks(kind)

    def _track(self, kind: Any, index: Any) -> Track:
        tracks = self._tracks(kind)
        if not 1 <= whole(index, "trackIndex") <= len(tracks):
            raise Unmodelled(f"there is no {kind} track {index!r}")
        return tracks[int(index) - 1]

    def _is_current(self) -> bool:
        return self.world.open_project().current == self.data.id

    def _must_be_current(self, what: str) -> None:
        if not self._is_current():
            raise Unmodelled(f"the {what} of a timeline that is not the current one")


def settings_of(session: Session, rate: str, drop: bool) -> dict[str, Any]:
    """Settings as they read: the rate is a number, in old versions perhaps a text, everything else is text."""
    exact = TimelineData("", "", rate, drop, 0).fps
    number = as_resolve_says(exact)
    written = f"{number:g} DF" if drop else f"{number:g}"
    wanted = session.world.quirks.rate_as_text
    return {
        "timelineFrameRate": written if (session.version < (20,) if wanted is None else wanted) else number,
        "timelineDropFrameTimecode": "1" if drop else "0",
        "timelineFrameRateMismatchBehavior": "none" if session.world.quirks.frame_for_frame else "resolve",
        "timelinePlaybackFrameRate": f"{number:g}",
        "timelineResolutionWidth": "1920",
        "timelineResolutionHeight": "1080",
    }


def one_of(settings: dict[str, Any], name: Any) -> Any:
    """One of the settings; all without a name.

    Raises:
        Unmodelled: the double has no such setting.
    """
    if not name:
        return settings
    if name not in settings:
        raise Unmodelled(f"the setting {name!r} is not modelled")
    return settings[name]
