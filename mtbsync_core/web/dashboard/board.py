"""`Board`: all runs below a root as they stand, and what changed, as numbered events.

One `step` looks once and reads what changed, the newest folders first. Whoever asks, one board serves all of them: a
thousand folders are looked at once a second, not once a second and reader.
"""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from mtbsync_core.errors import MtbsyncError
from mtbsync_core.runs.catalogue import NAME as CATALOGUE
from mtbsync_core.runs.catalogue import Catalogue
from mtbsync_core.runs.history import HISTORY
from mtbsync_core.runs.run_file import batch_root
from mtbsync_core.web.dashboard.rows import Known, Row, live, mean_shares, read, waiting
from mtbsync_core.web.dashboard.scan import Folders, Signature, changed_ns, is_run
from mtbsync_core.web.dashboard.summary import summary

KEPT_EVENTS = 1000
"""Events that are kept for clients that come back: a quarter of an hour with one each second. Whoever was away for
longer gets a snapshot.
"""
READING_S = 0.25
"""How long one step reads folders, seconds: the first look at thousands of them comes in parts."""


class Event(NamedTuple):
    """What is sent: the number that a client comes back with, the event's name, and JSON."""

    number: int
    name: str
    data: str


class Board:
    """The runs below one root. Any thread may call it."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self._lock = threading.RLock()
        self._folders = Folders(self.root)
        self._read: dict[Path, tuple[Signature, Known | None]] = {}
        self._catalogues: dict[Path, tuple[Signature, list[Row]]] = {}
        self._rows: dict[str, Row] = {}
        self._summary: dict[str, Any] = summary(())
        self._first = True
        self._epoch = secrets.token_hex(4)
        self._events: deque[Event] = deque(maxlen=KEPT_EVENTS)
        self.last = 0
        """Number of the newest event."""
        self.pending = 0
        """Folders that are still to be read."""
        self.looked_s = float("-inf")
        """When the last step ended, by the monotonic clock."""

    def step(self, reading_s: float = READING_S) -> None:
        """Look at all folders, read those that changed for so long, and write down what is other now as events."""
        with self._lock:
            found = self._folders.look()
            fresh = self._read_changed({at: sign for at, sign in found.items() if is_run(sign)}, reading_s)
            self._read_catalogues(found)
            self._tell(self._now(), fresh)
            self._first = self._first and self.pending > 0
            self.looked_s = time.monotonic()

    def known(self) -> list[Known]:
        """What is known of every folder."""
        with self._lock:
            return [known for _, known in self._read.values() if known is not None]

    def snapshot(self) -> tuple[str, dict[str, Any]]:
        """The id of the newest event, and all rows and their summary as of it."""
        with self._lock:
            rows = list(self._rows.values())
            return self.identifier(self.last), {"rows": rows, "summary": self._summary, "pending": self.pending}

    def histories(self) -> list[Path]:
        """The folders that have a history of quality, the one that changed last first."""
        with self._lock:
            return sorted(self._catalogues, key=lambda at: -changed_ns(self._catalogues[at][0]))

    def identifier(self, number: int) -> str:
        """The id of an event, which another start of the server does not know."""
        return f"{self._epoch}-{number}"

    def since(self, identifier: str | None) -> int | None:
        """The number of the event that a client saw last; None where it has to begin anew."""
        epoch, _, number = (identifier or "").partition("-")
        if epoch != self._epoch or not number.isdecimal() or self.after(int(number)) is None:
            return None
        return int(number)

    def after(self, number: int) -> Sequence[Event] | None:
        """The events after one; None where some of them are not kept any more, or it never was."""
        with self._lock:
            if not self.last - len(self._events) <= number <= self.last:
                return None
            return [event for event in self._events if event.number > number]

    def _read_changed(self, found: dict[Path, Signature], reading_s: float) -> list[Known]:
        """Read the folders that changed, newest first; those that are new or other now."""
        for gone in self._read.keys() - found.keys():
            del self._read[gone]
        changed = [at for at, sign in found.items() if at not in self._read or self._read[at][0] != sign]
        changed.sort(key=lambda at: (-changed_ns(found[at]), str(at)))
        fresh: list[Known] = []
        stop_s = time.monotonic() + reading_s
        for n, at in enumerate(changed):
            if n and time.monotonic() > stop_s:
                self.pending = len(changed) - n
                return fresh
            known = read(self.root, at, found[at])
            before = self._read.get(at)
            self._read[at] = found[at], known
            if known is not None and known.perf is not None:
                old = before[1].perf if before is not None and before[1] is not None else None
                fresh += [known] if known.perf != old else []
        self.pending = 0
        return fresh

    def _read_catalogues(self, found: dict[Path, Signature]) -> None:
        """Runs that wait are in a catalogue alone."""
        roots = {at: sign for at, sign in found.items() if any(name in (CATALOGUE, HISTORY) for name, _, _ in sign)}
        for gone in self._catalogues.keys() - roots.keys():
            del self._catalogues[gone]
        for at, sign in roots.items():
            if at not in self._catalogues or self._catalogues[at][0] != sign:
                self._catalogues[at] = sign, list(_without_folder(self.root, at))

    def _now(self) -> dict[str, Row]:
        known = self.known()
        shares, now_s = mean_shares(one.shares for one in known), time.time()
        rows = {}
        for one in known:
            rows[one.run] = live(self._batch_root(one.folder), one, shares, now_s) if one.working else one.row
        tops = {run.rpartition("/")[0] for run in rows} | rows.keys()
        tops |= {at.relative_to(self.root).as_posix() for at in self._read}
        for _, said in self._catalogues.values():
            rows |= {row["run"]: row for row in said if row["run"] not in tops}
        return rows

    def _batch_root(self, folder: Path) -> Path:
        """The folder whose locks are those of a run: that of its batch, which may lie below or just above the root."""
        return batch_root(folder, self.root.parent) or self.root

    def _tell(self, rows: dict[str, Row], fresh: list[Known]) -> None:
        """Add the events that lead from the rows before to these."""
        changed = [row for run, row in rows.items() if _shown(self._rows.get(run)) != _shown(row)]
        gone = [run for run in self._rows if run not in rows]
        if changed or gone:
            for run in gone:
                del self._rows[run]
            self._rows |= {row["run"]: row for row in changed}
            self._summary = summary(self._rows.values())
            self._add("runs", {"rows": changed, "gone": gone, "summary": self._summary, "pending": self.pending})
        for known in () if self._first else fresh:
            self._add("perf", known.perf)

    def _add(self, name: str, data: Any) -> None:
        self.last += 1
        self._events.append(Event(self.last, name, json.dumps(data, allow_nan=False)))


def _shown(row: Row | None) -> Row | None:
    """A row without what only the clock changes."""
    return row and {name: value for name, value in row.items() if name != "eta_s"}


def _without_folder(root: Path, at: Path) -> Iterator[Row]:
    """The runs that a catalogue knows and that have not begun, under their names below the root."""
    if not (at / CATALOGUE).is_file():
        return
    above = at.relative_to(root)
    try:
        with Catalogue.read(at) as catalogue:
            for said in catalogue.rows("SELECT * FROM runs WHERE state IN ('waiting', 'failed')"):
                yield waiting({**said, "run": (above / said["run"]).as_posix()})
    except MtbsyncError:  # of a later version, or damaged: the folders tell the rest
        return
