"""The stage on which the scripts are tested."""

from __future__ import annotations

import json
import sys
import webbrowser
from pathlib import Path

import pytest

from resolve_scripts.mtbsync_resolve import engine, entries, window
from tests.resolve_scripts.stage import Stage

ROOT = Path(__file__).parents[2]


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """A stage of its own for each test, on which no browser opens and no notification shows."""
    stage = Stage(tmp_path)
    monkeypatch.setenv("MTBSYNC_CONFIG_DIR", str(stage.config))
    monkeypatch.setattr(engine, "_PACKAGE", stage.installed)
    monkeypatch.setattr(webbrowser, "open", stage.opened.append)
    for module in (entries, window):
        monkeypatch.setattr(module, "notify", stage.notified.append)
    return stage


@pytest.fixture
def real(stage: Stage) -> Stage:
    """The engine of this checkout, in the place of the one that `installed.json` names."""
    start = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from mtbsync_core.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", start]
    (stage.installed / "installed.json").write_text(json.dumps({"engine": command}), encoding="utf-8")
    return stage
