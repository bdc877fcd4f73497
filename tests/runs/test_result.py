"""A folder of results read back: recordings where they are, whose run it was, weak parts, markers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mtbsync_core.errors import FormatError, RefusedError, UsageError
from mtbsync_core.runs.result import WARP, carried_markers, read_result, result_folders
from tests.report.made import LINES, RIDDEN, write_run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A result whose recordings are not there."""
    return write_run(tmp_path, RIDDEN[0])


def changed(folder: Path, name: str, **values: object) -> None:
    path = folder / name
    path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), **values}), encoding="utf-8")


def test_what_a_result_says(folder: Path) -> None:
    one = read_result(folder)
    assert (one.name, one.whose.rider, one.key("ref"), one.key("new")) == ("run 1", "Ana", "reference", "run 1")
    run = one.timed(one.media("new"), "Ana's", doubtful=((1.0, 2.0),))
    assert (run.name, run.rider, run.date, run.doubtful) == ("Ana's", "Ana", "2026-05-30", ((1.0, 2.0),))
    assert not one.holds_rides and len(carried_markers([one])) == len(LINES)
    (folder / "run.json").unlink()
    told = read_result(folder, "first")
    assert (told.name, told.whose.rider, told.timed(None).rider) == ("first", None, "")
    assert "trail.mp4" in told.key("ref") and told.key("ref") != told.key("new")


def test_recordings_are_where_they_were_or_in_the_folder(folder: Path) -> None:
    for side in ("ref", "new"):
        with pytest.raises(UsageError, match="is not there"):
            read_result(folder).media_there(side)
    (folder / "run 1.mp4").touch()
    assert read_result(folder).media_there("new").path == folder / "run 1.mp4"
    (folder.parent / "run 1.mp4").touch()
    assert read_result(folder).media_there("new").path == folder.parent / "run 1.mp4"
    changed(folder, WARP, new=None)
    assert read_result(folder).media("new") is None
    with pytest.raises(UsageError, match="does not name its recordings"):
        read_result(folder).media_there("new")


def test_weak_parts_but_for_gaps(folder: Path) -> None:
    weak = [{"why": "fog", "ref_s": [3, 4.5]}, {"why": "gap", "ref_s": [8, 9]}, {"why": "outside", "ref_s": None}]
    changed(folder, WARP, weak=weak)
    assert read_result(folder).doubtful == ((3.0, 4.5),)


def test_results_that_cannot_be_used(folder: Path) -> None:
    changed(folder, WARP, verdict="refused", reasons=["another trail"])
    with pytest.raises(RefusedError, match="another trail"):
        read_result(folder).timed(None)
    (folder / "new_markers.csv").write_text("nothing", encoding="utf-8")
    assert carried_markers([read_result(folder)]) == ()
    (folder / WARP).write_text("{", encoding="utf-8")
    with pytest.raises(FormatError):
        read_result(folder)
    with pytest.raises(UsageError, match="holds no timewarp"):
        read_result(folder.parent)


def test_folders_of_results(folder: Path) -> None:
    other = write_run(folder, RIDDEN[1])
    (folder / "empty").mkdir()
    assert result_folders(folder.parent) == result_folders(folder) == [folder, other]
    with pytest.raises(UsageError, match="is no folder"):
        result_folders(folder / WARP)
