"""What the dashboard tells of one run: what its folder says, and how far the work on it is."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mtbsync_core.errors import MtbsyncError
from mtbsync_core.files import read_object
from mtbsync_core.runs import progress
from mtbsync_core.runs.figures import USED
from mtbsync_core.runs.record import record_of
from mtbsync_core.runs.run_file import load_run, state_of
from mtbsync_core.runs.summary import TIMINGS
from mtbsync_core.web.dashboard.scan import Signature, changed_ns

Row = dict[str, Any]

GOOD, WEAK, BAD = "✅", "⚠️", "❌"
GOOD_P90_S = 0.5
"""Residual P90 below which a map is good, from the batch review of mtbsync 0.10; above 1 s it calls it weak, and says
nothing of what lies between, which is taken for weak here.
"""
STAGES = ("sensors", "reference", "new run", "compare", "refine", "second look", "warp")
"""The stages of an alignment in their order, by the names in `perf.json`."""
USUAL_SHARES = {"sensors": 0.01, "reference": 0.40, "new run": 0.44, "compare": 0.03, "refine": 0.10, "warp": 0.02}
"""Shares of the seconds where no run of this root is done yet: those of the pair that `mtbsync demo` makes."""
_LEAST_DONE = 0.03
"""Share of the work below which the time left is not guessed from the time gone."""

_EMPTY: Row = {
    "title": "",
    "state": "waiting",
    "sign": None,
    "reasons": "",
    **dict.fromkeys(("ride", "verdict", "error", "p90_s", "residual_p90_s", "coverage", "has_map")),
    **dict.fromkeys(("reference", "new", "started_at", "ended_at", "seconds", "changed")),
    **dict.fromkeys(("rider", "bike", "date", "notes", "markers", "needs_review")),
    **dict.fromkeys(("stage", "stage_done", "done", "eta_s")),
    "timings": {},
}
_TEXTS = ("reasons", "error", "reference", "new", "started_at", "ended_at", "rider", "bike", "date", "notes")


@dataclass(frozen=True, slots=True)
class Known:
    """What the files of one folder say. `perf` is None where there is no `perf.json`."""

    run: str
    folder: Path
    row: Row
    perf: dict[str, Any] | None
    shares: Mapping[str, float]
    """Seconds of each stage over those of all."""
    working: bool
    """Whether `run.json` says `running`: its row depends on the clock and on who holds its lock."""


def read(root: Path, folder: Path, signature: Signature) -> Known | None:
    """What a folder says, also of damaged files; None of one that only holds the folders of several rides."""
    run = folder.relative_to(root).as_posix()
    row = {"run": run, **_EMPTY, "title": run if run != "." else root.name, "changed": changed_ns(signature) / 1e9}
    times = {name: at / 1e9 for name, at, _ in signature}
    perf, shares, working = None, {}, False
    try:
        record = record_of(root, folder)
        if record is None:
            return None
        row |= {name: record.row[name] for name in row if name in record.row}
        counts = (record.tables["marker_sets"] or [{}])[0]
        row |= {name: counts.get(name) for name in ("markers", "needs_review")}
        row["timings"] = {name: s for name in TIMINGS if (s := number(record.timings.get(name))) is not None}
        row["seconds"] = number(row["seconds"]) or row["timings"].get("total_sec")
        working = row["state"] in ("running", "interrupted")
        row |= _judged(folder, row, "timewarp.json" in times)
        row |= {name: None if row[name] is None else str(row[name]) for name in _TEXTS}
        row |= {"reasons": row["reasons"] or "", "ride": number(row["ride"])}
        row |= {name: number(row[name]) for name in ("p90_s", "coverage")}
        shares = _shares({str(stage["stage"]): stage["seconds"] for stage in record.tables["stages"]})
    except MtbsyncError as error:
        row |= {"state": "failed", "sign": BAD, "error": error.code, "reasons": error.message}
    except (TypeError, ValueError, KeyError, AttributeError, ArithmeticError) as error:
        row |= {"state": "failed", "sign": BAD, "error": "format", "reasons": f"a file of this run is damaged: {error}"}
    if "perf.json" in times:
        perf = _perf(folder, run, times["perf.json"])
    return Known(run, folder, row, perf, shares, working)


def _judged(folder: Path, row: Row, has_warp: bool) -> Row:
    """Verdict and sign of a run whose work is over. Files of mtbsync 0.10 have no verdict; their `ok` says it."""
    if row["state"] in ("running", "interrupted"):
        return {}
    if row["state"] == "failed":
        return {"sign": BAD}
    warp = read_object(folder / "timewarp.json", "utf-8-sig") if has_warp else {}
    if warp is None:
        return {"sign": BAD, "error": "format", "reasons": "timewarp.json is damaged", "state": "failed"}
    if not warp:  # neither a map nor a refusal: a run.json alone, or perf.json of mtbsync 0.10
        return {"sign": BAD, "reasons": row["reasons"] or "there is no timewarp.json", "has_map": False}
    ok = warp.get("ok") is True
    verdict = str(warp.get("verdict") or ("check" if ok else "refused"))
    residual = number((warp.get("residuals") or {}).get("p90"))
    found = sign(ok, verdict != "refused", number(row["p90_s"]) if residual is None else residual)
    usable = verdict != "refused"
    reasons = row["reasons"] or ("" if usable else "its map was not accepted")  # mtbsync 0.10 gives no reasons
    return {
        "reasons": reasons,
        "verdict": verdict,
        "sign": found,
        "residual_p90_s": residual if usable else None,
        "has_map": usable,
    }


def sign(ok: bool, usable: bool, p90_s: float | None) -> str:
    """The sign of the batch summary: ✅ may be applied without a look, ⚠️ needs one, ❌ has no map."""
    if not usable:
        return BAD
    return GOOD if ok and p90_s is not None and p90_s < GOOD_P90_S else WEAK


def live(root: Path, known: Known, shares: Mapping[str, float], now_s: float) -> Row:
    """The row of a run that is being worked on: state, stage, share of the work that is done, seconds that are left."""
    try:
        found = load_run(known.folder)
    except MtbsyncError:
        return known.row
    row = {**known.row, "state": state_of(root, known.run, found)}
    told = read_object(known.folder / progress.NAME) if row["state"] == "running" else None
    began_s = _seconds(row["started_at"])
    if told is None or began_s is None or (_seconds(told.get("at")) or 0.0) < began_s:
        return row
    steps, total = number(told.get("done")) or 0.0, number(told.get("total")) or 0.0
    part = min(1.0, max(0.0, steps / total)) if total > 0 else 0.0
    row |= {"stage": str(told.get("stage") or ""), "stage_done": round(part, 4)}
    if row["stage"] not in STAGES:
        return row
    weights = [shares.get(name, 0.0) for name in STAGES]
    at = STAGES.index(row["stage"])
    done = (sum(weights[:at]) + weights[at] * part) / (sum(weights) or 1.0)
    row["done"] = round(done, 4)
    if done >= _LEAST_DONE:
        row["eta_s"] = round(max(0.0, now_s - began_s) * (1 - done) / done, 1)
    return row


def waiting(said: Mapping[str, Any]) -> Row:
    """The row of a run that has no folder yet, or never will, as the catalogue has it."""
    row = {"run": str(said["run"]), **_EMPTY, "title": str(said["run"])}
    row |= {name: said[name] for name in ("state", "reasons", "reference", "new", "rider", "bike", "date", "notes")}
    return row | {"reasons": row["reasons"] or "", "sign": BAD if row["state"] == "failed" else None}


def mean_shares(many: Iterable[Mapping[str, float]]) -> Mapping[str, float]:
    """The mean shares of the stages over runs, those of 1 being known; the usual ones where none is."""
    known = [shares for shares in many if shares]
    if not known:
        return USUAL_SHARES
    return {name: sum(shares.get(name, 0.0) for shares in known) / len(known) for name in STAGES}


def number(value: Any) -> float | None:
    """A finite number as it is; None of all else."""
    return (
        float(value)
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        else None
    )


def _shares(seconds: Mapping[str, Any]) -> dict[str, float]:
    known = {name: s for name in STAGES if (s := number(seconds.get(name))) is not None and s >= 0}
    total = sum(known.values())
    return {name: s / total for name, s in known.items()} if total > 0 else {}


def _perf(folder: Path, run: str, changed_s: float) -> dict[str, Any] | None:
    """A point of the time series: `perf.json`, by its names; of mtbsync 0.10 what it has in other places."""
    data = read_object(folder / "perf.json", "utf-8-sig")
    if data is None:
        return None
    timings, old = (part if isinstance(part := data.get(name), Mapping) else {} for name in ("timings", "run"))
    found = {name: number(data.get(name)) for name in (*USED, "frames")}
    found |= {name: number(timings.get(name)) for name in TIMINGS}
    frames, retrieval = number(timings.get("frames_processed")), number(timings.get("retrieval_sec"))
    if found["fps"] is None and frames is not None and retrieval:
        found["fps"] = frames / retrieval
    rss, wall = number(old.get("rss_bytes")), number(old.get("wall_sec"))
    if found["rss_mb"] is None and rss is not None:
        found["rss_mb"] = rss / 1e6
    if found["total_sec"] is None:
        found["total_sec"] = wall
    path = "perf.json" if run == "." else f"{run}/perf.json"
    at = datetime.fromtimestamp(changed_s, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"_path": path, "_ts": at, "run": run, "cmd": str(data.get("cmd") or ""), **found}


def _seconds(text: Any) -> float | None:
    try:
        return datetime.fromisoformat(str(text)).timestamp()
    except ValueError:
        return None
