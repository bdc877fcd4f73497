"""Chromium for tests of pages: one for a process, since Playwright cannot be started twice in one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ARGUMENTS = [
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]


def chromium_path() -> str | None:
    """Where a Chromium is: $MTB_CHROMIUM, or one of the usual names."""
    names = [os.environ.get("MTB_CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome"]
    return next((found for name in names if name and (found := shutil.which(name))), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium_path()
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail("no Chromium: install the package chromium, or name one in MTB_CHROMIUM")
        pytest.skip("no Chromium: install the package chromium, or name one in MTB_CHROMIUM")
    root = ["--no-sandbox"] if getattr(os, "geteuid", lambda: 1)() == 0 else []  # portable: only where there are roots
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=[*ARGUMENTS, *root])
        yield running
        running.close()
