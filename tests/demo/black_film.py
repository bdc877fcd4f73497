"""Recordings with what the sensors of a simulated run measured and black pictures: made in a tenth of a second."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from mtbsync_core.demo.encode import encode
from mtbsync_core.demo.metadata import add_metadata
from mtbsync_core.demo.parallel import metadata_of
from mtbsync_core.demo.plan import DemoOptions, RunPlan, plan
from mtbsync_core.demo.render import black

SIZE = (16, 16)


def planned(number: int = 0, **options: object) -> RunPlan:
    """One run of a pair: 0 the reference, 1 the new run."""
    return plan(DemoOptions(**options))[number]  # type: ignore[arg-type]  # options by name


def black_film(path: Path, run: RunPlan) -> Path:
    """A film as long as the run."""
    frames = len(run.schedule.frame_times(run.encoding.rate))
    encode(path, (black(*SIZE) for _ in range(frames)), *SIZE, replace(run.encoding, key_frame_s=5.0))
    if run.sensors is not None:
        add_metadata(path, *metadata_of(run, run.sensors))
    return path
