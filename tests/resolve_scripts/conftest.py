"""The stage on which the scripts are tested."""

from __future__ import annotations

import webbrowser
from pathlib import Path

import pytest

from resolve_scripts.mtbsync_resolve import engine, entries
from tests.resolve_scripts.stage import Stage


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """A stage of its own for each test, on which no browser opens and no notification shows."""
    stage = Stage(tmp_path)
    monkeypatch.setenv("MTBSYNC_CONFIG_DIR", str(stage.config))
    monkeypatch.setattr(engine, "_PACKAGE", stage.installed)
    monkeypatch.setattr(webbrowser, "open", stage.opened.append)
    monkeypatch.setattr(entries, "notify", stage.notified.append)
    return stage
