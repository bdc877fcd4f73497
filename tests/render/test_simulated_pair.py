"""A simulated pair with numbers burnt in, in step in every style that shows both pictures: half a frame at the most."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mtbsync_core.media.recording import Recording
from mtbsync_core.render import graphics, styles
from mtbsync_core.render.layout import Box
from mtbsync_core.render.opening import Opened, open_results
from mtbsync_core.render.playback import Kind, Show, by_clock, by_position
from mtbsync_core.render.video import Video, render_video
from tests.render.made import Silent, luma_of
from tests.web.browser.footage import CELLS, STRIP, CodedPair, bits_of, coded_pair

pytestmark = pytest.mark.slow

SIZE = (960, 540)
SHAPE = (480, 270)


@pytest.fixture(scope="module")
def pair() -> Iterator[CodedPair]:
    with tempfile.TemporaryDirectory() as folder:
        yield coded_pair(Path(folder), seconds=5.0)


@pytest.fixture(scope="module")
def opened(pair: CodedPair) -> Opened:
    """Without names, which would lie on the numbers."""
    found = open_results([pair.folder], None, Silent())
    return replace(
        found, reference=replace(found.reference, name=""), new=tuple(replace(run, name="") for run in found.new)
    )


def burnt(luma: NDArray[np.uint8], box: Box) -> int | None:
    """The number in a picture; None where it is not to be read."""
    strip = luma[box.y : box.y + max(2, box.height // STRIP), box.x : box.x + box.width]
    cells = [strip[1:-1, (2 * k + 1) * box.width // (2 * CELLS) - 1 :][:, :3].mean() for k in range(CELLS)]
    bits = [int(cell > 125) for cell in cells]
    n = sum(bit << k for k, bit in enumerate(bits[:12]))
    return n if bits_of(n) == bits else None


def shown(show: Show, opened: Opened, pair: CodedPair, path: Path) -> tuple[NDArray[np.int_], NDArray[np.float64]]:
    """Numbers of both runs in all frames, (2, N), and the seconds of these."""

    def style(_: NDArray[np.float64]) -> styles.Styled:
        return styles.side_by_side(SIZE, [SHAPE, SHAPE])

    video = Video(show=show, lines=opened.lines, rate=pair.rate, style=style)
    render_video(video, path, Silent())
    boxes = style(np.zeros(0)).layout.pictures
    rows = [(t, [burnt(luma, box) for box in boxes]) for t, luma in luma_of(path)]
    assert all(None not in numbers for _, numbers in rows)
    return np.array([numbers for _, numbers in rows]).T, np.array([t for t, _ in rows])


def times_of(opened: Opened) -> list[NDArray[np.float64]]:
    return [Recording.of(run.media).times_s for run in opened.runs if run.media is not None]


def test_by_place(pair: CodedPair, opened: Opened, tmp_path: Path) -> None:
    low, high = opened.lines.t_ref[[0, -1]].tolist()
    numbers, t = shown(by_position(opened.runs, (low, high), low), opened, pair, tmp_path / "v.mp4")
    half_s = 0.501 / float(pair.rate)
    of_ref, of_new = times_of(opened)
    assert len(t) == round((high - low) * pair.rate) > 90
    assert np.abs(of_ref[numbers[0]] - (low + t)).max() <= half_s
    assert np.abs(of_new[numbers[1]] - pair.alignment.usable_warp().to_new((low + t).clip(low, high))).max() <= half_s


def test_by_clock(pair: CodedPair, opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(graphics._SAYS, Kind.WAITS, "")  # which would lie on the numbers
    low, high = opened.lines.t_ref[[0, -1]].tolist()
    numbers, t = shown(by_clock(opened.runs, [low, high]), opened, pair, tmp_path / "v.mp4")
    half_s = 0.501 / float(pair.rate)
    for own_s, found, run in zip(times_of(opened), numbers, opened.runs, strict=True):
        start_s, end_s = run.warp.to_new([low, high]).tolist()
        assert np.abs(own_s[found] - np.minimum(start_s + t, end_s)).max() <= half_s
