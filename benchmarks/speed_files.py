"""The files of `speed.py`: a simulated scene in the size, rate, bit rate and key frames of cameras."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from mtbsync_core.demo.encode import Encoding, encode

SCENE_S = 50.0
"""Length of the simulated scene; shown twice it makes 100 s of which no two seconds side by side are alike."""
RATE = Fraction(60000, 1001)
SIDES = ("sample_reference.mp4", "sample_new.mp4")


@dataclass(frozen=True)
class Kind:
    """One kind of file."""

    codec: str
    key_frame_s: float
    size: tuple[int, int] = (1920, 1080)
    bit_rate: int = 60_000_000
    still: bool = False
    """One picture for each group, repeated: encodes fast, and key frames are of their usual size all the same."""

    @property
    def name(self) -> str:
        return f"{self.codec}-{self.key_frame_s}"


KINDS = (
    Kind("h264", 0.3),
    Kind("h264", 0.5),
    Kind("h264", 1.0),
    Kind("hevc", 0.3, bit_rate=8_000_000, still=True),
    Kind("hevc", 1.0, bit_rate=3_000_000, still=True),
)
SMALL = Kind("h264", 0.5, (768, 432), 4_000_000)


def enlarged(source: Path, kind: Kind) -> Iterator[NDArray[np.uint8]]:
    """Every frame twice (30 to 60 a second), enlarged, each with its own grain, as planar YUV."""
    width, height = kind.size
    group = round(kind.key_frame_s * RATE) if kind.still else 1
    n = 0
    rng = np.random.default_rng(1)
    grain = rng.normal(0, 4, (height + 64, width + 64)).astype(np.int8)
    with av.open(str(source)) as file:
        for frame in file.decode(video=0):
            luma: NDArray[np.uint8] | None = None
            for _ in range(2):
                if n % group == 0:
                    if luma is None:
                        grey = frame.reformat(format="gray").to_ndarray()
                        luma = np.asarray(cv2.resize(grey, kind.size, interpolation=cv2.INTER_LINEAR), np.uint8)
                    y, x = rng.integers(0, 64, 2)
                    grainy = cv2.add(luma, grain[y : y + height, x : x + width], dtype=cv2.CV_8U)
                    picture = np.vstack([grainy, np.full((height // 2, width), 128, np.uint8)])
                n += 1
                yield picture


def make(source: Path, target: Path, kind: Kind) -> None:
    """Encode one side of one kind, unless it is there, and put it behind itself: 100 s."""
    if target.exists():
        return
    once = target.with_name(f"once-{target.name}")
    how = Encoding(
        rate=RATE,
        codec=kind.codec,
        bit_rate=kind.bit_rate,
        key_frame_s=kind.key_frame_s,
        timecode="10:00:00:00",
    )
    encode(once, enlarged(source, kind), *kind.size, how)
    twice(once, target)
    once.unlink()


def twice(source: Path, target: Path) -> None:
    """The same packets, then again, in one file."""
    with av.open(str(source)) as file, av.open(str(target), "w") as out:
        stream = file.streams.video[0]
        copy = out.add_stream_from_template(stream)
        assert stream.time_base is not None
        for round_ in range(2):
            file.seek(0)
            for packet in file.demux(stream):
                if packet.size and packet.pts is not None and packet.dts is not None:
                    shift = round_ * (stream.duration or 0)
                    packet.pts, packet.dts, packet.stream = packet.pts + shift, packet.dts + shift, copy
                    out.mux(packet)


def make_large(target: Path, side: int) -> None:
    """Three seconds of 5.3K HEVC of ten bits: a new picture at each key frame, repeated between them."""
    if target.exists():
        return
    width, height, rate, group = 5312, 2988, 30, 9
    rng = np.random.default_rng(7)
    scene = cv2.resize(rng.integers(64, 940, (60, 200), np.uint16), (2 * width, height), interpolation=cv2.INTER_CUBIC)
    fixed = f"keyint={group}:min-keyint={group}:scenecut=0:bframes=0:log-level=none"
    options = {"preset": "ultrafast", "x265-params": f"{fixed}:crf=18"}
    with av.open(str(target), "w") as out:
        stream: Any = out.add_stream("libx265", rate=rate, options=options)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p10le"
        for n in range(3 * rate):
            if n % group == 0:
                x = (n + 3 * side) * 45
                frame = av.VideoFrame(width, height, "yuv420p10le")
                for plane, value in zip(frame.planes, (0, 512, 512), strict=True):
                    samples = np.full((plane.height, plane.line_size // 2), value, np.uint16)
                    if not value:
                        noise = rng.integers(0, 24, (height, width), np.uint16)
                        samples[:, :width] = np.minimum(scene[:, x : x + width], 960) + noise
                    plane.update(samples.tobytes())
            frame.pts, frame.time_base = n, Fraction(1, rate)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


def as_chapters(file: Path, folder: Path, n: int) -> Path:
    """The same file n times, as the chapters of one recording."""
    folder.mkdir(parents=True, exist_ok=True)
    names = [folder / f"GX{chapter:02d}0001.MP4" for chapter in range(1, n + 1)]
    for name in names:
        if not name.exists():
            try:
                name.hardlink_to(file)
            except OSError:
                shutil.copy(file, name)
    return names[0]
