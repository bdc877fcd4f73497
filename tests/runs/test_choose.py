"""Which of several references goes with a new run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.runs.choose import nearest_reference
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
    chosen = nearest_reference(REFERENCES, shot("new.mp4", at))
    assert chosen is not None
    n, why = chosen
    assert REFERENCES[n].path.stem == name and f"{name}.mp4 is the reference" in why


def test_without_times_none_is_nearest() -> None:
    assert nearest_reference(REFERENCES, shot("new.mp4", None)) is None
    assert nearest_reference([shot("unknown.mp4", None)], shot("new.mp4", "2026-06-10T10:00:00Z")) is None
