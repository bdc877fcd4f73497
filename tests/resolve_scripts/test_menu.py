"""The entries as Resolve starts them: a process of their own, a copied tree, every Python there is."""

from __future__ import annotations

import ast
import csv
import json
import shutil
import sys
from pathlib import Path

import pytest

from resolve_scripts.mtbsync_resolve.entries import ALONE, ANY_TIME
from resolve_scripts.mtbsync_resolve.install import ENTRIES
from tests.doubles.resolve import Scene, run_menu_script, start_menu_script, two_runs
from tests.doubles.resolve.pythons import found_pythons
from tests.resolve_scripts.stage import MENU, PACKAGE, Stage, state

pytestmark = pytest.mark.slow  # processes, one after the other

SOURCES = sorted([*MENU.glob("*.py"), *PACKAGE.glob("*.py")])


@pytest.fixture
def menu(stage: Stage, tmp_path: Path) -> Path:
    """The menu's folder, as installed, where the name is awkward."""
    return stage.install(tmp_path / "L\u00e4ufe & Spuren" / "Fusion" / "Scripts")


@pytest.mark.parametrize("version", found_pythons())
def test_transfer_and_undo_under_every_python(stage: Stage, menu: Path, version: str) -> None:
    print("under Python", version)
    scene = two_runs(stage.file("ref.mp4"), stage.file("new \u00e4.mp4"))
    env, python = {"MTBSYNC_CONFIG_DIR": str(stage.config)}, found_pythons()[version]
    stage.engine(shift_s=1.0)
    before = state(scene.world)
    done = run_menu_script(scene.world, menu / "MTB Sync - Transfer Markers.py", python=python, env=env)
    assert done.error == "" and "2 markers written; 0 not written." in done.console, done.console
    assert sorted(marker.frame for marker in done.timeline().markers) == [3330, 4080]
    undone = run_menu_script(done.world, menu / "MTB Sync - Undo Last Transfer.py", python=python, env=env)
    assert "2 markers deleted, 0 restored" in undone.console and state(undone.world) == before


def test_export(stage: Stage, menu: Path) -> None:
    scene = two_runs(stage.file("ref.mp4"), stage.file("new.mp4"), ref_marks=[])
    scene.mark(scene.timeline.video[0].items[0], 600, "=jump", note="a, b", duration=30, color="Sand")
    env = {"MTBSYNC_CONFIG_DIR": str(stage.config)}
    done = run_menu_script(scene.world, menu / "MTB Sync - Export Markers.py", env=env)
    assert "1 markers from 0:20.02 to 0:20.02" in done.console, done.console
    path = stage.config / "exports" / "ref.markers.csv"
    with path.open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [
            ["t_ref", "duration_ref", "name", "colour", "comment"],
            ["20.020000", "1.001000", "'=jump", "Sand", "a, b"],
        ]


def test_the_engine_reads_what_is_exported(stage: Stage) -> None:
    from mtbsync_core.marker_csv import read_markers

    scene = two_runs(stage.file("ref.mp4"), stage.file("new.mp4"))
    scene.timeline.video[0].items[0].markers[0].name = "-drop"
    assert stage.run("export", scene.world), stage.log()
    markers = read_markers(stage.config / "exports" / "ref.markers.csv").markers
    assert [(marker.name, round(marker.t_s, 3)) for marker in markers] == [("-drop", 25.025), ("spot 2", 50.05)]


@pytest.mark.parametrize("frames", [9000, 8000])
def test_export_of_a_clip_that_is_played_at_another_rate(stage: Stage, frames: int) -> None:
    scene = Scene()
    slow = scene.media(stage.file("ref.mp4"), frames=9000, file_rate="120000/1001")
    items = [scene.place(slow, at=0), scene.place(scene.media(stage.file("new.mp4")), at=10000)]
    for item in items:
        scene.mark(item, 1200, "jump", duration=120)
    scene.select(*items)
    files = stage.files(scene)
    files[slow.path]["frames"] = frames
    stage.engine(files=files)
    assert stage.run("export", scene.world), stage.log()
    rows = {
        path.name: path.read_text(encoding="utf-8").splitlines()[1] for path in (stage.config / "exports").iterdir()
    }
    assert rows.pop("new.markers.csv").startswith("40.040000,4.004000,jump")
    if frames == 9000:
        assert rows["ref.markers.csv"].startswith("10.010000,1.001000,jump")
    else:
        assert not rows and "ref.mp4 is not exported" in stage.log()


def test_cancel_from_the_menu(stage: Stage, menu: Path) -> None:
    scene = two_runs(stage.file("ref.mp4"), stage.file("new.mp4"))
    before = state(scene.world)
    stage.engine(mode="hang")
    env = {"MTBSYNC_CONFIG_DIR": str(stage.config)}
    at_work = start_menu_script(scene.world, menu / "MTB Sync - Transfer Markers.py", env=env)
    for _ in range(100):
        told = run_menu_script(scene.world, menu / "MTB Sync - Cancel.py", env=env).console
        if "asked to end" in told:
            break
    done = at_work.wait(20)
    assert "Cancelled. The timeline was not changed." in done.console
    assert state(done.world) == before


def test_check_installation(stage: Stage, menu: Path) -> None:
    scene = two_runs()
    env = {"MTBSYNC_CONFIG_DIR": str(stage.config)}
    done = run_menu_script(scene.world, menu / "MTB Sync - Check Installation.py", env=env)
    assert done.error == "" and "Started from DaVinci Resolve Studio 21.1.0.14." in done.console, done.console


def test_without_the_package(menu: Path) -> None:
    shutil.rmtree(menu.parent / "MTB Sync")
    done = run_menu_script(two_runs().world, menu / "MTB Sync - Cancel.py")
    assert "its files are missing. Run: mtbsync resolve install" in done.console and done.error == ""
    assert str(menu.parent / "MTB Sync") in done.console


@pytest.mark.parametrize("argv", [[], [""], ["/elsewhere/Utility/script.py"]])
def test_a_resolve_that_does_not_tell_a_script_its_path(
    menu: Path, argv: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", argv)
    monkeypatch.setattr(sys, "path", list(sys.path))
    for name in [name for name in sys.modules if name.split(".")[0] == "mtbsync_resolve"]:
        monkeypatch.delitem(sys.modules, name)
    exec(compile((menu / "MTB Sync - Cancel.py").read_bytes(), "script", "exec"), {})
    assert "there is nothing to cancel" in capsys.readouterr().out
    assert sys.path[0] == str(menu.parent / "MTB Sync")


def test_a_copy_of_the_folder_starts_its_own_package(menu: Path, tmp_path: Path) -> None:
    shutil.copytree(menu.parent, tmp_path / "copy")
    shutil.rmtree(menu.parent)
    done = run_menu_script(two_runs().world, tmp_path / "copy" / "Utility" / "MTB Sync - Cancel.py")
    assert "there is nothing to cancel" in done.console and done.error == ""


def test_every_entry_has_its_launcher(menu: Path) -> None:
    assert sorted(entry for entry, _ in ENTRIES.values()) == sorted([*ALONE, *ANY_TIME])
    for name, (entry, does) in ENTRIES.items():
        text = (menu / f"MTB Sync - {name}.py").read_text(encoding="ascii")
        assert text.startswith(f'"""{does}\n') and f'run("{entry}", globals())' in text and "@" not in text
        ast.parse(text, feature_version=(3, 8))
    assert len(list(menu.glob("*.py"))) == len(ENTRIES)


@pytest.mark.parametrize("path", [*SOURCES, MENU / "MTB Sync.lua"], ids=lambda path: path.name)
def test_sources_are_ascii(path: Path) -> None:
    assert path.read_bytes().isascii()


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_syntax_and_imports(path: Path) -> None:
    """3.8 is the oldest that Resolve may start; what is new since is looked for where `ast` knows it by name."""
    tree = ast.parse(path.read_text(encoding="ascii"), feature_version=(3, 8))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and path.parent == PACKAGE:
            assert node.level == 1 or (node.module or "").split(".")[0] not in ("resolve_scripts", "mtbsync_core")
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            assert node.func.attr not in ("removeprefix", "removesuffix", "is_relative_to"), "not before 3.9"


def test_every_setting_is_told() -> None:
    from resolve_scripts.mtbsync_resolve.settings import Settings

    told = Path(__file__).parents[2].joinpath("docs", "resolve-settings.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1:4] for line in told.splitlines() if line.startswith("| `")]
    table = {key.strip(" `"): default.strip(" `") for key, default, _ in rows}
    assert table == {key: json.dumps(value) for key, value in Settings()._asdict().items()}
