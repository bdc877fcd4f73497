"""`Folders`: which folders of results below a root changed since the last look, at the cost of one stat for each.

Whatever mtbsync writes takes its name by a rename, and that changes the time of the folder. A folder whose time is the
old one is not read again; all are, now and then, for programs that write into a file in place.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from mtbsync_core.runs import progress, run_file
from mtbsync_core.runs.catalogue import NAME as CATALOGUE
from mtbsync_core.runs.history import HISTORY
from mtbsync_core.runs.record import INDEXES

_DEPTH = 4
"""Folders are looked for so deep below the root, as by `record.folders_of`."""
_ALL_EVERY_S = 20.0
"""Seconds between two looks into every folder."""
_COARSE_S = 2.5
"""A folder whose time is so near to now may change again within the same tick of its file system's clock (FAT: 2 s)."""
_OF_A_RUN = frozenset((run_file.NAME, "timewarp.json", "perf.json", "new_markers.csv", progress.NAME))
_MAKE_A_RUN = frozenset((run_file.NAME, "timewarp.json", "perf.json"))
_OF_A_ROOT = frozenset((CATALOGUE, f"{CATALOGUE}-wal", HISTORY))

Signature = tuple[tuple[str, int, int], ...]
"""Name, time of change (ns) and size of each file that says something of a run or a root."""


class _Seen:
    __slots__ = ("below", "changed_ns", "looked_s", "signature")

    def __init__(self) -> None:
        self.changed_ns, self.looked_s = -1, 0.0
        self.below: list[str] = []
        self.signature: Signature = ()


class Folders:
    """What lies below one root. Not for several threads at once."""

    def __init__(self, root: Path) -> None:
        self._root = str(root)
        self._seen: dict[str, _Seen] = {}
        self._all_s = 0.0

    def look(self) -> dict[Path, Signature]:
        """Every folder with files of a run or a root, and what tells whether they changed."""
        now_s = time.time()
        everything = abs(now_s - self._all_s) >= _ALL_EVERY_S
        if everything:
            self._all_s = now_s
        found: dict[Path, Signature] = {}
        seen: dict[str, _Seen] = {}
        waiting = [(self._root, _DEPTH)]
        while waiting:
            folder, depth = waiting.pop()
            one = self._one(folder, now_s, everything)
            if one is None:
                continue
            seen[folder] = one
            if one.signature:
                found[Path(folder)] = one.signature
            if depth:
                waiting += [(below, depth - 1) for below in one.below]
        self._seen = seen
        return found

    def _one(self, folder: str, now_s: float, everything: bool) -> _Seen | None:
        """What is known of a folder, read again where it may have changed; None of one that cannot be read."""
        one = self._seen.get(folder) or _Seen()
        try:
            changed_ns = Path(folder).stat().st_mtime_ns
            settled = one.looked_s - changed_ns / 1e9 > _COARSE_S
            if everything or changed_ns != one.changed_ns or not settled:
                one.signature, one.below = _read(folder)
                one.changed_ns, one.looked_s = changed_ns, now_s
        except OSError:
            return None
        return one


def is_run(signature: Signature) -> bool:
    """Whether a folder is one of a run."""
    return any(name in _MAKE_A_RUN for name, _, _ in signature)


def changed_ns(signature: Signature) -> int:
    """When the newest of its files changed."""
    return max((at for _, at, _ in signature), default=0)


def _read(folder: str) -> tuple[Signature, list[str]]:
    files, below = [], []
    with os.scandir(folder) as inside:
        for entry in inside:
            if entry.name in _OF_A_RUN or entry.name in _OF_A_ROOT:
                try:
                    found = entry.stat()
                except OSError:  # it has just been renamed or deleted
                    continue
                files.append((entry.name, found.st_mtime_ns, found.st_size))
            elif not entry.name.startswith(".") and entry.name != INDEXES and entry.is_dir(follow_symlinks=False):
                below.append(entry.path)
    return tuple(sorted(files)), below
