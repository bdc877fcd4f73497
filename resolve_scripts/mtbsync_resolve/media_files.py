"""Whether a clip of the media pool is a file with a moving picture that is there and may be read.

Values of properties are in the language of Resolve's interface, so none of their words is relied on.
"""

from __future__ import annotations

import stat
from pathlib import Path, PurePath
from typing import Any, Mapping

_STILLS = (
    *(".arw", ".avif", ".bmp", ".cin", ".cr2", ".cr3", ".dng", ".dpx", ".exr", ".gif", ".gpr", ".hdr", ".heic"),
    *(".heif", ".jp2", ".jpeg", ".jpg", ".nef", ".orf", ".png", ".psd", ".raf", ".rw2", ".svg", ".tga", ".tif"),
    *(".tiff", ".webp"),
)


class UnusableError(Exception):
    """An item that cannot be aligned; the text says why, to follow on "is skipped:"."""


def whole_number(value: object) -> int:
    """A property that counts frames, as a number; 0 where it is empty."""
    text = str(value or "")
    return int(text) if text.isdigit() else 0


def check_file(properties: Mapping[str, Any]) -> None:
    """Raises UnusableError for what has no moving picture in a file that is there and may be read."""
    path = str(properties.get("File Path") or "")
    if not path:
        raise UnusableError(
            "it is a compound clip or a nested timeline: decompose it (right-click: Decompose in Place); or a multicam"
            " clip: flatten it (right-click: Flatten Multicam Clip). Opening it does not help, since scripts see the"
            " timeline that it lies on"
        )
    if PurePath(path).suffix.lower() in _STILLS or whole_number(properties.get("Frames")) == 1:
        raise UnusableError("it is a still picture")
    why = why_unreadable(path)
    if why:
        raise UnusableError(why)


def why_unreadable(path: str) -> str:
    """Why nothing can be read from a file, to follow on "is skipped:"; '' where it can."""
    try:
        if not stat.S_ISREG(Path(path).stat().st_mode):
            return f"its file is no single file: {path}"
        with Path(path).open("rb"):
            return ""
    except PermissionError:
        return (
            f"this computer does not let DaVinci Resolve read its file: {path} (macOS: System Settings > Privacy &"
            " Security > Files and Folders; a network drive: sign in again)"
        )
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return f"its file is not there, or is no single file: {path}"
    except OSError:
        return f"its file cannot be reached: {path}"
