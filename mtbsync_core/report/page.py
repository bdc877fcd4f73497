"""The race report as one HTML file that needs nothing else: for a screen, a dark one too, for paper, and to send.

Everything on it is made of the content of `race_report.json` and of pictures; what comes from people or files is text.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from mtbsync_core.report.all_runs import all_runs, bests, days, kept_out, lines_taken
from mtbsync_core.report.comparison import Shown, comparison
from mtbsync_core.report.page_style import SCRIPT, STYLE
from mtbsync_core.report.words import clock

_POLICY = "default-src 'none'; img-src data:; media-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
_HOW = (
    "Times are taken at the sector lines, on the clock of the reference's video, from where the pictures of a run show "
    "the same places. Every ± is half of a 90 % interval: nine of ten true values lie within it. A difference that is "
    "smaller than its ± is grey: it is not known who was faster. A sector in which a run was cut, crashed, stopped, "
    "stood aside or rode elsewhere counts for no best. These are not certified times."
)


def page(report: Mapping[str, Any], shown: Mapping[tuple[str, str], Shown]) -> str:
    """The page as text.

    Args:
        report: the content of `race_report.json`.
        shown: pictures and clips of the places, by the run and the one it is compared with.
    """
    title = f"Where the time went: {report['title']}"
    found = report["comparisons"]
    panels = "".join(
        comparison(report, one, shown.get((one["run"], one["against"]), Shown()), first=n == 0)
        for n, one in enumerate(found)
    )
    rest = "".join((all_runs(report), bests(report), lines_taken(report), days(report), kept_out(report)))
    notes = "".join(f"<li>{escape(note)}</li>" for note in report["notes"])
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>"
        f'<header><div><p class="kicker">Where the time went</p><h1>{escape(report["title"])}</h1>'
        f'<p class="soft">{escape(_about(report))}</p></div>{_choosers(report)}</header>'
        f"<main>{panels or _alone()}{rest}"
        f'<section class="foot"><h2>How to read this</h2><p>{_HOW}</p>{f"<ul>{notes}</ul>" if notes else ""}'
        f'<p class="soft">mtbsync {escape(report["mtbsync"])}, {escape(report["written"][:10])}</p></section></main>'
        f"<script>{SCRIPT}</script></body></html>\n"
    )


def _about(report: Mapping[str, Any]) -> str:
    runs, lines = report["runs"], report["lines"]
    days = sorted({run["date"] for run in runs if run["date"]})
    span = "" if not days else days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"
    from_s, to_s = (clock(lines[n]["t_ref"]) for n in (0, -1))
    between = f"{len(report['sectors'])} sectors, {from_s} to {to_s} of the reference"
    pauses = "" if report["pauses"] == "in" else "pauses left out"
    return " · ".join(filter(None, (f"{len(runs)} runs", between, span, pauses)))


def _choosers(report: Mapping[str, Any]) -> str:
    """Which run, and against which; hidden where there is one comparison alone."""
    found = report["comparisons"]
    if len(found) < 2:
        return ""
    names = {run["run"]: run["label"] for run in report["runs"]}
    lists = []
    for key, what in (("run", "Run"), ("against", "against")):
        ids = list(dict.fromkeys(one[key] for one in found))
        options = "".join(f'<option value="{escape(name)}">{escape(names[name])}</option>' for name in ids)
        lists.append(f'<label>{what} <select id="choose-{key}">{options}</select></label>')
    return f'<div class="choosers">{"".join(lists)}</div>'


def _alone() -> str:
    return '<p class="nothing">There is no second run to compare with.</p>'
