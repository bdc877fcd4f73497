"""The page of a run: refreshes itself while at work, ends as the report, and is no way in for names with markup."""

from __future__ import annotations

import webbrowser
from fractions import Fraction
from pathlib import Path

import pytest

from resolve_scripts.mtbsync_resolve.answers import Answer
from resolve_scripts.mtbsync_resolve.plan import MarkerResult
from resolve_scripts.mtbsync_resolve.reference import ReferenceMarker
from resolve_scripts.mtbsync_resolve.report import ReportPage
from tests.doubles.resolve import two_runs
from tests.resolve_scripts.stage import Stage


def test_at_work_and_ended(tmp_path: Path) -> None:
    page = ReportPage(tmp_path / "new folder")
    page.working("At work", ["Reference: a.mp4"], "compare", 1 / 3)
    text = page.path.read_text(encoding="utf-8")
    assert "http-equiv='refresh'" in text and "value='0.333'" in text and "compare" in text
    marker = ReferenceMarker("m1", "a.mp4", Fraction(12), Fraction(0), "Blue", "<b>jump</b>", "")
    jump = Answer(marker, "b.mp4", "doubtful", 12.346, 0.25, 0.4)
    drop = Answer(marker._replace(name="drop"), "b.mp4", "gap")
    results = [
        MarkerResult(jump, "doubtful", "01:00:00;10", ""),
        MarkerResult(drop, "gap", "", "nothing was recognised there"),
    ]
    page.ended("Done", [], [("b.mp4", ["good"], results)])
    text = page.path.read_text(encoding="utf-8")
    assert "refresh" not in text and "<b>jump" not in text and "&lt;b&gt;jump" in text
    assert "0:12.35" in text and "\u00b10.25 s" in text and "not written" in text and "<tr class='doubtful'>" in text
    assert "src=" not in text and "href=" not in text, "it is one file"


def test_it_opens_by_a_setting(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", opened.append)
    scene = two_runs(stage.file("ref.mp4"), stage.file("new.mp4"))
    assert stage.run("transfer", scene.world) and opened == []
    stage.settings(open_report=True)
    assert stage.run("transfer", scene.world)
    assert opened == [(stage.config / "report.html").as_uri()]


def test_a_page_that_cannot_be_written_ends_nothing(stage: Stage) -> None:
    (stage.config / "report.html.part").mkdir(parents=True)
    scene = two_runs(stage.file("ref.mp4"), stage.file("new.mp4"))
    assert stage.run("transfer", scene.world), stage.log()
