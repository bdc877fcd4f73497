"""One run against another: the gap, the three places with their pictures, the curve, the table of sectors."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any

from mtbsync_core.report.all_runs import flags_of
from mtbsync_core.report.charts import delta_chart, loss_bar, speed_chart
from mtbsync_core.report.markup import cell, head, items, number, section, table
from mtbsync_core.report.words import UNKNOWN, clock, lap, percent, plus_minus, seconds, standing


@dataclass(frozen=True, slots=True)
class Shown:
    """What can be seen of the places of a comparison, by the number of the place from 0."""

    pictures: Mapping[tuple[int, str], bytes] = field(default_factory=dict)
    """WebP by place and side (`against` or `run`)."""
    clips: Mapping[int, bytes] = field(default_factory=dict)
    """Six seconds side by side, MP4."""


def comparison(report: Mapping[str, Any], found: Mapping[str, Any], shown: Shown, *, first: bool) -> str:
    """The part of the page about one comparison; all but the first are hidden until they are chosen."""
    labels = {run["run"]: run["label"] for run in report["runs"]}
    run, other = escape(labels[found["run"]]), escape(labels[found["against"]])
    kind = f", {escape(found['against_is'])}" if found["against_is"] else ""
    speed = speed_chart(found, report["sectors"])
    by_gps = found["curve"]["speed_kmh"] is not None
    what = "km/h of both, by GPS" if by_gps else "how fast along the trail, in percent of the other run's speed there"
    curves = delta_chart(found, report["sectors"], report["lines"])
    curves += f'<p class="caption below">Speed: {what}</p>{speed}' if speed else ""
    hidden = "" if first else " hidden"
    which = f'data-run="{escape(found["run"])}" data-against="{escape(found["against"])}"'
    stands = standing(found["gap_s"] if found["same_way"] else None, sure=found["gap_sure"])
    return (
        f'<article class="comparison" {which}{hidden}>'
        f'<section class="hero">{_gap(found)}<p><b class="run">{run}</b> {stands} '
        f'<b class="against">{other}</b>{kind}{_relative(found)}</p></section>'
        + _places(report, found, shown)
        + section("Sector by sector", _table(report, found))
        + section(
            "Time delta along the trail",
            curves,
            "Above the line: behind. The band is the 90 % interval. Grey: smaller than what is known. "
            '<output class="readout"></output>',
        )
        + "</article>"
    )


def _gap(found: Mapping[str, Any]) -> str:
    if found["gap_s"] is None or not found["same_way"]:
        why = "the last line is not in both" if found["gap_s"] is None else "not both rode all of the trail"
        return f'<p class="big unsure">not known<small>{why}</small></p>'
    return (
        f'<p class="big {_kind(found["gap_s"], sure=found["gap_sure"])}">{seconds(found["gap_s"], sign=True)}'
        f"<small>{plus_minus(found['gap_half90_s'], unit=True)}</small></p>"
    )


def _relative(found: Mapping[str, Any]) -> str:
    """The gap with start and finish made equal, where it is largest."""
    worst = found["relative_gap"]
    if worst is None:
        return ""
    return (
        f'<br><span class="soft">Relative gap, start and finish made equal: at its largest '
        f"{seconds(worst['gap_s'], sign=True)} {plus_minus(worst['half90_s'])} at {escape(worst['line'])}</span>"
    )


def _kind(value: float, *, sure: bool) -> str:
    return ("lost" if value > 0 else "gained") if sure else "unsure"


def _places(report: Mapping[str, Any], found: Mapping[str, Any], shown: Shown) -> str:
    places = found["places"]
    if not places:
        none = "No sector was surely lost: every loss here is smaller than what is known of it."
        return section("Three places", f'<p class="nothing">{none}</p>')
    number = {1: "The one place", 2: "The two places"}.get(len(places), "The three places")
    cards = "".join(_place(report, place, n, shown) for n, place in enumerate(places))
    return section(f"{number} where most was surely lost", f'<div class="places">{cards}</div>')


def _place(report: Mapping[str, Any], place: Mapping[str, Any], n: int, shown: Shown) -> str:
    name = escape(report["sectors"][place["sector"]]["name"])
    loss = f"{seconds(place['loss_s'], sign=True)}<small>{plus_minus(place['half90_s'])}</small>"
    pictures = "".join(
        _picture(side, said, place[f"t_{side}"], shown.pictures.get((n, side)))
        for side, said in (("against", "faster"), ("run", "this run"))
    )
    why = items(map(escape, place["why"]), "why") or '<p class="soft">Why is not known for sure.</p>'
    return (
        f'<div class="card"><h3><span class="number">{n + 1}</span><span>{name}</span><b class="lost">{loss}</b></h3>'
        + (f'<div class="pictures">{pictures}</div>' if pictures else "")
        + _film(shown.clips.get(n))
        + f"{_speeds(place['speed'])}{why}</div>"
    )


def _picture(side: str, said: str, at_s: float | None, webp: bytes | None) -> str:
    if webp is None or at_s is None:
        return ""
    data, words = base64.b64encode(webp).decode("ascii"), f"{said}, {clock(at_s)} of its video"
    image = f'<img src="data:image/webp;base64,{data}" alt="{words}">'
    return f'<figure class="{side}">{image}<figcaption>{words}</figcaption></figure>'


def _film(mp4: bytes | None) -> str:
    if mp4 is None:
        return ""
    data = base64.b64encode(mp4).decode("ascii")
    video = f'<video controls loop muted playsinline preload="none" src="data:video/mp4;base64,{data}"></video>'
    return f"<details><summary>Six seconds side by side</summary>{video}</details>"


def _speeds(speed: Mapping[str, Any]) -> str:
    """Speeds on the way through the place: ratios, or km/h of both where they are known."""
    cells = []
    for name, one in speed.items():
        if one["kmh"] is not None and one["against_kmh"] is not None:
            text = f"{one['kmh']:.0f}<small>against {one['against_kmh']:.0f} km/h</small>"
        elif one["ratio"] is None:
            text = UNKNOWN
        else:
            text = f"{percent(one['ratio'])}<small>± {max(1.0, 100 * one['half90']):.0f}</small>"
        cells.append(f"<div><dt>{name}</dt><dd>{text}</dd></div>")
    return f'<dl class="speeds" title="speed along the trail, of that of the faster run">{"".join(cells)}</dl>'


def _table(report: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    shown = [one for one in found["sectors"] if one["loss_s"] is not None and one["same_way"]]
    most = max((abs(one["loss_s"]) + one["half90_s"] for one in shown), default=1.0)
    runs = {run["run"]: run["sectors"] for run in report["runs"]}
    rows = []
    for sector, own, other, loss in zip(
        report["sectors"], runs[found["run"]], runs[found["against"]], found["sectors"], strict=True
    ):
        told = [f"{name}: {why}" for name, one in (("this run", own), ("other", other)) if (why := flags_of(one))]
        told += [f"lines {own['line']} and {other['line'] or UNKNOWN}"] if own["line"] else []
        known = loss["loss_s"] is not None and loss["same_way"]
        here = "not known" if not known else seconds(loss["loss_s"], sign=True, unit=False)
        kind = "unsure" if not known else _kind(loss["loss_s"], sure=loss["sure"])
        rows.append(
            head(sector["name"])
            + number(f"<b>{here}</b>", plus_minus(loss["half90_s"] if known else None), kind)
            + cell(_bar(loss, most) if known else "", "bars")
            + number(seconds(loss["cumulative_s"], sign=True, unit=False), plus_minus(loss["cumulative_half90_s"]))
            + number(seconds(loss["relative_s"], sign=True, unit=False), plus_minus(loss["relative_half90_s"]))
            + number(lap(own["time_s"]), plus_minus(own["half90_s"]))
            + number(lap(other["time_s"]), plus_minus(other["half90_s"]))
            + cell(escape("; ".join(told)), "soft")
        )
    columns = [
        "sector",
        ">lost here, s",
        "",
        ">since the start, s",
        ">relative gap, s",
        ">this run, s",
        ">other, s",
        "",
    ]
    return table(columns, rows)


def _bar(loss: Mapping[str, Any], most_s: float) -> str:
    return loss_bar(loss["loss_s"], loss["half90_s"], sure=loss["sure"], most_s=max(most_s, 1e-3))
