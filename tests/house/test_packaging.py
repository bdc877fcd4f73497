"""What a wheel carries, and that what pyproject.toml says agrees with the tree."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest

import mtbsync_core

ROOT = Path(__file__).resolve().parents[2]


def project() -> dict[str, Any]:
    """The parsed pyproject.toml."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        return tomllib.load(file)


def test_old_install_lines_still_work() -> None:
    extras = project()["project"]["optional-dependencies"]
    assert {"learned", "cluster", "gpu", "telemetry", "compare", "dev"} <= set(extras)
    assert extras["telemetry"] == extras["compare"] == []


def test_dependencies_are_ranges() -> None:
    for line in project()["project"]["dependencies"]:
        assert re.search(r">=", line), f"{line} has no lower bound"
        assert "==" not in line.split(";")[0], f"{line} is a pin"


def test_the_lock_covers_every_dependency_at_both_ends() -> None:
    lock = (ROOT / "requirements-dev.lock").read_text(encoding="utf-8")
    locked = set(re.findall(r"(?m)^([a-z0-9-]+)==", lock))
    tables = project()["project"]
    for line in [*tables["dependencies"], *tables["optional-dependencies"]["dev"]]:
        name = re.match(r"[A-Za-z0-9-]+", line)
        assert name and name.group().lower() in locked, f"{line} is not locked; run `just lock`"
    assert "://" not in lock, "a lock file names no index"


def test_the_version_has_one_source() -> None:
    assert project()["project"]["dynamic"] == ["version"]
    assert re.fullmatch(r"\d+\.\d+\.\d+(\.dev\d+|rc\d+)?", mtbsync_core.__version__)


@pytest.mark.slow
def test_the_wheel_has_all_of_it(tmp_path: Path) -> None:
    pytest.importorskip("hatchling", reason="builds the wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    [wheel] = tmp_path.glob("*.whl")
    assert wheel.name == f"mtbsync_resolve-{mtbsync_core.__version__}-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        info = f"mtbsync_resolve-{mtbsync_core.__version__}.dist-info"
        entry_points = archive.read(f"{info}/entry_points.txt").decode("utf-8")
    for package in ("mtbsync_core", "otio_adapters", "resolve_scripts"):
        there = {p.relative_to(ROOT).as_posix() for p in (ROOT / package).rglob("*") if p.is_file()}
        there = {name for name in there if "__pycache__" not in name}
        assert there - names == set(), f"{package} is not whole"
    assert "otio_adapters/plugin/any_format.py" in names
    assert f"{info}/licenses/LICENSE" in names
    shared = f"mtbsync_resolve-{mtbsync_core.__version__}.data/data/share/mtbsync/examples"
    assert {f"{shared}/{path.name}" for path in (ROOT / "examples").iterdir()} <= names
    assert "mtbsync = mtbsync_core.cli:main" in entry_points
    assert "mtbsync_resolve = otio_adapters" in entry_points
    assert not [name for name in names if name.split("/")[0] in ("tests", "benchmarks", "install.py")]


def test_pre_commit_uses_the_locked_ruff() -> None:
    lock = (ROOT / "requirements-dev.lock").read_text(encoding="utf-8")
    hooks = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    pinned = set(re.findall(r"ruff==([\d.]+)", hooks))
    assert pinned == set(re.findall(r"(?m)^ruff==([\d.]+)", lock))
