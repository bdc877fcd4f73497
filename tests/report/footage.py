"""The day of racing as recordings: simulated rides of one trail, each losing time where `made.RIDDEN` says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from mtbsync_core.demo.parallel import render_side_by_side
from mtbsync_core.demo.plan import DemoOptions, plan
from mtbsync_core.demo.rider import Schedule
from mtbsync_core.media.probe import probe
from tests.report.made import RIDDEN, SECONDS, Ridden, warp_of, write_run

OPTIONS = DemoOptions(seed=11, seconds=SECONDS, width=640, height=360, rate=Fraction(3), telemetry=False)
_STARTS_S = 1.0


def filmed(root: Path, ridden: Sequence[Ridden] = RIDDEN[:3]) -> Path:
    """A root with the results of these runs, the recordings beside them."""
    root.mkdir(parents=True)
    ref, new = plan(OPTIONS)
    reference, jobs = root / "trail.mp4", []
    for n, one in enumerate(ridden):
        warp = warp_of(one, _STARTS_S)
        t = np.arange(float(warp.ref_s[0]), float(warp.ref_s[-1]), 0.05)
        schedule = Schedule(warp.to_new(t), ref.schedule.position(t))
        run = replace(new, schedule=schedule, run_seed=(*new.run_seed[:-1], 40 + n), style=ref.style)
        jobs.append((run, root / f"{one.name}.mp4"))
    for both in ([(ref, reference), jobs[0]], *(jobs[n : n + 2] for n in range(1, len(jobs), 2))):
        render_side_by_side(both, None)
    for one, (_, path) in zip(ridden, jobs, strict=True):
        write_run(root, one, recordings=(probe(reference), probe(path)), start_s=_STARTS_S)
    return root
