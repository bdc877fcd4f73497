"""HiLights as reference markers, on the command line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mtbsync_core.marker_csv import read_markers
from mtbsync_core.media.hilights import HiLight
from mtbsync_core.mediainfo import MediaInfo
from tests.cli.two_runs import Run, media

TAGS = [HiLight(20.5, 20.5, 20.5), HiLight(30.25, 29.0, 31.0, "AIMU"), HiLight(40.0, 40.0, 40.0)]


@pytest.fixture
def tags(monkeypatch: pytest.MonkeyPatch) -> list[HiLight]:
    """The tags of a recording that need not be there; a test may change them."""
    found = list(TAGS)
    info = media("GX010001.MP4", 80.0)
    for module in ("cli.import_markers", "jobs.pair"):
        monkeypatch.setattr(f"mtbsync_core.{module}.probe", lambda path, chapters=True: info)
    monkeypatch.setattr("mtbsync_core.jobs.ref_markers.read_hilights", lambda media: found)
    return found


def test_marker_file(run: Run, tags: list[HiLight], tmp_path: Path) -> None:
    out = tmp_path / "ref_markers.csv"
    done = run("markers-from-hilights", "GX010001.MP4", "--out", out)
    assert done.code == 0, done.err
    assert "2 HiLights, from 20.500 s to 40.000 s" in done.out
    markers = read_markers(out).markers
    assert [(m.name, m.t_s, m.marker_id) for m in markers] == [("HiLight 1", 20.5, "H001"), ("HiLight 2", 40.0, "H002")]
    done = run("markers-from-hilights", "GX010001.MP4", "--out", out, "--automatic", "--json")
    assert [m["t_ref"] for m in done.json["markers"]] == [20.5, 30.25, 40.0]
    assert read_markers(out).markers[1].name == "HiLight 2 (motion)"


def test_none(run: Run, tags: list[HiLight], tmp_path: Path) -> None:
    out = tmp_path / "ref_markers.csv"
    del tags[2], tags[0]
    done = run("markers-from-hilights", "GX010001.MP4", "--out", out)
    assert done.code == 7
    assert "no HiLight tag that was set by hand (1 by the camera itself)" in done.err and "--automatic" in done.err
    tags.clear()
    done = run("markers-from-hilights", "GX010001.MP4", "--out", out, "--json")
    assert done.json["error"]["message"] == "GX010001.MP4 holds no HiLight tag"
    assert not out.exists()


def test_in_place_of_a_marker_file(run: Run, tags: list[HiLight], folder: Path) -> None:
    out = folder / "new_markers.csv"
    done = run(
        "transfer-markers", "--ref-markers", "hilights", "--timewarp-json", folder / "timewarp.json", "--out", out
    )
    assert done.code == 0, done.err
    assert "HiLight 1" in out.read_text(encoding="utf-8")
    assert len(out.read_text(encoding="utf-8").splitlines()) == 3


def test_the_recording_is_not_replaced(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "GX010001.MP4"
    path.write_bytes(b"video")
    info: MediaInfo = replace(media("a", 80.0), path=path, files=())
    monkeypatch.setattr("mtbsync_core.cli.import_markers.probe", lambda path, chapters=True: info)
    assert run("markers-from-hilights", path, "--out", path).code == 2
    assert path.read_bytes() == b"video"
