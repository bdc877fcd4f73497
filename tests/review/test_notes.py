"""Notes belong to the trail: every run of a reference shows them, and nothing of another one."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from mtbsync_core.errors import FormatError, UsageError
from mtbsync_core.lock import locked
from mtbsync_core.review import notes as room
from mtbsync_core.review.export import with_notes
from mtbsync_core.review.notes import NAME, notes_root
from mtbsync_core.review.notes_page import notes_page
from mtbsync_core.review.review import Review
from mtbsync_core.runs.run_file import lock_of
from tests.cli.two_runs import Run, run
from tests.review.made import aligned, write_result

__all__ = ["run"]


def texts(review: Review) -> list[str]:
    return [note.text for note in review.view().notes]


@pytest.fixture
def rides(tmp_path: Path) -> Path:
    """Two runs of one reference, which is there."""
    (tmp_path / "ref.mp4").write_bytes(b"reference")
    for name in ("new.mp4", "newer.mp4"):
        (tmp_path / name).write_bytes(name.encode())
        write_result(tmp_path / name[:-4], aligned(tmp_path, of=("ref.mp4", name)))
    return tmp_path


def test_all_runs_of_a_reference_show_a_note(rides: Path, opened) -> None:
    one, two = (opened(rides / name, writable=True) for name in ("new", "newer"))
    one.edit({"op": "add_note", "t_ref": 20.0, "text": "brake later"})
    assert texts(two) == ["brake later"]  # at once, also where it is open
    two.edit({"op": "edit_note", "id": two.view().notes[0].id, "text": "brake earlier"})
    two.edit({"op": "add_note", "t_ref": 10.0, "text": "wide"})
    assert texts(one) == ["wide", "brake earlier"]
    write_result(rides / "later", aligned(rides, of=("ref.mp4", "new.mp4")))
    assert texts(opened(rides / "later")) == ["wide", "brake earlier"]
    two.undo()
    one.undo()
    assert texts(one) == texts(two) == []
    assert json.loads((rides / NAME).read_text(encoding="utf-8"))["references"] == {}


@pytest.mark.slow
def test_a_reference_is_known_by_its_content(rides: Path, opened) -> None:
    opened(rides / "new", writable=True).edit({"op": "add_note", "t_ref": 20.0, "text": "brake later"})
    (rides / "ref.mp4").rename(rides / "renamed.mp4")
    write_result(rides / "renamed", aligned(rides, of=("renamed.mp4", "new.mp4")))
    assert texts(opened(rides / "renamed")) == ["brake later"]
    assert texts(opened(rides / "new")) == ["brake later"]  # not there any more: by what was told of it
    (rides / "ref.mp4").write_bytes(b"another ride that is called the same")
    assert texts(opened(rides / "new")) == []


def test_notes_from_before_the_reference_was_there_stay(rides: Path, opened) -> None:
    away = rides / "ref.mp4", rides / "elsewhere"
    away[0].rename(away[1])
    opened(rides / "new", writable=True).edit({"op": "add_note", "t_ref": 20.0, "text": "first"})
    away[1].rename(away[0])
    review = opened(rides / "newer", writable=True)
    review.edit({"op": "add_note", "t_ref": 30.0, "text": "second"})
    assert texts(opened(rides / "new")) == ["first", "second"]


@pytest.mark.slow
def test_two_programs_write_one_after_the_other(rides: Path, opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "WAIT_S", 0.01)
    review = opened(rides / "new", writable=True)
    with locked(lock_of(rides, NAME)), pytest.raises(UsageError, match="cannot write"):
        review.edit({"op": "add_note", "t_ref": 20.0, "text": "x"})
    assert texts(review) == [] and review.view().history.undoes is None


def test_damaged_notes_are_said_and_never_overwritten(rides: Path, opened) -> None:
    (rides / NAME).write_text('{"schema": "mtbsync.notes"', encoding="utf-8")
    review = opened(rides / "new", writable=True)
    assert "is damaged" in review.view().problems[0]
    with pytest.raises(FormatError):
        review.edit({"op": "add_note", "t_ref": 20.0, "text": "x"})
    assert (rides / NAME).read_text(encoding="utf-8") == '{"schema": "mtbsync.notes"'


def test_where_notes_lie(tmp_path: Path) -> None:
    run = tmp_path / "season" / "day" / "run"
    run.mkdir(parents=True)
    assert notes_root(run, ()) == run.parent
    assert notes_root(run, (tmp_path / "season",)) == tmp_path / "season"
    (tmp_path / "season" / "catalogue.sqlite").touch()
    assert notes_root(run, (tmp_path / "season" / "day",)) == tmp_path / "season"


def test_notes_go_along_with_markers(folder: Path, opened) -> None:
    review = opened(folder)
    for note in (
        {"t_ref": 10.2, "text": "brake later", "author": "Ann"},
        {"t_ref": 33.0, "text": "wide\nand early"},
        {"t_ref": 59.9, "text": "not ridden"},
    ):
        review.edit({"op": "add_note", **note})
    review.edit({"op": "marker", "id": "M001", "note": "again"})
    found = {m.source.name: m for m in with_notes(review.view())}
    assert found["Berm"].source.comment == "inside\nagain\nAnn: brake later"
    assert found["Note: wide"].source.comment == "wide\nand early" and found["Note: wide"].status == "moved"
    assert found["Late"].source.comment == "not ridden"


def test_export_markers_has_the_notes_of_the_reference(run: Run, rides: Path, opened) -> None:
    review = opened(rides / "new", writable=True)
    review.edit({"op": "add_note", "t_ref": 10.1, "text": "brake later"})
    review.edit({"op": "add_note", "t_ref": 33.0, "text": "wide"})
    out = rides / "out.edl"
    done = run("export-markers", rides / "newer" / "new_markers.csv", "--format", "resolve-edl", "--out", out)
    assert done.code == 0, done.err
    text = out.read_text(encoding="utf-8")
    assert "brake later" in text and "|M:Note: wide" in text


def test_the_page_is_one_file_with_pictures_and_no_script(folder: Path, opened) -> None:
    review = opened(folder)
    drawing = ["M0.1 0.1L0.2 0.2"]
    review.edit({"op": "add_note", "t_ref": 30.0, "text": "<script>alert(1)</script>", "drawing": drawing})
    review.edit({"op": "add_note", "t_ref": 1.0, "text": "before"})
    asked = []

    def still(side: str, t_s: float) -> bytes:
        asked.append((side, round(t_s, 1)))
        return b"picture"

    page = notes_page(review.view(), still)
    assert asked == [("ref", 1.0), ("ref", 30.0), ("new", 33.8)]
    assert "&lt;script&gt;" in page and "<script" not in page and "http" not in page.replace("http-equiv", "")
    assert 'src="data:image/webp;base64,cGljdHVyZQ=="' in page and '<path d="M0.1 0.1L0.2 0.2"/>' in page
    assert re.search(r"2\.\d\d s behind \(± 0\.\d\d s\)", page)
    assert "no notes" in notes_page(opened(folder).view(), still)
