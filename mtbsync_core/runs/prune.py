"""`PruneJob`: delete old `perf.json` of many runs; the maps and markers of these runs stay."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from mtbsync_core.errors import UsageError
from mtbsync_core.files import read_object
from mtbsync_core.jobs.listener import Listener
from mtbsync_core.jobs.results import PERF_SCHEMA
from mtbsync_core.options import option

_NAME = "perf.json"
_OF_THE_ORIGINAL = {"timings", "fps", "cpu_pct", "ts"}
"""One of these is in every perf.json of mtbsync 0.10, which has no schema."""


class Pruned(NamedTuple):
    """What was found; `old` are those that were deleted, or would be, newest first."""

    kept: Sequence[Path]
    old: Sequence[Path]


@dataclass(frozen=True, slots=True, kw_only=True)
class PruneJob:
    """Where the runs are, and of how many of them `perf.json` stays."""

    root: Path = option(Path(), "--root", "The folder with the runs; those in folders below it too.")
    keep: int = option(200, "--keep", "How many of the newest perf.json stay.", minimum=0)
    dry_run: bool = option(False, "--dry-run", "Name the files and delete nothing.")

    def run(self, listener: Listener) -> Pruned:
        """Sort by time of change and delete all but the newest. Links are neither followed nor deleted, and a file of
        that name that another program wrote stays.

        Raises:
            UsageError: the folder is not there, or a file cannot be deleted.
        """
        if not self.root.is_dir():
            raise UsageError(f"{self.root} is no folder", "Give the folder with the runs: --root DIR.")
        found = []
        for path in _named(self.root):
            if _is_ours(path):
                found.append(path)
            else:
                listener.note(f"{path} is not of mtbsync and stays")
        found.sort(key=lambda path: (-path.stat().st_mtime_ns, str(path)))
        kept, old = found[: self.keep], found[self.keep :]
        for path in () if self.dry_run else old:
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                raise UsageError(f"cannot delete {path}: {error.strerror}", "Check the permissions.") from error
        return Pruned(kept, old)


def _named(root: Path) -> Iterator[Path]:
    for folder, _, names in os.walk(root):  # does not follow links
        path = Path(folder) / _NAME
        if _NAME in names and path.is_file() and not path.is_symlink():
            yield path


def _is_ours(path: Path) -> bool:
    data = read_object(path, "utf-8-sig")
    if data is None:
        return False
    return data.get("schema") == PERF_SCHEMA if "schema" in data else bool(_OF_THE_ORIGINAL & data.keys())
