"""Results folders of runs that never were."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

HOUR_S = 3600


def timewarp(**changed: Any) -> dict[str, Any]:
    """The content of a `timewarp.json`: a good map of 100 s, known to 0.1 s, of a reference of 100 s."""
    return {
        "schema": "mtbsync.timewarp",
        "version": 1,
        "ok": True,
        "verdict": "good",
        "reasons": ["made up"],
        "ppm": 200.0,
        "inlier_frac": 0.9,
        "residuals": {"mae": 0.05, "p50": 0.04, "p90": 0.1, "p95": 0.12},
        "knots": [[0.0, 1.0, 0.1], [50.0, 52.0, 0.1], [100.0, 103.0, 0.1]],
        "gaps": [],
        "bridges": [],
        "ref": {"duration_s": 100.0},
    } | changed


def run_folder(root: Path, name: str, hours: float = 0.0, perf: Any = None, **changed: Any) -> Path:
    """A folder `root/name` that was written `hours` after the beginning of 2026."""
    folder = root / name
    folder.mkdir(parents=True)
    path = folder / "timewarp.json"
    path.write_text(json.dumps(timewarp(**changed)), encoding="utf-8")
    at = 1767225600 + HOUR_S * hours
    os.utime(path, (at, at))
    if perf is not None:
        (folder / "perf.json").write_text(json.dumps(perf), encoding="utf-8")
    return folder
