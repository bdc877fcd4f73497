"""The media pool: bins, items with their properties, and what makes or deletes timelines. Facts 1.1, 1.6."""

from __future__ import annotations

import ntpath
from typing import Any

from . import placing
from .colors import Coloured
from .markers import Marked
from .proxy import Stored, Thing, Unmodelled, text
from .timecode import as_resolve_says, label_of
from .world import Folder, Media, ProjectData, TimelineData, Track


class MediaPool(Thing):
    """The pool of the open project."""

    kind = "MediaPool"

    def exists(self) -> bool:
        return self.world.project is not None

    def GetRootFolder(self) -> Thing:
        """The bin that has no parent."""
        return FolderThing(self.session, next(f for f in self.world.open_project().folders if not f.parent))

    def GetCurrentFolder(self) -> Thing:
        """The bin that new things go to."""
        project = self.world.open_project()
        return FolderThing(self.session, next(f for f in project.folders if f.id == project.folder))

    def SetCurrentFolder(self, folder: Any) -> bool:
        self.world.open_project().folder = folder.data.id
        return True

    def GetSelectedClips(self) -> list[Thing]:
        """What is selected in the bin, which is not what is selected on the timeline."""
        return [MediaPoolItem(self.session, self.world.media(id_)) for id_ in self.world.open_project().selected_media]

    def CreateEmptyTimeline(self, name: Any) -> Thing | None:
        """Starts at 01:00:00:00 in the project's rate, and becomes the current one. None if the name is taken."""
        from .timeline import Timeline

        project = self.world.open_project()
        if any(timeline.name == text(name, "name") for timeline in project.timelines):
            return None
        data = TimelineData(self.world.new_id("timeline"), name, project.rate, project.drop, 0, custom_settings=False)
        data.start = placing.one_hour(data)
        data.video.append(Track("Video 1"))
        data.audio.append(Track("Audio 1"))
        project.timelines.append(data)
        project.media.append(placing.pool_item_of(self.world, data))
        project.current = data.id
        return Timeline(self.session, data)

    def AppendToTimeline(self, infos: Any) -> list[Thing]:
        """Places parts of pool items on the current timeline; each info is a dict that names the part and the place.

        `endFrame` is exclusive: measured on Studio 21.0, samuelgursky/davinci-resolve-mcp issue 82. `recordFrame` is
        absolute, same repository, issue 164. Both are required here, as are trackIndex and mediaType.
        """
        from .items import TimelineItem

        timeline = self.world.timeline()
        needed = {"mediaPoolItem", "startFrame", "endFrame", "mediaType", "trackIndex", "recordFrame"}
        placed: list[Thing] = []
        for info in infos:
            if not isinstance(info, dict) or set(info) != needed:
                raise Unmodelled(f"a clipInfo has other keys than {sorted(needed)}")
            kind = {1: "video", 2: "audio"}[info["mediaType"]]
            tracks = timeline.tracks(kind)
            if not 1 <= info["trackIndex"] <= len(tracks):
                raise Unmodelled("there is no {} track {!r}".format(kind, info["trackIndex"]))
            media: Media = info["mediaPoolItem"].data
            item = placing.item_of(
                self.world, timeline, media, kind, info["recordFrame"], info["startFrame"], info["endFrame"]
            )
            tracks[info["trackIndex"] - 1].items.append(item)
            placed.append(TimelineItem(self.session, timeline, item))
        return placed

    def ImportTimelineFromFile(self, path: Any, options: Any = None) -> Thing | None:
        """Of files only .otio; the timeline becomes the current one. None where the name is taken or the file is none.

        A Python without OpenTimelineIO, which reads it here, is a Resolve that takes no such file.
        """
        from .timeline import Timeline

        try:
            from . import importing
        except ImportError:
            return None
        data = importing.imported(self.world, text(path, "filePath"), dict(options or {}))
        return None if data is None else Timeline(self.session, data)

    def DeleteTimelines(self, timelines: Any) -> bool:
        """Deletes them; when the current one is among them, the first of the others becomes current."""
        project = self.world.open_project()
        doomed = [timeline.data.id for timeline in timelines]
        project.timelines[:] = [timeline for timeline in project.timelines if timeline.id not in doomed]
        project.media[:] = [media for media in project.media if media.timeline not in doomed]
        if project.current in doomed:
            project.current = project.timelines[0].id if project.timelines else ""
        return True

    def GetUniqueId(self) -> str:
        return "pool"


class FolderThing(Stored):
    """A bin."""

    kind = "Folder"
    data: Folder

    def is_in(self, project: ProjectData) -> bool:
        return self.data in project.folders

    def GetClipList(self) -> list[Thing]:
        """The pool items in it, not in the bins below."""
        media = self.world.open_project().media
        return [MediaPoolItem(self.session, one) for one in media if one.folder == self.data.id]

    def GetSubFolderList(self) -> list[Thing]:
        """The bins right below."""
        folders = self.world.open_project().folders
        return [FolderThing(self.session, one) for one in folders if one.parent == self.data.id]


class MediaPoolItem(Marked, Coloured):
    """A clip, compound or timeline in the pool. Markers: frames from its first, within it."""

    kind = "MediaPoolItem"
    data: Media

    def is_in(self, project: ProjectData) -> bool:
        return self.data in project.media

    def takes_marker(self, frame: int) -> bool:
        """Measured: True on the last frame, False one further."""
        return 0 <= frame < self.data.frames

    def GetTimeline(self) -> Thing | None:
        """The timeline that it is; None for a clip."""
        from .timeline import Timeline

        return Timeline(self.session, self.world.timeline(self.data.timeline)) if self.data.timeline else None

    def GetClipProperty(self, name: Any = None) -> Any:
        """All properties without a name, else one."""
        properties = translated(properties_of(self.data), self.world.language)
        if not name:
            return properties
        if name not in properties:
            raise Unmodelled(f"the clip property {name!r} is not modelled")
        return properties[name]

    def UnlinkProxyMedia(self) -> bool:
        self.data.proxy_path = ""
        return True


def properties_of(media: Media) -> dict[str, Any]:
    """What Resolve shows as clip properties: FPS is a float, Super Scale an int, everything else is text."""

    def label(frame: int) -> str:
        return label_of(frame, media.fps, media.drop)

    # ntpath splits at both kinds of slashes.
    folder, file_name = ntpath.split(media.path)
    return {
        "FPS": as_resolve_says(media.fps),
        "Super Scale": 1,
        "Frames": str(media.frames),
        # gyroflow/gyroflow-plugins issue 25: of a subclip, its place in the file.
        "Start": str(media.first),
        "End": str(media.first + media.frames - 1),
        "Start TC": label(media.start),
        "End TC": label(media.start + media.frames),
        "Duration": label_of(media.frames, media.fps, media.drop),
        "Drop frame": "1" if media.drop else "0",
        "File Path": media.path,
        "File Name": file_name,
        "Clip Directory": folder,
        "Clip Name": media.name,
        "Proxy": "1280x720" if media.proxy_path else "None",
        "Proxy Media Path": media.proxy_path,
        "Online Status": "Online" if media.online else "Offline",
        "Type": media.type,
        "Usage": "1",
        "Resolution": "" if media.type == "Audio" else "1920x1080",
        "Video Codec": "" if media.type == "Audio" else "H.264 High L5.1",
        "In": "",
        "Out": "",
        "Clip Color": media.color,
        "Flags": ", ".join(media.flags),
        "Reel Name": "",
        "Sample Rate": "48000",
    }


def translated(properties: dict[str, Any], language: str) -> dict[str, Any]:
    """The properties as an interface in another language gives them: the names stay, values are in its words.

    Raises:
        Unmodelled: the double does not speak it.
    """
    if language not in _WORDS:
        raise Unmodelled(f"an interface in the language {language!r}")
    words = _WORDS[language]
    return {name: words.get(value, value) if name in _IN_WORDS else value for name, value in properties.items()}


_IN_WORDS = ("Type", "Online Status", "Proxy")
_WORDS: dict[str, dict[str, str]] = {
    "": {},
    "ja": {
        "Video + Audio": "\u30d3\u30c7\u30aa + \u30aa\u30fc\u30c7\u30a3\u30aa",
        "Video": "\u30d3\u30c7\u30aa",
        "Audio": "\u30aa\u30fc\u30c7\u30a3\u30aa",
        "Still": "\u9759\u6b62\u753b",
        "Compound": "\u8907\u5408",
        "Timeline": "\u30bf\u30a4\u30e0\u30e9\u30a4\u30f3",
        "Online": "\u30aa\u30f3\u30e9\u30a4\u30f3",
        "Offline": "\u30aa\u30d5\u30e9\u30a4\u30f3",
        "None": "\u306a\u3057",
    },
}
