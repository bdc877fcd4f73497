"""`.otio` as Kdenlive takes it (read in KDE/kdenlive, `src/otio/otioimport.cpp` of 25.04 and later).

It makes guides of the markers of the timeline, at their frames whatever their rate, and markers of those of a clip: at
the first frame that the clip shows, in its own times, *plus* the marker's start. Those times begin with the start
timecode that FFmpeg finds in the file, counted at the rate of the timeline. A marker is its `comment` and a category;
there is one to a frame, and no length. Speed is not looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import opentimelineio as otio

from mtbsync_core.timecode import Rate
from otio_adapters.build import KEY as OURS
from otio_adapters.build import (
    colour_of,
    comment_of,
    frame_time,
    frames_at,
    rate_in,
    same_second,
    seconds_at,
    time_range,
)
from otio_adapters.colours import KDENLIVE_OF
from otio_adapters.fitting import issues_of
from otio_adapters.format import Format
from otio_adapters.formats.otio.grid import (
    RESOLVE,
    all_markers,
    as_url,
    markers_one_per_frame,
    markers_to_stack,
    on_grid,
    own,
    place_of,
)
from otio_adapters.formats.otio.reader import read
from otio_adapters.formats.otio.writer import count_unseen, setting, written
from otio_adapters.ramp import ramp_of, speed_of
from otio_adapters.safe_text import one_line
from otio_adapters.writing import PLAIN, WriteOptions, Written

_LABELLED = frozenset(
    Rate.of(fps).fps for fps in ("23.976", "24", "25", "29.97", "30", "47.95", "48", "50", "59.94", "60")
)
"""The rates at which OpenTimelineIO, and so Kdenlive, can count a timecode; at others it finds none in a file."""


def write(timeline: otio.schema.Timeline, how: WriteOptions = PLAIN) -> Written:
    """The timeline as Kdenlive takes it."""
    copy, grid, counts = on_grid(timeline, how)
    rate = grid.rate
    markers_to_stack(copy, rate, counts)
    for clip in copy.find_clips():
        counts["place"] += bool(place_of(clip))
        counts["speed"] += speed_of(clip) != 1 or ramp_of(clip) is not None
        _in_its_times(clip, rate)
        reference = clip.media_reference
        if isinstance(reference, otio.schema.ExternalReference):
            reference.target_url = as_url(reference.target_url)
    for owner in (copy.tracks, *copy.find_clips()):
        lengths = [frames_at(marker.marked_range.duration, rate) for marker in owner.markers]
        counts["length"] += sum(length > 1 for length in lengths)
        owner.markers[:] = markers_one_per_frame(owner.markers, rate, counts)
    for n, marker in enumerate(all_markers(copy), 1):
        marker.name = marker.name or f"Marker {n}"
        note = comment_of(marker)
        own(marker, RESOLVE)["Note"] = note
        colour = colour_of(marker)[0]
        own(marker, "kdenlive")["type"] = KDENLIVE_OF[colour]
        marker.comment = ": ".join(filter(None, (one_line(marker.name), one_line(note, join=" / "))))
    count_unseen(copy, counts)
    done = written(copy, grid, counts)
    return Written(done.texts, done.markers, (*done.issues, *issues_of(counts, _ISSUES)))


def recipe(timeline: otio.schema.Timeline, names: Sequence[str], how: WriteOptions = PLAIN) -> str:
    """How to open the file in Kdenlive, and what becomes of the markers."""
    return (
        f"In Kdenlive 25.04 or later: File > OpenTimelineIO Import, and take {names[0]}. It makes a new project, in "
        "which markers of the timeline are guides and those of clips are markers of the clips; name and note are one "
        f"text there. {setting(timeline, how)}"
    )


_ISSUES = {
    "length": "length of a marker: Kdenlive takes none from this file",
    "speed": "clip with changed speed: Kdenlive plays it at normal speed, out of step",
}


def _in_its_times(clip: otio.schema.Clip, rate: Rate) -> None:
    """Put a clip and its markers into the times that Kdenlive expects, in frames of the timeline."""
    reference, shown = clip.media_reference, clip.trimmed_range()
    available = (reference.available_range if reference is not None else None) or shown
    about = reference.metadata.get(OURS, {}) if reference is not None else {}
    media_rate = rate_in(about) or rate
    since_s = seconds_at(available.start_time)
    first = same_second(frames_at(available.start_time, media_rate), media_rate, rate) if rate.fps in _LABELLED else 0
    begin = first + rate.to_frames(seconds_at(shown.start_time) - since_s)

    def in_file(time: otio.opentime.RationalTime, since: Fraction = since_s) -> int:
        return first + rate.to_frames(seconds_at(time) - since)

    for marker in clip.markers:
        at, end = in_file(marker.marked_range.start_time), in_file(marker.marked_range.end_time_exclusive())
        # Kdenlive adds the first frame that is shown, with the timecode in it, and counts from the file's first frame.
        marker.marked_range = time_range(at - first - begin, end - at, rate)
    clip.source_range = time_range(begin, frames_at(shown.duration, rate), rate)
    if reference is not None and reference.available_range is not None:
        length = rate.to_frames(seconds_at(available.duration))
        reference.available_range = otio.opentime.TimeRange(frame_time(first, rate), frame_time(length, rate))


FORMAT = Format(
    name="kdenlive",
    title="Kdenlive: timeline (OTIO)",
    suffix=".otio",
    adapter="mtbsync_kdenlive_otio",
    write=write,
    recipe=recipe,
    read=read,
    has_clips=True,
    says_place=True,
    loses="Kdenlive takes no length, name and note as one text, and 9 categories for the colours; speed and sound",
)
