"""Simulated recordings and their indexes, made once and kept: a frame costs 20 ms, and many pairs share a run.

A file is named by all that its pictures depend on, so a changed plan is another file. What is there is used again, and
a file appears only when it is complete: a benchmark that was stopped goes on where it was.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields, is_dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.footage import Footage, render
from mtbsync_core.alignment.options import AlignOptions
from mtbsync_core.demo.plan import RunPlan
from mtbsync_core.media.probe import probe
from mtbsync_core.vision.index import FrameIndex, described_again
from mtbsync_core.vision.index_file import cached_index, load_index, save_index

PICTURES = 1
"""Raise this when the simulator draws or plans differently, and everything is rendered anew."""

_LATER = {"sensors", "blackout_s", "scenes", "optics"}

Source = Footage | Path
"""A recording: one to be rendered, or a file that is there."""


def fingerprint(source: Source) -> str:
    """16 hexadecimal digits that name a recording: of its plan, or of the name and size of a file that is there."""
    plan = [source.name, source.stat().st_size] if isinstance(source, Path) else [PICTURES, _plain(source)]
    return hashlib.sha256(json.dumps(plan).encode()).hexdigest()[:16]


def render_path(cache: Path, source: Source) -> Path:
    """Where a recording is, or will be once it is rendered."""
    return source if isinstance(source, Path) else cache / "runs" / f"{fingerprint(source)}.mp4"


def file_of(cache: Path, source: Source) -> Path:
    """The file of a recording, rendered now if it is not there."""
    path = render_path(cache, source)
    if isinstance(source, Footage) and not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        render(source, path)
    return path


def index_of(cache: Path, source: Source, other: Source | None = None, *, threads: int = 2) -> FrameIndex:
    """The index of a recording as the program makes it by default, beside another one if told, kept in the cache."""
    media, options = probe(file_of(cache, source)), AlignOptions().index
    if other is not None:
        options = options.beside(media, probe(file_of(cache, other)))
    path = cache / "index" / f"{fingerprint(source)}{'-middle' if options.canvas else ''}.npz"
    path.parent.mkdir(parents=True, exist_ok=True)
    return cached_index(media, path, options, threads=threads)


def again_of(cache: Path, index: FrameIndex, *, threads: int = 2) -> FrameIndex:
    """What `align_indexes` asks for where the first describer leaves doubt: the samples by the second one, kept too."""
    path = cache / "index" / f"{index.key}-again.npz"
    if not path.exists():
        save_index(described_again(replace(index, features=()), threads=threads), path)
    return replace(load_index(path), features=index.features)


def _plain(value: Any) -> Any:
    """Dataclasses and arrays as JSON-ready data; numbers to the micrometre and microsecond."""
    if is_dataclass(value):
        told = {field.name: getattr(value, field.name) for field in fields(value)}
        if isinstance(value, RunPlan):  # what came later and is not used leaves a file its name
            told = {name: told[name] for name in told if told[name] is not None or name not in _LATER}
        return {name: _plain(item) for name, item in told.items()}
    if isinstance(value, np.ndarray):
        return hashlib.sha256(np.round(value, 6).tobytes()).hexdigest()
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, Fraction) else value
