"""The parts that videos are made of, each for itself."""

from __future__ import annotations

import io
import math
import sys
from pathlib import Path

import numpy as np
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from PIL import Image

from mtbsync_core.errors import UsageError
from mtbsync_core.render import stickers
from mtbsync_core.render.ghost import Registration, in_between, trusted
from mtbsync_core.render.graphics import signed
from mtbsync_core.render.job import read_range, read_size
from mtbsync_core.render.layout import Layout, inset, overlaid, tiled
from mtbsync_core.render.playback import PAUSE_S, Kind, by_clock, by_position
from mtbsync_core.render.png import BandedPng
from mtbsync_core.render.score import score, score_on
from mtbsync_core.render.stickers import Line, Sticker, dot, font, plate, shortened, text_width
from mtbsync_core.timing.runs import TimedRun
from mtbsync_core.warp import TimeWarp
from tests.render.made import Silent

REF = TimedRun.reference("ref", 10.0)


def run(knots: list[list[float]], gaps: tuple[int, ...] = ()) -> TimedRun:
    return TimedRun(name="new", warp=TimeWarp.from_knots(knots, gaps))


SLOW = run([[1.0, 2.0, 0.0], [9.0, 12.0, 0.0]])
"""Ten seconds for eight of the reference."""


def test_by_position_shows_the_same_place_and_says_where_there_is_none() -> None:
    new = run([[1.0, 2.0, 0.01], [4.0, 5.0, 0.01], [6.0, 6.0, 0.01], [8.0, 9.0, 0.01]], gaps=(1,))
    show = by_position((REF, new), (0.0, 10.0), 1.0)
    own, kinds = show.playbacks[1].at(np.array([0.5, 2.0, 5.0, 7.0, 9.0]))
    assert own.tolist() == [2.0, 3.0, 5.0, 7.5, 9.0]
    assert kinds.tolist() == [Kind.OUTSIDE, Kind.PLAYS, Kind.GAP, Kind.PLAYS, Kind.OUTSIDE]
    own, kinds = show.playbacks[0].at(np.array([0.0, 3.25]))
    assert own.tolist() == [0.0, 3.25] and not kinds.any()


def test_any_run_may_be_the_first() -> None:
    show = by_position((SLOW, REF), (1.0, 9.0), 1.0)
    assert show.length_s == pytest.approx(10.0)
    own, _ = show.playbacks[1].at(np.array([0.0, 5.0, 10.0]))
    assert own == pytest.approx([1.0, 5.0, 9.0])
    found = score(show, np.array([5.0]))
    assert found.compared_s[1, 0] == pytest.approx(5.0)
    assert found.delta_s[1, 0] == pytest.approx(-1.0)  # the reference needs four seconds, and not five


def test_by_clock_all_wait_at_each_line() -> None:
    show = by_clock((REF, SLOW), [1.0, 5.0, 9.0])
    assert show.length_s == pytest.approx(5 + PAUSE_S + 5)
    own, kinds = show.playbacks[0].at(np.array([3.9, 4.5, 5.5, 6.0, 6.1, 10.5]))
    assert own == pytest.approx([4.9, 5.0, 5.0, 5.0, 5.1, 9.0])
    assert kinds.tolist() == [Kind.PLAYS, *[Kind.WAITS] * 2, Kind.PLAYS, Kind.PLAYS, Kind.WAITS]


def test_lead_at_the_same_time_counts_where_both_have_been() -> None:
    show = by_clock((REF, SLOW), [1.0, 9.0])
    found = score(show, np.array([0.0, 4.0, 10.0]))
    assert found.place_s[0].tolist() == [1.0, 5.0, 9.0]
    assert found.place_s[1] == pytest.approx([1.0, 4.2, 9.0])
    assert found.delta_s[1] == pytest.approx([0.0, 0.8, 2.0])


def test_on_the_new_run_s_clock_the_reference_is_where_it_was_after_the_same_time() -> None:
    found = score_on(SLOW, REF, np.array([1.0, 2.0, 7.0]))
    assert math.isnan(found.delta_s[1, 0]) and found.delta_s[1, 1:] == pytest.approx([0.0, 1.0])
    assert found.place_s[:, 2] == pytest.approx([6.0, 5.0])


@pytest.mark.parametrize("size", [(1920, 1080), (1080, 1920), (640, 360), (1000, 1000), (128, 128)])
@pytest.mark.parametrize("shape", [(1920, 1080), (1080, 1920), (853, 479), (5312, 4648)])
@pytest.mark.parametrize("n", [2, 3, 9])
def test_pictures_lie_within_and_on_whole_samples_of_colour(
    size: tuple[int, int], shape: tuple[int, int], n: int
) -> None:
    layouts: list[Layout] = [tiled(size, [shape] * n), *([inset(size, [shape] * 2)] if n == 2 else [])]
    for layout in [*layouts, overlaid(size, [shape] * 2)]:
        for box in layout.pictures:
            assert not any(value % 2 for value in box)
            assert box.x >= 0 and box.y >= 0 and box.x + box.width <= size[0] and box.y + box.height <= size[1]
            assert min(box.width, box.height) >= 2
        strip = layout.strip
        assert strip.x >= 0 and strip.y >= 0 and strip.x + strip.width <= size[0] and strip.y + strip.height <= size[1]
    boxes = layouts[0].pictures
    for i, a in enumerate(boxes):
        for b in boxes[i + 1 :]:
            assert a.x + a.width <= b.x or b.x + b.width <= a.x or a.y + a.height <= b.y or b.y + b.height <= a.y


def test_a_sticker_is_blended_and_cut_off_at_the_edges() -> None:
    white = Sticker.of(Image.new("RGBA", (5, 4), (255, 255, 255, 255)))
    assert white.size == (6, 4)
    for x, y in ((0, 0), (3, 2), (-3, -2), (13, 6), (40, 40)):
        planes = np.full((8, 16), 16, np.uint8), np.full((4, 8), 128, np.uint8), np.full((4, 8), 128, np.uint8)
        white.lay(planes, x, y)
        wide, high = max(0, min(16, x + 5) - max(0, x)), max(0, min(8, y + 4) - max(0, y))
        assert (planes[0] > 230).sum() == wide * high and (planes[0] == 16).sum() == 128 - wide * high
        assert np.abs(planes[1].astype(int) - 128).max() <= 1
    half = Sticker.of(Image.new("RGBA", (4, 4), (255, 0, 0, 128)))
    planes = np.full((4, 4), 16, np.uint8), np.full((2, 2), 128, np.uint8), np.full((2, 2), 128, np.uint8)
    half.lay(planes, 0, 0)
    assert planes[0][0, 0] == pytest.approx((16 + 63) / 2, abs=1) and planes[2][0, 0] == pytest.approx(184, abs=1)


def test_a_sticker_over_another_keeps_its_transparency() -> None:
    canvas = np.zeros((40, 40, 4), np.uint8)
    Sticker.of(Image.new("RGBA", (20, 20), (0, 0, 0, 128))).lay_rgba(canvas, 0, 0)
    Sticker.of(Image.new("RGBA", (20, 20), (255, 255, 255, 128))).lay_rgba(canvas, 10, 10)
    assert canvas[5, 5].tolist() == [0, 0, 0, 128] and canvas[25, 25].tolist() == [255, 255, 255, 128]
    assert canvas[15, 15, 3] == pytest.approx(192, abs=1) and canvas[15, 15, 0] == pytest.approx(170, abs=1)


def test_letters_fit() -> None:
    text = "A name that is much longer than there is room for"
    short = shortened(text, 20, 120)
    assert short.endswith("…") and text_width(short, 20) <= 120 and shortened("short", 20, 120) == "short"
    assert plate((Line(text, 20),)).size[0] > text_width(text, 20)
    assert dot(14, "#1f6fb4").size == (14, 14)


def test_only_changed_rows_are_packed_again_and_any_reader_reads_it() -> None:
    rng = np.random.default_rng(1)
    picture = rng.integers(0, 255, (50, 37, 4), dtype=np.uint8)
    png = BandedPng(picture)
    assert (np.asarray(Image.open(io.BytesIO(png.bytes()))) == picture).all()
    picture[20:23] = 7
    png.changed(picture, range(20, 23))
    assert (np.asarray(Image.open(io.BytesIO(png.bytes()))) == picture).all()


def all_trusted(found: np.ndarray) -> np.ndarray:
    return np.stack([trusted(found, look) for look in range(len(found))])


def test_corners_that_are_wrong_or_alone_count_for_nothing() -> None:
    looked = np.arange(0, 8, 0.125)
    square = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], float)
    found = np.tile(square, (len(looked), 1, 1)) + np.linspace(0, 0.1, len(looked))[:, None, None]
    found[10] += 0.6
    found[30:44] = np.nan  # 1.75 s
    found[46:53] = np.nan  # so that what is between is alone
    found[60:62] = np.nan
    corners = in_between(looked, all_trusted(found), np.arange(0, 7.8, 0.05))
    known = np.isfinite(corners[:, 0, 0])
    assert known[:72].all() and not known[75:132].any() and known[133:].all()
    assert np.abs(np.diff(corners[:72, 0, 0])).max() < 0.002
    assert not np.isfinite(in_between(looked, np.full_like(found, np.nan), looked)).any()


@pytest.mark.slow
def test_what_is_known_a_second_ahead_is_what_is_known_of_the_whole_video(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(4)
    times = np.arange(900) / 30
    looked = np.unique([*np.searchsorted(times, np.arange(0, times[-1], 0.125)), 899])
    found = np.zeros((900, 4, 2)) + 0.02 * rng.normal(size=(900, 1, 1))
    lost = np.convolve(rng.normal(size=len(looked) + 8), np.ones(9) / 3, "valid") > 0.6
    found[looked[lost]] = np.nan
    found[looked[rng.random(len(looked)) < 0.1]] += 0.5
    monkeypatch.setattr(
        "mtbsync_core.render.ghost._corners", lambda ref, _: found[int(ref[0, 0]) + 256 * int(ref[0, 1])]
    )
    pictures = [(np.array([[k % 256, k // 256]], np.uint8),) * 3 for k in range(900)]
    listener = Silent()
    registration = Registration(times, np.ones(900, bool), listener)
    whole = in_between(times[looked], all_trusted(found[looked]), times)
    for k, (ref, _) in enumerate(registration.ahead(iter([(p, p) for p in pictures]))):
        assert ref is pictures[k]
        np.testing.assert_array_equal(registration.corners[k], whole[k])
    share = float(np.isfinite(whole[:, 0, 0]).mean())
    assert 0.3 < share < 0.9 and f"{1 - share:.0%} of the video" in listener.notes[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("0:30-1:10", (30, 70)), ("12.5 – 20", (12.5, 20)), ("45-", (45, None)), ("-1:00", (None, 60))],
)
def test_ranges(text: str, expected: tuple[float | None, float | None]) -> None:
    assert tuple(read_range(text)) == expected


@pytest.mark.parametrize("text", ["", "5", "a-b", "10-5", "5-5", "1-2-3", "0:70-2:00"])
def test_ranges_that_are_none(text: str) -> None:
    with pytest.raises(UsageError) as error:
        read_range(text)
    assert error.value.hint


def test_sizes() -> None:
    assert read_size("1280x720") == (1280, 720)
    for text in ("1281x720", "big", "64x64", "9000x9000", "1920"):
        with pytest.raises(UsageError) as error:
            read_size(text)
        assert error.value.hint


def test_signs_are_shown() -> None:
    assert (signed(-0.004), signed(0.0), signed(-75.0)) == ("−0.00 s", "+0.00 s", "−1:15.0")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="where other systems keep fonts cannot be set")
def test_letters_that_the_built_in_font_lacks_are_taken_from_one_that_has_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A font of two letters, each a square; the other letters are empty in it."""
    builder = FontBuilder(1000)
    builder.setupGlyphOrder([".notdef", "mountain", "square"])
    builder.setupCharacterMap({ord("山"): "mountain", ord("A"): "square"})
    pen = TTGlyphPen(None)
    for n, place in enumerate([(0, 0), (0, 900), (900, 900), (900, 0)]):
        (pen.lineTo if n else pen.moveTo)(place)
    pen.closePath()
    square, empty = pen.glyph(), TTGlyphPen(None).glyph()
    builder.setupGlyf({".notdef": empty, "mountain": square, "square": square})
    builder.setupHorizontalMetrics(dict.fromkeys((".notdef", "mountain", "square"), (1000, 0)))
    builder.setupHorizontalHeader(ascent=900, descent=-100)
    builder.setupNameTable({"familyName": "Mountain", "styleName": "Regular"})
    builder.setupPost()
    (tmp_path / "fonts").mkdir()
    builder.save(str(tmp_path / "fonts" / "NotoSansCJK-Regular.ttc"))

    monkeypatch.setattr(stickers, "_MORE_FONTS", ("NotoSansCJK-Regular.ttc",))
    monkeypatch.setattr(stickers, "_found", stickers._found.__wrapped__)
    monkeypatch.setenv("XDG_DATA_DIRS", str(tmp_path / "none"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "none"))
    assert font("山A", 20).getname()[0] == "DejaVu Sans"  # boxes
    monkeypatch.setenv("XDG_DATA_DIRS", str(tmp_path))
    assert font("山A", 20).getname()[0] == "Mountain" and text_width("山A", 20) == 40
    assert font("A", 20).getname()[0] == font("é ž Ж", 20).getname()[0] == "DejaVu Sans"
    assert font("山é", 20).getname()[0] == "DejaVu Sans"  # neither has both
    said = plate((Line("山", 20),), pad=10).rgba[..., :3].min(axis=2)
    assert (said[8:24, 12:28] == 255).mean() > 0.9
