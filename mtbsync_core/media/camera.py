"""`read_camera`: how a GoPro was set for a recording; `clock`: what is known of the time of day.

The settings are GPMF in `moov/udta/GPMF` (HERO6 and later), in the device "1" and, since HERO11, the lens in devices of
its own. Sources: [1] gpmf-parser, README and issues 118, 164, 173; [2] ExifTool, GoPro.pm, where values that were seen
are listed; [3] dumps of real headers (HERO7, MAX here; HERO11 in python-gpmf-metadata's README); [U] our guess.

| key | meaning | values |
|---|---|---|
| `MINF` `FMWR` `MUID` | model, firmware, id of the recording (alike in all chapters) | [2] |
| `VFOV` | lens | W wide, S SuperView, L linear, H HyperView [2, 3] |
| `ZFOV` | diagonal field of view, degrees, as the camera believes | [1] |
| `DZOM` `DZST` `ZOOM` | digital zoom allowed; its step, 0 none; its factor | Y and 0, without zoom [3] |
| `EISE` `EISA` | stabilised; how | HS EIS, HS High, HS Boost, HS AutoBoost, HS HLevel, N/A [2, 3] |
| `ABSC` | 0 and 1: the two ends between which AutoBoost changes the field of view | [3] |
| `HCTL` | horizon | Off, Level, Locked [3] |
| `MTYP` `CMOD` | 1 and 13: time lapse | [2] |
| `RATE` | speed of a TimeWarp | 15X, AUTO [U]; in ordinary videos empty, or a rate of photos such as 2_1SEC [2, 3] |
| `RAMP` | speed ramp, empty for none | [3] |
| `HSGT` | HindSight | OFF [3] |
| `CDAT` | start by the camera's clock, seconds since 1970 as if local time were UTC | [3] |
| `TZON` | minutes ahead of UTC | [3] |
| `VRES` `VFPS` `SROT` | size, rate, milliseconds from the first to the last line | [3] |

(`LNED`, sometimes taken for lens data, is a position of the Karma drone [2].)
"""

from __future__ import annotations

import logging
import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from mtbsync_core.media.boxes import read_box
from mtbsync_core.media.gpmf import Item, Problems, Stream, numbers, read_devices
from mtbsync_core.media.metadata_track import track_samples
from mtbsync_core.media.sensors import Gps
from mtbsync_core.media.trail_file import is_trail, open_trail
from mtbsync_core.mediainfo import MediaInfo

log = logging.getLogger(__name__)

_GENERIC = ("", "Camera")
_SPEED = re.compile(r"\d+\s*X|AUTO", re.IGNORECASE)
_NONE = ("", "N", "NO", "OFF", "NONE", "N/A")
_ZONE_S = 900
"""Time zones are whole quarters of an hour."""
_SAME_S = 120
"""Times of one start that a camera writes into two places differ by less."""
_WRONG_S = 300
"""Clocks of cameras are a minute or two wrong (HERO7 and MAX here: 100 s and 17 s)."""


_IN_TRAILS: dict[type, tuple[str, ...]] = {
    str: ("model", "lens", "stabilisation", "horizon", "rate", "speed_ramp", "hindsight"),
    float: ("diagonal_deg", "boosted_deg", "zoom", "readout_ms"),
    bool: ("stabilised", "time_lapse"),
}
"""What trail packs keep of the settings, by kind."""


@dataclass(frozen=True, slots=True)
class CameraSettings:
    """What a recording's header says; None for what it does not say."""

    model: str | None = None
    firmware: str | None = None
    media_id: str | None = None
    lens: str | None = None
    """Letter of `VFOV`."""
    diagonal_deg: float | None = None
    boosted_deg: float | None = None
    """Diagonal at the other end, where AutoBoost changes it."""
    zoom: float | None = None
    """Step or factor of the digital zoom, 0 for none."""
    stabilised: bool | None = None
    stabilisation: str | None = None
    horizon: str | None = None
    size: tuple[int, int] | None = None
    frame_rate: Fraction | None = None
    readout_ms: float | None = None
    time_lapse: bool | None = None
    """Whether the camera calls it a time lapse, or the sensors were thinned to one sample a frame."""
    rate: str | None = None
    """`RATE`."""
    speed_ramp: str | None = None
    hindsight: str | None = None
    zone_min: int | None = None
    """Minutes ahead of UTC."""
    local_start: datetime | None = None
    """`CDAT`, without zone."""

    @property
    def warped_speed(self) -> str | None:
        """The speed of a TimeWarp such as "15X", "AUTO"; None for real time, as far as is said."""
        return self.rate if self.rate and _SPEED.fullmatch(self.rate) else None

    @property
    def holds_horizon(self) -> bool | None:
        """Whether the horizon is held level; before `HCTL`, MAX said it in the name of the stabilisation."""
        if self.horizon is not None:
            return self.horizon.casefold() in ("level", "locked", "lock", "on")
        return "hlevel" in self.stabilisation.casefold() if self.stabilisation is not None else None

    @property
    def boosts(self) -> bool:
        """Whether AutoBoost changes the field of view while it records."""
        return self.stabilisation is not None and "autoboost" in self.stabilisation.casefold()


@dataclass(frozen=True, slots=True)
class Clock:
    """When the first frame was taken."""

    utc: datetime | None
    """None where it cannot be known."""
    sigma_s: float
    """About how far it may be off, besides a wrongly set camera; NaN where not known."""
    reason: str
    """In words: from what it is known, or why not."""
    by_gps: bool = False
    """False: by a clock that somebody set."""


def read_settings(media: MediaInfo) -> CameraSettings:
    """The settings of a recording, by its first file; nothing but None where that cannot be read."""
    try:
        return read_camera(media.files[0].path)
    except OSError as error:
        log.debug("%s: %s", media.name, error)
        return CameraSettings()


def read_camera(path: Path) -> CameraSettings:
    """The settings of one file; nothing but None where it has none. Damaged parts are left out.

    Raises:
        OSError: the file cannot be read.
        MediaError: it is a damaged trail pack.
    """
    if is_trail(path):
        return _of_trail(path)
    problems: Problems = []
    with path.open("rb") as file:
        header = read_box(file, b"moov", b"udta", b"GPMF")
    devices = [device for device in read_devices(header, problems) if device.id != "HLMT"]
    rows = (row for device in devices for row in (device.items, *(stream.items for stream in device.streams)))
    found = Stream(tuple(chain.from_iterable(rows)))
    diagonals = [Stream((item,)).number("ZFOV") for item in found.items if item.key == "ZFOV"]
    first = next(iter(track_samples(path, b"gpmd")), None)
    body = read_devices(first.payload, problems) if first is not None else []
    thinned = [s.data.count for device in body for s in device.streams if s.data.key in ("ACCL", "GYRO")]
    names = [device.name for device in body if device.name not in _GENERIC]
    modes = ((found.number("MTYP"), 1), (found.number("CMOD"), 13))
    lapses = [number == wanted for number, wanted in modes if number is not None]
    if set(thinned) == {1}:
        lapses.append(True)
    media_id, zoom, zone = found.find("MUID"), found.number("ZOOM"), found.number("TZON")
    rate = _pair(found.find("VFPS"))
    return CameraSettings(
        model=found.text("MINF") or next(iter(names), None),
        firmware=found.text("FMWR"),
        media_id=media_id.data.hex() if media_id is not None else None,
        lens=found.text("VFOV") or None,
        diagonal_deg=next((d for d in diagonals if d), None),
        boosted_deg=diagonals[1] or None if len(diagonals) > 1 and found.find("ABSC") else None,
        zoom=zoom if zoom is not None else found.number("DZST"),
        stabilised={"Y": True, "N": False}.get(found.text("EISE") or ""),
        stabilisation=found.text("EISA") or None,
        horizon=found.text("HCTL") or None,
        size=_pair(found.find("VRES")),
        frame_rate=Fraction(*rate) if rate and rate[1] else None,
        readout_ms=found.number("SROT"),
        time_lapse=any(lapses) if lapses else None,
        rate=found.text("RATE"),
        speed_ramp=_chosen(found.text("RAMP")),
        hindsight=_chosen(found.text("HSGT")),
        zone_min=int(zone) if zone is not None else None,
        local_start=_date(found.number("CDAT")),
    )


def camera_about(camera: CameraSettings) -> dict[str, Any]:
    """What a trail pack says of the camera: what comparing needs, and nothing that tells one camera from another."""
    found = {name: getattr(camera, name) for names in _IN_TRAILS.values() for name in names}
    return {name: value for name, value in found.items() if value is not None}


def _of_trail(path: Path) -> CameraSettings:
    trail = open_trail(path)
    said = trail.about.get("camera")
    if not isinstance(said, dict):
        raise trail.damaged("description of the camera")
    known = {name: (kind, said[name]) for kind, names in _IN_TRAILS.items() for name in names if name in said}
    if not all(isinstance(value, kind) for kind, value in known.values()):
        raise trail.damaged("description of the camera")
    return CameraSettings(**{name: kind(value) for name, (kind, value) in known.items()})


def hfov_deg(camera: CameraSettings, width: int, height: int) -> tuple[float, str] | None:
    """The horizontal field of view in degrees and where it comes from; None where that is not known.

    From the diagonal that the camera says: GoPro's wide lens has angles in proportion to the distance from the middle
    (measured on a HERO3, racunniff.blogspot.com 2012), "linear" is a flat projection. SuperView and HyperView stretch
    the sides by curves that are not modelled here.

    Args:
        width, height: size of the picture.
    """
    share = width / math.hypot(width, height)
    if camera.diagonal_deg is None or not 0 < camera.diagonal_deg < 180:
        return None
    said = f"ZFOV {camera.diagonal_deg:.1f}° diagonal"
    if camera.lens == "W":
        return camera.diagonal_deg * share, f"{said}, wide lens with even angles"
    if camera.lens == "L":
        half = math.radians(camera.diagonal_deg) / 2
        return math.degrees(2 * math.atan(math.tan(half) * share)), f"{said}, linear lens"
    return None


def clock(camera: CameraSettings, creation_time: str | None, gps: Gps | None) -> Clock:
    """The time of the first frame in UTC, from GPS, else from the camera's clock where its zone can be told.

    Args:
        creation_time: ISO 8601 as the file says it; marked Z, but local time on many models.
        gps: of the same recording.
    """
    created = _parse(creation_time)
    known = _by_gps(gps) if gps is not None else None
    if known is not None:
        utc, spread_s, text = known
        if created is not None:
            ahead_s = (created - utc).total_seconds()
            zone_s = round(ahead_s / _ZONE_S) * _ZONE_S
            if abs(zone_s) > 14 * 3600 or abs(ahead_s - zone_s) > _WRONG_S:
                text += f"; the file's {creation_time} does not go with it, the camera's clock was set wrongly"
            elif zone_s:
                text += f"; the file's {creation_time} is local time, UTC{_zone(zone_s // 60)}"
        return Clock(utc, spread_s, text, by_gps=True)
    if camera.hindsight:
        return Clock(None, math.nan, "HindSight: the file's time is that at which the camera was armed")
    if created is None:
        return Clock(None, math.nan, "the file does not say when it was made")
    if camera.zone_min is None:
        return Clock(None, math.nan, f"the file says {creation_time}, which may be local time or UTC")
    local = created
    if camera.local_start is not None:
        local = camera.local_start.replace(tzinfo=UTC)
        apart_s = (local - created).total_seconds()
        if min(abs(apart_s), abs(apart_s - 60 * camera.zone_min)) > _SAME_S:
            return Clock(None, math.nan, f"the file says {creation_time} and {local:%Y-%m-%d %H:%M:%S}")
    elif camera.zone_min:
        return Clock(None, math.nan, f"the file says {creation_time}, which may be local time or UTC")
    utc = local - timedelta(minutes=camera.zone_min)
    return Clock(utc, 2.0, f"the camera's clock, set to UTC{_zone(camera.zone_min)}; such clocks may be a minute wrong")


def _by_gps(gps: Gps) -> tuple[datetime, float, str] | None:
    """UTC of the first frame, how far it may be off, and from what; None unless most locked fixes agree on it."""
    start_s = (gps.utc_s - gps.t_s)[(gps.fix >= 2) & np.isfinite(gps.utc_s)]
    if not len(start_s):
        return None
    middle_s = float(np.median(start_s))
    # Stamps repeat, and are garbage now and then (gpmf-parser, issue 162); before GPS existed none is right.
    spread_s = float(np.median(np.abs(start_s - middle_s)))
    if spread_s > 5 or not 315964800 < middle_s < 4102444800:
        return None
    spread_s = max(spread_s, 0.5 if gps.source == "GPS9" else 1.5)
    return datetime.fromtimestamp(middle_s, UTC), spread_s, f"GPS time ({gps.source})"


def _zone(minutes: int) -> str:
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def _parse(text: str | None) -> datetime | None:
    try:
        when = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def _date(seconds: float | None) -> datetime | None:
    if seconds is None or not 0 < seconds < 4102444800:
        return None
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)


def _chosen(text: str | None) -> str | None:
    """A choice other than off."""
    return text if text and text.upper() not in _NONE else None


def _pair(item: Item | None) -> tuple[int, int] | None:
    values = numbers(item).ravel() if item is not None else np.zeros(0)
    return (int(values[0]), int(values[1])) if len(values) == 2 and np.isfinite(values).all() else None
