"""Paths as `file:` URLs and back, of every system on every system: a project may come from another computer."""

from __future__ import annotations

import ntpath
import posixpath
import re
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath
from urllib.parse import unquote


def target_url(path: PurePath) -> str:
    """The `file:` URL of a path, right for POSIX, Windows drives and UNC shares.

    A relative path is taken from the current folder. No `..` is left in it, which not all editors follow.

    >>> from pathlib import PureWindowsPath
    >>> target_url(PureWindowsPath("D:/my rides/GX010001.MP4"))
    'file:///D:/my%20rides/GX010001.MP4'
    """
    if isinstance(path, Path):
        path = path.absolute()
        # The folder above a linked one is not that above its name.
        path = path.parent.resolve() / path.name if ".." in path.parts else path
    elif ".." in path.parts:
        path = type(path)(_normal(path))
    return path.as_uri()


def _normal(path: PurePath) -> str:
    return (ntpath if isinstance(path, PureWindowsPath) else posixpath).normpath(str(path))


def path_of(url: str) -> PurePath:
    """The path of a `file:` URL, of Windows where it has a drive or a share; plain paths are taken as they are.

    >>> path_of("file://localhost/D%3a/my%20rides/GX010001.MP4")
    PureWindowsPath('D:/my rides/GX010001.MP4')
    """
    if not url.lower().startswith("file:"):
        windows = bool(re.match(r"[A-Za-z]:[\\/]|\\\\", url))
        return PureWindowsPath(url) if windows else PurePosixPath(url)
    host, _, path = url[5:].removeprefix("//").partition("/")
    path = unquote(path)
    if re.match(r"[A-Za-z]:", path):
        return PureWindowsPath(path)
    if host and host.lower() != "localhost":
        return PureWindowsPath(f"//{unquote(host)}/{path}")
    return PurePosixPath(f"/{path}")
