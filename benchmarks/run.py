"""The leaderboard: every pair through the whole program, as a user would start it.

    python benchmarks/run.py [--seeds 2] [--seconds 60] [--write]

Each row is one pair: errors against the truth, verdict, whole-process seconds and peak memory of `mtbsync sync`, and
those seconds over the key-frame decode floor of the same two files. `--write` puts the table into
benchmarks/README.md. Real files are measured where ../shared/data is present.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.decode_floor import decode_floor
from benchmarks.score import Score, Truth, read_truth, score

HERE = Path(__file__).resolve().parent
DATA = HERE.parents[1] / "shared" / "data"
WALKWAY = DATA / "gopro_walkway"
LAPS = DATA / "donkeycar_laps"


@dataclass(frozen=True, slots=True)
class Pair:
    """Two files, what is true of them (None: they do not belong together), and the name of the row."""

    name: str
    ref: Path
    new: Path
    truth: Truth | None


@dataclass(frozen=True, slots=True)
class Row:
    """What one run of the program gave."""

    pair: Pair
    verdict: str
    score: Score | None
    seconds: float
    peak_mb: float
    floor_s: float


def pairs(folder: Path, seeds: int, seconds: float) -> Iterator[Pair]:
    """The pairs of the table, made or found."""
    from mtbsync_core.demo.pair import DemoOptions, write_pair

    made = {}
    for difficulty in ("easy", "hard"):
        for seed in range(1, seeds + 1):
            where = folder / f"{difficulty}-{seed}"
            pair = write_pair(where, DemoOptions(seed=seed, seconds=seconds, difficulty=difficulty))
            made[difficulty, seed] = pair
            truth = Truth(pair.ref_s, pair.new_s)
            yield Pair(f"demo {difficulty}, seed {seed}", pair.reference, pair.new, truth)
    partial = write_pair(folder / "partial", DemoOptions(seed=1, seconds=seconds, overlap=0.6))
    yield Pair("demo easy, 60 % in common", partial.reference, partial.new, Truth(partial.ref_s, partial.new_s))
    other = write_pair(folder / "other", DemoOptions(seed=1, seconds=seconds, different_trail=True))
    yield Pair("demo, another trail", other.reference, other.new, None)
    if not DATA.exists():
        return
    hero, heromax = WALKWAY / "hero7.mp4", WALKWAY / "max-heromode.mp4"
    lap1, lap2 = LAPS / "lap1.mp4", LAPS / "lap2.mp4"
    yield Pair("gopro_walkway", hero, heromax, read_truth(WALKWAY / "truth.csv"))
    yield Pair("donkeycar_laps", lap1, lap2, read_truth(LAPS / "truth.csv"))
    yield Pair("hero7 with itself", hero, hero, itself(11.0))
    yield Pair("hero7 with lap1", hero, lap1, None)
    yield Pair("hero7 backwards", hero, reversed_copy(hero, folder / "backwards.mp4"), None)


def itself(seconds: float) -> Truth:
    """The truth of a run against itself."""
    import numpy as np

    t = np.arange(0.0, seconds, 0.1)
    return Truth(t, t)


def reversed_copy(path: Path, target: Path) -> Path:
    """The recording played backwards, encoded with the same key-frame spacing."""
    import av

    with av.open(str(path)) as source, av.open(str(target), "w") as sink:
        frames = [frame.reformat(format="yuv420p") for frame in source.decode(video=0)]
        rate = Fraction(source.streams.video[0].average_rate or 30)
        stream = sink.add_stream("libx264", rate=rate, options={"g": "10", "crf": "20"})
        stream.width, stream.height, stream.pix_fmt = frames[0].width, frames[0].height, "yuv420p"
        for i, frame in enumerate(reversed(frames)):
            frame.pts, frame.time_base = i, 1 / rate
            sink.mux(stream.encode(frame))
        sink.mux(stream.encode())
    return target


def measure(pair: Pair, folder: Path, threads: int) -> Row:
    """Run the program on a pair, in a process of its own."""
    out = folder / "out"
    command = [sys.executable, "-m", "mtbsync_core", "sync", "--reference", str(pair.ref), "--new", str(pair.new)]
    command += ["--out", str(out), "--threads", str(threads), "--json"]
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=HERE.parent) as process:
        peak = _wait_for_peak(process)
    seconds = time.perf_counter() - start
    warp = out / "timewarp.json"
    verdict = json.loads(warp.read_text(encoding="utf-8"))["verdict"]
    found = score(warp, pair.truth) if pair.truth is not None and verdict != "refused" else None
    return Row(pair, verdict, found, seconds, peak, decode_floor(pair.ref, pair.new, threads))


def _wait_for_peak(process: subprocess.Popen[bytes]) -> float:
    """Wait for the end; peak resident memory in MB where the system tells it, else NaN."""
    if not hasattr(os, "wait4"):
        process.wait()
        return float("nan")
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


def table(rows: list[Row]) -> str:
    """The rows as Markdown."""
    lines = [
        "| pair | verdict | median s | P90 | P95 | ≤ 0.3 s | ≤ 1 frame | covered | in own 90 % | s | × floor | MB |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        s = row.score
        figures = (
            [f"{s.median:.3f}", f"{s.p90:.3f}", f"{s.p95:.3f}"]
            + [f"{100 * share:.0f} %" for share in (s.within_03, s.within_frame, s.coverage, s.in_90)]
            if s
            else ["–"] * 7
        )
        cost = [f"{row.seconds:.1f}", f"{row.seconds / row.floor_s:.1f}", f"{row.peak_mb:.0f}"]
        lines.append("| " + " | ".join([row.pair.name, row.verdict, *figures, *cost]) + " |")
    return "\n".join(lines) + "\n"


def write_table(text: str) -> None:
    """Put the table between the marks in the README of this folder."""
    readme = HERE / "README.md"
    content = readme.read_text(encoding="utf-8")
    head, rest = content.split("<!-- table -->\n", 1)
    tail = rest.split("<!-- /table -->", 1)[1]
    marked = f"<!-- table -->\nMeasured {date.today().isoformat()}.\n\n{text}<!-- /table -->"
    readme.write_text(head + marked + tail, encoding="utf-8", newline="\n")


def main() -> None:
    """Measure all pairs and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--write", action="store_true", help="put the table into benchmarks/README.md")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = []
        for pair in pairs(folder, given.seeds, given.seconds):
            rows.append(measure(pair, folder, given.threads))
            print(table(rows[-1:]).splitlines()[-1], flush=True)
    print("\n" + table(rows))
    if given.write:
        write_table(table(rows))


if __name__ == "__main__":
    main()
