"""`mtbsync version`."""

from __future__ import annotations

import platform

import typer

from mtbsync_core import __version__
from mtbsync_core.cli.options import AsJson
from mtbsync_core.cli.report import Report


def version(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Show the version of mtbsync."""
    report: Report = ctx.obj
    report.data.update(mtbsync=__version__, python=platform.python_version())
    report.say(f"mtbsync {__version__}")
