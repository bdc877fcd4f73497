"""Scripts run as the menu runs them. Facts 2.3."""

from __future__ import annotations

import os
import sys
import textwrap
import time
from pathlib import Path

import pytest

from tests.doubles.resolve import (
    Fault,
    MenuRun,
    NotInMenu,
    ResolveDoubleError,
    Scene,
    run_menu_script,
    start_menu_script,
    two_runs,
)
from tests.doubles.resolve.pythons import found_pythons

pytestmark = pytest.mark.slow  # processes, one after the other

SCRIPT = Path("L\u00e4ufe & Spuren", "MTB Sync - Test.py")


def written(folder: Path, text: str) -> Path:
    """A script with this text, where the name is awkward."""
    path = folder / SCRIPT
    path.parent.mkdir(exist_ok=True)
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    return path


def ran(folder: Path, text: str, scene: Scene | None = None, python: str = sys.executable) -> MenuRun:
    """What became of a script with this text."""
    return run_menu_script((scene or two_runs()).world, written(folder, text), python=python)


@pytest.mark.parametrize("version", found_pythons())
def test_what_a_script_finds(tmp_path: Path, version: str) -> None:
    text = """
        import platform, sys, __main__
        platform.platform()  # reads the file sys.executable
        print(sys.version_info[:2])
        print(sys.argv == [{path!r}], "__file__" in globals(), __name__)
        print(sorted(name for name in globals() if name in "resolve fusion fu app bmd comp".split()))
        print(__main__.resolve is resolve, app.GetResolve().GetVersionString() == resolve.GetVersionString())
        print(bmd.scriptapp("Resolve").GetProductName())
        print(hasattr(sys.stdout, "flush"), hasattr(sys.stderr, "flush"))
        print([path for path in sys.path if path in ("", {folder!r})], sys.executable.endswith("fuscript"))
    """
    path = written(tmp_path, "")
    told = text.format(path=str(path), folder=str(path.parent))
    run = ran(tmp_path, told, python=found_pythons()[version])
    assert run.console.splitlines() == [
        f"(3, {version[2:]})",
        "True False __main__",
        "['app', 'bmd', 'fu', 'fusion', 'resolve']",
        "True True",
        "DaVinci Resolve Studio",
        "False False",
        "[] True",
    ]
    assert (run.exit_code, run.error) == (0, "")


def test_the_world_comes_back_and_goes_on(tmp_path: Path) -> None:
    scene = two_runs()
    text = """
        timeline = resolve.GetCurrentTimeline()
        timeline.AddMarker(len(timeline.GetMarkers()), "Sky", "x", "", 1, "d")
    """
    first = ran(tmp_path, text, scene)
    assert [(marker.frame, marker.custom_data) for marker in first.timeline().markers] == [(0, "d")]
    assert scene.timeline.markers == []
    second = run_menu_script(first.world, tmp_path / SCRIPT)
    assert [marker.frame for marker in second.timeline("Timeline 1").markers] == [0, 1]
    assert [called.given[0] for called in second.calls("Timeline.AddMarker")] == [0, 1]


def test_flush_is_not_there(tmp_path: Path) -> None:
    run = ran(tmp_path, "print('before')\nprint('x', flush=True)")
    assert run.exit_code == 1
    assert "flush" in run.error
    assert run.console.startswith("before\n")
    assert run.console.endswith(run.error)


def test_the_environment_is_resolves(tmp_path: Path) -> None:
    text = f"""
        import os, subprocess
        python = {sys.executable!r}
        names = ("PYTHONHOME", "PYTHONPATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
        print([name for name in names if name not in os.environ])
        print(subprocess.run([python, "-c", "import json"], stderr=subprocess.DEVNULL).returncode != 0)
        left = {{name: value for name, value in os.environ.items() if name != "PYTHONHOME"}}
        print(subprocess.run([python, "-c", "import json"], env=left, stderr=subprocess.DEVNULL).returncode != 0)
        clean = {{name: value for name, value in os.environ.items() if name not in names}}
        print(subprocess.run([python, "-c", "import json"], env=clean).returncode, os.environ["MTB_TEST"])
    """
    path = written(tmp_path, text)
    run = run_menu_script(two_runs().world, path, env={"MTB_TEST": "given"})
    assert run.console.splitlines() == ["[]", "True", "True", "0 given"]


@pytest.mark.skipif(os.name == "nt", reason="the locale's encoding is that of Windows there, whatever LC_CTYPE says")
def test_files_need_an_encoding(tmp_path: Path) -> None:
    run = ran(tmp_path, f"open({str(tmp_path / 'a.txt')!r}, 'w').write('\\u00e4')")
    assert "UnicodeEncodeError" in run.error


def test_folders(tmp_path: Path) -> None:
    text = "import os, pathlib\nprint(os.getcwd()); print(pathlib.Path.home())"
    home = tmp_path / "home"
    path = written(tmp_path, text)
    run = run_menu_script(two_runs().world, path, cwd=tmp_path, home=home)
    assert run.console.splitlines() == [str(tmp_path), str(home)]
    elsewhere = run_menu_script(two_runs().world, path).console.splitlines()
    assert elsewhere[0] == str(Path(tmp_path.anchor))
    assert elsewhere[1] != str(Path.home())


@pytest.mark.parametrize(
    ("text", "exit_code", "console"),
    [("import sys; sys.exit(3)", 3, ""), ("raise SystemExit", 0, ""), ("import sys; sys.exit('no')", 1, "no\n")],
)
def test_exits(tmp_path: Path, text: str, exit_code: int, console: str) -> None:
    run = ran(tmp_path, text)
    assert (run.exit_code, run.console, run.error) == (exit_code, console, "")


def test_a_script_that_is_no_python_says_so(tmp_path: Path) -> None:
    run = ran(tmp_path, "print('x'")
    assert (run.exit_code, "SyntaxError" in run.console) == (1, True)


def test_it_ends_with_the_main_thread(tmp_path: Path) -> None:
    late = "import threading, time\nthreading.Thread(target=lambda: (time.sleep(30), print('late'))).start()"
    assert "late" not in ran(tmp_path, late).console


def test_a_violation_is_raised_even_when_swallowed(tmp_path: Path) -> None:
    with pytest.raises(ResolveDoubleError, match="GetSelection is in no version"):
        ran(tmp_path, "try:\n    resolve.GetCurrentTimeline().GetSelection()\nexcept Exception:\n    pass")


def test_a_process_that_dies_without_a_word_is_raised(tmp_path: Path) -> None:
    with pytest.raises(ResolveDoubleError, match="process ended"):
        ran(tmp_path, "import os; os._exit(0)")


def test_a_killed_script_leaves_what_it_did(tmp_path: Path) -> None:
    scene = two_runs()
    scene.world.faults.append(Fault("kill", "Timeline.AddMarker", skip=2))
    text = """
        try:
            for frame in range(9):
                resolve.GetCurrentTimeline().AddMarker(frame, "Blue", "x", "", 1)
        finally:
            print("not reached")
    """
    run = ran(tmp_path, text, scene)
    assert (run.exit_code, run.error, run.console) == (137, "killed", "")
    assert [marker.frame for marker in run.timeline().markers] == [0, 1]


def test_too_long(tmp_path: Path) -> None:
    path = written(tmp_path, "print('begun')\nwhile True: pass")
    with pytest.raises(TimeoutError, match="begun"):
        run_menu_script(two_runs().world, path, timeout_s=0.5)


def test_two_at_once(tmp_path: Path) -> None:
    stop = tmp_path / "stop"
    path = written(
        tmp_path,
        f"import os, time\nprint('begun')\nwhile not os.path.exists({str(stop)!r}): time.sleep(0.01)",
    )
    running = start_menu_script(two_runs().world, path)
    while "begun" not in running.console:
        assert running.process.poll() is None
        time.sleep(0.01)
    stop.touch()
    assert run_menu_script(two_runs().world, path).exit_code == 0
    assert running.wait().console == "begun\n"


@pytest.mark.parametrize(("edition", "version", "listed"), [("free", "21.1", False), ("free", "21.0.4", True)])
def test_the_free_edition_lists_no_python_from_21_1_on(
    tmp_path: Path, edition: str, version: str, listed: bool
) -> None:
    scene = two_runs(edition=edition, version=version)
    if listed:
        assert ran(tmp_path, "print(1)", scene).console == "1\n"
    else:
        with pytest.raises(NotInMenu):
            ran(tmp_path, "print(1)", scene)


def test_the_usual_scene() -> None:
    scene = two_runs(drop=True)
    ref, new = (scene.timeline.item(name) for name in ("ref.mp4", "new.mp4"))
    assert (scene.timeline.start, ref.source_start, new.source_start) == (107892, 150.0, 300.0)
    assert [marker.frame for marker in ref.markers] == [750, 1500]
    assert new.start == ref.start + ref.duration + 100
    assert scene.timeline.selection == [ref.id, new.id]
