"""Both runs in one picture: overlay, wipe and difference show the pixels of the frames that are asked for."""

from __future__ import annotations

import json
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Page

from tests.web.browser.conftest import Open, rest, until
from tests.web.browser.footage import CELLS, STRIP, CodedPair, bits_of
from tests.web.browser.reading import read

pytestmark = pytest.mark.slow


def strip_of(page: Page, tune: float) -> NDArray[Any]:
    """The upper edge of the mixed picture, with its slider there."""
    page.locator(".tune input").evaluate(
        "(input, value) => { input.value = value; input.dispatchEvent(new Event('input')); }", str(tune)
    )
    box = page.locator(".mixed canvas").bounding_box()
    assert box is not None
    shot = page.screenshot(clip={**box, "height": box["height"] / STRIP})
    strip = cv2.imdecode(np.frombuffer(shot, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert strip is not None
    return strip


def registered_as(page: Page, matrix: list[float] | None) -> None:
    body = json.dumps({"matrix": matrix})
    page.unroute("**/media/homography*")
    page.route("**/media/homography*", lambda route: route.fulfill(body=body, content_type="application/json"))


def test_overlay_wipe_and_difference(review: Open, pair: CodedPair) -> None:
    page = review(pair.folder, "&t=3.5")
    registered_as(page, None)
    rest(page)
    ref, new = page.evaluate("[review.ref.shown, review.other.shown]")
    page.keyboard.press("Digit2")
    assert read(strip_of(page, 0)) == ref
    assert read(strip_of(page, 1)) == new
    page.keyboard.press("Digit3")
    assert read(strip_of(page, 1)) == ref
    assert read(strip_of(page, 0)) == new
    page.keyboard.press("Digit0")
    strip = strip_of(page, 0.3)
    width = strip.shape[1] / CELLS
    bright = [float(strip[:, round((k + 0.3) * width) : round((k + 0.7) * width)].mean()) > 100 for k in range(CELLS)]
    assert bright == [a != b for a, b in zip(bits_of(ref), bits_of(new), strict=True)]
    page.keyboard.press("Digit1")
    assert page.locator(".mixed").is_hidden()


def test_the_new_picture_is_laid_where_the_homography_says(review: Open, pair: CodedPair) -> None:
    page = review(pair.folder, "&t=3.5")
    registered_as(page, [0.5, 0, 0, 0, 1, 0, 0, 0, 1])  # onto the left half of the reference's
    page.keyboard.press("Digit2")
    rest(page)
    until(page, "document.querySelector('.mixed canvas').dataset.registered === 'true'")
    strip = strip_of(page, 1)
    half = strip.shape[1] // 2
    assert read(strip[:, :half]) == page.evaluate("review.other.shown")
    page.keyboard.press("Period")
    rest(page)
    strip = strip_of(page, 1)
    assert read(strip[:, :half]) == page.evaluate("review.other.shown")
