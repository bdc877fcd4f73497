"""Parts of several recordings one behind the other, at their own speed, as a timeline."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import opentimelineio as otio

from mtbsync_core.errors import UsageError
from mtbsync_core.markers import Marker
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.timecode import Rate, cutting_rate, frames_of
from otio_adapters.build import KEY, clip_of, frame_time, marker_on, rate_metadata, stretches, time_range
from otio_adapters.safe_text import storable


class Part(NamedTuple):
    """A part of a recording, from one second of its clock to another."""

    media: MediaInfo
    from_s: float
    to_s: float


def joined_timeline(
    name: str, parts: Sequence[Part], markers: Iterable[Marker] = (), *, rate: Rate | None = None
) -> otio.schema.Timeline:
    """The parts on one track, the first at zero; a part that crosses chapters is a clip for each of them.

    Every cut lies on a whole frame of the timeline: where its exact second is, rounded once, so that no error adds up.

    Args:
        markers: seconds of the timeline.
        rate: of the timeline; without it that of the first recording, or half of that above 100 fps.

    Raises:
        UsageError: there is no part.
    """
    if not parts:
        raise UsageError("there is nothing to join")
    first = parts[0].media
    rate = rate or cutting_rate(first.timecode_rate)
    track = otio.schema.Track(name="V1", kind=otio.schema.TrackKind.Video)
    at_s, at = 0.0, 0
    for part in parts:
        for file, from_s, to_s in _by_file(part):
            at_s += to_s - from_s
            end = rate.to_frames(at_s)
            if end > at:
                track.append(_clip(part.media, file, from_s, end - at, rate))
                at = end
    timeline = otio.schema.Timeline(
        name=storable(name), metadata={KEY: rate_metadata(rate, (first.width, first.height))}
    )
    timeline.tracks.append(track)
    timeline.tracks.markers.extend(marker_on(rate, marker) for marker in markers)
    return timeline


def _by_file(part: Part) -> Iterable[tuple[int, float, float]]:
    """The numbers of the files that show a part, each with from when to when, seconds of the recording."""
    starts = [file.start_s for file in part.media.files]
    ends = [*starts[1:], max(part.to_s, part.media.duration_s)]
    for n, (start, end) in enumerate(zip(starts, ends, strict=True)):
        from_s, to_s = max(part.from_s, start), min(part.to_s, end)
        if to_s > from_s:
            yield n, from_s, to_s


def _clip(media: MediaInfo, file: int, from_s: float, frames: int, rate: Rate) -> otio.schema.Clip:
    own = media.timecode_rate
    start = frames_of(media.start_timecode, own) if media.start_timecode else 0
    first, end = stretches(media)[file]
    shown = otio.opentime.TimeRange(frame_time(start + own.to_frames(from_s), own), frame_time(frames, rate))
    return clip_of(media, media.files[file].path, time_range(start + first, end - first, own), shown)
