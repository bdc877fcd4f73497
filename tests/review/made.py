"""A folder of results as `align` leaves one, made of numbers: no recording is there."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from mtbsync_core.alignment.from_pairs import alignment_from_pairs
from mtbsync_core.alignment.pairs import TimePairs, write_pairs
from mtbsync_core.alignment.result import Alignment
from mtbsync_core.markers import Marker, transfer
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.moved_csv import write_moved, write_provenance

MARKERS = (
    Marker("Berm", 10.0, colour="Blue", comment="inside", marker_id="M001"),
    Marker("Roots", 25.0, colour="Green", marker_id="M002"),
    Marker("Drop", 40.0, duration_s=1.0, colour="Red", marker_id="M003"),
    Marker("Late", 59.5, colour="Red", marker_id="M004"),
)


def media(folder: Path, name: str, seconds: float = 60.0) -> MediaInfo:
    rate = Fraction(60000, 1001)
    return MediaInfo(
        folder / name, rate, 1920, 1080, seconds, round(seconds * rate), "h264", start_timecode="10:00:00:00"
    )


def aligned(folder: Path, *, slope: float = 1.1, of: tuple[str, str] = ("ref.mp4", "new.mp4")) -> Alignment:
    """The new run is slower by a tenth, with noise of 20 ms, from 2 s to 56 s of the reference."""
    t_ref = np.arange(2.0, 56.0, 0.25)
    noise = np.random.default_rng(1).normal(0.0, 0.02, len(t_ref))
    pairs = TimePairs.of(3.0 + slope * (t_ref - 2.0), t_ref + noise, np.full(len(t_ref), 0.03), source="anchor")
    found = alignment_from_pairs(pairs)
    return replace(found, media_ref=media(folder, of[0]), media_new=media(folder, of[1], 70.0), method="lattice")


def write_result(folder: Path, alignment: Alignment, markers: tuple[Marker, ...] = MARKERS) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    write_pairs(folder / "pairs.csv", alignment.pairs)
    alignment.save(folder / "timewarp.json")
    write_moved(folder / "new_markers.csv", transfer(markers, alignment.usable_warp()), media=alignment.media_new)
    assert alignment.media_new is not None
    write_provenance(
        folder / "new_markers.csv",
        media=alignment.media_new,
        timewarp=folder / "timewarp.json",
        verdict=alignment.verdict,
        options={"review_threshold": 0.6, "label": None},
    )
    return folder
