"""mtbsync telemetry: what it says of recordings, tracks and files without any, and what it writes."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import gpxpy
import pytest

from mtbsync_core.telemetry.exports import COLUMNS
from mtbsync_core.telemetry.reading import read_recorded
from tests.cli.two_runs import Run
from tests.demo.black_film import black_film, planned
from tests.real_files import FIT, GPX, HERO7


@pytest.fixture(scope="module")
def ride(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A simulated ride of 40 s with a stop of 4 s, one loss of the fix and one tap of the button."""
    run = planned(0, seed=2, seconds=40, rate=Fraction(15), ref_stops_s=(7.0,), hilights_s=(12.5,))
    assert run.sensors is not None
    run = replace(run, sensors=replace(run.sensors, dropouts_s=((10.0, 14.0),)))
    return black_film(tmp_path_factory.mktemp("ride") / "ride.mp4", run)


@pytest.mark.slow
def test_a_recording_is_told_in_words(run: Run, ride: Path) -> None:
    done = run("telemetry", ride)
    assert done.code == 0
    assert done.err == ""
    for words in (
        "ride.mp4: 0:40.1 of HERO13 Black",
        "lens wide, 110° from corner to corner, not stabilised",
        "of 400 fixes are usable; left out: 40 no lock",
        "nothing known 0:1",
        "motion: 1 stop, ",
        "HiLights: 0:12.5",
        "first frame 2026-06-14 10:00:00 UTC (± 0.5 s), from GPS time (GPS9)",
    ):
        assert words in done.out


@pytest.mark.slow
def test_the_figures_are_those_of_the_ride(run: Run, ride: Path) -> None:
    data = run("telemetry", ride, "--json").json
    assert data["telemetry"] is True
    assert 197 < data["streams"]["GYRO"]["rate_hz"] < 202
    assert data["streams"]["GPS9"]["samples"] == 400
    assert data["streams"]["GPS9"]["gaps_s"] == []
    assert data["gps"]["used"] == 360
    assert data["gps"]["dropped"] == {"no lock": 40, "DOP of 5 or more": 0, "wild or repeated": 0}
    truth = planned(0, seed=2, seconds=40, rate=Fraction(15), ref_stops_s=(7.0,)).schedule
    assert data["gps"]["length_m"] == pytest.approx(float(truth.s_m[-1] - truth.s_m[0]), rel=0.05)
    ((start, end),) = data["motion"]["stops_s"]
    assert end - start == pytest.approx(4.2, abs=1.0)
    assert data["hilights_s"] == [12.5]
    assert data["clock"]["utc"].startswith("2026-06-14T10:00:00")
    assert data["camera"]["model"] == "HERO13 Black"
    assert data["notes"] == []


@pytest.mark.slow
def test_the_track_goes_out_as_gpx_and_comes_back(run: Run, ride: Path, tmp_path: Path) -> None:
    done = run("telemetry", ride, "--gpx", tmp_path / "ride.gpx", "--json")
    assert done.json["files"] == {"gpx": str(tmp_path / "ride.gpx")}
    text = (tmp_path / "ride.gpx").read_text(encoding="utf-8")
    assert 'version="1.1"' in text
    (track,) = gpxpy.parse(text).tracks
    assert len(track.segments) == 2  # before and after the loss of the fix
    first = track.segments[0].points[0]
    assert first.time is not None
    assert abs(first.time - datetime(2026, 6, 14, 10, tzinfo=UTC)) < timedelta(seconds=0.3)
    again = run("telemetry", tmp_path / "ride.gpx", "--json").json
    assert again["gps"]["length_m"] == pytest.approx(done.json["gps"]["length_m"], rel=0.02)
    assert again["gps"]["top_mps"] == pytest.approx(done.json["gps"]["top_mps"], abs=0.2)  # the speed came along
    assert read_recorded(tmp_path / "ride.gpx").start is not None


@pytest.mark.slow
def test_the_table_has_a_row_for_each_tenth_of_a_second(run: Run, ride: Path, tmp_path: Path) -> None:
    assert run("telemetry", ride, "--csv", tmp_path / "ride.csv").code == 0
    with (tmp_path / "ride.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    times = [float(row["t_s"]) for row in rows]
    assert [round(t, 1) for t in times] == [round(times[0] + 0.1 * k, 1) for k in range(len(times))]
    assert len(rows) == pytest.approx(400, abs=2)
    lost = [row for row in rows if row["known"] == "0"]
    assert lost
    assert all(10 < float(row["t_s"]) < 14 for row in lost)
    assert 30 < sum(row["still"] == "1" for row in rows) < 55
    row = rows[100]
    assert row["utc"].startswith("2026-06-14T10:00:10.")
    assert float(row["lat_deg"]) == pytest.approx(46.758, abs=0.01)


@pytest.mark.slow
def test_the_picture_is_written(run: Run, ride: Path, tmp_path: Path) -> None:
    assert run("telemetry", ride, "--plot", tmp_path / "ride.png").code == 0
    assert (tmp_path / "ride.png").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    gyro_only = black_film(tmp_path / "hero12.mp4", planned(seconds=10, gps=None))
    assert run("telemetry", gyro_only, "--plot", tmp_path / "hero12.png").code == 0
    run("telemetry", ride, "--gpx", tmp_path / "ride.gpx")
    assert run("telemetry", tmp_path / "ride.gpx", "--plot", tmp_path / "track.png").code == 0


@pytest.mark.slow
def test_a_camera_without_gps_has_motion_only(run: Run, tmp_path: Path) -> None:
    path = black_film(tmp_path / "hero12.mp4", planned(seconds=10, gps=None))
    done = run("telemetry", path, "--csv", tmp_path / "x.csv", "--json")
    assert "gps" not in done.json
    assert done.json["motion"]["stops_s"] == []
    assert done.json["clock"]["utc"] is None
    assert "may be local time" in done.json["clock"]["reason"]
    assert (tmp_path / "x.csv").exists()
    wrong = run("telemetry", path, "--gpx", tmp_path / "x.gpx")
    assert wrong.code == 4
    assert "no usable GPS" in wrong.err
    assert not (tmp_path / "x.gpx").exists()


def test_a_file_without_telemetry_says_so(run: Run, tmp_path: Path) -> None:
    path = black_film(tmp_path / "plain.mp4", replace(planned(seconds=3), sensors=None))
    done = run("telemetry", path)
    assert done.code == 0
    assert "no telemetry" in done.out
    assert "--ref-gpx" in done.out
    assert run("telemetry", path, "--json").json["telemetry"] is False
    assert run("telemetry", path, "--plot", tmp_path / "x.png").code == 4


@pytest.mark.slow
def test_a_track_without_times_says_where_and_not_when(run: Run, tmp_path: Path) -> None:
    points = "".join(f'<trkpt lat="{46.7 + k * 1e-4:.5f}" lon="7.6"><ele>800</ele></trkpt>' for k in range(50))
    path = tmp_path / "plan.gpx"
    path.write_text(f"<gpx version='1.1'><trk><trkseg>{points}</trkseg></trk></gpx>", encoding="utf-8")
    done = run("telemetry", path, "--csv", tmp_path / "x.csv", "--gpx", tmp_path / "x.gpx")
    assert done.code == 0
    assert "545 m, from 800" in done.out
    assert "km/h" not in done.out
    assert "not known: the file tells no times" in done.out
    with (tmp_path / "x.csv").open(encoding="utf-8", newline="") as file:
        row = next(csv.DictReader(file))
    assert (row["utc"], row["speed_mps"]) == ("", "")
    text = (tmp_path / "x.gpx").read_text(encoding="utf-8")
    assert "<time>" not in text
    assert "speed>" not in text


def test_what_is_not_believed_of_a_track_is_said(run: Run, tmp_path: Path) -> None:
    """Two days in one file; a correction of the receiver, and a speed that is none."""
    began = datetime(2026, 6, 14, 10, tzinfo=UTC)
    places = [(0.0, 46.7 + k * 5e-5 + (k > 150) * 1e-3) for k in range(300)]
    places += [(86400.0, 47.7 + k * 5e-5) for k in range(40)]
    points = "".join(
        f'<trkpt lat="{lat:.6f}" lon="7.6"><time>{(began + timedelta(seconds=day + k)).isoformat()}</time>'
        "<speed>0.0</speed></trkpt>"
        for k, (day, lat) in enumerate(places)
    )
    path = tmp_path / "all.gpx"
    path.write_text(f"<gpx version='1.0'><trk><trkseg>{points}</trkseg></trk></gpx>", encoding="utf-8")
    done = run("telemetry", path)
    assert "300 of 340 fixes are usable; left out: 40 of other rides" in done.out
    assert "the receiver corrected itself by 1 jump" in done.out and "nothing known 2:2" in done.out
    assert "all.gpx holds 2 rides, of 2026-06-14 10:00, 2026-06-15 10:05 UTC" in done.err
    assert "speed that the file tells is not that of its places" in done.err
    assert run("telemetry", path, "--json").json["gps"]["length_m"] == pytest.approx(299 * 5.56, rel=0.02)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("nowhere.mp4",), 3, "nowhere.mp4"),
        (("nowhere.gpx",), 7, "nowhere.gpx"),
        (("FILE", "--plot", "x.jpg"), 2, ".png"),
        (("FILE", "--gpx", "FILE"), 2, "over itself"),
    ],
)
def test_what_cannot_be_done_is_said(run: Run, ride: Path, arguments: tuple[str, ...], code: int, words: str) -> None:
    done = run("telemetry", *(ride if argument == "FILE" else argument for argument in arguments))
    assert done.code == code
    assert words in done.err


@pytest.mark.slow
def test_the_content_says_what_a_file_is(run: Run, ride: Path, tmp_path: Path) -> None:
    run("telemetry", ride, "--gpx", tmp_path / "ride.gpx")
    for name in ("track.mp4", "track", "track.fit"):
        (tmp_path / name).write_bytes((tmp_path / "ride.gpx").read_bytes())
        assert run("telemetry", tmp_path / name).out.startswith(f"{name}: a track, GPX")
    (tmp_path / "film.gpx").write_bytes(ride.read_bytes())
    assert "recording" in run("telemetry", tmp_path / "film.gpx", "--json").json
    (tmp_path / "noise.tcx").write_bytes(b"no track")
    done = run("telemetry", tmp_path / "noise.tcx")
    assert done.code == 7 and "is not a GPX, TCX or FIT file" in done.err
    done = run("sync", "--reference", tmp_path / "ride.gpx", "--new", ride, "--out", tmp_path / "out")
    assert done.code == 3 and "--ref-gpx" in done.err and "rrno" not in done.err


@pytest.mark.slow
def test_real_files_are_told_in_words(run: Run) -> None:
    done = run("telemetry", HERO7)
    assert done.code == 0
    assert "HERO7 Black" in done.out
    assert "199 of 199 fixes" in done.out
    assert "local time, UTC-07:00" in done.out
    track = run("telemetry", GPX / "thun_1_raw.gpx", "--json")
    assert track.json["gps"]["length_m"] == pytest.approx(19233, rel=0.02)
    indoor = run("telemetry", FIT / "sample-activity-indoor-trainer.fit")
    assert indoor.code == 7
    assert "indoor" in indoor.err
