"""Timeline files as the double takes them: an .otio, read with OpenTimelineIO, becomes a timeline of the project.

Clips are linked by the paths of their files, and where they begin is counted from the Start TC of the clip in the
pool. Options and what is searched: README of 21.0.4, ImportTimelineFromFile; that names must be free: facts 1.7. Media
that are not found are offline: an item without a pool item. Resolve's own Transform is read as its exports have it.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio

from . import placing
from .proxy import Unmodelled
from .world import Item, Marker, Media, TimelineData, Track, World

_OPTIONS = {"timelineName", "importSourceClips", "sourceClipsPath", "sourceClipsFolders", "interlaceProcessing"}
_OF_OTIO = {"PINK": "Pink", "RED": "Red", "YELLOW": "Yellow", "GREEN": "Green", "CYAN": "Cyan", "BLUE": "Blue"}


def imported(world: World, path: str, options: dict[str, Any]) -> TimelineData | None:
    """The new timeline, which is the current one; None where Resolve would make none."""
    if not set(options) <= _OPTIONS:
        raise Unmodelled(f"import options {sorted(set(options) - _OPTIONS)}")
    if Path(path).suffix != ".otio" or not Path(path).is_absolute():
        raise Unmodelled(f"importing {path!r}")
    project = world.open_project()
    try:
        timeline = otio.adapters.read_from_file(path, "otio_json")
    except (otio.exceptions.OTIOError, OSError, ValueError):
        return None
    name = options.get("timelineName") or timeline.name
    if any(one.name == name for one in project.timelines) or not isinstance(timeline, otio.schema.Timeline):
        return None
    start = timeline.global_start_time
    rate = world.quirks.import_at_rate or str(_exact(start.rate))
    data = TimelineData(world.new_id("timeline"), name, rate, project.drop, round(start.value))
    pool = _searched(world, options)
    for number, track in enumerate(timeline.tracks, start=1):
        kind = "video" if track.kind == otio.schema.TrackKind.Video else "audio"
        items = Track(track.name or f"{kind} {number}")
        at = data.start
        for child in track:
            length = round(child.trimmed_range().duration.rescaled_to(start.rate).value)
            if isinstance(child, otio.schema.Clip):
                items.items.append(_item(world, data, child, kind, at, length, pool))
            at += length
        data.tracks(kind).append(items)
    if world.quirks.import_keeps_markers:
        data.markers += [_marker(one) for one in timeline.tracks.markers]
    project.timelines.append(data)
    project.media.append(placing.pool_item_of(world, data))
    project.current = data.id
    return data


def _searched(world: World, options: dict[str, Any]) -> dict[str, Media]:
    """The pool's clips by path: those of the current bin and the bins named; with importSourceClips new ones too."""
    if options.get("importSourceClips", True):
        raise Unmodelled("importing source clips")
    bins = {world.open_project().folder, *(folder.data.id for folder in options.get("sourceClipsFolders", ()))}
    return {one.path: one for one in world.open_project().media if one.path and one.folder in bins}


def _item(
    world: World, timeline: TimelineData, clip: Any, kind: str, at: int, length: int, pool: dict[str, Media]
) -> Item:
    media = pool.get(clip.media_reference.target_url)
    if media is None or not media.online:
        return Item(world.new_id("item"), clip.name, kind, at, length)
    speed = 1.0
    zoom, pan = 1.0, 0.0
    for effect in clip.effects:
        if isinstance(effect, otio.schema.LinearTimeWarp):
            speed *= effect.time_scalar
        elif world.quirks.import_keeps_transform:
            values = {
                one["Parameter ID"]: one["Parameter Value"] for one in effect.metadata["Resolve_OTIO"]["Parameters"]
            }
            zoom, pan = values["transformationZoomX"], values["transformationPan"] * 1920
    begin = clip.trimmed_range().start_time
    seconds = Fraction(begin.value) / _exact(begin.rate)
    first = float(seconds * media.fps) - media.start
    if speed != 1:
        first += world.quirks.import_off_frames
    return Item(
        world.new_id("item"),
        clip.name,
        kind,
        at,
        length,
        source_start=first,
        media=media.id,
        speed=100 * speed,
        markers=placing.copied_markers(world, timeline, media, kind),
        zoom=zoom,
        pan=pan,
    )


def _exact(rate: float) -> Fraction:
    """29.97 and its like stand for 30000/1001."""
    whole = round(rate)
    return Fraction(whole) if abs(rate - whole) < 0.001 else Fraction(whole * 1000, 1001)


def _marker(marker: Any) -> Marker:
    note = str(marker.metadata.get("Resolve_OTIO", {}).get("Note", ""))
    place = marker.marked_range
    return Marker(
        round(place.start_time.value), _OF_OTIO[marker.color], marker.name, note, max(1, round(place.duration.value))
    )
