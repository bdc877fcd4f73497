"""Which line a run took through a sector, from a small table of people: `run`, `sector`, `line`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mtbsync_core.errors import FormatError
from mtbsync_core.table import column_key, read_table

NAME = "line_tags.csv"
"""Read where it lies beside the sector lines."""
_COLUMNS = ("run", "sector", "line")


def read_line_tags(path: Path) -> Mapping[tuple[str, str], str]:
    """The line by run and sector, both as the report names them.

    Raises:
        UsageError: there is no such file.
        FormatError: a column is missing, or a run has two lines in a sector.
    """
    table = read_table(path, _COLUMNS)
    names = [column_key(name) for name in table.columns]
    missing = [name for name in _COLUMNS if name not in names]
    if missing:
        raise FormatError(
            f"{path} has no column {' and no column '.join(missing)}",
            "It needs run, sector and line: the names of run and sector as in race_report.csv, and A or B.",
        )
    found: dict[tuple[str, str], str] = {}
    for row in table.rows:
        run, sector, line = (row.cells[names.index(name)].strip() for name in _COLUMNS)
        if not line:
            continue
        if found.setdefault((run, sector), line) != line:
            raise FormatError(f"{path}, line {row.line}: {run} has two lines in {sector}", "Leave one of them out.")
    return found
