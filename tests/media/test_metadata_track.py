"""The samples of a metadata track: their times, and what a damaged index does to them."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from mtbsync_core.media.boxes import find_boxes
from mtbsync_core.media.metadata_track import track_samples
from tests.media.gpmf_writer import with_payloads

Make = Callable[..., Path]
Patch = Callable[[Path, Sequence[bytes], int, bytes], None]

PAYLOADS = [(0, b"DEVC0000"), (1001, b"DEVC1111"), (2002, b"DEVC22222222"), (2500, b"DEVC3333")]


@pytest.fixture
def path(tmp_path: Path, make_video: Make) -> Path:
    return with_payloads(make_video(tmp_path / "a.mp4", 30), PAYLOADS)


def test_times(path: Path) -> None:
    samples = list(track_samples(path, b"gpmd"))
    assert [sample.payload for sample in samples] == [payload for _, payload in PAYLOADS]
    np.testing.assert_allclose([sample.t_s for sample in samples], [0, 1.001, 2.002, 2.5], atol=1e-4)
    np.testing.assert_allclose([sample.duration_s for sample in samples], [1.001, 1.001, 0.498, 1.001], atol=1e-4)


def test_edit_list(tmp_path: Path, make_video: Make) -> None:
    """A track that begins half a second into the film: an empty edit comes before it."""
    late = [(500 + start, payload) for start, payload in PAYLOADS]
    path = with_payloads(make_video(tmp_path / "a.mp4", 30), late)
    with path.open("rb") as file:
        assert list(find_boxes(file, b"moov", b"trak", b"edts", b"elst"))
    samples = list(track_samples(path, b"gpmd"))
    np.testing.assert_allclose([sample.t_s for sample in samples], [0.5, 1.501, 2.502, 3.0], atol=0.002)


@pytest.mark.slow
def test_damaged_index(path: Path, tmp_path: Path) -> None:
    rng = random.Random(62)
    data = path.read_bytes()
    with path.open("rb") as file:
        tracks = list(find_boxes(file, b"moov", b"trak"))
    for _ in range(300):
        damaged = bytearray(data)
        for _ in range(rng.randint(1, 6)):
            start, end = rng.choice(tracks)
            at = rng.randrange(start, end - 4)
            damaged[at : at + 4] = rng.choice([bytes(4), b"\xff" * 4, b"\0\0\0\1", rng.randbytes(4)])
        (tmp_path / "b.mp4").write_bytes(damaged)
        samples = list(track_samples(tmp_path / "b.mp4", b"gpmd"))
        assert len(samples) <= 10 * len(PAYLOADS)
        assert sum(len(sample.payload) for sample in samples) <= 10 * len(data)
        assert np.isfinite([sample.t_s for sample in samples]).all()
