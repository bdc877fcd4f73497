"""The files that we put below `Fusion/Scripts`, and the manifest that names them.

A file counts as ours when the manifest names it with the content that it has. The manifest, `installed.json` beside the
installed package, also tells the scripts how to start the engine:

    {"engine": ["/abs/venv/bin/python", "-m", "mtbsync_core"], "version": "...", "scripts_dir": "...",
     "made_by": "mtbsync resolve install",
     "files": {"Utility/MTB Sync - Cancel.py": ["<SHA-256>"]}, "folders": ["Utility", ".", ".."]}

Names are relative to `Fusion/Scripts`. `folders` are those that were missing before. What writes or removes raises
OSError where it cannot.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from pathlib import Path, PurePosixPath
from typing import Any, Iterable, Mapping, Sequence

from .folders import MENU_FOLDER, OUR_FOLDER, PACKAGE

MANIFEST = "installed.json"
_MADE_BY = "mtbsync resolve install"
_OUR_FOLDERS = (MENU_FOLDER, OUR_FOLDER, f"{OUR_FOLDER}/{PACKAGE}")


def manifest_path(scripts: Path) -> Path:
    return scripts / OUR_FOLDER / PACKAGE / MANIFEST


def read_manifest(scripts: Path) -> dict[str, Any] | None:
    """What we installed, or None. Names that would lead out of our folders are dropped."""
    try:
        data = json.loads(manifest_path(scripts).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(data, dict) or data.get("made_by") != _MADE_BY or not isinstance(data.get("files"), dict):
        return None
    data["files"] = {name: list(hashes) for name, hashes in data["files"].items() if _may_be_named(name)}
    folders = data.get("folders")
    data["folders"] = [name for name in folders if isinstance(name, str)] if isinstance(folders, list) else []
    return data


def write_manifest(scripts: Path, manifest: Mapping[str, Any]) -> None:
    """Write the manifest, unless it is there already."""
    # ASCII: whatever reads it, in whatever locale, gets the same paths.
    data = (json.dumps({**manifest, "made_by": _MADE_BY}, indent=2) + "\n").encode("ascii")
    path = manifest_path(scripts)
    if state_of(path, (), data) != "same":
        write(path, data)


def state_of(path: Path, hashes: Sequence[str], data: bytes) -> str:
    """`missing`, `same` as `data`, `ours` (as one of `hashes`), or `foreign`. A link is never ours."""
    if path.is_symlink():
        return "foreign"
    try:
        there = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return "missing"
    except OSError:
        return "foreign"
    if there == data:
        return "same"
    return "ours" if digest(there) in hashes else "foreign"


def write(path: Path, data: bytes) -> None:
    """Write beside the target and rename, so that Resolve never sees half a file."""
    handle, name = tempfile.mkstemp(prefix=".mtbsync-", dir=str(path.parent))
    scratch = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        if os.name == "posix":
            scratch.chmod(0o644)  # mkstemp's files are private, and other users may start this Resolve too
        scratch.replace(path)
    except OSError:
        scratch.unlink()
        raise


def remove(path: Path, hashes: Sequence[str]) -> bool:
    """Remove a file that is as we wrote it; whether nothing is left of it."""
    if path.is_symlink():
        return False
    try:
        if digest(path.read_bytes()) not in hashes:
            return False
    except FileNotFoundError:
        return True
    path.unlink()
    return True


def make_folders(scripts: Path) -> list[str]:
    """Make our folders, see that they can be written, and name those that were missing, the way up to them too.

    Where that fails, what was made is gone again.
    """
    made: list[Path] = []
    try:
        for name in _OUR_FOLDERS:
            folder = scripts / name
            for path in reversed([path for path in (folder, *folder.parents) if not path.exists()]):
                path.mkdir()
                made.append(path)
            # Access rights say less than trying does: network drives, read-only disks, Windows.
            handle, scratch = tempfile.mkstemp(prefix=".mtbsync-", dir=str(folder))
            os.close(handle)
            Path(scratch).unlink()
    except OSError:
        _remove_empty(made)
        raise
    return [_name_of(path, scripts) for path in made]


def remove_folders(scripts: Path, names: Iterable[str]) -> None:
    """Remove those of the folders, named as `make_folders` does, that are empty now."""
    _remove_empty([path for path in (_folder_of(name, scripts) for name in names) if path is not None])


def digest(data: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def _may_be_named(name: str) -> bool:
    """Whether a manifest may name this file: directly in the menu's folder or in the package's, nowhere else."""
    path = PurePosixPath(name)
    inside = str(path.parent) in (MENU_FOLDER, f"{OUR_FOLDER}/{PACKAGE}")
    return inside and path.name not in ("..", MANIFEST) and not re.search(r"[\\:\0]", name)


def _name_of(path: Path, scripts: Path) -> str:
    if path in scripts.parents:
        return "/".join([".."] * (scripts.parents.index(path) + 1))
    return path.relative_to(scripts).as_posix()


def _folder_of(name: str, scripts: Path) -> Path | None:
    if name in (*_OUR_FOLDERS, "."):
        return scripts / name
    steps = name.split("/")
    if set(steps) == {".."} and len(steps) < len(scripts.parents):
        return scripts.parents[len(steps) - 1]
    return None


def _remove_empty(folders: Iterable[Path]) -> None:
    for folder in sorted(folders, key=lambda path: -len(path.parts)):
        if folder.is_dir() and not folder.is_symlink() and not any(folder.iterdir()):
            folder.rmdir()
