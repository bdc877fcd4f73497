"""`Catalogue`: the SQLite file in the root of the results, an index of what the folders hold.

It is written as well as can be: what cannot be written is said once and is no reason to end a batch, since
`mtbsync catalogue rebuild` makes it again from the folders.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mtbsync_core.errors import FormatError
from mtbsync_core.runs.schema import APPLICATION_ID, KEYS, MIGRATIONS

NAME = "catalogue.sqlite"
BUSY_S = 30.0
"""How long a write waits for that of another process, seconds. A write takes milliseconds, so half as long does too,
and twice as long only keeps a batch waiting longer beside a process that hangs.
"""

_SIDES = ("", "-wal", "-shm")


def now() -> str:
    """This moment in UTC, ISO 8601, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Catalogue:
    """The catalogue below a root folder; use `Catalogue.open`. Writes never raise: they tell `note`, once.

    `fresh` is true when the file was made by this opening, so that the folders should be read into it.
    """

    def __init__(self, root: Path, connection: sqlite3.Connection | None, note: Callable[[str], None]) -> None:
        self.root = root
        self.fresh = False
        self._connection = connection
        self._note = note
        self._told = False

    @classmethod
    def open(cls, root: Path, note: Callable[[str], None]) -> Catalogue:
        """Open the catalogue to write, made or migrated where needed; one that is damaged is renamed and made anew.

        Where it cannot be opened, `note` is told and the catalogue takes nothing.
        """
        path = root / NAME
        found = cls(root, None, note)
        there = path.exists()
        try:
            try:
                found._connection = _connected(path)
            except sqlite3.DatabaseError as error:
                if not _damaged(error):
                    raise
                note(f"{path} is damaged ({error}); it was renamed to {_moved_aside(path).name} and is made anew")
                there, found._connection = False, _connected(path)
        except (sqlite3.Error, OSError, FormatError) as error:
            found._say(error)
        found.fresh = found._connection is not None and not there
        return found

    @classmethod
    def read(cls, root: Path) -> Catalogue:
        """Open the catalogue to read only; that also goes in a folder that cannot be written.

        Raises:
            FormatError: there is none, or it is damaged or of a later version.
        """
        path = root / NAME
        if not path.is_file():
            raise FormatError(f"there is no catalogue in {root}", "Make it with: mtbsync catalogue rebuild FOLDER")
        error: sqlite3.Error | None = None
        for how in ("mode=ro", "immutable=1"):  # the second needs no lock file beside it
            found = cls(root, None, _silent)
            try:
                found._connection = _opened(f"{path.absolute().as_uri()}?{how}")
                _checked_version(found._connection, path)
            except sqlite3.Error as problem:
                found.close()
                error = problem
            except FormatError:
                found.close()
                raise
            else:
                return found
        raise FormatError(f"{path} cannot be read: {error}", "Make it again with: mtbsync catalogue rebuild FOLDER")

    @property
    def usable(self) -> bool:
        """Whether it is open."""
        return self._connection is not None

    def close(self) -> None:
        """Close the file; a catalogue that is closed takes nothing."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def __enter__(self) -> Catalogue:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def put(self, table: str, *rows: Mapping[str, Any]) -> bool:
        """Write rows; of one whose key is there already, the given columns are replaced. Whether they were written."""

        def write(connection: sqlite3.Connection) -> None:
            for row in rows:
                insert(connection, table, row)

        return self.write(write)

    def write(self, statements: Callable[[sqlite3.Connection], None]) -> bool:
        """Run statements as one transaction: all of them or none. Whether they were written."""
        if self._connection is None:
            return False
        try:
            with _transaction(self._connection):
                statements(self._connection)
        except (sqlite3.Error, OSError) as error:
            self._say(error)
            return False
        return True

    def rows(self, query: str, values: Iterable[Any] = ()) -> list[dict[str, Any]]:
        """What a query gives; nothing of a catalogue that could not be opened.

        Raises:
            FormatError: the file is damaged.
        """
        if self._connection is None:
            return []
        try:
            return [dict(row) for row in self._connection.execute(query, tuple(values))]
        except sqlite3.Error as error:
            raise FormatError(f"{self.root / NAME} cannot be read: {error}", _AGAIN) from error

    def _say(self, error: Exception) -> None:
        if not self._told:
            self._note(f"the catalogue {self.root / NAME} is not written: {error}. The folders are complete. {_AGAIN}")
            self._told = True


_AGAIN = "Make it again with: mtbsync catalogue rebuild FOLDER"


def _silent(_: str) -> None:
    pass


def _opened(uri: str) -> sqlite3.Connection:
    connection = sqlite3.connect(uri, uri=True, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    return connection


def _connected(path: Path) -> sqlite3.Connection:
    """A connection to a catalogue of this version, made or migrated when it is not."""
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = _opened(f"{path.absolute().as_uri()}?mode=rwc")
    try:
        _checked_version(connection, path)
        connection.execute("PRAGMA journal_mode = WAL")  # stays what it was where a file system cannot
        connection.execute("PRAGMA synchronous = NORMAL")  # folders are the truth; a power cut may cost the last rows
        with _transaction(connection):  # another process may have migrated it while this one waited
            version = _checked_version(connection, path)
            for n, script in enumerate(MIGRATIONS[version:], version + 1):
                for statement in script.split(";\n"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {n}")
            if version < len(MIGRATIONS):
                connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        if (found := connection.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
            raise sqlite3.DatabaseError(f"malformed: {found}")
    except BaseException:
        connection.close()
        raise
    return connection


def _checked_version(connection: sqlite3.Connection, path: Path) -> int:
    """The version of the tables, 0 of an empty file.

    Raises:
        FormatError: it is of a later version, or a database of something else.
    """
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if tables and application != APPLICATION_ID:
        raise FormatError(f"{path} is a database of another program", "Choose another folder.")
    if version > len(MIGRATIONS):
        raise FormatError(f"{path} is of a later version of mtbsync", "Update mtbsync.")
    return version


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def insert(connection: sqlite3.Connection, table: str, row: Mapping[str, Any]) -> None:
    """Insert a row; where its key is there already, replace the columns that it names."""
    names = [f'"{name}"' for name in row]
    keys = [f'"{key}"' for key in KEYS[table]]
    sets = [f"{name} = excluded.{name}" for name in names if name not in keys]
    statement = f'INSERT INTO "{table}" ({", ".join(names)}) VALUES ({", ".join("?" * len(names))})'
    if set(keys) <= set(names):
        statement += f" ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {', '.join(sets)}"
    connection.execute(statement, tuple(row.values()))


def _damaged(error: sqlite3.DatabaseError) -> bool:
    text = str(error)
    return "malformed" in text or "not a database" in text or "file is encrypted" in text


def _moved_aside(path: Path) -> Path:
    """Rename a damaged catalogue, and what SQLite keeps beside it, to a name that is free."""
    n = 1
    while (target := path.with_name(f"{path.stem}.damaged{n if n > 1 else ''}{path.suffix}")).exists():
        n += 1
    for side in _SIDES:
        beside = path.with_name(path.name + side)
        if beside.exists():
            beside.replace(target.with_name(target.name + side))
    return target
