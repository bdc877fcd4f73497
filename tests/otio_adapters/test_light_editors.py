"""LosslessCut, Kdenlive's guides, Shotcut, Audacity and FFmpeg's chapters: sixty markers at every rate.

Each file is read twice: by our own reader, and by one that knows nothing of it: FFmpeg's, or the rules of the program,
which the modules of the formats quote.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from math import ceil, floor
from pathlib import Path
from xml.etree import ElementTree

import av
import pytest

from mtbsync_core.errors import FormatError
from mtbsync_core.marker_csv import read_markers
from mtbsync_core.markers import COLOURS, Marker
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.timecode import Rate
from otio_adapters.build import build_timeline
from otio_adapters.colours import KDENLIVE_OF, RGB_OF, nearest_of
from otio_adapters.formats import FORMATS
from otio_adapters.formats.shotcut.clock import clock_of, frames_of_clock
from otio_adapters.of_video import markers_of_video
from otio_adapters.reading import ReadOptions
from otio_adapters.writing import WriteOptions

OFTEN = [Rate(30000, 1001, True), Rate(24000, 1001), Rate(120)]
SELDOM = [
    *(Rate(n * 1000, 1001, True) for n in (60, 120)),
    *(Rate(n * 1000, 1001) for n in (30, 60, 120)),
    *(Rate(n) for n in (24, 25, 30, 48, 50, 60, 100)),
]
RATES = [*OFTEN, *(pytest.param(rate, marks=pytest.mark.slow) for rate in SELDOM)]
Facts = list[tuple[int, int, str]]
"""First frame, frames and name of each marker."""


def night_ride(rate: Rate) -> MediaInfo:
    """Two hours that begin half a minute before midnight."""
    label = "23:59:30;00" if rate.drop else "23:59:30:00"
    start = f"{label[:9]}000" if rate.nominal > 100 else label
    n_frames = int(7200 * rate.fps)
    return MediaInfo(
        Path("/r/night.mp4"), rate.fps, 64, 36, n_frames / float(rate.fps), n_frames, "h264", 0, start, rate.drop
    )


def sixty(rate: Rate) -> Facts:
    """The first frame, those around whole minutes and midnight, and others up to the end; every third has a length."""
    frames = {0, 1, *(int(n * 60 * rate.fps) + k for n in (1, 2, 10, 60) for k in (-1, 0, 1)), int(30 * rate.fps)}
    more = (n * 7919 % int(7190 * rate.fps) for n in range(1, 1000))
    while len(frames) < 60:
        frames.add(next(more))
    return [(frame, 17 * (n % 3 == 0), f"Sprung {n} ü") for n, frame in enumerate(sorted(frames))]


def frame(seconds: float, rate: Rate) -> int:
    return round(seconds * float(rate.fps))


def of_seconds(found: list[tuple[float, float, str]], rate: Rate) -> Facts:
    return [(frame(at, rate), frame(end, rate) - frame(at, rate), name) for at, end, name in found]


def by_the_schema(text: str, rate: Rate) -> Facts:
    project = json.loads(text)  # JSON5 has all of JSON
    assert project["version"] == 2 and project["mediaFileName"] == "night.mp4"
    for segment in project["cutSegments"]:
        assert segment.keys() <= {"start", "end", "name", "tags", "selected"} and isinstance(segment["start"], float)
    return of_seconds([(s["start"], s.get("end", s["start"]), s["name"]) for s in project["cutSegments"]], rate)


_PARSE_TIME = re.compile(r"^\D*(?:(?:(\d+):)?(\d{1,2}):)?(\d+)(?:\.(\d{1,3}))?:?", re.ASCII)


def by_parse_csv(text: str, rate: Rate) -> Facts:
    rows = list(csv.reader(io.StringIO(text)))
    assert all(len(row) == 3 for row in rows)

    def seconds(cell: str) -> float | None:
        match = _PARSE_TIME.match(cell.strip())
        return None if match is None else float(f"{match[3]}.{match[4] or 0}")

    times = [(seconds(start), seconds(end), name) for start, end, name in rows]
    return of_seconds([(at, at if end is None else end, name) for at, end, name in times if at is not None], rate)


def by_import_from_json(text: str, rate: Rate) -> Facts:
    guides: dict[int, tuple[int, str]] = {}
    for entry in json.loads(text):
        assert entry["pos"] not in guides and 0 <= entry["type"] <= 8 and "\n" not in entry["comment"]
        guides[entry["pos"]] = entry.get("duration", 0), entry["comment"]
    return [(pos, length, comment) for pos, (length, comment) in sorted(guides.items())]


def by_mlt(text: str, rate: Rate) -> Facts:
    """With the arithmetic of MLT: in doubles."""
    root = ElementTree.fromstring(text)
    profile = root.find("profile")
    assert profile is not None
    fps = int(profile.get("frame_rate_num", "")) / int(profile.get("frame_rate_den", ""))

    def frames(clock: str) -> int:
        hours, minutes, seconds = clock.split(":")
        return floor(fps * int(hours) * 3600) + floor(fps * int(minutes) * 60) + round(fps * float(seconds))

    found = []
    for number, element in enumerate(root.findall("tractor/properties[@name='shotcut:markers']/properties")):
        about = {one.get("name"): one.text or "" for one in element}
        assert element.get("name") == str(number)
        start, end = frames(about["start"]), frames(about["end"])
        found.append((start, end - start, about["text"]))
    return found


def by_audacity(text: str, rate: Rate) -> Facts:
    rows = [line.split("\t") for line in text.splitlines()]
    return of_seconds([(float(start), float(end), label) for start, end, label in rows], rate)


def by_ffmpeg(text: str, rate: Rate) -> Facts:
    with av.open(io.BytesIO(text.encode()), format="ffmetadata") as file:
        chapters = file.chapters()
    times = [[c[key] * float(c["time_base"] or 0) for key in ("start", "end")] for c in chapters]
    return of_seconds([(at, end, c["metadata"]["title"]) for (at, end), c in zip(times, chapters, strict=True)], rate)


READERS: dict[str, Callable[[str, Rate], Facts]] = {
    "losslesscut": by_the_schema,
    "losslesscut-csv": by_parse_csv,
    "kdenlive-guides": by_import_from_json,
    "shotcut": by_mlt,
    "audacity": by_audacity,
    "ffmetadata": by_ffmpeg,
}


@pytest.mark.parametrize("rate", RATES, ids=str)
@pytest.mark.parametrize("name", READERS)
def test_sixty_markers_at_every_rate(name: str, rate: Rate) -> None:
    media, truth = night_ride(rate), sixty(rate)
    markers = [Marker(text, float(rate.to_seconds(at)), float(rate.to_seconds(n))) for at, n, text in truth]
    done = FORMATS[name].write(build_timeline(media, markers, on_frames=False), WriteOptions(rate=rate))
    assert done.markers == 60
    found = READERS[name](done.texts[0], rate)
    if name == "ffmetadata":  # a place is a chapter to the next one
        nexts = [*(at for at, _, _ in truth[1:]), media.n_frames]
        assert found == [(at, n or to - at, text) for (at, n, text), to in zip(truth, nexts, strict=True)]
    else:
        assert found == truth
    read = FORMATS[name].read
    assert read is not None
    ours = markers_of_video(read(done.texts[0], ReadOptions(rate=rate)), media).markers
    back = [(rate.to_frames(m.t_s), rate.to_frames(m.t_s + m.duration_s) - rate.to_frames(m.t_s), m.name) for m in ours]
    assert back == truth
    off = max(abs(m.t_s - float(rate.to_seconds(at))) for m, (at, _, _) in zip(ours, truth, strict=True))
    assert off <= (0.000_501 if name in ("losslesscut-csv", "ffmetadata") else 0.000_001)


PAL = Rate(25)
GATE = Marker("Gate", 10.0, 2.0, "Red", "go\nleft; = #1 \\", needs_review=True, margin_s=0.21)


def written(name: str, *markers: Marker) -> tuple[str, dict[str, int]]:
    done = FORMATS[name].write(build_timeline(night_ride(PAL), markers), WriteOptions())
    return done.texts[0], {issue.kind: issue.count for issue in done.issues}


def marker_in(name: str, text: str) -> Marker:
    read = FORMATS[name].read
    assert read is not None
    (marker,) = markers_of_video(read(text, ReadOptions(rate=PAL)), night_ride(PAL)).markers
    return marker


def test_a_note_stays_a_note_where_there_is_a_place_for_it() -> None:
    for name, note in (("losslesscut", "go\nleft; = #1 \\"), ("ffmetadata", "go / left; = #1 \\")):
        text, issues = written(name, GATE)
        assert issues.pop("colour") == 1 and issues.keys() <= {"text_changed"}
        marker = marker_in(name, text)
        assert (marker.name, marker.comment) == ("Gate", f"REVIEW ±0.21 s: {note}")


@pytest.mark.parametrize("name", ["losslesscut-csv", "kdenlive-guides", "shotcut", "audacity"])
def test_name_and_note_are_one_text_where_there_is_one_only(name: str) -> None:
    text, issues = written(name, GATE)
    assert marker_in(name, text).name == "Gate: REVIEW ±0.21 s: go / left; = #1 \\"
    assert issues["notes"] == 1 and ("colour" in issues) == (name in ("losslesscut-csv", "audacity"))


@pytest.mark.parametrize(("name", "suffix"), [("losslesscut-csv", ".csv"), ("audacity", ".txt")])
def test_tables_of_others_are_read_as_tables_too(name: str, suffix: str, tmp_path: Path) -> None:
    text, _ = written(name, Marker("Gate, left", 10.04, 2.0), Marker("Berm", 60.0))
    file = tmp_path / f"x{suffix}"
    file.write_text(text + ("\\\t100.0\t200.0\n" if name == "audacity" else ""), encoding="utf-8")
    found = read_markers(file).markers
    assert [(m.name, m.t_s, round(m.duration_s, 3)) for m in found] == [("Gate, left", 10.04, 2.0), ("Berm", 60.0, 0.0)]


def test_guides_have_the_nearest_category_and_a_frame_of_their_own() -> None:
    text, issues = written("kdenlive-guides", *(Marker(colour, 4.0, colour=colour) for colour in COLOURS))
    entries = json.loads(text)
    assert [entry["type"] for entry in entries] == [KDENLIVE_OF[colour] for colour in COLOURS]
    assert [entry["pos"] for entry in entries] == list(range(100, 116)) and issues == {"nudged": 15}


def test_colours_of_shotcut_come_back() -> None:
    text, issues = written("shotcut", *(Marker(colour, n, colour=colour) for n, colour in enumerate(COLOURS)))
    read = FORMATS["shotcut"].read
    assert read is not None and issues == {}
    markers = markers_of_video(read(text, ReadOptions()), night_ride(PAL)).markers
    assert tuple(m.colour for m in markers) == tuple(m.name for m in markers) == COLOURS
    assert RGB_OF.keys() == set(COLOURS) and nearest_of(0x008000) == "Green"  # Shotcut's own


def test_a_project_of_losslesscut_names_no_file_that_it_is_not_of() -> None:
    media = MediaInfo(Path("markers.mp4"), PAL.fps, 0, 0, 0.0, 0, "")  # a rate is all that is known
    done = FORMATS["losslesscut"].write(build_timeline(media, [Marker("a", 1.0)]), WriteOptions())
    assert "mediaFileName" not in json.loads(done.texts[0]) and [issue.kind for issue in done.issues] == ["no_file"]


def test_a_chapter_to_the_next_one_is_a_place() -> None:
    text = ";FFMETADATA1\n" + "".join(
        f"[CHAPTER]\nTIMEBASE=1/1\nSTART={at}\nEND={end}\ntitle={at}\n" for at, end in ((0, 10), (10, 12), (20, 30))
    )
    read = FORMATS["ffmetadata"].read
    assert read is not None
    markers = markers_of_video(read(text, ReadOptions()), None).markers
    assert [(m.t_s, m.duration_s) for m in markers] == [(0, 0), (10, 2), (20, 10)]


@pytest.mark.parametrize(
    ("name", "bad"), [("audacity", "1.0\tx\ty\n"), ("losslesscut-csv", "1,2\n"), ("audacity", "nan\t1\tx\n")]
)
def test_what_is_no_line_of_seconds_is_an_error(name: str, bad: str) -> None:
    with pytest.raises(FormatError, match="line 1 is not"):
        marker_in(name, bad)
    with pytest.raises(FormatError, match="no marker"):
        marker_in(name, "")


def test_minutes_of_mlt_are_whole_frames() -> None:
    ntsc = Rate(30000, 1001)
    assert [clock_of(n, ntsc) for n in (1798, 1799)] == ["00:00:59.993", "00:01:00.033"]
    assert frames_of_clock("00:01:00.033", ntsc) == 1799 and frames_of_clock("00:01:00.000", ntsc) == 1798
    assert frames_of_clock("1:00,000", ntsc) == 1798 and frames_of_clock("1798", ntsc) == 1798
    assert frames_of_clock("00:01:00:02", ntsc) == 1800 == floor(ntsc.fps * 60) + ceil(0) + 2
