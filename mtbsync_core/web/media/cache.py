"""Where proxies are kept: a folder of the user's cache for each recording, by its contents, up to a limit together."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from mtbsync_core.files import add_content
from mtbsync_core.media.recording import Recording
from mtbsync_core.web.media.encoding import KEY_S, LINES

_MOST_BYTES = 8_000_000_000
_VERSION = 1
"""To be counted up when proxies are made in another way."""


def usual_folder() -> Path:
    """Where this user's proxies are."""
    from platformdirs import user_cache_path

    return user_cache_path("mtbsync", appauthor=False) / "proxies"


def folder_of(recording: Recording, cache: Path) -> Path:
    """Of one recording, by what its files hold and which part of them it is."""
    digest = hashlib.sha256()
    for file, frames in zip(recording.media.files, recording.frames, strict=True):
        add_content(digest, file.path)
        digest.update(f" {frames[0] if len(frames) else 0} {len(frames)}".encode())
    digest.update(f" {_VERSION} {LINES} {KEY_S}".encode())
    return cache / digest.hexdigest()[:32]


def prune(cache: Path, in_use: Collection[Path]) -> None:
    """Delete proxies that were not looked at for the longest time until the rest is within the limit."""
    folders = []
    with suppress(OSError):
        folders = [f for f in cache.iterdir() if f.is_dir() and not f.is_symlink() and f not in in_use]
    sizes = {f: sum(p.stat().st_size for p in f.iterdir()) for f in folders}
    total = sum(sizes.values())
    for folder in sorted(folders, key=lambda f: f.stat().st_mtime):
        if total <= _MOST_BYTES:
            return
        shutil.rmtree(folder, ignore_errors=True)
        total -= sizes[folder]
