"""`record_of`: what the catalogue and the summary say of one folder of results, read from its files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mtbsync_core.errors import MtbsyncError
from mtbsync_core.files import read_object
from mtbsync_core.moved_csv import read_moved
from mtbsync_core.runs import run_file
from mtbsync_core.runs.figures import of_timewarp
from mtbsync_core.runs.run_file import RunFile, load_run, state_of

INDEXES = "indexes"
"""Where the indexes lie, below the root."""
_DEPTH = 4
"""Folders of results are looked for so deep below the root."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Record:
    """The rows of each table about one run; `timings` are seconds by the names of `perf.json`."""

    run: str
    tables: Mapping[str, list[Row]]
    timings: Mapping[str, float]

    @property
    def row(self) -> Row:
        """That of the table `runs`."""
        return self.tables["runs"][0]


def folders_of(root: Path) -> Iterator[Path]:
    """The folders of results below a root, in the order of their names: those with a `run.json` or `timewarp.json`."""

    def below(folder: Path, depth: int) -> Iterator[Path]:
        inside = sorted(folder.iterdir())
        names = {path.name for path in inside}
        if run_file.NAME in names or "timewarp.json" in names:
            yield folder
        for path in inside if depth else ():
            if path.is_dir() and not path.name.startswith(".") and path.name != INDEXES:
                yield from below(path, depth - 1)

    yield from below(root, _DEPTH)


def record_of(root: Path, folder: Path) -> Record | None:
    """What a folder says of its run; None of one that only holds the folders of several rides.

    Raises:
        FormatError: `run.json` is damaged, or of a later version. What else is damaged counts as not there.
    """
    run = folder.relative_to(root).as_posix()
    found = load_run(folder)
    if found is not None and found.rides is not None and found.state == "done":
        return None
    ended = found is None or found.state == "done"
    warp = (read_object(folder / "timewarp.json") if ended else None) or {}
    perf = (read_object(folder / "perf.json") if warp else None) or {}
    if found is None:
        sides = ((warp.get(side) or {}).get("path") or "" for side in ("ref", "new"))
        found = RunFile(reference=next(sides), new=next(sides), state="done")
    tables = {
        "runs": [_run(root, run, found, warp)],
        "stages": [{"run": run, "stage": name, "seconds": s} for name, s in (perf.get("stages") or {}).items()],
        "events": [{"run": run, **event} for event in found.events],
        "videos": [row for side in ("reference", "new") for row in _video(found, side, warp, perf)],
        "indexes": _index(found),
        "marker_sets": _markers(root, folder, run) if warp else [],
    }
    return Record(run, tables, perf.get("timings") or {})


def _run(root: Path, run: str, found: RunFile, warp: Mapping[str, Any]) -> Row:
    p90_s, coverage = _figures(warp) if warp.get("verdict") in ("good", "check") else (None, None)
    error = found.error or {}
    reasons = [error.get("message", "")] if error else warp.get("reasons") or []
    return {
        "run": run,
        "ride": found.ride,
        "reference": found.reference,
        "new": found.new,
        "markers": found.markers,
        "state": state_of(root, run, found),
        "verdict": warp.get("verdict"),
        "ok": int(warp["ok"]) if "ok" in warp else None,
        "reasons": "; ".join(reasons),
        "error": error.get("code"),
        "p90_s": p90_s,
        "coverage": coverage,
        "started_at": found.started_at or None,
        "ended_at": found.ended_at,
        "seconds": found.seconds,
        **asdict(found.whose),
    }


def _figures(warp: Mapping[str, Any]) -> tuple[float | None, float | None]:
    """Calibrated P90 and coverage, as the quality reports have them; None of a map that is damaged."""
    try:
        found = of_timewarp(warp, None, run_id="", changed="", used={})
    except (MtbsyncError, TypeError, ValueError, KeyError):
        return None, None
    return found.p90_s, found.coverage


def _video(found: RunFile, side: str, warp: Mapping[str, Any], perf: Mapping[str, Any]) -> Iterator[Row]:
    """The recording of one side; nothing of one whose content is not known."""
    if side not in found.inputs:
        return
    short = {"reference": "ref", "new": "new"}[side]
    media = warp.get(short) or {}
    facts = {name: media.get(name) for name in ("duration_s", "rate", "width", "height", "creation_time")}
    facts["size_bytes"] = ((perf.get("files") or {}).get(short) or {}).get("size_bytes")
    row = {"video": found.inputs[side], "path": getattr(found, side), "seen_at": found.ended_at, **facts}
    yield {name: value for name, value in row.items() if value is not None}


def _index(found: RunFile) -> list[Row]:
    """The kept index that a run made."""
    index = found.index
    if index is None or not index.get("made"):
        return []
    row = {name: index.get(name) for name in ("samples", "seconds", "made_at")}
    return [{"index": index["key"], "video": index.get("video"), "file": f"{INDEXES}/{index['key']}.npz", **row}]


def _markers(root: Path, folder: Path, run: str) -> list[Row]:
    path = folder / "new_markers.csv"
    try:
        moved = read_moved(path)
    except MtbsyncError:  # there is none, or it is damaged
        return []
    counts = Counter(str(marker.status) for marker in moved)
    return [
        {
            "run": run,
            "file": path.relative_to(root).as_posix(),
            "markers": len(moved),
            **{status: counts[status] for status in ("moved", "doubtful", "outside", "gap")},
            "needs_review": sum(marker.needs_review for marker in moved),
        }
    ]
