"""Whatever is done: undo restores exactly, and all edits come back out of review.json."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtbsync_core.errors import UsageError
from mtbsync_core.jobs.edits import Edits
from mtbsync_core.jobs.reviewed import read_review, write_review
from mtbsync_core.markers import COLOURS
from mtbsync_core.review.base import Sources
from mtbsync_core.review.review import Review
from mtbsync_core.review.state import state
from tests.review.made import aligned, write_result

IDS = st.sampled_from(["M001", "M002", "M003", "M004", "U1", "U2", "P1", "F1"])
REF = st.floats(0, 60, allow_nan=False)
TEXT = st.text(max_size=8)


def op(name: str, /, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"op": st.just(name), **fields})


EDITS = st.lists(
    st.one_of(
        op("pair", ref_s=REF, new_s=st.floats(0, 70, allow_nan=False), note=TEXT),
        op("pair", ref_s=st.sampled_from([10.0, 30.0, 45.0]), new_s=st.sampled_from([11.7, 33.9, 50.4])),
        op("unpair", id=IDS),
        op("marker", id=IDS, name=TEXT, colour=st.sampled_from(COLOURS)),
        op("marker", id=IDS, t_new=st.one_of(st.none(), st.floats(0, 70, allow_nan=False))),
        op("marker", id=IDS, t_ref=REF, note=TEXT),
        op("add_marker", t_ref=REF, name=TEXT),
        op("delete_marker", id=IDS),
        op("accept", id=IDS),
        op("flag", t_ref=REF, text=TEXT),
        op("flag", id=IDS),
        op("unflag", id=IDS),
        op("add_note", t_ref=REF, text=TEXT),
    ),
    max_size=6,
)


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rides")
    return write_result(folder / "result", aligned(folder))


def open_it(folder: Path, *, writable: bool = False) -> Review:
    return Review("r", Sources(folder=folder, timewarp=folder / "timewarp.json"), writable=writable)


def done(review: Review, edits: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Do what can be done, and give the state before each of it."""
    states = []
    for edit in edits:
        before = told(review)
        try:
            review.edit(edit)
            states.append(before)
        except UsageError:
            assert told(review) == before
    return states


def told(review: Review) -> dict[str, Any]:
    found = state(review.view(), writable=False)
    return {name: found[name] for name in found if name not in ("revision", "can_redo", "redo_label")}


@pytest.mark.slow
@settings(max_examples=40)
@given(EDITS)
def test_undo_restores_exactly_and_redo_too(result: Path, edits: list[dict[str, Any]]) -> None:
    review = open_it(result)
    states = done(review, edits)
    last = told(review)
    for before in reversed(states):
        review.undo()
        assert told(review) == before
    for _ in states:
        review.redo()
    assert told(review) == last


@pytest.mark.slow
@settings(max_examples=30)
@given(EDITS)
def test_edits_come_back_out_of_the_file(result: Path, edits: list[dict[str, Any]]) -> None:
    review = open_it(result)
    done(review, edits)
    view = review.view()
    assert Edits.from_dict(json.loads(json.dumps(view.edits.as_dict()))) == view.edits
    write_review(result.parent, view.edits, view.base.alignment)
    assert Edits.from_dict(read_review(result.parent) or {}) == view.edits


@pytest.mark.slow
@settings(max_examples=12)
@given(EDITS)
def test_a_saved_folder_opens_as_it_was(result: Path, edits: list[dict[str, Any]]) -> None:
    folder = result.with_name("saved")
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(result, folder)
    review = open_it(folder, writable=True)
    done(review, edits)
    review.save()
    again = open_it(folder)
    assert again.view().edits == review.view().edits
    ours, theirs = (json.loads(json.dumps(told(one))) for one in (review, again))
    for name in ("warp", "pairs", "markers", "sectors", "verdict", "reasons", "weak", "notes"):
        assert ours[name] == theirs[name], name
