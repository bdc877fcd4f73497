"""Markers of a timeline over a clip whose speed changes: they go through the ramp, or are left out and counted."""

from __future__ import annotations

from fractions import Fraction

import opentimelineio as otio
import pytest

from otio_adapters.ramp import Ramp, even
from tests.otio_adapters.editors import (
    NTSC,
    TWENTY_FIVE,
    WHOLE,
    at,
    clip,
    document,
    fcpxml,
    file,
    flag,
    found_in,
    graph,
    issues,
    item,
    mark,
    places,
    ride,
    span,
    timeline,
    written,
    xmeml,
)

KEYS = ((0, 0), (300, 600), (900, 900))


def resolve_ramp(*keys: tuple[float, float, float, float, float, float]) -> otio.schema.TimeEffect:
    rows = [[time, source, bool(any(handles)), *handles] for time, source, *handles in keys]
    return otio.schema.TimeEffect(metadata={"Resolve_OTIO": {"Key Frames": rows, "Speed Ratio": 1.3}})


def plain(*keys: tuple[float, float]) -> otio.schema.TimeEffect:
    return resolve_ramp(*((time, source, 0.0, 0.0, 0.0, 0.0) for time, source in keys))


def test_premiere_goes_through_its_graph() -> None:
    text = document(xmeml(item(file(), more=graph(*KEYS) + flag(100, "own")), flag(200, "a") + flag(600, "b")))
    assert places(found_in(text, ride())) == {"own": at(100), "a": at(400), "b": at(750)}


def test_a_trimmed_ramp_of_premiere() -> None:
    text = document(xmeml(item(file(), 50, 350, 200, graph(*KEYS)), flag(50, "first") + flag(200, "later")))
    assert places(found_in(text, ride())) == {"first": at(400), "later": at(625)}


def test_a_ramp_of_premiere_that_stands_and_turns_back() -> None:
    keys = graph((0, 0), (100, 200), (200, 200), (300, 100))
    text = document(xmeml(item(file(), 0, 300, 0, keys), flag(150, "still") + flag(250, "back")))
    assert places(found_in(text, ride())) == {"still": at(200), "back": at(150)}


def test_a_curved_graph_is_left_out_and_said() -> None:
    handle = "<outbez><horiz>20</horiz><vert>5</vert></outbez>"
    text = document(xmeml(item(file(), more=graph(*KEYS, handle=handle) + flag(9, "own")), flag(200, "curved")))
    found = found_in(text, ride())
    assert places(found) == {"own": at(9)} and issues(found) == {"unfollowed": 1}


def test_music_over_a_ramp_of_premiere() -> None:
    wav = file("music.wav", id="w", more="<media><audio/></media>")
    text = document(xmeml(item(file(), more=graph(*KEYS)), audio=item(wav, 100, 400, 50, flag(150, "beat"))))
    assert places(found_in(text, ride())) == {"beat": at(400)}


def test_a_ramp_of_resolve() -> None:
    made = clip(available=WHOLE, effects=[plain((0, 0), (10, 20), (30.03, 40.03))], markers={"own": 107892 + 90})
    found = found_in(written(timeline(made, markers={"a": 200})), ride())
    assert places(found) == {"own": at(90), "a": at(400)} and not issues(found)


def test_an_eased_ramp_of_resolve_is_the_curve_that_was_measured() -> None:
    ease = resolve_ramp(
        (0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
        (12.0, 1.2, -1.898, -0.38, 1.898, 0.0),
        (24.0, 4.8, -1.898, -1.5, 1.898, 0.759),
        (36.0, 10.8, 0.0, 0.0, 0.0, 0.0),
    )
    made = clip(available=WHOLE, effects=[ease], length=1079)
    found = found_in(written(timeline(made, markers={"a": 18 * 30000 / 1001})), ride())
    assert places(found)["a"] == pytest.approx(2.4375, abs=0.001)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (((0, 10), (10, 30), (30, 40)), 10 + 2 * at(200)),  # counted from the file's first frame
        (((0, 0), (10, 20), (30.03, 40.03)), at(300) + 2 * at(200)),  # from the clip's
        (((0, 0), (20, 40), (60, 80)), None),  # of which they count from is not known
        (((0, 0),), None),
    ],
)
def test_a_trimmed_ramp_of_resolve(keys: tuple[tuple[float, float], ...], expected: float | None) -> None:
    made = clip(first=107892 + 299.7 if keys[0][1] else 107892 + 300, available=WHOLE, effects=[plain(*keys)])
    found = found_in(written(timeline(made, markers={"a": 200})), ride())
    if expected is None:
        assert places(found) == {} and issues(found) == {"unfollowed": 1}
    else:
        assert places(found)["a"] == pytest.approx(expected, abs=0.001)


def test_effects_on_time_that_nobody_knows_are_left_out_and_said() -> None:
    for effects in (
        [otio.schema.TimeEffect("Ramp", "SomebodysRamp")],
        [plain((0, 0), (10, 20), (30.03, 40.03)), otio.schema.LinearTimeWarp(time_scalar=2.0)],
    ):
        made = clip(available=WHOLE, effects=effects, markers={"own": 107892 + 90})
        found = found_in(written(timeline(made, markers={"a": 200})), ride())
        assert places(found) == {"own": at(90)} and issues(found) == {"unfollowed": 1}


def test_an_effect_that_is_off_does_nothing() -> None:
    warp = otio.schema.LinearTimeWarp(time_scalar=2.0)
    warp.enabled = False
    found = found_in(written(timeline(clip(available=WHOLE, effects=[warp]), markers={"a": 200})), ride())
    assert places(found) == {"a": at(200)}


def test_a_reversed_clip() -> None:
    made = clip(first=107892 + 899, available=WHOLE, effects=[otio.schema.LinearTimeWarp(time_scalar=-1.0)])
    text = timeline(made)
    text.tracks.markers.append(otio.schema.Marker("back", span(100, 30)))
    (marker,) = found_in(written(text), ride()).markers
    assert round(marker.t_s, 4) == at(770) and marker.duration_s == pytest.approx(at(30), abs=1e-3)


MAP = (
    '<timeMap><timept time="0s" value="0s"/><timept time="10s" value="20s" {}/>'
    '<timept time="30s" value="30s"/></timeMap>'
)


def test_a_time_map_of_final_cut() -> None:
    marks = mark("1s", "beat") + mark("15s", "late")
    beat = f'<asset-clip ref="r4" lane="-1" offset="5s" duration="20s">{marks}</asset-clip>'
    text = fcpxml(f'<asset-clip ref="r2" duration="30s">{MAP.format("")}{beat}{mark("6s", "own")}</asset-clip>')
    assert places(found_in(text, ride(timecode=None))) == {"beat": 12.0, "own": 12.0, "late": 25.0}


def test_a_freeze_and_a_way_back_in_a_time_map() -> None:
    points = (("0s", "0s"), ("4s", "4s"), ("8s", "4s"), ("12s", "2s"))
    map = "".join(f'<timept time="{time}" value="{value}" interp="linear"/>' for time, value in points)
    title = f'<title lane="1" offset="6s" duration="5s">{mark("0s", "on the still")}{mark("4s", "back")}</title>'
    own = mark("10s", "own")
    story = f'<asset-clip ref="r2" duration="12s"><timeMap>{map}</timeMap>{title}{own}</asset-clip>'
    assert places(found_in(fcpxml(story, frame="1/25s"), ride(TWENTY_FIVE, None))) == {
        "on the still": 4.0,
        "back": 3.0,
        "own": 3.0,
    }


def test_where_final_cut_eases_nothing_is_placed() -> None:
    eased = MAP.format('inTime="1s" outTime="2s"')
    beats = "".join(mark(f"{second}s", f"at {second}") for second in (5, 9.5, 11, 20))
    music = f'<asset-clip ref="r4" lane="-1" offset="0s" duration="30s">{beats}</asset-clip>'
    found = found_in(fcpxml(f'<asset-clip ref="r2" duration="30s">{eased}{music}</asset-clip>'), ride(timecode=None))
    assert places(found) == {"at 5": 10.0, "at 20": 25.0} and issues(found) == {"unfollowed": 2}


def test_ramps_one_after_the_other() -> None:
    outer = Ramp(((Fraction(0), Fraction(0)), (Fraction(10), Fraction(20)), (Fraction(20), Fraction(25))))
    inner = Ramp(
        ((Fraction(0), Fraction(100)), (Fraction(5), Fraction(110)), (Fraction(22), Fraction(90))),
        ((Fraction(21), Fraction(22)),),
    )
    both = outer.then(inner)
    for n in range(-20, 60):
        own = Fraction(n, 2)
        through = outer.at(own)
        assert through is not None and both.at(own) == inner.at(through)
    assert even(Fraction(3), Fraction(2)).then(even(Fraction(1), Fraction(1, 2))).speed == 1
    assert list(outer.own_times(Fraction(22))) == [14] and NTSC.fps
