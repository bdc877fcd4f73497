"""What is known of a recording besides its pictures, as files for other programs: GPX 1.1 and a table.

| GPX 1.1 | from |
|---|---|
| `trkpt` `lat` `lon`, `ele` | the track, ten points a second, where it is known; each gap begins a new `trkseg` |
| `time` | UTC, where the recording's start is known |
| `speed` | of a track with times, m/s, in Garmin's TrackPointExtension v2 (GPX 1.1 itself has none) |
| `hdop` | not written: a receiver's DOP says nothing of interpolated points |
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from mtbsync_core.files import replacing, write_text
from mtbsync_core.telemetry.track import STEP_S, Telemetry, Track, runs_of

_EXTENSION = "http://www.garmin.com/xmlschemas/TrackPointExtension/v2"
COLUMNS = (
    "t_s", "utc", "lat_deg", "lon_deg", "alt_m", "speed_mps", "distance_m", "sigma_m", "known",
    "yaw_rps", "shake_mps2", "still",
)  # fmt: skip
_DECIMALS = {"lat_deg": 7, "lon_deg": 7, "alt_m": 1, "yaw_rps": 4}


def write_gpx(path: Path, track: Track, name: str, start: datetime | None) -> None:
    """Write the known parts of a track, atomically; `start` is the UTC of its zero, None for points without times.

    Raises:
        UsageError: the file cannot be written.
    """
    import gpxpy.gpx

    file = gpxpy.gpx.GPX()
    file.creator = "mtbsync"
    file.nsmap["gpxtpx"] = _EXTENSION
    line = gpxpy.gpx.GPXTrack(name=name)
    file.tracks.append(line)
    for first, end in runs_of(track.known):
        points = []
        for i in range(first, end):
            point = gpxpy.gpx.GPXTrackPoint(
                round(float(track.lat_deg[i]), 7),
                round(float(track.lon_deg[i]), 7),
                round(float(track.alt_m[i]), 2) if np.isfinite(track.alt_m[i]) else None,
                start + timedelta(milliseconds=round(1000 * track.t_s[i])) if start is not None else None,
            )
            if track.timed:
                extension = ElementTree.Element(f"{{{_EXTENSION}}}TrackPointExtension")
                ElementTree.SubElement(extension, f"{{{_EXTENSION}}}speed").text = f"{track.speed_mps[i]:.2f}"
                point.extensions.append(extension)
            points.append(point)
        line.segments.append(gpxpy.gpx.GPXTrackSegment(points))
    write_text(path, file.to_xml(version="1.1"))


def write_csv(path: Path, telemetry: Telemetry, start: datetime | None) -> None:
    """Write a row for every tenth of a second, atomically; what is not known is left empty.

    `utc` is ISO 8601 where `start`, the UTC of the clock's zero, is given; `known` and `still` are 1 or 0; the other
    `COLUMNS` are those of `Track` and `Motion`. Errors as `write_gpx`.
    """
    import pandas as pd

    columns: dict[str, pd.Series[str]] = {}
    for part in [part for part in (telemetry.track, telemetry.motion) if part is not None]:
        first = round(float(part.t_s[0]) / STEP_S)
        for name in COLUMNS[2:]:
            if hasattr(part, name) and (name != "speed_mps" or getattr(part, "timed", True)):
                values = pd.Series(getattr(part, name), range(first, first + len(part.t_s)))
                form = "{:d}" if values.dtype == bool else f"{{:.{_DECIMALS.get(name, 3)}f}}"
                columns[name] = values.map(form.format, na_action="ignore")
    table = pd.DataFrame(columns)
    if len(table):
        table = table.reindex(range(table.index.min(), table.index.max() + 1))
    table["t_s"] = [f"{step * STEP_S:.1f}" for step in table.index]
    if start is not None:
        table["utc"] = [
            (start + timedelta(seconds=step * STEP_S)).isoformat(timespec="milliseconds") for step in table.index
        ]
    with replacing(path) as scratch:
        table.reindex(columns=COLUMNS).to_csv(scratch, index=False, lineterminator="\r\n")
