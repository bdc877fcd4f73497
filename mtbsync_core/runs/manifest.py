"""`read_manifest`: pairs out of a table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from difflib import get_close_matches
from pathlib import Path

from mtbsync_core.errors import FormatError
from mtbsync_core.runs.pairing import Pair
from mtbsync_core.runs.run_file import WhoseRun
from mtbsync_core.table import column_key, read_table, unguarded

_FILES = ("reference", "new", "markers", "ref_gpx", "new_gpx")
_WHOSE = tuple(f.name for f in fields(WhoseRun))
COLUMNS = (*_FILES, "name", *_WHOSE)


def read_manifest(path: Path, note: Callable[[str], None]) -> list[Pair]:
    """The pairs of a table; relative paths count from its folder. A row without a file has that as its problem.

    Raises:
        UsageError: there is no such file, or it may not be read.
        FormatError: it is no table, a column is not known or missing, or it has no rows.
    """
    table = read_table(path, COLUMNS)
    keys = [column_key(name) for name in table.columns]
    for name, key in zip(table.columns, keys, strict=True):
        if key not in COLUMNS:
            near = get_close_matches(key, COLUMNS, 1)
            hint = f"Did you mean {near[0]}?" if near else f"Known are {', '.join(COLUMNS)}."
            raise FormatError(f"{path} has a column {name!r} that is not known", hint)
        if keys.count(key) > 1:
            raise FormatError(f"{path} has the column {key} twice", "Keep one of them.")
    for key in ("reference", "new"):
        if key not in keys:
            raise FormatError(f"{path} has no column {key}", "It needs the columns reference and new.")
    for problem in table.problems:
        note(f"{path}, {problem}")
    if not table.rows:
        raise FormatError(f"{path} names no pair", "Each further line is a pair.")
    pairs = []
    for row in table.rows:
        cells = {key: unguarded(text) for key, text in zip(keys, row.cells, strict=True) if text}
        files = {key: path.parent / cells[key] for key in _FILES if key in cells}
        if cells.get("markers") == "hilights":
            files["markers"] = Path("hilights")
        missing = [key for key in ("reference", "new") if key not in files]
        new = files.get("new", path.parent)
        pairs.append(
            Pair(
                name=cells.get("name") or (new.stem if "new" in files else f"line {row.line}"),
                references=(files["reference"],) if "reference" in files else (),
                new=new,
                markers=files.get("markers"),
                ref_gpx=files.get("ref_gpx"),
                new_gpx=files.get("new_gpx"),
                whose=WhoseRun(**{key: cells[key] for key in _WHOSE if key in cells}),
                problem=f"line {row.line} of {path.name} names no {missing[0]}" if missing else None,
            )
        )
    return pairs
