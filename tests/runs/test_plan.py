"""What pairs, also where people give wrong folders, names and tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mtbsync_core.errors import FormatError, MtbsyncError, UsageError
from mtbsync_core.runs.pairing import Pair
from mtbsync_core.runs.plan import PlanOptions, plan


def planned(**given: Any) -> tuple[list[Pair], list[str]]:
    notes: list[str] = []
    return plan(PlanOptions(**given), notes.append), notes


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("x_ref.mp4", "x_new.MP4", "y_ref.mp4", "z_new.mp4", "x_ref.csv"):
        (tmp_path / name).write_bytes(name.encode())
    return tmp_path


def test_a_folder_pairs_by_the_ends_of_names(folder: Path) -> None:
    (pair,), notes = planned(input_dir=folder)
    assert (pair.name, pair.references, pair.new) == ("x", (folder / "x_ref.mp4",), folder / "x_new.MP4")
    assert pair.markers == folder / "x_ref.csv"
    assert any("y_ref.mp4 has no y_new.mp4" in note for note in notes)
    assert any("z_new.mp4 has no z_ref.mp4" in note for note in notes)


@pytest.mark.parametrize("suffixes", [("_ref", "_new"), ("_REF.MP4", "_New.mp4")])
def test_suffixes_in_other_letters_and_without_the_ending(folder: Path, suffixes: tuple[str, str]) -> None:
    assert [pair.name for pair in planned(input_dir=folder, ref_suffix=suffixes[0], new_suffix=suffixes[1])[0]] == ["x"]


def test_wrong_folders_and_suffixes(folder: Path) -> None:
    (folder / "empty").mkdir()
    for given, said in (
        ({"input_dir": folder / "nowhere"}, "does not exist"),
        ({"input_dir": folder / "x_ref.mp4"}, "is a file"),
        ({"input_dir": folder / "empty"}, "it holds no file"),
        ({"input_dir": folder, "ref_suffix": "_a.mp4"}, "it holds x_new.MP4"),
        ({"input_dir": folder, "ref_suffix": "_new.mp4"}, "both end in"),
        ({}, "not said what pairs"),
        ({"input_dir": folder, "new": ("a",)}, "several ways"),
        ({"reference": (folder / "x_ref.mp4",)}, "--new is missing"),
        ({"new": ("a.mp4",)}, "--reference is missing"),
        ({"reference": (folder / "no.mp4",), "new": ("a",)}, "no reference"),
        ({"reference": (folder / "x_ref.mp4",), "new": (str(folder / "*.mov"),)}, "no file is called"),
        ({"reference": (folder / "x_ref.mp4",), "new": (str(folder),)}, "is a folder"),
        ({"input_dir": folder, "markers": folder / "no.csv"}, "no marker file"),
    ):
        with pytest.raises(UsageError) as error:
            planned(**given)
        assert said in error.value.message, given


def test_one_reference_and_many_new_runs(folder: Path) -> None:
    (folder / "other").mkdir()
    (folder / "other" / "x_new.MP4").write_bytes(b"another")
    reference = folder / "x_ref.mp4"
    pairs, notes = planned(reference=(reference,), new=(str(folder / "*.[mM][pP]4"), str(folder / "other" / "*")))
    names = [pair.name for pair in pairs]
    assert {"y_ref", "z_new"} < set(names) and len(set(names)) == len(names) == 4
    assert sum(name.startswith("x_new-") for name in names) == 2
    assert any("x_ref.mp4 is the reference" in note for note in notes)


def test_a_manifest(folder: Path) -> None:
    table = folder / "pairs.csv"
    table.write_text(
        "reference;new;markers;rider;name\nx_ref.mp4;x_new.MP4;;Ann;jump: one\nx_ref.mp4;gone.mp4;;;\n;z_new.mp4;;;\n",
        encoding="utf-8",
    )
    pairs, _ = planned(manifest=table)
    assert [pair.name for pair in pairs] == ["jump_ one", "gone", "z_new"]
    assert pairs[0].whose.rider == "Ann" and pairs[0].problem is None
    assert "gone.mp4 is missing" in (pairs[1].problem or "") and "names no reference" in (pairs[2].problem or "")


@pytest.mark.parametrize(
    ("text", "said", "hint"),
    [
        ("refrence,new\na,b\n", "refrence", "reference"),
        ("new\na\n", "no column reference", "needs"),
        ("reference,new\n", "names no pair", "line"),
        ("reference,new,New\na,b,c\n", "twice", "Keep one"),
    ],
)
def test_a_manifest_that_is_wrong(folder: Path, text: str, said: str, hint: str) -> None:
    (folder / "pairs.csv").write_text(text, encoding="utf-8")
    with pytest.raises(FormatError) as error:
        planned(manifest=folder / "pairs.csv")
    assert said in error.value.message and hint in error.value.hint


def test_a_manifest_that_is_not_there(folder: Path) -> None:
    with pytest.raises(MtbsyncError, match="there is no"):
        planned(manifest=folder / "no.csv")
