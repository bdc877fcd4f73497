"""How long the verbs about many runs take: made-up results folders, and a whole process on them.

    python benchmarks/quality_runs.py [--runs 1000] [--root build/quality-runs]

A folder has the files of a pair of four minutes: 500 knots, 600 pairs, `perf.json`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

KNOTS = 500


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
        os.utime(folder / "timewarp.json", (2e9 - 3600 * n, 2e9 - 3600 * n))


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
    command = [sys.executable, "-m", "mtbsync_core", "benchmark-quality", "--root", str(wish.root), "--html"]
    start, before = time.perf_counter(), os.times()
    subprocess.run([*command, "--out", str(wish.root.parent / "quality-out")], check=True)
    after = os.times()
    busy = after.children_user + after.children_system - before.children_user - before.children_system
    print(f"{wish.runs} runs: {busy:.2f} s of processor time, {time.perf_counter() - start:.2f} s of the clock")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
