"""A recording and its markers as an OpenTimelineIO timeline: a clip for each of its files, one behind the other.

OTIO rates are floats, and it knows no drop frame. The exact rate and the flag travel in `metadata["mtbsync"]` of the
timeline, and labels are made by our own kernel, which also knows the rates that OTIO cannot label (100, 119.88, 120).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import fields
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import opentimelineio as otio

from mtbsync_core.errors import FormatError
from mtbsync_core.markers import COLOURS, Marker
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.timecode import TWO_DIGITS, Rate, frames_of, label_of
from otio_adapters import colours
from otio_adapters.file_urls import target_url
from otio_adapters.safe_text import storable

KEY = "mtbsync"
"""Our name in the metadata of timelines and markers."""

_WHOLE = Fraction(1, 1000)
_BLANK = Marker("", 0.0)
CARRIED = tuple(f.name for f in fields(Marker) if f.name not in ("name", "t_s", "duration_s", "colour", "comment"))
"""The fields of a marker that OpenTimelineIO has no place for: in our metadata under their own names."""
LASTING = {key: type(getattr(_BLANK, key)) for key in CARRIED if key not in ("marker_id", "custom", "extra")}
"""Those of them, with their types, that stay true when a marker is taken over into another file."""

Owner = Literal["timeline", "clip", "both"]
"""Who has the markers: the timeline lies still while clips are moved, a clip takes them along."""


def build_timeline(
    media: MediaInfo,
    markers: Iterable[Marker],
    *,
    name: str | None = None,
    owner: Owner = "timeline",
    on_frames: bool = True,
) -> otio.schema.Timeline:
    """The recording as a timeline at its own rate, with `markers` (seconds of its clock) on the timeline or the clips.

    `global_start_time` is the start timecode of the recording, or None where it has none. Markers of the timeline lie
    on the stack (`tracks.markers`) and count from the start of the sequence, as Resolve 21 writes them; those of a
    clip are in its media time, which begins with the start timecode and runs on from file to file.

    Args:
        on_frames: markers lie on the frames of the recording. Without it, and above 100 fps, where editors count half
            of them, they lie between two frames where that is their time: the writer of a file rounds once.

    Raises:
        FormatError: the start timecode does not exist at the rate.
    """
    rate = media.timecode_rate
    start = frames_of(media.start_timecode, rate) if media.start_timecode else None
    timeline = otio.schema.Timeline(
        name=storable(media.path.stem if name is None else name),
        global_start_time=None if start is None else frame_time(start, rate),
        metadata={KEY: rate_metadata(rate, (media.width, media.height))},
    )
    track = otio.schema.Track(name="V1", kind=otio.schema.TrackKind.Video)
    for file, (first, end) in zip(media.files, stretches(media), strict=True):
        whole = time_range((start or 0) + first, end - first, rate)
        track.append(clip_of(media, file.path, whole, whole))
    timeline.tracks.append(track)
    firsts = [first for first, _ in stretches(media)]
    put = marker_on if on_frames and rate.nominal <= TWO_DIGITS else _marker_between
    for marker in markers:
        if owner != "clip":
            timeline.tracks.markers.append(put(rate, marker))
        if owner != "timeline":
            # What is nearest to the first frame of a file is on that file.
            shown = max(0, bisect_right(firsts, rate.to_frames(marker.t_s)) - 1)
            early = Fraction(marker.t_s) * rate.fps < firsts[shown]
            track[shown].markers.append((marker_on if early else put)(rate, marker, start or 0))
    return timeline


def stretches(media: MediaInfo, rate: Rate | None = None) -> list[tuple[int, int]]:
    """First frame and end of each file of a recording, in frames of its own rate or of another."""
    own = media.timecode_rate
    rate = rate or own
    starts = [0, *(rate.to_frames(file.start_s) for file in media.files[1:])]
    length_s = own.to_seconds(media.n_frames or own.to_frames(media.duration_s))
    return list(zip(starts, [*starts[1:], rate.to_frames(length_s)], strict=True))


def clip_of(
    media: MediaInfo, file: Path, whole: otio.opentime.TimeRange, shown: otio.opentime.TimeRange
) -> otio.schema.Clip:
    """A part of one file of a recording as a clip."""
    about = rate_metadata(media.timecode_rate, (media.width, media.height))
    if media.audio_channels is not None:
        about |= {"audio_channels": media.audio_channels, "audio_rate": media.audio_rate}
    reference = otio.schema.ExternalReference(target_url(file), whole, {KEY: about})
    return otio.schema.Clip(storable(file.name), reference, shown)


def marker_on(rate: Rate, marker: Marker, start: int = 0) -> otio.schema.Marker:
    """A marker of ours on a grid of frames; second 0 is frame `start`."""
    first = rate.to_frames(marker.t_s)
    # The end is rounded, not the length: a marker up to a cut ends on the frame of the cut.
    length = rate.to_frames(Fraction(marker.t_s) + Fraction(marker.duration_s)) - first
    return marker_at(time_range(start + first, length, rate), marker)


def _marker_between(rate: Rate, marker: Marker, start: int = 0) -> otio.schema.Marker:
    """A marker of ours at its time, in frames and parts of frames; second 0 is frame `start`."""
    first = _near_whole(Fraction(marker.t_s) * rate.fps)
    end = _near_whole((Fraction(marker.t_s) + Fraction(marker.duration_s)) * rate.fps)
    return marker_at(otio.opentime.TimeRange(frame_time(start + first, rate), frame_time(end - first, rate)), marker)


def _near_whole(frames: Fraction) -> Fraction:
    """Frames, whole where they are so but for what seconds with six decimals lose."""
    return Fraction(round(frames)) if abs(frames - round(frames)) < _WHOLE else frames


def marker_at(marked: otio.opentime.TimeRange, marker: Marker) -> otio.schema.Marker:
    """A marker of ours at a place that is known in frames, whatever its own times say."""
    own = {key: getattr(marker, key) for key in CARRIED}
    return timeline_marker(marker.name, marked, marker.colour, marker.comment, own)


def timeline_marker(
    name: str, marked: otio.opentime.TimeRange, colour: str, comment: str, own: Mapping[str, Any]
) -> otio.schema.Marker:
    """An OTIO marker with its note where everybody finds it: OTIO in `comment`, Resolve in its own metadata.

    Args:
        colour: one of Resolve's, or empty.
        own: further fields of ours; empty ones are left out.
    """
    fields = {"colour": colour, **own}
    return otio.schema.Marker(
        name=storable(name),
        marked_range=marked,
        color=colours.OTIO_OF.get(colour, colours.OTIO_OF[colours.DEFAULT]),
        comment=storable(comment),
        metadata={
            "Resolve_OTIO": {"Keywords": [], "Note": storable(comment)},
            KEY: {key: _storable(value) for key, value in fields.items() if value},
        },
    )


def taken_over(own: Mapping[str, Any]) -> dict[str, Any]:
    """The `LASTING` fields in our metadata of a marker, as far as they are of the right type."""
    return {key: own[key] for key, kind in LASTING.items() if isinstance(own.get(key), kind)}


def own_of(marker: otio.schema.Marker) -> dict[str, Any]:
    """Our own metadata of a marker, out of OpenTimelineIO's, which is slow to ask."""
    return dict(marker.metadata.get(KEY, {}))


def colour_of(marker: otio.schema.Marker, own: Mapping[str, Any] | None = None) -> tuple[str, bool]:
    """The Resolve colour of an OTIO marker, and whether it is the one meant or only the nearest.

    The colour in our metadata (`own`, where it is at hand) counts as long as nobody recoloured the marker since.
    """
    meant = (own_of(marker) if own is None else own).get("colour", "")
    if meant and colours.OTIO_OF.get(meant, colours.OTIO_OF[colours.DEFAULT]) == marker.color:
        return (str(meant), True) if meant in COLOURS else (colours.DEFAULT, False)
    known = marker.color in colours.RESOLVE_OF and marker.color not in colours.WITHOUT_TWIN
    return colours.RESOLVE_OF.get(marker.color, colours.DEFAULT), known


def comment_of(marker: otio.schema.Marker) -> str:
    """The note of an OTIO marker, from `comment` or from where Resolve keeps it.

    In a file for Kdenlive, which shows nothing but the comment, that is name and note in one.
    """
    if "kdenlive" in marker.metadata and marker.name:
        return str(marker.metadata.get("Resolve_OTIO", {}).get("Note", ""))
    return str(marker.comment or marker.metadata.get("Resolve_OTIO", {}).get("Note", ""))


def rate_metadata(rate: Rate, size: tuple[int, int] | None = None) -> dict[str, Any]:
    """The exact rate, and the width and height of pictures, in a form that survives JSON."""
    shape = {} if size is None else {"width": size[0], "height": size[1]}
    return {"rate": f"{rate.num}/{rate.den}", "drop": rate.drop, **shape}


def rate_in(own: Mapping[str, Any]) -> Rate | None:
    """The rate in our metadata, None where there is none."""
    return Rate.of(Fraction(own["rate"]), drop=bool(own.get("drop"))) if "rate" in own else None


def rate_of(timeline: otio.schema.Timeline) -> tuple[Rate, bool]:
    """The rate of a timeline, and whether its drop flag is known; OTIO itself cannot say, and it is taken as off.

    Raises:
        FormatError: nothing in the timeline has a rate.
    """
    if (own := rate_in(timeline.metadata.get(KEY, {}))) is not None:
        return own, True
    times = [timeline.global_start_time]
    times += [clip.trimmed_range().start_time for clip in timeline.find_clips()]
    times += [marker.marked_range.start_time for marker in timeline.tracks.markers]
    fps = next((time.rate for time in times if time is not None and time.rate > 1), None)
    if fps is None:
        raise FormatError("the timeline does not say its frame rate", "Give the rate, for example 29.97.")
    rate = Rate.of(fps)
    return rate, not rate.has_drop_frame


def frame_time(frames: int | Fraction, rate: Rate) -> otio.opentime.RationalTime:
    """A frame count, or a place between two frames, as OTIO time."""
    return otio.opentime.RationalTime(float(frames), float(rate.fps))


def time_at(seconds: Fraction, rate: Rate) -> otio.opentime.RationalTime:
    """Exact seconds as OTIO time, between two frames where they lie there."""
    return frame_time(seconds * rate.fps, rate)


def time_range(first: int, length: int, rate: Rate) -> otio.opentime.TimeRange:
    """`length` frames from frame `first` as an OTIO range."""
    return otio.opentime.TimeRange(frame_time(first, rate), frame_time(length, rate))


def frames_at(time: otio.opentime.RationalTime, rate: Rate) -> int:
    """OTIO time as a frame count, rounded once from the exact value."""
    return rate.to_frames(seconds_at(time))


def seconds_at(time: otio.opentime.RationalTime) -> Fraction:
    """OTIO time in exact seconds; 29.97 and its like stand for 30000/1001."""
    rate, value = exact_rate(time.rate), Fraction(time.value)
    return Fraction(value.numerator * rate.den, value.denominator * rate.num)


def same_second(start: int, own: Rate, rate: Rate) -> int:
    """The first frame of a timeline at another rate: the same hour, minute and second on its label.

    Real time would not do: 01:00:00:00 at 59.94 fps non-drop is 3.6 s later than at 25 fps.
    """
    if rate == own:
        return start
    *clock, last = re.split("[:;]", label_of(start, own))
    frame = int(last) * rate.nominal // own.nominal
    if int(clock[1]) % 10 and clock[2] == "00":
        frame = max(frame, rate.dropped_per_minute)
    return frames_of(f"{':'.join(clock)}:{frame:02d}", rate)


@lru_cache(maxsize=16)
def exact_rate(fps: float) -> Rate:
    """The exact non-drop rate of an OTIO time's float."""
    return Rate.of(fps)


def _storable(value: Any) -> Any:
    if isinstance(value, dict):
        return {storable(key): _storable(item) for key, item in value.items()}
    return storable(value) if isinstance(value, str) else value
