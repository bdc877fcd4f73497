"""GPX files as watches, phones, planners and careless programs write them."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from mtbsync_core.errors import FormatError
from mtbsync_core.telemetry.gpx import read_gpx
from tests.real_files import GPX


def written(folder: Path, body: str, encoding: str = "utf-8") -> Path:
    path = folder / "ride.gpx"
    head = f'<?xml version="1.0" encoding="{encoding}"?><gpx version="1.1" creator="a test" '
    space = (
        'xmlns="http://www.topografix.com/GPX/1/1" xmlns:g="http://www.garmin.com/xmlschemas/TrackPointExtension/v2">'
    )
    path.write_bytes((head + space + body + "</gpx>").encode(encoding))
    return path


def points(*times: str | None, first: int = 0, extra: str = "") -> str:
    return (
        "<trkseg>"
        + "".join(
            f'<trkpt lat="46.{7000 + first + i}" lon="7.6"><ele>{500 + i}</ele>'
            + (f"<time>{t}</time>" if t else "")
            + extra
            + "</trkpt>"
            for i, t in enumerate(times)
        )
        + "</trkseg>"
    )


def at(*seconds: float, zone: str = "Z") -> list[str]:
    return [f"2026-07-01T10:00:{s:06.3f}{zone}" for s in seconds]


def test_tracks_and_segments_are_joined_in_order_of_time(tmp_path: Path) -> None:
    late, early = points(*at(20, 21), first=20), points(*at(1, 2)) + points(*at(8, 9), first=8)
    found = read_gpx(written(tmp_path, f"<trk>{late}</trk><trk>{early}</trk>"))
    assert found.fixes.t_s.tolist() == [0, 1, 7, 8, 19, 20]
    assert found.start == datetime(2026, 7, 1, 10, 0, 1, tzinfo=UTC)
    assert found.fixes.lat_deg[0] == pytest.approx(46.7) and found.fixes.alt_m[0] == 500


def test_waypoints_with_times_are_moments(tmp_path: Path) -> None:
    marks = '<wpt lat="46.7" lon="7.6"><time>2026-07-01T10:00:05Z</time><name>Jump</name><desc>big</desc></wpt>'
    marks += '<wpt lat="46.7" lon="7.6"><name>no time</name></wpt>'
    found = read_gpx(written(tmp_path, f"{marks}<trk>{points(*at(1, 9))}</trk>"))
    assert [(w.t_s, w.name, w.note) for w in found.waypoints] == [(4.0, "Jump", "big")]


@pytest.mark.parametrize(("zone", "hour"), [("Z", 10), ("", 10), ("+02:00", 8)])
def test_zones(tmp_path: Path, zone: str, hour: int) -> None:
    found = read_gpx(written(tmp_path, f"<trk>{points(*at(0, 1, zone=zone))}</trk>"))
    assert found.start == datetime(2026, 7, 1, hour, tzinfo=UTC)


def test_points_that_share_a_whole_second_are_spread_over_it(tmp_path: Path) -> None:
    found = read_gpx(written(tmp_path, f"<trk>{points(*at(0, 1, 1, 2, 2, 2, 7, 7))}</trk>"))
    np.testing.assert_allclose(found.fixes.t_s, [0, 1, 1.5, 2, 2 + 1 / 3, 2 + 2 / 3, 7, 7.5])


def test_fix_dop_and_speed(tmp_path: Path) -> None:
    speed = "<g:TrackPointExtension><g:speed>6.5</g:speed></g:TrackPointExtension>"
    extra = f"<fix>2d</fix><hdop>1.4</hdop><extensions>{speed}</extensions>"
    fixes = read_gpx(written(tmp_path, f"<trk>{points(*at(0, 1), extra=extra)}</trk>")).fixes
    assert fixes.lock.tolist() == [2, 2] and fixes.dop.tolist() == [1.4, 1.4] and fixes.speed_mps.tolist() == [6.5, 6.5]


def test_some_points_without_times_are_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    found = read_gpx(written(tmp_path, f"<trk>{points(*at(0, 1), None, *at(3))}</trk>"))
    assert found.fixes.t_s.tolist() == [0, 1, 3] and "1 of 4 points have no time" in caplog.text


def test_no_times_at_all_are_an_even_ride(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    found = read_gpx(written(tmp_path, f"<trk>{points(None, None, None)}</trk>"))
    assert found.start is None and "not when" in caplog.text
    np.testing.assert_allclose(np.diff(found.fixes.t_s), 11.12 / 5, rtol=0.01)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('<rte><rtept lat="1" lon="2"/></rte>', "planned route"),
        ("", "no track"),
        ('<trk><trkseg><trkpt lat="north" lon="7"/></trkseg></trk>', "no track"),
    ],
)
def test_files_that_are_no_ride(tmp_path: Path, body: str, words: str) -> None:
    with pytest.raises(FormatError, match=words):
        read_gpx(written(tmp_path, body))


def test_no_file_and_no_text(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="cannot read"):
        read_gpx(tmp_path / "missing.gpx")
    (tmp_path / "noise.gpx").write_bytes(bytes(range(256)))
    with pytest.raises(FormatError, match="not a GPX file"):
        read_gpx(tmp_path / "noise.gpx")


def test_another_encoding(tmp_path: Path) -> None:
    path = written(tmp_path, f"<trk><name>Z\u00fcrich</name>{points(*at(0, 1))}</trk>", "iso-8859-1")
    assert len(read_gpx(path).fixes) == 2


def test_cut_off_and_damaged_files(tmp_path: Path) -> None:
    """Cut anywhere, a byte changed anywhere: read, or an error in words."""
    whole, rng = (GPX / "hyde_park_1.gpx").read_bytes()[:6000] + b"</trkseg></trk></gpx>", np.random.default_rng(1)
    for _ in range(40):
        data = bytearray(whole[: rng.integers(1, len(whole))] if rng.random() < 0.5 else whole)
        data[rng.integers(len(data))] = rng.integers(256)
        path = tmp_path / "damaged.gpx"
        path.write_bytes(bytes(data))
        with suppress(FormatError):
            assert len(read_gpx(path).fixes)
