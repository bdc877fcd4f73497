"""Pictures of pages for the docs, made by tests: written where MTB_SCREENSHOTS is set, else only made and checked."""

from __future__ import annotations

import os
from pathlib import Path

import cv2
import numpy as np
from playwright.sync_api import Page

FOLDER = Path(__file__).parents[3] / "docs" / "pictures"
MOST_BYTES = 300_000


def keep(page: Page, name: str) -> None:
    """A picture of what the page shows, as `docs/pictures/NAME.webp`."""
    shot = cv2.imdecode(np.frombuffer(page.screenshot(), np.uint8), cv2.IMREAD_COLOR)
    assert shot is not None and shot.std() > 10, "the picture is empty"
    done, data = cv2.imencode(".webp", shot, [cv2.IMWRITE_WEBP_QUALITY, 82])
    assert done and len(data) < MOST_BYTES
    path = FOLDER / f"{name}.webp"
    if os.environ.get("MTB_SCREENSHOTS"):
        FOLDER.mkdir(exist_ok=True)
        path.write_bytes(data.tobytes())
    kept = cv2.imread(str(path))
    assert kept is not None, f"{path.name} is not in the docs: run this test with MTB_SCREENSHOTS=1"
    assert kept.shape == shot.shape
