"""`mtbsync version`."""

from __future__ import annotations

import platform

from mtbsync_core.cli.report import Report
from mtbsync_core.version import __version__


def version(report: Report) -> None:
    """Show the version of mtbsync."""
    report.data.update(mtbsync=__version__, python=platform.python_version())
    report.say(f"mtbsync {__version__}")
