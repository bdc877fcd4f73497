"""Chromium against a real server on the loopback, and pairs to review."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from mtbsync_core.cli.review import open_files
from mtbsync_core.web.site import Site
from tests.web.browser.footage import CodedPair, coded_pair
from tests.web.browser.server import review_app
from tests.web.conftest import run_app

PATIENCE_S = 60.0
"""How long a slow machine may take for one step."""


@pytest.fixture(scope="session")
def pair() -> Iterator[CodedPair]:
    """H.264 with burnt-in numbers. It is read, and never written."""
    with tempfile.TemporaryDirectory(prefix="mtbsync-pair-") as folder:
        yield coded_pair(Path(folder))


@pytest.fixture(scope="session")
def hevc() -> Iterator[CodedPair]:
    """HEVC with burnt-in numbers."""
    with tempfile.TemporaryDirectory(prefix="mtbsync-pair-") as folder:
        yield coded_pair(Path(folder), codec="hevc")


@pytest.fixture(scope="session")
def still_pair() -> Iterator[CodedPair]:
    """Larger, without numbers: for pictures."""
    with tempfile.TemporaryDirectory(prefix="mtbsync-pair-") as folder:
        yield coded_pair(Path(folder), seconds=20, size=(800, 450), burnt=False)


Open = Callable[..., Page]


@pytest.fixture
def review(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """`review(folder, query="", allow_write=False, width=1280, height=720, dark=True)`: the page, ready to be used.

    What the page itself complains about in the console fails the test.
    """
    faults: list[str] = []
    with ExitStack() as stack:

        def open_page(
            folder: Path,
            query: str = "",
            *,
            allow_write: bool = False,
            width: int = 1280,
            height: int = 720,
            dark: bool = True,
        ) -> Page:
            given = {"run": replace(open_files(folder, folder / "timewarp.json", *[None] * 4), run="run")}
            url = stack.enter_context(run_app(review_app(Site((folder,), allow_write, given), tmp_path / "cache")))
            context = browser.new_context(
                viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light"
            )
            stack.callback(context.close)
            page = context.new_page()
            page.on("pageerror", lambda error: faults.append(str(error)))
            page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
            page.goto(f"{url}/review?run=run{query}")
            page.wait_for_selector("body[data-ready]", timeout=1000 * PATIENCE_S)
            settle(page)
            return page

        yield open_page
    assert not faults, faults


def until(page: Page, expression: str, argument: object = None) -> None:
    """Wait until JavaScript is true. Playwright's own waiting evaluates text in the page, which our policy forbids."""
    end = time.monotonic() + PATIENCE_S
    while not page.evaluate(expression, argument):
        assert time.monotonic() < end, f"never came true: {expression}"
        page.wait_for_timeout(20)


SETTLED = "review.ref.settled && review.other.settled && !review.store.waiting"
"""Whether both players show what was asked for last."""


def settle(page: Page) -> None:
    """Wait until both players show what was asked for last, and the screen has it."""
    until(page, SETTLED)
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def rest(page: Page) -> None:
    """Wait until the exact stills lie over both videos."""
    settle(page)
    until(
        page,
        "[review.ref, review.other].every((p) => !p.still.hidden && p.still.dataset.n === String(p.want))",
    )
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
