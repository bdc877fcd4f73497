"""How fast and how large the whole program is on files such as cameras write, against the bare decoding of key frames.

    python benchmarks/speed.py [--folder DIR] [--only h264-0.3] [--threads 2]

All with the default matcher, `sift`. Makes (and keeps, in DIR) a simulated pair enlarged to 1080p60 with fresh grain on
every frame, at GoPro's bit rates, with key frames 0.3, 0.5 and 1 s apart (HEVC: only the key frames are new pictures);
a small copy (`.LRV`) of it; and a 5.3K HEVC pair of ten bits. Longer recordings are the same file as several chapters.
Prints one table row per run: seconds, × floor, peak MB, and the errors of the whole map. What the files show was drawn
at 640x360; they are decoded in their full size and at their bit rate, so that the floor is that of such files. Takes
an hour.

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
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.report import cells
from benchmarks.score import Truth, figures, read_truth, warp_errors
from benchmarks.speed_files import KINDS, SCENE_S, SIDES, SMALL, Kind, as_chapters, make, make_large
from mtbsync_core.alignment.result import load_warp
from mtbsync_core.demo.pair import DemoOptions, write_pair
from mtbsync_core.media.probe import probe

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Cost:
    """What a process took."""

    wall_s: float
    cpu_s: float
    peak_mb: float
    said: str
    out: Path | None = None
    """Folder of the results of `sync`."""


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
    return Cost(done.wall_s, done.cpu_s, done.peak_mb, verdict, out)


def errors(out: Path, truth: Path) -> list[str]:
    """Median and P95 (s) of the whole map: the scene is shown twice, one right after the other, in both files."""
    once = read_truth(truth)
    lengths = [probe(truth.with_name(side)).duration_s for side in SIDES]
    both_s = (np.concatenate([t, t + length]) for t, length in zip((once.ref_s, once.new_s), lengths, strict=True))
    score = figures([warp_errors(load_warp(out / "timewarp.json").warp, Truth(*both_s))])
    return [f"{score.median:.3f}", f"{score.p95:.3f}"] if score else ["–", "–"]


def row(
    what: str, options: str, done: Cost, floor: Cost | None = None, times: int = 1, truth: Path | None = None
) -> None:
    """Print one run, and how it compares with the floor of one chapter, `times` over."""
    cells = [what, options or "default", f"{done.wall_s:.1f}", f"{done.cpu_s:.1f}"]
    if floor is not None:
        wall, cpu = floor.wall_s * times, floor.cpu_s * times
        cells += [f"{wall:.1f}", f"{cpu:.1f}", f"{done.wall_s / wall:.2f}", f"{done.cpu_s / cpu:.2f}"]
    else:
        cells += ["–"] * 4
    known = errors(done.out, truth) if truth and done.out and done.said != "refused" else ["–", "–"]
    print("| " + " | ".join([*cells, f"{done.peak_mb:.0f}", done.said, *known]) + " |", flush=True)


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

    columns = "files, options, s, CPU s, floor s, floor CPU s, × floor, × floor of CPU, peak MB, verdict, median s, P95"
    print(cells(columns.split(", ")), "|---" * len(columns.split(", ")) + "|", sep="\n")
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
            row(what, " ".join(options), sync(*files, out, threads, *options), floor, truth=scene / "truth.csv")
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
