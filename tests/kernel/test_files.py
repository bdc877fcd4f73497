"""A failure while writing leaves the old file, and nothing beside it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mtbsync_core.alignment.pairs import read_pairs
from mtbsync_core.alignment.result import load_warp
from mtbsync_core.errors import FormatError, UsageError
from mtbsync_core.files import replacing, write_json, write_text
from mtbsync_core.marker_csv import read_markers
from mtbsync_core.vision.index_file import load_index
from otio_adapters.formats import load


def test_writes_new_folders_and_replaces(tmp_path: Path) -> None:
    target = tmp_path / "a b" / "ü" / "out.txt"
    write_text(target, "one\n")
    write_text(target, "two\n", newline="\r\n")
    assert target.read_bytes() == b"two\r\n"
    assert [p.name for p in target.parent.iterdir()] == ["out.txt"]


def test_a_failure_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    write_text(target, "old")
    with pytest.raises(RuntimeError, match="half"), replacing(target) as scratch:
        assert scratch.suffix == ".csv"
        assert scratch.parent == tmp_path
        scratch.write_text("new, but hal", encoding="utf-8")
        raise RuntimeError("half")
    assert target.read_text(encoding="utf-8") == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["out.csv"]


def test_a_failure_leaves_no_file_where_none_was(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), replacing(tmp_path / "x.json"):
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_a_target_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(UsageError, match="cannot write"):
        write_text(tmp_path / "folder", "x")
    write_text(tmp_path / "file", "x")
    with pytest.raises(UsageError, match="cannot write"):
        write_text(tmp_path / "file" / "out.txt", "x")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "folder"]


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_results_are_ordinary_files(tmp_path: Path) -> None:
    write_text(tmp_path / "x", "")
    umask = os.umask(0)
    os.umask(umask)
    assert (tmp_path / "x").stat().st_mode & 0o777 == 0o666 & ~umask


def test_json_keeps_letters_and_file_names_that_are_no_utf8(tmp_path: Path) -> None:
    data = {"name": "Ümläut 測試 🚵", "path": "ride-\udcff.mp4", "n": [1.5, None]}
    write_json(tmp_path / "x.json", data)
    text = (tmp_path / "x.json").read_text(encoding="utf-8")
    assert "Ümläut 測試 🚵" in text
    assert json.loads(text) == data


def test_json_has_no_nan_and_the_old_file_stays(tmp_path: Path) -> None:
    write_json(tmp_path / "x.json", 1)
    with pytest.raises(ValueError, match="JSON"):
        write_json(tmp_path / "x.json", float("nan"))
    assert (tmp_path / "x.json").read_text(encoding="utf-8") == "1\n"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no named pipes among its files")
def test_nothing_waits_for_a_named_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "markers.csv"
    vars(os)["mkfifo"](pipe)  # portable: skipped on Windows
    readers: list[Callable[[Path], object]] = [read_markers, load_warp, read_pairs, load_index, load]
    for read in readers:
        with pytest.raises(UsageError, match="is a named pipe, not a file"):
            read(pipe)


def test_words_for_riders_have_no_number_of_the_system(tmp_path: Path) -> None:
    folder = tmp_path / "folder.npz"
    folder.mkdir()
    readers: list[Callable[[Path], object]] = [load_warp, load_index]
    for read in readers:
        with pytest.raises(FormatError, match="is not a readable") as caught:
            read(folder)
        assert "rrno" not in caught.value.message
