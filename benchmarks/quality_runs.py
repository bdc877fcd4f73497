"""How long `benchmark-quality` and `catalogue rebuild` take: made-up results folders, and a whole process on them.

    python benchmarks/quality_runs.py [--runs 1000] [--root build/quality-runs]

A folder has the files of a pair of four minutes: 500 knots, 600 pairs, `perf.json`, `run.json`, 20 moved markers. The
catalogue that is made again is held against one that was written run by run, as a batch does.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mtbsync_core.markers import Marker, transfer
from mtbsync_core.moved_csv import write_moved
from mtbsync_core.runs.catalogue import NAME, Catalogue
from mtbsync_core.runs.rebuild import OF_FOLDERS, read_folders, write_record
from mtbsync_core.runs.run_file import RunFile, WhoseRun
from mtbsync_core.warp import TimeWarp

KNOTS = 500
MOVED = transfer(
    [Marker(f"place {n}", 10.0 * n) for n in range(20)],
    TimeWarp.from_knots([[0.0, 1.0, 0.05], [200.0, 210.0, 0.2]]),
)


def made(root: Path, runs: int) -> None:
    """Write the folders, the first the newest; the same in every run of this program."""
    rng = np.random.default_rng(1)
    for n in range(runs):
        folder = root / f"run_{n:04d}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "timewarp.json").write_text(json.dumps(_timewarp(rng)), encoding="utf-8")
        (folder / "perf.json").write_text(json.dumps(_perf(rng)), encoding="utf-8")
        pairs = "".join(f"{t},{t * 1.05:.3f},9.1,12\n" for t in range(600))
        (folder / "pairs.csv").write_text("t_new,t_ref,score,n_inliers\n" + pairs, encoding="utf-8")
        _run_file(n).save(folder)
        write_moved(folder / "new_markers.csv", MOVED)
        os.utime(folder / "timewarp.json", (2e9 - 3600 * n, 2e9 - 3600 * n))


def _run_file(n: int) -> RunFile:
    """One in ten made the index of its reference; one in five was interrupted once."""
    run = RunFile(
        reference=f"/rides/trail-{n // 10}.mp4",
        new=f"/rides/run-{n}.mp4",
        markers="/rides/trail.csv",
        inputs={"reference": f"{n // 10:032x}", "new": f"{n + 2**64:032x}"},
        options="made up",
        whose=WhoseRun(rider=f"rider {n % 7}", date="2026-05-31"),
        state="done",
        started_at=f"2026-05-31T10:{n // 60:02d}:{n % 60:02d}.000Z",
        ended_at=f"2026-05-31T11:{n // 60:02d}:{n % 60:02d}.000Z",
        seconds=60.0,
        index={"key": f"{n // 10:016x}", "made": n % 10 == 0, "samples": 720, "video": f"{n // 10:032x}"},
    )
    return run if n % 5 else replace(run, events=[{"at": run.started_at, "kind": "interrupted", "text": "made up"}])


def _timewarp(rng: np.random.Generator) -> dict[str, object]:
    ratio, length_s = float(rng.normal(1.0, 0.08)), 240.0
    ref = np.linspace(0, length_s * float(rng.choice([1.0, 0.97, 0.6], p=[0.7, 0.2, 0.1])), KNOTS)
    sigma = np.full(KNOTS, float(rng.lognormal(-2.6, 0.5)))
    verdict = str(rng.choice(["good", "check", "refused"], p=[0.8, 0.15, 0.05]))
    p90 = float(rng.lognormal(-1.8, 0.5))
    return {
        "schema": "mtbsync.timewarp",
        "version": 1,
        "ok": verdict == "good",
        "verdict": verdict,
        "reasons": ["made up"],
        "ppm": (ratio - 1) * 1e6,
        "inlier_frac": float(np.clip(rng.normal(0.8, 0.12), 0, 1)),
        "residuals": {"mae": p90 / 2, "p50": p90 / 2.5, "p90": p90, "p95": 1.3 * p90},
        "knots": np.stack([ref, ref * ratio + 2, sigma], axis=1).round(6).tolist(),
        "gaps": [],
        "bridges": [],
        "quality": {"common_new_s": 200.0},
        "ref": {"path": "reference.mp4", "duration_s": length_s},
        "new": {"path": "new.mp4", "duration_s": 250.0},
        "options": {},
    }


def _perf(rng: np.random.Generator) -> dict[str, object]:
    return {
        "schema": "mtbsync.perf",
        "version": 1,
        "fps": float(rng.normal(30, 4)),
        "cpu_pct": float(rng.normal(180, 10)),
        "rss_mb": float(rng.normal(300, 30)),
        "stages": {"reference": 4.0, "new run": 5.0, "comparison": 2.0},
        "gpu_util": None,
        "gpu_mem_mb": None,
    }


def main(argv: Sequence[str]) -> int:
    """Make the folders where they are missing, run the verb, and tell seconds."""
    parser = argparse.ArgumentParser(description="How long the verbs about many runs take.")
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--root", type=Path, default=Path("build/quality-runs"))
    wish = parser.parse_args(argv)
    made(wish.root, wish.runs)
    out = str(wish.root.parent / "quality-out")
    _timed(wish.runs, "benchmark-quality", "--root", str(wish.root), "--html", "--out", out, "--quiet")
    before = _as_a_batch_writes(wish.root)
    _timed(wish.runs, "catalogue", "rebuild", str(wish.root))
    same = _tables(wish.root) == before
    print(f"the catalogue that was made again {'is' if same else 'IS NOT'} equal to the one that was there")
    return 0 if same else 1


def _timed(runs: int, *words: str) -> None:
    """Run a verb in a process of its own, and tell seconds."""
    start, before = time.perf_counter(), os.times()
    subprocess.run([sys.executable, "-m", "mtbsync_core", *words], check=True)
    after = os.times()
    busy = after.children_user + after.children_system - before.children_user - before.children_system
    wall = time.perf_counter() - start
    print(f"{words[0]}, {runs} runs: {busy:.2f} s of processor time, {wall:.2f} s of the clock")


def _as_a_batch_writes(root: Path) -> dict[str, list[tuple[object, ...]]]:
    """Make the catalogue anew, run by run; what is in it. Its file is then deleted."""
    _without_catalogue(root)
    with Catalogue.open(root, print) as catalogue:
        for record in read_folders(root, _Silent()):
            write_record(catalogue, record)
    found = _tables(root)
    _without_catalogue(root)
    return found


class _Silent:
    """A listener to whom nothing is told."""

    def stage(self, name: str, done: int, total: int) -> None:
        pass

    def note(self, text: str) -> None:
        pass

    def file(self, name: str, path: Path) -> None:
        pass


def _without_catalogue(root: Path) -> None:
    for path in root.glob(f"{NAME}*"):
        path.unlink()


def _tables(root: Path) -> dict[str, list[tuple[object, ...]]]:
    """All rows of the tables that folders tell, in an order of their own."""
    with Catalogue.read(root) as found:
        rows = {table: found.rows(f"SELECT * FROM {table}") for table in OF_FOLDERS}
    return {table: sorted((tuple(row.values()) for row in some), key=repr) for table, some in rows.items()}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
