"""Simulated pairs whose frames carry their number as a row of black and white cells, so that pixels tell which frame it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from mtbsync_core.alignment.from_pairs import alignment_from_pairs
from mtbsync_core.alignment.pairs import TimePairs
from mtbsync_core.alignment.result import Alignment
from mtbsync_core.demo.encode import Encoding, encode
from mtbsync_core.demo.noise import Picture8
from mtbsync_core.demo.pair import write_pair
from mtbsync_core.demo.plan import DemoOptions

CELLS = 16
"""Cells along the upper edge: twelve bits of the number, the lowest first, then four of a checksum."""
STRIP = 12
"""The strip's height is the picture's divided by this."""


def bits_of(n: int) -> list[int]:
    """The cells of frame n, 1 for white."""
    check = (n ^ (n >> 4) ^ (n >> 8)) & 15 ^ 9
    return [n >> k & 1 for k in range(12)] + [check >> k & 1 for k in range(4)]


def burn(source: Path, target: Path, how: Encoding) -> int:
    """Write `source` anew with the number in each frame; gives how many frames there are."""
    count = 0

    def frames() -> Iterator[Picture8]:
        nonlocal count
        with av.open(str(source)) as file:
            for n, frame in enumerate(file.decode(video=0)):
                picture = frame.to_ndarray(format="yuv420p")
                rows, width = frame.height // STRIP, frame.width
                for k, bit in enumerate(bits_of(n)):
                    picture[:rows, k * width // CELLS : (k + 1) * width // CELLS] = 235 if bit else 16
                # Both planes of colour follow the luma, a quarter of its size each: grey under the strip.
                chroma = picture[frame.height :].reshape(2, -1)
                chroma[:, : rows // 2 * (width // 2)] = 128
                count = n + 1
                yield picture

    with av.open(str(source)) as file:
        width, height = file.streams.video[0].width, file.streams.video[0].height
    encode(target, frames(), width, height, how)
    return count


@dataclass(frozen=True, slots=True)
class CodedPair:
    """Two recordings with numbers in their frames, and the result of aligning them in `folder`."""

    folder: Path
    ref: Path
    new: Path
    counts: tuple[int, int]
    rate: Fraction
    alignment: Alignment


def coded_pair(folder: Path, *, seconds: float = 8.0, codec: str = "h264") -> CodedPair:
    """Render, burn and align by the exact truth; the result lies in `folder` as `mtbsync sync` would have left it."""
    from mtbsync_core.media.probe import probe

    options = DemoOptions(seconds=seconds, width=480, height=270, seed=4, telemetry=False)
    made = write_pair(folder / "plain", options)
    how = Encoding(rate=options.rate, codec=codec, crf=20)
    ref, new = folder / "reference.mp4", folder / "new.mp4"
    counts = burn(made.reference, ref, how), burn(made.new, new, how)
    rows = slice(2, -2, 3)
    ref_s, new_s = made.ref_s[rows], made.new_s[rows]
    n = len(ref_s)
    pairs = TimePairs(
        t_new=new_s,
        t_ref=ref_s,
        sigma_s=np.full(n, 0.03),
        score=np.full(n, 8.0),
        n_inliers=np.full(n, 40),
        on_trail=np.ones(n),
        source=np.full(n, "anchor"),
        valid=np.ones(n, bool),
    )
    alignment = alignment_from_pairs(pairs)
    return CodedPair(folder, ref, new, counts, options.rate, alignment), probe
