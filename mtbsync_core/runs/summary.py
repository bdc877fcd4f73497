"""`batch_summary.csv`: a row for each run below the root."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from mtbsync_core.files import replacing
from mtbsync_core.runs.record import Record
from mtbsync_core.table import cell

NAME = "batch_summary.csv"
TIMINGS = ("decode_sec", "retrieval_sec", "refine_sec", "warp_sec", "markers_sec", "total_sec")
_RUN = ("run", "ride", "state", "verdict", "ok", "p90_s", "coverage")
_MARKERS = ("markers", "moved", "doubtful", "outside", "gap", "needs_review")
_WHOSE = ("rider", "bike", "date", "notes")
COLUMNS = (*_RUN, *TIMINGS, *_MARKERS, *_WHOSE, "reference", "new", "reason")


def row_of(record: Record) -> dict[str, Any]:
    """The row of a run."""
    run = record.row
    counts = (record.tables["marker_sets"] or [{}])[0]
    return {
        **{name: run[name] for name in (*_RUN, *_WHOSE, "reference", "new")},
        "ok": None if run["ok"] is None else bool(run["ok"]),
        **{name: record.timings.get(name) for name in TIMINGS},
        **{name: counts.get(name) for name in _MARKERS},
        "reason": run["reasons"],
    }


def problem_row(run: Mapping[str, Any]) -> dict[str, Any]:
    """The row of a pair that has no folder."""
    return {**{name: run[name] for name in ("run", "state", "reference", "new")}, "reason": run["reasons"]}


def write_summary(root: Path, rows: Iterable[dict[str, Any]]) -> Path:
    """Write the table, by the names of the runs.

    Raises:
        UsageError: it cannot be written, being open in another program, for example.
    """
    path = root / NAME
    with replacing(path) as scratch, scratch.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for row in sorted(rows, key=lambda row: str(row["run"])):
            writer.writerow([_cell(row.get(name)) for name in COLUMNS])
    return path


def _cell(value: Any) -> str:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else cell(value)
