"""A folder of results, and reviews of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mtbsync_core.alignment.result import Alignment
from mtbsync_core.review.base import Sources
from mtbsync_core.review.review import Review
from tests.review.made import aligned, write_result


@pytest.fixture(scope="session")
def alignment() -> Alignment:
    return aligned(Path("/rides"))


@pytest.fixture
def folder(tmp_path: Path, alignment: Alignment) -> Path:
    return write_result(tmp_path / "result", alignment)


Opener = Callable[..., Review]


@pytest.fixture
def opened() -> Opener:
    def open_review(folder: Path, *, writable: bool = False, **given: Any) -> Review:
        sources = Sources(folder=folder, timewarp=folder / "timewarp.json", **given)
        return Review(folder.name, sources, (folder.parent,), writable=writable)

    return open_review
