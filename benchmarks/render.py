"""How fast videos of two runs are made, and how much memory that takes, by the length.

    python benchmarks/render.py [--seconds 60] [--rate 30] [--bits 30] [--size 1920x1080]
        [--styles side-by-side,wipe] [--recordings h264,hevc,hlg] [--long 10] [--cache DIR]

Recordings of the kind `h264` are a simulated pair, enlarged to this size and so many million bits a second, with a key
frame every 0.3 s, marked BT.709, as action cameras write it, and repeated to the length. Those of `hevc` have
5312x2988, ten bits, 30 frames a second and a new picture at each key frame; `hlg` and `pq` are the same, marked as HDR.

Each video is made by a whole process, `mtbsync render`, and counted in processor seconds, of which two cores have two a
second (an overlay is made on one): so the table holds on a busy machine too. The bare loop decodes all frames of both
files and encodes those of the first, at the size of the video, as videos are encoded; it shows nothing of the second,
scales nothing but 5.3K and writes nothing over them. The loop of its own pictures decodes the finished video too, and
encodes that. `--long` makes one of so many times the length also.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.bitstream import BitStreamFilterContext

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it also starts as a script

from benchmarks.process import run_process
from benchmarks.report import cells
from benchmarks.speed_files import make_large
from mtbsync_core.alignment.from_pairs import alignment_from_pairs
from mtbsync_core.alignment.pairs import TimePairs
from mtbsync_core.demo.encode import Encoding, encode
from mtbsync_core.demo.noise import Picture8
from mtbsync_core.demo.pair import write_pair
from mtbsync_core.demo.plan import DemoOptions
from mtbsync_core.media.probe import probe
from mtbsync_core.render.job import Size, read_size
from mtbsync_core.render.movie import writing

ROOT = Path(__file__).resolve().parents[1]
STYLES = "side-by-side,pip,wipe,ghost,overlay"
PIECE_S = 9.6
"""What is simulated and enlarged, 32 groups of pictures; the rest repeats it."""
LARGE = Size(5312, 2988)
MARKED = {
    "h264": "h264_metadata=colour_primaries=1:transfer_characteristics=1:matrix_coefficients=1",
    "hevc": "hevc_metadata=colour_primaries=1:transfer_characteristics=1:matrix_coefficients=1",
    "hlg": "hevc_metadata=colour_primaries=9:transfer_characteristics=18:matrix_coefficients=9",
    "pq": "hevc_metadata=colour_primaries=9:transfer_characteristics=16:matrix_coefficients=9",
}
"""FFmpeg's filters of packets by which recordings say their colours."""


def enlarged(source: Path, rate: Fraction, size: Size) -> Iterator[Picture8]:
    """The first frames of a simulated run, large, at a rate: planar YUV."""
    with av.open(str(source)) as file:
        shown = None
        wanted = 0
        for frame in file.decode(video=0):
            if frame.time is None:
                continue
            while wanted / rate <= frame.time and wanted < round(PIECE_S * rate):
                if shown is None or shown[0] is not frame:
                    shown = frame, frame.reformat(*size, format="yuv420p").to_ndarray().astype(np.uint8, copy=False)
                yield shown[1]
                wanted += 1


def repeated(piece: Path, target: Path, times: int, marked: str) -> None:
    """The packets of a file again and again, marked with these colours."""
    with av.open(str(piece)) as source, av.open(str(target), "w") as file:
        given = source.streams.video[0]
        stream = file.add_stream_from_template(given)
        marks = BitStreamFilterContext(marked, given, stream)
        packets = [out for p in source.demux(video=0) if p.size for out in marks.filter(p)]
        end = (packets[-1].pts or 0) + (packets[-1].duration or 0)
        contents = [(bytes(p), p.pts or 0, p.dts or 0, p.duration or 0, p.is_keyframe) for p in packets]
        base = given.time_base
        for n in range(times):
            for data, pts, dts, duration, key in contents:
                packet = av.Packet(data)
                packet.stream, packet.time_base = stream, base or Fraction(1, 1)
                packet.pts, packet.dts, packet.duration, packet.is_keyframe = (
                    pts + n * end,
                    dts + n * end,
                    duration,
                    key,
                )
                file.mux(packet)


def pieces(folder: Path, kind: str, rate: Fraction, mbits: float, size: Size) -> Iterator[Path]:
    """The recordings that are repeated, the reference's and the new run's; the files are the caller's."""
    sources: tuple[Path, ...] = ()
    if kind == "h264":
        small = write_pair(folder / "small", DemoOptions(seconds=PIECE_S + 2, seed=4, telemetry=False))
        sources = small.reference, small.new
    for side in (0, 1):
        piece = folder / f"piece-{side}.mp4"
        if sources:
            frames = enlarged(sources[side], rate, size)
            encode(piece, frames, *size, Encoding(rate=rate, bit_rate=round(mbits * 1e6)))
        else:
            make_large(piece, side)
        yield piece
        piece.unlink()


def made_pair(folder: Path, kind: str, seconds: float, rate: Fraction, mbits: float, size: Size) -> Path:
    """A result of two recordings of this length; kept for the next time."""
    what = f"{float(rate):.0f}fps-{mbits:g}M-{size.height}p" if kind == "h264" else kind
    result = folder / f"{seconds:.0f}s-{what}"
    if (result / "timewarp.json").is_file():
        return result
    result.mkdir(parents=True, exist_ok=True)
    media = []
    for name, piece in zip(("reference.mp4", "new.mp4"), pieces(folder, kind, rate, mbits, size), strict=True):
        repeated(piece, result / name, max(1, math.ceil(seconds / probe(piece).duration_s - 0.1)), MARKED[kind])
        media.append(probe(result / name))
    # As fast on the whole, and now faster, now slower.
    ref_s = np.arange(0.0, media[0].duration_s - 0.5, 0.5)
    new_s = ref_s + 0.3 * np.sin(ref_s / 3)
    alignment = alignment_from_pairs(TimePairs.of(new_s.clip(0), ref_s, np.full(len(ref_s), 0.03), source="anchor"))
    replace(alignment, media_ref=media[0], media_new=media[1]).save(result / "timewarp.json")
    return result


def bare(paths: list[Path], target: Path, encoded: int, size: Size) -> float:
    """Processor seconds to decode all frames of these files in turn, and to encode those of one as they are."""
    start = time.process_time()
    with ExitStack() as stack:
        files = [stack.enter_context(av.open(str(path))) for path in paths]
        for file in files:
            file.streams.video[0].thread_type = "AUTO"
        rate = files[encoded].streams.video[0].average_rate or Fraction(30)
        movie = stack.enter_context(writing(target, size, Fraction(rate)))
        for frames in zip(*(file.decode(video=0) for file in files), strict=False):
            movie.put(frames[encoded].reformat(*size, format="yuv420p"))
    seconds = time.process_time() - start
    target.unlink()
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--rate", type=Fraction, default=Fraction(30))
    parser.add_argument("--bits", type=float, default=30.0)
    parser.add_argument("--size", type=read_size, default=Size(1920, 1080))
    parser.add_argument("--styles", default=STYLES)
    parser.add_argument("--recordings", default="h264", help=",".join(MARKED))
    parser.add_argument("--long", type=float, default=0.0)
    parser.add_argument("--cache", type=Path, default=ROOT / "build" / "benchmarks" / "render")
    given = parser.parse_args()
    names = ("recordings", "style", "length s", "s", "CPU s", "× real time on two cores")
    print(cells((*names, "÷ bare loop", "÷ loop of its own pictures", "MB")))
    print(cells(["---"] * 9))
    for kind in given.recordings.split(","):
        measure(given, kind, given.seconds, given.styles.split(","), floors=True)
        if given.long:
            measure(given, kind, given.long * given.seconds, ["side-by-side"], floors=False)


def measure(given: argparse.Namespace, kind: str, seconds: float, styles: list[str], *, floors: bool) -> None:
    """Print a row for the bare loop, where floors are asked for, and one for each style."""
    result = made_pair(given.cache, kind, seconds, given.rate, given.bits, given.size)
    files = [result / "reference.mp4", result / "new.mp4"]
    length_s = probe(files[0]).duration_s
    floor = float("nan")
    if floors:
        floor = bare(files, result / "bare.mp4", 0, given.size)
        times = f"{2 * length_s / floor:.2f}"
        print(cells([kind, "bare loop", f"{length_s:.0f}", "", f"{floor:.1f}", times, "1", "", ""]), flush=True)
    for style in styles:
        video = result / f"{style}{'.mov' if style == 'overlay' else '.mp4'}"
        command: list[str | Path] = [
            sys.executable,
            "-m",
            "mtbsync_core",
            "render",
            result,
            "--style",
            style,
            "--out",
            video,
        ]
        command += ["--size", f"{given.size.width}x{given.size.height}"]
        cost = run_process(command, cwd=ROOT, log=result / f"{style}.log")
        if cost.status:
            raise SystemExit((result / f"{style}.log").read_text(encoding="utf-8"))
        cores = 1 if style == "overlay" else 2
        times, own = f"{cores * length_s / cost.cpu_s:.2f}", ""
        if style != "overlay" and floors:
            own = f"{cost.cpu_s / bare([*files, video], result / 'bare.mp4', 2, given.size):.2f}"
        ratio = f"{cost.cpu_s / floor:.2f}" if floors else ""
        spent = f"{cost.seconds:.1f}", f"{cost.cpu_s:.1f}"
        print(cells([kind, style, f"{length_s:.0f}", *spent, times, ratio, own, f"{cost.peak_mb:.0f}"]), flush=True)
        video.unlink()


if __name__ == "__main__":
    main()
