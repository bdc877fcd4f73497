"""Tiny videos whose every frame shows its own number, so that times and pictures can be checked against each other.

A frame is a 4 x 3 grid of light and dark blocks, the twelve bits of its number, most significant first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from mtbsync_core.media.boxes import find_boxes

DARK, LIGHT = 50, 200


@cache
def picture_of(number: int, width: int, height: int) -> NDArray[np.uint8]:
    """Luma of the frame with this number; not to be written to."""
    bits = [(number >> (11 - bit)) & 1 for bit in range(12)]
    grid = np.where(np.reshape(bits, (3, 4)), LIGHT, DARK).astype(np.uint8)
    return np.kron(grid, np.ones((height // 3, width // 4), np.uint8))


def read_number(picture: NDArray[np.uint8]) -> int:
    """Inverse of `picture_of`, at any size; every block must be clearly light or dark."""
    high, wide = picture.shape
    number = 0
    for row in range(3):
        for column in range(4):
            inside = picture[high * row // 3 : high * (row + 1) // 3, wide * column // 4 : wide * (column + 1) // 4]
            trim = max(1, min(inside.shape) // 4)
            level = float(inside[trim:-trim, trim:-trim].mean())
            assert abs(level - DARK) < 25 or abs(level - LIGHT) < 25, f"unclear block: {level:.0f}"
            number = number * 2 + (level > (DARK + LIGHT) / 2)
    return number


def write_video(
    path: Path,
    n: int,
    *,
    rate: Fraction | int = 30,
    stamps: Sequence[int] | None = None,
    size: tuple[int, int] = (96, 72),
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    options: dict[str, str] | None = None,
    container_options: dict[str, str] | None = None,
    metadata: dict[str, str] | None = None,
    n_tracks: int = 1,
    numbers: Sequence[int] | None = None,
) -> Path:
    """Write `n` frames. Their `numbers` and `stamps`, in frames of `rate`, are 0, 1, 2, ... when not given.

    Skips the calling test when PyAV's FFmpeg has no such encoder.
    """
    try:
        av.codec.Codec(codec, "w")
    except av.codec.codec.UnknownCodecError:
        pytest.skip(f"the FFmpeg of this PyAV has no {codec} encoder")
    rate = Fraction(rate)
    ticks = list(stamps) if stamps is not None else list(range(n))
    shown = list(numbers) if numbers is not None else list(range(n))
    with av.open(str(path), "w", options=dict(container_options or {})) as container:
        container.metadata.update(metadata or {})
        streams = []
        for _ in range(n_tracks):
            stream: Any = container.add_stream(codec, rate=rate, options=dict(options or {}))
            stream.width, stream.height = size
            stream.pix_fmt = pix_fmt
            stream.codec_context.time_base = 1 / rate
            stream.codec_context.thread_count = 1
            streams.append(stream)
        for number in range(n):
            for stream in streams:
                container.mux(stream.encode(_frame(shown[number], ticks[number], rate, size, pix_fmt)))
        for stream in streams:
            container.mux(stream.encode(None))
    return path


def _frame(number: int, tick: int, rate: Fraction, size: tuple[int, int], pix_fmt: str) -> av.VideoFrame:
    high_bits = "10" in pix_fmt
    frame = av.VideoFrame(*size, pix_fmt)
    for index, plane in enumerate(frame.planes):
        kind, scale = (np.dtype(np.uint16), 4) if high_bits else (np.dtype(np.uint8), 1)
        samples = np.full((plane.height, plane.line_size // kind.itemsize), 128 * scale, kind)
        if index == 0:
            samples[:, : plane.width] = picture_of(number, *size) * kind.type(scale)
        plane.update(samples.tobytes())
    frame.pts = tick
    frame.time_base = 1 / rate
    return frame


def write_sound(path: Path) -> Path:
    """Write one second of silence, without any picture."""
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("aac", rate=48000)
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 48000), np.float32), format="fltp", layout="mono")
        sound.sample_rate = 48000
        container.mux(stream.encode(sound))
        container.mux(stream.encode(None))
    return path


def patch_box(path: Path, box: Sequence[bytes], offset: int, data: bytes) -> None:
    """Overwrite `data` at `offset` of the payload of the first such box."""
    with path.open("r+b") as file:
        start, end = next(iter(find_boxes(file, *box)))
        assert offset + len(data) <= end - start
        file.seek(start + offset)
        file.write(data)


@pytest.fixture(scope="session")
def make_video() -> Callable[..., Path]:
    return write_video


@pytest.fixture(scope="session")
def make_sound() -> Callable[[Path], Path]:
    return write_sound


@pytest.fixture(scope="session")
def patch() -> Callable[[Path, Sequence[bytes], int, bytes], None]:
    return patch_box


@pytest.fixture(scope="session")
def number_of() -> Callable[[NDArray[np.uint8]], int]:
    return read_number
