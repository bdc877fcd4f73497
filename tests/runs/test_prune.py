"""prune-perf: the newest stay, nothing else is touched."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.cli.two_runs import Run, run

__all__ = ["run"]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Five runs, a1 the oldest; a file of another program, and a damaged one."""
    for n in range(1, 6):
        folder = tmp_path / "böse Fahrten" / f"a{n}"
        folder.mkdir(parents=True)
        perf = folder / "perf.json"
        data = {"schema": "mtbsync.perf", "version": 1} if n % 2 else {"fps": 3.0, "timings": {}}
        perf.write_text(json.dumps(data), encoding="utf-8")
        (folder / "timewarp.json").write_text("{}", encoding="utf-8")
        os.utime(perf, (n * 1000, n * 1000))
    for name, text in (("other", '{"schema": "other.perf"}'), ("damaged", "{")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "perf.json").write_text(text, encoding="utf-8")
    return tmp_path


def left(root: Path) -> list[str]:
    return sorted(path.parent.name for path in root.rglob("perf.json"))


def test_the_newest_stay(run: Run, root: Path) -> None:
    done = run("prune-perf", "--root", root, "--keep", "2")
    assert (done.code, done.out) == (0, "3 deleted, 2 kept\n")
    assert done.err.count("is not of mtbsync and stays") == 2
    assert left(root) == ["a4", "a5", "damaged", "other"]
    assert len(list(root.rglob("timewarp.json"))) == 5


def test_a_dry_run_names_and_deletes_nothing(run: Run, root: Path) -> None:
    done = run("prune-perf", "--root", root, "--keep", "4", "--dry-run")
    assert done.code == 0
    assert str(root / "böse Fahrten" / "a1" / "perf.json") in done.out
    assert "1 would be deleted, 4 kept" in done.out
    assert len(left(root)) == 7
    assert run("prune-perf", "--root", root, "--keep", "4", "--dry-run", "--json").json["kept"] == 4


def test_a_link_is_neither_followed_nor_deleted(run: Run, root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "perf.json").write_text('{"fps": 1}', encoding="utf-8")
    try:
        (root / "linked").symlink_to(elsewhere, target_is_directory=True)
        (root / "perf.json").symlink_to(elsewhere / "perf.json")
    except OSError:
        pytest.skip("no links here")
    assert run("prune-perf", "--root", root, "--keep", "0").code == 0
    assert (elsewhere / "perf.json").is_file()
    assert (root / "perf.json").is_symlink()


def test_no_such_folder_and_a_wrong_number(run: Run, tmp_path: Path) -> None:
    assert run("prune-perf", "--root", tmp_path / "none").code == 2
    assert run("prune-perf", "--root", tmp_path, "--keep", "-1").code == 2
