"""`write_pair`: two simulated runs of one trail with exact truth, as the files that a rider would have.

    sample_reference.mp4  sample_new.mp4              the runs
    sample_reference_markers.csv                      named places of the reference: name, t_ref, colour, comment
    sample_reference.gpx  sample_new.gpx              what a watch would have recorded: noise, and a bias of its own
    truth.csv                                         ref_s, new_s: matching moments, seconds on each file's clock

Truth holds because both runs ride one arc length. A stop is a creep of 2 cm, so the map stays invertible; a moment
within it is matched to one moment of the other run, while any moment of the stop would look the same.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mtbsync_core.demo.gpx import write_gpx
from mtbsync_core.demo.noise import Floats
from mtbsync_core.demo.parallel import render_side_by_side
from mtbsync_core.demo.plan import DemoOptions, RunPlan, plan
from mtbsync_core.demo.trail import Place
from mtbsync_core.files import replacing

_TRUTH_STEP_S = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class DemoPair:
    """The files, and the truth: matching moments `ref_s`, `new_s` of shape (N,), seconds; empty on different trails."""

    reference: Path
    new: Path
    markers: Path
    truth: Path
    gpx: tuple[Path, Path]
    ref_s: Floats
    new_s: Floats


def write_pair(
    folder: Path, options: DemoOptions | None = None, *, progress: Callable[[int, int], None] | None = None
) -> DemoPair:
    """Render both runs, each in a process of its own, and write all files into `folder`.

    `progress` is called with the frames done and their number. One seed gives one truth on every machine.
    """
    o = options or DemoOptions()
    ref, new = plan(o)
    folder.mkdir(parents=True, exist_ok=True)
    ref_s, new_s = truth_of(ref, new)
    pair = DemoPair(
        reference=folder / "sample_reference.mp4",
        new=folder / "sample_new.mp4",
        markers=folder / "sample_reference_markers.csv",
        truth=folder / "truth.csv",
        gpx=(folder / "sample_reference.gpx", folder / "sample_new.gpx"),
        ref_s=ref_s,
        new_s=new_s,
    )
    named = ((place.name, f"{t:.3f}", place.colour, place.comment) for place, t in places_of(ref))
    _write_rows(pair.markers, ("name", "t_ref", "colour", "comment"), named)
    moments = ((f"{a:.6f}", f"{b:.6f}") for a, b in zip(ref_s, new_s, strict=True))
    _write_rows(pair.truth, ("ref_s", "new_s"), moments)
    render_side_by_side([(ref, pair.reference), (new, pair.new)], progress)
    for run, path, bias in ((ref, pair.gpx[0], 0), (new, pair.gpx[1], 1)):
        write_gpx(path, run.ride(), np.random.default_rng([o.seed, 31, bias]), run.encoding.creation_time)
    return pair


def truth_of(ref: RunPlan, new: RunPlan) -> tuple[Floats, Floats]:
    """Matching moments (s) on the clocks of the two runs, shape (N,) each; empty where they ride different trails."""
    if ref.trail_seed != new.trail_seed:
        return np.zeros(0), np.zeros(0)
    ref_m, new_m = ref.schedule.s_m, new.schedule.s_m
    first, last = ref.schedule.time(np.array([max(ref_m[0], new_m[0]), min(ref_m[-1], new_m[-1])]))
    ref_s = np.arange(first, last, _TRUTH_STEP_S)
    return ref_s, new.schedule.time(ref.schedule.position(ref_s))


def places_of(run: RunPlan) -> Iterator[tuple[Place, float]]:
    """The named places that a run passes, with the time (s of its clock) at which it does."""
    for place in run.trail().places:
        if run.schedule.s_m[0] < place.s_m < run.schedule.s_m[-1]:
            yield place, float(run.schedule.time(np.array([place.s_m]))[0])


def _write_rows(path: Path, header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    with replacing(path) as scratch, scratch.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
