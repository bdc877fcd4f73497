"""The review page can be read and used: axe, small and large screens, light and dark; and its pictures."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.web.browser.conftest import Open, rest, until
from tests.web.browser.footage import CodedPair
from tests.web.browser.pictures import keep

pytestmark = pytest.mark.slow

MEASURES = """() => {
  const parts = ['transport', 'stage', 'timeline', 'charts', 'panels', 'form', 'filters', 'verdict', 'top'];
  const height = (selector) => document.querySelector(selector).clientHeight;
  const cut = (e) => e.scrollWidth > e.clientWidth + 1 || e.getBoundingClientRect().right > innerWidth + 1;
  return {
    page: [document.documentElement.scrollWidth, document.documentElement.scrollHeight],
    cut: parts.filter((part) => cut(document.querySelector(`.${part}`))),
    rows: height('.transport') / height('#play'),
    chart: height('.u-over'),
    font: parseFloat(getComputedStyle(document.body).fontSize)};
}"""
"""Sizes of the page and its parts, and which parts are cut off."""


def serious(page: Page) -> list[str]:
    """What axe finds that keeps people from using the page."""
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {node['html'][:120]}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("dark", [True, False], ids=["dark", "light"])
def test_axe_finds_no_serious_fault(review: Open, pair: CodedPair, dark: bool) -> None:
    page = review(pair.folder, dark=dark)
    page.locator("#markers button").first.click()
    for tab in page.get_by_role("tablist", name="Lists").get_by_role("tab").all():
        tab.click()
        assert serious(page) == [], tab.inner_text()
    page.locator("#chart-residuals").click()
    page.keyboard.press("f")
    until(page, "review.flow && !review.store.waiting")
    assert serious(page) == []
    page.keyboard.press("Escape")
    for key, dialog in (("x", ".export"), ("Shift+Slash", ".help"), ("g", "dialog")):
        page.evaluate("document.activeElement?.blur()")  # keys rest while someone types
        page.keyboard.press(key)
        page.locator(dialog).wait_for()
        page.wait_for_timeout(300)
        assert serious(page) == [], key
        page.keyboard.press("Escape")
        until(page, "!document.querySelector('dialog[open]')")  # keys belong to a dialog as long as it is open


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (3840, 2160), (1920, 1080)])
def test_all_fits_on_the_screen(review: Open, pair: CodedPair, width: int, height: int) -> None:
    page = review(pair.folder, width=width, height=height)
    page.locator("#markers button").first.click()
    over: dict[str, Any] = page.evaluate(MEASURES)
    assert over["page"] == [width, height] and over["cut"] == []
    assert over["rows"] < 1.5 and over["chart"] > 100
    assert over["font"] >= height / 93  # to be read from where one sees the whole screen


def test_keys_help_lists_every_key(review: Open, pair: CodedPair) -> None:
    page = review(pair.folder)
    page.locator("#help").click()
    assert page.locator(".help dt").count() == page.evaluate(
        "import('/static/js/review/keys.js').then((m) => m.KEYS.length)"
    )
    page.keyboard.press("Space")  # keys rest while a dialog is open
    assert not page.evaluate("review.link.playing")


def test_pictures_of_the_page(review: Open, still_pair: CodedPair) -> None:
    page = review(still_pair.folder)
    page.locator("#markers button").nth(2).click()
    rest(page)
    keep(page, "review")
    page.locator("#view").select_option("wipe")
    page.get_by_role("tab", name="Sectors").click()
    rest(page)
    page.wait_for_timeout(600)
    keep(page, "review-wipe")
    page.locator("#view").select_option("side")
    page.keyboard.press("x")
    page.locator("#export-write:enabled").wait_for()
    keep(page, "review-export")
    page.keyboard.press("Escape")
    light = review(still_pair.folder, dark=False)
    light.locator("#markers button").nth(1).click()
    light.keyboard.press("f")
    until(light, "review.flow && !review.store.waiting")
    light.keyboard.press("Period")
    rest(light)
    keep(light, "review-flag")
