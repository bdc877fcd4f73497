"""One run against another, in numbers: gap, sectors, the three places, and the curves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mtbsync_core.report.choice import Pair
from mtbsync_core.report.rounded import all_rounded, rounded
from mtbsync_core.timing.compare import delta, losses
from mtbsync_core.timing.lines import SectorLines
from mtbsync_core.timing.runs import Floats, TimedRun
from mtbsync_core.timing.speed import kmh, ratio_of_speeds

POINTS = 240
"""Of a curve: as many as can be told apart on half a page."""


def compared(runs: Sequence[TimedRun], lines: SectorLines, pair: Pair, *, pauses: bool) -> dict[str, Any]:
    """A comparison as it stands in the content of the report; positive is lost."""
    a, b = runs[pair.run], runs[pair.against]
    lost = losses(a, b, lines, pauses=pauses)
    gap, margin = float(lost.total_s[-1]), float(lost.total_margin_s[-1])
    return {
        "run": a.name,
        "against": b.name,
        "against_is": pair.is_what,
        "gap_s": rounded(gap),
        "gap_half90_s": rounded(margin),
        "gap_sure": bool(abs(gap) > margin),
        "relative_gap": None,
        "sectors": [
            {
                "loss_s": rounded(lost.seconds[s]),
                "half90_s": rounded(lost.margin_s[s]),
                "sure": bool(lost.sure[s]),
                "cumulative_s": rounded(lost.total_s[s]),
                "cumulative_half90_s": rounded(lost.total_margin_s[s]),
                "relative_s": None,
            }
            for s in range(len(lines.sectors))
        ],
        "places": [],
        "curve": _curve(runs, a, b, lines),
    }


def _curve(runs: Sequence[TimedRun], a: TimedRun, b: TimedRun, lines: SectorLines) -> dict[str, Any]:
    t = _moments(a, b, lines)
    found, speed = delta(a, b, t, start_s=float(lines.t_ref[0])), kmh([a, b, *runs], t)
    has_speed = bool(np.isfinite(speed[:2]).all(axis=0).mean() > 0.5)
    return {
        "t_ref": all_rounded(t),
        "delta_s": all_rounded(found.seconds),
        "half90_s": all_rounded((found.hi - found.lo) / 2),
        "speed_ratio": all_rounded(ratio_of_speeds(a, b, t).value),
        "speed_kmh": all_rounded(speed[0], 1) if has_speed else None,
        "against_speed_kmh": all_rounded(speed[1], 1) if has_speed else None,
    }


def _moments(a: TimedRun, b: TimedRun, lines: SectorLines) -> Floats:
    """Evenly from the first line to the last, with the lines themselves, and the edges of gaps and a moment in each."""
    first, last = float(lines.t_ref[0]), float(lines.t_ref[-1])
    edges = [
        t
        for warp in (a.warp, b.warp)
        for i in warp.gaps
        for t in (*warp.ref_s[i : i + 2], warp.ref_s[i : i + 2].mean())
    ]
    t = np.unique(np.concatenate([np.linspace(first, last, POINTS), lines.t_ref, np.array(edges, np.float64)]))
    return t[(t >= first) & (t <= last)]
