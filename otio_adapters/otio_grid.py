"""What all flavours of `.otio` share: a copy of the timeline on the grid asked for, markers as editors hold them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
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
    frame_time,
    frames_at,
    path_of,
    rate_metadata,
    seconds_at,
    target_url,
    time_range,
)
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
        for marker in track.markers:
            _marker_on_grid(marker, rate)
    for marker in copy.tracks.markers:
        _marker_on_grid(marker, rate)
    for marker in all_markers(copy):
        if how.ascii:
            plain = ascii_only(marker.name or ""), ascii_only(comment_of(marker))
            counts["ascii"] += plain != (marker.name or "", comment_of(marker))
            marker.name, marker.comment = plain
            if RESOLVE in marker.metadata:
                own(marker, RESOLVE)["Note"] = plain[1]
        counts["colour_changed"] += _named_colour(marker)
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
    marker.marked_range = otio.opentime.TimeRange(_exact_time(origin + first, rate), frame_time(length, rate))


def times_at_rate(clip: otio.schema.Clip, rate: Rate, used: Fraction) -> None:
    """Media times counted in frames of the timeline, and `used` times as much of the file as it is long.

    Its markers come to lie on frames of the timeline (where the clip is not retimed).
    """
    shown = clip.trimmed_range()
    start_s = seconds_at(shown.start_time)
    length = Fraction(frames_at(shown.duration, rate)) * used
    start = start_s * rate.fps
    clip.source_range = otio.opentime.TimeRange(_exact_time(start, rate), _exact_time(length, rate))
    for marker in clip.markers:
        _marker_on_grid(marker, rate, start_s)


def _exact_time(frames: Fraction, rate: Rate) -> otio.opentime.RationalTime:
    return otio.opentime.RationalTime(float(frames), float(rate.fps))


def _named_colour(marker: otio.schema.Marker) -> bool:
    """Give the marker a colour that OpenTimelineIO names; whether it was another."""
    colour, _ = colour_of(marker)
    if marker.color not in colours.RESOLVE_OF:
        marker.color = colours.OTIO_OF[colour]
        return True
    return colours.RESOLVE_OF[marker.color] != colour


def one_per_frame(markers: Sequence[otio.schema.Marker], rate: Rate, counts: Counter[str]) -> list[otio.schema.Marker]:
    """Markers in time order, each on a frame of its own and at least one frame long."""
    taken: dict[int, otio.schema.Marker] = {}
    free = 0
    firsts = Counter(frames_at(marker.marked_range.start_time, rate) for marker in markers)
    for marker in sorted(markers, key=lambda marker: marker.marked_range.start_time.value):
        marked = marker.marked_range
        frame = frames_at(marked.start_time, rate)
        if frame in taken:
            free = max(free, frame + 1)
            while free in taken or free in firsts:
                free += 1
            marked = otio.opentime.TimeRange(
                otio.opentime.RationalTime(marked.start_time.value + free - frame, marked.start_time.rate),
                marked.duration,
            )
            frame = free
            counts["nudged"] += 1
        taken[frame] = marker
        length = max(1, frames_at(marked.duration, rate))
        marker.marked_range = otio.opentime.TimeRange(marked.start_time, frame_time(length, rate))
    return [taken[frame] for frame in sorted(taken)]


def markers_to_stack(timeline: otio.schema.Timeline, rate: Rate, counts: Counter[str]) -> None:
    """Markers of tracks and gaps go to the timeline; what lies before its start goes."""
    stack = timeline.tracks
    for track in stack:
        moved = [(marker, Fraction(0)) for marker in track.markers]
        track.markers.clear()
        at_s = Fraction(0)
        for item in track:
            if not isinstance(item, otio.core.Item):
                continue
            shown = item.trimmed_range()
            if not isinstance(item, otio.schema.Clip):
                moved += [(marker, at_s - seconds_at(shown.start_time)) for marker in item.markers]
                item.markers.clear()
            at_s += seconds_at(shown.duration)
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


def all_markers(timeline: otio.schema.Timeline) -> Iterator[otio.schema.Marker]:
    """All markers: of the timeline, of its tracks, and of what lies on them."""
    yield from timeline.tracks.markers
    for item in timeline.tracks.find_children():
        yield from getattr(item, "markers", ())


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
