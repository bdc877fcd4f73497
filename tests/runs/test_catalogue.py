"""The catalogue: made, migrated, written by two at once, damaged, read-only, of a later version."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from mtbsync_core.errors import FormatError
from mtbsync_core.runs import catalogue, schema
from mtbsync_core.runs.catalogue import NAME, Catalogue


def opened(root: Path, notes: list[str] | None = None) -> Catalogue:
    return Catalogue.open(root, (notes if notes is not None else []).append)


def test_rows_are_written_and_replaced_by_their_key(tmp_path: Path) -> None:
    with opened(tmp_path) as made:
        assert made.fresh
        assert made.put("runs", {"run": "a", "state": "running", "rider": "Ann"})
        assert made.put("runs", {"run": "a", "state": "done"}, {"run": "b", "state": "failed"})
        made.put("events", {"at": "2026", "run": "a", "kind": "kill", "text": "was killed"})
    with Catalogue.read(tmp_path) as found:
        rows = found.rows("SELECT run, state, rider FROM runs ORDER BY run")
        assert [tuple(row.values()) for row in rows] == [("a", "done", "Ann"), ("b", "failed", None)]
        assert [row["run"] for row in found.rows("SELECT * FROM events")] == ["a"]
        assert found.rows("PRAGMA integrity_check") == [{"integrity_check": "ok"}]
        assert found.rows("PRAGMA journal_mode") == [{"journal_mode": "wal"}]
    with opened(tmp_path) as again:
        assert not again.fresh


def test_a_failed_transaction_leaves_nothing(tmp_path: Path) -> None:
    notes: list[str] = []
    with opened(tmp_path, notes) as made:
        assert not made.put("runs", {"run": "a", "state": "done"}, {"run": "b", "state": None})
        assert made.rows("SELECT * FROM runs") == []
        assert made.put("runs", {"run": "c", "state": "done"})
    assert len(notes) == 1 and "rebuild" in notes[0]


def test_an_older_catalogue_is_migrated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(tmp_path) as made:
        made.put("runs", {"run": "a", "state": "done"})
    later = (*schema.MIGRATIONS, "ALTER TABLE runs ADD COLUMN colour TEXT;\n")
    monkeypatch.setattr(catalogue, "MIGRATIONS", later)
    with opened(tmp_path) as made:
        assert made.rows("SELECT run, colour FROM runs") == [{"run": "a", "colour": None}]
    monkeypatch.undo()
    notes: list[str] = []
    assert not opened(tmp_path, notes).usable and "later version" in notes[0]
    with pytest.raises(FormatError, match="later version"):
        Catalogue.read(tmp_path)


@pytest.mark.parametrize("damage", [b"no database at all" * 300, None])
def test_a_damaged_catalogue_is_renamed_and_made_anew(tmp_path: Path, damage: bytes | None) -> None:
    with opened(tmp_path) as made:
        made.put("runs", *({"run": str(n), "state": "done"} for n in range(500)))
    path = tmp_path / NAME
    before = damage or path.read_bytes()[:2048] + b"\xa5" * 40_000
    path.write_bytes(before)
    notes: list[str] = []
    with opened(tmp_path, notes) as made:
        assert made.usable and made.fresh
        assert made.rows("SELECT * FROM runs") == []
    assert "damaged" in notes[0]
    assert (tmp_path / "catalogue.damaged.sqlite").read_bytes() == before


def test_what_cannot_be_opened_takes_nothing_and_says_so_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    notes: list[str] = []
    made = opened(tmp_path / "file", notes)
    assert not made.usable and not made.put("runs", {"run": "a", "state": "done"}) and made.rows("SELECT 1") == []
    assert len(notes) == 1


def test_the_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / NAME) as other:
        other.execute("CREATE TABLE theirs (x)")
    other.close()
    before = (tmp_path / NAME).read_bytes()
    notes: list[str] = []
    assert not opened(tmp_path, notes).usable and "another program" in notes[0]
    assert (tmp_path / NAME).read_bytes() == before


_WRITER = """
import sys; from pathlib import Path
from mtbsync_core.runs.catalogue import Catalogue
with Catalogue.open(Path(sys.argv[1]), lambda text: sys.exit(text)) as c:
    for n in range(60):
        assert c.put("runs", {"run": f"{sys.argv[2]}{n}", "state": "done"})
"""


@pytest.mark.slow
def test_two_processes_write_at_once(tmp_path: Path) -> None:
    two = [subprocess.Popen([sys.executable, "-c", _WRITER, str(tmp_path), name]) for name in "ab"]
    assert [process.wait() for process in two] == [0, 0]
    with Catalogue.read(tmp_path) as found:
        assert found.rows("SELECT count(*) AS n FROM runs") == [{"n": 120}]
