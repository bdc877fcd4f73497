"""Moved markers to an editor's file: which go in, how they look there, what is said about the rest."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from mtbsync_core.errors import FormatError, RefusedError, UsageError
from mtbsync_core.marker_csv import write_moved, write_provenance
from mtbsync_core.markers import Marker, MovedMarker
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.timecode import Rate
from otio_adapters.export import ExportOptions, annotated, export_markers
from otio_adapters.resolve_edl import read_text


def media(**changes: Any) -> MediaInfo:
    values: dict[str, Any] = {
        "path": Path("GX010002.MP4"),
        "rate": Fraction(60000, 1001),
        "width": 3840,
        "height": 2160,
        "duration_s": 100.1,
        "n_frames": 6000,
        "codec": "hevc",
        "start_timecode": "14:32:05;12",
        "drop": True,
    }
    return MediaInfo(**{**values, **changes})


MOVED = [
    MovedMarker(Marker("Start", 1, 0, "Red", "go"), "moved", 2.002, 1.9, 2.1, 0.0, 0.974, False),
    MovedMarker(Marker("Drop", 5, 0, "Red"), "doubtful", 7.0, 5.0, 9.0, 0.0, 0.19, True),
    MovedMarker(Marker("Before", 0, 0), "outside", None, None, None, 0.0, 0.0, True),
    MovedMarker(Marker("Other line", 9, 0), "gap", None, None, None, 0.0, 0.0, True),
]


def markers_file(tmp_path: Path, verdict: str = "good") -> Path:
    file = tmp_path / "new_markers.csv"
    write_moved(file, MOVED)
    write_provenance(file, media=media(), timewarp=None, verdict=verdict, options={})
    return file


def test_from_the_file_and_its_provenance(tmp_path: Path) -> None:
    report = export_markers(markers_file(tmp_path), tmp_path / "x.edl")
    assert (tmp_path / "x.edl").read_text(encoding="utf-8") == (
        "TITLE: GX010002.markers\nFCM: DROP FRAME\n\n"
        "001  001      V     C        14:32:07;12 14:32:07;13 14:32:07;12 14:32:07;13  \n"
        "go / ± 0.10 s, confidence 97 % |C:ResolveColorRed |M:Start |D:1\n\n"
        "002  001      V     C        14:32:12;12 14:32:12;13 14:32:12;12 14:32:12;13  \n"
        "± 2.00 s, confidence 19 %, please check |C:ResolveColorYellow |M:Drop |D:1\n\n"
    )
    assert (report.files, report.written) == ((tmp_path / "x.edl",), 2)
    assert [(i.kind, i.count) for i in report.issues] == [("outside", 1), ("gap", 1)]
    assert "Before" in report.issues[0].text and "Other line" in report.issues[1].text
    for word in ("59.94 fps", "drop frame", "14:32:05;12", "Timeline Markers from EDL", "x.edl"):
        assert word in report.recipe
    assert json.loads(json.dumps(report.as_dict()))["written"] == 2


def test_markers_of_a_refused_warp_are_not_exported(tmp_path: Path) -> None:
    file = markers_file(tmp_path, "refused")
    with pytest.raises(RefusedError):
        export_markers(file, tmp_path / "x.edl", media=media())
    assert not (tmp_path / "x.edl").exists()


def test_the_recording_must_be_known(tmp_path: Path) -> None:
    file = markers_file(tmp_path)
    file.with_suffix(".json").unlink()
    with pytest.raises(UsageError, match="new video"):
        export_markers(file, tmp_path / "x.edl")
    assert export_markers(file, tmp_path / "x.edl", media=media()).written == 2
    with pytest.raises(UsageError, match="no preset"):
        export_markers(file, tmp_path / "x.edl", preset="none")


def test_colours_may_be_kept() -> None:
    assert annotated(MOVED[1]).colour == "Yellow"
    assert annotated(MOVED[1], keep_colours=True).colour == "Red"
    assert annotated(MOVED[1], keep_colours=True).comment.endswith("please check")
    assert annotated(MOVED[0]).name == "Start"


def test_certainty_is_never_overstated() -> None:
    sure = MovedMarker(Marker("a", 1), "moved", 1.0, 0.99, 1.01, 0.0, 0.99999, False)
    assert annotated(sure).comment == "± 0.01 s, confidence 99 % or more"
    unknown = MovedMarker(Marker("a", 1), "doubtful", 1.0, None, None, 0.0, 0.0, True)
    assert annotated(unknown).comment == "please check"


def test_nothing_to_write(tmp_path: Path) -> None:
    report = export_markers(MOVED[2:], tmp_path / "x.edl", media=media())
    assert (report.files, report.written) == ((), 0)
    assert [i.kind for i in report.issues] == ["outside", "gap", "nothing"]
    assert not (tmp_path / "x.edl").exists()


@pytest.mark.parametrize(
    ("fps", "drop", "start", "label"),
    [
        (Fraction(120), False, "01:00:00:000", "01:00:07:00"),
        (Fraction(120000, 1001), True, "01:00:00;000", "01:00:07;00"),
        (Fraction(240), False, "01:00:00:000", "01:00:07:00"),
    ],
)
def test_above_100_fps_the_edl_counts_at_half_the_rate(
    tmp_path: Path, fps: Fraction, drop: bool, start: str, label: str
) -> None:
    new = media(rate=fps, drop=drop, start_timecode=start)
    report = export_markers(MOVED[1:2], tmp_path / "x.edl", media=new)
    assert [i.kind for i in report.issues] == ["half_rate"]
    text = (tmp_path / "x.edl").read_text(encoding="utf-8")
    assert [len(part) for part in text.split("\n")[3].split()[4:]] == [11] * 4
    assert f" {label} " in text


def test_a_user_may_override(tmp_path: Path) -> None:
    how = ExportOptions(rate=Rate(25), start_timecode="10:00:00:00", crlf=True, ascii=True)
    export_markers(MOVED[:1], tmp_path / "x.edl", media=media(), how=how)
    text = (tmp_path / "x.edl").read_bytes().decode("ascii")
    assert "10:00:02:00" in text and "+/- 0.10 s" in text and "NON-DROP FRAME\r\n" in text
    assert read_text(text, rate=25, start_timecode="10:00:00:00").tracks.markers[0].marked_range.start_time.value == 50
    with pytest.raises(FormatError):
        export_markers(MOVED[:1], tmp_path / "x.edl", media=media(), how=ExportOptions(start_timecode="99:00:00:00"))


def test_oddities_of_the_recording_are_named(tmp_path: Path) -> None:
    odd = media(rate=Fraction(30), start_timecode=None, variable_rate=True)
    report = export_markers(MOVED[:1], tmp_path / "x.edl", media=odd)
    assert [i.kind for i in report.issues] == ["variable_rate", "drop_ignored", "start_assumed"]
