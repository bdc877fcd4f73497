"""What is in the pretended Resolve, as plain data: project, pool, timelines, items, markers, and what was called.

No behaviour here; that is in the other files. A `World` goes to JSON and back, so a script can run on it in another
process and another Python. Positions of items are absolute timeline frames, markers of timelines are relative to the
timeline's start, source positions are frames of the media from its first frame on (facts 1.2, 1.5). Items, media, bins
and timelines are compared by identity: a script is asked for thousands of items, and each is looked for at every call.
"""

from __future__ import annotations

import dataclasses
import functools
import json
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Dict, Iterator, List, Optional, Tuple, get_type_hints

from .faults import Fault, Quirks


@dataclass
class Marker:
    """One marker; `frame` counts as its owner counts."""

    frame: int
    color: str
    name: str
    note: str = ""
    duration: int = 1
    custom_data: str = ""


@dataclass(eq=False)
class Media:
    """An item of the media pool. `rate` is exact ("30000/1001"); `path` is '' for timelines and compounds.

    A subclip has `first` above 0, and its own length in `frames`. `rate` is what Resolve says; where Clip Attributes
    changed that, `file_rate` is what the file has.
    """

    id: str
    name: str
    path: str
    rate: str
    frames: int
    type: str = "Video + Audio"
    folder: str = "master"
    first: int = 0  # of a subclip: its first frame in the file
    file_rate: str = ""
    start: int = 0  # Start TC as a frame count
    drop: bool = False
    online: bool = True
    proxy_path: str = ""
    timeline: str = ""  # id of the timeline that this is
    color: str = ""
    flags: List[str] = field(default_factory=list)
    markers: List[Marker] = field(default_factory=list)

    @property
    def fps(self) -> Fraction:
        return Fraction(self.rate)


@dataclass(eq=False)
class Item:
    """Something on a track. `kind`: video, audio, generator, transition. Marker frames count as Resolve keys them."""

    id: str
    name: str
    kind: str
    start: int
    duration: int
    source_start: float = 0.0
    media: str = ""  # id; '' for generators and transitions
    speed: float = 100.0  # per cent; 0 is a freeze frame
    enabled: bool = True
    color: str = ""
    linked: List[str] = field(default_factory=list)
    flags: List[str] = field(default_factory=list)
    markers: List[Marker] = field(default_factory=list)
    zoom: float = 1.0
    pan: float = 0.0  # pixels


@dataclass
class Track:
    """One track with its items, in any order."""

    name: str
    enabled: bool = True
    locked: bool = False
    items: List[Item] = field(default_factory=list)


@dataclass(eq=False)
class TimelineData:
    """A timeline. `playhead` is an absolute frame, None until it was moved; `selection` are ids of items."""

    id: str
    name: str
    rate: str
    drop: bool
    start: int
    custom_settings: bool = True
    is_compound: bool = False  # it may be open, and the project does not count it
    playhead: Optional[int] = None
    video: List[Track] = field(default_factory=list)
    audio: List[Track] = field(default_factory=list)
    subtitle: List[Track] = field(default_factory=list)
    selection: List[str] = field(default_factory=list)
    markers: List[Marker] = field(default_factory=list)
    marks: List[int] = field(default_factory=list)  # In and Out, from its start; [] without

    @property
    def fps(self) -> Fraction:
        return Fraction(self.rate)

    @property
    def end(self) -> int:
        """The absolute frame after the last item; the start when empty."""
        return max([item.start + item.duration for _, _, item in self.items()], default=self.start)

    def tracks(self, kind: str) -> List[Track]:
        return {"video": self.video, "audio": self.audio, "subtitle": self.subtitle}[kind]

    def items(self) -> Iterator[Tuple[str, int, Item]]:
        """Every item with the type and the index (from 1) of its track."""
        for kind in ("video", "audio", "subtitle"):
            for index, track in enumerate(self.tracks(kind), start=1):
                for item in track.items:
                    yield kind, index, item

    def item(self, name_or_id: str) -> Item:
        """The first item of that id or name.

        Raises:
            KeyError: there is none.
        """
        for _, _, item in self.items():
            if name_or_id in (item.id, item.name):
                return item
        raise KeyError(name_or_id)


@dataclass(eq=False)
class Folder:
    """A bin. The root has the id `master`, and no parent."""

    id: str
    name: str
    parent: str = ""


@dataclass
class ProjectData:
    """The open project; its rate and drop flag are what a timeline with project settings answers."""

    name: str = "Trail edit"
    rate: str = "24"
    drop: bool = False
    current: str = ""  # id of the current timeline
    folder: str = "master"
    timelines: List[TimelineData] = field(default_factory=list)
    media: List[Media] = field(default_factory=list)
    folders: List[Folder] = field(default_factory=lambda: [Folder("master", "Master")])
    selected_media: List[str] = field(default_factory=list)


@dataclass
class Called:
    """A call that a script made: `Timeline.AddMarker`, on which object, with what, and what it got (as text)."""

    call: str
    on: str
    given: List[Any]
    answer: str


@dataclass
class World:
    """All of it. `edition` is "studio" or "free"; `language` is the interface's ("ja"), '' is English.

    `violations` are uses that the double does not stand for.
    """

    version: str = "21.1"
    edition: str = "studio"
    page: str = "edit"
    language: str = ""
    project: Optional[ProjectData] = field(default_factory=ProjectData)
    quirks: Quirks = field(default_factory=Quirks)
    faults: List[Fault] = field(default_factory=list)
    calls: List[Called] = field(default_factory=list)
    violations: List[str] = field(default_factory=list)
    without_id: List[str] = field(default_factory=list)  # ids of things that answer None when asked for theirs
    ids_given: int = 0
    acts: List[str] = field(default_factory=list)  # of the person before a window; see `ui`

    def new_id(self, what: str) -> str:
        """An id that nothing else here has."""
        self.ids_given += 1
        return f"{what}-{self.ids_given:04d}"

    def open_project(self) -> ProjectData:
        """The project.

        Raises:
            LookupError: none is open.
        """
        if self.project is None:
            raise LookupError("no project is open")
        return self.project

    def timeline(self, name_or_id: str = "") -> TimelineData:
        """A timeline by name or id; without one, the current timeline.

        Raises:
            KeyError: there is none.
        """
        project = self.open_project()
        wanted = name_or_id or project.current
        for timeline in project.timelines:
            if wanted and wanted in (timeline.id, timeline.name):
                return timeline
        raise KeyError(wanted)

    def media(self, name_or_id: str) -> Media:
        """An item of the pool by name or id.

        Raises:
            KeyError: there is none.
        """
        for media in self.open_project().media:
            if name_or_id in (media.id, media.name):
                return media
        raise KeyError(name_or_id)

    def to_json(self) -> str:
        """Everything, as ASCII text."""
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def from_json(cls, text: str) -> World:
        """What `to_json` wrote."""
        world = _typed(cls, json.loads(text))
        assert isinstance(world, cls)
        return world


@functools.lru_cache(maxsize=None)
def _hints(of: type) -> Dict[str, Any]:
    return get_type_hints(of)


def _typed(hint: Any, value: Any) -> Any:
    """`value` out of JSON as the dataclasses that the type hint names."""
    if value is None or hint is Any:
        return value
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        hints = _hints(hint)
        return hint(**{name: _typed(hints[name], part) for name, part in value.items()})
    inner = [part for part in getattr(hint, "__args__", ()) if part is not type(None)]
    if isinstance(value, list):
        return [_typed(inner[0], part) for part in value]
    return _typed(inner[0], value) if inner else value
