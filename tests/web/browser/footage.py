"""Simulated pairs whose frames carry their number as a row of black and white cells, for pixels to tell them apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from mtbsync_core.alignment.from_pairs import alignment_from_pairs
from mtbsync_core.alignment.pairs import TimePairs, write_pairs
from mtbsync_core.alignment.result import Alignment
from mtbsync_core.demo.encode import Encoding, encode
from mtbsync_core.demo.noise import Floats, Picture8
from mtbsync_core.demo.pair import write_pair
from mtbsync_core.demo.plan import DemoOptions
from mtbsync_core.jobs.ref_markers import read_ref_markers
from mtbsync_core.markers import transfer
from mtbsync_core.media.probe import probe
from mtbsync_core.moved_csv import write_moved
from tests.real_files import HERO7, MAX, WALKWAY

CELLS = 16
"""Cells along the upper edge: twelve bits of the number, the lowest first, then four of a checksum."""
STRIP = 12
"""The strip's height is the picture's divided by this."""


def bits_of(n: int) -> list[int]:
    """The cells of frame n, 1 for white."""
    check = (n ^ (n >> 4) ^ (n >> 8)) & 15 ^ 9
    return [n >> k & 1 for k in range(12)] + [check >> k & 1 for k in range(4)]


def burn(source: Path, target: Path, how: Encoding) -> None:
    """Write `source` anew with the number in each frame."""

    def frames() -> Iterator[Picture8]:
        with av.open(str(source)) as file:
            for n, frame in enumerate(file.decode(video=0)):
                picture = frame.to_ndarray(format="yuv420p").astype(np.uint8, copy=False)
                rows, width = frame.height // STRIP, frame.width
                for k, bit in enumerate(bits_of(n)):
                    picture[:rows, k * width // CELLS : (k + 1) * width // CELLS] = 235 if bit else 16
                # Both planes of colour follow the luma, a quarter of its size each: grey under the strip.
                chroma = picture[frame.height :].reshape(2, -1)
                chroma[:, : rows // 2 * (width // 2)] = 128
                yield picture

    with av.open(str(source)) as file:
        width, height = file.streams.video[0].width, file.streams.video[0].height
    encode(target, frames(), width, height, how)


@dataclass(frozen=True, slots=True)
class CodedPair:
    """Two recordings with numbers in their frames, and the result of aligning them in `folder`."""

    folder: Path
    ref: Path
    new: Path
    rate: Fraction
    alignment: Alignment


def coded_pair(
    folder: Path,
    *,
    seconds: float = 8.0,
    codec: str = "h264",
    size: tuple[int, int] = (480, 270),
    burnt: bool = True,
    new_stops_s: tuple[float, ...] | None = None,
) -> CodedPair:
    """Render, burn, and align by the exact truth; `folder` then holds what `mtbsync sync` leaves there."""
    width, height = size
    options = DemoOptions(
        seconds=seconds, width=width, height=height, seed=4, telemetry=False, codec=codec, new_stops_s=new_stops_s
    )
    made = write_pair(folder / "plain", options)
    how = Encoding(rate=options.rate, codec=codec, crf=20)
    ref, new = folder / "reference.mp4", folder / "new.mp4"
    if burnt:
        burn(made.reference, ref, how)
        burn(made.new, new, how)
    else:
        made.reference.rename(ref)
        made.new.rename(new)
    alignment = write_result(folder, ref, new, made.ref_s, made.new_s, 0.03)
    moved = transfer(read_ref_markers(made.markers, alignment.media_ref).markers, alignment.usable_warp())
    write_moved(folder / "new_markers.csv", moved)
    return CodedPair(folder, ref, new, options.rate, alignment)


def walkway(folder: Path) -> Path:
    """The real pair of two GoPros with a map through its truth by hand."""
    ref, new = folder / HERO7.name, folder / MAX.name
    for source, copy in ((HERO7, ref), (MAX, new)):
        copy.write_bytes(source.read_bytes())
    truth = np.loadtxt(WALKWAY / "truth.csv", delimiter=",", skiprows=1)
    write_result(folder, ref, new, truth[:, 2], truth[:, 3], 0.2)
    return folder


def write_result(folder: Path, ref: Path, new: Path, ref_s: Floats, new_s: Floats, sigma_s: float) -> Alignment:
    """The files of an alignment through these moments."""
    pairs = TimePairs.of(new_s, ref_s, np.full(len(ref_s), sigma_s), source="anchor")
    alignment = replace(alignment_from_pairs(pairs), media_ref=probe(ref), media_new=probe(new))
    write_pairs(folder / "pairs.csv", alignment.pairs)
    alignment.save(folder / "timewarp.json")
    return alignment
