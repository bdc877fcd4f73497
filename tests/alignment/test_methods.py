"""Dynamic time warping and the straight line, beside the lattice on the same runs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mtbsync_core.alignment.baselines.affine import AffineOptions, fit_line
from mtbsync_core.alignment.options import AlignOptions, WarpMethod
from mtbsync_core.alignment.pairs import TimePairs
from mtbsync_core.alignment.pipeline import align, align_indexes, solve
from mtbsync_core.alignment.preparation import prepare
from mtbsync_core.alignment.user_pairs import UserPair
from mtbsync_core.errors import EvidenceError, UsageError
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.telemetry.track import Telemetry
from mtbsync_core.vision.index import FrameIndex, IndexOptions
from tests.alignment.trail_of_numbers import Floats, Trail, index_of, ride

NOISE = 1.5
Run = tuple[Floats, Floats]


@pytest.fixture(scope="module")
def trail() -> Trail:
    return Trail.of(1)


def indexes(trail: Trail, ref: Run, new: Run) -> tuple[FrameIndex, FrameIndex]:
    return (
        index_of(ref[0], trail.seen(ref[1], seed=1, noise=NOISE)),
        index_of(new[0], trail.seen(new[1], seed=2, noise=NOISE)),
    )


@pytest.mark.slow
def test_time_warping_follows_a_changing_speed(trail: Trail) -> None:
    ref, new = ride(25, speed=6, seed=1), ride(25, speed=6.0, seed=2)
    result = align_indexes(*indexes(trail, ref, new), options=AlignOptions(method="fastdtw"))
    t = np.arange(2.0, 23.0, 0.1)
    to = result.usable_warp().to_new(t)
    assert np.nanmedian(np.abs(np.interp(to, *new) - np.interp(t, *ref))) < 1.5
    assert result.verdict == "check" and result.method == "fastdtw"
    assert any("fastdtw joins both starts" in reason for reason in result.reasons)
    assert set(result.pairs.source) == {"path"}


@pytest.mark.slow
def test_time_warping_goes_through_pairs_and_refuses_another_trail(trail: Trail) -> None:
    ref, new = ride(15, speed=6, seed=1), ride(15, speed=6, seed=2)
    options = AlignOptions(method="fastdtw")
    prepared = prepare(*indexes(trail, ref, new), options=options)
    warp = solve(prepared, [UserPair(8.0, 8.6)]).usable_warp()
    assert float(warp.to_new(8.0)) == pytest.approx(8.6, abs=1e-3)
    other = index_of(new[0], Trail.of(2).seen(new[1], seed=2))
    assert align_indexes(prepared.ref, other, options=options).verdict == "refused"


def test_one_ride_by_two_cameras_is_a_straight_line(trail: Trail) -> None:
    ref = ride(40, speed=6, seed=1)
    late = ref[0][:120], np.interp(ref[0][:120] + 3.0, *ref)
    result = align_indexes(*indexes(trail, ref, late), options=AlignOptions(method="affine"))
    assert result.verdict == "good", result.reasons
    data = result.as_dict()
    assert data["model"] == "affine" and abs(data["ppm"]) <= 1000
    assert data["params"]["b"] == pytest.approx(3.0, abs=0.1)
    assert float(result.usable_warp().to_ref(10.0)) == pytest.approx(13.0, abs=0.1)


def test_another_speed_is_refused_in_words(trail: Trail) -> None:
    ref, new = ride(40, speed=6, seed=1), ride(36, speed=6.6, seed=2)
    result = align_indexes(*indexes(trail, ref, new), options=AlignOptions(method="affine"))
    assert result.verdict == "refused" and not result.ok
    assert any("(--warp-" in reason for reason in result.reasons)


def test_a_line_takes_no_pairs_of_the_user(trail: Trail) -> None:
    ref = ride(12, speed=6, seed=1)
    with pytest.raises(UsageError, match="straight line"):
        align_indexes(*indexes(trail, ref, ref), options=AlignOptions(method="affine"), user=[UserPair(5, 5)])


def test_the_gates_act() -> None:
    t = np.arange(0.0, 40.0, 0.5)
    ref = 1.0005 * t + 2
    ref[::2] += np.random.default_rng(1).uniform(3, 9, len(ref[::2]))
    pairs = TimePairs.of(t, ref, np.ones(len(t)))
    o = AffineOptions()
    line = fit_line(pairs, o)
    assert (line.a, line.b) == pytest.approx((1.0005, 2.0), abs=1e-6) and line.on_it == 0.5
    assert not line.refusals(o)
    assert line.refusals(replace(o, max_ppm=400)) and line.refusals(replace(o, min_inlier_frac=0.6))
    with pytest.raises(EvidenceError):
        fit_line(TimePairs.of(np.ones(3), np.ones(3), np.ones(3)), o)


@pytest.mark.slow
@pytest.mark.parametrize(("method", "corners"), [("lattice", None), ("fastdtw", 0), ("affine", 0)])
def test_corners_are_looked_for_where_anchors_need_them(
    method: WarpMethod, corners: int | None, trail: Trail, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    run = ride(25, speed=6, seed=1)
    index = index_of(run[0], trail.seen(run[1], seed=1, noise=NOISE))

    def build(_media: MediaInfo, options: IndexOptions, **_: object) -> FrameIndex:
        asked.append(options.n_features)
        return index

    monkeypatch.setattr("mtbsync_core.alignment.pipeline.build_index", build)
    monkeypatch.setattr("mtbsync_core.alignment.pipeline.check_pair", lambda *_: None)
    align(index.media, index.media, options=AlignOptions(method=method), telemetry=(Telemetry(), Telemetry()))
    assert asked == [corners, corners]
