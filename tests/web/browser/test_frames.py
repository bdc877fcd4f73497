"""Both players show the frame that they are asked for: read from the numbers burnt into the frames on the screen."""

from __future__ import annotations

import random
import time
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page

from tests.web.browser.conftest import PATIENCE_S, SETTLED, Open, rest, settle, until
from tests.web.browser.footage import CodedPair, walkway
from tests.web.browser.reading import frames_shown

pytestmark = pytest.mark.slow


class Expected:
    """Which frames have to be shown, worked out apart from the page: those that begin nearest to the moment."""

    def __init__(self, pair: CodedPair) -> None:
        warp = pair.alignment.usable_warp()
        counts = [media.n_frames for media in (pair.alignment.media_ref, pair.alignment.media_new) if media is not None]
        self.warp, self.last, self.rate = warp, counts[0] - 1, pair.rate
        self.last_new = counts[1] - 1
        self.ref = 0
        self.new: int | None = None

    def at(self, ref: int) -> Expected:
        """After a move to frame `ref`; outside of the common part the new run's picture is covered."""
        self.ref = min(max(ref, 0), self.last)
        there = self.warp.to_new(np.array([float(self.ref / self.rate)]))[0]
        inside = np.isfinite(there)
        self.new = min(max(round(Fraction(float(there)) * self.rate), 0), self.last_new) if inside else None
        return self

    def marker(self, t_ref: float, t_new: float) -> Expected:
        """After a click on a marker: both of its own places."""
        self.ref, self.new = round(Fraction(t_ref) * self.rate), round(Fraction(t_new) * self.rate)
        return self


def check(page: Page, expected: Expected, what: str) -> None:
    """Another number fails at once; a picture without one, which a busy machine has yet to paint, is waited for, and so
    is a page that is not settled any more, since a better preview has come.
    """
    settle(page)
    wanted, end = (expected.ref, expected.new), time.monotonic() + PATIENCE_S
    while (shown := frames_shown(page)) != wanted and time.monotonic() < end:
        if page.evaluate(SETTLED):
            assert all(one in (None, number) for one, number in zip(shown, wanted, strict=True)), (what, shown, wanted)
        page.wait_for_timeout(50)
        settle(page)
    assert shown == wanted, what


def test_a_hundred_seeks_by_keyboard_and_list_show_the_right_frames(review: Open, pair: CodedPair) -> None:
    page = review(pair.folder)
    expected = Expected(pair)
    begin = float(pair.alignment.usable_warp().ref_s[0])
    check(page, expected.at(round(begin * pair.rate)), "on opening")
    markers = page.locator("#markers tr button")
    names = markers.all_inner_texts()
    places = page.evaluate("Object.fromEntries(review.state.markers.map((m) => [m.name, [m.t_ref, m.t_new]]))")
    rng = random.Random(7)
    moves = {"Comma": -1, "Period": 1, "ArrowLeft": -30, "ArrowRight": 30}
    for n in range(100):
        if n % 4 == 3:
            name = rng.choice(names)
            page.get_by_role("button", name=name, exact=True).and_(page.locator("#markers button")).click()
            expected.marker(*places[name])
            what = f"{n}: list, {name}"
        else:
            key = rng.choice(list(moves))
            page.keyboard.press(key)
            expected.at(expected.ref + moves[key])
            what = f"{n}: {key}"
        check(page, expected, what)
        if n % 10 == 9:
            rest(page)
            assert frames_shown(page) == (expected.ref, expected.new), f"{what}, still"


def test_keys_pressed_faster_than_videos_seek_end_at_the_right_frames(review: Open, pair: CodedPair) -> None:
    page = review(pair.folder)
    expected = Expected(pair).at(page.evaluate("review.ref.want"))
    for _ in range(12):
        page.keyboard.press("ArrowRight" if expected.ref < 150 else "ArrowLeft")
        expected.at(expected.ref + (30 if expected.ref < 150 else -30))
    check(page, expected, "after twelve keys")


def test_playing_and_pausing_shows_matching_frames_and_their_stills(review: Open, pair: CodedPair) -> None:
    page = review(pair.folder)
    page.keyboard.press("Space")
    until(page, "review.ref.shown > 45")
    page.keyboard.press("Space")
    rest(page)
    ref, new = frames_shown(page)
    assert ref is not None and ref >= 45
    assert new == Expected(pair).at(ref).new
    assert page.locator("#side-ref .when").inner_text() == f"0:{float(ref / pair.rate):06.3f}"


def test_a_review_of_hevc_plays_a_preview_with_the_frames_of_the_original(review: Open, hevc: CodedPair) -> None:
    page = review(hevc.folder)
    until(page, "review.ref.rung !== null && review.other.rung !== null")
    assert page.evaluate("[review.ref.rung.kind, review.other.rung.kind]") == ["proxy", "proxy"]
    expected = Expected(hevc)
    rng = random.Random(11)
    for n in range(20):
        frame = rng.randrange(10, 220)
        page.evaluate("(n) => review.link.moveTo(n)", frame)
        expected.at(frame)
        if n % 4 == 0:
            rest(page)
        check(page, expected, f"{n}: frame {frame}")
    page.keyboard.press("Space")
    until(page, "review.link.errors.length > 20")
    page.keyboard.press("Space")
    rest(page)
    ref, new = frames_shown(page)
    assert ref is not None and new == Expected(hevc).at(ref).new


def test_two_cameras_of_other_rates_are_shown_by_their_own_clocks(review: Open, tmp_path: Path) -> None:
    page = review(walkway(tmp_path))
    assert page.evaluate("[review.ref.rung.kind, review.other.rung.kind]") == ["original", "original"]
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    rest(page)
    shown = page.evaluate("[review.ref, review.other].map((p) => p.frames.time(p.shown))")
    wanted = page.evaluate("review.link.map(review.ref.frames.time(review.ref.shown))")
    assert abs(shown[1] - wanted) < 0.02 and shown[0] > 1.0
