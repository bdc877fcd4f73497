"""The page of a run: refreshes itself while at work, ends as the report, and is no way in for names with markup."""

from __future__ import annotations

import os
import tempfile
import time
import webbrowser
from fractions import Fraction
from html.parser import HTMLParser
from pathlib import Path, PureWindowsPath

import pytest

from resolve_scripts.mtbsync_resolve.answers import Answer
from resolve_scripts.mtbsync_resolve.plan import MarkerResult
from resolve_scripts.mtbsync_resolve.reference import ReferenceMarker
from resolve_scripts.mtbsync_resolve.report_page import ReportPage


class Tags(HTMLParser):
    """The tags of a page that are open, and those that it loads something by."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loads: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.loads += [name for name, _ in attrs if name in ("src", "href")]
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def text_of(page: ReportPage) -> str:
    text = page.path.read_text(encoding="utf-8")
    tags = Tags(text)
    assert tags.open == [] and tags.loads == [], "it is one sound file"
    return text


def test_at_work_and_ended(tmp_path: Path) -> None:
    page = ReportPage(tmp_path / "new folder")
    page.working("At work", ["Reference: a.mp4"], "compare", 1 / 3)
    text = text_of(page)
    assert "http-equiv='refresh'" in text and "value='0.333'" in text and "compare" in text
    marker = ReferenceMarker("m1", "a.mp4", Fraction(12), Fraction(0), "Blue", "<b>jump</b>", "")
    jump = Answer(marker, "b.mp4", "doubtful", 12.346, 0.25, 0.4)
    drop = Answer(marker._replace(name="drop"), "b.mp4", "gap")
    results = [
        MarkerResult(jump, "doubtful", "01:00:00;10", ""),
        MarkerResult(drop, "gap", "", "nothing was recognised there"),
    ]
    page.ended("Done", [], [("b.mp4", ["good"], results)])
    text = text_of(page)
    assert "refresh" not in text and "<b>jump" not in text and "&lt;b&gt;jump" in text
    assert "0:12.35" in text and "\u00b10.25 s" in text and "not written" in text and "<tr class='doubtful'>" in text
    assert "Workspace &gt; Console" in text


def test_a_failure_with_what_was_said_before_and_the_traceback(tmp_path: Path) -> None:
    page = ReportPage(tmp_path)
    page.failed("<i>not done", ["a & b"], ["<script>alert(1)</script>"], "File <string>\n  line 1 'x'")
    text = text_of(page)
    assert (
        "a &amp; b" in text
        and "&lt;script&gt;" in text
        and "<pre>File &lt;string&gt;\n  line 1 &#x27;x&#x27;</pre>" in text
    )
    assert list(tmp_path.iterdir()) == [page.path], "it was written beside and renamed"


def test_the_browser_gets_a_clean_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = {"LD_LIBRARY_PATH", "DYLD_INSERT_LIBRARIES", "PYTHONHOME", "QT_PLUGIN_PATH"}
    for name in theirs:
        monkeypatch.setenv(name, "of Resolve")
    monkeypatch.setenv("LANG", "de_DE.UTF-8")
    opened = []
    monkeypatch.setattr(webbrowser, "open", lambda address: opened.append((address, dict(os.environ))))
    page = ReportPage(tmp_path / "L\u00e4ufe & Spuren")
    page.open()
    assert opened == [], "there is no page yet"
    page.ended("Done", [])
    page.open()
    page.open()
    ((address, env),) = opened
    assert address == page.path.as_uri() and address.startswith("file:///") and " " not in address
    assert not theirs & env.keys() and env["LANG"] == "de_DE.UTF-8"
    assert all(os.environ[name] == "of Resolve" for name in theirs), "the script itself has them again"


def test_a_browser_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(address: str) -> None:
        raise webbrowser.Error("could not locate runnable browser")

    monkeypatch.setattr(webbrowser, "open", fail)
    page = ReportPage(tmp_path)
    page.ended("Done", [])
    page.open()


def test_addresses_on_windows() -> None:
    """What `path.as_uri()` makes there of drives and of shares."""
    assert PureWindowsPath(r"C:\Users\J\u00f6rg Mei\AppData\report.html").as_uri().startswith("file:///C:/Users/J")
    assert PureWindowsPath(r"\\nas\home\report.html").as_uri() == "file://nas/home/report.html"


def test_windows_refuses_while_the_browser_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page of a run at work may be left out; the last one may not."""
    refused = iter([True] * 6 + [False])
    real = Path.replace

    def replace(path: Path, target: Path) -> Path:
        if next(refused):
            raise PermissionError(13, "used by another process")
        return real(path, target)

    page = ReportPage(tmp_path)
    page.working("At work", [], "compare", 0.1)
    monkeypatch.setattr(Path, "replace", replace)
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    page.working("At work", [], "compare", 0.5)
    assert "value='0.100'" in text_of(page)
    page.ended("Done", [])
    assert "Done" in text_of(page) and page.path.parent == tmp_path and next(refused, None) is None


def test_a_folder_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (tmp_path / "config").write_text("in the way", encoding="ascii")
    page = ReportPage(tmp_path / "config")
    page.working("At work", [], "compare", 0.5)
    assert not page.is_there
    page.failed("Not done", ["why"])
    assert page.is_there and "why" in text_of(page) and page.path.parent.parent == tmp_path
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "config"))
    page = ReportPage(tmp_path / "config")
    page.failed("Not done", ["why"])
    assert not page.is_there
