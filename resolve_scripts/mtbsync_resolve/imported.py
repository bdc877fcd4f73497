"""Imports a timeline file into the open project, and looks whether Resolve made of it what the file says.

The clips are those of the media pool: nothing is brought in again. All or nothing: a timeline that is not right is
deleted, and the one that was open is open again. What Resolve says of the parts of files that retimed clips show was
never measured, so a difference there is told and not refused; where Resolve passed over the places of the pictures,
they are set here.
"""

from __future__ import annotations

import os
from typing import Any, Iterator, NamedTuple, Sequence

from .calls import call, call_dict, call_int, call_list, call_object, call_text, has_method, unique_id
from .errors import PartlyDoneError, ScriptError
from .markers import read_markers
from .session import Session, TrackItem, video_items
from .texts import text
from .timeline_clock import TimelineClock, exact_rate, read_clock, setting

PAN = 0.25
"""From the middle of the screen to that of a half, in widths of the screen."""
_NEAR = 0.01
_OFF_FRAMES = 2
"""Readings of where a clip begins or ends in its file differ by a frame at most, and both are whole."""


class Shown(NamedTuple):
    """A clip of the file: `length` frames from frame `at` of the timeline on, and the part of its file in seconds."""

    track: int
    """From 1."""
    at: int
    length: int
    path: str
    from_s: float
    to_s: float


def screen_size(project: Any) -> tuple[int, int]:
    """Width and height of the project's timelines, pixels; raises ScriptError where Resolve does not tell them."""
    found = [str(setting(project, f"timelineResolution{side}") or "") for side in ("Width", "Height")]
    if not all(size.isdigit() and int(size) for size in found):
        raise ScriptError(text("no_screen_size"))
    return int(found[0]), int(found[1])


def free_name(project: Any, wanted: str) -> str:
    """The name, with a number behind it where a timeline of the project has it."""
    taken = {name.casefold() for _, name in _timelines(project)}
    names = (wanted if n == 1 else f"{wanted} {n}" for n in range(1, len(taken) + 2))
    return next(name for name in names if name.casefold() not in taken)


def import_timeline(
    session: Session,
    path: str,
    name: str,
    shown: Sequence[Shown],
    zoom: Sequence[float],
    markers: int,
    clock: TimelineClock,
) -> tuple[Any, list[str]]:
    """Imports the file as the timeline `name` and opens it; gives it, and what the person should look at.

    Args:
        shown: the clips of its two video tracks, whose files are in the media pool.
        zoom: of each of these tracks, for the picture to fit into its half of the screen.
        markers: how many the file has.
        clock: that of the open timeline, whose rate the file has.

    Raises:
        ScriptError: Resolve does not take the file, or makes something else of it; all is as before.
        PartlyDoneError: the timeline could not be deleted again.
    """
    before = {id_ for id_, _ in _timelines(session.project)}
    playhead = call_text(session.timeline, "GetCurrentTimecode")
    pool = call(session.project, "GetMediaPool")
    options = {
        "timelineName": name,
        "importSourceClips": False,
        "sourceClipsFolders": _folders_with(pool, {os.path.normcase(one.path) for one in shown}),
    }
    try:
        timeline = call_object(pool, "ImportTimelineFromFile", path, options)
        if timeline is None:
            raise ScriptError(text("not_imported"), text("not_imported_hint", path=path))
        call(session.project, "SetCurrentTimeline", timeline)
        items = _checked(session, timeline, shown, clock)
        remarks = _other_parts(items, shown, clock)
        remarks += _placed(items, zoom, screen_size(session.project)[0])
        taken = len(read_markers(timeline))
        if taken < markers:
            remarks.append(text("few_markers", n=taken, of=markers))
    except ScriptError as error:
        _take_back(session, pool, before, playhead, error)
        raise
    return timeline, remarks


def _timelines(project: Any) -> Iterator[tuple[str, str]]:
    """Id and name of every timeline of the project."""
    for index in range(1, call_int(project, "GetTimelineCount") + 1):
        timeline = call_object(project, "GetTimelineByIndex", index)
        if timeline is not None:
            yield unique_id(timeline), call_text(timeline, "GetName")


def _folders_with(pool: Any, paths: set[str]) -> list[Any]:
    """The bins in which clips of these files are; others are not looked through once all files are found."""
    found, left, bins = [], set(paths), [call(pool, "GetRootFolder")]
    while bins and left:
        folder = bins.pop()
        here = {_path_of(clip) for clip in call_list(folder, "GetClipList")} & left
        if here:
            found.append(folder)
            left -= here
        bins += call_list(folder, "GetSubFolderList")
    return found


def _path_of(clip: Any) -> str:
    """The file of a clip of the media pool; '' of what has none, or tells nothing of itself."""
    properties = call(clip, "GetClipProperty")
    return os.path.normcase(str(properties.get("File Path") or "")) if isinstance(properties, dict) else ""


def _checked(session: Session, timeline: Any, shown: Sequence[Shown], clock: TimelineClock) -> list[TrackItem]:
    """The items of the timeline in the order of `shown`; raises ScriptError where they are not what the file says."""
    of_new = read_clock(session.project, timeline)
    if of_new.rate != clock.rate:
        made, wanted_rate = f"{float(of_new.rate):g}", f"{float(clock.rate):g}"
        raise ScriptError(text("other_rate", made=made, wanted=wanted_rate))
    items = [one for one in video_items(timeline) if one.media_id]
    found = [(one.track, one.start - of_new.start, one.end - one.start) for one in items]
    wanted = [(one.track, one.at, one.length) for one in shown]
    if sorted(found) != sorted(wanted):
        other = len(set(wanted) - set(found))
        raise ScriptError(text("laid_otherwise", n=other, of=len(wanted)), text("laid_otherwise_hint"))
    by_place = dict(zip(found, items))
    ordered = [by_place[place] for place in wanted]
    strange = [one for one, item in zip(shown, ordered) if _path_of(_pool(item)) != os.path.normcase(one.path)]
    if strange:
        raise ScriptError(text("other_files", n=len(strange), of=len(shown), path=strange[0].path))
    return ordered


def _pool(item: TrackItem) -> Any:
    return call(item.item, "GetMediaPoolItem")


def _other_parts(items: list[TrackItem], shown: Sequence[Shown], clock: TimelineClock) -> list[str]:
    """What the person should look at where Resolve says that clips show other parts of their files."""
    furthest = []
    for one, item in zip(shown, items):
        if not has_method(item.item, "GetSourceStartFrame") or not has_method(item.item, "GetSourceEndFrame"):
            continue
        rate = exact_rate(call_dict(_pool(item), "GetClipProperty").get("FPS"))
        ends = ("GetSourceStartFrame", one.from_s), ("GetSourceEndFrame", one.to_s)
        off_s = max(abs(float(call_int(item.item, method) / rate) - due_s) for method, due_s in ends)
        if off_s > _OFF_FRAMES * float(max(1 / rate, clock.seconds(1))):
            furthest.append(off_s)
    if not furthest:
        return []
    return [text("other_parts", n=len(furthest), of=len(shown), off=f"{max(furthest):.2f}")]


def _placed(items: list[TrackItem], zoom: Sequence[float], width: int) -> list[str]:
    """Puts each picture into its half where the file did not; what the person should look at."""
    for item in items:
        wanted, side = zoom[item.track - 1], _side(item)
        if _stands(item.item, wanted, side):
            continue
        for name, value in (("ZoomX", wanted), ("ZoomY", wanted), ("Pan", side * PAN * width)):
            call(item.item, "SetProperty", name, value)
    off = [item for item in items if not _stands(item.item, zoom[item.track - 1], _side(item))]
    if not off:
        return []
    return [
        text(
            "not_in_half",
            n=len(off),
            of=len(items),
            zoom=f"{zoom[0]:.2f}",
            x=f"{-PAN * width:g}",
            zoom_new=f"{zoom[1]:.2f}",
            x_new=f"{PAN * width:g}",
        )
    ]


def _side(item: TrackItem) -> int:
    """Left of the middle, the reference on V1, or right of it."""
    return -1 if item.track == 1 else 1


def _stands(item: Any, zoom: float, side: int) -> bool:
    found, pan = call(item, "GetProperty", "ZoomX"), call(item, "GetProperty", "Pan")
    if not isinstance(found, (int, float)) or not isinstance(pan, (int, float)):
        return False
    return abs(found - zoom) < _NEAR and pan * side > 0


def _take_back(session: Session, pool: Any, before: set[str], playhead: str, error: ScriptError) -> None:
    """Deletes what the import made and opens what was open; raises PartlyDoneError where that cannot be."""
    names = [text("new_timeline")]
    try:
        call(session.project, "SetCurrentTimeline", session.timeline)
        if playhead:
            call(session.timeline, "SetCurrentTimecode", playhead)
        count = call_int(session.project, "GetTimelineCount")
        timelines = [call_object(session.project, "GetTimelineByIndex", n) for n in range(1, count + 1)]
        made = [one for one in timelines if one is not None and unique_id(one) not in before]
        names = [call_text(one, "GetName") for one in made] or names
        if made:
            call(pool, "DeleteTimelines", made)
        left = {id_ for id_, _ in _timelines(session.project)} - before
    except ScriptError:
        left = {""}
    if left:
        message = text("not_deleted_again", error=error.message, names=text("and").join(names))
        raise PartlyDoneError(message, text("not_deleted_again_hint")) from error
