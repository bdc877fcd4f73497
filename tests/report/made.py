"""A day of racing that never was: folders of results of one reference, with losses at known places."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from mtbsync_core.markers import Marker, transfer
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.moved_csv import write_moved
from mtbsync_core.runs.run_file import RunFile, WhoseRun
from mtbsync_core.warp import TimeWarp

SECONDS = 60.0
LINES = {
    "Start gate": 2.0,
    "Root carpet": 9.5,
    "Rock garden": 17.0,
    "Bridge": 25.0,
    "Big drop": 33.0,
    "Off-camber": 41.5,
    "Last jump": 49.0,
    "Finish": 57.0,
}
SIGMA_S = 0.03


@dataclass(frozen=True)
class Ridden:
    """How a run was ridden: whose it was, and what it lost (seconds) from when to when of the reference."""

    name: str
    rider: str = ""
    date: str = "2026-05-30"
    lost: Sequence[tuple[float, float, float]] = ()
    gap: tuple[float, float] | None = None
    """A part of the reference that it does not show."""
    sigma_s: float = SIGMA_S


RIDDEN = (
    Ridden("run 1", "Ana", lost=((10.0, 13.0, 0.55), (26.0, 29.0, -0.40), (43.0, 47.0, 0.30))),
    Ridden("run 2", "Ana", lost=((11.0, 15.0, -0.35), (34.0, 38.0, -0.50), (50.0, 54.0, 0.02))),
    Ridden("run 3", "Ben", lost=((18.0, 20.5, 0.90), (27.0, 28.0, 0.35), (35.0, 39.0, 0.62), (52.0, 55.0, -0.20))),
    Ridden("run 4", "Ben", lost=((3.0, 8.0, -0.25), (36.0, 36.2, 4.5), (44.0, 47.0, -0.30))),
    Ridden("run 5", "Cleo", lost=((12.0, 14.0, 0.20),), gap=(27.0, 31.0)),
)


def media(folder: Path, name: str, seconds: float = SECONDS) -> MediaInfo:
    """A recording that is not there."""
    rate = Fraction(60000, 1001)
    return MediaInfo(
        folder / name, rate, 1920, 1080, seconds, round(seconds * rate), "h264", start_timecode="10:00:00:00"
    )


def warp_of(ridden: Ridden, start_s: float = 1.5) -> TimeWarp:
    """Its map: level with the reference but for what it lost, from the first second to the last but one."""
    t = np.unique(np.concatenate([np.arange(1.0, 59.01, 0.25), *(part[:2] for part in ridden.lost)]))
    behind = sum((np.interp(t, [a, b], [0.0, lost]) for a, b, lost in ridden.lost), np.zeros(len(t)))
    new = t - 1.0 + start_s + behind
    if ridden.gap is None:
        return TimeWarp(t, new, np.full(len(t), ridden.sigma_s))
    keep = (t <= ridden.gap[0]) | (t >= ridden.gap[1])
    first = int(np.flatnonzero(t[keep] <= ridden.gap[0])[-1])
    new = np.where(t >= ridden.gap[1], new - 3.0, new)
    return TimeWarp(t[keep], new[keep], np.full(int(keep.sum()), ridden.sigma_s), frozenset({first}))


def write_run(
    root: Path,
    ridden: Ridden,
    *,
    recordings: tuple[MediaInfo, MediaInfo] | None = None,
    lines: Mapping[str, float] = LINES,
    start_s: float = 1.5,
) -> Path:
    """A folder as `align --markers` leaves one."""
    folder = root / ridden.name
    folder.mkdir(parents=True)
    ref, new = recordings or (media(root, "trail.mp4"), media(root, f"{ridden.name}.mp4", SECONDS + 10))
    warp = warp_of(ridden, start_s)
    content = {
        "schema": "mtbsync.timewarp",
        "version": 1,
        "ok": True,
        "verdict": "good",
        "reasons": ["the runs agree throughout"],
        "knots": warp.knots(),
        "gaps": sorted(warp.gaps),
        "bridges": [],
        "weak": [],
        "ref": ref.as_dict(),
        "new": new.as_dict(),
    }
    (folder / "timewarp.json").write_text(json.dumps(content), encoding="utf-8")
    markers = [Marker(name, t, marker_id=f"M{n}") for n, (name, t) in enumerate(lines.items(), 1)]
    write_moved(folder / "new_markers.csv", transfer(markers, warp), media=new)
    told = RunFile(
        reference=str(ref.path),
        new=str(new.path),
        inputs={"reference": "reference", "new": ridden.name},
        state="done",
        whose=WhoseRun(rider=ridden.rider or None, date=ridden.date),
    )
    told.save(folder)
    return folder


def season(root: Path, ridden: Sequence[Ridden] = RIDDEN) -> Path:
    """A root with a folder for each."""
    for one in ridden:
        write_run(root, one)
    return root
