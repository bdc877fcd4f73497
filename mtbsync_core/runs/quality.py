"""`QualityJob`: how good many runs are, as a table, as JSON and as a page, the newest run first."""

from __future__ import annotations

import csv
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mtbsync_core.errors import UsageError
from mtbsync_core.files import replacing, write_json, write_text
from mtbsync_core.jobs.listener import Listener
from mtbsync_core.options import option
from mtbsync_core.runs.figures import USED, Figures, read_figures
from mtbsync_core.runs.gates import Gate, gates, missed
from mtbsync_core.runs.quality_page import page
from mtbsync_core.version import __version__

SCHEMA, VERSION = "mtbsync.quality", 1
_NAME = "benchmark_quality"


@dataclass(frozen=True, slots=True)
class Quality:
    """The rows of all runs, what they come to, and the files that were written, by suffix."""

    rows: Sequence[Mapping[str, Any]]
    summary: Mapping[str, Any]
    files: Mapping[str, Path]


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityJob:
    """Which runs, and what is written about them."""

    root: Path = option(flag="--root", help="The folder with the results folders of the runs, or one of these.")
    pattern: str = option("*", "--pattern", 'Which folders below --root: "run_2026*", or "**" for those at any depth.')
    out: Path = option(Path("benchmark_out"), "--out", "The folder for benchmark_quality.csv, .json and .html.")
    limit: int = option(2000, "--limit", "How many runs, the newest first.", minimum=1)
    fields: str = option(
        ",".join(USED), "--fields", "What is taken from perf.json, with commas between.", metavar="NAME,NAME"
    )
    table: bool = option(True, "--csv/--no-csv", "Write benchmark_quality.csv.")
    json_file: bool = option(True, "--no-json", "Write no benchmark_quality.json.")
    html: bool = option(False, "--html", "Write benchmark_quality.html, a page that needs no network.")

    def run(self, listener: Listener) -> Quality:
        """Read the folders, hold each run against the lines, and write what is asked for.

        Raises:
            UsageError: the folder is not there, no folder in it is one of results, or a file cannot be written.
        """
        names = [name.strip() for name in self.fields.split(",") if name.strip()]
        folders = run_folders(self.root, self.pattern, self.limit)
        lines, rows = gates(), []
        for n, (run_id, folder) in enumerate(folders):
            listener.stage("runs", n, len(folders))
            figures = read_figures(folder, run_id, names)
            if figures.fault is not None:
                listener.note(f"{folder}: {figures.fault}")
            rows.append(row(figures, lines))
        summary = summed(rows)
        files: dict[str, Path] = {}
        if self.table:
            files["csv"] = self.out / f"{_NAME}.csv"
            with replacing(files["csv"]) as scratch, scratch.open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
                writer.writeheader()
                writer.writerows({k: f"{v:.6g}" if isinstance(v, float) else v for k, v in row.items()} for row in rows)
        if self.json_file:
            files["json"] = self.out / f"{_NAME}.json"
            about = {"schema": SCHEMA, "version": VERSION, "mtbsync": __version__, "root": str(self.root)}
            limits = {line.field: {"group": line.group, "limit": line.limit} for line in lines}
            write_json(files["json"], {**about, "gates": limits, "summary": summary, "runs": rows})
        if self.html:
            files["html"] = self.out / f"{_NAME}.html"
            write_text(files["html"], page(rows, summary, lines, names, str(self.root)))
        for name, path in files.items():
            listener.file(name, path)
        return Quality(rows, summary, files)


def run_folders(root: Path, pattern: str, limit: int) -> list[tuple[str, Path]]:
    """The folders with a `timewarp.json`, the newest first, each with its name below the root.

    Raises:
        UsageError: there is no such folder, the pattern can be none, or nothing is found.
    """
    if not root.is_dir():
        raise UsageError(f"{root} is no folder", "Give the folder with the results folders: --root DIR.")
    try:
        found = {folder for folder in root.glob(pattern) if (folder / "timewarp.json").is_file()}
    except (ValueError, NotImplementedError, IndexError) as error:
        raise UsageError(f"--pattern {pattern} is no pattern: {error}", 'For example --pattern "run_2026*"') from error
    if (root / "timewarp.json").is_file():
        found.add(root)
    if not found:
        raise UsageError(
            f"no folder {pattern} in {root} holds a timewarp.json",
            'Name the folder that holds the results folders; "**" as --pattern looks at any depth.',
        )
    newest = sorted(found, key=lambda folder: (-(folder / "timewarp.json").stat().st_mtime_ns, str(folder)))
    return [
        (folder.relative_to(root).as_posix() if folder != root else root.resolve().name, folder)
        for folder in newest[:limit]
    ]


def row(figures: Figures, lines: Sequence[Gate]) -> dict[str, Any]:
    """A run as a row of the table: its figures, and which lines it keeps to."""
    short = missed(figures, tuple(lines))
    return {
        "run_id": figures.run_id,
        "changed": figures.changed,
        "verdict": figures.verdict,
        "ok": figures.ok,
        "strict_ok": all(line.group != "strict" for line in short),
        "markers_ok": all(line.group != "markers" for line in short),
        "ppm": figures.ppm,
        "inlier_frac": figures.inlier_frac,
        "res_mae": figures.res_mae,
        "res_p90": figures.res_p90,
        "coverage": figures.coverage,
        "p90_s": figures.p90_s,
        **figures.used,
        "missed": " ".join(line.field for line in short),
        "fault": figures.fault,
    }


def summed(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What the rows come to: numbers of runs, and medians of the figures of those that were not refused."""
    about = ("run_id", "changed", "verdict", "ok", "strict_ok", "markers_ok", "missed", "fault")
    median: dict[str, float | None] = {}
    for name in [name for name in rows[0] if name not in about]:
        known = [abs(one[name]) for one in rows if one["verdict"] != "refused" and one[name] is not None]
        median[name] = statistics.median(known) if known else None
    return {
        "runs": len(rows),
        "refused": sum(one["verdict"] == "refused" for one in rows),
        "damaged": sum(one["fault"] is not None for one in rows),
        **{name: sum(one[name] for one in rows) for name in ("ok", "strict_ok", "markers_ok")},
        "median": median,
    }
