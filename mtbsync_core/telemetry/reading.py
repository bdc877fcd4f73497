"""`read_telemetry`: all that is known of a recording besides its pictures, from its sensors and a file beside it."""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import numpy as np

from mtbsync_core.errors import EvidenceError, FormatError
from mtbsync_core.media.camera import clock, read_camera
from mtbsync_core.media.sensors import Gps, Sensors, read_sensors
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.telemetry.fit import read_fit
from mtbsync_core.telemetry.fixes import Fixes, track_of
from mtbsync_core.telemetry.gpx import read_gpx
from mtbsync_core.telemetry.motion import motion_of
from mtbsync_core.telemetry.offset import Offset, Start, find_offset
from mtbsync_core.telemetry.recorded import Recorded
from mtbsync_core.telemetry.tcx import read_tcx
from mtbsync_core.telemetry.track import Motion, Telemetry, Track
from mtbsync_core.telemetry.track_file import HINT, kind_of_file, load

log = logging.getLogger(__name__)

_READERS = {"FIT": read_fit, "GPX": read_gpx, "TCX": read_tcx}
_REFUSED = {"KML": "a KML file, which is not read", "ZIP": "a ZIP archive: unpack it first"}


def read_telemetry(media: MediaInfo | None, sidecar: Path | None = None, offset_s: float | None = None) -> Telemetry:
    """The track and the motion of a recording.

    A sidecar is used in place of the recording's own GPS, since somebody took the trouble to give it. Where on the
    video's clock it begins is logged, with how sure that is.

    Args:
        media: None where there is a sidecar alone, whose clock then begins at its first usable point.
        sidecar: a GPX, TCX or FIT file of the same ride.
        offset_s: the second of the video at which the sidecar's first usable point is; None: it is found.

    Raises:
        FormatError: the sidecar cannot be read.
        EvidenceError: it has too few usable fixes, or nothing tells where on the video's clock it lies.
        MediaError: the recording cannot be read.
    """
    recorded = read_recorded(sidecar) if sidecar is not None else None
    if media is None:
        return Telemetry(track=recorded.track(offset_s or 0.0) if recorded is not None else None)
    sensors = read_sensors(media)
    own, motion = gps_track(sensors.gps), own_motion(sensors)
    if recorded is None or sidecar is None:
        return Telemetry(own, motion)
    if offset_s is None:
        offset_s = _placed(recorded, sidecar, media, sensors, own, motion)
    return Telemetry(recorded.track(offset_s), motion)


def begins_at_s(recorded: Recorded, sidecar: Path, media: MediaInfo) -> float:
    """The second of a video at which the first usable point of its sidecar is; logged, with how sure that is.

    Raises:
        EvidenceError: the sidecar has too few usable fixes, or nothing tells where it lies.
        MediaError: the recording cannot be read.
    """
    sensors = read_sensors(media)
    return _placed(recorded, sidecar, media, sensors, gps_track(sensors.gps), own_motion(sensors))


def read_recorded(path: Path) -> Recorded:
    """Read a GPX, TCX or FIT file, packed as gzip or not, told by its content.

    Raises:
        FormatError: it is none of them, or holds no ride with places.
    """
    kind = kind_of_file(path)
    if kind in _READERS:
        return _READERS[kind](path)
    if kind in _REFUSED:
        raise FormatError(f"{path} is {_REFUSED[kind]}", HINT)
    load(path)  # has words of its own where there is no such file
    raise FormatError(f"{path} is not a GPX, TCX or FIT file", f"{HINT} What a camera wrote is read from its video.")


def gps_track(gps: Gps | None) -> Track | None:
    """The track of the receiver in the camera; None where there is none, or it had no lock."""
    if gps is None:
        return None
    try:
        return track_of(gps_fixes(gps), gps.source)
    except EvidenceError:
        return None


def gps_fixes(gps: Gps) -> Fixes:
    """What the receiver in the camera said, unfiltered; its lock is NaN where it does not tell."""
    lock = np.where(gps.fix < 0, np.nan, gps.fix)
    return Fixes(gps.t_s, gps.lat_deg, gps.lon_deg, gps.alt_m, gps.speed_mps, lock, gps.dop)


def own_motion(sensors: Sensors) -> Motion | None:
    """How the camera moved; None without gyroscope and accelerometer."""
    gyro, accl = sensors.streams.get("GYRO"), sensors.streams.get("ACCL")
    return motion_of(gyro, accl, sensors.gps) if gyro is not None and accl is not None else None


def _placed(
    recorded: Recorded, sidecar: Path, media: MediaInfo, sensors: Sensors, own: Track | None, motion: Motion | None
) -> float:
    found = _found(recorded, media, sensors, own, motion)
    known = f"known to {found.sigma_s:.1f} s, by {found.reason}"
    log.warning("%s begins at %.1f s of %s (%s)", sidecar.name, found.offset_s, media.name, known)
    return found.offset_s


def _found(recorded: Recorded, media: MediaInfo, sensors: Sensors, own: Track | None, motion: Motion | None) -> Offset:
    first = clock(read_camera(media.path), media.creation_time, sensors.gps)
    start = Start(first.utc, first.sigma_s)
    if first.utc is None and media.creation_time:
        with suppress(ValueError):
            start = Start(said=datetime.fromisoformat(media.creation_time))
    return find_offset(recorded.track(), recorded.start, start, media.duration_s, own, motion)
