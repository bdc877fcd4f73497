"""What the report says of all runs together: their sector times, the best that can be made of them, lines, days."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from mtbsync_core.report.markup import cell, head, items, number, section, table
from mtbsync_core.report.words import UNKNOWN, lap, plus_minus, seconds

Report = Mapping[str, Any]

_MANY_RUNS = 12
"""More runs with something to tell are told of sector by sector."""


def all_runs(report: Report) -> str:
    """The sector times of every run, the fastest whole run first; the best of each sector stands out."""
    best = report["best"]["theoretical"]
    fastest = best["runs"] if best is not None else [None] * len(report["sectors"])
    rows = []
    for run in report["runs"]:
        about = " · ".join(filter(None, (run["bike"], run["date"])))
        mark = ' <span class="tag">reference</span>' if run["is_reference"] else ""
        rows.append(
            head(run["label"], f'{mark}<small class="about">{escape(about)}</small>')
            + number(
                f"<b>{lap(run['time_s'])}</b>", plus_minus(run["half90_s"]), "" if run["whole_trail"] else "struck"
            )
            + number(seconds(run["gap_to_best_s"], sign=True, unit=False))
            + "".join(_time(one, best=run["run"] == fastest[n]) for n, one in enumerate(run["sectors"]))
        )
    columns = ["run", ">all", ">gap", *(f">{sector['name']}" for sector in report["sectors"])]
    return section(
        "All runs",
        table(columns, rows, "runs"),
        'Seconds, the fastest first. <span class="best">With a dot</span>: the best of the sector. '
        '<span class="struck">Struck</span>: not clean, so it counts for no best.',
    )


def _time(sector: Mapping[str, Any], *, best: bool) -> str:
    why = flags_of(sector)
    if sector["time_s"] is None:
        return number(UNKNOWN, kind="soft", title=why or "not known")
    kind = "best" if best else "" if sector["clean"] else "struck"
    return number(f"<span>{lap(sector['time_s'])}</span>", plus_minus(sector["half90_s"]), kind, why)


def flags_of(sector: Mapping[str, Any]) -> str:
    """Why a sector of a run is not clean, in words."""
    return "; ".join(flag["text"] for flag in sector["flags"])


def bests(report: Report) -> str:
    """The theoretical best, and the one whose sectors can be joined."""
    best = report["best"]
    if best["theoretical"] is None:
        return ""
    labels = {run["run"]: run["label"] for run in report["runs"]}
    rows = [
        head(name)
        + number(f"<b>{lap(one['time_s'])}</b>", plus_minus(one["half90_s"]))
        + "".join(cell(escape(labels.get(run, UNKNOWN))) for run in one["runs"])
        for name, one in (("theoretical", best["theoretical"]), ("joinable", best["joinable"]))
        if one is not None
    ]
    columns = ["", ">all", *(sector["name"] for sector in report["sectors"])]
    return section(
        "The best that can be made of these runs",
        table(columns, rows) + _seams(best["joinable"], labels),
        "Theoretical: the fastest clean time of each sector, a hair longer than measured, since the least of many is "
        "as a rule too small. Joinable: the best whose sectors fit together, since at "
        f"each line both runs are equally fast to {100 * best['tolerance']:.0f} %.",
    )


def _seams(joinable: Mapping[str, Any] | None, labels: Mapping[str, str]) -> str:
    if joinable is None:
        return '<p class="nothing">No clean sectors fit together all the way.</p>'
    if not joinable["seams"]:
        return '<p class="soft">It is one run from start to finish: there is no seam.</p>'
    return items(
        (
            f"<b>{escape(seam['line'])}</b>: from {escape(labels[seam['from']])} to {escape(labels[seam['to']])}, "
            f"speed {_of_hundred(seam['speed_difference'])} ± {max(1.0, 100 * seam['half90']):.0f} %"
            for seam in joinable["seams"]
        ),
        "seams",
    )


def _of_hundred(share: float) -> str:
    whole = round(100 * share)
    return f"{whole:+d}".replace("-", "−") if whole else "0"


def lines_taken(report: Report) -> str:
    """Which line was faster through which sector, or that there are not enough runs."""
    rows = [
        head(report["sectors"][one["sector"]]["name"])
        + cell(escape(one["line"]))
        + number(str(one["n"]))
        + number(lap(one["median_s"]))
        + number(UNKNOWN if one["spread_s"] is None else f"{one['spread_s']:.2f}")
        + cell(escape(one["verdict"]))
        for one in report["line_tags"]
    ]
    return section("Lines", table(["sector", "line", ">runs", ">median, s", ">spread, s", ""], rows))


def days(report: Report) -> str:
    """What the day cost everybody, where that is sure."""
    fair = report["fair_day"]
    return "" if fair is None else section("Fair day", items(map(escape, fair["texts"])))


def kept_out(report: Report) -> str:
    """Why a run's sector is not clean; of many runs those of one sector that say the same together."""
    names = [escape(sector["name"]) for sector in report["sectors"]]
    told = [
        (escape(run["label"]), name, escape(flags_of(one)))
        for run in report["runs"]
        for name, one in zip(names, run["sectors"], strict=True)
        if one["flags"]
    ]
    groups: dict[tuple[str, ...], list[str]] = {}
    if len({label for label, _, _ in told}) > _MANY_RUNS:
        for label, name, why in told:
            groups.setdefault((name, why), []).append(label)
        order = sorted(groups.items(), key=lambda group: names.index(group[0][0]))
        return section(
            "What is not clean", items(f"<b>{name}</b> {why}: {', '.join(runs)}" for (name, why), runs in order)
        )
    for label, name, why in told:
        groups.setdefault((label,), []).append(f"{name}: {why}")
    return section("What is not clean", items(f"<b>{label}</b> {'; '.join(why)}" for (label,), why in groups.items()))
