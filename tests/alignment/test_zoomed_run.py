"""The new run is filmed with a narrower view, and no file says so: the map is where it is without."""

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


def zoomed(film: Path, out: Path, by: float) -> Path:
    """The middle of each picture, as large as the whole."""
    with av.open(str(film)) as source, av.open(str(out), "w") as target:
        given = source.streams.video[0]
        stream = target.add_stream("libx264", rate=Fraction(given.average_rate or 10), options={"crf": "20", "g": "5"})
        stream.width, stream.height, stream.pix_fmt = given.width, given.height, "yuv420p"
        for frame in source.decode(given):
            picture = frame.to_ndarray(format="rgb24")
            height, width = picture.shape[:2]
            top, left = round(height * (1 - 1 / by) / 2), round(width * (1 - 1 / by) / 2)
            part = picture[top : height - top, left : width - left]
            large = np.asarray(cv2.resize(part, (width, height)), np.uint8)
            new = av.VideoFrame.from_ndarray(large, format="rgb24")
            new.pts, new.time_base = frame.pts, frame.time_base
            target.mux(stream.encode(new))
        target.mux(stream.encode())
    return out


def test_a_zoom_that_nothing_tells_does_not_move_the_map(tmp_path: Path) -> None:
    options = DemoOptions(seconds=40, width=480, height=270, rate=Fraction(10), telemetry=False, seed=3)
    pair = write_pair(tmp_path, options)
    result = align(pair.reference, zoomed(pair.new, tmp_path / "zoomed.mp4", 1.18))
    errors = warp_errors(result.usable_warp(), Truth(pair.ref_s, pair.new_s))
    assert result.quality.zoom == pytest.approx(1.18, abs=0.03)
    there = np.isfinite(errors.error_s)
    off = errors.error_s[there]
    assert there.mean() > 0.9
    # By the pictures alone it would be 0.1 s early throughout.
    assert abs(np.median(off)) < 0.06
    assert (np.abs(off) <= 1.645 * errors.sigma_s[there]).mean() > 0.8
