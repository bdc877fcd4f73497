"""Which of several references goes with a new run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.runs.choose import nearest_references
from tests.cli.two_runs import media


def shot(name: str, at: str | None) -> MediaInfo:
    return replace(media(name, 60.0), creation_time=at)


REFERENCES = [
    shot("summer.mp4", "2024-07-01T09:00:00Z"),
    shot("winter.mp4", "2024-12-28T09:00:00Z"),
    shot("evening.mp4", "2024-07-01T19:30:00Z"),
    shot("unknown.mp4", None),
]


@pytest.mark.parametrize(
    ("at", "name"),
    [
        ("2026-06-10T10:00:00Z", "summer"),
        ("2026-01-05T10:00:00Z", "winter"),
        ("2026-06-10T20:00:00Z", "evening"),
    ],
)
def test_the_nearest_in_season_and_hour(at: str, name: str) -> None:
    (n,) = nearest_references(REFERENCES, shot("new.mp4", at))
    assert REFERENCES[n].path.stem == name


def test_several_are_as_near() -> None:
    assert nearest_references(REFERENCES, shot("new.mp4", None)) == [0, 1, 2, 3]
    assert nearest_references(REFERENCES[3:], shot("new.mp4", "2026-06-10T10:00:00Z")) == [0]
    days = [shot("a.mp4", "2024-07-01T09:00:00Z"), shot("b.mp4", "2024-07-03T09:05:00Z"), REFERENCES[1]]
    assert nearest_references(days, shot("new.mp4", "2026-07-02T09:00:00Z")) == [0, 1]
