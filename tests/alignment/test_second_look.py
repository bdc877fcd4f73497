"""Where the first describer leaves doubt the second is asked, and the clearer of both is given."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mtbsync_core.alignment import preparation
from mtbsync_core.alignment.emission.pictures import picture_emission
from mtbsync_core.alignment.emission.self_similarity import SelfSimilarity
from mtbsync_core.alignment.judge.null_evidence import PictureEvidence, evidence_findings
from mtbsync_core.alignment.judge.verdict import VerdictOptions
from mtbsync_core.alignment.options import AlignOptions
from mtbsync_core.alignment.pipeline import align_indexes
from mtbsync_core.alignment.result import Alignment
from mtbsync_core.errors import EngineMissingError, UsageError
from mtbsync_core.media.probe import probe
from mtbsync_core.vision import index as indexes
from mtbsync_core.vision.ego_mask import EgoMask
from mtbsync_core.vision.features import Features
from mtbsync_core.vision.index import FrameIndex, IndexOptions, build_index, described_again
from mtbsync_core.vision.index_file import index_key
from mtbsync_core.warp import TimeWarp
from tests.alignment.trail_of_numbers import NOISE, Trail, index_of, ride
from tests.real_files import HERO7

REF, NEW = ride(24, speed=6, seed=1), ride(22, speed=6.5, seed=2)
CLEAR, DIM = NOISE, 9.0
"""Noise at which a pair is good, and at which it is refused."""


class Looks:
    """Indexes of two rides of one trail by a first describer, and what a second one makes of them when it is asked."""

    def __init__(self, first: float, second: float, seeds: tuple[int, int] = (1, 1)) -> None:
        trails = [Trail.of(seed) for seed in seeds]
        self.first, self.second = (
            tuple(
                index_of(t, trail.seen(place, seed, noise))
                for (t, place), trail, seed in zip((REF, NEW), trails, (5, 6), strict=True)
            )
            for noise in (first, second)
        )
        self.asked = 0

    def again(self, index: FrameIndex) -> FrameIndex:
        self.asked += 1
        return self.second[[x is index for x in self.first].index(True)]


def describer_of(found: Alignment) -> str:
    return str(found.options["index"]["describer"])


@pytest.mark.slow
def test_a_clear_pair_is_not_looked_at_again() -> None:
    looks = Looks(CLEAR, CLEAR)
    found = align_indexes(*looks.first, again=looks.again)
    assert found.verdict == "good" and looks.asked == 0 and describer_of(found) == "auto"


@pytest.mark.slow
def test_a_pair_in_doubt_is_looked_at_again_and_the_clearer_look_counts() -> None:
    looks = Looks(DIM, CLEAR)
    assert align_indexes(*looks.first).verdict == "refused"
    found = align_indexes(*looks.first, again=looks.again)
    assert found.verdict == "good" and looks.asked == 2 and describer_of(found) == "efficientnet"


@pytest.mark.slow
def test_a_second_look_that_sees_less_does_not_count() -> None:
    looks, never_clear = Looks(CLEAR, DIM), AlignOptions(verdict=VerdictOptions(check_below=100.0))
    found = align_indexes(*looks.first, options=never_clear, again=looks.again)
    assert found.usable and looks.asked == 2 and describer_of(found) == "auto"


@pytest.mark.slow
def test_two_looks_at_two_trails_accept_neither() -> None:
    looks = Looks(CLEAR, 1.0, seeds=(1, 2))
    assert align_indexes(*looks.first, again=looks.again).verdict == "refused"
    assert looks.asked == 2


@pytest.mark.slow
def test_the_first_describer_is_a_witness_of_the_places_that_the_second_one_found() -> None:
    looks = Looks(CLEAR, CLEAR)
    looks.first = looks.first[0], Looks(CLEAR, CLEAR, seeds=(1, 2)).first[1]
    found = align_indexes(*looks.first, again=looks.again)
    assert describer_of(found) == "efficientnet"
    assert found.quality.witnessed_per_s is not None and found.quality.witnessed_per_s < 0
    assert align_indexes(*looks.second).quality.witnessed_per_s is None


@pytest.mark.parametrize(
    ("local", "witnessed", "corners", "refused"),
    [
        (4.0, -1.3, 6.1, True),
        (4.0, None, 0.0, False),
        (4.0, 0.5, 0.0, False),
        (2.0, -0.86, 10.7, True),
        (4.0, -1.3, 60.0, False),
        (7.8, -1.3, 0.0, False),
        (-0.3, -3.5, 11.4, True),
        (-0.3, 0.5, 31.4, False),
    ],
)
def test_scenery_that_the_second_describer_takes_for_places_is_refused(
    local: float, witnessed: float | None, corners: float, refused: bool
) -> None:
    """Figures, per second, of strangers whose trails lead through one order of scenes, and of what is not to be."""
    t = np.linspace(0, 30, 61)
    seen = PictureEvidence(
        log_evidence=8.0 * 30,
        null=40.0,
        local=local * 30,
        verified_nats=corners,
        witnessed=None if witnessed is None else witnessed * 30,
    )
    found = evidence_findings(TimeWarp(t, t, np.full(61, 0.1)), seen, VerdictOptions())
    assert bool(found.refusals) == refused


@pytest.mark.slow
def test_whether_a_run_stands_the_first_describer_says_in_both_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    looks, similarity, asked = Looks(DIM, CLEAR), preparation._self_similarity, list[FrameIndex]()

    def asking(run: FrameIndex, pace: float) -> SelfSimilarity:
        asked.append(run)
        return similarity(run, pace)

    monkeypatch.setattr(preparation, "_self_similarity", asking)
    assert align_indexes(*looks.first, again=looks.again).verdict == "good"
    assert [run.descriptors is first.descriptors for run, first in zip(asked, looks.first, strict=True)] == [True, True]


def test_what_the_camera_carries_along_is_looked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    masks = iter([EgoMask(np.eye(18, 32) > 0)])
    monkeypatch.setattr(indexes, "ego_mask", lambda *_: next(masks))
    corners = Features(np.zeros((1, 2), np.float32), np.zeros((1, 128), np.uint8))
    plain = index_of(REF[0], np.zeros((len(REF[0]), 8, 8, 16), np.float16))
    once = replace(plain, features=[corners] * len(plain.t_s)).with_ego_mask()
    assert once.ego is not None and once.with_ego_mask() is once


@pytest.mark.slow
def test_whoever_names_a_describer_gets_that_one_alone() -> None:
    looks = Looks(DIM, CLEAR)
    options = AlignOptions(index=IndexOptions(describer="hog"))
    assert align_indexes(*looks.first, options=options, again=looks.again).verdict == "refused"
    assert looks.asked == 0


@pytest.mark.slow
def test_where_the_second_describer_is_not_installed_the_first_one_counts(caplog: pytest.LogCaptureFixture) -> None:
    def again(_: FrameIndex) -> FrameIndex:
        raise EngineMissingError("the weights are not installed", "Run install.py again.")

    found = align_indexes(*Looks(DIM, CLEAR).first, again=again)
    assert found.verdict == "refused" and "weights are not installed" in caplog.text


def test_auto_makes_and_keeps_the_index_of_the_first_describer() -> None:
    media = index_of(REF[0], np.zeros((len(REF[0]), 8, 8, 16), np.float16)).media
    media = replace(media, path=HERO7, files=(replace(media.files[0], path=HERO7),))
    auto, named = IndexOptions(), IndexOptions(describer="hog")
    assert auto.describer == "auto" and index_key(media, auto) == index_key(media, named)


@pytest.mark.slow
def test_described_again_are_the_same_samples_with_the_same_corners(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexes, "SECOND_DESCRIBER", "hog")
    options = IndexOptions(fps=0.4, n_features=20)
    first = build_index(probe(HERO7), options)
    blank = replace(first, descriptors=np.zeros_like(first.descriptors))
    second = described_again(blank)
    assert np.array_equal(second.descriptors, first.descriptors) and second.features is first.features
    assert second.ego is first.ego and second.key == first.key


def test_an_index_without_pictures_cannot_be_described_again() -> None:
    index = index_of(REF[0], np.zeros((len(REF[0]), 8, 8, 16), np.float16))
    with pytest.raises(UsageError, match="keeps no pictures"):
        described_again(index)


def test_contrast_above_the_ceiling_is_scaled_and_not_cut() -> None:
    """Where every true place stands out far, peaks keep their shape."""
    t = np.arange(0, 20, 0.3)
    peak = np.asarray(18 * np.exp(-0.5 * ((t[:, None] - t[None]) / 0.6) ** 2), np.float32)
    sharp, mild = (picture_emission(peak / np.float32(n), t, t) for n in (1, 3))
    assert np.allclose(sharp.log_ratio, mild.log_ratio, atol=0.01)
    row = np.asarray(sharp.log_ratio[30], float)
    assert (row > row.max() - 0.05).sum() * sharp.step_s < 0.3
