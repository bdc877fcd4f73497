"""`run.json`: what one run is, in its folder of results: of which recordings, in what state, and whose it was.

It is the truth about a run; the catalogue is made of it. It is written when work begins (`running`) and when it ends,
so one that says `running` while nobody holds its lock was interrupted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal

from mtbsync_core.errors import MediaError
from mtbsync_core.files import add_content, read_versioned, write_json
from mtbsync_core.lock import is_held
from mtbsync_core.options import option
from mtbsync_core.runs.catalogue import now

NAME = "run.json"
LOCKS = ".locks"
"""Where the locks of runs and indexes lie, below the root."""
SCHEMA = "mtbsync.run"
VERSION = 1

State = Literal["waiting", "running", "interrupted", "done", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WhoseRun:
    """Whose run it was, apart from whose file it is."""

    rider: str | None = option(None, "--rider", "Who rode the new run.")
    bike: str | None = option(None, "--bike", "On which bike.")
    date: str | None = option(None, "--date", "When, as you write dates; best 2026-05-31.")
    notes: str | None = option(None, "--notes", "Anything else about the run.")

    def over(self, other: WhoseRun) -> WhoseRun:
        """These, and those of `other` where there is none here; an empty text takes away."""
        said = {name: value for name, value in asdict(self).items() if value is not None}
        return WhoseRun(**{name: value or None for name, value in {**asdict(other), **said}.items()})


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFile:
    """The content of `run.json`. Paths are absolute; times are UTC."""

    reference: str
    new: str
    markers: str | None = None
    inputs: dict[str, str] = field(default_factory=dict)
    """Digest of each recording and marker file that was read, by role: reference, new, markers."""
    options: str = ""
    """Digest of the options."""
    whose: WhoseRun = field(default_factory=WhoseRun)
    state: State = "running"
    ride: int | None = None
    """Of a recording that holds several rides: the number of this one, as `--pass` takes it."""
    rides: list[list[float]] | None = None
    """Of a recording that holds several: the window of each, seconds. Each has its folder `ride-N` in this one."""
    started_at: str = ""
    ended_at: str | None = None
    seconds: float | None = None
    error: dict[str, Any] | None = None
    index: dict[str, Any] | None = None
    """The kept index of the reference: key, video, samples, seconds to make it, and whether this run made it."""
    other_indexes: list[dict[str, Any]] = field(default_factory=list)
    """Likewise, those of other references that this run made when it chose among them."""
    events: list[dict[str, str]] = field(default_factory=list)

    def told(self, kind: str, text: str) -> RunFile:
        """With one more event."""
        return replace(self, events=[*self.events, {"at": now(), "kind": kind, "text": text}])

    def save(self, folder: Path) -> None:
        """Write it, atomically."""
        write_json(folder / NAME, {"schema": SCHEMA, "version": VERSION, **asdict(self)})


def load_run(folder: Path) -> RunFile | None:
    """What is told of a run; None where nothing is.

    Raises:
        FormatError: it is damaged, or of a later version.
    """

    def made(data: dict[str, Any]) -> RunFile:
        known = {f.name: data[f.name] for f in fields(RunFile) if f.name in data}
        whose = {f.name: known["whose"].get(f.name) for f in fields(WhoseRun)}
        return RunFile(**{**known, "whose": WhoseRun(**whose)})

    return read_versioned(folder / NAME, SCHEMA, VERSION, "Delete it, and run the batch again with --resume.", made)


def lock_of(root: Path, run: str) -> Path:
    """The lock that whoever works on a run holds."""
    return root / LOCKS / f"{hashlib.sha256(run.encode('utf-8', 'surrogateescape')).hexdigest()[:24]}.lock"


def batch_root(folder: Path, highest: Path) -> Path | None:
    """The root of the batch that a run's folder is of: the nearest above it with locks, up to `highest`; None: none."""
    for above in folder.parents:
        if (above / LOCKS).is_dir():
            return above
        if above == highest:
            break
    return None


def state_of(root: Path, run: str, found: RunFile | None) -> State:
    """The state of a run: what its file says, and whether anybody works on one that is `running`."""
    if found is None:
        return "waiting"
    return "interrupted" if found.state == "running" and not is_held(lock_of(root, run.split("/")[0])) else found.state


def content_digest(paths: Iterable[Path]) -> str:
    """What tells the content of a recording, or of another file, from that of others, wherever it lies.

    Raises:
        MediaError: one cannot be read.
    """
    digest = hashlib.sha256()
    for path in paths:
        try:
            add_content(digest, path)
        except OSError as error:
            raise MediaError(f"cannot open {path}: {error.strerror}") from error
    return digest.hexdigest()[:32]
