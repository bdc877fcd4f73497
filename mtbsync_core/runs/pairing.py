"""`Pair`: a new run, the reference or references that it may go with, and what belongs to them."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from mtbsync_core.files import same_file, special_kind
from mtbsync_core.runs.run_file import WhoseRun


@dataclass(frozen=True, slots=True)
class Pair:
    """What is compared; `name` is that of its folder. `problem` says why it cannot be."""

    name: str
    references: tuple[Path, ...]
    new: Path
    markers: Path | None = None
    ref_gpx: Path | None = None
    new_gpx: Path | None = None
    whose: WhoseRun = field(default_factory=WhoseRun)
    problem: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        files = {name: getattr(self, name) for name in ("new", "markers", "ref_gpx", "new_gpx")}
        return {
            "run": self.name,
            "references": [str(path) for path in self.references],
            **{name: str(path) if path is not None else None for name, path in files.items()},
            **asdict(self.whose),
            "problem": self.problem,
        }

    def checked(self) -> Pair:
        """With absolute paths, and with the problem that a file is missing."""
        files = [
            *(("reference", path) for path in self.references),
            ("new run", self.new),
            ("track of the reference", self.ref_gpx),
            ("track of the new run", self.new_gpx),
            ("marker file", self.markers if str(self.markers) != "hilights" else None),
        ]
        problem = self.problem
        for what, path in files:
            if path is not None and not path.is_file():
                kind = f"is {special_kind(path)}" if special_kind(path) else "is missing"
                problem = problem or f"the {what} {path} {kind}"
        if any(same_file(self.new, path) for path in self.references):
            problem = problem or f"{self.new.name} is both the reference and the new run"

        def whole(path: Path | None) -> Path | None:
            return path.absolute() if path is not None and str(path) != "hilights" else path

        return replace(
            self,
            references=tuple(path.absolute() for path in self.references),
            new=self.new.absolute(),
            markers=whole(self.markers),
            ref_gpx=whole(self.ref_gpx),
            new_gpx=whole(self.new_gpx),
            problem=problem,
        )
