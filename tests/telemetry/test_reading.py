"""All that is known of a recording: the camera's own sensors, and files beside it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from mtbsync_core.errors import EvidenceError
from mtbsync_core.media.probe import probe
from mtbsync_core.media.sensors import Gps
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.telemetry.reading import gps_track, read_telemetry
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
    from mtbsync_core.media.camera import clock, read_camera
    from mtbsync_core.media.sensors import read_sensors

    own = read_telemetry(walkway).track
    began = clock(read_camera(walkway.path), walkway.creation_time, read_sensors(walkway).gps).utc
    assert own is not None and began is not None
    found = read_telemetry(walkway, write_gpx(tmp_path / "watch.gpx", own, began, 0.5)).track
    assert found is not None and found.t_s[0] == pytest.approx(0.5, abs=0.5)
    assert "watch.gpx begins at" in caplog.text and "GPS" in caplog.text


def test_a_sidecar_of_another_day_is_no_help(walkway: MediaInfo, tmp_path: Path) -> None:
    own = read_telemetry(walkway).track
    assert own is not None
    elsewhere = replace(own, lat_deg=own.lat_deg + 1.0)
    watch = write_gpx(tmp_path / "watch.gpx", elsewhere, datetime(2026, 1, 1, tzinfo=UTC), 0.5)
    with pytest.raises(EvidenceError, match="another time or place"):
        read_telemetry(walkway, watch)


def test_a_receiver_without_lock_is_none() -> None:
    n = np.arange(20.0)
    gps = Gps("GPS9", n, 46 + 0 * n, 7 + 0 * n, n, n, np.zeros(20, np.int64), np.full(20, 99.99), n)
    assert gps_track(gps) is None and gps_track(None) is None
    untold = replace(gps, fix=np.full(20, -1), dop=np.full(20, np.nan), speed_mps=0 * n)
    track = gps_track(untold)
    assert track is not None and track.source == "GPS9" and track.distance_m[-1] == 0
