"""`write_record`, which writes what a folder says into the catalogue, and `RebuildJob`, which does so for all."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mtbsync_core.errors import FormatError, UsageError
from mtbsync_core.jobs.listener import Listener
from mtbsync_core.options import option
from mtbsync_core.runs.catalogue import NAME, Catalogue, insert
from mtbsync_core.runs.record import Record, folders_of, record_of

_OF_A_RUN = ("runs", "stages", "marker_sets", "events")
OF_FOLDERS = (*_OF_A_RUN, "videos", "indexes")
"""The tables that the folders tell; the history of quality is the catalogue's own."""


def write_record(catalogue: Catalogue, record: Record) -> bool:
    """Replace what the catalogue says of one run. Whether it was written."""
    return catalogue.write(lambda connection: _replace(connection, record))


def write_records(folders: Sequence[Path], note: Callable[[str], None]) -> None:
    """Write what these folders of one root say into the catalogue of the nearest folder above them that has one.

    Raises:
        FormatError: a `run.json` is damaged.
    """
    above = folders[0].absolute().parents if folders else ()
    root = next((one for one in above if (one / NAME).is_file()), None)
    if root is None:
        return
    with Catalogue.open(root, note) as catalogue:
        for folder in folders:
            record = record_of(root, folder.absolute())
            if record is not None:
                write_record(catalogue, record)


def read_folders(root: Path, listener: Listener) -> list[Record]:
    """What all folders below a root say, in the order in which their runs ended; of a damaged one a note."""
    records = []
    for folder in folders_of(root):
        try:
            record = record_of(root, folder)
        except FormatError as error:
            listener.note(f"{error.message}. {error.hint}")
            continue
        if record is not None:
            records.append(record)
    return sorted(records, key=lambda record: (record.row["ended_at"] or "", record.run))


def fill(catalogue: Catalogue, records: list[Record]) -> bool:
    """Make the catalogue say what the folders say, and nothing else of runs. Whether it was written."""

    def write(connection: sqlite3.Connection) -> None:
        for table in OF_FOLDERS:
            connection.execute(f"DELETE FROM {table}")
        for record in records:
            _replace(connection, record)

    return catalogue.write(write)


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """How many runs there are, by their state."""

    states: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class RebuildJob:
    """A root folder of results."""

    root: Path = option(argument="FOLDER", help="The folder that mtbsync batch wrote to.")

    def run(self, listener: Listener) -> Rebuilt:
        """Make the catalogue again from the folders. A history of quality that can be read stays.

        Raises:
            UsageError: there is no such folder, it holds no results, or the catalogue cannot be written.
        """
        if not self.root.is_dir():
            raise UsageError(f"there is no folder {self.root}", "Give the folder of --out-dir.")
        records = read_folders(self.root, listener)
        if not records:
            raise UsageError(f"{self.root} holds no results", "Give the folder of --out-dir.")
        with Catalogue.open(self.root, listener.note) as catalogue:
            if not fill(catalogue, records):
                raise UsageError(f"the catalogue in {self.root} cannot be written", "Check its permissions.")
        states: dict[str, int] = {}
        for record in records:
            states[record.row["state"]] = states.get(record.row["state"], 0) + 1
        return Rebuilt(states)


def _replace(connection: sqlite3.Connection, record: Record) -> None:
    for table in _OF_A_RUN:
        connection.execute(f"DELETE FROM {table} WHERE run = ?", (record.run,))
    rows: list[tuple[str, dict[str, Any]]] = [(table, row) for table, found in record.tables.items() for row in found]
    for table, row in rows:
        insert(connection, table, row)
