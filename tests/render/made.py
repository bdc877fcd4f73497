"""Results whose recordings show their frames' numbers, and what is read of a video that was made of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from mtbsync_core.alignment.judge.verdict import Quality, Verdict
from mtbsync_core.alignment.pairs import TimePairs
from mtbsync_core.alignment.result import Alignment
from mtbsync_core.media.probe import probe
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.render.layout import Box
from mtbsync_core.warp import TimeWarp
from tests.media.conftest import DARK, LIGHT

SHAPE = (128, 72)
CLICK_S = 0.002
X264 = {"preset": "ultrafast", "g": "8", "bf": "2"}


class Silent:
    """A listener that keeps what it is told."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.stages: list[tuple[str, int, int]] = []

    def stage(self, name: str, done: int, total: int) -> None:
        self.stages.append((name, done, total))

    def note(self, text: str) -> None:
        self.notes.append(text)

    def file(self, name: str, path: Path) -> None:
        pass


def write_result(
    folder: Path,
    ref: Path,
    new: Path,
    knots: Sequence[Sequence[float]],
    *,
    gaps: Sequence[int] = (),
    verdict: Verdict = "good",
) -> Path:
    """A folder of results of two recordings, with this map."""
    folder.mkdir(parents=True, exist_ok=True)
    write_map(folder, probe(ref), probe(new), knots, gaps=gaps, verdict=verdict)
    return folder


def write_map(
    folder: Path,
    ref: MediaInfo,
    new: MediaInfo,
    knots: Sequence[Sequence[float]],
    *,
    gaps: Sequence[int] = (),
    verdict: Verdict = "good",
) -> None:
    """Its `timewarp.json` alone."""
    Alignment(
        warp=TimeWarp.from_knots(knots, gaps),
        verdict=verdict,
        reasons=() if verdict == "good" else ("so it is",),
        pairs=TimePairs.of(*(np.zeros(0) for _ in range(3))),
        quality=Quality(),
        media_ref=ref,
        media_new=new,
        method="affine",
    ).save(folder / "timewarp.json")


def lower_number(picture: NDArray[np.uint8]) -> int:
    """The lower eight bits of the number in a frame of `tests.media.conftest`: its two lower rows, where no name is."""
    high, wide = picture.shape
    number = 0
    for row in (1, 2):
        for column in range(4):
            inside = picture[high * row // 3 : high * (row + 1) // 3, wide * column // 4 : wide * (column + 1) // 4]
            trim = max(1, min(inside.shape) // 4)
            level = float(inside[trim:-trim, trim:-trim].mean())
            assert abs(level - DARK) < 25 or abs(level - LIGHT) < 25, f"unclear block: {level:.0f}"
            number = number * 2 + (level > (DARK + LIGHT) / 2)
    return number


def luma_of(path: Path) -> Iterator[tuple[float, NDArray[np.uint8]]]:
    """All frames of a video, each with its second."""
    with av.open(str(path)) as file:
        for frame in file.decode(video=0):
            yield float(frame.pts * frame.time_base), frame.to_ndarray(format="gray")  # type: ignore[operator]


def numbers_in(path: Path, boxes: Sequence[Box]) -> NDArray[np.int_]:
    """What each run shows in each frame, (R, N)."""
    found = [
        [lower_number(luma[box.y : box.y + box.height, box.x : box.x + box.width]) for box in boxes]
        for _, luma in luma_of(path)
    ]
    return np.array(found).T


def clicks(times_s: Sequence[float], length_s: float, rate: int = 48_000) -> NDArray[np.float32]:
    """Silence with clicks, (2, M)."""
    samples = np.zeros((2, round(length_s * rate)), np.float32)
    for t in times_s:
        samples[:, round(t * rate) : round((t + CLICK_S) * rate)] = 0.8
    return samples


def heard(samples: NDArray[np.float32], rate: int = 48_000) -> NDArray[np.float64]:
    """Seconds of the clicks in samples (2, M)."""
    loud = np.flatnonzero(np.abs(samples).max(axis=0) > 0.25)
    first = loud[np.diff(loud, prepend=-rate) > rate // 20]
    return first / rate


def with_sound(path: Path, samples: NDArray[np.float32], n: int, rate: Fraction | int = 30) -> Path:
    """A video of n grey frames with this sound, as PCM in MOV."""
    with av.open(str(path), "w") as file:
        video = file.add_stream("libx264", rate=Fraction(rate), options=X264)
        video.width, video.height, video.pix_fmt = *SHAPE, "yuv420p"
        sound = file.add_stream("pcm_s16le", rate=48_000, layout="stereo")
        grey = np.full((SHAPE[1] * 3 // 2, SHAPE[0]), 128, np.uint8)
        for k in range(n):
            frame = av.VideoFrame.from_ndarray(grey, format="yuv420p")
            frame.pts = k
            file.mux(video.encode(frame))
        file.mux(video.encode(None))
        flat = np.ascontiguousarray((samples.T * 32767).astype(np.int16).reshape(1, -1))
        for start in range(0, flat.shape[1], 9600):
            part = av.AudioFrame.from_ndarray(flat[:, start : start + 9600], format="s16", layout="stereo")
            part.sample_rate, part.pts, part.time_base = 48_000, start // 2, Fraction(1, 48_000)
            file.mux(sound.encode(part))
        file.mux(sound.encode(None))
    return path


def sound_of(path: Path) -> NDArray[np.float32]:
    """All samples of a video, (2, M), from its second 0 on."""
    with av.open(str(path)) as file:
        resampler = av.AudioResampler(format="fltp", layout="stereo", rate=48_000)
        parts = [(made.pts or 0, made.to_ndarray()) for f in file.decode(audio=0) for made in resampler.resample(f)]
    samples = np.zeros((2, max(at + part.shape[1] for at, part in parts)), np.float32)
    for at, part in parts:
        samples[:, max(0, at) : at + part.shape[1]] = part[:, max(0, -at) :]
    return samples
