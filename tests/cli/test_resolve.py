"""`mtbsync resolve` and `mtbsync doctor`: the words and exit codes; what is done is tested in tests/resolve_scripts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mtbsync_core import __version__
from resolve_scripts.mtbsync_resolve import doctor
from resolve_scripts.mtbsync_resolve import install as installing
from resolve_scripts.mtbsync_resolve.detect import ResolveVersion
from resolve_scripts.mtbsync_resolve.install import ENTRIES
from tests.cli.two_runs import Run

HELLO = {"event": "hello", "protocol": 1, "version": __version__, "python": "3.12.1", "matcher": "orb"}


@pytest.fixture
def resolve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of Resolve, scripts to put into it, and an engine that answers."""
    root = tmp_path / "wheel"
    for name in ("menu/launcher.py", "mtbsync_resolve/__init__.py"):
        (root / name).parent.mkdir(parents=True)
        (root / name).write_text("# \n", encoding="utf-8")
    monkeypatch.setattr(installing, "sources", lambda scripts, _, real=installing.sources: real(scripts, root))
    monkeypatch.setattr(doctor, "hello", lambda _: HELLO)
    monkeypatch.setattr(doctor, "pythons_for_resolve", lambda *_: [])
    monkeypatch.setattr(doctor, "resolve_version", lambda *_: None)
    monkeypatch.setattr(doctor, "known_locations", lambda *_: [])
    monkeypatch.setattr(installing, "known_locations", lambda *_: [])
    folder = tmp_path / "Jörg's DaVinci Resolve"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("verb", ["install", "uninstall", "doctor"])
def test_each_verb_explains_itself(run: Run, verb: str) -> None:
    done = run("resolve", verb, "--help")
    assert done.code == 0
    assert "--resolve-dir" in done.out and "--json" in done.out and "Example: mtbsync" in done.out


def test_no_verb_shows_help_and_is_a_usage_error(run: Run) -> None:
    done = run("resolve")
    assert done.code == 2
    assert "uninstall" in done.out


def test_install_twice_and_uninstall(run: Run, resolve: Path) -> None:
    done = run("resolve", "install", "--resolve-dir", resolve)
    assert done.code == 0
    assert "installed 13 files" in done.out and "Workspace > Scripts" in done.out
    manifest = resolve / "Fusion" / "Scripts" / "MTB Sync" / "mtbsync_resolve" / "installed.json"
    engine = json.loads(manifest.read_text(encoding="utf-8"))["engine"]
    assert Path(engine[0]).is_absolute() and engine[1:] == ["-m", "mtbsync_core"]
    assert "up to date" in run("resolve", "install", "--resolve-dir", resolve).out
    done = run("resolve", "uninstall", "--resolve-dir", resolve)
    assert "removed 13 files" in done.out
    assert list(resolve.iterdir()) == []
    assert "nothing of mtbsync" in run("resolve", "uninstall", "--resolve-dir", resolve).out


def test_json_names_every_file(run: Run, resolve: Path) -> None:
    done = run("resolve", "install", "--resolve-dir", resolve, "--json")
    launchers = {f"MTB Sync - {name}.py" for name in ENTRIES}
    assert {Path(path).name for path in done.json["resolve"]["written"]} == {*launchers, "__init__.py"}
    (outcome,) = run("resolve", "uninstall", "--resolve-dir", resolve, "--json").json["resolve"]
    assert len(outcome["removed"]) == 13


def test_no_resolve_is_a_usage_error_with_a_code_of_its_own(run: Run, resolve: Path) -> None:
    done = run("resolve", "install", "--json")
    assert (done.code, done.json["error"]["code"]) == (2, "no_resolve")
    done = run("resolve", "install", "--resolve-dir", resolve / "nothing")
    assert done.code == 2 and "there is no folder" in done.err


def test_an_engine_that_does_not_answer_is_noted(run: Run, resolve: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failed = {"event": "error", "error": {"message": "no cv2", "hint": "Run install.py."}}
    monkeypatch.setattr(doctor, "hello", lambda _: failed)
    done = run("resolve", "install", "--resolve-dir", resolve)
    assert done.code == 0
    assert "will not work yet: no cv2. Run install.py." in done.err


def test_the_free_edition_from_21_1_is_told_at_once(run: Run, resolve: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    free = ResolveVersion((21, 1, 0, 17), True, "free", "the log")
    monkeypatch.setattr(doctor, "resolve_version", lambda *_: free)
    done = run("resolve", "install", "--resolve-dir", resolve)
    assert done.code == 0 and "mtbsync align" in done.err


@pytest.mark.parametrize("verb", [("doctor",), ("resolve", "doctor")])
def test_the_doctor_exits_1_until_all_is_in_place(
    run: Run, resolve: Path, verb: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "_has_its_own", lambda _: True)
    done = run(*verb, "--resolve-dir", resolve)
    assert done.code == 1
    assert "mtbsync resolve install" in done.out
    run("resolve", "install", "--resolve-dir", resolve)
    done = run(*verb, "--resolve-dir", resolve, "--json")
    assert (done.code, done.json["ok"], done.json["to_do"]) == (0, True, [])
    assert run(*verb, "--resolve-dir", resolve).code == 0
