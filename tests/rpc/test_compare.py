"""Requests to compare: the file that is written, read back, against the map that it was made of."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from mtbsync_core.alignment.result import Alignment
from mtbsync_core.cli import main
from mtbsync_core.jobs import transfer as job
from mtbsync_core.vision.index import FrameIndex
from mtbsync_core.warp import TimeWarp
from otio_adapters.content import Content, content_of
from otio_adapters.formats.otio.reader import read
from tests.cli.two_runs import an_alignment
from tests.media.conftest import write_video

FPS = 25
REF_S = np.array([0.0, 1.0, 2.0, 4.0])
NEW_S = np.array([0.5, 1.5, 2.7, 4.4])
"""Seconds of the parts that are looked at, which are the whole files."""
SIGMA_S = 0.02


@pytest.fixture
def films(tmp_path: Path, engine: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """Two films at 30 frames a second; the aligner answers with the map of above."""

    def align(ref: FrameIndex, new: FrameIndex, **_: object) -> Alignment:
        warp = TimeWarp(REF_S, NEW_S, np.full(4, SIGMA_S), frozenset({1}))
        return replace(an_alignment(), media_ref=ref.media, media_new=new.media, warp=warp)

    monkeypatch.setattr(job, "align_indexes", align)
    return write_video(tmp_path / "ref.mp4", 150), write_video(tmp_path / "new.mp4", 150)


Compare = Any


@pytest.fixture
def compare(films: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Compare:
    """A request about them, changed as the test says; the exit code and the answers."""

    def ask(**changes: Any) -> tuple[int, list[dict[str, Any]]]:
        request: dict[str, Any] = {
            "protocol": 1,
            "do": "compare",
            "reference": {"path": str(films[0]), "from_s": 0.2, "to_s": 4.8, "fps": "30", "frames": 150},
            "new": [{"id": "a", "path": str(films[1]), "fps": "30", "frames": 150}],
            "markers": [
                {"id": "m1", "t_s": 0.4, "name": "Gate"},
                {"id": "m2", "t_s": 0.9, "name": "Berm"},
                {"id": "m3", "t_s": 1.5, "name": "Fog"},
                {"id": "m4", "t_s": 3.6},
            ],
            "timeline": {"path": str(films[0].with_name("both.otio")), "fps": "25", "width": 1920, "height": 1080},
        }
        body = json.dumps({**request, **changes}).encode()
        monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(body)))
        code = main(["rpc"])
        return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return ask


def timeline_of(events: list[dict[str, Any]]) -> dict[str, Any]:
    (found,) = [event for event in events if event["event"] == "timeline"]
    return found


def written(films: tuple[Path, Path]) -> Content:
    return content_of(read(films[0].with_name("both.otio").read_text(encoding="utf-8")))


def test_both_runs_are_within_half_a_frame_of_the_map(compare: Compare, films: tuple[Path, Path]) -> None:
    code, events = compare()
    assert code == 0 and events[-1]["event"] == "done"
    content = written(films)
    warp = TimeWarp(REF_S, NEW_S, np.zeros(4), frozenset({1}))
    seen = [0, 0]
    for piece in content.pieces:
        first, last = round(piece.at_s * FPS), round((piece.at_s + piece.length_s) * FPS)
        frames = np.arange(first, last)
        media_s = np.array([float(piece.media_at(Fraction(int(n), FPS)) or 0) for n in frames])
        ref_s = 0.2 + frames / FPS
        wanted = warp.to_new(ref_s) if piece.track else ref_s
        assert Path(piece.media.url.removeprefix("file://")).name == films[piece.track].name
        assert np.abs(media_s - wanted).max() <= 0.5 / FPS + 1e-6
        seen[piece.track] += len(frames)
    # All that the timeline showed of the reference; of the new run up to its last mapped frame, but for the gap.
    assert seen == [115, 95 - round(1.0 * FPS) + 1]


def test_the_answer_is_what_the_file_holds(compare: Compare, films: tuple[Path, Path]) -> None:
    found = timeline_of(compare()[1])
    pieces = sorted(written(films).pieces, key=lambda piece: (piece.track, piece.at_s))
    assert [(one["track"], one["at"], one["length"]) for one in found["clips"]] == [
        (piece.track, piece.at_s * FPS, piece.length_s * FPS) for piece in pieces
    ]
    for one, piece in zip(found["clips"], pieces, strict=True):
        assert one["path"] == str(films[piece.track])
        assert one["from_s"] == pytest.approx(float(piece.media_in_s), abs=1e-6)
        assert one["to_s"] == pytest.approx(float(piece.media_at(piece.at_s + piece.length_s) or 0), abs=1e-6)
    # Pictures of 4:3 fill three quarters of the screen's width.
    assert found["zoom"] == pytest.approx([2 / 3, 2 / 3]) and found["verdict"] == "good"


def test_the_delta_stands_at_each_marker_that_both_have(compare: Compare, films: tuple[Path, Path]) -> None:
    found = timeline_of(compare()[1])
    # Of the map: 0.4 -> 0.9, 0.9 -> 1.4 and 3.6 -> 4.06; the third lies in the gap.
    assert [(one["id"], one["delta_s"]) for one in found["deltas"]] == [
        ("m1", 0.0),
        ("m2", pytest.approx(0.0, abs=1e-6)),
        ("m4", pytest.approx(-0.04, abs=1e-6)),
    ]
    last = found["deltas"][2]
    assert last["half90_s"] == pytest.approx(1.6449 * SIGMA_S * 2**0.5, rel=0.01)
    marks = written(films).marks
    assert [(mark.name, mark.colour) for mark in marks] == [
        ("Gate", "Blue"),
        (found["deltas"][1]["text"], "Yellow"),
        (f"Marker -0.04 \u00b1{last['half90_s']:.2f} s", "Yellow"),
    ]
    assert [mark.start_s for mark in marks] == [Fraction(n, FPS) for n in (5, 18, 85)]


@pytest.mark.slow
def test_who_is_surely_ahead_or_behind_is_so_by_colour(
    compare: Compare, films: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    for slope, colour in ((1.1, "Red"), (0.9, "Green")):

        def align(ref: FrameIndex, new: FrameIndex, slope: float = slope, **_: object) -> Alignment:
            warp = TimeWarp([0.0, 4.5], [0.1, 0.1 + 4.5 * slope], [0.01, 0.01])  # type: ignore[arg-type]
            return replace(an_alignment(), media_ref=ref.media, media_new=new.media, warp=warp)

        monkeypatch.setattr(job, "align_indexes", align)
        assert compare()[0] == 0
        assert written(films).marks[-1].colour == colour


@pytest.mark.slow
def test_the_pictures_are_placed_for_the_size_of_the_editors_screen(compare: Compare, films: tuple[Path, Path]) -> None:
    compare(
        timeline={
            "path": str(films[0].with_name("both.otio")),
            "fps": "30000/1001",
            "drop": True,
            "width": 3840,
            "height": 2160,
        }
    )
    timeline = read(films[0].with_name("both.otio").read_text(encoding="utf-8"))
    places = []
    for track in timeline.tracks:
        clips = [clip for clip in track.find_clips() if clip.effects]
        for clip in clips[:1]:
            (effect,) = [e for e in clip.effects if "Parameters" in e.metadata.get("Resolve_OTIO", {})]
            values = {p["Parameter ID"]: p["Parameter Value"] for p in effect.metadata["Resolve_OTIO"]["Parameters"]}
            places.append((values["transformationZoomX"], values["transformationPan"]))
    assert places == [(pytest.approx(2 / 3), -0.25), (pytest.approx(2 / 3), 0.25)]
    assert timeline.global_start_time.value == 107892  # 01:00:00;00


@pytest.mark.slow
def test_the_editors_timecode_goes_before_that_of_the_file(compare: Compare, films: tuple[Path, Path]) -> None:
    both = {"path": str(films[0].with_name("both.otio")), "fps": "25", "width": 1920, "height": 1080}
    compare(timeline={**both, "ref_timecode": "01:00:00:00", "new_timecode": "02:00:00:15"})
    timeline = read(films[0].with_name("both.otio").read_text(encoding="utf-8"))
    ranges = [next(iter(track.find_clips())).media_reference.available_range for track in timeline.tracks]
    assert [one.start_time.to_seconds() for one in ranges] == [3600, 7200.5]
    assert written(films).pieces[0].media_in_s == Fraction(6, 30)
    code, events = compare(timeline={**both, "new_timecode": "soon"})
    assert code == 7 and "soon" in events[-1]["error"]["message"]


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"timeline": {"path": "both.otio", "fps": "25"}}, 2, "timeline.width is missing"),
        ({"timeline": {"path": "both.otio", "fps": "fast", "width": 1920, "height": 1080}}, 2, "not a frame rate"),
        ({"new": []}, 2, "new of the request"),
        ({"timeline": None}, 2, "timeline is None"),
    ],
)
def test_requests_that_are_none(compare: Compare, changes: dict[str, Any], code: int, words: str) -> None:
    got, events = compare(**changes)
    assert got == code and words in events[-1]["error"]["message"]


@pytest.mark.slow
def test_nothing_is_written_where_it_cannot_be(compare: Compare, films: tuple[Path, Path]) -> None:
    both = films[0].with_name("both.otio")
    new = {"id": "a", "path": str(films[1]), "frames": 150}
    cases: list[tuple[dict[str, Any], int, str]] = [
        ({"new": [{**new, "fps": "60"}]}, 3, "cannot say so"),
        ({"new": [{**new, "from_s": 4.6, "to_s": 4.9}]}, 4, "nothing in common"),
        ({"new": [new, {**new, "id": "b"}]}, 2, "one new run"),
        ({"timeline": {"path": str(films[0]), "fps": "25", "width": 1920, "height": 1080}}, 2, "one of the files"),
    ]
    before = films[0].read_bytes()
    for changes, code, words in cases:
        got, events = compare(**changes)
        assert got == code and words in events[-1]["error"]["message"], events
        assert not both.exists() and films[0].read_bytes() == before


def test_a_clip_with_several_rides_is_to_be_trimmed(
    compare: Compare, films: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    rides = [SimpleNamespace(from_s=from_s, to_s=from_s + 1.5) for from_s in (0.2, 2.5)]
    monkeypatch.setattr(job, "find_passes", lambda *_, **__: rides)
    code, events = compare(reference={"path": str(films[0]), "from_s": 0.2, "to_s": 2.0, "fps": "30", "frames": 150})
    error = events[-1]["error"]
    assert code == 2 and "new.mp4 shows 2 rides of the reference" in error["message"] and "Trim" in error["hint"]
    assert not films[0].with_name("both.otio").exists()
