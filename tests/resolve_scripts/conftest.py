"""The stage on which the scripts are tested."""

from __future__ import annotations

from pathlib import Path

import pytest

from resolve_scripts.mtbsync_resolve import engine
from tests.resolve_scripts.stage import Stage


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """A stage of its own for each test."""
    stage = Stage(tmp_path)
    monkeypatch.setenv("MTBSYNC_CONFIG_DIR", str(stage.config))
    monkeypatch.setattr(engine, "_PACKAGE", stage.installed)
    return stage
