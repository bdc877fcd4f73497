"""Markers out of a timeline of Resolve and back to it by files: what EDLs do not say has to be given or is doubted."""

from __future__ import annotations

from pathlib import Path

import pytest

from mtbsync_core.errors import FormatError
from mtbsync_core.jobs.nle import edl_options, write_edl
from mtbsync_core.jobs.ref_markers import read_ref_markers
from mtbsync_core.markers import Marker, MovedMarker
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.timecode import Rate

FAST = Rate(60000, 1001, True)
MEDIA = MediaInfo(Path("/r/GX010001.MP4"), FAST.fps, 1920, 1080, 600, 35964, "h264", 0, "10:32:11;04", True)
TIMELINE = Rate(30000, 1001)
MOVED = [MovedMarker(Marker("drop", 9.0), "moved", t, t, t, 0.0, 1.0, False) for t in (0.0, 10.01)]


def exported(folder: Path, labels: list[str]) -> Path:
    """A marker EDL as Resolve writes it, with markers at these timecodes."""
    lines = ["TITLE: Timeline 1.markers", "FCM: DROP FRAME", ""]
    for n, label in enumerate(labels, 1):
        lines += [
            f"{n:03d}  001      V     C        {label} {label} {label} {label}  ",
            f" |C:ResolveColorBlue |M:m{n} |D:1",
            "",
        ]
    path = folder / "exported.edl"
    path.write_text("\r\n".join(lines), encoding="utf-8")
    return path


def test_the_edl_fits_the_timeline_that_the_markers_came_from(tmp_path: Path) -> None:
    grid = edl_options(MEDIA, TIMELINE, "01:04:30;00", "01:00:10;00")
    done = write_edl(MEDIA, MOVED, tmp_path / "new.edl", grid)
    text = (tmp_path / "new.edl").read_text(encoding="utf-8")
    assert "FCM: DROP FRAME" in text
    assert " 01:04:30;00 01:04:30;01 " in text and " 01:04:40;00 01:04:40;01 " in text
    assert "29.97 fps, drop frame" in done.recipe


def test_without_options_the_edl_is_the_recordings_own(tmp_path: Path) -> None:
    grid = edl_options(MEDIA, None, None, "01:00:10;00")
    assert grid == {"rate": None}
    write_edl(MEDIA, MOVED, tmp_path / "new.edl", grid)
    assert " 10:32:11;04 " in (tmp_path / "new.edl").read_text(encoding="utf-8")


def test_a_colon_stands_for_non_drop_frame(tmp_path: Path) -> None:
    grid = edl_options(MEDIA, TIMELINE, "01:04:30:00", None)
    write_edl(MEDIA, MOVED, tmp_path / "new.edl", grid)
    text = (tmp_path / "new.edl").read_text(encoding="utf-8")
    assert "FCM: NON-DROP FRAME" in text and " 01:04:40:00 " in text


@pytest.mark.parametrize(
    ("rate", "start"), [(Rate(25), "01:00:00:25"), (Rate(25), "01:00:00;00"), (TIMELINE, "01:01:00;00")]
)
def test_a_place_that_does_not_exist_is_found_early(rate: Rate, start: str) -> None:
    with pytest.raises(FormatError):
        edl_options(MEDIA, rate, start, None)


def test_a_rate_that_is_given_is_the_timelines(tmp_path: Path) -> None:
    edl = exported(tmp_path, ["01:00:10;15"])
    table = read_ref_markers(edl, MEDIA, start="01:00:10;00", rate=TIMELINE)
    assert [m.t_s for m in table.markers] == pytest.approx([0.5005], abs=1e-6)
    assert table.problems == ()


def test_a_timeline_of_half_the_rate_is_suspected(tmp_path: Path) -> None:
    low = [f"01:00:1{n};{n * 5:02d}" for n in range(6)]
    (problem,) = read_ref_markers(exported(tmp_path, low), MEDIA, start="01:00:10;00").problems
    assert "if its timeline runs at 29.97 fps" in str(problem)
    high = [*low, "01:00:20;31"]
    assert read_ref_markers(exported(tmp_path, high), MEDIA, start="01:00:10;00").problems == ()
    assert read_ref_markers(exported(tmp_path, low[:4]), MEDIA, start="01:00:10;00").problems == ()


def test_timecodes_of_one_timeline_do_not_contradict_each_other() -> None:
    with pytest.raises(FormatError, match="one is drop frame"):
        edl_options(MEDIA, TIMELINE, "01:04:30;00", "01:00:10:00")
