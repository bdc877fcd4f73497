"""The fixtures of `two_runs`, for all tests of the command line."""

from __future__ import annotations

import pytest

from tests.cli.two_runs import alignment, folder, refused, run

__all__ = ["alignment", "folder", "refused", "run"]


@pytest.fixture(autouse=True)
def plain_installation(monkeypatch: pytest.MonkeyPatch) -> None:
    """What these tests see does not depend on whether the learned matcher's model is on this machine."""
    monkeypatch.setattr("mtbsync_core.vision.matchers.best_matcher", lambda: "orb")
