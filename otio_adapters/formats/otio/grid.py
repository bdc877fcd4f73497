"""What all flavours of `.otio` share: a copy of the timeline on the grid asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import PurePath
from typing import Any

import opentimelineio as otio

from mtbsync_core.timecode import Rate
from otio_adapters import colours
from otio_adapters.build import (
    KEY,
    colour_of,
    comment_of,
    exact_rate,
    frame_time,
    frames_at,
    own_of,
    rate_metadata,
    seconds_at,
    time_at,
    time_range,
)
from otio_adapters.content import items_of
from otio_adapters.file_urls import path_of, target_url
from otio_adapters.fitting import one_per_frame, review_note
from otio_adapters.safe_text import ascii_only, storable
from otio_adapters.writing import Grid, WriteOptions, grid_of

RESOLVE, PREMIERE = "Resolve_OTIO", "PremierePro_OTIO"
"""Where the two editors keep their own in metadata."""


def on_grid(timeline: otio.schema.Timeline, how: WriteOptions) -> tuple[otio.schema.Timeline, Grid, Counter[str]]:
    """A copy on the grid asked for: each cut and marker rounded once. What all flavours share is done."""
    grid = grid_of(timeline, how)
    rate = grid.rate
    counts: Counter[str] = Counter()
    copy = timeline.deepcopy()
    copy.name = storable(how.label or copy.name or "")
    copy.global_start_time = frame_time(grid.start, rate)
    about = own(copy, KEY)
    about.update(rate_metadata(rate))
    if how.size is not None:
        about.update(width=how.size[0], height=how.size[1])
    for track in copy.tracks:
        if isinstance(track, otio.schema.Track):
            _cuts_on_grid(track, rate, counts)
    for owner in (copy.tracks, *copy.tracks):
        for marker in owner.markers:
            _marker_on_grid(marker, rate)
    for marker in all_markers(copy):
        about, note = own_of(marker), comment_of(marker)
        asked = marker.name or "", review_note(note, about)
        if how.ascii:
            plain = ascii_only(asked[0]), ascii_only(asked[1])
            counts["ascii"] += plain != asked
            marker.name, _ = asked = plain
        if asked[1] != note:
            set_note(marker, asked[1])
        counts["colour_changed"] += _named_colour(marker, about)
    return copy, grid, counts


def _cuts_on_grid(track: otio.schema.Track, rate: Rate, counts: Counter[str]) -> None:
    at_s = Fraction(0)
    short = []
    for n, item in enumerate(track):
        if not isinstance(item, otio.core.Item):
            continue  # a transition takes no time of its own
        shown = item.trimmed_range()
        first = rate.to_frames(at_s)
        at_s += seconds_at(shown.duration)
        length = rate.to_frames(at_s) - first
        counts["rounded"] += abs(rate.to_seconds(first + length) - at_s) * rate.fps > Fraction(1, 1000)
        if not length:
            short.append(n)
        item.source_range = otio.opentime.TimeRange(shown.start_time, frame_time(length, rate))
        for effect in [e for e in item.effects if type(e) is otio.schema.LinearTimeWarp and e.time_scalar == 1]:
            item.effects.remove(effect)
    for n in reversed(short):
        counts["too_short"] += 1
        del track[n]


def _marker_on_grid(marker: otio.schema.Marker, rate: Rate, origin_s: Fraction = Fraction(0)) -> None:
    """Put both ends on frames that count from `origin_s`."""
    start_s = seconds_at(marker.marked_range.start_time) - origin_s
    first = rate.to_frames(start_s)
    length = rate.to_frames(start_s + seconds_at(marker.marked_range.duration)) - first
    origin = origin_s * rate.fps
    marker.marked_range = otio.opentime.TimeRange(frame_time(origin + first, rate), frame_time(length, rate))


def times_at_rate(clip: otio.schema.Clip, rate: Rate, used: Fraction) -> None:
    """Media times counted in frames of the timeline, and `used` times as much of the file as it is long.

    Its markers come to lie on frames of the timeline (where the clip is not retimed).
    """
    shown = clip.trimmed_range()
    start_s = seconds_at(shown.start_time)
    length = frames_at(shown.duration, rate) * used
    clip.source_range = otio.opentime.TimeRange(time_at(start_s, rate), frame_time(length, rate))
    for marker in clip.markers:
        _marker_on_grid(marker, rate, start_s)


def add_sound(timeline: otio.schema.Timeline) -> None:
    """Below each track of pictures one with the sound of its clips, at the same places and speeds, linked as Resolve
    does it; nothing where the timeline has tracks of sound, or no clip is known to have any.
    """
    tracks = [track for track in timeline.tracks if isinstance(track, otio.schema.Track)]
    if any(track.kind == otio.schema.TrackKind.Audio for track in tracks):
        return
    link = 0
    for track in tracks:
        sounds = otio.schema.Track(kind=otio.schema.TrackKind.Audio, name=track.name)
        most = 0
        for item in track:
            channels = _channels(item)
            if isinstance(item, otio.schema.Transition):
                continue
            if not channels:
                length = item.trimmed_range().duration
                begin = otio.opentime.RationalTime(0, length.rate)
                sounds.append(otio.schema.Gap(source_range=otio.opentime.TimeRange(begin, length)))
                continue
            heard = item.deepcopy()
            heard.markers.clear()
            heard.effects[:] = [effect for effect in heard.effects if isinstance(effect, otio.schema.TimeEffect)]
            link, most = link + 1, max(most, channels)
            for one in (item, heard):
                own(one, RESOLVE)["Link Group ID"] = link
            own(heard, RESOLVE)["Channels"] = [{"Source Channel ID": n, "Source Track ID": 0} for n in range(channels)]
            sounds.append(heard)
        if most:
            kind = {1: "Mono", 2: "Stereo"}.get(most, f"Adaptive {most}")
            own(sounds, RESOLVE).update({"Audio Type": kind, "Locked": False, "SoloOn": False})
            timeline.tracks.append(sounds)


def _channels(item: otio.core.Composable) -> int:
    """Of the sound of a clip, as far as it is known."""
    reference = item.media_reference if isinstance(item, otio.schema.Clip) else None
    return int(reference.metadata.get(KEY, {}).get("audio_channels", 0)) if reference is not None else 0


def markers_on_media(clip: otio.schema.Clip) -> None:
    """Put the markers of a clip on the frames that they are told in: those of its file."""
    for marker in clip.markers:
        _marker_on_grid(marker, exact_rate(marker.marked_range.start_time.rate))


def markers_one_per_frame(
    markers: Sequence[otio.schema.Marker], rate: Rate, counts: Counter[str]
) -> list[otio.schema.Marker]:
    """Markers in time order, each on a frame of its own and at least one frame long."""
    found = sorted(markers, key=lambda marker: marker.marked_range.start_time.value)
    frames = [frames_at(marker.marked_range.start_time, rate) for marker in found]
    for marker, frame, place in zip(found, frames, one_per_frame(frames), strict=True):
        start, length = marker.marked_range.start_time, max(1, frames_at(marker.marked_range.duration, rate))
        there = otio.opentime.RationalTime(start.value + place - frame, start.rate)
        marker.marked_range = otio.opentime.TimeRange(there, frame_time(length, rate))
        counts["nudged"] += place != frame
    return sorted(found, key=lambda marker: marker.marked_range.start_time.value)


def markers_to_stack(timeline: otio.schema.Timeline, rate: Rate, counts: Counter[str]) -> None:
    """Markers of tracks and gaps go to the timeline; what lies before its start goes."""
    stack = timeline.tracks
    for track in stack:
        moved = [(marker, Fraction(0)) for marker in track.markers]
        track.markers.clear()
        for item, at_s in items_of(track):
            if not isinstance(item, otio.schema.Clip):
                by_s = at_s - seconds_at(item.trimmed_range().start_time)
                moved += [(marker, by_s) for marker in item.markers]
                item.markers.clear()
        for marker, by_s in moved:
            start_s = seconds_at(marker.marked_range.start_time) + by_s
            marker.marked_range = time_range(
                rate.to_frames(start_s), frames_at(marker.marked_range.duration, rate), rate
            )
            stack.markers.append(marker)
            counts["moved"] += 1
    early = [marker for marker in stack.markers if marker.marked_range.start_time.value < 0]
    for marker in early:
        stack.markers.remove(marker)
        counts["before_start"] += 1


def _named_colour(marker: otio.schema.Marker, about: Mapping[str, Any]) -> bool:
    """Give the marker a colour that OpenTimelineIO names; whether it was another."""
    colour, _ = colour_of(marker, about)
    if marker.color not in colours.RESOLVE_OF:
        marker.color = colours.OTIO_OF[colour]
        return True
    return colours.RESOLVE_OF[marker.color] != colour


def all_markers(timeline: otio.schema.Timeline) -> Iterator[otio.schema.Marker]:
    """All markers: of the timeline, of its tracks, and of what lies on them."""
    yield from timeline.tracks.markers
    for item in timeline.tracks.find_children():
        yield from getattr(item, "markers", ())


def set_note(marker: otio.schema.Marker, note: str) -> None:
    """Put a note where everybody finds it."""
    marker.comment = note
    if RESOLVE in marker.metadata:
        own(marker, RESOLVE)["Note"] = note


def place_of(clip: otio.schema.Clip) -> str:
    """Where on the screen a clip belongs: `left`, `right`, or nothing said."""
    about = clip.metadata.get(KEY)
    return str(about.get("place", "")) if hasattr(about, "get") else ""


def own(of: Any, key: str) -> Any:
    """The part of an object's metadata that is under `key`, made where there is none."""
    if not hasattr(of.metadata.get(key), "items"):
        of.metadata[key] = {}
    return of.metadata[key]


def as_url(url: str) -> str:
    """Absolute plain paths as `file:` URLs; all else as it is."""
    if "://" in url or url.lower().startswith("file:"):
        return url
    path: PurePath = path_of(url)
    return target_url(path) if path.is_absolute() else url
