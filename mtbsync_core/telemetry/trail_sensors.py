"""What a trail pack keeps of sensors: how the camera moved (folder `motion`) and, where it was asked for, the track of
its own receiver (folder `track`).
"""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.media.trail_file import TrailFile, open_trail
from mtbsync_core.telemetry.track import Motion, Telemetry, Track

Sampled = TypeVar("Sampled", Motion, Track)

_FLAGS = ("still", "known")
_SOURCE = "track_source"
"""In `trail.json`."""


def sensors_about(telemetry: Telemetry) -> dict[str, Any]:
    """What `trail.json` says of the sensors that are kept."""
    return {_SOURCE: telemetry.own.source} if telemetry.own is not None else {}


def sensor_arrays(telemetry: Telemetry) -> dict[str, dict[str, NDArray[Any]]]:
    """The folders of what is known by the recording's own sensors."""
    kept = {"motion": telemetry.motion, "track": telemetry.own}
    return {folder: _arrays(found) for folder, found in kept.items() if found is not None}


def trail_telemetry(path: Path) -> Telemetry:
    """What a trail pack keeps of sensors, on the recording's clock. Errors as `open_trail`."""
    trail = open_trail(path)
    track = _read(trail, "track", Track, source=str(trail.about.get(_SOURCE, "")))
    return Telemetry(track, _read(trail, "motion", Motion), track)


def _arrays(found: Motion | Track) -> dict[str, NDArray[Any]]:
    arrays = {f.name: getattr(found, f.name) for f in fields(found)}
    return {name: array for name, array in arrays.items() if isinstance(array, np.ndarray)}


def _read(trail: TrailFile, folder: str, kind: type[Sampled], **more: str) -> Sampled | None:
    arrays = trail.arrays(folder)
    if not arrays:
        return None
    names = [f.name for f in fields(kind) if f.name not in ("source", "timed")]
    found = {name: arrays.get(name, np.zeros(0)) for name in names}
    t_s = found["t_s"]
    whole = t_s.ndim == 1 and len(t_s) >= 2 and all(array.shape == t_s.shape for array in found.values())
    right = whole and all((array.dtype == bool) == (name in _FLAGS) for name, array in found.items())
    if not right or not all(np.isfinite(array).all() for array in found.values()) or (np.diff(t_s) <= 0).any():
        raise trail.damaged(f"{folder} by its sensors")
    values: dict[str, Any] = {**found, **more}
    return kind(**values)
