"""Kept indexes of references, called by their content: whoever compares with the same recording finds the same file."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import Any

from mtbsync_core.alignment.options import AlignOptions
from mtbsync_core.files import remove_scratch
from mtbsync_core.jobs.listener import Listener
from mtbsync_core.lock import locked
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.runs.catalogue import now
from mtbsync_core.runs.record import INDEXES
from mtbsync_core.runs.run_file import content_digest, lock_of
from mtbsync_core.vision.index import FrameIndex, index_key, looked_at
from mtbsync_core.vision.index_file import cached_index


class KeptIndexes:
    """The kept indexes that one run uses. `made` says of those that it made what `run.json` says, by their keys."""

    def __init__(self, root: Path, options: AlignOptions, threads: int, listener: Listener) -> None:
        """Args: `root` is the folder of the batch; `options` and `threads` are those of the run."""
        self.options, self.threads = options, threads
        self.made: dict[str, dict[str, Any]] = {}
        self._root, self._listener = root, listener

    def of(self, reference: MediaInfo, new: MediaInfo) -> tuple[FrameIndex, dict[str, Any]] | None:
        """As `kept_index`; one that this run made before counts as made by it."""
        kept = kept_index(self._root, reference, new, self.options, self.threads, self._listener)
        if kept is None:
            return None
        index, known = kept
        if known["made"]:
            self.made[known["key"]] = {**known, "video": content_digest([reference.path])}
        return index, self.made.get(known["key"], known)


def kept_index(
    root: Path, ref: MediaInfo, new: MediaInfo, options: AlignOptions, threads: int, listener: Listener
) -> tuple[FrameIndex, dict[str, Any]] | None:
    """The reference's index, made where its file is missing or damaged, and what `run.json` says of it.

    Of several processes that want it at once one makes it, and the others wait. None where this pair cannot use a kept
    index, because the pictures of the two have other shapes.

    Raises:
        MediaError, EvidenceError: the reference cannot be used.
        UsageError: the index cannot be written.
    """
    if options.index_once.beside(ref, new).canvas is not None:
        return None
    shown = looked_at(ref, options.index)
    key = index_key(shown, options.index)
    path = root / INDEXES / f"{key}.npz"
    with locked(lock_of(root, f"{INDEXES}/{key}"), wait_s=None):
        before, start = _stamp(path), time.perf_counter()
        if before is None and path.parent.is_dir():
            remove_scratch(path.parent, path.stem)
        progress = partial(listener.stage, "reference")
        made = cached_index(shown, path, options.index, threads=threads, progress=progress)
        known: dict[str, Any] = {"key": key, "made": _stamp(path) != before, "samples": len(made.t_s)}
        if known["made"]:
            known |= {"seconds": round(time.perf_counter() - start, 3), "made_at": now()}
    return made, known


def _stamp(path: Path) -> tuple[int, int] | None:
    """What changes when a file is written anew."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino
