"""How fast videos of two runs are made, and how much memory that takes, by the length.

    python benchmarks/render.py [--seconds 60] [--rate 30] [--bits 30] [--size 1920x1080]
        [--styles side-by-side,wipe] [--long] [--cache DIR]

The runs are a simulated pair, enlarged to H.264 of this size and so many million bits a second with a key frame every
0.3 s, as action cameras write it, and repeated to the length. Each video is made by a whole process, `mtbsync render`,
and counted in processor seconds, of which two cores have two a second (an overlay is made on one): so the table holds
on a busy machine too. The bare loop decodes all frames of both files and encodes those of the first as they are, as
videos are encoded; it shows nothing of the second, scales nothing and writes nothing over them. The loop of its own
pictures decodes the finished video too, and encodes that. `--long` makes one of ten times the length also.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it also starts as a script

from benchmarks.process import run_process
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


def repeated(piece: Path, target: Path, times: int) -> None:
    """The packets of a file again and again."""
    with av.open(str(piece)) as source, av.open(str(target), "w") as file:
        stream = file.add_stream_from_template(source.streams.video[0])
        packets = [p for p in source.demux(video=0) if p.size]
        end = (packets[-1].pts or 0) + (packets[-1].duration or 0)
        contents = [(bytes(p), p.pts or 0, p.dts or 0, p.duration or 0, p.is_keyframe) for p in packets]
        base = source.streams.video[0].time_base
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


def made_pair(folder: Path, seconds: float, rate: Fraction, mbits: float, size: Size) -> Path:
    """A result of two recordings of this length; kept for the next time."""
    result = folder / f"{seconds:.0f}s-{float(rate):.0f}fps-{mbits:g}M-{size.height}p"
    if (result / "timewarp.json").is_file():
        return result
    result.mkdir(parents=True, exist_ok=True)
    small = write_pair(folder / "small", DemoOptions(seconds=PIECE_S + 2, seed=4, telemetry=False))
    times = -(-int(seconds) // int(PIECE_S)) if seconds > PIECE_S else 1
    media = []
    for name, source in (("reference.mp4", small.reference), ("new.mp4", small.new)):
        piece = result / f"piece-{name}"
        encode(piece, enlarged(source, rate, size), *size, Encoding(rate=rate, bit_rate=round(mbits * 1e6)))
        repeated(piece, result / name, times)
        piece.unlink()
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
            movie.put(frames[encoded])
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
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--cache", type=Path, default=ROOT / "build" / "benchmarks" / "render")
    given = parser.parse_args()
    print("| style | length s | CPU s | × real time on two cores | ÷ bare loop | ÷ loop of its own pictures | MB |")
    print("|---|---|---|---|---|---|---|")
    lengths = [given.seconds, *([10 * given.seconds] if given.long else [])]
    for seconds in lengths:
        result = made_pair(given.cache, seconds, given.rate, given.bits, given.size)
        files = [result / "reference.mp4", result / "new.mp4"]
        length_s = probe(files[0]).duration_s
        floor = bare(files, result / "bare.mp4", 0, given.size) if seconds == given.seconds else float("nan")
        print(f"| bare loop | {length_s:.0f} | {floor:.1f} | {2 * length_s / floor:.2f} | 1 | | |", flush=True)
        for style in given.styles.split(",") if seconds == given.seconds else ["side-by-side"]:
            video = result / f"{style}{'.mov' if style == 'overlay' else '.mp4'}"
            command = [sys.executable, "-m", "mtbsync_core", "render", result, "--style", style, "--out", video]
            command += ["--size", f"{given.size.width}x{given.size.height}"]
            cost = run_process(command, cwd=ROOT, log=result / f"{style}.log")
            if cost.status:
                raise SystemExit((result / f"{style}.log").read_text(encoding="utf-8"))
            cores = 1 if style == "overlay" else 2
            row = [style, f"{length_s:.0f}", f"{cost.cpu_s:.1f}", f"{cores * length_s / cost.cpu_s:.2f}", "", ""]
            if style != "overlay" and seconds == given.seconds:
                own = bare([*files, video], result / "bare.mp4", 2, given.size)
                row[4:] = f"{cost.cpu_s / floor:.2f}", f"{cost.cpu_s / own:.2f}"
            print(f"| {' | '.join(row)} | {cost.peak_mb:.0f} |", flush=True)
            video.unlink()


if __name__ == "__main__":
    main()
