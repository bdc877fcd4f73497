"""Reads the numbers burnt into frames from pictures of the screen."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Page

from tests.web.browser.footage import CELLS, STRIP, bits_of


def frames_shown(page: Page) -> tuple[int | None, int | None]:
    """Numbers of the frames that the screen shows in both players; None where none can be read."""
    boxes = [page.locator(f"#picture-{side}").bounding_box() for side in ("ref", "new")]
    assert boxes[0] is not None and boxes[1] is not None
    top, height = boxes[0]["y"], boxes[0]["height"] / STRIP
    left, right = boxes[0]["x"], boxes[1]["x"] + boxes[1]["width"]
    shot = page.screenshot(clip={"x": left, "y": top, "width": right - left, "height": height})
    strip = cv2.imdecode(np.frombuffer(shot, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert strip is not None
    found = [read(strip[:, round(b["x"] - left) : round(b["x"] - left + b["width"])]) for b in boxes if b is not None]
    return found[0], found[1]


def read(strip: NDArray[Any]) -> int | None:
    """The number in a strip of cells; None where the cells contradict each other."""
    rows = strip[strip.shape[0] // 4 : -(strip.shape[0] // 4)]
    width = strip.shape[1] / CELLS
    levels = [float(rows[:, round((k + 0.3) * width) : round((k + 0.7) * width)].mean()) for k in range(CELLS)]
    if any(80 < level < 175 for level in levels):
        return None
    bits = [int(level > 128) for level in levels]
    number = sum(bit << k for k, bit in enumerate(bits[:12]))
    return number if bits_of(number) == bits else None
