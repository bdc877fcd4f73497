"""Exit codes, errors as text and JSON, help, and what is not imported."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mtbsync_core import __version__
from mtbsync_core.cli import version
from tests.cli.two_runs import Run

ROOT = Path(__file__).parents[2]
VERBS = (
    "align",
    "index",
    "sync",
    "warp",
    "transfer-markers",
    "transfer",
    "export-markers",
    "export-timeline",
    "viewer",
    "preview",
    "compare-ui",
    "benchmark-quality",
    "quality-check",
    "prune-perf",
    "demo",
)


def test_help_names_every_verb(run: Run) -> None:
    done = run("--help")
    assert done.code == 0
    assert all(f"  {verb} " in done.out for verb in (*VERBS, "version"))


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_explains_itself(run: Run, verb: str) -> None:
    done = run(verb, "--help")
    assert done.code == 0
    assert f"Example: mtbsync {verb}" in " ".join(done.out.split())
    assert "--json" in done.out


@pytest.mark.slow
def test_help_and_version_import_nothing_heavy() -> None:
    code = (
        "import sys; from mtbsync_core.cli import main; codes = main(['--help']), main(['version']);"
        "heavy = {'numpy', 'cv2', 'av', 'scipy', 'pandas', 'psutil', 'pynvml', 'dask', 'matplotlib', 'opentimelineio'};"
        "heavy &= set(sys.modules);"
        "sys.exit(f'{codes} {heavy}' if heavy or any(codes) else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr
    assert f"mtbsync {__version__}" in done.stdout


def test_no_verb_shows_help_and_is_a_usage_error(run: Run) -> None:
    done = run()
    assert done.code == 2
    assert "Commands:" in done.out


@pytest.mark.parametrize(
    ("args", "about"),
    [
        (["algin"], "algin"),
        (["sync", "--out", "x"], "--reference"),
        (["sync", "--bogus"], "--bogus"),
        (["transfer-markers", "--ref-markers", "m.csv", "--review-threshold", "7"], "--review-threshold"),
        (["index", "--reference", "a.mp4", "--out", "b.npz", "--fps", "0"], "--fps"),
        (["export-markers"], "NEW_MARKERS.csv"),
    ],
)
def test_wrong_commands_exit_2(run: Run, args: list[str], about: str) -> None:
    done = run(*args)
    assert done.code == 2
    assert done.err.startswith("error: ")
    assert about in done.err
    assert "--help" in done.err
    assert done.out == ""

    done = run(*args, "--json")
    assert done.code == 2
    assert done.err == ""
    assert done.json["error"]["code"] == "usage"
    assert done.json["error"]["exit_code"] == 2


def test_a_missing_recording_exits_3(run: Run, tmp_path: Path) -> None:
    done = run("index", "--reference", tmp_path / "none.mp4", "--out", tmp_path / "i.npz", "--json")
    assert done.code == 3
    assert done.json["error"]["code"] == "media"
    assert list(tmp_path.iterdir()) == []


def _failing(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def fail() -> str:
        raise error

    monkeypatch.setattr(version.platform, "python_version", fail)


def test_the_unexpected_exits_1_and_points_to_debug(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    _failing(monkeypatch, ZeroDivisionError("by nought"))
    done = run("version")
    assert (done.code, done.out) == (1, "")
    assert "ZeroDivisionError: by nought" in done.err
    assert "--debug" in done.err
    assert "Traceback" not in done.err
    for args in (("--debug", "version"), ("version", "--debug")):
        assert "Traceback" in run(*args).err
    assert run("version", "--json").json["error"]["code"] == "error"


def test_a_full_disk_is_told_in_words(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    _failing(monkeypatch, OSError(28, "No space left on device", "result.csv"))
    done = run("version")
    assert done.code == 1
    assert "result.csv: No space left on device" in done.err


def test_an_interrupt_exits_130(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    _failing(monkeypatch, KeyboardInterrupt())
    assert run("version").code == 130
    assert run("version", "--json").json["error"]["code"] == "interrupted"


@pytest.mark.slow
def test_a_console_without_unicode_is_survived(folder: Path) -> None:
    (folder / "markers.csv").write_text("name,t_ref\n\u9ad8\u5c3e\u5c71 \U0001f480,20\n", encoding="utf-8")
    plain = {**os.environ, "LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    args: list[str | Path] = [
        "transfer-markers",
        "--ref-markers",
        folder / "markers.csv",
        "--out",
        folder / "new_markers.csv",
    ]
    args += ["--timewarp-json", folder / "timewarp.json"]
    done = subprocess.run(
        [sys.executable, "-m", "mtbsync_core", *args], cwd=ROOT, env=plain, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert b"0:20.00" in done.stdout
    assert "\u9ad8\u5c3e\u5c71" in (folder / "new_markers.csv").read_text(encoding="utf-8")
