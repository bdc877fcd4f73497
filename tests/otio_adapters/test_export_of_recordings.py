"""What an export says of the recording: its files one by one, its end, its names, and each place rounded once."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath
from xml.etree import ElementTree

import pytest

from mtbsync_core.markers import Marker
from mtbsync_core.mediainfo import MediaFile, MediaInfo
from mtbsync_core.timecode import Rate
from otio_adapters.build import Owner, build_timeline
from otio_adapters.content import content_of
from otio_adapters.file_urls import target_url
from otio_adapters.formats import FORMATS, export
from otio_adapters.of_video import markers_of_video
from otio_adapters.reading import ReadOptions
from otio_adapters.writing import WriteOptions

NTSC = Rate(30000, 1001)
FIRST, SECOND = Path("/r/GX010123.MP4"), Path("/r/GX020123.MP4")
CHAPTERS = MediaInfo(
    path=FIRST,
    rate=NTSC.fps,
    width=64,
    height=36,
    duration_s=70.07,
    n_frames=2100,
    codec="h264",
    start_timecode="10:00:00;00",
    drop=True,
    files=(MediaFile(FIRST), MediaFile(SECOND, 40.04)),
)
MARKERS = [Marker("In file one", 10.01), Marker("Last of one", 40.02), Marker("In file two", 50.05)]
WITH_CLIPS = [pytest.param(f.name, id=f.name) for f in FORMATS.values() if f.has_clips]
OWNERS: list[Owner] = ["timeline", "clip"]


def written(
    name: str,
    tmp_path: Path,
    media: MediaInfo,
    markers: list[Marker],
    owner: Owner = "timeline",
    rate: Rate | None = None,
) -> tuple[str, dict[str, int]]:
    file = tmp_path / "x"
    done = export(FORMATS[name], media, markers, file, WriteOptions(rate=rate), owner=owner)
    return file.read_text(encoding="utf-8"), {issue.kind: issue.count for issue in done.issues}


@pytest.mark.parametrize("owner", OWNERS)
@pytest.mark.parametrize("name", WITH_CLIPS)
def test_a_recording_of_two_files_is_two_clips_with_their_own_markers(name: str, owner: Owner, tmp_path: Path) -> None:
    text, issues = written(name, tmp_path, CHAPTERS, MARKERS, owner)
    assert "chapters" not in issues and "past_end" not in issues
    read = FORMATS[name].read or FORMATS["otio"].read
    assert read is not None
    timeline = read(text, ReadOptions(rate=NTSC))
    one, two = content_of(timeline).pieces
    assert [(p.media.name, NTSC.to_frames(p.at_s), NTSC.to_frames(p.length_s)) for p in (one, two)] == [
        ("GX010123.MP4", 0, 1200),
        ("GX020123.MP4", 1200, 900),
    ]
    assert [NTSC.to_frames(p.media.length_s) for p in (one, two)] == [1200, 900]
    if owner == "clip" and name not in ("kdenlive", "shotcut"):
        assert [[NTSC.to_frames(m.start_s) for m in p.marks] for p in (one, two)] == [[300, 1199], [300]]
    found = markers_of_video(timeline, CHAPTERS).markers
    assert [(m.name, NTSC.to_frames(m.t_s)) for m in found] == [
        ("In file one", 300),
        ("Last of one", 1199),
        ("In file two", 1500),
    ]


def test_each_file_of_an_xmeml_is_as_long_as_it_is(tmp_path: Path) -> None:
    text, _ = written("premiere", tmp_path, CHAPTERS, MARKERS, "clip")
    root = ElementTree.fromstring(text)
    clips = root.findall(".//clipitem")
    assert [clip.findtext("file/duration") for clip in clips] == ["1200", "900"]
    assert [(clip.findtext("start"), clip.findtext("in"), clip.findtext("out")) for clip in clips] == [
        ("0", "0", "1200"),
        ("1200", "0", "900"),
    ]
    assert [m.findtext("in") for m in clips[1].findall("marker")] == ["300"]


def test_a_list_of_cuts_names_the_file_that_is_shown(tmp_path: Path) -> None:
    text, issues = written("edl", tmp_path, CHAPTERS, MARKERS)
    assert re.findall("FROM CLIP NAME: (.*)", text) == ["GX010123.MP4", "GX010123.MP4", "GX020123.MP4"]
    assert "10:00:50;00 10:00:50;01 10:00:50;00 10:00:50;01" in text and issues["chapters"] == 2


def test_a_marker_nearest_to_the_first_frame_of_a_file_is_on_that_file() -> None:
    for on_frames in (True, False):
        timeline = build_timeline(CHAPTERS, [Marker("a", 40.03)], owner="clip", on_frames=on_frames)
        one, two = content_of(timeline).pieces
        assert one.marks == () and two.shows(two.marks[0].start_s)


@pytest.mark.parametrize("owner", OWNERS)
@pytest.mark.parametrize("name", list(FORMATS))
def test_markers_past_the_end_are_told(name: str, owner: Owner, tmp_path: Path) -> None:
    markers = [*MARKERS, Marker("late", 70.08), Marker("later", 99)]
    assert written(name, tmp_path, CHAPTERS, markers, owner)[1]["past_end"] == 2
    assert "past_end" not in written(name, tmp_path, CHAPTERS, MARKERS, owner)[1]
    unknown = MediaInfo(Path("x.mp4"), NTSC.fps, 0, 0, 0.0, 0, "")
    assert "past_end" not in written(name, tmp_path, unknown, MARKERS, owner)[1]


HIGH = MediaInfo(Path("/r/slow.mp4"), Fraction(120000, 1001), 64, 36, 120, 14385, "h264", 0, "01:00:00;000", True)
AT = 3590.41 * 1001 / 60000
"""Frame 7180.82 of 119.88 fps, 3590.41 of 59.94, which two roundings make 3591."""


@pytest.mark.parametrize("owner", OWNERS)
@pytest.mark.parametrize("name", ["resolve-edl", "edl", "avid", "resolve-lua", "csv", "json"])
def test_places_are_rounded_once_above_100_fps(name: str, owner: Owner, tmp_path: Path) -> None:
    text, _ = written(name, tmp_path, HIGH, [Marker("a", AT)], owner, rate=Rate(60000, 1001, True))
    frame = {"resolve-lua": "mark(3590,", "csv": ",3590,", "json": '"frame": 3590'}
    assert frame.get(name, "01:00:59;50") in text


@pytest.mark.parametrize("owner", OWNERS)
def test_formats_that_take_half_the_rate_round_once_too(owner: Owner, tmp_path: Path) -> None:
    text, _ = written("premiere", tmp_path, HIGH, [Marker("a", AT)], owner)
    assert ElementTree.fromstring(text).findtext(".//marker/in") == "3590"
    text, _ = written("fcpxml", tmp_path, HIGH, [Marker("a", AT)], owner)
    start, clip = (ElementTree.fromstring(text).find(f".//{tag}") for tag in ("marker", "asset-clip"))
    assert start is not None and clip is not None
    local = Fraction(start.attrib["start"][:-1]) - Fraction(clip.attrib["start"][:-1])
    assert local * Fraction(60000, 1001) == 3590
    text, _ = written("edl", tmp_path, HIGH, [Marker("a", 3590.41 * 1001 / 30000)], owner, rate=Rate(30000, 1001))
    assert "* LOC: 01:01:59:20" in text


def test_the_end_of_a_marker_is_rounded_once(tmp_path: Path) -> None:
    marker = Marker("a", AT, 0.01 * 1001 / 60000)
    data = json.loads(written("json", tmp_path, HIGH, [marker], rate=Rate(60000, 1001, True))[0])
    assert (data["markers"][0]["frame"], data["markers"][0]["frames"]) == (3590, 0)


@pytest.mark.parametrize(
    ("path", "url"),
    [
        (PurePosixPath("/a/b/../c d.mp4"), "file:///a/c%20d.mp4"),
        (PureWindowsPath(r"D:\rides\..\GX010001.MP4"), "file:///D:/GX010001.MP4"),
        (PureWindowsPath(r"\\nas\rides\x\..\a b.mp4"), "file://nas/rides/a%20b.mp4"),
    ],
)
def test_no_url_leads_up_and_down_again(path: PurePath, url: str) -> None:
    assert target_url(path) == url


def test_a_path_from_here_has_none_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "rides" / "deep").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "rides" / "deep", target_is_directory=True)
    monkeypatch.chdir(tmp_path / "rides")
    assert target_url(Path("../x.mp4")) == (tmp_path / "x.mp4").as_uri()
    assert target_url(Path("../link/../x.mp4")) == (tmp_path / "rides" / "x.mp4").as_uri()
    for name in ("premiere", "fcpxml", "otio", "resolve-otio", "premiere-otio"):
        media = MediaInfo(Path("../x.mp4"), Fraction(25), 64, 36, 9, 225, "h264")
        text, _ = written(name, tmp_path, media, [])
        assert "/x.mp4" in text and ".." not in text
