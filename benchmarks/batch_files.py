"""What the measurements of many runs work on: small pairs with markers, and new runs of one trail with small copies.

Everything is made once and kept below a cache folder.
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from benchmarks.footage import Footage, plain
from benchmarks.renders import file_of
from mtbsync_core.demo.encode import Encoding, encode
from mtbsync_core.demo.noise import Picture8
from mtbsync_core.demo.plan import DemoOptions, RunPlan, plan, run_rng
from mtbsync_core.demo.rider import make_schedule
from mtbsync_core.files import replacing

SMALL = DemoOptions(seconds=12, width=480, height=270, rate=Fraction(10))
TRAIL = DemoOptions(seed=3, seconds=60, width=480, height=270, rate=Fraction(15), telemetry=False)
RIDES = 4
"""New runs of the trail that are drawn; the others are copies of them."""
_ORIGINAL, _COPY = (1920, 1080), (768, 432)


def small_pairs(cache: Path, simulated: int, real: Sequence[tuple[Path, Path]] = ()) -> Path:
    """A manifest of so many simulated pairs of 12 s and of these files (reference, new run), each with markers."""
    pairs = [(f"real-{n}", ref.resolve(), new.resolve()) for n, (ref, new) in enumerate(real, 1)]
    for seed in range(1, simulated + 1):
        both = plain(replace(SMALL, seed=seed, difficulty="hard" if seed % 3 == 0 else "easy"))
        ref, new = (file_of(cache, run).resolve() for run in both)
        pairs.append((f"sim-{seed:02d}", ref, new))
    folder = cache / "batch"
    folder.mkdir(parents=True, exist_ok=True)
    _table(folder / "markers.csv", ("name", "t_ref"), [(f"place {t}", t) for t in range(1, 10, 2)])
    rows = [(name, ref, new, "markers.csv") for name, ref, new in pairs]
    return _table(folder / f"pairs-{len(pairs)}.csv", ("name", "reference", "new", "markers"), rows)


def one_trail(cache: Path, runs: int) -> tuple[Path, Path]:
    """A reference of 60 s, and a folder of so many new runs: 1080p files with the small copies of a camera beside them.

    They are `RIDES` rides under many names; each file ends in other bytes, so that its content is its own.
    """
    folder, many = cache / "batch" / "trail", cache / "batch" / f"runs-{runs}"
    folder.mkdir(parents=True, exist_ok=True)
    many.mkdir(exist_ok=True)
    made = [_as_camera(file_of(cache, run), folder / f"GX01{n:04d}.MP4") for n, run in enumerate(_rides())]
    reference, *rides = made
    for n in range(1, runs + 1):
        original = many / f"GX01{n:04d}.MP4"
        if not original.exists():
            source = rides[n % len(rides)]
            with replacing(original) as scratch:
                shutil.copyfile(source, scratch)
                with scratch.open("ab") as file:
                    file.write((16).to_bytes(4, "big") + b"free" + n.to_bytes(8, "big"))
            _copy_of(original).hardlink_to(_copy_of(source))
    return reference, many


def _rides() -> Iterator[Footage]:
    """The reference, and rides of the same trail, each at its own pace and under sun flecks of its own."""
    ref, new = plan(TRAIL)
    yield Footage((ref,))
    for number in range(RIDES):
        yield Footage((_ridden_again(new, number),))


def _ridden_again(run: RunPlan, number: int) -> RunPlan:
    start_m, end_m = (float(s) for s in run.schedule.s_m[[0, -1]])
    schedule = make_schedule(run.trail(), run.style, run_rng(TRAIL, 20 + number), start_m, end_m, None)
    return replace(run, schedule=schedule, run_seed=(*run.run_seed[:-1], 20 + number))


def _as_camera(drawn: Path, target: Path) -> Path:
    """The pictures of a file as a 1080p file of 30 frames a second, each shown twice, and as its small copy."""
    how = Encoding(rate=Fraction(30), bit_rate=6_000_000, key_frame_s=0.5)
    for path, size, rate in ((target, _ORIGINAL, how.bit_rate), (_copy_of(target), _COPY, 2_000_000)):
        if not path.exists():
            with replacing(path) as scratch:
                video = scratch.with_suffix(".mp4")  # the muxer goes by the ending
                encode(video, _enlarged(drawn, size), *size, replace(how, bit_rate=rate))
                Path(video).replace(scratch)
    return target


def _enlarged(drawn: Path, size: tuple[int, int]) -> Iterator[Picture8]:
    grey = np.full((size[1] // 2, size[0]), 128, np.uint8)
    with av.open(str(drawn)) as file:
        for frame in file.decode(video=0):
            luma = cv2.resize(frame.reformat(format="gray").to_ndarray(), size, interpolation=cv2.INTER_LINEAR)
            picture = np.vstack([np.asarray(luma, np.uint8), grey])
            yield picture
            yield picture


def _copy_of(original: Path) -> Path:
    return original.with_name(f"GL{original.stem[2:]}.LRV")


def _table(path: Path, header: Sequence[str], rows: Sequence[Sequence[object]]) -> Path:
    with replacing(path) as scratch, scratch.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path
