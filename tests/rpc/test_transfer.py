"""Requests to transfer: what the command line knows of a pair, the engine for editors knows too."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from mtbsync_core.alignment.passes import Pass
from mtbsync_core.cli import main
from mtbsync_core.demo.pair import DemoPair, write_pair
from mtbsync_core.demo.plan import DemoOptions
from mtbsync_core.errors import EvidenceError
from mtbsync_core.jobs import transfer as job
from mtbsync_core.marker_csv import read_markers
from mtbsync_core.moved_csv import read_moved
from mtbsync_core.telemetry.track import Telemetry
from tests.cli.test_tracks import write_film, write_ride
from tests.demo.black_film import black_film, planned
from tests.media.gpmf_writer import device, text, with_user_data
from tests.rpc.conftest import Asking


@pytest.mark.parametrize("side", ["reference", "new"])
def test_a_timewarp_is_refused_by_both(
    ask: Asking, tmp_path: Path, capsys: pytest.CaptureFixture[str], side: str
) -> None:
    films = {name: write_film(tmp_path / f"{name}.mp4", 6) for name in ("reference", "new")}
    with_user_data(films[side], (b"GPMF", device(text("RATE", "15X"))))
    markers = tmp_path / "markers.csv"
    markers.write_text("name,t_ref\nJump,3\n", encoding="utf-8")
    arguments = ["align", *map(str, films.values()), "--markers", str(markers), "--out", str(tmp_path / "out")]
    assert main(arguments) == 3
    words = f"{side}.mp4 is a TimeWarp (15X)"
    assert words in capsys.readouterr().err
    events = ask(films["reference"], films["new"], [("m1", 3.0)])
    assert words in events["failed"][0]["error"]["message"] and "result" not in events


@pytest.mark.slow
def test_sensors_and_anchors_are_on_the_clocks_of_the_parts(
    ask: Asking, tmp_path: Path, engine: list[dict[str, Any]]
) -> None:
    ride = black_film(tmp_path / "ride.mp4", planned(seconds=60))
    whole = ask(ride, ride, [("m1", 40.0)], anchors=[(40, 41)])
    other = Path(shutil.copy(ride, tmp_path / "other.mp4"))
    part = ask(ride, other, [("m1", 40.0)], ref={"from_s": 30, "to_s": 35}, from_s=35, to_s=38, anchors=[(40, 41)])
    first, then = engine
    assert first["user"] == [(40, 41)] and then["user"] == [(30, 26)]
    assert first["moments_s"] == [40] and then["moments_s"] == [30]
    for n, from_s in ((0, 10.0), (1, 15.0)):
        a: Telemetry = first["telemetry"][n]
        b: Telemetry = then["telemetry"][n]
        assert a.track is not None and b.track is not None and a.motion is not None and b.motion is not None
        assert b.track.t_s == pytest.approx(a.track.t_s - from_s) and b.motion.t_s == pytest.approx(
            a.motion.t_s - from_s
        )
    assert part["result"][0]["from_s"] == 15.0
    # The second 40 of the file is second 30 of its part, which lies at 28.6 of the part of the new run.
    assert part["result"][0]["markers"][0]["t_s"] == pytest.approx(28.6 + 15.0)
    assert whole["result"][0]["markers"][0] == {**whole["result"][0]["markers"][0], "id": "m1", "status": "doubtful"}
    ask(ride, ride, [("m1", 40.0)], options={"telemetry": False, "method": "fastdtw", "fit": {"knot_s": 0.5}})
    assert all(side.is_empty for side in engine[-1]["telemetry"])
    assert engine[-1]["options"].method == "fastdtw" and engine[-1]["options"].fit.knot_s == 0.5


@pytest.mark.slow
def test_laps_of_one_file_are_looked_at_up_to_the_middle_between_them(
    ask: Asking, tmp_path: Path, engine: list[dict[str, Any]]
) -> None:
    """What both show would match itself, and carry every marker to where it was."""
    day = black_film(tmp_path / "day.mp4", planned(seconds=60))
    ask(day, day, [("m1", 12.0)], ref={"from_s": 5, "to_s": 20}, from_s=30, to_s=50)
    ask(day, day, [("m1", 35.0)], ref={"from_s": 30, "to_s": 50}, from_s=5, to_s=20)
    parts = [media for asked in engine for media in asked["media"]]
    looked_at = [(round(media.from_s), round(media.from_s + media.duration_s)) for media in parts]
    assert looked_at == [(0, 25), (25, 60), (25, 60), (0, 25)]


def a_pass(from_s: float, to_s: float) -> Pass:
    window_s = (from_s - 4, to_s + 4)
    return Pass(
        from_s=from_s,
        to_s=to_s,
        ref_from_s=0,
        ref_to_s=30,
        covered=1.0,
        verdict="good",
        reasons=(),
        window_s=window_s,
    )


@pytest.fixture
def afternoon(tmp_path: Path) -> tuple[Path, Path]:
    """A reference of 30 s, and a recording that is long enough for several rides of it."""
    return (
        black_film(tmp_path / "ref.mp4", planned(seconds=30)),
        black_film(tmp_path / "day.mp4", planned(seconds=90)),
    )


@pytest.mark.slow
def test_each_ride_in_a_clip_has_its_own_result(
    ask: Asking, afternoon: tuple[Path, Path], engine: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looked at up to the middle between two rides, with the pairs that are in it."""
    rides = [a_pass(5, 30), a_pass(55, 80)]
    monkeypatch.setattr(job, "find_passes", lambda *_, **__: rides)
    pairs = [(10.0, 12.0), (11.0, 60.0), (12.0, 84.0)]
    events = ask(*afternoon, [("m1", 12.0)], anchors=pairs)
    assert [(one["ride"], one["rides"]) for one in events["result"]] == [(1, 2), (2, 2)]
    assert "day.mp4 shows 2 rides of the reference, from 0:05, 0:55 on" in [one["text"] for one in events["note"]]
    parts = [asked["media"][1] for asked in engine]
    assert [(part.from_s, part.duration_s) for part in parts] == [(0.0, 42.5), (42.5, pytest.approx(47.5, abs=0.1))]
    assert [(one["from_s"], one["to_s"]) for one in events["result"]] == [(0, 42.5), (42.5, pytest.approx(90, abs=0.1))]
    assert [asked["user"] for asked in engine] == [[(10, 12)], [(11, 60 - 42.5), (12, 84 - 42.5)]]
    # What the trim hides counts no more: one ride is left, and it is kept apart from the other.
    (only,) = ask(*afternoon, [("m1", 12.0)], from_s=40)["result"]
    assert (only["ride"], only["rides"], only["from_s"]) == (1, 1, 35.0)
    rides.pop()
    ask(*afternoon, [("m1", 12.0)])
    assert engine[-1]["media"][1].from_s == 0


@pytest.mark.slow
def test_rides_in_the_file_of_the_reference_are_kept_apart_from_it_too(
    ask: Asking, afternoon: tuple[Path, Path], engine: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of an afternoon the first ride is the reference; how long the parts are is told without what lies around them."""
    _, day = afternoon
    monkeypatch.setattr(job, "find_passes", lambda *_, **__: [a_pass(30, 45), a_pass(60, 75)])
    assert len(ask(day, day, [("m1", 12.0)], ref={"from_s": 5, "to_s": 20}, from_s=25, to_s=80)["result"]) == 2
    spans = [[(side.from_s, round(side.from_s + side.duration_s)) for side in asked["media"]] for asked in engine]
    assert spans == [[(0, 25), (25, 52)], [(0, 25), (52.5, 90)]]
    assert len(ask(day, day, [("m1", 12.0)], ref={"from_s": 5, "to_s": 20}, from_s=25, to_s=47)["result"]) == 1


@pytest.mark.slow
def test_a_ride_that_fails_does_not_keep_the_others_from_their_markers(
    ask: Asking, afternoon: tuple[Path, Path], engine: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job, "find_passes", lambda *_, **__: [a_pass(5, 30), a_pass(55, 80)])
    real = job.align_indexes

    def align(ref: Any, new: Any, **given: Any) -> Any:
        if new.media.from_s == 0:
            raise EvidenceError("nothing to see")
        return real(ref, new, **given)

    monkeypatch.setattr(job, "align_indexes", align)
    events = ask(*afternoon, [("m1", 12.0)])
    (failed,), (result,) = events["failed"], events["result"]
    assert (failed["ride"], failed["rides"], failed["from_s"], failed["to_s"]) == (1, 2, 5.0, 30.0)
    assert (result["ride"], result["rides"]) == (2, 2)


@pytest.mark.slow
def test_files_of_watches_belong_to_their_sides(ask: Asking, tmp_path: Path, engine: list[dict[str, Any]]) -> None:
    films = write_film(tmp_path / "ref.mp4", 30), write_film(tmp_path / "new.mp4", 30)
    ref, new = write_ride(tmp_path / "ref.gpx", 5.0), write_ride(tmp_path / "new.gpx", 4.0)
    told = {"gpx": str(ref), "gpx_offset_s": -20}
    ask(*films, [("m1", 10.0)], ref=told, gpx=str(new), gpx_offset_s=3.5)
    tracks = [side.track for side in engine[0]["telemetry"]]
    assert [track.t_s[0] for track in tracks] == [-20, 3.5] and [track.source for track in tracks] == ["GPX", "GPX"]


def test_an_unknown_option_names_the_nearest(ask: Asking, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(AssertionError):
        ask(tmp_path / "a.mp4", tmp_path / "b.mp4", [("m1", 1.0)], options={"review_treshold": 0.5})
    error = json.loads(capsys.readouterr().out)["error"]
    assert "review_treshold" in error["message"] and error["hint"] == "Did you mean review_threshold?"


@pytest.fixture(scope="module")
def dark(tmp_path_factory: pytest.TempPathFactory) -> DemoPair:
    """A pair whose new run shows nothing for a while, so that only sensors know the way."""
    options = DemoOptions(seed=4, seconds=16, width=320, height=180, blackout_s=(6.0, 9.0))
    return write_pair(tmp_path_factory.mktemp("dark"), options)


def carried(pair: DemoPair, out: Path, *more: str) -> dict[str, tuple[str, Any, Any, float]]:
    """What the command line makes of the markers."""
    files = (str(pair.reference), str(pair.new), "--markers", str(pair.markers), "--out", str(out))
    assert main(["align", *files, *more]) == 0
    moved = read_moved(out / "new_markers.csv")
    return {m.source.name: (m.status, m.t_new, m.t_lo, m.confidence) for m in moved}


@pytest.mark.slow
@pytest.mark.parametrize("watch", [False, True])
def test_both_give_the_same_markers(ask: Asking, dark: DemoPair, tmp_path: Path, watch: bool) -> None:
    """With the sensors of the cameras, and with the GPX of watches and a pair of the user besides."""
    markers = [(m.name, m.t_s) for m in read_markers(dark.markers, media=None).markers]
    pin = float(dark.ref_s[len(dark.ref_s) // 2]), float(dark.new_s[len(dark.ref_s) // 2])
    words: list[str] = []
    request: dict[str, Any] = {}
    if watch:
        words = ["--ref-gpx", str(dark.gpx[0]), "--new-gpx", str(dark.gpx[1]), "--anchor", f"{pin[0]:.3f}={pin[1]:.3f}"]
        words += ["--gpx-offset", "ref=0", "--gpx-offset", "new=0.5"]
        request = {"ref": {"gpx": str(dark.gpx[0]), "gpx_offset_s": 0}, "gpx": str(dark.gpx[1]), "gpx_offset_s": 0.5}
        request["anchors"] = [[float(side) for side in words[5].split("=")]]
    here = carried(dark, tmp_path / "out", *words)
    there = {m["id"]: m for m in ask(dark.reference, dark.new, markers, **request)["result"][0]["markers"]}
    assert len(here) == len(markers) > 3 and here.keys() == there.keys()
    for name, (status, t_new, t_lo, confidence) in here.items():
        assert there[name]["status"] == status
        assert there[name]["t_s"] == (None if t_new is None else pytest.approx(t_new, abs=2e-3))
        assert there[name]["low_s"] == (None if t_lo is None else pytest.approx(t_lo, abs=2e-3))
        assert there[name]["confidence"] == pytest.approx(confidence, abs=2e-3)
    if not watch:
        blind = ask(dark.reference, dark.new, markers, options={"telemetry": False})["result"][0]["markers"]
        assert [m["t_s"] for m in blind] != [there[m["id"]]["t_s"] for m in blind]
