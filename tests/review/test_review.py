"""What people do in a review, and that undo takes it back exactly."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mtbsync_core.alignment.result import Alignment
from mtbsync_core.errors import UsageError
from mtbsync_core.review.base import Sources
from mtbsync_core.review.review import NothingToUndoError, Review
from mtbsync_core.review.state import state
from tests.review.made import media


def told(review: Review) -> dict[str, Any]:
    """The state, but for what counts the changes."""
    found = state(review.view(), writable=False)
    for name in ("revision", "can_undo", "can_redo", "undo_label", "redo_label"):
        del found[name]
    return json.loads(json.dumps(found, allow_nan=False))


def test_state_of_a_folder(folder: Path, opened) -> None:
    found = state(opened(folder).view(), writable=False)
    assert found["title"] == "new against ref" and found["verdict"] == "check" and found["saved"]
    assert [part["why"] for part in found["weak"]] == ["gap"]
    assert found["ref"]["rate"] == "60000/1001" and found["new"]["duration_s"] == 70.0
    assert [m["id"] for m in found["markers"]] == ["M001", "M002", "M003", "M004"]
    berm, late = found["markers"][0], found["markers"][3]
    assert berm["t_new"] == pytest.approx(11.8, abs=0.02) and berm["delta_s"] == pytest.approx(0.8, abs=0.02)
    assert berm["t_lo"] < berm["t_new"] < berm["t_hi"] and not berm["edited"] and not berm["flagged"]
    assert late["status"] == "outside" and late["t_new"] is None and late["delta_s"] is None
    assert found["summary"]["count"] == 3 and found["summary"]["median"] == pytest.approx(2.3, abs=0.02)
    assert found["coverage"]["share"] == pytest.approx(0.9, abs=0.01)
    assert sum(found["histogram"]["counts"]) == 4
    assert len(found["pairs"]["t_ref"]) == len(found["pairs"]["residual_s"]) == 216
    delta = found["delta"]
    assert delta["delta_s"][0] == 0.0 and delta["delta_s"][-1] == pytest.approx(5.38, abs=0.05)
    assert delta["distance_m"] is None
    assert all(lo < d < hi for lo, d, hi in zip(delta["lo"], delta["delta_s"], delta["hi"], strict=True))


def test_sectors_add_up(folder: Path, opened) -> None:
    found = state(opened(folder).view(), writable=False)["sectors"]
    assert [(s["from"], s["to"]) for s in found] == [
        (None, "M001"),
        ("M001", "M002"),
        ("M002", "M003"),
        ("M003", None),
    ]
    assert np.cumsum([s["delta_s"] for s in found]) == pytest.approx([s["cumulative_s"] for s in found], abs=2e-4)
    assert all(0 < s["sigma_s"] < 0.2 for s in found)


@pytest.mark.slow
def test_map_passes_through_a_pair_and_undo_restores(folder: Path, opened) -> None:
    review = opened(folder)
    before = told(review)
    view = review.edit({"op": "pair", "ref_s": 30.0, "new_s": 33.95, "note": "the stump"})
    assert float(view.alignment.warp.to_new(30.0)) == pytest.approx(33.95, abs=1e-6)
    assert "corrected by hand" in view.alignment.reasons[-1]
    after = state(view, writable=False)
    assert after["user_pairs"] == [{"id": "P1", "ref_s": 30.0, "new_s": 33.95, "note": "the stump"}]
    assert after["undo_label"] == "pair 0:30.0 = 0:34.0" and not after["saved"]
    at = after["pairs"]["source"].index("user")
    assert after["pairs"]["residual_s"][at] == pytest.approx(0.0, abs=1e-3)
    changed = told(review)
    review.undo()
    assert told(review) == before
    review.redo()
    assert told(review) == changed


def test_a_pair_that_contradicts_changes_nothing(folder: Path, opened) -> None:
    review = opened(folder)
    review.edit({"op": "pair", "ref_s": 30.0, "new_s": 33.8})
    before = told(review)
    for pair in ({"ref_s": 31.0, "new_s": 33.0}, {"ref_s": 30.0, "new_s": 40.0}, {"ref_s": 61.0, "new_s": 69.0}):
        with pytest.raises(UsageError):
            review.edit({"op": "pair", **pair})
    assert told(review) == before


def test_a_pair_that_contradicts_many_is_a_doubt(folder: Path, opened) -> None:
    view = opened(folder).edit({"op": "pair", "ref_s": 20.0, "new_s": 45.0})
    assert any("pairs of the alignment contradict yours" in reason for reason in view.alignment.reasons)
    assert view.alignment.verdict == "check"


@pytest.mark.slow
def test_a_warp_file_alone_can_be_corrected(tmp_path: Path, opened) -> None:
    old = {"ok": True, "params": {"a": 0.9, "b": 1.0}, "residuals": {"p90": 0.2}}
    (tmp_path / "timewarp.json").write_text(json.dumps(old), encoding="utf-8")
    review = opened(tmp_path)
    warp = review.edit({"op": "pair", "ref_s": 30.0, "new_s": 33.0}).alignment.warp
    assert float(warp.to_new(30.0)) == pytest.approx(33.0, abs=1e-6)
    assert float(warp.to_new(300.0)) == pytest.approx(299.0 / 0.9, abs=0.3)


def test_marker_edits(folder: Path, opened) -> None:
    review = opened(folder)
    edits = [
        {
            "op": "marker",
            "id": "M001",
            "name": "Big berm",
            "colour": "Cyan",
            "comment": "outside",
            "note": "look again",
        },
        {"op": "marker", "id": "M002", "t_new": 28.5},
        {"op": "marker", "id": "M003", "t_ref": 42.0},
        {"op": "add_marker", "t_ref": 50.0, "name": "Tree", "colour": "Sand"},
        {"op": "delete_marker", "id": "M004"},
        {"op": "flag", "id": "M001", "text": "too late"},
        {"op": "flag", "t_ref": 33.0},
    ]
    for edit in edits:
        review.edit(edit)
    found = state(review.view(), writable=False)
    markers = {m["id"]: m for m in found["markers"]}
    assert list(markers) == ["M001", "M002", "M003", "U1"] and all(m["edited"] for m in markers.values())
    berm = markers["M001"]
    assert (berm["name"], berm["colour"], berm["note"], berm["flagged"]) == ("Big berm", "Cyan", "look again", True)
    assert markers["M002"]["t_new"] == 28.5 and markers["M002"]["confidence"] == 1.0
    assert markers["M003"]["t_new"] == pytest.approx(3.0 + 1.1 * 40.0, abs=0.02)
    assert markers["U1"]["name"] == "Tree" and markers["U1"]["t_new"] == pytest.approx(55.8, abs=0.02)
    assert [flag["marker"] for flag in found["flags"]] == ["M001", None]
    review.edit({"op": "pair", "ref_s": 33.2, "new_s": 37.3})  # the answer to the flag at 33
    found = state(review.view(), writable=False)
    assert [flag["marker"] for flag in found["flags"]] == ["M001"]
    review.edit({"op": "accept", "id": "M001"})
    assert state(review.view(), writable=False)["flags"] == []
    assert {m["id"]: m["t_new"] for m in state(review.view(), writable=False)["markers"]}["M002"] == 28.5


@pytest.mark.parametrize(
    "edit",
    [
        None,
        [],
        {"op": "format_disk"},
        {"op": "pair", "ref_s": "3", "new_s": 4},
        {"op": "pair", "ref_s": True, "new_s": 4},
        {"op": "pair", "ref_s": -1, "new_s": 4},
        {"op": "unpair", "id": "P9"},
        {"op": "marker", "id": "M009", "name": "x"},
        {"op": "marker", "id": "M001"},
        {"op": "marker", "id": "M001", "colour": "#ff0000"},
        {"op": "marker", "id": "M001", "name": 5},
        {"op": "marker", "id": "M001", "t_new": 1e12},
        {"op": "add_note", "t_ref": 3.0, "text": " "},
        {"op": "add_note", "t_ref": 3.0, "text": "x", "drawing": ["M0 0 url(evil)"]},
        {"op": "delete_note", "id": "N1"},
        {"op": "unflag", "id": "M001"},
    ],
)
def test_what_cannot_be_is_refused(folder: Path, opened, edit: Any) -> None:
    review = opened(folder)
    before = told(review)
    with pytest.raises(UsageError):
        review.edit(edit)
    assert told(review) == before


def test_nothing_to_undo(folder: Path, opened) -> None:
    review = opened(folder)
    for call in (review.undo, review.redo):
        with pytest.raises(NothingToUndoError):
            call()


def test_notes_without_writing_stay_in_memory(folder: Path, opened) -> None:
    review = opened(folder)
    review.edit(
        {"op": "add_note", "t_ref": 12.0, "text": "brake later", "drawing": ["M0.1 0.2L0.3 0.4"], "author": "Ann"}
    )
    note = state(review.view(), writable=False)["notes"][0]
    assert (note["text"], note["author"], note["run"]) == ("brake later", "Ann", "result")
    review.edit({"op": "edit_note", "id": note["id"], "text": "brake earlier"})
    review.undo()
    assert review.view().notes[0].text == "brake later"
    review.undo()
    assert review.view().notes == ()
    review.redo()
    assert review.view().notes[0].drawing == ("M0.1 0.2L0.3 0.4",)
    assert not list(folder.parent.glob("**/notes.json"))


def test_where_nothing_aligned_the_runs_pairs_link_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ref.mp4", "new.mp4"):
        (tmp_path / name).touch()
    monkeypatch.setattr("mtbsync_core.review.base.probe", lambda path, **_: media(tmp_path, path.name))
    (tmp_path / "markers.csv").write_text("name,t_ref\nBerm,10\n", encoding="utf-8")
    sources = Sources(
        folder=tmp_path,
        timewarp=None,
        ref=tmp_path / "ref.mp4",
        new=tmp_path / "new.mp4",
        ref_markers=tmp_path / "markers.csv",
    )
    review = Review("r", sources, writable=True)
    found = state(review.view(), writable=True)
    assert found["warp"] is None and found["markers"][0]["t_new"] is None and found["delta"]["ref_s"] == []
    found = state(review.edit({"op": "pair", "ref_s": 5.0, "new_s": 8.0}), writable=True)
    assert found["markers"][0]["t_new"] == pytest.approx(13.0) and found["verdict"] == "check"
    found = state(review.edit({"op": "pair", "ref_s": 15.0, "new_s": 20.0}), writable=True)
    (berm,) = found["markers"]
    assert berm["t_new"] == pytest.approx(14.0) and berm["t_hi"] - berm["t_new"] == pytest.approx(0.82, abs=0.01)
    knots = found["warp"]["knots"]
    assert (knots[0][:2], knots[-1][:2]) == ([0.0, 3.0], [55.0, 60.0])
    review.save()
    assert state(Review("r", sources, writable=True).view(), writable=True)["warp"] == found["warp"]
    assert not (tmp_path / "timewarp.json").exists()


def test_a_refused_alignment_waits_with_its_pairs(folder: Path, alignment: Alignment, opened) -> None:
    refused = replace(alignment, verdict="refused", reasons=("another trail",), warp=None)
    refused.save(folder / "timewarp.json")
    (folder / "new_markers.csv").unlink()
    review = opened(folder, writable=True)
    view = review.edit({"op": "pair", "ref_s": 5.0, "new_s": 8.0})
    assert view.alignment.verdict == "refused" and "wait for mtbsync align" in view.alignment.reasons[-1]
    assert state(view, writable=True)["pairs"]["residual_s"][0] is None
    review.edit({"op": "add_marker", "t_ref": 3.0, "name": "x"})
    review.save()
    assert not (folder / "new_markers.csv").exists()
    assert opened(folder).view().edits == review.view().edits
