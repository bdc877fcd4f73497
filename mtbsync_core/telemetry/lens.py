"""`lenses_of`: through which lenses two recordings look, as far as their files say, and whether local features may move
the map at all.

The moment at which two cameras are level along the trail is found by the rays to the same points. With a wrong field
of view for one of them that moment is off (0.4 to 0.7 s between a HERO7 and a MAX, alignment facts 2d); with the same
wrong one for both it is not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from mtbsync_core.media.camera import CameraSettings, hfov_deg, read_settings
from mtbsync_core.mediainfo import MediaInfo


@dataclass(frozen=True, slots=True)
class Lens:
    """Angle in radians from the middle of the picture to its side, and whether the projection is flat; else angles are
    in proportion to the distance from the middle. Unknown: 97 degrees across, between GoPro's Linear (87) and Wide
    (118).
    """

    half_rad: float = 0.85
    flat: bool = False


def lenses_of(ref: MediaInfo, new: MediaInfo) -> tuple[Lens, Lens] | None:
    """The lenses of the reference and of the new run; None where local features may only verify, because one of them is
    not known and the other is another, or because the camera turns or crops its pictures as it likes.
    """
    cameras = read_settings(ref), read_settings(new)
    if any(camera.holds_horizon or camera.boosts for camera in cameras) or _unlike(*cameras):
        return None
    known = [_lens(camera, media) for camera, media in zip(cameras, (ref, new), strict=True)]
    if known[0] is not None and known[1] is not None:
        return known[0], known[1]
    return (Lens(), Lens()) if known[0] is known[1] else None


def _unlike(ref: CameraSettings, new: CameraSettings) -> bool:
    """Whether both say how they stabilise or zoom, or neither says its angle but both their lens, and differ in it."""
    names = ["stabilised", "stabilisation", "zoom"]
    if ref.diagonal_deg is None or new.diagonal_deg is None:
        names += ["lens", "model"]
    pairs = ((getattr(ref, name), getattr(new, name)) for name in names)
    return any(a is not None and b is not None and a != b for a, b in pairs)


def _lens(camera: CameraSettings, media: MediaInfo) -> Lens | None:
    found = hfov_deg(camera, media.width, media.height)
    return Lens(math.radians(found[0]) / 2, camera.lens == "L") if found is not None else None
