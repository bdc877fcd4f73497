"""How exact and how quick the two players of the review page are, in the Chromium of this machine.

    python benchmarks/player.py [--seconds 60] [--size 960x540] [--steps 10000] [--seeks 200] [--cache build/benchmarks]

A simulated pair whose frames carry their number is reviewed on a real server. Measured are the error of linked play
(the new run's frame against the map's, by the times of frames that were shown), wrong frames among steps and seeks
(read from the picture that is shown), and how long a step from the cache and a seek of both players take.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it also starts as a script

from mtbsync_core.web.site import Opened, Site
from tests.chromium import ARGUMENTS, chromium_path
from tests.web.browser.conftest import rest, settle
from tests.web.browser.footage import CELLS, STRIP, CodedPair, coded_pair
from tests.web.browser.server import review_app
from tests.web.conftest import run_app

TOOLS = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
"""A function that puts `measure` into the page."""


def main(argv: Sequence[str] | None = None) -> int:
    """The command of the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--size", default="960x540")
    parser.add_argument("--steps", type=int, default=10_000)
    parser.add_argument("--seeks", type=int, default=200)
    parser.add_argument("--cache", type=Path, default=Path("build/benchmarks"))
    args = parser.parse_args(argv)
    pair = _pair(args.cache, args.seconds, args.size)
    path = chromium_path()
    if path is None:
        parser.error("no Chromium: install the package chromium, or name one in MTB_CHROMIUM")
    site = Site((pair,), given={"run": Opened("run", pair, pair / "timewarp.json")})
    root = ["--no-sandbox"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
    with run_app(review_app(site)) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*ARGUMENTS, *root])
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        page.goto(f"{url}/review?run=run")
        page.wait_for_selector("body[data-ready]")
        for line in _lines(page, args.seconds, args.steps, args.seeks):
            print(line, flush=True)
        browser.close()
    return 0


def _pair(cache: Path, seconds: float, size: str) -> Path:
    folder = cache / f"player-{size}-{seconds:g}s"
    if not (folder / "timewarp.json").is_file():
        width, height = map(int, size.split("x"))
        made: CodedPair = coded_pair(folder, seconds=seconds, size=(width, height), new_stops_s=())
        assert made.folder == folder
    return folder


def _lines(page: Page, seconds: float, steps: int, seeks: int) -> Iterator[str]:
    page.evaluate(TOOLS, [CELLS, STRIP])
    warp = "review.link.warp"
    riding = "review.link.errors.filter(([t]) => t > review.link.errors[0][0] + 1).map(([, off]) => Math.abs(off))"
    first, last = page.evaluate(f"[{warp}.first, {warp}.last].map((t) => review.ref.frames.nearest(t))")
    bounds = [first + 2, last - 2]
    for speed in (1, 0.5, 2):
        page.keyboard.press("Home")
        rest(page)
        page.evaluate(f"review.link.errors.length = 0; review.link.leaps = 0; review.link.play({speed})")
        page.wait_for_timeout(1000 * min(seconds - 4, 40) / speed)
        off, leaps = page.evaluate(f"[{riding}, review.link.leaps]")
        page.evaluate("review.link.pause()")
        settle(page)
        yield f"linked play at {speed}x: {_spread(np.array(off) * 1000)}, {len(off)} frames, {leaps} jumps"
    sought: dict[str, Any] = page.evaluate(f"measure.seeks({seeks}, {bounds[0]}, {bounds[1]})")
    yield f"seek of both: {_spread(sought['ms'])}; {sought['wrong']} wrong of {2 * seeks}"
    stepped: dict[str, Any] = page.evaluate(f"measure.steps({steps}, {bounds[0]}, {bounds[1]})")
    yield f"step from the cache: {_spread(stepped['cached'])}; {len(stepped['cached'])} of {steps}"
    yield f"step by seeking: {_spread(stepped['sought'])}; {stepped['wrong']} wrong of {2 * steps} frames"


def _spread(values: Sequence[float] | np.ndarray[Any, Any]) -> str:
    if not len(values):
        return "none"
    median, p95, most = np.percentile(np.asarray(values, float), [50, 95, 100])
    return f"median {median:.1f} ms, P95 {p95:.1f} ms, most {most:.1f} ms"


if __name__ == "__main__":
    sys.exit(main())
