"""`Site`: what one server may show and change, and the runs below its roots."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from starlette.exceptions import HTTPException
from starlette.requests import Request

_RESULTS = (".json", ".csv", ".npz")
"""Files of a result, none of which may be a link that leads out of the roots: the folder may come from anybody."""
_WINDOWS = re.compile(r"[\\\\:]|[. ](/|$)|(^|/)(con|prn|aux|nul|com\d|lpt\d)(\.[^/]*)?(/|$)", re.IGNORECASE)
"""What leads elsewhere there: backslashes, drives, streams, ends that are dropped, devices."""


def is_below(name: str, *, windows: bool = os.name == "nt") -> bool:
    """Whether a name, with slashes, can only be that of something below a folder."""
    plain = not name.startswith("/") and "\0" not in name and ".." not in name.split("/")
    return plain and (not windows or name == "." or not _WINDOWS.search(name))


@dataclass(frozen=True, slots=True)
class Opened:
    """One result to look at: its warp, and the files that were named beside it.

    `ref` and `new` are recordings named by the user in place of those in the warp; `markers` likewise.
    """

    run: str
    folder: Path
    timewarp: Path | None
    ref: Path | None = None
    new: Path | None = None
    ref_markers: Path | None = None
    new_markers: Path | None = None


@dataclass(frozen=True, slots=True)
class Site:
    """The roots of one server, what may be written, and what was opened by name.

    A run is named by its folder below a root, with slashes; `given` holds those of the command line, by any name.
    """

    roots: tuple[Path, ...]
    allow_write: bool = False
    given: Mapping[str, Opened] = field(default_factory=lambda: MappingProxyType({}))
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    picked: dict[str, Opened] = field(default_factory=dict, init=False)
    """Files below the roots that were picked on a page, by the name that they have as a run."""

    def confined(self, name: str) -> Path:
        """The existing file or folder of that name below a root, symbolic links resolved.

        Raises:
            HTTPException: 404; it is not there or lies outside, and nobody learns which.
        """
        for root in self.roots:
            # Not even looked for: see `shows`.
            if not is_below(name):
                break
            try:
                found = (root / name).resolve(strict=True)
            except (OSError, ValueError, RuntimeError):
                continue
            if self.shows(found):
                return found
        raise HTTPException(404, "not found")

    def shows(self, path: Path) -> bool:
        """Whether a path, symbolic links resolved, lies below a root."""
        roots = [root.resolve() for root in self.roots]
        # Not even looked for: asking Windows for a file of another machine tells that machine who asks.
        if path.drive.startswith("\\\\") and not any(path.is_relative_to(root) for root in (*self.roots, *roots)):
            return False
        try:
            found = path.resolve()
        except (OSError, ValueError, RuntimeError):
            return False
        return any(found.is_relative_to(root) for root in roots)

    def opened(self, run: str) -> Opened:
        """The result of that name.

        Raises:
            HTTPException: 404; there is none.
        """
        named = self.given.get(run) or self.picked.get(run)
        if named is not None:
            return named
        folder = self.confined(run)
        timewarp = folder / "timewarp.json"
        if not timewarp.is_file() or not all(self.shows(path) for path in folder.iterdir() if path.suffix in _RESULTS):
            raise HTTPException(404, "not found")
        return Opened(run, folder, timewarp)


def site_of(request: Request) -> Site:
    """The site that a request is about."""
    found: Site = request.app.state.site
    return found
