"""Tables of results, as Markdown: a row for each set and method, its pairs pooled; real pairs have a row each."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from benchmarks.results import Result
from benchmarks.score import Score, figures

README = Path(__file__).with_name("README.md")

_COLUMNS = "set, method, pairs, verdict, median s, P90, P95, ≤ 0.3 s, ≤ 1 frame, covered, in own 90 %, s, × floor, MB"
_NAMES = {"ours-orb": "ours, `orb`", "xfeat": "ours, `xfeat`", "orb": "naive ORB voting", "original": "mtbsync 0.10.16"}
_NONE = "–"


_FAR_S = 1000
"""Errors above this, seconds, are all the same: a line that is nearly flat puts a moment centuries away."""


def leaderboard(results: Sequence[Result], methods: Sequence[str]) -> str:
    """The rows in the order of the results, within a set in that of `methods`; none where nothing was measured."""
    groups: dict[str, list[Result]] = {}
    for result in results:
        groups.setdefault(result.pair if result.of_set == "real" else result.of_set, []).append(result)
    columns = _COLUMNS.split(", ")
    lines = [cells(columns), "|---" * len(columns) + "|"]
    for name, group in groups.items():
        for method in methods:
            if rows := [r for r in group if r.method == method]:
                lines.append(_row(name, method, rows))
    return "\n".join(lines) + "\n"


def _row(name: str, method: str, group: Sequence[Result]) -> str:
    title = [name, _NAMES.get(method, method)]
    verdicts = Counter(result.verdict for result in group)
    said = ", ".join(verdict if len(verdicts) == 1 else f"{n} {verdict}" for verdict, n in verdicts.most_common())
    known = [result.errors for result in group if result.errors is not None]
    seconds = sum(r.seconds for r in group)
    peak = max(r.peak_mb for r in group)
    cost = [
        f"{seconds / len(group):.1f}",
        f"{seconds / sum(r.floor_s for r in group):.1f}",
        f"{peak:.0f}" if math.isfinite(peak) else _NONE,
    ]
    return cells([*title, str(len(group)), said, *scorecells(figures(known) if known else None), *cost])


def scorecells(s: Score | None) -> list[str]:
    """Median, P90, P95 in seconds and the four shares."""
    if s is None:
        return [_NONE] * 7
    shares = (s.within_03, s.within_frame, s.coverage, s.in_90)
    return [
        *(f"{value:.3f}" if value < _FAR_S else f"> {_FAR_S}" for value in (s.median, s.p90, s.p95)),
        *(f"{100 * share:.0f} %" if math.isfinite(share) else _NONE for share in shares),
    ]


def measured(label: str, days: Sequence[str] = ()) -> str:
    """The line above a table: when (ISO dates, today without any) and with which version it was measured."""
    when = sorted(days) or [date.today().isoformat()]
    return f"Measured {' to '.join(dict.fromkeys((when[0], when[-1])))}, version {label}.\n\n"


def write_part(mark: str, text: str) -> None:
    """Put a text between `<!-- mark -->` and `<!-- /mark -->` in the README of this folder."""
    content = README.read_text(encoding="utf-8")
    head, rest = content.split(f"<!-- {mark} -->\n", 1)
    tail = rest.split(f"<!-- /{mark} -->", 1)[1]
    marked = f"<!-- {mark} -->\n{text.rstrip()}\n<!-- /{mark} -->"
    README.write_text(head + marked + tail, encoding="utf-8", newline="\n")


def cells(texts: Sequence[str]) -> str:
    """A row of a Markdown table."""
    return f"| {' | '.join(texts)} |"
