"""Seconds of an editor that plays a file at another rate than it was recorded at: converted, or refused."""

from __future__ import annotations

import io
import json
import math
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import numpy as np
import pytest

from mtbsync_core.cli import main
from mtbsync_core.errors import MediaError, UsageError
from mtbsync_core.jobs.excerpt import Excerpt, pace
from mtbsync_core.media.probe import probe_file
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.options import from_json
from tests.cli.test_tracks import write_film
from tests.demo.black_film import black_film, planned
from tests.rpc.conftest import Asking

NTSC_30, NTSC_24, NTSC_120 = Fraction(30000, 1001), Fraction(24000, 1001), Fraction(120000, 1001)


def media(rate: Fraction, n: int) -> MediaInfo:
    """A file of constant rate."""
    return MediaInfo(Path("new.mp4"), rate, 64, 64, float(n / rate), n, "h264")


def played(fps: str | None, frames: int | None, **more: Any) -> Excerpt:
    """What a request says."""
    return from_json(Excerpt, {"path": "new.mp4", "fps": fps, "frames": frames, **more})


@pytest.mark.parametrize(
    ("recorded", "shown", "factor"),
    [
        (NTSC_120, "30000/1001", 1 / 4),
        (NTSC_120, "29.97", 1 / 4),
        (NTSC_30, "24000/1001", 4 / 5),
        (NTSC_24, "25", 1001 / 960),
        (NTSC_30, "30", 1001 / 1000),
        (Fraction(50), "50", 1),
        (NTSC_24, "23.98", 1),
    ],
)
def test_whole_clips_are_converted_exactly(recorded: Fraction, shown: str, factor: float) -> None:
    for counted in (3000, 2999):
        assert pace(played(shown, counted), media(recorded, 3000)) == pytest.approx(factor, rel=1e-12)
    assert pace(played(None, 3000), media(recorded, 3000)) == 1


@pytest.mark.parametrize(
    ("shown", "counted", "words"),
    [
        ("30000/1001", 750, "cannot be converted"),  # the seconds may be those of the file
        ("30000/1001", 2900, "cannot be converted"),  # a subclip, or another file
        ("30000/1001", None, "cannot be converted"),
        ("120000/1001", 3010, "not the file that the editor knows"),
        ("30000/1001", 3010, "not the file that the editor knows"),
    ],
)
def test_what_cannot_be_calculated_is_refused(shown: str, counted: int | None, words: str) -> None:
    with pytest.raises(MediaError, match=words):
        pace(played(shown, counted), media(NTSC_120, 3000))


def test_a_subclip_at_the_rate_of_the_file_is_taken() -> None:
    assert pace(played("30000/1001", 1200), media(NTSC_30, 3000)) == 1


@pytest.fixture
def varying(tmp_path: Path) -> MediaInfo:
    """Ten seconds at 30 frames a second, ten at 15: 450 frames."""
    path = tmp_path / "phone.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=30)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        for n in range(450):
            frame = av.VideoFrame.from_ndarray(np.full((64, 64, 3), n % 99, np.uint8), format="rgb24")
            frame.pts = n if n < 300 else 300 + 2 * (n - 300)
            frame.time_base = Fraction(1, 30)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    found = probe_file(path)
    assert found.variable_rate and found.n_frames == 450
    return found


@pytest.mark.slow
def test_a_varying_rate_is_taken_where_the_editor_counts_time(varying: MediaInfo) -> None:
    assert pace(played("30", 600), varying) == 1
    for shown, counted in (("30", 450), ("45/2", 450), ("25", 600), ("30", None), ("30", 300)):
        with pytest.raises(MediaError, match="varying frame rate"):
            pace(played(shown, counted), varying)


@pytest.mark.slow
def test_one_lost_frame_is_no_varying_rate_to_speak_of(varying: MediaInfo, monkeypatch: pytest.MonkeyPatch) -> None:
    class Table:
        times_s = np.concatenate([np.arange(200), np.arange(201, 301)]) / 30

    monkeypatch.setattr("mtbsync_core.jobs.excerpt.scan", lambda path: Table)
    for counted in (300, 301):
        assert pace(played("30", counted), replace(varying, n_frames=300, duration_s=301 / 30)) == 1


@pytest.mark.parametrize(
    ("from_s", "to_s", "words"), [(0, 100.2, "lasts 25.025 s"), (30, 30, "empty"), (40, 30, "empty")]
)
def test_an_impossible_part_is_an_error(from_s: float, to_s: float, words: str) -> None:
    clip = replace(played("30000/1001", 3000), from_s=from_s, to_s=to_s)
    with pytest.raises(UsageError, match=words):
        clip.in_file_seconds(media(NTSC_120, 3000), 1 / 4 if words != "lasts 25.025 s" else 1.0)


def test_rounding_and_the_whole_file_are_no_error() -> None:
    clip = played("30000/1001", 3000, from_s=20.0, to_s=100.15, gpx_offset_s=-8.0)
    there = clip.in_file_seconds(media(NTSC_120, 3000), 1 / 4)
    assert (there.from_s, there.to_s, there.gpx_offset_s) == (5.0, 25.0375, -2.0)
    assert played(None, None).in_file_seconds(media(NTSC_120, 3000), 1.0).to_s == math.inf


@pytest.mark.slow
def test_requests_are_answered_on_the_clocks_of_the_editor(
    ask: Asking,
    tmp_path: Path,
    engine: list[dict[str, Any]],
) -> None:
    """Five frames a second, played at one: all times are five times as long; a marker is where it would be else."""
    films = write_film(tmp_path / "ref.mp4", 60), write_film(tmp_path / "new.mp4", 60)
    slow: dict[str, Any] = {"fps": "1", "frames": 300, "from_s": 50, "to_s": 250}
    plain = ask(*films, [("m1", 40.0)], ref={"from_s": 10, "to_s": 50}, from_s=10, to_s=50, anchors=[(20, 25)])
    both = ask(*films, [("m1", 200.0)], ref=slow, **slow, anchors=[(100, 125)])
    one = ask(*films, [("m1", 200.0)], ref=slow, fps="5", frames=300, from_s=10, to_s=50, anchors=[(100, 25)])
    first = plain["result"][0]["markers"][0]
    assert engine[0]["moments_s"] == engine[1]["moments_s"] == engine[2]["moments_s"] == [40.0]
    assert engine[0]["user"] == engine[1]["user"] == engine[2]["user"] == [(20, 25)]
    for found, times in ((both, 5), (one, 1)):
        told = found["result"][0]["markers"][0]
        for name in ("t_s", "low_s", "high_s", "duration_s"):
            assert told[name] == pytest.approx(first[name] * times, abs=1e-5)
        assert found["result"][0]["to_s"] == pytest.approx(plain["result"][0]["to_s"] * times)
        assert any("ref.mp4: played at 1 frames a second, recorded at 5" in note["text"] for note in found["note"])


def test_the_pace_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    film = str(write_film(tmp_path / "ref.mp4", 60))
    files = [{"id": "a", "path": film, "fps": "1", "frames": 300}, {"id": "b", "path": film, "fps": "1", "frames": 200}]
    text = json.dumps({"protocol": 1, "do": "pace", "files": [*files, {"id": "c", "path": "gone.mp4"}]})
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(text.encode())))
    assert main(["rpc"]) == 0
    first, *failed, done = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert first == {"event": "pace", "id": "a", "pace": 0.2} and done == {"event": "done"}
    assert [(one["event"], one["new"]) for one in failed] == [("failed", "b"), ("failed", "c")]


@pytest.mark.slow
def test_a_part_beyond_the_file_is_no_result(ask: Asking, tmp_path: Path, engine: list[dict[str, Any]]) -> None:
    film = black_film(tmp_path / "ride.mp4", planned(seconds=20))
    impossible: list[dict[str, Any]] = [{"to_s": 25.0}, {"to_s": 20.0, "from_s": 20.0}]
    for more in impossible:
        answer: dict[str, list[Any]] = ask(film, film, [("m1", 4.0)], **more)
        assert "result" not in answer and not engine, answer
    assert "ends at 25.000 s" in ask(film, film, [("m1", 4.0)], ref={"to_s": 25.0})["failed"][0]["error"]["message"]
