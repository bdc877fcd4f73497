"""The page to pick from, and a review whose recordings are gone."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from mtbsync_core.web.site import Site
from tests.web.browser.conftest import until
from tests.web.browser.footage import CodedPair
from tests.web.browser.pictures import keep
from tests.web.browser.server import review_app
from tests.web.conftest import run_app

pytestmark = pytest.mark.slow


def test_results_and_files_are_picked_and_open(browser: Browser, pair: CodedPair, tmp_path: Path) -> None:
    run = tmp_path / "June" / "run <i>2</i>"
    run.mkdir(parents=True)
    for name in ("timewarp.json", "pairs.csv", "new_markers.csv"):
        shutil.copy(pair.folder / name, run)
    for name in ("reference.mp4", "new.mp4"):
        shutil.copy(pair.folder / name, tmp_path)
    with run_app(review_app(Site((tmp_path,)), tmp_path / "cache")) as url:
        page = browser.new_page(viewport={"width": 1280, "height": 720}, color_scheme="light")
        page.goto(url)
        page.wait_for_selector("body[data-ready]")
        assert [
            one["id"] for one in Axe().run(page).response["violations"] if one["impact"] in ("serious", "critical")
        ] == []
        link = page.locator("#results a")
        assert link.inner_text() == "June/run <i>2</i>"
        keep(page, "pick")
        page.locator("#find").fill("nothing")
        assert page.get_by_text("No result like this.").is_visible()
        for name, text in (
            ("ref", "reference.mp4"),
            ("new", "new.mp4"),
            ("timewarp", "June/run <i>2</i>/timewarp.json"),
        ):
            page.locator(f"#pick-{name}").fill(text)
        page.get_by_role("button", name="Open").click()
        page.wait_for_url("**/review?*")
        page.wait_for_selector("body[data-ready]")
        until(page, "review.ref.settled && review.ref.rung !== null")
        page.context.close()


def test_without_its_recordings_a_review_still_shows_markers_and_charts(
    browser: Browser, pair: CodedPair, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    run.mkdir()
    for name in ("timewarp.json", "pairs.csv", "new_markers.csv"):
        shutil.copy(pair.folder / name, run)
    with run_app(review_app(Site((tmp_path,)), tmp_path / "cache")) as url:
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        page.goto(f"{url}/review?run=run")
        page.wait_for_selector("body[data-ready]")
        assert "cannot be shown" in page.locator("#picture-ref .says").inner_text()
        page.locator("#markers button").nth(1).click()
        assert page.evaluate("Math.abs(review.now - review.marker.t_ref) < 0.02")
        assert page.locator(".u-over").count() == 1
        page.context.close()
