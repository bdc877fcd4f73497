"""What an export did: the files, how many markers, what was lost or changed, and how an editor takes them in."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Issue:
    """One kind of loss or change: how many markers it touches, and in words what was done instead."""

    kind: str
    count: int
    text: str

    def __str__(self) -> str:
        return f"{self.count} x {self.text}" if self.count > 1 else self.text


@dataclass(frozen=True, slots=True)
class ExportReport:
    """The files written (none when there was nothing to write) and the number of markers in them."""

    files: tuple[Path, ...]
    written: int
    issues: tuple[Issue, ...] = field(default=())
    recipe: str = ""
    """For people: which menu, and what the editor's timeline must be set to."""

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON-ready data."""
        return {**asdict(self), "files": [str(file) for file in self.files], "issues": [asdict(i) for i in self.issues]}
