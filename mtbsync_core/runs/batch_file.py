"""`batch.json`: what a batch was asked for, so that it can be gone on with from anywhere."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mtbsync_core.errors import FormatError, UsageError
from mtbsync_core.files import read_versioned, write_json

NAME = "batch.json"
SCHEMA = "mtbsync.batch"
VERSION = 1
_PATHS = ("input_dir", "reference", "new", "manifest", "markers")
LOG = "batch.log"
"""What a batch says that was started from a page."""


def save_batch(root: Path, job: Any) -> None:
    """Write a `BatchJob` into its root, with absolute paths; `--options` of the same verb takes it.

    Not with it: what is said by where the file lies, or that holds for one start alone.
    """
    options = asdict(job)
    for name in ("out", "resume", "dry_run", "scheduler"):
        del options[name]
    options["plan"] |= {name: _absolute(options["plan"][name]) for name in _PATHS}
    plain = json.loads(json.dumps(options, default=str))
    write_json(root / NAME, {"schema": SCHEMA, "version": VERSION, "options": plain})


def resuming(root: Path) -> list[str]:
    """The command, as a process is started with it, that goes on with the batch of a root.

    Raises:
        UsageError: nothing is known of a batch there.
        FormatError: the file is damaged, or names a cluster, which no batch writes into it.
    """
    hint = "Run mtbsync batch with --resume."
    found = read_versioned(root / NAME, SCHEMA, VERSION, hint, lambda data: dict(data["options"]))
    if found is None:
        raise UsageError(f"there is no {NAME}, so how the batch was asked for is not known", hint)
    if found.keys() & {"out", "scheduler"}:
        raise FormatError(f"{NAME} was not written by mtbsync", hint)
    options = ["--options", str(root / NAME), "--out-dir", str(root), "--resume"]
    return [sys.executable, "-m", "mtbsync_core", "batch", *options]


def _absolute(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_absolute(one) for one in value]
    return value if value is None or str(value) == "hilights" else str(Path(value).absolute())
