"""What the settings of two recordings mean for aligning them, told before the work begins."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from mtbsync_core.errors import MediaError
from mtbsync_core.media.camera import CameraSettings, read_settings
from mtbsync_core.mediainfo import MediaInfo

log = logging.getLogger(__name__)

_LENSES = {"W": "wide", "S": "SuperView", "L": "linear", "H": "HyperView"}
_ALIKE_DEG = 4
"""Difference of the angles across the corners that shifts nothing to be seen: 3 % of a Wide."""
_ALIKE_RATE = 0.01
"""Relative difference of frame rates that is no difference: 29.97 and 30."""
_ALIKE_NEXT_TIME = "set both cameras alike next time"


def check_pair(ref: MediaInfo, new: MediaInfo) -> None:
    """Log a warning for each setting in which two recordings differ. Errors as `require_real_time`."""
    settings = read_settings(ref), read_settings(new)
    for camera, media in zip(settings, (ref, new), strict=True):
        require_real_time(camera, media.name)
    for difference in compare_settings(*settings):
        log.warning("%s", difference)


def require_real_time(settings: CameraSettings, name: str) -> None:
    """Refuse a time lapse, a TimeWarp and speed ramps with MediaError: their seconds are none of the ride."""
    if settings.warped_speed:
        what = f"a TimeWarp ({settings.warped_speed})"
    elif settings.time_lapse:
        what = "a time lapse"
    elif settings.speed_ramp:
        what = f"recorded with speed ramps ({settings.speed_ramp})"
    else:
        return
    raise MediaError(
        f"{name} is {what}: its seconds are not those of the ride",
        "Use a recording in real time; the camera's own speed changes cannot be undone exactly.",
    )


def compare_settings(ref: CameraSettings, new: CameraSettings) -> list[str]:
    """A sentence with advice for each setting that matters, that both recordings tell, and in which they differ."""
    return list(_differences(ref, new))


def _differences(ref: CameraSettings, new: CameraSettings) -> Iterator[str]:
    if ref.lens and new.lens and ref.lens != new.lens:
        yield (
            f"unlike lenses: {_LENSES.get(ref.lens, ref.lens)} in the reference, {_LENSES.get(new.lens, new.lens)} in "
            f"the new run. The map is less exact; {_ALIKE_NEXT_TIME}"
        )
    elif ref.diagonal_deg and new.diagonal_deg and abs(ref.diagonal_deg - new.diagonal_deg) > _ALIKE_DEG:
        yield (
            f"unlike fields of view: {ref.diagonal_deg:.0f}° across the corners in the reference, "
            f"{new.diagonal_deg:.0f}° in the new run. The map is less exact; {_ALIKE_NEXT_TIME}"
        )
    if ref.zoom is not None and new.zoom is not None and ref.zoom != new.zoom:
        yield (
            f"unlike digital zoom: {ref.zoom:g} in the reference, {new.zoom:g} in the new run. "
            "The map is less exact; record both without zoom next time"
        )
    if None not in (ref.stabilised, new.stabilised) and ref.stabilised != new.stabilised:
        yield (
            f"only the {'reference' if ref.stabilised else 'new run'} is stabilised: its picture is cut narrower and "
            f"turns less than the other. The map is less exact; {_ALIKE_NEXT_TIME}"
        )
    elif ref.boosts != new.boosts and ref.stabilisation and new.stabilisation:
        yield (
            f"AutoBoost is on in the {'reference' if ref.boosts else 'new run'} only: it changes the field of view "
            "where the ride is rough, and there the map is less exact; switch it off next time"
        )
    horizons = ref.holds_horizon, new.holds_horizon
    if None not in horizons and horizons[0] != horizons[1]:
        yield (
            f"the horizon is held level in the {'reference' if horizons[0] else 'new run'} only: in turns the pictures "
            f"are tilted against each other, and such places may be doubtful; {_ALIKE_NEXT_TIME}"
        )
    if ref.frame_rate and new.frame_rate and abs(ref.frame_rate / new.frame_rate - 1) > _ALIKE_RATE:
        yield (
            f"unlike frame rates: {float(ref.frame_rate):.2f} in the reference, {float(new.frame_rate):.2f} in the new "
            "run. Times are right all the same, to a frame of the slower one"
        )
