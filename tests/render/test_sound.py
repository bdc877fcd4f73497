"""The sound of a run stays in step with its pictures, whatever its pace."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mtbsync_core.media.probe import probe
from mtbsync_core.render.job import Heard, RenderJob, Size
from mtbsync_core.render.playback import Kind, Playback
from mtbsync_core.render.sound import Sound, has_sound
from mtbsync_core.warp import TimeWarp
from tests.render.made import Silent, clicks, heard, sound_of, with_sound, write_result

CLICKS = [0.4, 1.1, 1.7, 2.3, 2.9]
KNOTS = [[0.0, 0.1, 0.02], [1.0, 1.4, 0.02], [2.0, 2.1, 0.02], [2.8, 2.95, 0.02]]
"""1.3, 0.7 and 1.06 times as slow."""


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    return with_sound(tmp_path / "new.mov", clicks(CLICKS, 3.0), 90)


def played(recording: Path, playback: Playback) -> np.ndarray:
    with Sound(probe(recording), playback) as sound:
        return np.concatenate([*sound.upto(float(playback.edges_s[-1]))], axis=1)


def test_at_its_own_pace_every_sample_is_the_recording_s_own(recording: Path) -> None:
    playback = Playback(np.array([0.0, 2.0]), np.array([[0.5, 2.5]]), np.array([Kind.PLAYS]))
    samples, original = played(recording, playback), sound_of(recording)
    assert np.abs(samples[:, :95_000] - original[:, 24_000 : 24_000 + 95_000]).max() < 1e-6


def test_clicks_come_where_the_map_has_them(recording: Path) -> None:
    knots = np.array(KNOTS)
    playback = Playback(knots[:, 0], np.stack([knots[:-1, 1], knots[1:, 1]], axis=1), np.zeros(3, int))
    found = heard(played(recording, playback))
    expected = TimeWarp.from_knots(KNOTS).to_ref(CLICKS)
    assert len(found) >= len(expected) - 1
    away = np.abs(found[:, None] - expected[None]).min(axis=0)
    assert away.max() < 0.02, away
    assert np.abs(found[:, None] - expected[None]).min(axis=1).max() < 0.02


def test_silence_where_it_stands_and_beyond_its_end(recording: Path) -> None:
    edges, own = np.array([0.0, 1.0, 2.0, 3.0]), np.array([[0.0, 1.0], [1.0, 1.0], [2.5, 3.5]])
    samples = played(recording, Playback(edges, own, np.array([Kind.PLAYS, Kind.WAITS, Kind.PLAYS])))
    assert heard(samples) == pytest.approx([0.4, 2.4], abs=0.003)
    assert not samples[:, 49_200:94_000].any() and not samples[:, 122_000:].any()


@pytest.mark.slow
@pytest.mark.parametrize(("whose", "expected"), [("ref", [0.3, 1.2, 2.2]), ("new", CLICKS), ("none", [])])
def test_of_a_video(tmp_path: Path, recording: Path, whose: Heard, expected: list[float]) -> None:
    ref = with_sound(tmp_path / "ref.mov", clicks([0.3, 1.2, 2.2], 3.0), 90)
    result = write_result(tmp_path / "run", ref, recording, KNOTS)
    job = RenderJob(results=(result,), out=tmp_path / "v.mp4", size=Size(256, 144), with_sound=whose)
    path = job.run(Silent())
    assert has_sound(probe(path)) == (whose != "none")
    if whose != "none":
        at = TimeWarp.from_knots(KNOTS).to_ref(expected) if whose == "new" else np.array(expected)
        found = heard(sound_of(path))
        assert np.abs(found[:, None] - at[None]).min(axis=0).max() < 0.02


def test_a_recording_without_sound_is_told(tmp_path: Path, recording: Path) -> None:
    from tests.media.conftest import write_video

    assert has_sound(probe(recording)) and not has_sound(probe(write_video(tmp_path / "a.mp4", 10)))
