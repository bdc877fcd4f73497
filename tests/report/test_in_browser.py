"""The page in Chromium, opened as a file: small and large, dark and light, and on paper; and its pictures."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from mtbsync_core.jobs.listener import Notes
from mtbsync_core.report.job import ReportJob
from tests.report.footage import filmed
from tests.web.browser.pictures import keep
from tests.web.browser.test_looks import serious

pytestmark = pytest.mark.slow

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def report() -> Iterator[Path]:
    """The report of three runs and their reference, pictures and clips in it."""
    with tempfile.TemporaryDirectory(prefix="mtbsync-report-") as folder:
        root = filmed(Path(folder) / "Hometrail, Saturday")
        (root / "line_tags.csv").write_text(
            "run,sector,line\n" + "".join(f"run {n},Rock garden – Bridge,{line}\n" for n, line in enumerate("AAB", 1)),
            encoding="utf-8",
        )
        ReportJob(root=root, of="run 3", against="run 2").run(Notes())
        yield root / "race_report.html"


@pytest.fixture
def opened(browser: Browser, report: Path) -> Iterator[Open]:
    pages: list[Page] = []
    faults: list[str] = []

    def call(*, width: int = 1280, height: int = 720, dark: bool = False) -> Page:
        page = browser.new_page(viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light")
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
        page.on("request", lambda asked: faults.append(asked.url) if asked.url.startswith("http") else None)
        page.goto(report.as_uri())
        pages.append(page)
        return page

    yield call
    for page in pages:
        page.close()
    assert faults == []


@pytest.mark.parametrize("dark", [True, False], ids=["dark", "light"])
@pytest.mark.parametrize(("width", "height"), [(1280, 720), (3840, 2160)])
def test_it_fits_and_can_be_read(opened: Open, width: int, height: int, dark: bool) -> None:
    page = opened(width=width, height=height, dark=dark)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert float(page.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize)")) >= height / 93
    images = page.locator(".comparison:not([hidden]) figure img")
    assert images.count() == 6
    assert images.evaluate_all("all => all.every((one) => one.complete && one.naturalWidth > 200)")
    if width == 1280:
        assert serious(page) == []


def test_any_run_against_any(opened: Open) -> None:
    page = opened()
    shown = page.locator(".comparison:not([hidden])")
    assert shown.count() == 1 and "run 3, Ben behind run 2, Ana" in shown.inner_text()
    page.locator("#choose-run").select_option("run 2")
    page.locator("#choose-against").select_option("trail")
    assert shown.count() == 1 and "run 2, Ana ahead of trail" in shown.inner_text()
    chart = page.locator(".comparison:not([hidden]) .chart.delta")
    chart.hover(position={"x": 600, "y": 100})
    assert re.fullmatch(r"0:\d\d\.\d −\d\.\d\d s ± \d\.\d\d", shown.locator(".readout").inner_text())


def test_on_paper(opened: Open, tmp_path: Path) -> None:
    page = opened(dark=True)
    page.emulate_media(media="print", color_scheme="light")
    assert not page.locator(".choosers").is_visible() and page.locator(".chart.delta").first.is_visible()
    page.pdf(path=tmp_path / "report.pdf", prefer_css_page_size=True, print_background=True)
    sheets = len(re.findall(rb"/Type\s*/Page\b", (tmp_path / "report.pdf").read_bytes()))
    assert 2 <= sheets <= 3
    page.set_viewport_size({"width": 794, "height": 1123})
    assert page.evaluate("document.documentElement.scrollWidth") <= 794


def test_pictures_of_the_page(opened: Open) -> None:
    keep(opened(height=900), "report")
    page = opened(height=900, dark=True)
    page.get_by_role("heading", name="Sector by sector").evaluate("(e) => e.scrollIntoView()")
    keep(page, "report-dark")
