"""`mtbsync report`: where the time went."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mtbsync_core.cli.report import Report
from mtbsync_core.cli.summary import say_files
from mtbsync_core.report.job import ReportJob
from mtbsync_core.report.words import clock, lap, plus_minus, seconds, standing


def report(report: Report, job: ReportJob) -> None:
    """Say where the time went, of two runs or of all runs of a trail: a page, a table, JSON.

    Sectors lie between the reference's markers; lines can be moved, added and deleted afterwards, for all runs.
    race_report.html needs no network. It begins with the three places where most was surely lost, with two pictures of
    each. Every time has its ±, half of a 90 % interval. The best that can be joined of all runs is also written as a
    timeline for editors.

    Examples: mtbsync report result; mtbsync report monday friday; mtbsync report --root batch_out --against own-best
    """
    made = job.run(report)
    report.data["report"] = made
    if made["comparisons"]:
        _say(report, made, made["comparisons"][0])
    say_files(report, [Path(name) for name in report.data["files"].values()])


def _say(report: Report, made: dict[str, Any], found: dict[str, Any]) -> None:
    gap_s = found["gap_s"] if found["same_way"] else None
    gap = "not known" if gap_s is None else f"{seconds(gap_s, sign=True)} {plus_minus(found['gap_half90_s'])}"
    report.say(f"{found['run']} {standing(gap_s, sure=found['gap_sure'])} {found['against']}: {gap}")
    rows = [
        (
            sector["name"],
            seconds(loss["loss_s"], sign=True, unit=False),
            plus_minus(loss["half90_s"]),
            "" if loss["sure"] else "not sure" if loss["same_way"] else "another way",
            seconds(loss["cumulative_s"], sign=True, unit=False),
            plus_minus(loss["cumulative_half90_s"]),
        )
        for sector, loss in zip(made["sectors"], found["sectors"], strict=True)
    ]
    report.table("Lost in each sector, s", ["sector", ">lost", "± 90 %", "", ">since start", "± 90 %"], rows)
    for n, place in enumerate(found["places"], 1):
        sector = made["sectors"][place["sector"]]["name"]
        why = "; ".join(place["why"])
        report.say(
            f"{n}. {sector}: {seconds(place['loss_s'], sign=True)} {plus_minus(place['half90_s'])} at "
            f"{clock(place['t_ref'])}{f' ({why})' if why else ''}"
        )
    best = made["best"]["joinable"]
    if best is not None and len(made["runs"]) > 2:
        report.say(f"joinable best: {lap(best['time_s'])} {plus_minus(best['half90_s'])}")
