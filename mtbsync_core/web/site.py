"""`Site`: what one server may show and change, and the runs below its roots."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from starlette.exceptions import HTTPException


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

    def confined(self, name: str) -> Path:
        """The existing file or folder of that name below a root, symbolic links resolved.

        Raises:
            HTTPException: 404; it is not there or lies outside, and nobody learns which.
        """
        for root in self.roots:
            try:
                found = (root / name).resolve(strict=True)
            except (OSError, ValueError, RuntimeError):
                continue
            if found.is_relative_to(root.resolve()):
                return found
        raise HTTPException(404, "not found")

    def opened(self, run: str) -> Opened:
        """The result of that name.

        Raises:
            HTTPException: 404; there is none.
        """
        if run in self.given:
            return self.given[run]
        folder = self.confined(run)
        timewarp = folder / "timewarp.json"
        if not timewarp.is_file():
            raise HTTPException(404, "not found")
        return Opened(run, folder, timewarp)
