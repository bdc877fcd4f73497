"""What a review tells the next alignment into its folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mtbsync_core.alignment.options import AlignOptions
from mtbsync_core.alignment.user_pairs import UserPair
from mtbsync_core.errors import FormatError
from mtbsync_core.jobs.edits import Edits, NotedPair
from mtbsync_core.jobs.listener import Notes
from mtbsync_core.jobs.pair import KnownOptions, PairOptions
from mtbsync_core.jobs.reviewed import with_reviewed_pairs, write_review
from tests.review.made import aligned

PAIRS = (NotedPair("P1", 10.0, 11.9), NotedPair("P2", 30.0, 33.9))


@pytest.fixture(scope="module")
def alignment():
    return aligned(Path("/rides"))


def asked(folder: Path, alignment, options: PairOptions, said: Notes) -> tuple[UserPair, ...]:
    media = alignment.media_ref, alignment.media_new
    return with_reviewed_pairs(options, folder, media, said).known.anchor


def test_pairs_are_anchors_and_anchors_come_first(tmp_path: Path, alignment) -> None:
    said = Notes()
    assert asked(tmp_path, alignment, PairOptions(), said) == () and said.notes == []
    write_review(tmp_path, Edits(pairs=PAIRS), alignment)
    assert asked(tmp_path, alignment, PairOptions(), said) == (UserPair(10.0, 11.9), UserPair(30.0, 33.9))
    assert "2 pairs that you gave in the review" in said.notes[0]
    given = PairOptions(known=KnownOptions(anchor=(UserPair(9.0, 12.0),)))
    assert asked(tmp_path, alignment, given, said) == (UserPair(9.0, 12.0), UserPair(30.0, 33.9))


def test_a_straight_line_takes_none(tmp_path: Path, alignment) -> None:
    said = Notes()
    write_review(tmp_path, Edits(pairs=PAIRS), alignment)
    assert asked(tmp_path, alignment, PairOptions(align=AlignOptions(method="affine")), said) == ()
    assert "straight line" in said.notes[0]


def test_a_review_of_other_recordings_is_set_aside(tmp_path: Path, alignment) -> None:
    said = Notes()
    other = replace(alignment, media_new=replace(alignment.media_new, duration_s=12.0))
    write_review(tmp_path, Edits(pairs=PAIRS), other)
    assert asked(tmp_path, alignment, PairOptions(), said) == ()
    assert [path.name for path in tmp_path.iterdir()] == ["review.old.json"]


def test_a_later_version_is_not_guessed_at(tmp_path: Path, alignment) -> None:
    write_review(tmp_path, Edits(), alignment)
    text = (tmp_path / "review.json").read_text(encoding="utf-8")
    (tmp_path / "review.json").write_text(text.replace('"version": 1', '"version": 2'), encoding="utf-8")
    with pytest.raises(FormatError, match="later version"):
        asked(tmp_path, alignment, PairOptions(), Notes())
