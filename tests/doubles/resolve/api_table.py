"""Which calls Resolve's scripting API has: names, parameters, since which version. Facts only, in our own notation.

One line is one call: `Name(required, optional?) kind @since`. The kind is `bool` or `list` where the answer is one,
which decides what a refused call answers; no `@` means that the call is in every version that the double models (from
18.5 on). Sources: the typed interface of 21.1 for names and parameters, the READMEs of 20.3.2, 21.0 and 21.0.4 for
what is missing there, WheheoHu/bmd_doc for the "since" of 19.x and 20.x (facts 1.1). A call that is not here
does not exist for the double, whatever Resolve may have beside it.
"""

from __future__ import annotations

import re
from typing import NamedTuple

MARKER_COLORS = (  # flags have the same
    *("Blue", "Cyan", "Green", "Yellow", "Red", "Pink", "Purple", "Fuchsia"),
    *("Rose", "Lavender", "Sky", "Mint", "Lemon", "Sand", "Cocoa", "Cream"),
)
CLIP_COLORS = (
    *("Orange", "Apricot", "Yellow", "Lime", "Olive", "Green", "Teal", "Navy"),
    *("Blue", "Purple", "Violet", "Pink", "Tan", "Beige", "Brown", "Chocolate"),
)
TRACK_TYPES = ("video", "audio", "subtitle")
EXPORTS = (  # types, then sub-types; attributes of `resolve` with EXPORT_ before them
    *("AAF", "DRT", "EDL", "FCP_7_XML", "FCPXML_1_8", "FCPXML_1_9", "FCPXML_1_10", "OTIO", "ALE", "ALE_CDL"),
    *("HDR_10_PROFILE_A", "HDR_10_PROFILE_B", "TEXT_CSV", "TEXT_TAB"),
    *("DOLBY_VISION_VER_2_9", "DOLBY_VISION_VER_4_0", "DOLBY_VISION_VER_5_1"),
    *("NONE", "AAF_NEW", "AAF_EXISTING", "CDL", "SDL", "MISSING_CLIPS"),
)

_RESOLVE = {
    "Resolve": """
        GetProjectManager()
        GetMediaStorage()
        Fusion()
        GetCurrentProject() @21.1
        GetCurrentTimeline() @21.1
        GetMediaPool() @21.1
        OpenPage(pageName) bool
        GetCurrentPage()
        GetVersion()
        GetVersionString()
        GetProductName()
        IsStudio() bool @21.1
    """,
    "ProjectManager": """
        GetCurrentProject()
        LoadProject(projectName)
        CreateProject(projectName, mediaLocationPath?)
        SaveProject() bool
        CloseProject(project) bool
        DeleteProject(projectName) bool
    """,
    "Project": """
        GetMediaPool()
        GetCurrentTimeline()
        SetCurrentTimeline(timeline) bool
        GetTimelineCount()
        GetTimelineByIndex(idx)
        GetName()
        SetName(projectName) bool
        GetSettings() @21.1
        SetSettings(settings) bool @21.1
        GetUniqueId()
        GetSetting(settingName?)
        SetSetting(settingName, settingValue) bool
    """,
    "MediaStorage": """
        GetMountedVolumeList() list
        GetSubFolderList(folderPath) list
        GetFileList(folderPath) list
        RevealInStorage(path) bool
        AddItemListToMediaPool(itemInfos) list
    """,
    "MediaPool": """
        GetRootFolder()
        GetCurrentFolder()
        SetCurrentFolder(folder) bool
        AddSubFolder(folder, name)
        CreateEmptyTimeline(name)
        CreateTimelineFromClips(name, clipInfos)
        AppendToTimeline(clipInfos) list
        ImportTimelineFromFile(filePath, importOptions?)
        DeleteTimelines(timelines) bool
        ImportMedia(clipInfos) list
        GetSelectedClips() list @19.0.2
        SetSelectedClip(mediaPoolItem) bool
        GetUniqueId()
    """,
    "Folder": """
        GetName()
        GetClipList() list
        GetSubFolderList() list
        GetUniqueId()
    """,
    "MediaPoolItem": """
        GetName()
        SetName(name) bool @20.2
        GetTimeline() @21.0.4
        GetMediaId()
        GetUniqueId()
        GetClipProperty(propertyName?)
        SetClipProperty(propertyName, propertyValue) bool
        GetMetadata(metadataType?)
        SetMetadata(metadata) bool
        GetThirdPartyMetadata(metadataType?)
        SetThirdPartyMetadata(metadata) bool
        LinkProxyMedia(proxyMediaFilePath) bool
        UnlinkProxyMedia() bool
        AddMarker(frameId, color, name, note, duration, customData?) bool
        GetMarkers()
        GetMarkerByCustomData(customData)
        UpdateMarkerCustomData(frameId, customData) bool
        GetMarkerCustomData(frameId)
        DeleteMarkersByColor(color) bool
        DeleteMarkerAtFrame(frameNum) bool
        DeleteMarkerByCustomData(customData) bool
        AddFlag(color) bool
        GetFlagList() list
        ClearFlags(color) bool
        GetClipColor()
        SetClipColor(colorName) bool
        ClearClipColor() bool
        GetMarkInOut() @19.1
        SetMarkInOut(markIn, markOut, markType?) bool @19.1
        ClearMarkInOut(markType?) bool @19.1
        GetFlags()
    """,
    "Timeline": """
        GetName()
        SetName(timelineName) bool
        GetStartFrame()
        GetEndFrame()
        GetTrackCount(trackType)
        GetItemListInTrack(trackType, index) list
        GetSelectedClips() list @21.0.4
        GetCurrentTimecode()
        SetCurrentTimecode(timecode) bool
        GetCurrentVideoItem()
        GetTrackName(trackType, trackIndex)
        SetTrackName(trackType, trackIndex, name) bool
        GetIsTrackEnabled(trackType, trackIndex) bool
        GetIsTrackLocked(trackType, trackIndex) bool
        AddTrack(trackType, subTrackType?) bool
        DeleteClips(timelineItems, rippleDelete?) bool
        DuplicateTimeline(timelineName)
        Export(fileName, exportType, exportSubtype) bool
        GetSettings() @21.1
        SetSettings(settings) bool @21.1
        GetStartTimecode()
        SetStartTimecode(timecode) bool
        ImportIntoTimeline(filePath, importOptions?) bool
        GetUniqueId()
        GetMediaPoolItem() @19.1
        AutoAlignClips(timelineItems, autoAlignOptions?) bool @21.1
        AddMarker(frameId, color, name, note, duration, customData?) bool
        GetMarkers()
        GetMarkerByCustomData(customData)
        UpdateMarkerCustomData(frameId, customData) bool
        GetMarkerCustomData(frameId)
        DeleteMarkersByColor(color) bool
        DeleteMarkerAtFrame(frameNum) bool
        DeleteMarkerByCustomData(customData) bool
        GetMarkInOut() @19.1
        SetMarkInOut(markIn, markOut, markType?) bool @19.1
        ClearMarkInOut(markType?) bool @19.1
        GetSetting(settingName?)
        SetSetting(settingName, settingValue) bool
        GetItemsInTrack(trackType, index)
    """,
    "TimelineItem": """
        GetType() @21.1
        GetName()
        SetName(name) bool @20.2
        GetStart(subframePrecision?)
        GetEnd(subframePrecision?)
        GetDuration(subframePrecision?)
        GetLeftOffset(subframePrecision?)
        GetRightOffset(subframePrecision?)
        GetSourceStartFrame() @19.0.2
        GetSourceEndFrame() @19.0.2
        GetSourceStartTime() @19.0.2
        GetSourceEndTime() @19.0.2
        GetMediaPoolItem()
        GetTrackTypeAndIndex() @19.0
        GetLinkedItems() list @19.0
        GetClipEnabled() bool
        SetClipEnabled(enabled) bool
        GetProperties() @21.1
        SetProperties(properties) bool @21.1
        GetSpeed() @21.1
        SetSpeed(speedOptions) bool @21.1
        GetUniqueId()
        AddMarker(frameId, color, name, note, duration, customData?) bool
        GetMarkers()
        GetMarkerByCustomData(customData)
        UpdateMarkerCustomData(frameId, customData) bool
        GetMarkerCustomData(frameId)
        DeleteMarkersByColor(color) bool
        DeleteMarkerAtFrame(frameNum) bool
        DeleteMarkerByCustomData(customData) bool
        AddFlag(color) bool
        GetFlagList() list
        ClearFlags(color) bool
        GetClipColor()
        SetClipColor(colorName) bool
        ClearClipColor() bool
        GetProperty(propertyKey?)
        SetProperty(propertyKey, propertyValue) bool
        GetFlags()
    """,
}

_FUSION = {
    # What the menu hands out beside `resolve`; not part of the typed interface. Source: facts 2.3.
    "Fusion": """
        GetResolve()
        RunScript(path)
    """,
    "Bmd": """
        scriptapp(name)
        UIDispatcher(ui)
    """,
}


class Call(NamedTuple):
    """One call of the table; `since` is None where every version has it."""

    required: int
    optional: int
    answers: str  # "bool", "list" or "" for the rest
    since: tuple[int, ...] | None


def version_of(text: str) -> tuple[int, ...]:
    """`"21.0.4"` as numbers that can be compared."""
    return tuple(int(part) for part in text.split("."))


def _read(lines: str) -> dict[str, Call]:
    calls = {}
    for line in lines.split("\n"):
        if not line.strip():
            continue
        match = re.fullmatch(r"\s*(\w+)\((.*?)\)(?: (bool|list))?(?: @([\d.]+))?", line)
        assert match is not None, line
        names = [name for name in match[2].split(", ") if name]
        optional = sum(name.endswith("?") for name in names)
        since = version_of(match[4]) if match[4] else None
        calls[match[1]] = Call(len(names) - optional, optional, match[3] or "", since)
    return calls


API: dict[str, dict[str, Call]] = {kind: _read(lines) for kind, lines in _RESOLVE.items()}
BESIDE: dict[str, dict[str, Call]] = {kind: _read(lines) for kind, lines in _FUSION.items()}
