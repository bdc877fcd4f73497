"""One run shows a part of what the other shows, and no file says so: the map is where it is without."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from benchmarks.score import Truth, warp_errors
from mtbsync_core.alignment.pipeline import align
from mtbsync_core.demo.pair import write_pair
from mtbsync_core.demo.plan import DemoOptions

pytestmark = pytest.mark.slow


def middle(film: Path, out: Path, across: float, down: float, size: tuple[int, int]) -> Path:
    """The middle of each picture, a share of it across and down, at another size."""
    with av.open(str(film)) as source, av.open(str(out), "w") as target:
        given = source.streams.video[0]
        stream = target.add_stream("libx264", rate=Fraction(given.average_rate or 10), options={"crf": "20", "g": "5"})
        (stream.width, stream.height), stream.pix_fmt = size, "yuv420p"
        for frame in source.decode(given):
            picture = frame.to_ndarray(format="rgb24")
            height, width = picture.shape[:2]
            top, left = round(height * (1 - down) / 2), round(width * (1 - across) / 2)
            part = picture[top : height - top, left : width - left]
            new = av.VideoFrame.from_ndarray(np.asarray(cv2.resize(part, size), np.uint8), format="rgb24")
            new.pts, new.time_base = frame.pts, frame.time_base
            target.mux(stream.encode(new))
        target.mux(stream.encode())
    return out


@pytest.mark.parametrize(
    ("across", "down", "size", "ratio"),
    [(1 / 1.18, 1 / 1.18, (480, 270), 1.18), (152 / 480, 1.0, (152, 270), 480 / 152)],
    ids=["zoomed", "9:16"],
)
def test_a_part_that_nothing_tells_does_not_move_the_map(
    tmp_path: Path, across: float, down: float, size: tuple[int, int], ratio: float
) -> None:
    options = DemoOptions(seconds=40, width=480, height=270, rate=Fraction(10), telemetry=False, seed=3)
    pair = write_pair(tmp_path, options)
    result = align(pair.reference, middle(pair.new, tmp_path / "middle.mp4", across, down, size))
    errors = warp_errors(result.usable_warp(), Truth(pair.ref_s, pair.new_s))
    assert result.quality.zoom == pytest.approx(ratio, rel=0.03)
    there = np.isfinite(errors.error_s)
    off = errors.error_s[there]
    assert there.mean() > 0.9
    # By the pictures alone a zoom of 1.18 would be 0.1 s early throughout.
    assert abs(np.median(off)) < 0.06
    assert (np.abs(off) <= 1.645 * errors.sigma_s[there]).mean() > 0.8
