"""Anchors on a cloud of points with exact geometry: level is level on any line, and the noise is in the spread."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from mtbsync_core.telemetry.lens import Lens
from mtbsync_core.vision.anchor import Anchor, find_anchor, median_inverse_depth
from mtbsync_core.vision.features import Features
from mtbsync_core.vision.matchers.orb import Orb

Floats = NDArray[np.float64]
SPEED = 6.0
PLAIN = Lens()


def view(
    points: Floats, codes: NDArray[np.uint8], ahead_m: float, side_m: float, yaw: float, seed: int, lens: Lens = PLAIN
) -> Features:
    """What a camera sees that far along z and to the side, turned by yaw, with some noise."""
    turn = np.array([[np.cos(yaw), 0, -np.sin(yaw)], [0, 1, 0], [np.sin(yaw), 0, np.cos(yaw)]])
    x = (points - [side_m, 0, ahead_m]) @ turn.T
    angle = np.arctan2(np.hypot(x[:, 0], x[:, 1]), x[:, 2])
    seen = (angle < lens.half_rad * 1.1) & (x[:, 2] > 0.5)
    radius = np.tan(angle[seen]) / np.tan(lens.half_rad) if lens.flat else angle[seen] / lens.half_rad
    direction = x[seen, :2] / np.hypot(x[seen, 0], x[seen, 1])[:, None]
    xy = direction * radius[:, None] + 0.0015 * np.random.default_rng(seed).standard_normal((seen.sum(), 2))
    return Features(xy.astype(np.float32), codes[seen])


@pytest.mark.parametrize("side_m", [0.0, 0.7, -1.5])
@pytest.mark.parametrize("yaw", [0.0, 0.12])
def test_the_crossing_is_where_the_cameras_are_level(side_m: float, yaw: float) -> None:
    rng = np.random.default_rng(5)
    points = np.column_stack([rng.uniform(-12, 12, 500), rng.uniform(-4, 4, 500), rng.uniform(-2, 40, 500)])
    codes = rng.integers(0, 256, (500, 32), np.uint8)
    t_ref = np.arange(9.1, 11.0, 0.3)
    ref = [view(points, codes, SPEED * (t - 10), 0.0, 0.0, k) for k, t in enumerate(t_ref)]
    level_at = 10.11
    new = view(points, codes, SPEED * (level_at - 10), side_m, yaw, 99)
    anchor = find_anchor(4.2, new, t_ref, ref, 10.0, reach_s=0.8, matcher=Orb())
    assert anchor.n_inliers > 50
    assert anchor.t_ref == pytest.approx(level_at, abs=0.03)
    assert 0 < anchor.sigma_s < 0.1


def cloud() -> tuple[Floats, NDArray[np.uint8]]:
    rng = np.random.default_rng(5)
    points = np.column_stack([rng.uniform(-12, 12, 500), rng.uniform(-4, 4, 500), rng.uniform(-2, 40, 500)])
    return points, rng.integers(0, 256, (500, 32), np.uint8)


@pytest.mark.slow
def test_two_frames_half_a_second_apart_will_do_where_the_usual_slope_is_known() -> None:
    points, codes = cloud()
    level_at = 10.11
    new = view(points, codes, SPEED * (level_at - 10), 0.4, 0.05, 99)

    def found(t_ref: Floats, usual: float | None) -> Anchor:
        ref = [view(points, codes, SPEED * (t - 10), 0.0, 0.0, k) for k, t in enumerate(t_ref)]
        return find_anchor(4.2, new, t_ref, ref, 10.0, reach_s=0.8, matcher=Orb(), usual_pace=usual)

    many, two = np.arange(9.1, 11.0, 0.1), np.array([9.8, 10.3])
    pace = found(many, None).pace
    assert pace > 0
    assert np.isnan(found(two, None).t_ref)
    assert found(two, pace).t_ref == pytest.approx(level_at, abs=0.05)
    assert found(two, pace * 1.2).t_ref == pytest.approx(level_at, abs=0.06)
    assert found(many, None).sigma_s < found(two, pace).sigma_s < 0.3


def test_depth_is_told_by_the_corners_that_move_most() -> None:
    """Half of the corners hardly move, so that their depths are mostly noise, which is never negative."""
    rng = np.random.default_rng(4)
    toward = np.concatenate([rng.uniform(0.5, 1, (200, 2)), rng.uniform(0.01, 0.05, (200, 2))])
    moved = 0.02 * toward + 0.003 * rng.standard_normal((400, 2))
    depths = np.abs((moved * toward).sum(axis=1) / (toward**2).sum(axis=1))
    assert median_inverse_depth(depths, moved, toward) == pytest.approx(0.02, abs=0.0005)
    assert np.median(depths) > 0.022
    exact = 0.02 * toward
    depths = rng.uniform(0.01, 0.03, 400)
    assert median_inverse_depth(depths, exact, toward) == pytest.approx(np.median(depths), abs=0.0003)


def test_a_reference_that_stands_has_no_crossing_whatever_the_usual_slope() -> None:
    points, codes = cloud()
    ref = [view(points, codes, 0.0, 0.0, 0.0, k) for k in range(4)]
    new = view(points, codes, 1.5, 0.4, 0.05, 99)
    t_ref = np.array([9.4, 9.8, 10.2, 10.6])
    anchor = find_anchor(4.2, new, t_ref, ref, 10.0, reach_s=0.8, matcher=Orb(), usual_pace=0.5)
    assert anchor.n_inliers > 50
    assert np.isnan(anchor.t_ref) or anchor.sigma_s > 0.3


@pytest.mark.parametrize("lens", [Lens(1.04), Lens(0.7, flat=True)])
def test_unlike_lenses_that_are_known_do_not_bias_the_crossing(lens: Lens) -> None:
    rng = np.random.default_rng(5)
    points = np.column_stack([rng.uniform(-12, 12, 500), rng.uniform(-4, 4, 500), rng.uniform(-2, 40, 500)])
    codes = rng.integers(0, 256, (500, 32), np.uint8)
    t_ref = np.arange(9.1, 11.0, 0.3)
    ref = [view(points, codes, SPEED * (t - 10), 0.0, 0.0, k) for k, t in enumerate(t_ref)]
    new = view(points, codes, SPEED * 0.11, 0.7, 0.1, 99, lens)

    def crossing(lenses: tuple[Lens, Lens]) -> float:
        return find_anchor(4.2, new, t_ref, ref, 10.0, reach_s=0.8, matcher=Orb(), lenses=lenses).t_ref

    assert crossing((Lens(), lens)) == pytest.approx(10.11, abs=0.03)
    assert not abs(crossing((Lens(), Lens())) - 10.11) < 0.1


def test_corners_that_agree_by_chance_do_not_count() -> None:
    """Unrelated frames whose descriptors happen to match one to one: a tenth of the pairs fit some geometry."""
    rng = np.random.default_rng(8)
    codes = rng.integers(0, 256, (100, 32), np.uint8)
    new, *ref = (Features(rng.uniform(-1, 1, (100, 2)).astype(np.float32), codes) for _ in range(6))
    anchor = find_anchor(1.0, new, np.arange(0.0, 2.0, 0.4), ref, 1.0, reach_s=1.0, matcher=Orb())
    assert np.isnan(anchor.t_ref) and anchor.n_inliers == 0


def test_strangers_give_no_anchor() -> None:
    rng = np.random.default_rng(6)

    def stranger() -> Features:
        xy = rng.uniform(-1, 1, (300, 2)).astype(np.float32)
        return Features(xy, rng.integers(0, 256, (300, 32), np.uint8))

    anchor = find_anchor(
        1.0, stranger(), np.arange(5.0), [stranger() for _ in range(5)], 2.0, reach_s=0.8, matcher=Orb()
    )
    assert np.isnan(anchor.t_ref) and anchor.n_inliers == 0


def test_features_of_a_flat_frame_are_empty_not_an_error() -> None:
    nothing = Orb().extractor(800)(np.full((180, 320), 90, np.uint8))
    assert nothing.xy.shape == (0, 2) and nothing.descriptors.shape == (0, 32)
    assert find_anchor(0.0, nothing, np.zeros(3), [nothing] * 3, 0.0, reach_s=1.0, matcher=Orb()).n_inliers == 0


def test_coordinates_are_centred_on_the_picture() -> None:
    """A dot in the middle of the right half lies at x = +0.5, y = 0, also when the frame is enlarged for ORB."""
    for width in (160, 640):
        frame = np.full((width // 2, width), 40, np.uint8)
        s = width // 40
        frame[width // 4 - s : width // 4 + s, 3 * width // 4 - s : 3 * width // 4 + s] = 250
        found = Orb().extractor(800)(frame)
        np.testing.assert_allclose(found.xy.mean(axis=0), [0.5, 0.0], atol=0.02)
