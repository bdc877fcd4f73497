"""One run against another, in numbers: gap, sectors, the three places, and the curves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mtbsync_core.report.choice import Pair
from mtbsync_core.report.reasons import said_of
from mtbsync_core.report.rounded import all_rounded, rounded
from mtbsync_core.timing.compare import Delta, delta, losses, relative_delta
from mtbsync_core.timing.flags import Flag
from mtbsync_core.timing.lines import SectorLines
from mtbsync_core.timing.runs import Floats, TimedRun
from mtbsync_core.timing.sectors import sector_times
from mtbsync_core.timing.speed import kmh, ratio_of_speeds
from mtbsync_core.timing.why import Place, Speed, places

NOT_ALL = int(Flag.OUTSIDE | Flag.CUT | Flag.DETOUR)
"""With one of these a run did not ride the trail there, so that its time tells nothing; one who stood took longer, but
rode all of it.
"""
PLACES = 3
POINTS = 240
"""Of a curve: as many as can be told apart on half a page."""


def compared(runs: Sequence[TimedRun], lines: SectorLines, pair: Pair, *, pauses: bool) -> dict[str, Any]:
    """A comparison as it stands in the content of the report; positive is lost."""
    a, b = runs[pair.run], runs[pair.against]
    lost = losses(a, b, lines, pauses=pauses)
    first, last = float(lines.t_ref[0]), float(lines.t_ref[-1])
    relative = relative_delta(a, b, lines.t_ref[1:], span=(first, last))
    gap, margin = float(lost.total_s[-1]), float(lost.total_margin_s[-1])
    flags = sector_times([a, b], lines).flags
    same_way = ~np.asarray((flags & NOT_ALL).any(axis=0))
    sure = lost.sure & same_way
    found = [one for one in places(a, b, lines, most=len(sure), pauses=pauses) if sure[one.sector]][:PLACES]
    return {
        "run": a.name,
        "against": b.name,
        "against_is": pair.is_what,
        "gap_s": rounded(gap),
        "gap_half90_s": rounded(margin),
        "gap_sure": bool(abs(gap) > margin and same_way.all()),
        "same_way": bool(same_way.all()),
        "relative_gap": _worst(relative, lines) if same_way.all() else None,
        "sectors": [
            {
                "loss_s": rounded(lost.seconds[s]),
                "half90_s": rounded(lost.margin_s[s]),
                "sure": bool(sure[s]),
                "same_way": bool(same_way[s]),
                "cumulative_s": rounded(lost.total_s[s]),
                "cumulative_half90_s": rounded(lost.total_margin_s[s]),
                "relative_s": rounded(relative.seconds[s]),
                "relative_half90_s": rounded((relative.hi[s] - relative.lo[s]) / 2),
            }
            for s in range(len(lines.sectors))
        ],
        "places": [_place(runs, a, b, place) for place in found],
        "curve": _curve(runs, a, b, lines),
    }


def _worst(found: Delta, lines: SectorLines) -> dict[str, Any] | None:
    """The largest relative gap at a line, either way; None where it is not known, or there is no line between."""
    inner = found.seconds[:-1]
    if not np.isfinite(inner).any():
        return None
    n = int(np.nanargmax(np.abs(inner)))
    return {
        "line": lines.names[n + 1],
        "t_ref": rounded(float(lines.t_ref[n + 1])),
        "gap_s": rounded(found.seconds[n]),
        "half90_s": rounded((found.hi[n] - found.lo[n]) / 2),
    }


def _place(runs: Sequence[TimedRun], a: TimedRun, b: TimedRun, place: Place) -> dict[str, Any]:
    """One of the three places: what to look at, the speeds, and why; `t_ref` is where the run was slowest against the
    other one, for the pictures.
    """
    found = place.why
    moment = found.lowest.t_ref
    return {
        "sector": place.sector,
        "loss_s": rounded(place.lost_s),
        "half90_s": rounded(place.margin_s),
        "t_ref": rounded(moment),
        "from_s": rounded(place.span[0]),
        "to_s": rounded(place.span[1]),
        "clip_s": [rounded(t) for t in place.clip],
        "t_run": rounded(float(a.warp.to_new(moment))),
        "t_against": rounded(float(b.warp.to_new(moment))),
        "speed": _speeds(runs, a, b, place),
        "why": said_of(found),
        "causes": list(found.causes),
    }


def _speeds(runs: Sequence[TimedRun], a: TimedRun, b: TimedRun, place: Place) -> dict[str, Any]:
    """Of the sector's entry, just before time was lost, where it was slowest, and of the exit."""
    before = ratio_of_speeds(a, b, np.array([place.span[0]]))
    at = {
        "entry": place.why.entry,
        "before": Speed.of(before, np.array([place.span[0]]), 0),
        "lowest": place.why.lowest,
        "exit": place.why.exit,
    }
    told = kmh([a, b, *runs], np.array([speed.t_ref for speed in at.values()]))
    return {
        name: {
            "ratio": rounded(speed.ratio),
            "half90": rounded((speed.hi - speed.lo) / 2),
            "kmh": rounded(float(told[0, n]), 1),
            "against_kmh": rounded(float(told[1, n]), 1),
        }
        for n, (name, speed) in enumerate(at.items())
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
