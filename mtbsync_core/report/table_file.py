"""`race_report.csv`: a row for each run and sector, with the same numbers as the page and JSON."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mtbsync_core.files import replacing
from mtbsync_core.table import cell

COLUMNS = (
    *("run", "rider", "bike", "date", "sector", "from_s", "to_s", "time_s", "half90_s", "stood_s", "clean", "flags"),
    *("line", "against", "loss_s", "loss_half90_s", "sure", "cumulative_s", "cumulative_half90_s"),
    *("relative_s", "relative_half90_s"),
)


def write_table(path: Path, report: Mapping[str, Any]) -> None:
    """Write the content of `race_report.json` as a table; losses are those of the run's first comparison there.

    Raises:
        UsageError: the file cannot be written.
    """
    against: dict[str, Mapping[str, Any]] = {}
    for found in report["comparisons"]:
        against.setdefault(found["run"], found)
    with replacing(path) as scratch, scratch.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for run in report["runs"]:
            found = against.get(run["run"])
            for n, (sector, own) in enumerate(zip(report["sectors"], run["sectors"], strict=True)):
                loss = found["sectors"][n] if found is not None else {}
                row = {
                    **{name: run[name] for name in ("run", "rider", "bike", "date")},
                    **{name: own[name] for name in ("time_s", "half90_s", "stood_s", "clean", "line")},
                    "sector": sector["name"],
                    "from_s": sector["from_s"],
                    "to_s": sector["to_s"],
                    "flags": " ".join(flag["kind"] for flag in own["flags"]),
                    "against": found["against"] if found is not None else None,
                    "loss_half90_s": loss.get("half90_s"),
                    **{name: loss.get(name) for name in ("loss_s", "sure", "cumulative_s")},
                    **{name: loss.get(name) for name in ("cumulative_half90_s", "relative_s", "relative_half90_s")},
                }
                writer.writerow([cell(row[name]) for name in COLUMNS])
