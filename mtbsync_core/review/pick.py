"""What there is to open below some folders: results, recordings, marker files, warps."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from mtbsync_core.files import read_object
from mtbsync_core.jobs.results import MARKER_FILES, RUN_FILES
from mtbsync_core.media.container import VIDEOS

MARKERS = frozenset((".csv", ".tsv", ".edl", ".fcpxml", ".xml", ".otio", ".srt", ".vtt", ".txt", ".llc"))
MOST = 2000
"""Of each kind, those nearest to the root."""
DEPTH = 6
_OURS = frozenset((*RUN_FILES, *MARKER_FILES)) - {"new_markers.csv"}


def to_open(roots: Iterable[Path], shows: Any) -> dict[str, Any]:
    """Names below the roots, with slashes, by kind. Hidden files and folders are left out, and links that lead out.

    Args:
        shows: whether a path may be shown.
    """
    found: dict[str, list[Any]] = {"results": [], "videos": [], "markers": [], "timewarps": []}
    for root in roots:
        for path in _files(root):
            kind = _kind(path)
            if kind is None or len(found[kind]) >= MOST or not shows(path):
                continue
            name = path.relative_to(root).as_posix()
            if path.name == "timewarp.json":
                found["results"].append(_result(path, root))
            found[kind].append({"name": name, "bytes": path.stat().st_size, "changed": path.stat().st_mtime})
    full = any(len(names) >= MOST for names in found.values())
    return {"roots": [root.absolute().name or str(root) for root in roots], **found, "more": full}


def _files(root: Path) -> Iterator[Path]:
    """Files below a folder, those of nearer folders first."""
    level = [root]
    for _ in range(DEPTH):
        deeper: list[Path] = []
        for folder in level:
            try:
                entries = sorted(os.scandir(folder), key=lambda entry: entry.name.casefold())
            except OSError:
                continue
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                path = folder / entry.name
                try:
                    if entry.is_dir(follow_symlinks=False):
                        deeper.append(path)
                    elif entry.is_file():
                        yield path
                except OSError:
                    continue
        level = deeper


def _kind(path: Path) -> str | None:
    suffix = path.suffix.casefold()
    if path.name == "timewarp.json" or suffix == ".npz":
        return "timewarps"
    if ".aligned" in path.suffixes or path.name in _OURS:
        return None
    if suffix in VIDEOS:
        return "videos"
    return "markers" if suffix in MARKERS else None


def _result(timewarp: Path, root: Path) -> dict[str, Any]:
    said = read_object(timewarp) or {}
    names = [Path(str((said.get(side) or {}).get("path", ""))).name for side in ("ref", "new")]
    folder = timewarp.parent.relative_to(root).as_posix()
    return {
        "run": folder,
        "ref": names[0] or None,
        "new": names[1] or None,
        "verdict": said.get("verdict"),
        "changed": timewarp.stat().st_mtime,
        "reviewed": (timewarp.parent / "review.json").is_file(),
    }
