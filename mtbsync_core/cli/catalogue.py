"""`mtbsync catalogue show|rebuild|edit`: what is known of many runs."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from mtbsync_core.cli import flags
from mtbsync_core.cli.report import Report
from mtbsync_core.runs.catalogue import Catalogue
from mtbsync_core.runs.edit import EditJob
from mtbsync_core.runs.rebuild import RebuildJob
from mtbsync_core.runs.run_file import load_run, state_of

catalogue = typer.Typer(
    help="What is known of many runs: show it, make it again from the folders, say whose run it was.",
    add_completion=False,
    rich_markup_mode=None,
)


class Tables(StrEnum):
    """The tables of the catalogue."""

    RUNS = "runs"
    VIDEOS = "videos"
    INDEXES = "indexes"
    STAGES = "stages"
    EVENTS = "events"
    MARKER_SETS = "marker_sets"
    QUALITY_HISTORY = "quality_history"


_SHOWN = {
    Tables.RUNS: ("run", "state", "verdict", "p90_s", "rider", "bike", "date", "notes"),
    Tables.VIDEOS: ("video", "path", "duration_s", "creation_time"),
    Tables.INDEXES: ("index", "file", "samples", "seconds", "made_at"),
    Tables.EVENTS: ("at", "run", "kind", "text"),
}
"""The columns for people; of other tables all. With --json all of every table."""

Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="The folder that mtbsync batch wrote to.")]
Which = Annotated[Tables, typer.Option("--table", help="What to show.")]


@catalogue.callback(invoke_without_command=True)
def _root(ctx: typer.Context) -> None:
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())
        raise typer.Exit(2)


def show(report: Report, folder: Folder, table: Which = Tables.RUNS) -> None:
    """Show a table of the catalogue; runs that a killed process left say interrupted.

    Example: mtbsync catalogue show batch_out --table indexes
    """
    with Catalogue.read(folder) as found:
        rows = found.rows(f'SELECT * FROM "{table.value}" ORDER BY 1')
    for row in rows if table is Tables.RUNS else ():
        if row["state"] not in ("done", "failed"):
            row["state"] = state_of(folder, row["run"], load_run(folder / row["run"]))
    report.data[table.value] = rows
    columns = _SHOWN.get(table) or tuple(rows[0] if rows else ())
    report.table("", columns, [tuple(_cell(row[name]) for name in columns) for row in rows])
    report.say(f"{len(rows)} rows in {table.value}")


def rebuild(report: Report, job: RebuildJob) -> None:
    """Make the catalogue again from the folders of results, which are the truth.

    Folders that mtbsync align and sync made are taken in too.

    Example: mtbsync catalogue rebuild batch_out
    """
    done = job.run(report)
    report.data["runs"] = dict(done.states)
    report.say(f"{sum(done.states.values())} runs: " + ", ".join(f"{n} {state}" for state, n in done.states.items()))


def edit(report: Report, job: EditJob) -> None:
    """Say who rode a run, on which bike, when, and anything else; '' takes it away.

    Example: mtbsync catalogue edit batch_out/jump --rider Ann --bike Stumpjumper
    """
    told = job.run(report)
    said = {name: getattr(told, name) for name in ("rider", "bike", "date", "notes")}
    report.data.update(said)
    report.say(", ".join(f"{name} {value}" for name, value in said.items() if value) or "nothing is told of the run")


for _verb in (show, rebuild, edit):
    catalogue.command(_verb.__name__)(flags.command(_verb))


def _cell(value: object) -> str:
    return "" if value is None else f"{value:.3f}" if isinstance(value, float) else str(value)
