"""A season that never was: folders of runs with all that the dashboard shows, one of them at work, some that wait."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mtbsync_core.files import write_json
from mtbsync_core.lock import locked
from mtbsync_core.runs import progress
from mtbsync_core.runs.catalogue import Catalogue
from mtbsync_core.runs.history import HISTORY
from mtbsync_core.runs.run_file import RunFile, WhoseRun, lock_of
from tests.runs.made import HOUR_S, run_folder

BEGAN_S = 1767225600
"""1 January 2026, UTC."""
_TRAILS = ("A-Line", "Roots", "North Face")
_RIDERS = ("Ana", "Ben", "Cleo")
_MARKERS = (("start", "Green"), ("drop", "Blue"), ("rock garden", "Red"), ("off-camber", "Yellow"), ("finish", "Green"))
_CHECK = "{} s of the reference have no place in the new run"
_REFUSED = ("the pictures are too dark from 0:41 on", "the runs show no common trail")


def season(root: Path, runs: int = 24, seed: int = 5) -> None:
    """Runs that are over, every tenth without a map, and the history of their quality."""
    chance, history = random.Random(seed), []
    for n in range(runs):
        verdict = "refused" if n % 10 == 8 else "check" if n % 5 == 2 else "good"
        history += [row] if (row := _run(root, n, verdict, chance)) is not None else []
    (root / HISTORY).write_text(json.dumps(history), encoding="utf-8")


def _run(root: Path, n: int, verdict: str, chance: random.Random) -> dict[str, Any] | None:
    name = f"{_TRAILS[n % 3]}/run {n + 1:02}"
    usable, sigma = verdict != "refused", chance.uniform(0.03, 0.06) * (4 if verdict == "check" else 1)
    total = chance.uniform(70, 95)
    reasons = {
        "good": "the pictures agree all the way",
        "check": _CHECK.format(chance.randint(4, 15)),
        "refused": chance.choice(_REFUSED),
    }[verdict]
    share = {"sensors": 0.01, "reference": 0.3, "new run": 0.45, "compare": 0.06, "refine": 0.14, "warp": 0.04}
    timings = {"decode_sec": 0.75, "retrieval_sec": 0.06, "refine_sec": 0.14, "warp_sec": 0.03, "markers_sec": 0.02}
    folder = run_folder(
        root,
        name,
        hours=3 * n,
        verdict=verdict,
        ok=verdict == "good",
        reasons=[reasons],
        knots=[[4.0, 0.0, sigma], [60.0, 58.0, sigma], [118.0, 113.0, sigma]] if usable else [],
        residuals={"mae": sigma, "p50": sigma, "p90": 2 * sigma, "p95": 2.4 * sigma},
        inlier_frac=chance.uniform(0.86, 0.95),
        ppm=chance.uniform(18_000, 21_000),
        weak=[_WEAK] if verdict == "check" else [],
        ref={"path": f"/footage/{_TRAILS[n % 3]}.mp4", "duration_s": 121.0},
        new={"path": f"/footage/run {n + 1:02}.mp4", "duration_s": 117.0},
        perf={
            "schema": "mtbsync.perf",
            "version": 1,
            "frames": 6400,
            "fps": 6400 / total,
            "cpu_pct": chance.uniform(168, 192),
            "rss_mb": chance.uniform(540, 700),
            "gpu_util": None if 8 <= n < 12 else chance.uniform(2, 14),
            "gpu_mem_mb": None if 8 <= n < 12 else chance.uniform(310, 340),
            "stages": {stage: part * total for stage, part in share.items()},
            "timings": {**{stage: part * total for stage, part in timings.items()}, "total_sec": total},
        },
    )
    began_s = BEGAN_S + 3 * n * HOUR_S - total
    began, over = (datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds") for at in (began_s, began_s + total))
    RunFile(
        reference=f"/footage/{_TRAILS[n % 3]}.mp4",
        new=f"/footage/run {n + 1:02}.mp4",
        state="done",
        started_at=began,
        ended_at=over,
        seconds=total,
        whose=WhoseRun(rider=_RIDERS[n % 3], bike="enduro" if n % 2 else "DH"),
        events=[{"at": began, "kind": "note", "text": "looked at the small copy in place of the new run"}],
    ).save(folder)
    if usable:
        _markers(folder / "new_markers.csv", doubtful=verdict == "check")
    for path in folder.iterdir():
        os.utime(path, (began_s + total, began_s + total))
    if not usable:
        return None
    figures = {
        "ppm": chance.uniform(18_000, 21_000),
        "inlier_frac": chance.uniform(0.86, 0.95),
        "res_mae": sigma,
        "p90": 2 * sigma,
        "p90_s": 1.64 * sigma,
    }
    return {"run_id": name, "ts": over, "verdict": verdict, "coverage": 0.94, "seconds": total, **figures}


_WEAK = {
    "why": "gap",
    "new_s": [31.0, 36.5],
    "ref_s": [33.2, 41.0],
    "text": "the new run takes another line",
    "advice": "Look at the markers there.",
}


def _markers(path: Path, doubtful: bool) -> None:
    rows = ["marker_id,name,colour,t_ref,t_new,t_lo,t_hi,confidence,needs_review,status"]
    for k, (name, colour) in enumerate(_MARKERS):
        look, at = doubtful and k == 2, 12.4 + 21.7 * k
        new = 0.97 * at
        state = "0.62,true,doubtful" if look else "0.97,false,moved"
        rows.append(f"M{k + 1:03},{name},{colour},{at:.6f},{new:.6f},{new - 0.07:.6f},{new + 0.07:.6f},{state}")
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")


@contextmanager
def at_work(root: Path, name: str = "A-Line/run 25", began_s: float | None = None) -> Iterator[None]:
    """A run that this process works on, half-way, and three that wait behind it."""
    began = datetime.fromtimestamp(began_s, UTC) if began_s is not None else datetime.now(UTC)
    folder = root / name
    folder.mkdir(parents=True, exist_ok=True)
    found = RunFile(reference="/footage/A-Line.mp4", new=f"/footage/{folder.name}.mp4", whose=WhoseRun(rider="Ana"))
    replace(found, started_at=began.isoformat(timespec="seconds")).save(folder)
    write_json(
        folder / progress.NAME, {"at": datetime.now(UTC).isoformat(), "stage": "new run", "done": 55, "total": 100}
    )
    with Catalogue.open(root, print) as catalogue:
        for n in (26, 27, 28):
            catalogue.put("runs", {"run": f"Roots/run {n}", "state": "waiting", "new": f"/footage/run {n}.mp4"})
    with locked(lock_of(root, name.split("/")[0])):
        yield
