"""The fixtures of `two_runs`, for all tests of the command line."""

from __future__ import annotations

from tests.cli.two_runs import alignment, clips, engine, folder, refused, run

__all__ = ["alignment", "clips", "engine", "folder", "refused", "run"]
