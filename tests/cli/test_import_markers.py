"""import-markers and --ref-markers: files of editors as reference markers."""

from __future__ import annotations

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
    assert run("import-markers", edl, "--format", "srt").code == 2
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
