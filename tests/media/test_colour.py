"""Colours of frames as a screen shows them: matrices, ranges, ten bits, HLG and PQ."""

from __future__ import annotations

import av
import numpy as np
import pytest

from mtbsync_core.media.colour import colour_picture

BT709, UNSPECIFIED, PQ, BT601, BT2020, HLG = 1, 2, 16, 6, 9, 18
"""AVCOL_TRC_* and AVCOL_SPC_* of FFmpeg."""


def frame(levels: tuple[int, int, int], *, bits: int = 8, size: tuple[int, int] = (64, 48)) -> av.VideoFrame:
    """All of one colour, by its Y, U and V."""
    made = av.VideoFrame(*size, "yuv420p" if bits == 8 else "yuv420p10le")
    kind = np.dtype(np.uint8 if bits == 8 else np.uint16)
    for plane, level in zip(made.planes, levels, strict=True):
        plane.update(np.full(plane.buffer_size // kind.itemsize, level, kind).tobytes())
    made.colorspace, made.color_range = BT709, 1
    return made


def shown(made: av.VideoFrame) -> list[int]:
    return [int(level) for level in colour_picture(made, width=64)[20, 30]]


@pytest.mark.parametrize(
    ("bits", "white", "black"), [(8, (235, 128, 128), (16, 128, 128)), (10, (940, 512, 512), (64, 512, 512))]
)
def test_white_and_black_of_limited_range(bits: int, white: tuple[int, int, int], black: tuple[int, int, int]) -> None:
    assert shown(frame(white, bits=bits)) == pytest.approx([255] * 3, abs=2)
    assert shown(frame(black, bits=bits)) == pytest.approx([0] * 3, abs=1)


def test_full_range() -> None:
    made = frame((255, 128, 128))
    made.color_range = 2
    assert shown(made) == pytest.approx([255] * 3, abs=1)
    made = frame((16, 128, 128))
    made.color_range = 2
    assert shown(made) == pytest.approx([16] * 3, abs=1)


@pytest.mark.parametrize(
    ("matrix", "red", "size"),
    [
        (BT709, (63, 102, 240), (64, 48)),
        (BT601, (81, 90, 240), (64, 48)),
        (UNSPECIFIED, (81, 90, 240), (64, 48)),  # small: BT.601
        (UNSPECIFIED, (63, 102, 240), (1280, 720)),
    ],
)
def test_red_by_each_matrix(matrix: int, red: tuple[int, int, int], size: tuple[int, int]) -> None:
    made = frame(red, size=size)
    made.colorspace = matrix
    assert shown(made) == pytest.approx([255, 0, 0], abs=3)


def wide(share: float, transfer: int) -> list[int]:
    """Grey at a share of the signal."""
    made = frame((round(64 + 876 * share), 512, 512), bits=10)
    made.colorspace, made.color_trc = BT2020, transfer
    return shown(made)


def test_wide_range_is_brought_to_the_screen() -> None:
    # 203 cd/m2, diffuse white, is 75 % of HLG on a screen of 1000 cd/m2 and 58 % of PQ (ITU-R BT.2408, table 1).
    white = wide(0.75, HLG)
    assert white == pytest.approx(wide(0.5807, PQ), abs=3) and 200 < white[0] < 245
    # Middle grey, 26 cd/m2: 38 % of both. Below the knee nothing is compressed: (26 / 203) ** (1 / 2.4) of 255 is 108.
    assert wide(0.38, HLG) == pytest.approx([108] * 3, abs=4)
    assert wide(0.38, PQ) == pytest.approx([108] * 3, abs=4)
    for transfer in (HLG, PQ):
        levels = [wide(share, transfer)[1] for share in np.linspace(0, 1, 21)]
        assert levels == sorted(levels) and levels[0] <= 2 and levels[-1] == 255
    # Ten bits of the usual range are not touched by it.
    assert wide(0.5, BT709) == pytest.approx([128] * 3, abs=2)


def test_size_and_turn() -> None:
    made = frame((235, 128, 128))
    made.planes[0].update(np.repeat([235, 16], 32).astype(np.uint8).repeat(48).reshape(64, 48).T.tobytes())
    assert colour_picture(made, width=1000).shape == (48, 64, 3)
    assert colour_picture(made, width=32).shape == (24, 32, 3)
    turned = colour_picture(made, width=24, rotation=90)
    assert turned.shape == (32, 24, 3)
    assert turned[4, 12, 0] > 250 and turned[-4, 12, 0] < 5  # left became the top
