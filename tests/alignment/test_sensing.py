"""Sensors take away what they know to be wrong, and change nothing where the pictures are good."""

from __future__ import annotations

import numpy as np
import pytest

from mtbsync_core.alignment.pipeline import align_indexes
from mtbsync_core.alignment.result import Alignment
from mtbsync_core.telemetry.track import Telemetry
from tests.alignment.sensors_of_numbers import sensed
from tests.alignment.trail_of_numbers import NOISE, Run, Trail, index_of, metres_off, ride

TRAIL = Trail.of(5)
REF = ride(60, speed=5.0, seed=1)
NEW = ride(70, speed=4.3, seed=2, stops=((30.0, 6.0),))


def aligned(trail: Trail, ref: Run, new: Run, telemetry: tuple[Telemetry, Telemetry]) -> Alignment:
    return align_indexes(
        index_of(ref[0], trail.seen(ref[1], seed=1, noise=NOISE)),
        index_of(new[0], trail.seen(new[1], seed=2, noise=NOISE)),
        telemetry=telemetry,
    )


@pytest.mark.slow
@pytest.mark.parametrize("bias", [(6.0, 0.0), (0.0, -6.0)])
def test_a_bias_of_the_receiver_moves_nothing(bias: tuple[float, float]) -> None:
    plain = aligned(TRAIL, REF, NEW, (sensed(REF, 11), sensed(NEW, 12))).usable_warp()
    helped = aligned(TRAIL, REF, NEW, (sensed(REF, 11), sensed(NEW, 12, bias_m=bias))).usable_warp()
    t = np.arange(1.0, 55.0, 0.5)
    assert np.isfinite(plain.to_new(t)).all()
    # While the new run stands any moment is right.
    place = np.interp(plain.to_new(t), *NEW)
    stop = np.interp(30.0, *NEW)
    riding = np.abs(place - stop) > 1.0
    assert np.nanmax(np.abs(helped.to_new(t) - plain.to_new(t))[riding]) < 0.05


@pytest.mark.slow
def test_places_that_look_alike_are_told_apart_by_where_they_are() -> None:
    """The trail passes two places that look the same for 20 s; the new run shows one of them only."""
    look = TRAIL.look.copy()
    look[800:1200] = look[200:600]  # 200 m to 300 m as 50 m to 150 m
    twice = Trail(look)
    ref, new = ride(75, speed=5.0, seed=1), ride(20, speed=4.5, seed=2, start_m=205.0)
    torn = aligned(twice, ref, new, (Telemetry(), Telemetry()))
    told = aligned(twice, ref, new, (sensed(ref, 11), sensed(new, 12)))
    assert torn.verdict != "good" or metres_off(torn, ref, new).max() > 50
    assert metres_off(told, ref, new).max() < 3


@pytest.mark.slow
def test_tracks_elsewhere_refuse() -> None:
    far = sensed(NEW, 12, bias_m=(0.0, 300.0), motion=False)
    result = aligned(TRAIL, REF, NEW, (sensed(REF, 11, motion=False), far))
    assert result.verdict == "refused"
    assert "nowhere nearer" in result.reasons[0] and "--no-telemetry" in result.reasons[0]


@pytest.mark.slow
def test_a_track_that_was_put_at_the_wrong_second_is_named_and_moves_nothing() -> None:
    late = sensed(NEW, 12, bias_m=(120.0, 0.0), motion=False)
    result = aligned(TRAIL, REF, NEW, (sensed(REF, 11, motion=False), late))
    assert result.verdict == "check" and "--gpx-offset" in " ".join(result.reasons)
    assert np.median(metres_off(result, REF, NEW)) < 0.6


@pytest.mark.slow
@pytest.mark.parametrize("bias", [(0.0, 300.0), (120.0, 0.0)])
@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("own", [True, False])
def test_a_file_that_contradicts_the_pictures_is_left_out_and_named(
    bias: tuple[float, float], side: int, own: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """A track of another ride, or laid at the wrong second; the camera has a receiver of its own, or not."""
    telemetry = [sensed(REF, 11, motion=False), sensed(NEW, 12, motion=False)]
    run = (REF, NEW)[side]
    wrong = sensed(run, 13, bias_m=bias, motion=False).track
    telemetry[side] = Telemetry(wrong, None, telemetry[side].track if own else None, "watch.gpx")
    result = aligned(TRAIL, REF, NEW, (telemetry[0], telemetry[1]))
    assert result.verdict == "good" and np.median(metres_off(result, REF, NEW)) < 0.6
    assert "watch.gpx is left out" in caplog.text and "--gpx-offset" in caplog.text


@pytest.mark.slow
def test_of_two_files_the_wrong_one_is_left_out(caplog: pytest.LogCaptureFixture) -> None:
    ref, new = sensed(REF, 11, motion=False).track, sensed(NEW, 12, motion=False).track
    wrong = sensed(NEW, 13, bias_m=(90.0, 0.0), motion=False).track
    telemetry = Telemetry(ref, None, ref, "good.gpx"), Telemetry(wrong, None, new, "wrong.gpx")
    assert aligned(TRAIL, REF, NEW, telemetry).verdict == "good"
    assert "wrong.gpx is left out" in caplog.text and "good.gpx" not in caplog.text


@pytest.mark.slow
def test_a_file_that_is_right_stays(caplog: pytest.LogCaptureFixture) -> None:
    ref, new = sensed(REF, 11, motion=False), sensed(NEW, 12, motion=False, bias_m=(8.0, 0.0)).track
    aligned(TRAIL, REF, NEW, (ref, Telemetry(new, None, None, "watch.gpx", 0.5)))
    assert "left out" not in caplog.text
    aligned(TRAIL, REF, NEW, (ref, Telemetry(new, None, None, "vague.gpx", 40.0)))
    assert "vague.gpx is left out: where it begins is known to 40 s only" in caplog.text


@pytest.mark.slow
def test_one_side_alone_does_no_harm_and_knows_of_stops() -> None:
    for telemetry in ((sensed(REF, 11), Telemetry()), (Telemetry(), sensed(NEW, 12))):
        result = aligned(TRAIL, REF, NEW, telemetry)
        assert result.verdict == "good" and np.median(metres_off(result, REF, NEW)) < 0.6


@pytest.mark.slow
def test_strangers_stay_strangers() -> None:
    """One and the same way through the plane, ridden on trails that look different: the pictures have the last word."""
    other = Trail.of(9)
    result = align_indexes(
        index_of(REF[0], TRAIL.seen(REF[1], seed=1, noise=NOISE)),
        index_of(NEW[0], other.seen(NEW[1], seed=2, noise=NOISE)),
        telemetry=(sensed(REF, 11), sensed(NEW, 12)),
    )
    assert result.verdict == "refused"
