"""All that is known of a recording: the camera's own sensors, and files beside it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from mtbsync_core.media.camera import clock, read_camera
from mtbsync_core.media.probe import probe
from mtbsync_core.media.sensors import Gps, read_sensors
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.telemetry.fixes import Fixes
from mtbsync_core.telemetry.reading import gps_fixes, gps_track, read_recorded, read_telemetry
from mtbsync_core.telemetry.recorded import Recorded
from mtbsync_core.telemetry.track import Track
from tests.real_files import MAX


@pytest.fixture(scope="module")
def walkway() -> MediaInfo:
    return probe(MAX)


def write_gpx(path: Path, track: Track, began: datetime, late_s: float) -> Path:
    """The track as a watch would have recorded it that was started `late_s` into the video: a fix a second."""
    keep = np.arange(round((late_s - track.t_s[0]) * 10), len(track.t_s), 10)
    points = "".join(
        f'<trkpt lat="{track.lat_deg[i]:.8f}" lon="{track.lon_deg[i]:.8f}">'
        f"<time>{(began + timedelta(seconds=float(track.t_s[i]))).isoformat()}</time></trkpt>"
        for i in keep
    )
    head = '<gpx version="1.1" creator="a test" xmlns="http://www.topografix.com/GPX/1/1">'
    path.write_text(f"{head}<trk><trkseg>{points}</trkseg></trk></gpx>", encoding="utf-8")
    return path


def test_what_a_gopro_knows(walkway: MediaInfo) -> None:
    found = read_telemetry(walkway)
    assert found.track is not None and found.motion is not None
    assert found.track.source == "GPS5" and found.track.known.all()
    assert 1.0 < np.median(found.track.speed_mps) < 1.5  # somebody walks
    assert 0 <= found.track.t_s[0] < 0.3 and found.track.t_s[-1] == pytest.approx(walkway.duration_s, abs=0.3)
    assert 1.5 < np.median(found.track.sigma_m) < 4


def test_a_sidecar_takes_the_place_of_the_cameras_gps(walkway: MediaInfo, tmp_path: Path) -> None:
    own = read_telemetry(walkway).track
    assert own is not None
    watch = write_gpx(tmp_path / "watch.gpx", own, datetime(2026, 1, 1, tzinfo=UTC), 1.0)
    found = read_telemetry(walkway, watch, offset_s=1.0)
    assert found.track is not None and found.track.source == "GPX" and found.motion is not None
    assert found.track.t_s[0] == pytest.approx(1.0)
    alone = read_telemetry(None, watch).track
    assert alone is not None and alone.t_s[0] == 0.0


def test_where_a_sidecar_begins_is_found_and_said(
    walkway: MediaInfo, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """This file's clocks: GPS says when it began, so that the watch's UTC tells where it lies."""
    own = read_telemetry(walkway).track
    began = clock(read_camera(walkway.path), walkway.creation_time, read_sensors(walkway).gps).utc
    assert own is not None and began is not None
    found = read_telemetry(walkway, write_gpx(tmp_path / "watch.gpx", own, began, 0.5)).track
    assert found is not None and found.t_s[0] == pytest.approx(0.5, abs=0.5)
    assert "watch.gpx begins at" in caplog.text and "GPS" in caplog.text


def test_a_sidecar_of_another_ride_is_left_out_and_named(
    walkway: MediaInfo, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    own = read_telemetry(walkway).track
    assert own is not None
    elsewhere = replace(own, lat_deg=own.lat_deg + 1.0)
    watch = write_gpx(tmp_path / "watch.gpx", elsewhere, began_of(walkway), 0.5)
    found = read_telemetry(walkway, watch)
    assert found.track is not None and found.track.source == "GPS5" and found.sidecar is None
    assert "watch.gpx is left out: the track was recorded at another time or place" in caplog.text
    assert "--gpx-offset" in caplog.text


@pytest.mark.parametrize("wrong_s", [18.0, 100.0, 2 * 3600.0, 86400.0])
def test_a_sidecar_whose_clock_is_wrong_is_placed_by_the_videos_own_gps(
    walkway: MediaInfo, tmp_path: Path, caplog: pytest.LogCaptureFixture, wrong_s: float
) -> None:
    own = read_telemetry(walkway).track
    assert own is not None
    watch = write_gpx(tmp_path / "watch.gpx", own, began_of(walkway) + timedelta(seconds=wrong_s), 0.5)
    found = read_telemetry(walkway, watch)
    assert found.sidecar == "watch.gpx" and found.track is not None and found.own is not None
    assert found.track.t_s[0] == pytest.approx(0.5, abs=1.0) and found.sidecar_sigma_s < 2


def test_a_sidecar_at_a_wrong_second_is_left_out_and_named(
    walkway: MediaInfo, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    own = read_telemetry(walkway).track
    assert own is not None
    north = replace(own, lat_deg=own.lat_deg + 40 / 111_200)
    watch = write_gpx(tmp_path / "watch.gpx", north, began_of(walkway), 0.5)
    assert read_telemetry(walkway, watch, offset_s=0.5).sidecar is None
    assert "watch.gpx is left out: beginning at 0.5 s it lies 40 m from the video's own GPS" in caplog.text


def began_of(media: MediaInfo) -> datetime:
    utc = clock(read_camera(media.path), media.creation_time, read_sensors(media).gps).utc
    assert utc is not None
    return utc


@pytest.mark.slow
def test_of_several_rides_in_one_file_that_of_the_video_is_taken(
    walkway: MediaInfo, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A logger keeps all tracks in one file; the longer one, of the day after, is elsewhere."""
    own = read_telemetry(walkway).track
    assert own is not None
    began = began_of(walkway)
    later = began + timedelta(days=1)
    one = write_gpx(tmp_path / "one.gpx", own, began, 0.5).read_text(encoding="utf-8")
    points = "".join(
        f'<trkpt lat="47.{k:04d}" lon="7.6"><time>{(later + timedelta(seconds=2 * k)).isoformat()}</time></trkpt>'
        for k in range(500)
    )
    both = tmp_path / "both.gpx"
    both.write_text(one.replace("</gpx>", f"<trk><trkseg>{points}</trkseg></trk></gpx>"), encoding="utf-8")
    found = read_telemetry(walkway, both)
    assert found.sidecar == "both.gpx" and found.track is not None
    assert found.track.t_s[0] == pytest.approx(0.5, abs=1.0)
    assert f"begins with its ride of {began:%Y-%m-%d}" in caplog.text
    rides = read_recorded(both).rides()
    assert [len(ride.fixes) for ride in rides] == [len(own.t_s[::10]) - 1, 500]
    given = read_telemetry(walkway, both, offset_s=0.5).track
    assert given is not None and given.lat_deg[0] == pytest.approx(own.lat_deg[0], abs=0.01)


def test_one_time_for_all_points_is_no_clock(tmp_path: Path) -> None:
    at = datetime(2026, 7, 1, 10, tzinfo=UTC)
    for stamps in ([at] * 90, [at] * 45 + [at + timedelta(seconds=1)] * 45):
        points = "".join(
            f'<trkpt lat="46.7{k:03d}" lon="7.6"><time>{stamp.isoformat()}</time></trkpt>'
            for k, stamp in enumerate(stamps)
        )
        path = tmp_path / "ride.gpx"
        path.write_text(f"<gpx version='1.1'><trk><trkseg>{points}</trkseg></trk></gpx>", encoding="utf-8")
        recorded = read_recorded(path)
        assert recorded.start is None and not recorded.track().timed
        assert recorded.track().distance_m[-1] == pytest.approx(89 * 11.12, rel=0.01)


def test_one_time_in_a_fit_is_no_clock_either() -> None:
    n, nothing = np.arange(60.0), np.full(60, np.nan)
    places = Fixes(np.full(60, 1.7e9), 46.7 + n * 1e-4, 7.6 + 0 * n, nothing, nothing, nothing, nothing)
    assert Recorded.of(places, "FIT").start is None
    assert Recorded.of(places.at(np.arange(1)), "FIT").start is not None


def test_gps9_says_of_each_fix_when_it_was_taken() -> None:
    """Here the camera had lost 0.6 s of fixes in the middle and counted on; a wild stamp is no time."""
    t = np.arange(100) / 10
    taken = np.where(t < 5, t, t + 0.6)
    taken[30] = 1e6
    gps = Gps(
        "GPS9",
        t,
        46 + taken.clip(0, 20) * 1e-5,
        7 + 0 * t,
        0 * t,
        0 * t,
        np.full(100, 3),
        np.full(100, 2.0),
        1.7e9 + taken,
    )
    at = gps_fixes(gps).t_s
    assert at[60] - at[40] == pytest.approx(2.6) and at[31] - at[29] == pytest.approx(0.2)
    assert abs(at[30] - at[29]) < 1
    np.testing.assert_array_equal(gps_fixes(replace(gps, source="GPS5")).t_s, t)


def test_a_receiver_without_lock_is_none() -> None:
    n = np.arange(20.0)
    gps = Gps("GPS9", n, 46 + 0 * n, 7 + 0 * n, n, n, np.zeros(20, np.int64), np.full(20, 99.99), n)
    assert gps_track(gps) is None and gps_track(None) is None
    untold = replace(gps, fix=np.full(20, -1), dop=np.full(20, np.nan), speed_mps=0 * n)
    track = gps_track(untold)
    assert track is not None and track.source == "GPS9" and track.distance_m[-1] == 0
