"""Builders of what tests meet on timelines. Times here are relative: `at` counts timeline frames from its start.

Rates are exact texts: "30000/1001". Media get the frames and rates that a test gives them; nothing opens a file.
"""

from __future__ import annotations

from copy import deepcopy
from fractions import Fraction
from pathlib import Path

from . import placing
from .faults import Quirks
from .timecode import frame_of
from .world import Item, Marker, Media, ProjectData, TimelineData, Track, World


class Scene:
    """A project with one timeline of two video and two audio tracks, to be filled."""

    def __init__(
        self,
        *,
        version: str = "21.1",
        edition: str = "studio",
        rate: str = "30000/1001",
        drop: bool = False,
        start: str = "01:00:00:00",
        quirks: Quirks | None = None,
    ) -> None:
        self.world = World(version=version, edition=edition, quirks=quirks or Quirks())
        self.project = ProjectData(rate=rate, drop=drop)
        self.world.project = self.project
        self.timeline = self.add_timeline("Timeline 1", rate=rate, drop=drop, start=start)
        self.project.current = self.timeline.id

    def add_timeline(
        self, name: str, *, rate: str = "", drop: bool = False, start: str = "01:00:00:00"
    ) -> TimelineData:
        """Another timeline, of the project's rate unless told otherwise; it does not become the current one."""
        rate = rate or self.project.rate
        first = frame_of(start, Fraction(rate), drop)
        timeline = TimelineData(self.world.new_id("timeline"), name, rate, drop, first)
        for number in (1, 2):
            timeline.video.append(Track(f"Video {number}"))
            timeline.audio.append(Track(f"Audio {number}"))
        self.project.timelines.append(timeline)
        self.project.media.append(placing.pool_item_of(self.world, timeline))
        return timeline

    def media(
        self,
        path: str | Path,
        *,
        rate: str = "30000/1001",
        frames: int = 3000,
        start: str = "00:00:00:00",
        drop: bool = False,
        type: str = "Video + Audio",
        online: bool = True,
        proxy_path: str = "",
        first: int = 0,
        file_rate: str = "",
    ) -> Media:
        """A file in the pool, or a subclip of one from `first` on; `start` is its Start TC.

        `rate` is what Resolve says; `file_rate` is that of the file, where Clip Attributes changed it.
        """
        name = str(path).replace("\\", "/").rpartition("/")[2]
        label = frame_of(start, Fraction(rate), drop)
        media = Media(self.world.new_id("media"), name, str(path), rate, frames, type, start=label, drop=drop)
        media.online, media.proxy_path = online, proxy_path
        media.first, media.file_rate = first, file_rate
        self.project.media.append(media)
        return media

    def compound(self, name: str, *, frames: int = 300, type: str = "Compound") -> Media:
        """A compound clip, or with `type="Timeline"` a nested timeline: no file, the rate of the project."""
        media = Media(self.world.new_id("media"), name, "", self.project.rate, frames, type)
        self.project.media.append(media)
        return media

    def place(
        self,
        media: Media,
        *,
        track: int = 1,
        at: int = 0,
        first: float = 0,
        after: float | None = None,
        speed: float = 100.0,
        linked_audio: bool = True,
        timeline: TimelineData | None = None,
    ) -> Item:
        """Media frames `first` up to, not with, `after` on a track; audio goes to the audio track of that number.

        Gives the video item, or the audio item of media that has no picture.
        """
        timeline = timeline or self.timeline
        after = media.frames if after is None else after
        kinds = ["audio"] if media.type == "Audio" else ["video"]
        if linked_audio and media.type == "Video + Audio":
            kinds.append("audio")
        items = []
        for kind in kinds:
            record = timeline.start + at
            item = placing.item_of(self.world, timeline, media, kind, record, first, after)
            item.speed = speed
            if speed:
                item.duration = max(1, round(item.duration * 100 / abs(speed)))
            self._track(timeline, kind, track).items.append(item)
            items.append(item)
        for item in items:
            item.linked = [other.id for other in items if other is not item]
        return items[0]

    def blade(self, item: Item, after: int) -> Item:
        """Cuts an item and what is linked with it so many frames after its start; gives the second piece of it.

        Both pieces keep all markers, with their hidden text: they are keyed in source frames.
        """
        first = [item, *(self.timeline.item(id_) for id_ in item.linked)]
        second = [self._second_piece(one, after) for one in first]
        for one in second:
            one.linked = [other.id for other in second if other is not one]
        return second[0]

    def duplicate(self, name: str) -> TimelineData:
        """A copy of the current timeline, which it becomes: its own ids, the same markers with the same hidden text."""
        twin = deepcopy(self.timeline)
        twin.id, twin.name = self.world.new_id("timeline"), name
        new = {item.id: self.world.new_id("item") for _, _, item in twin.items()}
        for _, _, item in twin.items():
            item.id, item.linked = new[item.id], [new[id_] for id_ in item.linked]
        twin.selection = [new[id_] for id_ in twin.selection]
        self.project.timelines.append(twin)
        self.project.media.append(placing.pool_item_of(self.world, twin))
        self.project.current, self.timeline = twin.id, twin
        return twin

    def generator(self, *, track: int = 1, at: int = 0, frames: int = 100, name: str = "Solid Color") -> Item:
        """A generator or title: no pool item."""
        return self._bare(name, "generator", track, at, frames)

    def transition(self, *, track: int = 1, at: int = 0, frames: int = 24) -> Item:
        """A transition; Resolve lists it among the items of the track."""
        return self._bare("Cross Dissolve", "transition", track, at, frames)

    def select(self, *items: Item) -> None:
        """Selects items of the current timeline; what is linked comes along by itself."""
        self.timeline.selection = [item.id for item in items]

    def select_in_pool(self, *media: Media) -> None:
        """Selects clips of the media pool, which is another selection than that of the timeline."""
        self.project.selected_media = [one.id for one in media]

    def mark(
        self,
        owner: TimelineData | Item | Media,
        frame: int,
        name: str = "marker",
        *,
        color: str = "Blue",
        note: str = "",
        duration: int = 1,
        custom_data: str = "",
    ) -> Marker:
        """A marker of the user; `frame` counts as the owner counts. Pool items: before `place`, as in Resolve."""
        marker = Marker(frame, color, name, note, duration, custom_data)
        owner.markers.append(marker)
        return marker

    def _second_piece(self, item: Item, after: int) -> Item:
        media = self.world.media(item.media)
        second = deepcopy(item)
        second.id, second.start, second.duration = self.world.new_id("item"), item.start + after, item.duration - after
        second.source_start = item.source_start + after / float(
            placing.per_media_frame(self.world, self.timeline, media)
        )
        item.duration = after
        kind, number = next((kind, number) for kind, number, one in self.timeline.items() if one is item)
        self._track(self.timeline, kind, number).items.append(second)
        return second

    def _bare(self, name: str, kind: str, track: int, at: int, frames: int) -> Item:
        item = Item(self.world.new_id("item"), name, kind, self.timeline.start + at, frames)
        self._track(self.timeline, "video", track).items.append(item)
        return item

    def _track(self, timeline: TimelineData, kind: str, number: int) -> Track:
        tracks = timeline.tracks(kind)
        while len(tracks) < number:
            tracks.append(Track(f"{kind.capitalize()} {len(tracks) + 1}"))
        return tracks[number - 1]


def two_runs(
    ref_path: str | Path = "/media/ref.mp4",
    new_path: str | Path = "/media/new.mp4",
    *,
    version: str = "21.1",
    edition: str = "studio",
    rate: str = "30000/1001",
    drop: bool = True,
    media_rate: str = "30000/1001",
    frames: int = 3000,
    ref_marks: list[int] | None = None,
) -> Scene:
    """The usual case: the reference on V1, the new run later on V2, both trimmed, both selected, markers on the item.

    The timeline starts at 01:00:00;00. Marks are media frames of the reference.
    """
    scene = Scene(version=version, edition=edition, rate=rate, drop=drop and Fraction(rate).denominator == 1001)
    ref = scene.media(ref_path, rate=media_rate, frames=frames)
    new = scene.media(new_path, rate=media_rate, frames=frames)
    trim = frames // 20
    for number, frame in enumerate([frames // 4, frames // 2] if ref_marks is None else ref_marks, start=1):
        scene.mark(ref, frame, f"spot {number}", color="Green")
    ref_item = scene.place(ref, track=1, at=50, first=trim, after=frames - trim)
    ref.markers.clear()  # they are the item's alone
    after_ref = ref_item.start - scene.timeline.start + ref_item.duration
    new_item = scene.place(new, track=2, at=after_ref + 100, first=2 * trim, after=frames - trim)
    scene.select(ref_item, new_item)
    return scene


def crowded(**options: str) -> Scene:
    """Everything that a script may meet on a timeline, a clip each, all selected. Options: version, edition."""
    scene = Scene(version=options.get("version", "21.1"), edition=options.get("edition", "studio"), drop=True)
    plain = scene.media("/media/plain.mp4")
    items = [
        scene.place(plain, at=0, first=300, after=900),
        scene.transition(at=590, frames=20),
        scene.place(plain, at=600, first=1200, after=1500),
        scene.place(scene.media("/media/fast.mp4", rate="60000/1001", frames=6000), at=1000, first=400, after=1600),
        scene.place(scene.media("/media/faster.mp4", rate="120000/1001"), at=1700, first=800, after=2000),
        scene.place(scene.media("/media/film.mov", rate="24000/1001", start="10:00:00:00"), at=2100, after=240),
        scene.place(scene.media("/media/retimed.mp4"), at=2500, first=100, after=300, speed=50.0),
        scene.place(scene.media("/media/freeze.mp4"), at=3000, first=100, after=150, speed=0.0),
        scene.place(scene.media("/media/reversed.mp4"), at=3100, first=300, after=400, speed=-100.0),
        scene.place(scene.compound("Compound Clip 1"), at=3300, linked_audio=False),
        scene.place(scene.compound("Timeline 0", type="Timeline"), at=3700, linked_audio=False),
        scene.generator(at=4100),
        scene.place(scene.media("/gone/offline.mp4", online=False), at=4300, after=100),
        scene.place(scene.media("/media/music.wav", type="Audio"), at=0, track=2, after=2000),
        scene.place(scene.media("/media/silent.mp4", type="Video"), at=4500, after=100),
        scene.place(scene.media("/media/raw.mp4", proxy_path="/proxy/raw.mov"), at=4700, after=100),
    ]
    scene.select(*items)
    return scene
