"""The example scripts do what they say, in a folder with blanks and letters outside ASCII."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.runs.made import run_folder

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.sh"))
WALKWAY = ROOT / "tests" / "data" / "gopro_walkway"

pytestmark = pytest.mark.skipif(os.name != "posix" or shutil.which("bash") is None, reason="there is no bash here")


def script(name: str, *args: str | Path) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    command = ["bash", str(ROOT / "examples" / f"{name}.sh"), *map(str, args)]
    return subprocess.run(
        command, env={**os.environ, "PATH": path}, capture_output=True, encoding="utf-8", errors="replace", check=False
    )


@pytest.fixture
def root(tmp_path: Path) -> Path:
    here = tmp_path / "meine Läufe"
    run_folder(here, "a b", 1, perf={"schema": "mtbsync.perf", "fps": 9.0})
    run_folder(here, "c", 2, perf={"schema": "mtbsync.perf", "fps": 9.0}, inlier_frac=0.3)
    return here


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_without_arguments_a_script_says_how_it_is_used(path: Path) -> None:
    done = script(path.stem)
    assert done.returncode == 2
    assert done.stderr.startswith(f"usage: {path.name} ")
    assert os.access(path, os.X_OK)
    assert f"`{path.name} " in (ROOT / "examples" / "README.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_run_benchmark_gives_a_report(root: Path, tmp_path: Path) -> None:
    done = script("run_benchmark", root, tmp_path / "o ut")
    assert done.returncode == 0, done.stderr
    names = {path.name for path in (tmp_path / "o ut").iterdir()}
    assert names == {"report.html", "benchmark_quality.csv", "benchmark_quality.json"}
    assert script("run_benchmark", tmp_path / "none", tmp_path / "o").returncode == 2


@pytest.mark.slow
def test_diagnose_alignment_names_the_line(root: Path) -> None:
    done = script("diagnose_alignment", root / "c")
    assert done.returncode == 0, done.stderr
    assert "not strict: c: inlier_frac" in done.stdout


@pytest.mark.slow
def test_dashboard_cleanup(root: Path) -> None:
    assert "1 would be deleted, 1 kept" in script("dashboard_cleanup", root, "1", "--dry-run").stdout
    assert "1 deleted, 1 kept" in script("dashboard_cleanup", root, "1").stdout
    assert len(list(root.rglob("perf.json"))) == 1


@pytest.mark.slow
def test_resync_strict_and_visual_diagnostic(tmp_path: Path) -> None:
    result = tmp_path / "das Ergebnis"
    recordings = WALKWAY / "hero7.mp4", WALKWAY / "max-heromode.mp4"
    done = script("resync_strict", *recordings, result, "--no-gpu")
    assert done.returncode == 6, done.stderr  # the two cameras see unlike angles
    (tmp_path / "my markers.csv").write_text("name,t_ref\nGate,5\n", encoding="utf-8")
    for markers in ([], [tmp_path / "my markers.csv"]):
        done = script("visual_diagnostic", result, *markers)
        assert done.returncode == 0, done.stderr
        assert (result / "diagnostic.png").read_bytes().startswith(b"\x89PNG")
        (result / "diagnostic.png").unlink()
