"""Local features move the map only where both lenses are known, or are one and the same."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from mtbsync_core.media.camera import CameraSettings
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.telemetry import lens
from mtbsync_core.telemetry.lens import Lens, Lenses, LensRelation, lenses_of

WIDE = CameraSettings(model="HERO11 Black", lens="W", diagonal_deg=130.0, stabilised=True, stabilisation="HS High")
LINEAR = CameraSettings(model="HERO11 Black", lens="L", diagonal_deg=95.0, stabilised=True, stabilisation="HS High")
OLD = CameraSettings(model="HERO7 Black", lens="W", stabilised=True, stabilisation="HS High")
LEVEL = CameraSettings(model="HERO11 Black", lens="W", horizon="Locked")
ZOOMED, UNZOOMED = replace(WIDE, zoom=1.4), replace(WIDE, zoom=1.0)
OTHER = CameraSettings(model="HERO9 Black", lens="W", stabilised=True, stabilisation="HS High")
NOTHING = CameraSettings()


def lenses(monkeypatch: pytest.MonkeyPatch, ref: CameraSettings, new: CameraSettings) -> Lenses:
    media = [MediaInfo(Path(name), Fraction(30), 1920, 1080, 10.0, 300, "hevc") for name in ("ref.mp4", "new.mp4")]
    settings = {media[0].path: ref, media[1].path: new}
    monkeypatch.setattr(lens, "read_settings", lambda of: settings[of.path])
    return lenses_of(*media)


def test_known_lenses_are_used_each_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    found = lenses(monkeypatch, WIDE, LINEAR)
    assert found.relation == "told"
    assert not found.ref.flat and found.ref.half_rad == pytest.approx(math.radians(65) * 1920 / math.hypot(1920, 1080))
    assert found.new.flat and found.new.half_rad < math.radians(47.5)


@pytest.mark.parametrize("camera", [NOTHING, OLD])
def test_one_unknown_lens_twice_cancels(monkeypatch: pytest.MonkeyPatch, camera: CameraSettings) -> None:
    assert lenses(monkeypatch, camera, camera) == Lenses(Lens(), Lens(), LensRelation.ALIKE)


@pytest.mark.parametrize("pair", [(WIDE, OLD), (WIDE, NOTHING), (OLD, LINEAR), (UNZOOMED, ZOOMED), (OLD, OTHER)])
def test_else_they_differ_by_an_unknown_ratio(
    monkeypatch: pytest.MonkeyPatch, pair: tuple[CameraSettings, CameraSettings]
) -> None:
    assert lenses(monkeypatch, *pair).relation == "unlike"
    assert lenses(monkeypatch, *pair[::-1]).relation == "unlike"


@pytest.mark.parametrize("pair", [(LEVEL, LEVEL), (WIDE, LEVEL), (LEVEL, NOTHING)])
def test_a_camera_that_turns_its_pictures_has_no_lens(
    monkeypatch: pytest.MonkeyPatch, pair: tuple[CameraSettings, CameraSettings]
) -> None:
    assert lenses(monkeypatch, *pair).relation == "changing"
    assert lenses(monkeypatch, *pair[::-1]).relation == "changing"


def test_a_zoom_is_of_one_against_the_other() -> None:
    zoomed = Lenses(Lens(0.8), Lens(0.9, flat=True)).zoomed(1.21)
    assert zoomed.ref.half_rad == pytest.approx(0.88) and zoomed.new.half_rad == pytest.approx(0.9 / 1.1)
    assert zoomed.new.flat and not zoomed.ref.flat


@pytest.mark.parametrize(
    "other",
    [
        CameraSettings(model="HERO11 Black", lens="W", diagonal_deg=130.0, stabilised=False),
        CameraSettings(
            model="HERO11 Black", lens="W", diagonal_deg=130.0, stabilised=True, stabilisation="HS AutoBoost"
        ),
    ],
)
def test_unlike_stabilisation_crops_unlike(monkeypatch: pytest.MonkeyPatch, other: CameraSettings) -> None:
    assert lenses(monkeypatch, WIDE, other).relation == "changing"


@pytest.mark.parametrize("turned", [False, True])
def test_a_taller_picture_may_be_as_wide_or_as_high(turned: bool) -> None:
    sizes = ((1920, 1080), (608, 1080))
    ref, new = (
        MediaInfo(Path("x.mp4"), Fraction(30), width, height, 10.0, 300, "hevc")
        for width, height in (sizes[::-1] if turned else sizes)
    )
    as_wide, as_high = Lenses().framings(ref, new)
    assert as_wide == Lenses()
    assert as_high.ratio == pytest.approx(608 / 1920 if turned else 1920 / 608)
    # Angles of an equidistant lens go with the distance from the middle, in pixels of one size here.
    assert max(as_high.ref.half_rad, as_high.new.half_rad) == Lens().half_rad


def test_pictures_of_one_shape_or_of_told_lenses_have_one_framing() -> None:
    wide = MediaInfo(Path("x.mp4"), Fraction(30), 1920, 1080, 10.0, 300, "hevc")
    padded, tall = replace(wide, height=1088), replace(wide, width=608)
    assert len(Lenses().framings(wide, padded)) == 1
    assert len(Lenses(relation=LensRelation.TOLD).framings(wide, tall)) == 1
