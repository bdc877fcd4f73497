"""A part at which corners do not agree, while they do elsewhere, needs pictures that outweigh that."""

from __future__ import annotations

import pytest

from mtbsync_core.alignment.refine.disproved import disproved
from mtbsync_core.alignment.refine.verification import Verification, VerificationOptions
from mtbsync_core.vision.anchor import Anchor

PARTS = [(0.0, 20.0), (30.0, 40.0)]
NOWHERE = (float("nan"), float("inf"))


def looked_for(first: int, second: int) -> list[Anchor]:
    """Two moments a second; so many of the 40 and of the 20 agree."""
    agree = [k < first for k in range(40)] + [k < second for k in range(20)]
    times = [k / 2 for k in range(40)] + [30 + k / 2 for k in range(20)]
    return [Anchor(t, *NOWHERE, 30 if yes else 0) for t, yes in zip(times, agree, strict=True)]


def wrong(nats: float, first: int, second: int, by_chance: float = 0.07) -> bool:
    found = disproved(
        PARTS, [200.0, nats], looked_for(first, second), Verification(0.9, by_chance, 20.0), VerificationOptions()
    )
    assert not found[0]
    return found[1]


def test_a_part_without_corners_is_another_place_unless_pictures_outweigh_that() -> None:
    assert wrong(0.0, 38, 0)
    assert wrong(19.0, 38, 1)
    assert not wrong(60.0, 38, 0)


@pytest.mark.parametrize(("first", "second"), [(38, 18), (38, 10), (4, 1), (2, 0)])
def test_where_corners_agree_as_well_or_nowhere_they_disprove_nothing(first: int, second: int) -> None:
    assert not wrong(2.0, first, second)


def test_what_pictures_speak_against_needs_corners_that_speak_for_it() -> None:
    assert wrong(-5.0, 38, 6)
    assert not wrong(-5.0, 38, 18)


def test_chance_that_is_as_high_tells_nothing() -> None:
    assert not wrong(-1.0, 38, 0, by_chance=0.97)


def test_a_single_part_and_none_looked_for_have_nothing_to_be_compared_with() -> None:
    options, chance = VerificationOptions(), Verification(0.5, 0.1, 9.0)
    assert disproved(PARTS[:1], [-9.0], looked_for(0, 0), chance, options) == [False]
    assert disproved(PARTS, [-9.0, -9.0], [], chance, options) == [False, False]
    assert disproved(PARTS, [-9.0, -9.0], looked_for(40, 0), None, options) == [False, False]
