"""How fast and how large the whole program is on files such as cameras write, against the bare decoding of key frames.

    python benchmarks/speed.py [--folder DIR] [--only h264-0.3] [--threads 2]

All with the default matcher, `sift`. Makes (and keeps, in DIR) a simulated pair enlarged to 1080p60 with
fresh grain on every frame, at GoPro's bit rates, with key frames 0.3 s and 1 s apart (HEVC: only the key frames are new
pictures); a small copy (`.LRV`) of it; and a 5.3K HEVC pair of ten bits. Longer recordings are the same file as several
chapters. Prints one table row per run: seconds, × floor, peak MB. Takes half an hour.

The floor is `decode_floor.py`, best of three. Where other programs share the machine, believe the CPU seconds.
POSIX only, since nothing else tells the CPU seconds and the peak memory of a process that has ended.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mtbsync_core.demo.encode import Encoding, encode
from mtbsync_core.demo.pair import DemoOptions, write_pair

HERE = Path(__file__).parent
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


@dataclass(frozen=True)
class Cost:
    """What a process took."""

    wall_s: float
    cpu_s: float
    peak_mb: float
    said: str


def cost(*command: str) -> Cost:
    """Run a command of this Python in a process of its own."""
    if sys.platform == "win32":
        raise SystemExit("CPU seconds and peak memory of a process are not known on Windows")
    start = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, *command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=HERE.parent
    ) as process:
        assert process.stdout is not None
        said = process.stdout.read().decode()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    peak_mb = usage.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
    return Cost(time.perf_counter() - start, usage.ru_utime + usage.ru_stime, peak_mb, said)


def floor_of(ref: Path, new: Path, threads: int) -> Cost:
    """The bare loop over the key frames, best of three; CPU seconds are the mean of the three."""
    found = cost(str(HERE / "decode_floor.py"), str(ref), str(new), "--threads", str(threads))
    return Cost(float(found.said), found.cpu_s / 3, found.peak_mb, "")


def sync(ref: Path, new: Path, out: Path, threads: int, *options: str) -> Cost:
    """Run `mtbsync sync`; what it said is replaced by the verdict."""
    command = ("-m", "mtbsync_core", "sync", "--reference", str(ref), "--new", str(new), "--matcher", "sift", *options)
    done = cost(*command, "--out", str(out), "--threads", str(threads), "--json")
    verdict = json.loads((out / "timewarp.json").read_text(encoding="utf-8"))["verdict"]
    return Cost(done.wall_s, done.cpu_s, done.peak_mb, verdict)


def row(what: str, options: str, done: Cost, floor: Cost | None = None, times: int = 1) -> None:
    """Print one run, and how it compares with the floor of one chapter, `times` over."""
    cells = [what, options or "default", f"{done.wall_s:.1f}", f"{done.cpu_s:.1f}"]
    if floor is not None:
        wall, cpu = floor.wall_s * times, floor.cpu_s * times
        cells += [f"{wall:.1f}", f"{cpu:.1f}", f"{done.wall_s / wall:.2f}", f"{done.cpu_s / cpu:.2f}"]
    else:
        cells += ["–"] * 4
    print("| " + " | ".join([*cells, f"{done.peak_mb:.0f}", done.said]) + " |", flush=True)


def both(function: Any, *arguments: Any) -> None:
    """One side per process."""
    with ProcessPoolExecutor(2) as pool:
        for job in [pool.submit(function, *sides) for sides in zip(*arguments, strict=True)]:
            job.result()


def main() -> None:
    """Make what is missing, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path("speed-files"))
    parser.add_argument("--only", help="such as h264-0.3, lrv, length, large; default: all")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--make", action="store_true", help="make the files and measure nothing")
    given = parser.parse_args()
    folder, threads = given.folder, given.threads
    scene = folder / "scene"
    if not (scene / "truth.csv").exists() or not (scene / SIDES[1]).exists():
        write_pair(scene, DemoOptions(seed=1, seconds=SCENE_S))
    sources = [scene / side for side in SIDES]

    def wanted(name: str) -> bool:
        return given.only in (None, name)

    def pair(kind: Kind) -> tuple[Path, Path]:
        files = folder / kind.name / SIDES[0], folder / kind.name / SIDES[1]
        files[0].parent.mkdir(parents=True, exist_ok=True)
        both(make, sources, files, [kind, kind])
        return files

    print("| files | options | s | CPU s | floor s | floor CPU s | × floor | × floor, CPU | peak MB | verdict |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    out = folder / "out"
    for kind in KINDS:
        if not wanted(kind.name):
            continue
        files = pair(kind)
        if given.make:
            continue
        floor = floor_of(*files, threads)
        what = f"1080p60 {kind.codec}, key frames {kind.key_frame_s} s apart"
        sparse = kind.key_frame_s > 0.6
        for options in ((("--fast", "--no-refine"), ("--fast",)) if sparse else ()) + (("--no-refine",), ()):
            row(what, " ".join(options), sync(*files, out, threads, *options), floor)
    if wanted("lrv"):
        small, large = pair(SMALL), pair(KINDS[0])
        firsts = [as_chapters(file, folder / f"lrv-{n}", 3) for n, file in enumerate(large)]
        for first, copy in zip(firsts, small, strict=True):
            for chapter in (1, 2, 3):
                if not (target := first.with_name(f"GL{chapter:02d}0001.LRV")).exists():
                    shutil.copy(copy, target)
        if not given.make:
            index = ("-m", "mtbsync_core", "index", "--reference", str(firsts[0]), "--out", str(out / "lrv.npz"))
            (out / "lrv.npz").unlink(missing_ok=True)
            row("index of 300 s with .LRV", "", replace(cost(*index, "--threads", str(threads)), said="–"))
            row("two of 300 s with .LRV", "", sync(firsts[0], firsts[1], out, threads))
    if wanted("length") and not given.make:
        files = pair(KINDS[0])
        floor = floor_of(*files, threads)
        for chapters in (1, 3, 6):
            firsts = [as_chapters(file, folder / f"length-{chapters}-{n}", chapters) for n, file in enumerate(files)]
            what = f"1080p60 h264, {100 * chapters} s"
            row(what, "", sync(firsts[0], firsts[1], out, threads), floor, chapters)
    if wanted("large"):
        files = folder / "large" / SIDES[0], folder / "large" / SIDES[1]
        files[0].parent.mkdir(parents=True, exist_ok=True)
        both(make_large, files, [0, 1])
        for chapters in () if given.make else (10, 20):
            firsts = [as_chapters(file, folder / f"large-{chapters}-{n}", chapters) for n, file in enumerate(files)]
            row(f"5.3K HEVC 10 bit, {3 * chapters} s", "", sync(firsts[0], firsts[1], out, threads))


if __name__ == "__main__":
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    main()
