"""`lenses_of`: through which lenses two recordings look, and whether local features may move the map at all.

The moment at which two cameras are level along the trail is found by the rays to the same points. With a wrong field
of view for one of them it is off (0.4 to 0.7 s between a HERO7 and a MAX); with the same wrong one for both it is not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum

from mtbsync_core.media.camera import CameraSettings, hfov_deg, read_settings
from mtbsync_core.mediainfo import MediaInfo

_ONE_ASPECT = 0.05
"""Of the logarithm of the ratio of two pictures' aspects: 5 %, more than rows that an encoder added or took away."""


class LensRelation(StrEnum):
    """What two files tell of the ratio of their fields of view."""

    TOLD = "told"
    """Both angles."""
    ALIKE = "alike"
    """Nothing, but nor that they differ."""
    UNLIKE = "unlike"
    """One of them is another, by an unknown ratio."""
    CHANGING = "changing"
    """A camera turns or crops its pictures as it likes: there is no one ratio."""


@dataclass(frozen=True, slots=True)
class Lens:
    """Angle in radians from the middle of the picture to its side, and whether the projection is flat; else angles go
    with the distance from the middle. Unknown: 97 degrees across, between GoPro's Linear (87) and Wide (118).
    """

    half_rad: float = 0.85
    flat: bool = False


@dataclass(frozen=True, slots=True)
class Lenses:
    """Those of the reference and of the new run, and what is known of their ratio."""

    ref: Lens = Lens()
    new: Lens = Lens()
    relation: LensRelation = LensRelation.ALIKE

    @property
    def ratio(self) -> float:
        """Of the reference's angle of view to the new run's."""
        return self.ref.half_rad / self.new.half_rad

    def framings(self, ref: MediaInfo, new: MediaInfo) -> list[Lenses]:
        """What the two pictures may show of one scene, from the sides of the pictures: all of its width, or, where one
        picture is relatively taller, all of its height. One of them where no more are possible or a file tells.
        """
        if self.relation is not LensRelation.ALIKE:
            return [self]
        narrower = (ref.width / ref.height) / (new.width / new.height)
        if abs(math.log(narrower)) < _ONE_ASPECT:
            return [self]
        side, half = ("new", self.new.half_rad / narrower) if narrower > 1 else ("ref", self.ref.half_rad * narrower)
        return [self, replace(self, **{side: replace(getattr(self, side), half_rad=half)})]

    def zoomed(self, by: float) -> Lenses:
        """The same with the new run `by` times as narrow, against the reference, as now."""
        root = math.sqrt(by)
        ref, new = (replace(lens, half_rad=lens.half_rad * x) for lens, x in ((self.ref, root), (self.new, 1 / root)))
        return replace(self, ref=ref, new=new)


def lenses_of(ref: MediaInfo, new: MediaInfo) -> Lenses:
    """The lenses of two recordings, as far as their files tell."""
    cameras = read_settings(ref), read_settings(new)
    turns = any(camera.holds_horizon or camera.boosts for camera in cameras)
    if turns or _differ(*cameras, "stabilised", "stabilisation"):
        return Lenses(relation=LensRelation.CHANGING)
    known = [_lens(camera, media) for camera, media in zip(cameras, (ref, new), strict=True)]
    told = [lens is not None for lens in known]
    other = told[0] != told[1] or _differ(*cameras, *(("zoom",) if all(told) else ("zoom", "lens", "model")))
    relation = LensRelation.UNLIKE if other else LensRelation.TOLD if all(told) else LensRelation.ALIKE
    return Lenses(known[0] or Lens(), known[1] or Lens(), relation)


def _differ(ref: CameraSettings, new: CameraSettings, *names: str) -> bool:
    """Whether both cameras say one of these, and not the same."""
    pairs = ((getattr(ref, name), getattr(new, name)) for name in names)
    return any(a is not None and b is not None and a != b for a, b in pairs)


def _lens(camera: CameraSettings, media: MediaInfo) -> Lens | None:
    found = hfov_deg(camera, media.width, media.height)
    return Lens(math.radians(found[0]) / 2, camera.lens == "L") if found is not None else None
