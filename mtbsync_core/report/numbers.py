"""The content of `race_report.json`: all numbers of the report, made once for the page, the table and JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mtbsync_core.markers import Z90
from mtbsync_core.report.choice import Pair, pairs_to_show
from mtbsync_core.report.compared import NOT_ALL, compared
from mtbsync_core.report.load import Loaded
from mtbsync_core.report.rounded import rounded
from mtbsync_core.report.words import plus_minus
from mtbsync_core.runs.catalogue import now
from mtbsync_core.timing.best import TOLERANCE, Best, joinable_best, theoretical_best
from mtbsync_core.timing.day import day_effects
from mtbsync_core.timing.flags import Flag
from mtbsync_core.timing.line_choice import line_choices
from mtbsync_core.timing.lines import SectorLines
from mtbsync_core.timing.sectors import SectorTimes, sector_times
from mtbsync_core.version import __version__

NAME = "race_report"
"""What all files of a report are called."""
SCHEMA, VERSION = "mtbsync.report", 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is asked of the numbers; `of` and `against` as in `pairs_to_show`."""

    title: str
    of: str | None = None
    against: str | None = None
    pauses: bool = True
    tolerance: float = TOLERANCE


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """The content, and what pictures and films are made by: the comparisons in its order, and the joinable best."""

    content: dict[str, Any]
    pairs: Sequence[Pair]
    joinable: Best


def report_of(loaded: Loaded, lines: SectorLines, wish: Wish) -> Numbers:
    """All numbers of the report.

    Raises:
        UsageError: a run is named that is not there.
    """
    runs = loaded.runs
    times = sector_times(runs, lines, pauses=wish.pauses)
    pairs = pairs_to_show(runs, times, wish.of, wish.against)
    theoretical = theoretical_best(runs, lines, times)
    joinable = joinable_best(runs, lines, times, tolerance=wish.tolerance)
    content = {
        "schema": SCHEMA,
        "version": VERSION,
        "mtbsync": __version__,
        "written": now(),
        "title": wish.title,
        "pauses": "in" if wish.pauses else "out",
        "lines": [{"name": name, "t_ref": rounded(t)} for name, t in zip(lines.names, lines.t_ref, strict=True)],
        "sectors": [
            {"name": name, "from_s": rounded(a), "to_s": rounded(b)}
            for name, a, b in zip(lines.sectors, lines.t_ref[:-1], lines.t_ref[1:], strict=True)
        ],
        "runs": _runs(loaded, lines, times, sector_times(runs, lines.ends(), pauses=wish.pauses)),
        "best": {
            "tolerance": wish.tolerance,
            "theoretical": _best(loaded, lines, theoretical),
            "joinable": _best(loaded, lines, joinable),
        },
        "comparisons": [compared(runs, lines, pair, pauses=wish.pauses) for pair in pairs],
        "line_tags": _line_tags(loaded, lines, times),
        "fair_day": _fair_day(loaded, lines, times),
        "notes": list(loaded.notes),
    }
    return Numbers(content, pairs, joinable)


def _runs(loaded: Loaded, lines: SectorLines, times: SectorTimes, whole: SectorTimes) -> list[dict[str, Any]]:
    """A row for each run, the fastest first; those that did not ride the whole trail come last."""
    seconds, half = whole.seconds[:, 0], Z90 * whole.sigma_s[:, 0]
    clean = np.asarray(times.clean.all(axis=1))
    whole_trail = ~np.asarray((times.flags & NOT_ALL).any(axis=1))
    best = np.min(np.where(clean & np.isfinite(seconds), seconds, np.inf))
    labels = labelled([run.name for run in loaded.runs], [run.rider for run in loaded.runs])
    order = np.lexsort((seconds, ~whole_trail))
    return [
        {
            "run": run.name,
            "label": labels[n],
            "rider": run.rider,
            "bike": loaded.bikes.get(run.name, ""),
            "date": run.date,
            "is_reference": n == 0,
            "verdict": loaded.verdicts.get(run.name),
            "time_s": rounded(seconds[n]),
            "half90_s": rounded(half[n]),
            "gap_to_best_s": rounded(seconds[n] - best) if np.isfinite(best) and whole_trail[n] else None,
            "clean": bool(clean[n]),
            "whole_trail": bool(whole_trail[n]),
            "sectors": [
                {
                    "time_s": rounded(times.seconds[n, s]),
                    "half90_s": rounded(Z90 * times.sigma_s[n, s]),
                    "stood_s": rounded(times.stood_s[n, s]),
                    "clean": bool(times.clean[n, s]),
                    "flags": [
                        {"kind": (flag.name or "").casefold(), "text": flag.words[0]}
                        for flag in Flag
                        if flag in Flag(int(times.flags[n, s]))
                    ],
                    "line": run.tags.get(sector, ""),
                }
                for s, sector in enumerate(lines.sectors)
            ],
        }
        for n, run in ((int(n), loaded.runs[n]) for n in order)
    ]


def _best(loaded: Loaded, lines: SectorLines, best: Best) -> dict[str, Any] | None:
    """A best; None where a sector has no clean time."""
    if not np.isfinite(best.total_s):
        return None
    names = [run.name for run in loaded.runs]
    return {
        "time_s": rounded(best.total_s),
        "half90_s": rounded(best.margin_s),
        "runs": [names[n] for n in best.run],
        "seams": [
            {
                "line": lines.names[seam.line],
                "t_ref": rounded(float(lines.t_ref[seam.line])),
                "from": names[seam.before],
                "to": names[seam.behind],
                "speed_difference": rounded(seam.ratio - 1),
                "half90": rounded((seam.hi - seam.lo) / 2),
            }
            for seam in best.seams
        ],
    }


def _line_tags(loaded: Loaded, lines: SectorLines, times: SectorTimes) -> list[dict[str, Any]]:
    """A row for each line of each sector that has any; the verdict is of both and stands at the first."""
    return [
        {
            "sector": choice.sector,
            "line": line.tag,
            "n": line.n,
            "median_s": rounded(line.median_s),
            "spread_s": rounded(line.spread_s),
            "entry_ratio": rounded(line.entry),
            "exit_ratio": rounded(line.exit),
            "verdict": "" if n else choice.verdict,
            "gain_s": None if n or choice.gain_s is None else rounded(choice.gain_s),
            "gain_half90_s": None
            if n or choice.hi is None or choice.lo is None
            else rounded((choice.hi - choice.lo) / 2),
        }
        for choice in line_choices(loaded.runs, lines, times)
        for n, line in enumerate(choice.lines)
    ]


def _fair_day(loaded: Loaded, lines: SectorLines, times: SectorTimes) -> dict[str, Any] | None:
    """What days cost everybody; None where nothing can be told of days at all."""
    effects = day_effects(loaded.runs, times)
    if not effects:
        return None
    rows = [
        {
            "sector": effect.sector,
            "date": effect.date,
            "seconds": rounded(effect.seconds),
            "half_s": rounded((effect.hi - effect.lo) / 2),
            "sure": effect.sure,
        }
        for effect in effects
    ]
    told = [
        f"{lines.sectors[one.sector]} {'cost' if one.seconds > 0 else 'gave'} everybody {abs(one.seconds):.2f} s on "
        f"{one.date} ({plus_minus((one.hi - one.lo) / 2)}), whoever rode"
        for one in effects
        if one.sure and round(abs(one.seconds), 2)
    ]
    return {"effects": rows, "texts": told or ["No day was surely faster or slower for everybody."]}


def labelled(names: Sequence[str], riders: Sequence[str]) -> list[str]:
    """What runs are called on the page: the folder's name without what all have in common, and the rider.

    >>> labelled(["day/run 1", "day/run 2"], ["Ann", ""])
    ['run 1, Ann', 'run 2']
    """
    parts = [name.split("/") for name in names]
    shared = 0
    while all(len(one) > shared + 1 for one in parts) and len({one[shared] for one in parts}) == 1:
        shared += 1
    shorter = ["/".join(one[shared:]) for one in parts]
    return [f"{name}, {rider}" if rider else name for name, rider in zip(shorter, riders, strict=True)]
