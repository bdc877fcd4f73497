"""`read_telemetry`: all that is known of a recording besides its pictures, from its sensors and a file beside it."""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mtbsync_core.errors import EvidenceError, FormatError
from mtbsync_core.media.camera import clock, read_camera
from mtbsync_core.media.sensors import Gps, Sensors, read_sensors
from mtbsync_core.media.trail_file import is_trail
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.telemetry.clocks import CAMERA_S, Start
from mtbsync_core.telemetry.fit import read_fit
from mtbsync_core.telemetry.fixes import LOCKED, Fixes, track_of
from mtbsync_core.telemetry.gpx import read_gpx
from mtbsync_core.telemetry.motion import motion_of
from mtbsync_core.telemetry.offset import HINT as OFFSET_HINT
from mtbsync_core.telemetry.offset import VAGUE_S, Offset, contradicts, find_offset
from mtbsync_core.telemetry.recorded import Recorded
from mtbsync_core.telemetry.tcx import read_tcx
from mtbsync_core.telemetry.track import Floats, Motion, Telemetry, Track
from mtbsync_core.telemetry.track_file import HINT, kind_of_file, load
from mtbsync_core.telemetry.trail_sensors import trail_telemetry

log = logging.getLogger(__name__)

_READERS = {"FIT": read_fit, "GPX": read_gpx, "TCX": read_tcx}
_REFUSED = {"KML": "a KML file, which is not read", "ZIP": "a ZIP archive: unpack it first"}

_ODD_S = 1.5
"""A stamp that is further from when its fix came in is a wrong one."""
_SURELY = float(np.log(9.0))
"""Nats by which one ride of a file must be likelier than another."""


def read_telemetry(media: MediaInfo | None, sidecar: Path | None = None, offset_s: float | None = None) -> Telemetry:
    """The track and the motion of a recording.

    A sidecar is used in place of the recording's own GPS, since somebody took the trouble to give it. Where on the
    video's clock it begins is logged, with how sure that is. One that cannot be laid beside the video, or that the
    video's own sensors contradict, is left out, which is logged with the reason.

    Args:
        media: None where there is a sidecar alone, whose clock then begins at its first usable point.
        sidecar: a GPX, TCX or FIT file of the same ride.
        offset_s: the second of the video at which the sidecar's first usable point is; None: it is found.

    Raises:
        FormatError: the sidecar cannot be read.
        EvidenceError: there is a sidecar alone, with too few usable fixes.
        MediaError: the recording cannot be read.
    """
    recorded = read_recorded(sidecar) if sidecar is not None else None
    if media is None:
        return Telemetry(track=recorded.track(offset_s or 0.0) if recorded is not None else None)
    video = _Video.of(media)
    own, motion = video.own, video.motion
    if recorded is None or sidecar is None:
        return Telemetry(own, motion, own)
    try:
        ride, found = _laid(recorded, sidecar, video, offset_s)
        track = ride.track(found.offset_s, found.sigma_s)
        off_m = contradicts(track, own) if own is not None and offset_s is not None else None
        if off_m is not None:
            raise EvidenceError(
                f"beginning at {offset_s:g} s it lies {off_m:.0f} m from the video's own GPS", OFFSET_HINT
            )
    except EvidenceError as error:
        log.warning("%s is left out: %s. %s", sidecar.name, error.message, error.hint)
        return Telemetry(own, motion, own)
    return Telemetry(track, motion, own, sidecar.name, found.sigma_s)


def lay_beside(
    recorded: Recorded, sidecar: Path, media: MediaInfo, offset_s: float | None = None
) -> tuple[Recorded, float]:
    """The ride of a sidecar that is the video's, and the second of the video at which its first usable point is, which
    is logged with how sure that is.

    Raises:
        EvidenceError: the sidecar has too few usable fixes, or where it lies is not known to `VAGUE_S`.
        MediaError: the recording cannot be read.
    """
    ride, found = _laid(recorded, sidecar, _Video.of(media), offset_s)
    if found.sigma_s > VAGUE_S:
        raise EvidenceError(
            f"where {sidecar.name} begins in {media.name} is known to {found.sigma_s:.0f} s only", OFFSET_HINT
        )
    return ride, found.offset_s


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
    return Fixes(_fix_times(gps), gps.lat_deg, gps.lon_deg, gps.alt_m, gps.speed_mps, lock, gps.dop)


def _fix_times(gps: Gps) -> Floats:
    """When fixes were taken, on the recording's clock: GPS9 says it of each, and of the whole the camera's counting."""
    late_s = gps.utc_s - gps.t_s
    locked = np.isfinite(late_s) & (gps.fix >= LOCKED)
    if gps.source != "GPS9" or not locked.any():
        return gps.t_s
    off = late_s - float(np.median(late_s[locked]))
    return np.where(locked & (np.abs(off) <= _ODD_S), gps.t_s + off, gps.t_s)


def own_motion(sensors: Sensors) -> Motion | None:
    """How the camera moved; None without gyroscope and accelerometer."""
    gyro, accl = sensors.streams.get("GYRO"), sensors.streams.get("ACCL")
    return motion_of(gyro, accl, sensors.gps) if gyro is not None and accl is not None else None


class _Video(NamedTuple):
    """What a recording's own sensors say."""

    media: MediaInfo
    gps: Gps | None
    own: Track | None
    motion: Motion | None

    @classmethod
    def of(cls, media: MediaInfo) -> _Video:
        if is_trail(media.path):
            kept = trail_telemetry(media.path).since(media.from_s)
            return cls(media, None, kept.own, kept.motion)
        sensors = read_sensors(media)
        return cls(media, sensors.gps, gps_track(sensors.gps), own_motion(sensors))


def _laid(recorded: Recorded, sidecar: Path, video: _Video, offset_s: float | None) -> tuple[Recorded, Offset]:
    """The ride of a file that is the video's, and where it begins, which is logged unless it was told.

    Raises:
        EvidenceError: none is, or two are alike.
    """
    ride, found = _ride_of(recorded, video, offset_s)
    chosen = f" with its ride of {ride.start:%Y-%m-%d %H:%M} UTC" if ride is not recorded and ride.start else ""
    known = f" (known to {found.sigma_s:.1f} s, by {found.reason})" if offset_s is None else ""
    if chosen or known:
        log.warning("%s begins%s at %.1f s of %s%s", sidecar.name, chosen, found.offset_s, video.media.name, known)
    return ride, found


def _ride_of(recorded: Recorded, video: _Video, offset_s: float | None) -> tuple[Recorded, Offset]:
    media = video.media
    first = clock(read_camera(media.path), media.creation_time, video.gps)
    start = Start(first.utc, first.sigma_s if first.by_gps else CAMERA_S)
    if first.utc is None and media.creation_time:
        with suppress(ValueError):
            start = Start(said=datetime.fromisoformat(media.creation_time))
    rides = recorded.rides()
    if offset_s is not None and len(rides) == 1:
        return recorded, Offset(offset_s, 0.0, "", 0.0)
    found: list[tuple[Recorded, Offset]] = []
    errors: list[EvidenceError] = []
    for ride in rides:
        try:
            found.append(
                (ride, find_offset(ride.track(), ride.start, start, media.duration_s, video.own, video.motion))
            )
        except EvidenceError as error:
            errors.append(error)
    found.sort(key=lambda pair: pair[1].evidence, reverse=True)
    if offset_s is not None:
        # Whoever says the second knows the ride; of several it is the one that is there by what else is known.
        ride = min(found, key=lambda pair: abs(pair[1].offset_s - offset_s))[0] if found else max(rides, key=_fixes_of)
        return ride, Offset(offset_s, 0.0, "", 0.0)
    if not found:
        raise errors[0]
    if len(found) > 1 and found[0][1].evidence - found[1][1].evidence < _SURELY:
        days = " and ".join(f"{ride.start:%Y-%m-%d %H:%M}" for ride, _ in found[:2])
        raise EvidenceError(f"two of its rides, of {days} UTC, fit the video", "Give a file with one of them.")
    return found[0]


def _fixes_of(ride: Recorded) -> int:
    return len(ride.fixes)
