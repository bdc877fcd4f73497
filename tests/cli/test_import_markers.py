"""import-markers and --ref-markers: files of editors as reference markers."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from mtbsync_core.marker_csv import read_markers
from mtbsync_core.mediainfo import MediaInfo
from tests.cli.two_runs import Run, media

EDL = (
    "TITLE: T.markers\nFCM: DROP FRAME\n\n"
    "001  001      V     C        01:00:20;00 01:00:20;01 01:00:20;00 01:00:20;01  \n"
    "steep |C:ResolveColorRed |M:=Roots |D:30\n\n"
    "002  001      V     C        01:00:30;00 01:00:30;01 01:00:30;00 01:00:30;01  \n"
    " |C:ResolveColorBlue |M:Finish |D:1\n\n"
)


@pytest.fixture
def edl(tmp_path: Path) -> Path:
    file = tmp_path / "exported.edl"
    file.write_text(EDL, encoding="utf-8")
    return file


@pytest.fixture
def recording(monkeypatch: pytest.MonkeyPatch) -> MediaInfo:
    """A recording that need not be there."""
    info = media("reference.mp4", 80.0)
    monkeypatch.setattr("mtbsync_core.cli.import_markers.probe", lambda path, chapters=True: info)
    return info


def test_an_edl_of_resolve(run: Run, edl: Path, recording: MediaInfo) -> None:
    out = edl.with_name("ref_markers.csv")
    done = run("import-markers", edl, "--video", "reference.mp4", "--out", out)
    assert done.code == 0, done.err
    assert "01:00:00:00, where editors start" in done.err
    first, last = read_markers(out).markers
    assert (first.name, first.colour, first.comment) == ("=Roots", "Red", "steep")
    assert first.t_s == pytest.approx(20.02, abs=1e-6) and first.duration_s == pytest.approx(1.001, abs=1e-6)
    assert last.t_s == pytest.approx(30.03, abs=1e-6)


def test_where_the_clip_sits_and_the_rate_may_be_given(run: Run, edl: Path) -> None:
    done = run("import-markers", edl, "--fps", "29.97", "--ref-start", "01:00:10;00", "--json")
    assert done.code == 0
    assert [round(m["t_ref"], 3) for m in done.json["markers"]] == [10.01, 20.02]
    assert Path(done.json["files"]["markers"]) == edl.with_suffix(".csv")


def test_what_cannot_be_known_is_an_error(run: Run, edl: Path, recording: MediaInfo) -> None:
    done = run("import-markers", edl)
    assert done.code == 2 and "--fps" in done.err
    done = run("import-markers", edl, "--video", "reference.mp4", "--ref-start", "02:00:00;00")
    assert done.code == 7 and "outside the recording" in done.err
    assert run("import-markers", edl, "--format", "resolve-lua").code == 2
    assert run("import-markers", edl, "--out", edl).code == 2
    assert run("import-markers", edl.with_name("none.edl")).code == 2
    assert not edl.with_suffix(".csv").exists()


def test_a_transfer_takes_the_file_directly(run: Run, folder: Path) -> None:
    file = folder / "exported.edl"
    file.write_text(EDL, encoding="utf-8")
    out = folder / "moved.csv"
    words = ("--ref-markers", file, "--timewarp-json", folder / "timewarp.json", "--out", out)
    done = run("transfer-markers", *words, "--ref-start", "01:00:00;00", "--json")
    assert done.code == 0, done.err
    assert [round(m["t_new"], 2) for m in done.json["markers"]] == [17.62, 28.63]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        (
            "ride.prproj",
            gzip.compress(b'<?xml version="1.0"?>\n<PremiereData Version="3">', mtime=0),
            "project of Adobe Premiere",
        ),
        (
            "renamed.xml",
            gzip.compress(b'<?xml version="1.0"?>\n<PremiereData Version="3">', mtime=0),
            "project of Adobe Premiere",
        ),
        ("ride.kdenlive", b"<?xml version='1.0'?>\n<mlt LC_NUMERIC='C'>\n<profile/></mlt>", "Kdenlive"),
        ("ride.xml", b"<?xml version='1.0'?>\n<mlt LC_NUMERIC='C'>\n<profile/></mlt>", "Kdenlive"),
        ("ride.drp", b"PK\x03\x04\0\0", "DaVinci Resolve"),
        ("ride.aaf", b"\xd0\xcf\x11\xe0\0\0", "Avid"),
        ("ride.mp4", b"\0\0\0\x18ftypmp42", "is a recording"),
        ("ride.gpx", b"<?xml version='1.0'?><gpx></gpx>", "track of a watch"),
        ("ride.txt", b"\0\0\0\x18ftypmp42", "is a recording"),
        ("notes.txt", b"Dear diary\nwe rode\n", "neither a table of markers nor a file of an editor"),
        ("data.json", b'{"a": 1, "b": [2]}', "neither a table of markers nor a file of an editor"),
        ("damaged.prproj", b"\x1f\x8b\x08", "project of Adobe Premiere"),
    ],
)
def test_what_is_not_read_is_refused_by_its_name(
    run: Run, tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    done = run("import-markers", file, "--out", tmp_path / "out.csv")
    assert done.code == 7 and said in done.err and "no time column" not in done.err, done.err
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("list.edl", "TITLE: x\nFCM: NON-DROP FRAME\n001  A  V  C  00:00:00:00 00:00:01:00 01:00:00:00 01:00:01:00\n"),
        ("list.llc", "{version: 1, cutSegments: []}"),
    ],
)
def test_none_in_it_is_said_where_there_is_none(
    run: Run, tmp_path: Path, recording: MediaInfo, name: str, text: str
) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    done = run("import-markers", tmp_path / name, "--video", "reference.mp4")
    assert done.code == 7 and "there is none in it" in done.err


def test_none_in_it_is_not_said_where_there_are(run: Run, tmp_path: Path, recording: MediaInfo) -> None:
    text = "TITLE: x\n* LOC: 01:61:00:00 RED     a\n* LOC: 1:00 RED     b\n* LOC 01:00:01:00 RED c\n"
    (tmp_path / "list.edl").write_text(text, encoding="utf-8")
    done = run("import-markers", tmp_path / "list.edl", "--video", "reference.mp4")
    assert done.code == 7 and "there is none in it" not in done.err and "01:61:00:00" in done.err


def test_a_line_that_cannot_be_is_left_out_and_named(run: Run, tmp_path: Path, recording: MediaInfo) -> None:
    text = "TITLE: x\nFCM: DROP FRAME\n* LOC: 01:00:10;00 RED     a\n* LOC: 01:01:00;00 RED     b\n"
    (tmp_path / "list.edl").write_text(text, encoding="utf-8")
    done = run("import-markers", tmp_path / "list.edl", "--video", "reference.mp4", "--json")
    assert done.code == 0 and [m["name"] for m in done.json["markers"]] == ["a"]
    assert any("line 4: timecode 01:01:00;00" in note and "left out" in note for note in done.json["notes"])
    assert done.json["lines_skipped"] == 1


def test_the_place_is_told_as_the_timeline_counts(run: Run, tmp_path: Path, recording: MediaInfo) -> None:
    words = ("--fps", "29.97", "--ref-start", "01:00:00;00", "--out", tmp_path / "out.csv", "--json")
    file = tmp_path / "list.edl"
    file.write_text("TITLE: x\nFCM: NON-DROP FRAME\n* LOC: 01:01:00:02 RED     a\n", encoding="utf-8")
    done = run("import-markers", file, *words)
    assert done.code == 7 and "written as drop frame" in done.json["error"]["message"]
    file.write_text("TITLE: x\n* LOC: 01:01:00:02 RED     a\n", encoding="utf-8")
    done = run("import-markers", file, *words)
    assert done.code == 0 and done.json["markers"] == [{"name": "a", "t_ref": 60.06}]
    done = run("import-markers", file, *words, "--non-drop")
    assert done.code == 7
    table = tmp_path / "list.txt"
    table.write_text("Marker Name\tIn\nGate\t01;01;00;02\n", encoding="utf-16")
    done = run("import-markers", table, *words)
    assert done.code == 0 and done.json["markers"] == [{"name": "Gate", "t_ref": 60.06}]
