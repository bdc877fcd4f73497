"""The history of quality of one root of results: a table of the catalogue, and `quality_history.json` beside it.

The JSON is written after each run and read where the catalogue has no history: in the folder of a user of mtbsync 0.10,
and where the catalogue was lost.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mtbsync_core.alignment.result import Alignment
from mtbsync_core.errors import FormatError, MtbsyncError, UsageError
from mtbsync_core.files import write_json
from mtbsync_core.jobs.listener import Listener
from mtbsync_core.options import option
from mtbsync_core.runs.catalogue import NAME, Catalogue, now
from mtbsync_core.runs.figures import Figures, of_timewarp, read_figures
from mtbsync_core.runs.regression import Check, RegressionOptions, check

Row = Mapping[str, Any]

HISTORY, RESULT = "quality_history.json", "regression.json"
_MOST = 2000
"""Rows in the JSON, as in mtbsync 0.10; the catalogue keeps all."""
_COLUMNS = ("run", "at", "reference", "verdict", "ok", "ppm", "inlier_frac", "res_mae", "res_p90", "coverage", "p90_s")
_MORE = ("fps", "seconds", "status", "reasons")
_OF_THE_ORIGINAL = {"run_id": "run", "ts": "at", "p90": "res_p90"}
"""Names in the JSON that mtbsync 0.10 gave; those of both are the same in all other columns."""


class RegressionError(MtbsyncError):
    """A run that is much worse than those before it, asked for under `--fail-on-regression` and by `quality-check`."""

    code = "regression"
    exit_code = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackingOptions:
    """Whether runs are held against those before them."""

    regression_off: bool = option(
        False, "--regression-off", "Do not hold the run against those before it, and keep no history."
    )
    fail_on_regression: bool = option(
        False,
        "--fail-on-regression",
        "Exit 20 when a run is much worse than those before it in the same root (of sync, the folder above --out, "
        "where this begins a history).",
    )
    reg_window: int = option(50, "--reg-window", "How many runs the baseline is the median of.", minimum=10)
    lines: RegressionOptions = field(default_factory=RegressionOptions)


def track(
    alignment: Alignment, folder: Path, total_s: float, options: TrackingOptions, listener: Listener, *, root: Path
) -> Check | None:
    """Hold a run that is not refused against the history of its root, and write it down there.

    None where nothing is tracked: it was switched off, or there is neither a catalogue nor the wish for one.

    Args:
        folder: that of the results.
        total_s: what the run took, seconds.
        root: the folder with the catalogue.
    """
    wanted = options.fail_on_regression or (root / NAME).is_file() or (root / HISTORY).is_file()
    if options.regression_off or not alignment.usable or not wanted:
        return None
    name = folder.resolve().relative_to(root.resolve()).as_posix()
    used = {"fps": alignment.fps(total_s)}
    figures = of_timewarp(alignment.as_dict(), None, run_id=name, changed=now(), used=used)
    reference = str(alignment.media_ref.path) if alignment.media_ref else None
    with Catalogue.open(root, listener.note) as catalogue:
        return append(catalogue, as_row(figures, reference, total_s), options, listener)


def track_folder(
    catalogue: Catalogue,
    run: str,
    reference: str | None,
    seconds: float | None,
    options: TrackingOptions,
    listener: Listener,
) -> Check | None:
    """The same of a run that a batch has just done, by the files in its folder; None of one without a usable map."""
    figures = read_figures(catalogue.root / run, run)
    if options.regression_off or not figures.has_map:
        return None
    return append(catalogue, as_row(figures, reference, seconds), options, listener)


def as_row(figures: Figures, reference: str | None, seconds: float | None) -> dict[str, Any]:
    """Figures as a row of the table, not yet judged."""
    found = {name: getattr(figures, name) for name in _COLUMNS[3:]}
    about = {"run": figures.run_id, "at": figures.changed, "reference": reference}
    return {**about, **found, "ok": int(figures.ok), "fps": figures.used.get("fps"), "seconds": seconds}


def append(catalogue: Catalogue, row: Row, options: TrackingOptions, listener: Listener) -> Check:
    """Judge a row by those before it, and write it into the catalogue and both JSON files beside it."""
    root, kept = catalogue.root, _of_catalogue(catalogue)
    try:
        before = kept or _of_json(root)
    except FormatError as error:  # what cannot be read is no reason to lose this run
        listener.note(f"{error.message}; the history begins anew")
        before = []
    found = check(row, before[-options.reg_window :], options.lines)
    judged = {**row, "status": found.status, "reasons": "; ".join(found.reasons)}
    # What the catalogue lacks goes in with it, so that one that was lost has its history again.
    catalogue.put("quality_history", *([] if kept else before), judged)
    try:
        write_json(root / HISTORY, [_as_json(one) for one in [*before, judged][-_MOST:]])
        write_json(root / RESULT, found.as_dict())
    except UsageError as error:
        listener.note(f"the history of quality is not written: {error.message}")
    return found


def rows(root: Path) -> list[dict[str, Any]]:
    """The history of a root, the oldest first.

    Raises:
        UsageError: there is none.
        FormatError: it cannot be read.
    """
    found: list[dict[str, Any]] = []
    if (root / NAME).is_file():
        with Catalogue.read(root) as catalogue:
            found = _of_catalogue(catalogue)
    found = found or _of_json(root)
    if not found:
        raise UsageError(
            f"there is no history of quality in {root}",
            "mtbsync batch keeps one in --out-dir, and mtbsync sync --fail-on-regression in the folder above --out.",
        )
    return found


def _of_catalogue(catalogue: Catalogue) -> list[dict[str, Any]]:
    return catalogue.rows("SELECT * FROM quality_history ORDER BY at, run")


def _of_json(root: Path) -> list[dict[str, Any]]:
    """The rows of `quality_history.json`, also of mtbsync 0.10; none where there is no such file.

    Raises:
        FormatError: it is no list of rows.
    """
    path = root / HISTORY
    if not path.is_file():
        return []
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise FormatError(f"{path} cannot be read: {error}") from error
    if not isinstance(data, list) or not all(isinstance(one, dict) for one in data):
        raise FormatError(f"{path} is no list of runs")
    found = [{_OF_THE_ORIGINAL.get(name, name): value for name, value in one.items()} for one in data]
    known = {*_COLUMNS, *_MORE}
    clean = [{k: v for k, v in one.items() if k in known} for one in found if one.get("run") and one.get("at")]
    return sorted(clean, key=lambda one: (str(one["at"]), str(one["run"])))


def _as_json(row: Row) -> dict[str, Any]:
    ours = {new: old for old, new in _OF_THE_ORIGINAL.items()}
    return {ours.get(name, name): row.get(name) for name in (*_COLUMNS, *_MORE)}


def newest(root: Path, window: int, lines: RegressionOptions) -> tuple[Check, Sequence[Row]]:
    """The newest run of a root against those before it, and the whole history.

    Raises:
        UsageError, FormatError: as `rows`.
    """
    history = rows(root)
    return check(history[-1], history[:-1][-window:], lines), history
