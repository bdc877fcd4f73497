"""Files of tracks whatever they are called and however they are packed, written or broken off."""

from __future__ import annotations

import gzip
import logging
import os
import struct
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from mtbsync_core.errors import FormatError
from mtbsync_core.telemetry.reading import read_recorded
from mtbsync_core.telemetry.track_file import kind_of_file
from tests.real_files import FIT

START = datetime(2026, 7, 1, 10, tzinfo=UTC)
N = 30

_GPX = (
    '<gpx version="1.1" creator="a test" xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>{}</trkseg></trk></gpx>'
)
_TCX = (
    '<TrainingCenterDatabase xmlns="http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2" '
    'xmlns:ns3="http://www.garmin.com/xmlschemas/ActivityExtension/v2"><Activities><Activity Sport="Biking">'
    "<Id>2026-07-01T10:00:00Z</Id>{}</Activity></Activities></TrainingCenterDatabase>"
)


def gpx(form: str = "2026-07-01T10:00:{:02d}Z", more: str = "") -> str:
    point = '<trkpt lat="46.{}" lon="7.6"><time>{}</time>' + more + "</trkpt>"
    return _GPX.format("".join(point.format(70000 + 4 * s, form.format(s)) for s in range(N)))


def tcx(place: bool = True) -> str:
    where = "<Position><LatitudeDegrees>46.{}</LatitudeDegrees><LongitudeDegrees>7.6</LongitudeDegrees></Position>"
    speed = "<Extensions><ns3:TPX><ns3:Speed>4.5</ns3:Speed></ns3:TPX></Extensions>"
    rows = [
        f"<Trackpoint><Time>2026-07-01T10:00:{s:02d}Z</Time>{where.format(70000 + 4 * s) if place else ''}"
        f"<AltitudeMeters>{500 + s}</AltitudeMeters>{speed}</Trackpoint>"
        for s in range(N)
    ]
    laps = [
        f'<Lap StartTime="2026-07-01T10:00:{s:02d}Z"><Track>{"".join(rows[s : s + 10])}</Track></Lap>'
        for s in (0, 10, 20)
    ]
    return _TCX.format("".join(laps))


def fit(
    n: int = N, *, size: int | None = None, messages: bytes = b"", laps: tuple[int, ...] = (), check: bytes = b"\0\0"
) -> bytes:
    """`record` messages (global number 20) and `lap` messages (19); `messages` stand before them (FIT SDK)."""
    begun = int((START - datetime(1989, 12, 31, tzinfo=UTC)).total_seconds())
    body = messages + b"\x40\0\0" + struct.pack("<HB", 20, 3) + bytes((253, 4, 0x86, 0, 4, 0x85, 1, 4, 0x85))
    for s in range(n):
        lat, lon = (round(degrees / 180 * 2**31) for degrees in (46.7 + 4e-5 * s, 7.6))
        body += b"\0" + struct.pack("<Iii", begun + s, lat, lon)
    body += b"\x41\0\0" + struct.pack("<HB", 19, 2) + bytes((253, 4, 0x86, 2, 4, 0x86))
    for s in laps:
        body += b"\1" + struct.pack("<II", begun + s + 5, begun + s)
    return struct.pack("<BBHI4s", 12, 0x10, 2160, len(body) if size is None else size, b".FIT") + body + check


def read(folder: Path, content: str | bytes, name: str = "ride.gpx"):
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_recorded(path)


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
@pytest.mark.parametrize("content", [gpx().encode(), tcx().encode(), fit()], ids=["GPX", "TCX", "FIT"])
@pytest.mark.parametrize("name", ["ride.gpx", "ride.FIT", "ride.tcx.gz", "ride", "ride.mp4"])
def test_the_content_decides(tmp_path: Path, name: str, content: bytes, pack: Callable[[bytes], bytes]) -> None:
    found = read(tmp_path, pack(content), name)
    assert found.source == kind_of_file(tmp_path / name)
    assert (len(found.fixes), found.start) == (N, START)
    np.testing.assert_allclose(found.fixes.lat_deg, 46.7 + 4e-5 * np.arange(N), atol=1e-7)


def test_tcx(tmp_path: Path) -> None:
    found = read(tmp_path, tcx())
    assert found.source == "TCX"
    assert found.fixes.alt_m.tolist() == list(range(500, 530)) and set(found.fixes.speed_mps) == {4.5}
    assert [(w.t_s, w.name) for w in found.waypoints] == [(10.0, "Lap 2"), (20.0, "Lap 3")]
    with pytest.raises(FormatError, match="indoor ride"):
        read(tmp_path, tcx(place=False))
    with pytest.raises(FormatError, match="no recorded ride"):
        read(tmp_path, _TCX.format("").replace("Activit", "Cours"))


def test_laps_of_a_fit_are_marked_moments(tmp_path: Path) -> None:
    found = read(tmp_path, fit(laps=(0, 12, 20)))
    assert [(w.t_s, w.name) for w in found.waypoints] == [(12.0, "Lap 2"), (20.0, "Lap 3"), (25.0, "Lap 4")]
    assert [w.t_s for w in read(tmp_path, fit(laps=(0, 12, 24))).waypoints] == [12.0, 24.0]


# ---- XML that other readers take -----------------------------------------------------------------------------------


def prefixed(text: str) -> str:
    named = text.replace("<", "<p:").replace("<p:/", "</p:").replace("xmlns=", "xmlns:p=")
    return named.replace("<p:gpx", '<p:gpx xmlns="http://www.garmin.com/xmlschemas/TrackPointExtension/v2"')


@pytest.mark.parametrize(
    "content",
    [
        prefixed(gpx()).encode(),
        gpx(more="<extensions><n9:hr>1</n9:hr></extensions>").encode(),
        b"\n" + b'<?xml version="1.0" encoding="UTF-8"?>\n' + gpx().encode(),
        b"\xef\xbb\xbf\r\n \t" + b'<?xml version="1.0"?>' + gpx().encode(),
        b'<!-- made by hand --><?xml version="1.0"?>' + gpx().encode(),
        ('<?xml version="1.0" encoding="UTF-16"?>' + gpx()).encode("utf-16"),
        ("\ufeff" + gpx()).encode("utf-16-be"),
        gpx().encode("utf-16-le"),
        ('<?xml version="1.0" encoding="UTF-16"?>' + gpx()).encode(),
        ('<?xml version="1.0" encoding="windows-1251"?>' + gpx(more="<name>Гора</name>")).encode("cp1251"),
        gpx(more="<name>Roots & \x02 Rocks &nbsp;</name>").encode(),
        gpx().encode() + bytes(300),
        gpx().replace('lat="46.', 'lat=" 46,').encode(),
        b"<!DOCTYPE gpx>" + gpx().encode(),
    ],
    ids=["prefix", "undeclared prefix", "empty line", "mark and blanks", "comment first", "UTF-16", "UTF-16 BE",
         "UTF-16 without mark", "declared UTF-16", "cp1251", "bare ampersand", "zeros behind",
         "decimal commas", "doctype"],
)  # fmt: skip
def test_xml_that_is_not_quite_right(tmp_path: Path, content: bytes) -> None:
    found = read(tmp_path, content)
    assert (len(found.fixes), found.start, found.source) == (N, START, "GPX")


@pytest.mark.parametrize(
    "form",
    [
        "2026-07-01T10:00:{:02d}Z",
        "\n      2026-07-01T10:00:{:02d}Z\n    ",
        "2026-07-01\n10:00:{:02d} Z",
        "2026-07-01T\r\n10:00:{:02d}Z",
        "2026-07-01T10:00:{:02d},000Z",
        "2026-07-01T10:00:{:02d}.000000000Z",
        "2026-07-01 12:00:{:02d} +02:00",
        "2026-07-01T09:00:{:02d}-0100",
        "20260701T1000{:02d}Z",
        "2026-07-01t10:00:{:02d}z",
    ],
)
def test_times(tmp_path: Path, form: str) -> None:
    found = read(tmp_path, gpx(form))
    assert found.start == START
    assert found.fixes.t_s.tolist() == list(range(N))


def test_half_a_second_behind_a_comma(tmp_path: Path) -> None:
    assert read(tmp_path, gpx("2026-07-01T10:00:{:02d},5Z")).start == START.replace(microsecond=500_000)


# ---- What breaks off -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content", [gpx(), prefixed(gpx()), tcx(), gpx() + gpx()], ids=["GPX", "prefix", "TCX", "twice"]
)
@pytest.mark.parametrize("cut", [0.3, 0.49, 0.51, 0.52, 0.9])
def test_it_is_read_as_far_as_it_goes(
    tmp_path: Path, content: str, cut: float, caplog: pytest.LogCaptureFixture
) -> None:
    part = content[: int(len(content) * cut)]
    whole = min(N, part.count("</trkpt>") + part.count("</p:trkpt>") + part.count("</Trackpoint>"))
    with caplog.at_level(logging.WARNING):
        assert len(read(tmp_path, part).fixes) == whole
    assert f"the {whole} points before that are used" in caplog.text


def test_a_gzip_that_breaks_off(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    packed = gzip.compress(gpx().encode())
    with caplog.at_level(logging.WARNING):
        assert 0 < len(read(tmp_path, packed[: len(packed) * 3 // 4]).fixes) < N
        assert "ride.gpx breaks off: it is unpacked as far as it goes" in caplog.text
        assert len(read(tmp_path, packed[:-8] + b"12345678").fixes) == N


def test_entities_are_not_followed(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE gpx [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>' + gpx()
    with pytest.raises(FormatError):
        read(tmp_path, bomb)


@pytest.mark.parametrize("size", [0, 1, 200, 1 << 20])
def test_a_fit_whose_header_does_not_say_how_much_there_is(tmp_path: Path, size: int) -> None:
    """Devices write the size last of all; one that died left 0, or what was there at some earlier time."""
    assert len(read(tmp_path, fit(size=size, check=b"")).fixes) == N
    assert len(read(tmp_path, fit(size=size, check=b"")[:-40]).fixes) == N - 3
    two = fit() + fit()
    assert len(read(tmp_path, two).fixes) == 2 * N


@pytest.mark.parametrize("missing", ["id", "description", "both"])
def test_fields_of_other_makers_without_their_id(tmp_path: Path, missing: str) -> None:
    """`developer_data_id` (207), `field_description` (206), and records with a developer field of one byte."""
    identity = b"\x42\0\0" + struct.pack("<HB", 207, 1) + bytes((3, 1, 0x02)) + b"\2\0"
    described = b"\x43\0\0" + struct.pack("<HB", 206, 3) + bytes((0, 1, 0x02, 1, 1, 0x02, 2, 1, 0x02)) + b"\3\0\0\2"
    extra = b"\x64\0\0" + struct.pack("<HB", 20, 1) + bytes((253, 4, 0x86)) + b"\1\0\1\0" + b"\4" + bytes(4) + b"\7"
    parts = {"id": described + identity + extra, "description": identity + extra, "both": extra}
    assert len(read(tmp_path, fit(messages=parts[missing])).fixes) == N


def test_real_fit_whose_device_died(tmp_path: Path) -> None:
    whole = (FIT / "garmin-edge-500-activity.fit").read_bytes()
    assert len(read(tmp_path, whole[:4] + bytes(4) + whole[8:-2]).fixes) == 1497


# ---- What is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document/></kml>', "is a KML file"),
        (b"PK\3\4" + bytes(60), "is a ZIP archive"),
        ("<html><body>Not found</body></html>", "is not a GPX, TCX or FIT file"),
        ("<gpx>", "no track"),
        (gzip.compress(b"hello", mtime=0), "is not a GPX, TCX or FIT file"),
        (b"\x1f\x8b" + bytes(60), "is not a GPX, TCX or FIT file"),
        (b"", "is not a GPX, TCX or FIT file"),
    ],
)
def test_what_is_no_track(tmp_path: Path, content: str | bytes, words: str) -> None:
    with pytest.raises(FormatError, match=words) as caught:
        read(tmp_path, content)
    assert caught.value.hint and "rrno" not in caught.value.message


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no named pipes among its files")
def test_a_named_pipe_is_no_file(tmp_path: Path) -> None:
    vars(os)["mkfifo"](tmp_path / "ride.gpx")  # portable: skipped on Windows
    with pytest.raises(FormatError, match="is a named pipe, not a file"):
        read_recorded(tmp_path / "ride.gpx")
    with pytest.raises(FormatError, match="is a folder, not a file"):
        read_recorded(tmp_path)
