"""Nothing needs a compiler on anybody's machine."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

OFFLINE = (
    r"NewConnectionError|Failed to establish|name resolution|getaddrinfo|[Cc]onnect|timed out|dns error|sending request"
)


def wheels_script() -> ModuleType:
    """`wheels.py` beside this file; tests are no package, so it has no import path."""
    spec = spec_from_file_location("wheels", Path(__file__).with_name("wheels.py"))
    assert spec and spec.loader
    module = module_from_spec(spec)
    sys.modules["wheels"] = module  # its dataclasses look themselves up
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
def test_every_dependency_has_wheels_everywhere() -> None:
    pytest.importorskip("uv", reason="uv resolves for other systems")
    wheels = wheels_script()
    found = wheels.resolve_all()
    reasons = [r.reason for r in found if not r.versions]
    if len(reasons) == len(found) and re.search(OFFLINE, reasons[0]):
        pytest.skip("no package index can be reached")
    assert reasons == []
    without_otio = {(r.system.name, r.python) for r in found if "opentimelineio" not in r.versions}
    assert without_otio == {(s.name, "3.13") for s in wheels.SYSTEMS if s.name.endswith("Intel")}


@pytest.mark.slow
def test_fastdtw_builds_where_nothing_compiles(tmp_path: Path) -> None:
    """The one dependency without wheels: with no compiler its set-up falls back to pure Python, and that works."""
    env = {**os.environ, "CC": "no-such-compiler", "CXX": "no-such-compiler", "CFLAGS": "--no-such-flag"}
    target = tmp_path / "site"
    pytest.importorskip("uv", reason="uv builds it")
    command = [sys.executable, "-m", "uv", "pip", "install", "--no-deps", "--no-binary", "fastdtw", "--no-cache"]
    done = subprocess.run(
        [*command, "--target", str(target), "fastdtw>=0.3.4"],
        env=env,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    output = done.stdout + done.stderr
    if done.returncode != 0 and re.search(OFFLINE, output):
        pytest.skip("no package index can be reached")
    assert done.returncode == 0, output[-2000:]
    installed = {p.suffix for p in (target / "fastdtw").iterdir()}
    assert not installed & {".so", ".pyd"}, "something was compiled after all"
    code = "import fastdtw, sys; print(fastdtw.__file__); print(fastdtw.fastdtw([1, 2, 3], [1, 2, 2, 3])[0])"
    shown = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(target)},
        capture_output=True,
        encoding="utf-8",
        check=True,
    ).stdout.splitlines()
    assert Path(shown[0]).is_relative_to(target)
    assert float(shown[1]) == 0.0
