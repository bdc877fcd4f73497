"""Aligning by tracks from the command line: GPX and FIT alone, beside videos, and what is said when it cannot be."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
import numpy as np
import pytest

from mtbsync_core.alignment.result import load_warp
from tests.cli.two_runs import Run

BEGAN = datetime(2026, 7, 1, 10, tzinfo=UTC)


def write_ride(path: Path, pace_mps: float, *, from_m: float = 0.0, to_m: float = 800.0, timed: bool = True) -> Path:
    """A GPX of a ride along one winding trail, a point a second."""
    along = np.arange(0.0, 1001.0)
    heading = 0.8 * np.sin(along / 60)
    east, north = np.cumsum(np.sin(heading)), np.cumsum(np.cos(heading))
    way = np.sign(to_m - from_m)
    place = np.arange(from_m, to_m, way * pace_mps)
    lat = 46.7 + np.interp(place, along, north) / 111_200
    lon = 7.6 + np.interp(place, along, east) / (111_200 * np.cos(np.radians(46.7)))
    points = "".join(
        f'<trkpt lat="{a:.7f}" lon="{o:.7f}">'
        + (f"<time>{(BEGAN + timedelta(seconds=s)).isoformat()}</time>" if timed else "")
        + "</trkpt>"
        for s, (a, o) in enumerate(zip(lat, lon, strict=True))
    )
    head = '<gpx version="1.1" creator="a test" xmlns="http://www.topografix.com/GPX/1/1">'
    path.write_text(f"{head}<trk><trkseg>{points}</trkseg></trk></gpx>", encoding="utf-8")
    return path


def write_film(path: Path, seconds: int, created: datetime | None = None) -> Path:
    """A grey film without any sensor."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=5)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        if created is not None:
            container.metadata["creation_time"] = created.isoformat().replace("+00:00", "Z")
        for n in range(5 * seconds):
            frame = av.VideoFrame.from_ndarray(np.full((64, 64, 3), 40 + n % 99, np.uint8), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


@pytest.mark.slow
def test_two_tracks_alone(run: Run, tmp_path: Path) -> None:
    ref, new = write_ride(tmp_path / "ref.gpx", 5.0), write_ride(tmp_path / "new.gpx", 4.0)
    done = run("sync", "--ref-gpx", ref, "--new-gpx", new, "--out", tmp_path / "out", "--json")
    assert done.code == 0 and done.json["verdict"] == "check" and done.json["method"] == "tracks"
    assert {p.name for p in (tmp_path / "out").iterdir()} == {"pairs.csv", "timewarp.json", "perf.json"}
    saved = load_warp(tmp_path / "out" / "timewarp.json")
    assert saved.usable_warp().to_new(80.0) == pytest.approx(100.0, abs=0.5)
    assert saved.media_ref is None and saved.media_new is None
    markers = tmp_path / "markers.csv"
    markers.write_text("name,t_ref\nJump,80\n", encoding="utf-8")
    out = tmp_path / "out" / "new_markers.csv"
    warp = tmp_path / "out" / "timewarp.json"
    moved = run("transfer-markers", "--ref-markers", markers, "--timewarp-json", warp, "--out", out)
    assert moved.code == 0 and "Jump" in out.read_text(encoding="utf-8")


def test_opposite_directions_are_refused_with_or_without_times(run: Run, tmp_path: Path) -> None:
    ref = write_ride(tmp_path / "ref.gpx", 5.0)
    for timed in (True, False):
        new = write_ride(tmp_path / "new.gpx", 5.0, from_m=800.0, to_m=0.0, timed=timed)
        done = run("sync", "--ref-gpx", ref, "--new-gpx", new, "--out", tmp_path / "out")
        assert done.code == 5 and "opposite directions" in done.err
        assert json.loads((tmp_path / "out" / "timewarp.json").read_text(encoding="utf-8"))["verdict"] == "refused"


def test_tracks_without_times_say_so(run: Run, tmp_path: Path) -> None:
    ref, new = write_ride(tmp_path / "ref.gpx", 5.0), write_ride(tmp_path / "new.gpx", 4.0, timed=False)
    done = run("sync", "--ref-gpx", ref, "--new-gpx", new, "--out", tmp_path / "out")
    assert done.code == 4 and "no times" in done.err


@pytest.mark.slow
def test_films_with_tracks_beside_them(run: Run, tmp_path: Path) -> None:
    """One offset is told, the other found by the clocks; markers end up on the clocks of the films."""
    ref, new = write_ride(tmp_path / "ref.gpx", 5.0), write_ride(tmp_path / "new.gpx", 4.0)
    films = write_film(tmp_path / "ref.mp4", 100), write_film(tmp_path / "new.mp4", 120, BEGAN + timedelta(seconds=30))
    markers = tmp_path / "markers.csv"
    markers.write_text("name,t_ref\nJump,60\nDrop,90\n", encoding="utf-8")
    done = run(
        *("align", *films, "--markers", markers, "--out", tmp_path / "out", "--no-vision", "--json"),
        *("--ref-gpx", ref, "--new-gpx", new, "--gpx-offset", "ref=-20"),
    )
    assert done.code == 0, done.err
    # The reference film's 60 s are the ride's 80 s, which are 100 s of the new ride and 70 s of its film.
    warp = load_warp(tmp_path / "out" / "timewarp.json").usable_warp()
    assert warp.to_new(60.0) == pytest.approx(70.0, abs=1.0)
    assert any("new.gpx begins at -30.0 s of new.mp4" in note for note in done.json["notes"])
    assert (tmp_path / "out" / "new_markers.csv").exists() and (tmp_path / "out" / "new.edl").exists()


@pytest.mark.slow
def test_of_a_file_with_two_rides_the_one_that_goes_along_is_taken(run: Run, tmp_path: Path) -> None:
    """The longer one is of the day after, elsewhere; neither side has a clock that says which is meant."""
    ref, new = write_ride(tmp_path / "ref.gpx", 5.0), write_ride(tmp_path / "new.gpx", 4.0, to_m=500.0)
    other = write_ride(tmp_path / "other.gpx", 2.0).read_text(encoding="utf-8").replace('lat="46', 'lat="47')
    other = other.replace("2026-07-01", "2026-07-02")
    tracks = "".join(
        text[text.index("<trk>") : text.index("</gpx>")] for text in (other, new.read_text(encoding="utf-8"))
    )
    both = tmp_path / "both.gpx"
    both.write_text(other[: other.index("<trk>")] + tracks + "</gpx>", encoding="utf-8")
    for files in ((ref, both), (both, ref)):
        done = run("sync", "--ref-gpx", files[0], "--new-gpx", files[1], "--out", tmp_path / "out", "--json")
        assert done.code == 0 and done.json["verdict"] == "check"
        assert any("both.gpx holds 2 rides: that of 2026-07-01 10:00 UTC" in note for note in done.json["notes"])


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (["--new-gpx", "new.gpx"], 2, "--reference is missing"),
        (["--ref-gpx", "ref.gpx"], 2, "--new is missing"),
        (["--ref-gpx", "ref.gpx", "--new-gpx", "new.gpx", "--gpx-offset", "3"], 2, "for which file"),
        (["--ref-gpx", "ref.gpx", "--new-gpx", "new.gpx", "--gpx-offset", "new=soon"], 2, "not a number"),
        (["--reference", "film.mp4", "--new-gpx", "new.gpx", "--gpx-offset", "ref=3"], 2, "not given"),
        (["--reference", "film.mp4", "--new-gpx", "new.gpx"], 4, "no GPS in the recording of the reference"),
        (["--ref-gpx", "missing.gpx", "--new-gpx", "new.gpx"], 7, "cannot read"),
        (["--ref-gpx", "ref.gpx", "--new-gpx", "film.mp4"], 7, "not a GPX, TCX or FIT file"),
        (["--reference", "film.mp4", "--ref-gpx", "ref.gpx", "--new-gpx", "new.gpx"], 4, "nothing tells"),
    ],
)
def test_what_cannot_be(run: Run, tmp_path: Path, options: list[str], code: int, words: str) -> None:
    write_ride(tmp_path / "ref.gpx", 5.0)
    write_ride(tmp_path / "new.gpx", 4.0)
    if "film.mp4" in options:
        write_film(tmp_path / "film.mp4", 20)
    given = [str(tmp_path / option) if option.endswith((".gpx", ".mp4")) else option for option in options]
    done = run("sync", *given, "--out", tmp_path / "out")
    assert done.code == code and words in done.err, done
