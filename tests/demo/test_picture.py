"""The pictures against the truth: what stands at a known place is seen where geometry puts it, in both runs."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from mtbsync_core.demo.difficulty import Difficulty
from mtbsync_core.demo.lens import HALF_FOV
from mtbsync_core.demo.plan import DemoOptions, RunPlan, plan
from mtbsync_core.demo.render import Renderer

WIDTH, HEIGHT = 320, 180
SEED = 1
BANNER_M = 2.93  # height of the middle of the gate's red banner above the ground
BEFORE_M = 7.5


def renderer_of(run: RunPlan) -> Renderer:
    trail = run.trail()
    rng = np.random.default_rng([*run.run_seed, 2])
    return Renderer(trail, run.ride(trail), run.style, rng, run.width, run.height)


def drawn(renderer: Renderer, frame: int) -> NDArray[np.uint8]:
    """A frame, (height, width, 3) BGR."""
    return np.asarray(cv2.cvtColor(renderer.planes(frame), cv2.COLOR_YUV2BGR_I420), np.uint8)


def seen_at(run: RunPlan, frame: int, point: tuple[float, float, float]) -> tuple[float, float]:
    """Column and row of a world point in a frame, by an equidistant fisheye; written apart from the renderer."""
    ride = run.ride()
    away = np.subtract(point, (ride.x_m[frame], ride.y_m[frame], ride.z_m[frame]))
    yaw, pitch, roll = (float(angle[frame]) for angle in (ride.yaw, ride.pitch, ride.roll))
    # East-north-up to the camera: undo the yaw, then the pitch, then the roll.
    ahead, left = away[0] * np.cos(yaw) + away[1] * np.sin(yaw), away[1] * np.cos(yaw) - away[0] * np.sin(yaw)
    ahead, up = ahead * np.cos(pitch) + away[2] * np.sin(pitch), away[2] * np.cos(pitch) - ahead * np.sin(pitch)
    right, up = -left * np.cos(roll) - up * np.sin(roll), up * np.cos(roll) - left * np.sin(roll)
    from_axis = np.arctan2(np.hypot(right, up), ahead)
    radius = from_axis / HALF_FOV * run.width / 2 / np.hypot(right, up)
    return run.width / 2 + radius * right, run.height / 2 - radius * up


def red_patch(picture: NDArray[np.uint8]) -> tuple[float, float, int]:
    """Column, row and size of the largest patch above the middle that is far more red than green or blue."""
    blue, green, red = (picture[: HEIGHT // 2, :, k].astype(int) for k in range(3))
    mask = ((red > 1.8 * green) & (red > 1.8 * blue) & (red > 50)).astype(np.uint8)
    _, _, boxes, centres = cv2.connectedComponentsWithStats(cv2.dilate(mask, np.ones((3, 9), np.uint8)))
    largest = 1 + int(np.argmax(boxes[1:, cv2.CC_STAT_AREA]))
    return float(centres[largest][0]), float(centres[largest][1]), int(boxes[largest, cv2.CC_STAT_AREA])


@pytest.mark.slow
@pytest.mark.parametrize(("difficulty", "side"), [("easy", 0), ("easy", 1), ("hard", 1)])
def test_the_start_gate_is_seen_where_it_stands(difficulty: Difficulty, side: int) -> None:
    run = plan(DemoOptions(seed=SEED, seconds=4, difficulty=difficulty, width=WIDTH, height=HEIGHT))[side]
    run = replace(run, style=replace(run.style, season=0.0))  # so that no leaf is as red as the banner
    trail = run.trail()
    gate = next(place for place in trail.places if place.kind == "gate")
    moment = float(run.schedule.time(np.array([gate.s_m - BEFORE_M]))[0])
    frame = round(moment * float(run.encoding.rate))
    x, y = trail.ground_point(np.array([gate.s_m]), np.zeros(1))
    foot = float(trail.height(x, y)[0])
    column, row = seen_at(run, frame, (float(x[0]), float(y[0]), foot + BANNER_M))
    found_column, found_row, size = red_patch(drawn(renderer_of(run), frame))
    assert size > 100
    assert found_column == pytest.approx(column, abs=0.03 * WIDTH)
    assert found_row == pytest.approx(row, abs=0.05 * HEIGHT)
    assert abs(found_column - WIDTH / 2) < 0.2 * WIDTH  # the rider looks where the trail goes


@pytest.mark.slow
def test_a_frame_is_the_same_whenever_and_by_whom_it_is_drawn() -> None:
    _, new = plan(DemoOptions(seed=SEED, seconds=2, difficulty="hard", width=160, height=90))
    first, second = renderer_of(new), renderer_of(new)
    drawn(first, 3)
    frame = drawn(first, 20)
    assert frame.shape == (90, 160, 3)
    assert np.array_equal(frame, drawn(second, 20))
    assert not np.array_equal(frame, drawn(second, 21))
    assert frame.std() > 15  # there is something to see
