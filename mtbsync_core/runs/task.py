"""`Task`: a pair that a process works on, with what it needs to know, and `Worked`, what it says in the end.

Both go from process to process, and between machines.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Literal

from mtbsync_core.alignment.options import AlignOptions
from mtbsync_core.jobs.options import MarkingOptions, MeasuringOptions, RecordingOptions
from mtbsync_core.runs.pairing import Pair
from mtbsync_core.runs.run_file import content_digest


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkOptions:
    """What holds for all pairs of a batch."""

    align: AlignOptions = field(default_factory=AlignOptions)
    recording: RecordingOptions = field(default_factory=RecordingOptions)
    marking: MarkingOptions = field(default_factory=MarkingOptions)
    measuring: MeasuringOptions = field(default_factory=MeasuringOptions)

    def digest(self) -> str:
        """What tells these options from others."""
        told = json.dumps(asdict(replace(self, measuring=MeasuringOptions())), default=str, sort_keys=True)
        return hashlib.sha256(told.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Task:
    """A pair, and the root folder for what comes of it."""

    root: Path
    pair: Pair
    options: WorkOptions
    threads: int = 1


@dataclass(frozen=True, slots=True)
class Worked:
    """How the work on a run ended. `kept`: another process had done it; `running`: another process is doing it.

    `stop` says why no other pair can be done either.
    """

    run: str
    state: Literal["done", "failed", "kept", "running"]
    stop: str | None = None


def inputs_of(pair: Pair, reference: Path) -> dict[str, str]:
    """Digests of the files that a result is made of, by role.

    Raises:
        MediaError: one cannot be read.
    """
    files = {
        "reference": reference,
        "new": pair.new,
        "markers": pair.markers,
        "ref_gpx": pair.ref_gpx,
        "new_gpx": pair.new_gpx,
    }
    return {role: content_digest([path]) for role, path in files.items() if path is not None and path.is_file()}
