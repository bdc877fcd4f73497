"""Laps and way points as reference markers, on the command line."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from mtbsync_core.marker_csv import read_markers
from tests.cli.test_tracks import BEGAN, write_film, write_ride
from tests.cli.two_runs import Run
from tests.demo.black_film import black_film, planned


def with_points(path: Path, *seconds: float) -> Path:
    """A ride with way points at these seconds after its first fix, and one without a time."""
    write_ride(path, 5.0)
    marks = "".join(
        f'<wpt lat="46.7" lon="7.6"><time>{at.isoformat()}</time><name>Jump {n}</name></wpt>'
        for n, at in enumerate((BEGAN + timedelta(seconds=s) for s in seconds), start=1)
    )
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("<trk>", f'{marks}<wpt lat="46.7" lon="7.6"><name>Car</name></wpt><trk>'), "utf-8")
    return path


def test_on_the_clock_of_a_video(run: Run, tmp_path: Path) -> None:
    track, film, out = with_points(tmp_path / "ride.gpx", 2, 12.5, 18), tmp_path / "film.mp4", tmp_path / "m.csv"
    write_film(film, 10)
    done = run("markers-from-track", track, "--video", film, "--gpx-offset", "-10", "--out", out)
    assert done.code == 0, done.err
    assert "2 marked moments, from 2.500 s to 8.000 s" in done.out
    assert "1 of 3 marked moments lie outside film.mp4 and are left out" in done.err
    assert [(m.name, m.t_s) for m in read_markers(out).markers] == [("Jump 2", 2.5), ("Jump 3", 8.0)]
    done = run("markers-from-track", track, "--video", film, "--gpx-offset", "50", "--out", out)
    assert done.code == 7 and "none of the 3 moments" in done.err
    done = run("markers-from-track", track, "--video", film, "--out", out)
    assert done.code == 4 and "--gpx-offset" in done.err


@pytest.mark.slow
def test_where_the_track_lies_is_found(run: Run, tmp_path: Path) -> None:
    """The video's own GPS tells it: the track that was taken out of it begins where it begins."""
    gopro = black_film(tmp_path / "gopro.mp4", planned(0, seed=2, seconds=40))
    run("telemetry", gopro, "--gpx", tmp_path / "out.gpx")
    text = (tmp_path / "out.gpx").read_text(encoding="utf-8")
    times = [part.partition("</time>")[0] for part in text.split("<time>")[1:]]
    mark = f'<wpt lat="46.7" lon="7.6"><time>{times[100]}</time><name>Gap</name></wpt><trk>'
    (tmp_path / "ride.gpx").write_text(text.replace("<trk>", mark), encoding="utf-8")
    done = run("markers-from-track", tmp_path / "ride.gpx", "--video", gopro, "--out", tmp_path / "m.csv", "--json")
    assert done.code == 0, done.err
    assert any(note.startswith("ride.gpx begins at") for note in done.json["notes"])
    first_s = run("telemetry", gopro, "--json").json["gps"]["from_s"]
    assert done.json["markers"] == [{"name": "Gap", "t_ref": pytest.approx(first_s + 10, abs=1.0)}]


def test_on_the_clock_of_the_track(run: Run, tmp_path: Path) -> None:
    track, out = with_points(tmp_path / "ride.gpx", 2, 12.5), tmp_path / "m.csv"
    assert run("markers-from-track", track, "--out", out).code == 0
    assert [m.t_s for m in read_markers(out).markers] == [2, 12.5]


def test_what_cannot_be(run: Run, tmp_path: Path) -> None:
    plain = write_ride(tmp_path / "plain.gpx", 5.0)
    done = run("markers-from-track", plain, "--out", tmp_path / "m.csv")
    assert done.code == 7 and "marks no moment" in done.err
    track = with_points(tmp_path / "ride.gpx", 2)
    assert run("markers-from-track", track, "--out", track).code == 2
    done = run("import-markers", track, "--out", tmp_path / "m.csv")
    assert done.code == 7 and "mtbsync markers-from-track" in done.err
