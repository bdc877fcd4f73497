"""A small trail pack of made-up pictures, quickly made."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from mtbsync_core.media.trail_file import write_trail
from mtbsync_core.telemetry.track import Motion, Telemetry
from mtbsync_core.telemetry.trail_sensors import sensor_arrays
from mtbsync_core.vision.features import Features
from mtbsync_core.vision.trail_index import TrailSamples, corner_arrays, index_arrays

SAMPLES = 12
SPACING_S = 0.5


def samples() -> TrailSamples:
    """Twelve pictures in six seconds."""
    rng = np.random.default_rng(1)
    corners = [
        Features(
            rng.uniform(-1, 1, (n, 2)).astype(np.float32), (4 * rng.integers(0, 8, (n, 128)) ** 2).astype(np.uint8)
        )
        for n in range(5, 5 + SAMPLES)
    ]
    return TrailSamples(
        np.arange(float(SAMPLES)) * SPACING_S,
        rng.normal(size=(SAMPLES, 8, 8, 16)).astype(np.float16),
        corners,
        [np.full((96, 192), 4 * n, np.uint8) for n in range(SAMPLES)],
    )


def motion() -> Motion:
    """Turning, and a stop at the end."""
    t_s = np.arange(60) / 10
    return Motion(t_s, np.sin(t_s), np.cos(t_s) ** 2, t_s > 5)


def made_pack(path: Path, *, arrays: dict[str, dict[str, Any]] | None = None, **about: Any) -> Path:
    """Write one. `arrays` and `about` replace what is in it, None takes it away."""
    seen, steps = samples(), np.full(180, 33_333)
    steps[0] = 0
    told: dict[str, Any] = {
        "media": {
            "rate": "30",
            "width": 1920,
            "height": 1080,
            "duration_s": 6.0,
            "n_frames": 180,
            "codec": "hevc",
            "creation_time": "2026-05-02T10:00:00Z",
        },
        "camera": {"model": "HERO11 Black", "lens": "W", "diagonal_deg": 140.0, "stabilised": True},
        "markers": [
            {"t_s": 2.0, "duration_s": 0.0, "name": "drop", "colour": "Red"},
            {"t_s": 4.0, "duration_s": 0.5, "name": "roots", "comment": "left line", "id": "m2"},
        ],
    }
    folders: dict[str, dict[str, Any]] = {
        "frames": {"steps_us": steps},
        "index": index_arrays(seen),
        "moments": corner_arrays(np.array([1.9, 2.0, 2.1]), seen.features[:3]),
        **sensor_arrays(Telemetry(motion=motion())),
    }
    for folder, changes in (arrays or {}).items():
        folders[folder].update(changes)
        folders[folder] = {name: array for name, array in folders[folder].items() if array is not None}
    write_trail(path, {name: value for name, value in {**told, **about}.items() if value is not None}, folders, {})
    return path
