"""`.otio` for Kdenlive, read by the rules of its own importer."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest

from mtbsync_core.markers import COLOURS, Marker
from mtbsync_core.mediainfo import MediaFile, MediaInfo
from mtbsync_core.timecode import Rate
from otio_adapters.build import Owner, build_timeline
from otio_adapters.colours import KDENLIVE_OF
from otio_adapters.formats import FORMATS, export
from otio_adapters.of_video import markers_of_video
from otio_adapters.presets import preset_named
from otio_adapters.reading import ReadOptions
from otio_adapters.writing import WriteOptions

NTSC, PAL = Rate(30000, 1001, True), Rate(25)


def ride(rate: Rate = NTSC, start: str | None = "10:00:00;00") -> MediaInfo:
    n_frames = int(120 * rate.fps)
    return MediaInfo(Path("/r/a b.mp4"), rate.fps, 64, 36, 120.0, n_frames, "h264", 0, start, rate.drop)


@dataclass(frozen=True)
class Project:
    """What Kdenlive makes of a file: its rate, frames and texts of guides and of the markers of each file."""

    fps: float
    guides: list[tuple[int, str, int]]
    clips: list[tuple[str, int, int]]
    """File, first frame of it that is shown, and frames."""
    markers: dict[str, list[tuple[int, str, int]]]


def imported(text: str, timecodes: dict[str, str]) -> Project:
    """The steps of OtioImport::importFile; `timecodes` are those that FFmpeg would find in the files."""
    timeline = otio.core.deserialize_json_from_string(text)
    whole = timeline.duration()
    project = Project(whole.rate, [], [], {})

    def frames(time: otio.opentime.RationalTime) -> int:
        return round(time.rescaled_to(whole.rate).value)

    for marker in timeline.tracks.markers:
        project.guides.append(
            (int(marker.marked_range.start_time.value), marker.comment, marker.metadata["kdenlive"]["type"])
        )
    for clip in timeline.find_clips():
        url = clip.media_reference.target_url
        start = slip = frames(clip.trimmed_range().start_time)
        if url in timecodes:
            with suppress(ValueError):  # a rate without timecodes gives 0 there
                slip -= int(otio.opentime.from_timecode(timecodes[url], whole.rate).value)
        project.clips.append((url, slip, frames(clip.trimmed_range_in_parent().duration)))
        for marker in clip.markers:
            found = start + frames(marker.marked_range.start_time), marker.comment, marker.metadata["kdenlive"]["type"]
            project.markers.setdefault(url, []).append(found)
    return project


MARKERS = [Marker("Gate", 10.01, 2.0, "Red", "go\nleft"), Marker("Berm", 60.06, 0, "Purple"), Marker("Twin", 60.06)]


@pytest.mark.parametrize("owner", ["timeline", "clip"])
@pytest.mark.parametrize(
    ("media", "rate"),
    [
        (ride(), None),
        (ride(start=None), None),
        (ride(), Rate(60000, 1001, True)),
        (ride(Rate(30000, 1001), "10:00:00:00"), None),
        (ride(Rate(24000, 1001), "01:00:00:00"), PAL),
        (ride(Rate(60000, 1001, True), "10:00:00;00"), NTSC),
        (ride(Rate(120000, 1001, True), "10:00:00;000"), None),
        (ride(Rate(100), "10:00:00:00"), PAL),
    ],
    ids=str,
)
def test_kdenlives_own_importer_reads_it_right(
    media: MediaInfo, rate: Rate | None, owner: Owner, tmp_path: Path
) -> None:
    rate = rate or media.timecode_rate
    done = export(FORMATS["kdenlive"], media, MARKERS, tmp_path / "x.otio", WriteOptions(rate=rate), owner=owner)
    url = "file:///r/a%20b.mp4"
    timecodes = {url: media.start_timecode} if media.start_timecode else {}
    project = imported((tmp_path / "x.otio").read_text(encoding="utf-8"), timecodes)
    gate, berm = rate.to_frames(10.01), rate.to_frames(60.06)
    expected = [(gate, "Gate: go / left", 8), (berm, "Berm", 0), (berm + 1, "Twin", 1)]
    assert project.fps == float(rate.fps)
    assert project.clips == [(url, 0, rate.to_frames(Fraction(media.n_frames) / media.rate))]
    assert (project.guides, project.markers.get(url, [])) == ((expected, []) if owner == "timeline" else ([], expected))
    assert {issue.kind for issue in done.issues} - {"start_assumed", "rounded"} == {"length", "nudged"}


@pytest.mark.parametrize("owner", ["timeline", "clip"])
def test_it_comes_back(owner: Owner) -> None:
    (text,) = FORMATS["kdenlive"].write(build_timeline(ride(), MARKERS[:2], owner=owner), WriteOptions()).texts
    read = FORMATS["otio"].read
    assert read is not None
    found = markers_of_video(read(text, ReadOptions()), ride()).markers
    assert [(m.name, m.colour, m.comment) for m in found] == [("Gate", "Red", "go\nleft"), ("Berm", "Purple", "")]
    assert [NTSC.to_frames(m.t_s) for m in found] == [300, 1800]


def test_each_file_has_its_own_timecode() -> None:
    chapters = (MediaFile(Path("/r/1.mp4")), MediaFile(Path("/r/2.mp4"), 60.06))
    media = replace(ride(), path=Path("/r/1.mp4"), files=chapters)
    (text,) = FORMATS["kdenlive"].write(build_timeline(media, MARKERS[:2], owner="clip"), WriteOptions()).texts
    project = imported(text, {"file:///r/1.mp4": "10:00:00;00", "file:///r/2.mp4": "10:01:00;02"})
    assert [first for _, first, _ in project.clips] == [0, 0]
    assert {file: [m[0] for m in marks] for file, marks in project.markers.items()} == {
        "file:///r/1.mp4": [300],
        "file:///r/2.mp4": [0],
    }


def test_what_kdenlive_does_not_take_is_told() -> None:
    timeline = build_timeline(ride(), [])
    timeline.tracks[0][0].effects.append(otio.schema.LinearTimeWarp(time_scalar=0.5))
    timeline.tracks[0].markers.append(
        otio.schema.Marker(
            "of the track",
            otio.opentime.TimeRange(
                otio.opentime.RationalTime(30, 30000 / 1001), otio.opentime.RationalTime(0, 30000 / 1001)
            ),
        )
    )
    done = FORMATS["kdenlive"].write(timeline, WriteOptions())
    assert {issue.kind for issue in done.issues} == {"speed", "moved"}
    assert imported(done.texts[0], {}).guides == [(30, "of the track", 8)]


def test_the_preset_and_its_colours() -> None:
    assert preset_named("kdenlive").format == "kdenlive"
    assert KDENLIVE_OF.keys() == set(COLOURS) and set(KDENLIVE_OF.values()) == set(range(9))
    assert json.loads(FORMATS["kdenlive"].write(build_timeline(ride(), []), WriteOptions()).texts[0])
