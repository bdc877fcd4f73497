"""`summary`: what all runs of a root come to: their signs and states, the time that is left, and failures by reason."""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import PurePath
from typing import Any

from mtbsync_core.web.dashboard.rows import BAD, GOOD, WEAK, Row

_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")


def summary(rows: Iterable[Row]) -> dict[str, Any]:
    """Counts by sign and state, share of the work that is done, seconds that are left, and failures by reason.

    The time left is that of the runs at work, and for each that waits the median of those done, divided by how many are
    worked on at once; None while nobody works or none is done.
    """
    rows = list(rows)
    signs = Counter(row["sign"] for row in rows)
    states = Counter(row["state"] for row in rows)
    running = [row for row in rows if row["state"] == "running"]
    took = [row["seconds"] for row in rows if row["state"] == "done" and row["seconds"]]
    usual = statistics.median(took) if took else None
    return {
        "runs": len(rows),
        "signs": {name: signs[name] for name in (GOOD, WEAK, BAD)},
        "states": {name: states[name] for name in ("waiting", "running", "interrupted", "done", "failed")},
        "done": round(sum(_done(row) for row in rows) / len(rows), 4) if rows else None,
        "eta_s": _left(running, states["waiting"], usual) if running else None,
        "failures": _failures(row for row in rows if row["sign"] == BAD),
    }


def _done(row: Row) -> float:
    return 1.0 if row["state"] in ("done", "failed") else row["done"] or 0.0


def _left(running: list[Row], waiting: int, usual: float | None) -> float | None:
    each = [row["eta_s"] if row["eta_s"] is not None else usual for row in running]
    if waiting and usual is None:
        return None
    known = [left for left in each if left is not None]
    if len(known) < len(each):
        return None
    if not waiting:
        return round(max(known), 1)
    return round((sum(known) + waiting * (usual or 0.0)) / len(running), 1)


def _failures(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Runs without a map by what went wrong, the most frequent first; numbers and names of recordings are put aside."""
    groups: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        key = (row["error"] or row["verdict"] or row["state"], _alike(row))
        group = groups.setdefault(key, {"code": key[0], "reason": row["reasons"], "runs": []})
        group["runs"].append(row["run"])
    return sorted(groups.values(), key=lambda group: (-len(group["runs"]), group["reason"]))


def _alike(row: Mapping[str, Any]) -> str:
    text = str(row["reasons"])
    for side in ("reference", "new"):
        path = str(row[side] or "")
        for name in (path, PurePath(path).name):
            text = text.replace(name, "…") if name else text
    return _NUMBER.sub("#", text)
