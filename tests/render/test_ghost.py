"""Ghost: the new picture lies on the reference's, and where it cannot, both are shown side by side."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from mtbsync_core.render.job import RenderJob, Size
from tests.render.made import Silent, luma_of, write_result

pytestmark = pytest.mark.slow

SIZE = Size(640, 360)
N = 90
GREY_FROM = 60
"""From this frame on the new run shows nothing."""


def ground() -> NDArray[np.uint8]:
    """Something with corners, larger than the pictures."""
    rng = np.random.default_rng(3)
    large = cv2.resize(rng.integers(30, 220, (60, 110), dtype=np.uint8), (1100, 600), interpolation=cv2.INTER_CUBIC)
    return np.asarray(cv2.GaussianBlur(large, (5, 5), 0), np.uint8)


def write(path: Path, pictures: Iterator[NDArray[np.uint8]]) -> Path:
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264", rate=30, options={"preset": "ultrafast", "crf": "12", "g": "15"})
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        for luma in pictures:
            planes = np.vstack([luma, np.full((SIZE.height // 2, SIZE.width), 128, np.uint8)])
            file.mux(stream.encode(av.VideoFrame.from_ndarray(planes, format="yuv420p")))
        file.mux(stream.encode(None))
    return path


def seen(turn_deg: float, zoom: float, shift: tuple[float, float]) -> Iterator[NDArray[np.uint8]]:
    """Pictures of a camera that goes along the ground, held so."""
    whole = ground()
    for k in range(N):
        matrix = cv2.getRotationMatrix2D((320 + 200 + k, 300), turn_deg, zoom)
        matrix[:, 2] += np.array([shift[0] - 200 - k, shift[1] - 120])
        yield np.asarray(cv2.warpAffine(whole, matrix, SIZE, borderMode=cv2.BORDER_REFLECT), np.uint8)


def test_the_new_picture_lies_on_the_reference_s_or_beside_it(tmp_path: Path) -> None:
    grey = np.full((SIZE.height, SIZE.width), 128, np.uint8)
    held = (grey if k >= GREY_FROM else luma for k, luma in enumerate(seen(6.0, 1.1, (35.0, -20.0))))
    ref, new = write(tmp_path / "ref.mp4", seen(0.0, 1.0, (0.0, 0.0))), write(tmp_path / "new.mp4", held)
    result = write_result(tmp_path / "run", ref, new, [[0.0, 0.0, 0.02], [2.96, 2.96, 0.02]])
    listener = Silent()
    out = RenderJob(results=(result,), style="ghost", size=SIZE, with_sound="none").run(listener)
    frames = [luma.astype(float) for _, luma in luma_of(out)]
    wanted = [luma.astype(float) for _, luma in luma_of(ref)]
    # Between the strip and the head, away from the edges that only one of them shows.
    middle = np.s_[110:250, 160:480]
    off = [float(np.abs(a[middle] - b[middle]).mean()) for a, b in zip(frames, wanted, strict=False)]
    contrast = float(wanted[0][middle].std())
    assert max(off[:55]) < 0.15 * contrast
    assert min(off[GREY_FROM:]) > 0.5 * contrast
    # The right half is the new run's.
    assert all(float(frame[150:210, 380:600].std()) < 3 for frame in frames[GREY_FROM:])
    assert "side by side" in listener.notes[-1]
