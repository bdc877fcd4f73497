"""Writing files so that a crash leaves the old file or none: beside the target, then renamed over it."""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from mtbsync_core.errors import FormatError, UsageError

T = TypeVar("T")


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Yield a fresh path in the folder of `target`; on success it takes the target's name, on failure it is removed.

    The folder is made when missing. The scratch name keeps the target's suffix, since writers choose formats by it.

    Raises:
        UsageError: the folder cannot be made or written, or the target is held open by another program.
    """
    with _said_of(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{target.stem[:40]}-", suffix=target.suffix, dir=target.parent)
    os.close(handle)
    scratch = Path(name)
    try:
        if os.name == "posix":
            # mkstemp makes private files; a result is an ordinary file under the user's umask.
            umask = os.umask(0)
            os.umask(umask)
            scratch.chmod(0o666 & ~umask)
        yield scratch
        with _said_of(target):
            scratch.replace(target)
    finally:
        scratch.unlink(missing_ok=True)


_SCRATCH = re.compile(r"\..+-[a-z0-9_]{8}(\.\w+)?")
"""What `replacing` calls a file that it has not finished."""


def remove_scratch(folder: Path, stem: str = "") -> None:
    """Remove the unfinished files that a killed process left, of all names or of one; only of what is locked."""
    for path in folder.glob(f".{stem[:40]}*"):
        if _SCRATCH.fullmatch(path.name) and path.is_file():
            path.unlink(missing_ok=True)


@contextmanager
def _said_of(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UsageError(
            f"cannot write {target}: {error.strerror}",
            "Close the file in other programs, or choose a folder that you may write to with --out.",
        ) from error


def same_file(a: Path, b: Path) -> bool:
    """Whether two paths are one file on disk."""
    try:
        return a.samefile(b)
    except OSError:
        return False


def read_object(path: Path, encoding: str = "utf-8") -> dict[str, Any] | None:
    """The JSON object in a file; None where the file is missing, unreadable or something else.

    Args:
        encoding: `utf-8-sig` where a program that writes a byte order mark may have saved it.
    """
    try:
        data = json.loads(path.read_text(encoding=encoding))
    except (OSError, ValueError):
        return None
    return data if isinstance(data, dict) else None


def read_versioned(path: Path, schema: str, version: int, hint: str, made: Callable[[dict[str, Any]], T]) -> T | None:
    """What is made of the JSON object in a file of ours; None where there is no file.

    Args:
        schema, version: what the object says of itself; an earlier version is read, too.
        hint: what to do where the file is damaged.
        made: takes the object; it may raise ValueError, KeyError, TypeError or AttributeError where that is damaged.

    Raises:
        FormatError: the file cannot be read, is damaged, or of a later version.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["schema"] != schema or data["version"] > version:
            raise FormatError(f"{path} is of a later version of mtbsync", "Update mtbsync.")
        return made(data)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise FormatError(f"cannot read {path}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise FormatError(f"{path} is damaged: {error}", hint) from error


def stamp(path: Path | None) -> tuple[int, int] | None:
    """Time of change (ns) and size of a file, which tell that it was written again; None where it is not there."""
    try:
        status = path.stat() if path is not None else None
    except OSError:
        return None
    return None if status is None else (status.st_mtime_ns, status.st_size)


def add_content(digest: hashlib._Hash, path: Path) -> None:
    """Add to a digest the size of a file and its first, middle and last MiB: enough to tell recordings apart."""
    size, mebi = path.stat().st_size, 1 << 20
    digest.update(str(size).encode())
    with path.open("rb") as content:
        for start in (0, size // 2, max(0, size - mebi)):
            content.seek(start)
            digest.update(content.read(mebi))


_SPECIAL = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFDIR: "a folder",
}


def special_kind(path: Path) -> str:
    """What a path is that is no file, in words, so that nobody waits for a pipe; empty for a file, or where is none."""
    try:
        return _SPECIAL.get(stat.S_IFMT(path.stat().st_mode), "")
    except OSError:
        return ""


def refuse_special(path: Path) -> None:
    """Refuse what would be waited for: a named pipe, a device, a socket. Those that a shell makes of `<(…)` hold text.

    Raises:
        UsageError: it is one of them.
    """
    special = special_kind(path)
    if special not in ("", "a folder") and path.parent.name not in ("fd", "dev"):
        raise UsageError(f"{path} is {special}, not a file", "Name the file itself.")


def write_text(target: Path, text: str, *, newline: str = "\n") -> None:
    """Write `text` as UTF-8 with the given line ends, atomically."""
    with replacing(target) as scratch:
        scratch.write_text(text, encoding="utf-8", newline=newline)


def write_json(target: Path, data: Any) -> None:
    """Write `data` as indented UTF-8 JSON, atomically. NaN is refused: JSON has none."""
    text = json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False)
    # A file name that is no UTF-8 reaches Python with lone surrogates; as `\udcxx` they are JSON and come back.
    write_text(target, text.encode("utf-8", "backslashreplace").decode("utf-8") + "\n")
