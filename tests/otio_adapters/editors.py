"""Small timelines as editors write them, for tests of what is read out of them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio

from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.timecode import Rate
from otio_adapters.build import frame_time
from otio_adapters.formats import format_of
from otio_adapters.of_video import Found, markers_of_video
from otio_adapters.reading import ReadOptions

NTSC = Rate(30000, 1001)
TWENTY_FIVE = Rate(25)


def ride(rate: Rate = NTSC, timecode: str | None = "01:00:00;00", *, name: str = "ride.mp4") -> MediaInfo:
    """A recording of two minutes."""
    length = round(120 * rate.fps)
    return MediaInfo(
        Path(name),
        rate.fps,
        1920,
        1080,
        float(length / rate.fps),
        length,
        "h264",
        start_timecode=timecode,
        drop=timecode is not None and ";" in timecode,
    )


def found_in(text: str, media: MediaInfo | None, **how: Any) -> Found:
    """What comes out of a file; the format is told by its content, the rate offered is that of the recording."""
    kind = format_of(text)
    assert kind is not None and kind.read is not None
    options: dict[str, Any] = {"rate": None if media is None else media.timecode_rate, **how}
    return markers_of_video(kind.read(text, ReadOptions(**options)), media)


def places(found: Found) -> dict[str, float]:
    """Names and seconds, to a tenth of a millisecond."""
    return {marker.name: round(marker.t_s, 4) for marker in found.markers}


def issues(found: Found) -> dict[str, int]:
    """Kinds and counts of what was assumed or left out."""
    return {issue.kind: issue.count for issue in found.issues}


def at(frame: float, rate: Rate = NTSC) -> float:
    """The second of a frame, as `places` has it."""
    return round(float(Fraction(frame) / rate.fps), 4)


def fcpxml(
    story: str, *, sequence: str = 'format="r1" tcFormat="NDF"', frame: str = "1001/30000s", more: str = ""
) -> str:
    """A project of Final Cut Pro; `ride` (r2) and `other` (r3) are recordings of its rate, r4 is music."""

    def asset(id: str, name: str, format: str) -> str:
        media = f'<media-rep kind="original-media" src="file:///u/{name}"/>'
        has = 'hasVideo="1"' if format else ""
        return f'<asset id="{id}" name="{name}" start="0s" duration="600s" {has} hasAudio="1" {format}>{media}</asset>'

    of = 'format="r1"'
    return (
        f'<fcpxml version="1.11"><resources><format id="r1" frameDuration="{frame}"/>'
        '<format id="r5" frameDuration="100/2500s"/>'
        f"{asset('r2', 'ride.mp4', of)}{asset('r3', 'other.mp4', of)}{asset('r4', 'music.wav', '')}"
        f"{asset('r6', 'ride.mp4', 'format=' + chr(34) + 'r5' + chr(34))}{more}</resources>"
        f'<library><event><project name="p"><sequence {sequence} tcStart="0s"><spine>{story}</spine></sequence>'
        "</project></event></library></fcpxml>"
    )


def mark(start: str, name: str) -> str:
    """A marker of Final Cut Pro."""
    return f'<marker start="{start}" duration="1001/30000s" value="{name}"/>'


RATE = "<rate><timebase>30</timebase><ntsc>TRUE</ntsc></rate>"


def xmeml(video: str, markers: str = "", *, audio: str = "", name: str = "S", id: str = "s1") -> str:
    """A sequence of Premiere at 29.97 fps."""
    return (
        f"<sequence id='{id}'><name>{name}</name>{RATE}<timecode>{RATE}<frame>107892</frame>"
        f"<displayformat>DF</displayformat></timecode><media><video>{video}</video><audio>{audio}</audio></media>{markers}"
        "</sequence>"
    )


def document(*parts: str) -> str:
    """A file of Premiere."""
    return f"<xmeml version='4'>{''.join(parts)}</xmeml>"


def item(what: str, start: int = 0, end: int = 900, first: int = 0, more: str = "") -> str:
    """A clip of a sequence, on a track of its own."""
    return (
        f"<track><clipitem>{RATE}<name>c</name><duration>3597</duration><start>{start}</start><end>{end}</end>"
        f"<in>{first}</in><out>{first + end - start}</out>{what}{more}</clipitem></track>"
    )


def file(name: str = "ride.mp4", *, id: str = "f1", path: bool = True, more: str = "") -> str:
    """A recording of two minutes whose first frame has the timecode 01:00:00;00."""
    url = f"<pathurl>file://localhost/D%3a/{name}</pathurl>" if path else ""
    return (
        f"<file id='{id}'><name>{name}</name>{url}{RATE}<duration>3597</duration><timecode>{RATE}<frame>107892</frame>"
        f"<displayformat>DF</displayformat></timecode>{more or '<media><video/></media>'}</file>"
    )


def flag(frame: int, name: str, more: str = "") -> str:
    """A marker of Premiere."""
    return f"<marker><name>{name}</name><in>{frame}</in><out>-1</out>{more}</marker>"


def graph(*keys: tuple[int, int], handle: str = "") -> str:
    """A speed that changes, as Premiere has it."""
    frames = "".join(f"<keyframe><when>{when}</when><value>{value}</value>{handle}</keyframe>" for when, value in keys)
    return (
        "<filter><effect><effectid>timeremap</effectid><parameter><parameterid>variablespeed</parameterid><value>1"
        f"</value></parameter><parameter><parameterid>graphdict</parameterid>{frames}</parameter></effect></filter>"
    )


def span(first: float, length: float, rate: Rate = NTSC) -> otio.opentime.TimeRange:
    """Some frames."""
    return otio.opentime.TimeRange(frame_time(Fraction(first), rate), frame_time(Fraction(length), rate))


def clip(
    name: str = "ride.mp4",
    first: float = 107892,
    length: float = 900,
    *,
    available: otio.opentime.TimeRange | None = None,
    markers: dict[str, float] | None = None,
    effects: list[otio.schema.Effect] | None = None,
) -> otio.schema.Clip:
    """A clip of a recording whose range, where there is one, begins at 01:00:00;00."""
    media = otio.schema.ExternalReference(f"/x/{name}", available)
    return otio.schema.Clip(name, media, span(first, length), effects=effects or [], markers=flags(markers or {}))


WHOLE = span(107892, 3597)


def flags(of: dict[str, float]) -> list[otio.schema.Marker]:
    """Markers at frames."""
    return [otio.schema.Marker(name, span(frame, 0)) for name, frame in of.items()]


def timeline(*rows: otio.core.Item, markers: dict[str, float] | None = None, name: str = "t") -> otio.schema.Timeline:
    """A timeline with each of these on a track of its own; a track is one already."""
    made = otio.schema.Timeline(name, global_start_time=frame_time(107892, NTSC))
    for row in rows:
        track = row if isinstance(row, otio.schema.Track) else otio.schema.Track("V", [row])
        made.tracks.append(track)
    made.tracks.markers.extend(flags(markers or {}))
    return made


def written(of: otio.core.SerializableObject) -> str:
    """As a file."""
    return of.to_json_string()
