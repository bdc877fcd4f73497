"""export-markers: where the frame rate comes from, and when nothing is written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mtbsync_core.alignment.result import Alignment
from tests.cli.two_runs import Run, media


@pytest.fixture
def transferred(run: Run, folder: Path) -> Path:
    out = folder / "new_markers.csv"
    args = ("--ref-markers", folder / "markers.csv", "--timewarp-json", folder / "timewarp.json", "--out", out)
    assert run("transfer-markers", *args).code == 0
    return out


def test_rate_and_timecode_come_from_the_provenance(run: Run, transferred: Path) -> None:
    out = transferred.parent / "x.edl"
    done = run("export-markers", transferred, "--preset", "resolve-edl", "--out", out)
    assert done.code == 0
    text = out.read_text(encoding="utf-8")
    assert "FCM: DROP FRAME" in text
    assert "10:00:18;04" in text  # (20.5 - 4) * 1.1 = 18.15 s, frame 544
    assert "|M:Roots" in text
    assert "REVIEW ±1.32 s |C:ResolveColorBlue |M:Fog" in text
    assert "Gate" not in text
    assert "2 of 4 markers have no place" in done.err
    assert "start timecode 10:00:00;00" in done.out


def test_without_out_the_name_is_that_of_the_markers(run: Run, transferred: Path) -> None:
    done = run("export-markers", transferred, "--json")
    assert done.code == 0
    assert Path(done.json["files"]["edl"]) == transferred.with_suffix(".edl")
    assert done.json["export"]["written"] == 2


def test_the_warp_can_name_the_recording(run: Run, transferred: Path, alignment: Alignment) -> None:
    transferred.with_suffix(".json").unlink()
    done = run("export-markers", transferred)
    assert done.code == 2
    assert "--video" in done.err
    assert not transferred.with_suffix(".edl").exists()

    replace(alignment, media_new=media("other.mp4", 66.0, timecode=None)).save(transferred.parent / "other.json")
    done = run("export-markers", transferred, "--timewarp-json", transferred.parent / "other.json")
    assert done.code == 0
    assert "no start timecode is known" in done.err
    assert "NON-DROP" in transferred.with_suffix(".edl").read_text(encoding="utf-8")


def test_strict_writes_nothing_that_is_assumed(run: Run, transferred: Path, alignment: Alignment) -> None:
    replace(alignment, media_new=media("other.mp4", 66.0, timecode=None)).save(transferred.parent / "other.json")
    out = transferred.parent / "x.edl"
    out.write_text("old", encoding="utf-8")
    done = run(
        "export-markers", transferred, "--timewarp-json", transferred.parent / "other.json", "--out", out, "--strict"
    )
    assert done.code == 8
    assert "no start timecode" in done.err
    assert out.read_text(encoding="utf-8") == "old"


def test_a_refused_warp_exports_nothing(run: Run, transferred: Path, refused: Alignment) -> None:
    refused.save(transferred.parent / "timewarp.json")
    for extra in ([], ["--timewarp-json", transferred.parent / "timewarp.json"]):
        done = run("export-markers", transferred, *extra, "--json")
        assert done.code == 5
        assert done.json["error"]["code"] == "refused"
    assert not transferred.with_suffix(".edl").exists()


def test_wrong_files(run: Run, transferred: Path) -> None:
    assert run("export-markers", transferred.parent / "none.csv").code == 2
    assert run("export-markers", transferred, "--video", transferred.parent / "none.mp4").code == 3
    assert run("export-markers", transferred, "--out", transferred).code == 2
    assert run("export-markers", transferred.parent / "pairs.csv", "--timewarp-json", "x.json").code in (2, 7)
