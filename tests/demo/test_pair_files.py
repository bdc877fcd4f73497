"""The files of a pair, read back by those who will read them."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import av
import gpxpy
import numpy as np
import pytest

from mtbsync_core.demo import parallel
from mtbsync_core.demo.pair import DemoPair, write_pair
from mtbsync_core.demo.parallel import render_side_by_side
from mtbsync_core.demo.plan import DemoOptions, plan
from mtbsync_core.marker_csv import read_markers
from mtbsync_core.media.probe import probe

pytestmark = pytest.mark.slow

SECONDS = 2.5
OPTIONS = DemoOptions(seed=1, seconds=SECONDS, width=160, height=90, new_stops_s=())
STARTS = (datetime(2026, 6, 14, 10, 0, tzinfo=UTC), datetime(2026, 6, 14, 11, 30, tzinfo=UTC))


@pytest.fixture(scope="module")
def told() -> list[tuple[int, int]]:
    return []


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory, told: list[tuple[int, int]]) -> DemoPair:
    return write_pair(tmp_path_factory.mktemp("pair"), OPTIONS, progress=lambda done, total: told.append((done, total)))


def test_the_names_are_those_promised_and_nothing_is_left_over(pair: DemoPair) -> None:
    assert {path.name for path in pair.reference.parent.iterdir()} == {
        "sample_reference.mp4",
        "sample_new.mp4",
        "sample_reference_markers.csv",
        "sample_reference.gpx",
        "sample_new.gpx",
        "truth.csv",
    }


def test_progress_runs_to_its_end(pair: DemoPair, told: list[tuple[int, int]]) -> None:
    done = [frames for frames, _ in told]
    assert done == sorted(done)
    assert told[-1][0] == told[-1][1] > 100


def test_the_videos_look_like_a_camera_wrote_them(pair: DemoPair) -> None:
    for path, label, start in zip((pair.reference, pair.new), ("10:00:00;00", "11:30:00;00"), STARTS, strict=True):
        info = probe(path)
        assert (info.rate, info.width, info.height, info.codec) == (OPTIONS.rate, 160, 90, "h264")
        assert (info.start_timecode, info.drop) == (label, True)
        assert info.creation_time is not None
        assert datetime.fromisoformat(info.creation_time) == start
    assert probe(pair.reference).duration_s == pytest.approx(SECONDS, abs=0.05)


def test_key_frames_lie_as_close_as_those_of_a_gopro(pair: DemoPair) -> None:
    for path in (pair.reference, pair.new):
        with av.open(str(path)) as file:
            stream = file.streams.video[0]
            keys = [float(p.pts * p.time_base) for p in file.demux(stream) if p.is_keyframe and p.pts is not None]
        assert keys[0] == 0
        assert len(keys) > 5
        assert all(0.27 <= gap <= 0.34 for gap in np.diff(keys))


def test_the_markers_are_read_as_reference_markers(pair: DemoPair) -> None:
    table = read_markers(pair.markers, media=probe(pair.reference))
    assert not table.problems
    assert table.markers[0].name == "Start gate"
    assert table.markers[0].colour == "Blue"
    assert all(0 < marker.t_s < SECONDS for marker in table.markers)


def test_the_tracks_are_gpx_on_the_clock_of_their_video(pair: DemoPair) -> None:
    for path, run, start in zip(pair.gpx, plan(OPTIONS), STARTS, strict=True):
        points = gpxpy.parse(path.read_text(encoding="utf-8")).tracks[0].segments[0].points
        assert points[0].time == start
        seconds = [(p.time - start).total_seconds() for p in points if p.time is not None]
        assert seconds == list(range(int(run.schedule.duration_s) + 1))
        assert points[0].distance_3d(points[-1]) == pytest.approx(float(np.ptp(run.schedule.s_m)), rel=0.6)


def test_the_truth_file_holds_the_truth(pair: DemoPair) -> None:
    with pair.truth.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert np.allclose([float(row["ref_s"]) for row in rows], pair.ref_s, atol=1e-6)
    assert np.allclose([float(row["new_s"]) for row in rows], pair.new_s, atol=1e-6)
    assert len(rows) == 25


def test_a_failing_worker_is_heard_at_once_and_leaves_nothing(tmp_path: Path) -> None:
    good, bad = plan(replace(OPTIONS, seconds=60))
    bad = replace(bad, encoding=replace(bad.encoding, codec="nonsense"))
    with pytest.raises(KeyError, match="nonsense") as caught:
        render_side_by_side([(good, tmp_path / "good.mp4"), (bad, tmp_path / "bad.mp4")])
    assert "bad.mp4" in caught.value.__notes__[0]
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("grace_s", [5.0, 0.0])
def test_a_run_that_is_called_off_leaves_nothing(
    grace_s: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parallel, "_GRACE_S", grace_s)

    def enough(done: int, total: int) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        render_side_by_side([(plan(OPTIONS)[0], tmp_path / "run.mp4")], enough)
    assert not list(tmp_path.iterdir())
