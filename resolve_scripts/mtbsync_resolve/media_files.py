"""Whether a clip of the media pool is a file with a moving picture that is there and may be read.

Values of properties are in the language of Resolve's interface, so none of their words is relied on.
"""

from __future__ import annotations

import stat
from pathlib import Path, PurePath
from typing import Any, Mapping

from .texts import text

_STILLS = (
    *(".arw", ".avif", ".bmp", ".cin", ".cr2", ".cr3", ".dng", ".dpx", ".exr", ".gif", ".gpr", ".hdr", ".heic"),
    *(".heif", ".jp2", ".jpeg", ".jpg", ".nef", ".orf", ".png", ".psd", ".raf", ".rw2", ".svg", ".tga", ".tif"),
    *(".tiff", ".webp"),
)


class UnusableError(Exception):
    """An item that cannot be aligned; the text says why, to follow on "is skipped:"."""


def whole_number(value: object) -> int:
    """A property that counts frames, as a number; 0 where it is empty."""
    figures = str(value or "")
    return int(figures) if figures.isdigit() else 0


def check_file(properties: Mapping[str, Any]) -> None:
    """Raises UnusableError for what has no moving picture in a file that is there and may be read."""
    path = str(properties.get("File Path") or "")
    if not path:
        raise UnusableError(text("why_compound"))
    if PurePath(path).suffix.lower() in _STILLS or whole_number(properties.get("Frames")) == 1:
        raise UnusableError(text("why_still"))
    why = why_unreadable(path)
    if why:
        raise UnusableError(why)


def why_unreadable(path: str) -> str:
    """Why nothing can be read from a file, to follow on "is skipped:"; '' where it can."""
    try:
        if not stat.S_ISREG(Path(path).stat().st_mode):
            return text("why_no_file", path=path)
        with Path(path).open("rb"):
            return ""
    except PermissionError:
        return text("why_forbidden", path=path)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return text("why_missing", path=path)
    except OSError:
        return text("why_unreachable", path=path)
