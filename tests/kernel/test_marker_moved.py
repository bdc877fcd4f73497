"""`new_markers.csv` and its provenance: out and in again without loss, also by way of a spreadsheet."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path, PurePath
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mtbsync_core.errors import FormatError, UsageError
from mtbsync_core.marker_csv import read_markers
from mtbsync_core.markers import COLOURS, Marker, MovedMarker
from mtbsync_core.mediainfo import MediaFile, MediaInfo
from mtbsync_core.moved_csv import moved_as_dicts, read_moved, read_provenance, write_moved, write_provenance

MEDIA = MediaInfo(
    Path("new.mp4"), Fraction(60000, 1001), 3840, 2160, 61.5, 3686, "hevc", 0, "01:00:00;00", True, "2024-05-01"
)
TEXT = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
    st.text(alphabet="'=+-@\t\r\n\";,| a1\0\u2028", max_size=12),
    st.sampled_from(
        ["=HYPERLINK(1)", "-3.5", "'=x", "001  001 V C", "a\r\nb", " x ", "\ufeffx", "true", "t_ref", "extra:x"]
    ),
)
SECONDS = st.integers(0, 10**10).map(lambda us: us / 10**6)


@st.composite
def moved_markers(draw: st.DrawFn) -> list[MovedMarker]:
    columns = draw(st.lists(TEXT, max_size=3, unique=True))
    moved = []
    for _ in range(draw(st.integers(0, 4))):
        source = Marker(
            name=draw(TEXT),
            t_s=draw(SECONDS),
            duration_s=draw(SECONDS),
            colour=draw(st.sampled_from(["", *COLOURS])),
            comment=draw(TEXT),
            marker_id=draw(TEXT),
            custom=draw(TEXT),
            extra={column: draw(TEXT) for column in columns},
        )
        placed = draw(st.booleans())
        status = draw(st.sampled_from(["moved", "doubtful"] if placed else ["outside", "gap"]))
        t_new, t_lo, t_hi = (draw(SECONDS) if placed else None for _ in range(3))
        confidence = draw(st.integers(0, 10**6)) / 10**6
        moved.append(MovedMarker(source, status, t_new, t_lo, t_hi, draw(SECONDS), confidence, draw(st.booleans())))  # type: ignore[arg-type]
    return moved


@pytest.mark.slow
@given(moved=moved_markers())
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_reading_is_the_inverse_of_writing(tmp_path: Path, moved: list[MovedMarker]) -> None:
    write_moved(tmp_path / "new_markers.csv", moved)
    assert read_moved(tmp_path / "new_markers.csv") == moved


def example() -> list[MovedMarker]:
    return [
        MovedMarker(
            Marker("Drop", 12.5, 2, "Red", "big", "a1", "", {"line": "A"}), "moved", 13.25, 13.1, 13.4, 2.1, 0.97, False
        ),
        MovedMarker(Marker("Über", 99, 0, "", "", "a2", "", {"line": ""}), "outside", None, None, None, 0, 0.0, True),
    ]


def test_the_columns(tmp_path: Path) -> None:
    write_moved(tmp_path / "n.csv", example(), label="run 2")
    text = (tmp_path / "n.csv").read_bytes().decode("utf-8")
    assert text == (
        "marker_id,name,t_ref,t_new,t_lo,t_hi,confidence,needs_review,status,colour,comment,duration,duration_ref,label,line\r\n"
        "a1,Drop,12.500000,13.250000,13.100000,13.400000,0.970000,false,moved,Red,big,2.100000,2.000000,run 2,A\r\n"
        "a2,Über,99.000000,,,,0.000000,true,outside,,,0.000000,0.000000,run 2,\r\n"
    )
    write_moved(tmp_path / "n.csv", example())
    assert "label" not in (tmp_path / "n.csv").read_text(encoding="utf-8")


def test_columns_called_like_ours_keep_apart(tmp_path: Path) -> None:
    source = Marker("a", 1.0, extra={"Status": "x", "extra:y": "z", "label": "mine", "": "e"})
    moved = [MovedMarker(source, "moved", 2.0, 1.9, 2.1, 0.0, 0.9, False)]
    write_moved(tmp_path / "n.csv", moved)
    assert read_moved(tmp_path / "n.csv") == moved
    write_moved(tmp_path / "n.csv", moved, label="run")
    assert read_moved(tmp_path / "n.csv")[0].source.extra["label"] == "mine"


def test_lone_surrogates_do_not_stop_the_file(tmp_path: Path) -> None:
    write_moved(tmp_path / "n.csv", [MovedMarker(Marker("a\ud800", 1.0), "moved", 2.0, 1.9, 2.1, 0.0, 0.9, False)])
    assert read_moved(tmp_path / "n.csv")[0].source.name == "a\ufffd"


def test_a_file_that_a_german_spreadsheet_saved(tmp_path: Path) -> None:
    write_moved(tmp_path / "n.csv", example())
    with (tmp_path / "n.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    saved = [
        [cell.rstrip("0").replace(".", ",") if cell.endswith("0") and "." in cell else cell for cell in r] for r in rows
    ]
    saved[1][7], saved[2][7] = "FALSCH", "WAHR"
    with (tmp_path / "n.csv").open("w", encoding="cp1252", newline="") as file:
        csv.writer(file, delimiter=";").writerows(saved)
    assert read_moved(tmp_path / "n.csv") == example()


def test_files_of_the_original(tmp_path: Path) -> None:
    (tmp_path / "n.csv").write_text("marker_id,t_ref,t_new_est,note\nM1,1.5,3.25,x\n", encoding="utf-8")
    (moved,) = read_moved(tmp_path / "n.csv")
    assert moved == MovedMarker(
        Marker("M1", 1.5, marker_id="M1", extra={"note": "x"}), "doubtful", 3.25, None, None, 0.0, 0.0, True
    )


def test_new_markers_serve_as_reference_markers(tmp_path: Path) -> None:
    write_moved(tmp_path / "n.csv", example())
    table = read_markers(tmp_path / "n.csv")
    assert [(m.name, m.t_s, m.duration_s, m.colour, m.comment) for m in table.markers] == [
        ("Drop", 12.5, 2, "Red", "big"),
        ("Über", 99, 0, "", ""),
    ]


def test_a_colour_typed_in_a_spreadsheet(tmp_path: Path) -> None:
    (tmp_path / "n.csv").write_text("t_new,status,Color\n1,moved,red\n2,moved,mauve\n", encoding="utf-8")
    assert [m.source.colour for m in read_moved(tmp_path / "n.csv")] == ["Red", "mauve"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("marker_id,t_ref\nM1,1\n", "no column t_new"),
        ("t_new,status\nx,moved\n", "line 2, column t_new"),
        ("t_new,status\n1,moved\n,moved\n", "line 3: status"),
        ("t_new,status\n1,lost\n", "line 2: status"),
        ("t_new,status\n1e999,moved\n", "too large"),
        ('t_new,status\n"1,moved\n', "line 2: a quote"),
    ],
)
def test_damage_is_named_with_its_line(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "n.csv").write_text(text, encoding="utf-8")
    with pytest.raises(FormatError, match=says):
        read_moved(tmp_path / "n.csv")


def test_the_json_form(tmp_path: Path) -> None:
    first, second = moved_as_dicts(example())
    assert json.loads(json.dumps([first, second])) == [first, second]
    assert (first["t_new"], first["needs_review"], first["extra"]) == (13.25, False, {"line": "A"})
    assert second["t_new"] is None


def test_places_in_a_recording_of_several_files(tmp_path: Path) -> None:
    files = (MediaFile(Path("card/GX010001.MP4")), MediaFile(Path("card/GX020001.MP4"), 10.0))
    media = replace(MEDIA, path=files[0].path, files=files)
    rows = moved_as_dicts(example(), media)
    assert [(row["file"], row["t_file"]) for row in rows] == [("GX020001.MP4", 3.25), (None, None)]
    write_moved(tmp_path / "n.csv", example(), media=media)
    with (tmp_path / "n.csv").open(encoding="utf-8", newline="") as file:
        assert [(row["file"], row["t_file"]) for row in csv.DictReader(file)] == [
            ("GX020001.MP4", "3.250000"),
            ("", ""),
        ]
    assert read_moved(tmp_path / "n.csv") == example()
    # In one file there is nothing to tell.
    write_moved(tmp_path / "n.csv", example(), media=MEDIA)
    assert "t_file" not in (tmp_path / "n.csv").read_text(encoding="utf-8")


def provenance(tmp_path: Path, **changes: Any) -> Path:
    values: dict[str, Any] = {
        "media": MEDIA,
        "timewarp": tmp_path / "timewarp.json",
        "verdict": "good",
        "options": {"a": 1},
    }
    return write_provenance(tmp_path / "new_markers.csv", **{**values, **changes})


def test_provenance_comes_back_and_survives_a_move_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    target = provenance(tmp_path / "one")
    assert target == tmp_path / "one" / "new_markers.json"
    (tmp_path / "one").rename(tmp_path / "two")
    found = read_provenance(tmp_path / "two" / "new_markers.csv")
    assert found is not None
    assert (found.media, found.verdict, found.options) == (MEDIA, "good", {"a": 1})
    assert found.timewarp == tmp_path / "two" / "timewarp.json"


def test_a_warp_elsewhere_is_named_in_full(tmp_path: Path) -> None:
    provenance(tmp_path / "out", timewarp=tmp_path / "warps" / "w.json", verdict="refused")
    found = read_provenance(tmp_path / "out" / "new_markers.csv")
    assert found is not None
    assert found.timewarp == tmp_path / "warps" / "w.json"
    assert found.verdict == "refused"


def test_vis_json_shares_the_file(tmp_path: Path) -> None:
    target = provenance(tmp_path, timewarp=None, visual={"markers": [1], "label": "x", "verdict": "no"})
    data = json.loads(target.read_text(encoding="utf-8"))
    assert (data["markers"], data["label"], data["verdict"], data["timewarp"]) == ([1], "x", "good", None)
    found = read_provenance(tmp_path / "new_markers.csv")
    assert found is not None and found.timewarp is None


def test_no_provenance(tmp_path: Path) -> None:
    sidecar = tmp_path / "new_markers.json"
    assert read_provenance(tmp_path / "new_markers.csv") is None
    for text in ("[]", "{", '{"markers": []}'):
        sidecar.write_text(text, encoding="utf-8")
        assert read_provenance(tmp_path / "new_markers.csv") is None


def test_damaged_newer_and_foreign_sidecars(tmp_path: Path) -> None:
    sidecar = provenance(tmp_path)
    data = json.loads(sidecar.read_text(encoding="utf-8"))
    for change in ({"version": 2}, {"media": {"path": "x"}}, {"media": None}, {"options": 3}):
        sidecar.write_text(json.dumps({**data, **change}), encoding="utf-8")
        with pytest.raises(FormatError):
            read_provenance(tmp_path / "new_markers.csv")
    sidecar.write_text('{"schema": "mtbsync.timewarp"}', encoding="utf-8")
    with pytest.raises(UsageError, match="another file"):
        provenance(tmp_path)
    with pytest.raises(UsageError, match="own description"):
        read_provenance(Path(PurePath("markers.JSON")))
