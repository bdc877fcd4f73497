"""Reference files as riders, spreadsheets and the original tool write them."""

from __future__ import annotations

import codecs
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mtbsync_core.errors import FormatError, UsageError
from mtbsync_core.marker_csv import MarkerTable, read_markers
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.table import guarded, parse_number, unguarded


def media(start: str | None = None, fps: Fraction | int = 25, drop: bool = False, duration: float = 3600) -> MediaInfo:
    rate = Fraction(fps)
    return MediaInfo(
        Path("ref.mp4"), rate, 1920, 1080, duration, int(duration * rate), "h264", start_timecode=start, drop=drop
    )


def read(tmp_path: Path, data: str | bytes, video: MediaInfo | None = None) -> MarkerTable:
    file = tmp_path / "markers.csv"
    file.write_bytes(data.encode() if isinstance(data, str) else data)
    return read_markers(file, media=video)


PLAIN = "name,t_ref,colour,comment,marker_id,duration\nDrop,12.5,Red,big,a1,2\nÜmlaut,20,,,a2,\n"


def test_the_plain_form(tmp_path: Path) -> None:
    table = read(tmp_path, PLAIN)
    first, second = table.markers
    assert (first.name, first.t_s, first.colour, first.comment, first.marker_id, first.duration_s) == (
        "Drop",
        12.5,
        "Red",
        "big",
        "a1",
        2,
    )
    assert (second.name, second.t_s, second.extra) == ("Ümlaut", 20, {})
    assert table.problems == ()
    assert table.columns == ("name", "t_ref", "colour", "comment", "marker_id", "duration")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_encodings_delimiters_line_ends(tmp_path: Path, encoding: str, delimiter: str, ends: str) -> None:
    text = PLAIN.replace(",", delimiter).replace("\n", ends)
    if delimiter in ";\t":
        text = text.replace("12.5", "12,5")
    table = read(tmp_path, text.encode(encoding))
    assert [(m.name, m.t_s, m.colour) for m in table.markers] == [("Drop", 12.5, "Red"), ("Ümlaut", 20, "")]
    assert table.skipped == 0
    assert [p.kept for p in table.problems] == ([True] if encoding == "cp1252" else [])


def test_utf_16_big_endian(tmp_path: Path) -> None:
    assert len(read(tmp_path, codecs.BOM_UTF16_BE + PLAIN.encode("utf-16-be")).markers) == 2


def test_what_excel_leaves_behind(tmp_path: Path) -> None:
    text = (
        'sep=;\r\n\r\n T_REF (s) ;"Name";COLOR;Line;;\r\n'
        '12,5;" Drop\u00a0";red;A;;\r\n;;;;;\r\n"1\u202f234,25";"two\r\nlines; and ""quotes""";;;;\r\n'
    )
    table = read(tmp_path, text)
    assert [(m.name, m.t_s, m.colour) for m in table.markers] == [
        ("Drop", 12.5, "Red"),
        ('two\r\nlines; and "quotes"', 1234.25, ""),
    ]
    assert [m.extra for m in table.markers] == [{"Line": "A"}, {"Line": ""}]
    assert table.problems == ()


def test_files_of_the_original(tmp_path: Path) -> None:
    plain = read(tmp_path, "marker_id,t_ref\nM1,1.5\nM2,2\n").markers
    assert [(m.marker_id, m.name, m.t_s) for m in plain] == [("M1", "M1", 1.5), ("M2", "M2", 2)]
    output = read(tmp_path, "marker_id,t_ref,t_new_est,label\nM1,1.5,3.25,Start\n").markers
    assert (output[0].name, output[0].t_s, output[0].extra) == ("Start", 1.5, {"t_new_est": "3.25"})


@pytest.mark.parametrize(
    ("cell", "seconds"),
    [
        ("0", 0),
        ("12", 12),
        (" 12.50 ", 12.5),
        ("12,5", 12.5),
        ("1.5e2", 150),
        ("12.5 s", 12.5),
        (".5", 0.5),
        ("0,500", 0.5),
        ("1,234.5", 1234.5),
        ("1.234,5", 1234.5),
        ("1 234.5", 1234.5),
        ("1'234.5", 1234.5),
        ("1:30", 90),
        ("75:10", 4510),
        ("01:30.25", 90.25),
        ("01:00:00.5", 3600.5),
        ("00:01:30,040", 90.04),
        ("0:01:30", 90),
    ],
)
def test_times(tmp_path: Path, cell: str, seconds: float) -> None:
    assert read(tmp_path, f'name,t_ref\nx,"{cell}"\n').markers[0].t_s == pytest.approx(seconds, abs=1e-12)


@pytest.mark.parametrize(
    "cell",
    ["", "nan", "inf", "-1", "1e999", "abc", "1_000", "0x10", "1:75", "1:61:00", "12:", "########", "1,234", "٣"],
)
def test_bad_times_are_reported_with_their_line(tmp_path: Path, cell: str) -> None:
    table = read(tmp_path, f'name,t_ref\nok,1\n\nbad,"{cell}"\nfine,2\n')
    assert [m.name for m in table.markers] == ["ok", "fine"]
    assert [(p.line, p.kept) for p in table.problems] == [(4, False)]
    assert str(table.problems[0]).startswith("line 4: ")
    assert table.skipped == 1


def test_a_dot_is_not_guessed_at_among_decimal_commas(tmp_path: Path) -> None:
    table = read(tmp_path, "name;t_ref\na;12,5\nb;1.234\nc;1.5\n")
    assert [m.t_s for m in table.markers] == [12.5, 1.5]
    assert "1234" in table.problems[0].text


@pytest.mark.parametrize(
    ("cell", "video", "seconds"),
    [
        ("00:00:10:05", media(), 10.2),
        ("00:00:10:05", media("01:00:00:00"), 10.2),
        ("01:00:10:05", media("01:00:00:00"), 10.2),
        ("10:00:00:00", media("10:00:00:00"), 0),
        ("00:01:00;02", media(None, Fraction(30000, 1001), True), 1800 * 1001 / 30000),
        ("00:01:00;02", media("00:01:00;02", Fraction(30000, 1001), True), 0),
        ("00:00:05:00", media("23:59:50:00"), 15),
        ("00:00:01:119", media(None, 120), 239 / 120),
        ("01:00:10.2", media("01:00:00:00", duration=7200), 3610.2),
    ],
)
def test_timecode_counts_from_the_start_timecode_or_zero(
    tmp_path: Path, cell: str, video: MediaInfo, seconds: float
) -> None:
    table = read(tmp_path, f"t_ref\n{cell}\n", video)
    assert table.markers[0].t_s == pytest.approx(seconds, abs=1e-9)
    assert table.problems == ()


def test_oddities_of_timecode_are_named(tmp_path: Path) -> None:
    dropped = read(tmp_path, "t_ref\n0\n00:01:00;00\n", media(None, Fraction(30000, 1001), True))
    assert (dropped.problems[0].line, dropped.skipped) == (3, 1)
    foreign = read(tmp_path, "t_ref\n00:00:10;05\n", media())
    assert foreign.problems[0].kept and "drop frame" in foreign.problems[0].text
    mixed = read(tmp_path, "t_ref\n00:00:05:00\n00:00:30:00\n", media("00:00:20:00"))
    assert [m.t_s for m in mixed.markers] == [5, 10]
    assert mixed.problems[0].kept and mixed.problems[0].line == 3
    late = read(tmp_path, "t_ref\n99\n", media(duration=60))
    assert late.problems[0].kept and "after the end" in late.problems[0].text


def test_frames_without_a_rate_say_what_is_missing(tmp_path: Path) -> None:
    table = read(tmp_path, "t_ref\n1\n00:00:10:05\n")
    assert "reference video" in table.problems[0].text
    with pytest.raises(FormatError, match="frame rate"):
        read(tmp_path, "t_ref\n00:00:10:05\n")


def test_colours(tmp_path: Path) -> None:
    cells = ["BLUE", "resolvecolorSand", "orange", "Mauve", ""]
    table = read(tmp_path, "t_ref,Color\n" + "".join(f"{i},{c}\n" for i, c in enumerate(cells)))
    assert [m.colour for m in table.markers] == ["Blue", "Sand", "Sand", "", ""]
    assert [m.extra for m in table.markers] == [{}, {}, {}, {"Color": "Mauve"}, {}]
    assert [(p.line, p.kept) for p in table.problems] == [(4, True), (5, True)]


def test_names_and_ids_are_made_up_where_missing_and_twins_are_named(tmp_path: Path) -> None:
    table = read(tmp_path, "name,t_ref,id\n,1,\nA,2,M001\nA,3,M001\n")
    assert [m.name for m in table.markers] == ["Marker 1", "A", "A"]
    assert [m.marker_id for m in table.markers] == ["M001_", "M001", "M001"]
    assert all(p.kept for p in table.problems)
    assert sorted(p.line for p in table.problems) == [2, 3, 3, 4, 4]


def test_a_quote_that_never_closes_costs_one_line(tmp_path: Path) -> None:
    table = read(tmp_path, 'name,t_ref\n"Drop,1\nA,2\n"B"x,3\n"C",4\n12" log,5\n')
    assert [(m.name, m.t_s) for m in table.markers] == [("A", 2), ("Bx", 3), ("C", 4), ('12" log', 5)]
    assert [(p.line, p.kept) for p in table.problems] == [(2, False)]


def test_cells_beyond_the_header_are_not_guessed_at(tmp_path: Path) -> None:
    table = read(tmp_path, "name,t_ref\nA,1,5\nB,2\nC,3,,\n")
    assert [m.name for m in table.markers] == ["B", "C"]
    assert "3 cells under 2 columns" in str(table.problems[0])


def test_double_and_nameless_columns_are_kept(tmp_path: Path) -> None:
    table = read(tmp_path, "t_ref,line,line,,x\n1,a,b,c,d\n")
    assert table.markers[0].extra == {"line": "a", "line.2": "b", "column 4": "c", "x": "d"}


def test_bad_durations_leave_a_point(tmp_path: Path) -> None:
    table = read(tmp_path, "t_ref,duration\n1,-2\n2,x\n3,00:00:01:05\n4,1:00\n", media())
    assert [m.duration_s for m in table.markers] == [0, 0, 1.2, 60]
    assert [(p.line, p.kept) for p in table.problems] == [(2, True), (3, True)]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"\n\n;;\n", "empty"),
        (b"name,zeit\na,1\n", "no time column; its columns are: name, zeit"),
        (b"name,t_ref\n", "no line below"),
        (b"name,t_ref\na,x\n", "line 2"),
        (b"PK\x03\x04rest", "workbook"),
        (b"\x00\x00\x00\x20ftypmp42" + bytes(500), "not a text file"),
        (codecs.BOM_UTF16_LE + b"a", "UTF-16"),
    ],
)
def test_files_without_markers(tmp_path: Path, data: bytes, says: str) -> None:
    with pytest.raises(FormatError, match=says):
        read(tmp_path, data)


def test_missing_and_locked_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="no file"):
        read_markers(tmp_path / "none.csv")
    with pytest.raises(UsageError):
        read_markers(tmp_path)
    file = tmp_path / "open.csv"
    file.write_text("t_ref\n1\n", encoding="utf-8")

    def locked(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", locked)
    with pytest.raises(UsageError) as error:
        read_markers(file)
    assert "Excel" in error.value.hint


@pytest.mark.slow
@given(data=st.binary(max_size=300), start=st.sampled_from([b"", b"name,t_ref\n", b"t_ref;x\n", b"\xff\xfe", b"sep="]))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_bytes_break_the_reader(tmp_path: Path, data: bytes, start: bytes) -> None:
    try:
        table = read(tmp_path, start + data)
    except FormatError:
        return
    assert table.markers and all(m.t_s >= 0 and m.name for m in table.markers)


@pytest.mark.slow
@given(st.text(alphabet="'=+-@\t\r1,.ea ", max_size=8))
@settings(max_examples=60, deadline=None)
def test_the_formula_guard_has_an_exact_inverse(text: str) -> None:
    assert unguarded(guarded(text)) == text
    assert not guarded(text).startswith(("=", "@", "\t", "\r"))


@pytest.mark.parametrize("text", ["=1+1", "+x", "-x", "@x", "'=1", "\tx"])
def test_formulas_are_guarded(text: str) -> None:
    assert guarded(text) == f"'{text}"


@pytest.mark.parametrize("text", ["-3.5", "+2", "x=1", "", "'quoted'", "1-2"])
def test_numbers_and_plain_text_are_not(text: str) -> None:
    assert guarded(text) == text


@pytest.mark.slow
@given(number=st.floats(0, 1e6).map(lambda x: round(x, 4)))
@settings(max_examples=60, deadline=None)
def test_numbers_of_either_country(number: float) -> None:
    english = f"{number:,.4f}"
    german = english.translate(str.maketrans(",.", ".,"))
    assert parse_number(english) == number
    assert parse_number(german, decimal_comma=True) == number
