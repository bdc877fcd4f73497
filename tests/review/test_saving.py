"""What is saved, read again, and kept when the folder is aligned anew."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mtbsync_core.alignment import pipeline
from mtbsync_core.alignment.pairs import read_pairs
from mtbsync_core.alignment.result import Alignment, load_warp
from mtbsync_core.alignment.user_pairs import UserPair
from mtbsync_core.cli.flags import _content
from mtbsync_core.jobs.corrected import as_aligned
from mtbsync_core.jobs.listener import Notes
from mtbsync_core.moved_csv import read_moved, read_provenance
from mtbsync_core.review.refit import refit
from mtbsync_core.review.review import ReadOnlyError
from mtbsync_core.review.state import state
from mtbsync_core.runs.catalogue import Catalogue
from mtbsync_core.runs.rebuild import RebuildJob
from tests.cli.two_runs import Run, clips, engine, run
from tests.review.made import aligned, write_result

__all__ = ["clips", "engine", "run"]


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def edit(review, *edits: dict) -> None:
    for one in edits:
        review.edit(one)


EDITS = (
    {"op": "pair", "ref_s": 30.0, "new_s": 33.9},
    {"op": "marker", "id": "M002", "t_new": 28.5, "name": "Rooty", "note": "left line"},
    {"op": "delete_marker", "id": "M004"},
    {"op": "add_marker", "t_ref": 50.0, "name": "Tree"},
    {"op": "flag", "t_ref": 44.0, "text": "blurred"},
)


def test_without_leave_nothing_is_written(folder: Path, opened) -> None:
    before = digests(folder)
    review = opened(folder)
    edit(review, *EDITS)
    with pytest.raises(ReadOnlyError):
        review.save()
    assert digests(folder) == before and [p.name for p in folder.parent.iterdir()] == [folder.name]


def test_all_files_say_the_same_and_undo_gives_back_the_first(folder: Path, opened) -> None:
    before = digests(folder)
    review = opened(folder, writable=True)
    edit(review, *EDITS)
    said = state(review.view(), writable=True)
    assert review.save() == [] and review.view().saved
    warp = load_warp(folder / "timewarp.json").usable_warp()
    assert float(warp.to_new(30.0)) == pytest.approx(33.9, abs=1e-6)
    assert "user" in read_pairs(folder / "pairs.csv").source
    moved = read_moved(folder / "new_markers.csv")
    assert {m.source.name: m.t_new for m in moved} == {m["name"]: pytest.approx(m["t_new"]) for m in said["markers"]}
    assert moved[1].source.extra["review_note"] == "left line"
    told = read_provenance(folder / "new_markers.csv")
    assert told is not None and told.verdict == said["verdict"]
    assert _content(folder / "timewarp.json").keys().isdisjoint({"user", "corrected"})
    for _ in EDITS:
        review.undo()
    review.save()
    after = digests(folder)
    del after["review.json"]
    assert after == before


def test_a_saved_review_is_opened_as_it_was_saved(folder: Path, opened) -> None:
    review = opened(folder, writable=True)
    edit(review, *EDITS)
    review.save()
    again = opened(folder)
    view, other = review.view(), again.view()
    assert other.edits == view.edits and other.saved and not other.problems
    assert other.alignment.warp.knots() == view.alignment.warp.knots()
    assert other.moved == view.moved
    again.edit({"op": "unpair", "id": "P1"})
    kept = load_warp(as_aligned(folder / "timewarp.json")).warp
    assert kept is not None and again.view().alignment.usable_warp().knots() == kept.knots()


def test_another_program_saved_meanwhile(folder: Path, opened) -> None:
    mine, theirs = opened(folder, writable=True), opened(folder, writable=True)
    mine.edit({"op": "flag", "t_ref": 20.0})
    theirs.edit({"op": "marker", "id": "M001", "name": "Theirs"})
    theirs.save()
    assert {m.source.name for m in mine.view().moved} >= {"Berm"}  # what is not saved here stays
    mine.undo()
    mine.save()
    theirs.edit({"op": "flag", "t_ref": 20.0})
    theirs.save()
    assert mine.view().edits.flags and mine.view().saved
    mine.undo()
    assert not mine.view().edits.flags


def test_of_other_recordings_nothing_is_taken(folder: Path, opened, tmp_path: Path) -> None:
    review = opened(folder, writable=True)
    edit(review, *EDITS)
    review.save()
    write_result(folder, aligned(tmp_path, of=("ref.mp4", "other.mp4")))
    view = opened(folder).view()
    assert not view.edits.pairs and "other recordings" in view.problems[0]


def test_edits_stay_when_the_folder_is_aligned_anew(folder: Path, opened, alignment: Alignment) -> None:
    review = opened(folder)
    edit(review, *EDITS)
    write_result(folder, refit(alignment, [UserPair(10.0, 11.9)]))
    os.utime(folder / "timewarp.json", ns=(1, 1))
    view = review.view()
    assert [(p.ref_s, p.new_s) for p in view.edits.pairs] == [(30.0, 33.9), (10.0, 11.9)]
    assert np.allclose(view.alignment.warp.to_new([10.0, 30.0]), [11.9, 33.9], atol=1e-6)
    assert {m.source.name for m in view.moved} == {"Berm", "Rooty", "Drop", "Tree"}


def test_markers_older_than_the_map_are_carried_over_again(folder: Path, opened, tmp_path: Path) -> None:
    newer = aligned(tmp_path, slope=1.2)
    newer.save(folder / "timewarp.json")
    os.utime(folder / "new_markers.csv", (1e9, 1e9))
    berm = next(m for m in opened(folder).view().moved if m.source.name == "Berm")
    assert berm.t_new == pytest.approx(3.0 + 1.2 * 8.0, abs=0.03)


def test_the_catalogue_says_what_was_saved(folder: Path, opened) -> None:
    root = folder.parent
    RebuildJob(root=root).run(Notes())
    review = opened(folder, writable=True)
    edit(review, *EDITS)
    review.save()
    with Catalogue.read(root) as catalogue:
        (row,) = catalogue.rows("SELECT reasons FROM runs")
    assert "corrected by hand" in row["reasons"]


@pytest.mark.slow
def test_align_again_keeps_pairs_and_markers(
    run: Run,
    tmp_path: Path,
    opened,
    engine: Callable[[Alignment], None],
    alignment: Alignment,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine(alignment)
    answered = pipeline.align
    given: list[Any] = []

    def align(ref, new, *, user, **more):
        given[:] = user
        return refit(answered(ref, new, **more), user)

    monkeypatch.setattr(pipeline, "align", align)
    clips = tmp_path / "ref.mp4", tmp_path / "new.mp4"
    for clip in clips:
        clip.write_bytes(clip.name.encode())
    (tmp_path / "markers.csv").write_text("name,t_ref\nBerm,10\nRoots,25\nDrop,40\nLate,59.5\n", encoding="utf-8")
    out = tmp_path / "out"
    command = ("align", *clips, "--markers", tmp_path / "markers.csv", "--out", out)
    assert run(*command).code == 0 and given == []
    review = opened(out, writable=True)
    edit(review, *EDITS)
    review.save()
    saved = read_moved(out / "new_markers.csv")
    assert "Rooty" in (out / "new.edl").read_text(encoding="utf-8")
    again = run(*command)
    assert again.code == 0 and given == [UserPair(30.0, 33.9)]
    assert "as they were corrected" in again.err and "1 pair that you gave in the review" in again.err
    now = read_moved(out / "new_markers.csv")
    assert [m.source for m in now] == [m.source for m in saved]
    assert [m.t_new for m in now] == pytest.approx([m.t_new for m in saved], abs=1e-5)
    assert "Rooty" in (out / "new.edl").read_text(encoding="utf-8")
    view = opened(out).view()
    assert view.saved and view.edits == review.view().edits and not view.problems
    assert {m.source.name for m in view.moved} == {"Berm", "Rooty", "Drop", "Tree"}


def test_a_damaged_review_is_said(folder: Path, opened) -> None:
    for text in ("{", "[]", "null", json.dumps({"schema": "mtbsync.review", "version": 1, "pairs": [{}]})):
        (folder / "review.json").write_text(text, encoding="utf-8")
        with pytest.raises(Exception, match=r"review\.json is damaged"):
            opened(folder)
