"""Local features move the map only where both lenses are known, or are one and the same."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path

import pytest

from mtbsync_core.media.camera import CameraSettings
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.telemetry import lens
from mtbsync_core.telemetry.lens import Lens, lenses_of

WIDE = CameraSettings(model="HERO11 Black", lens="W", diagonal_deg=130.0, stabilised=True, stabilisation="HS High")
LINEAR = CameraSettings(model="HERO11 Black", lens="L", diagonal_deg=95.0, stabilised=True, stabilisation="HS High")
OLD = CameraSettings(model="HERO7 Black", lens="W", stabilised=True, stabilisation="HS High")
LEVEL = CameraSettings(model="HERO11 Black", lens="W", horizon="Locked")
NOTHING = CameraSettings()
UNKNOWN = Lens(), Lens()


def lenses(monkeypatch: pytest.MonkeyPatch, ref: CameraSettings, new: CameraSettings) -> tuple[Lens, Lens] | None:
    media = [MediaInfo(Path(name), Fraction(30), 1920, 1080, 10.0, 300, "hevc") for name in ("ref.mp4", "new.mp4")]
    settings = {media[0].path: ref, media[1].path: new}
    monkeypatch.setattr(lens, "read_settings", lambda of: settings[of.path])
    return lenses_of(*media)


def test_known_lenses_are_used_each_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    found = lenses(monkeypatch, WIDE, LINEAR)
    assert found is not None
    assert not found[0].flat and found[0].half_rad == pytest.approx(math.radians(65) * 1920 / math.hypot(1920, 1080))
    assert found[1].flat and found[1].half_rad < math.radians(47.5)


@pytest.mark.parametrize("camera", [NOTHING, OLD])
def test_one_unknown_lens_twice_cancels(monkeypatch: pytest.MonkeyPatch, camera: CameraSettings) -> None:
    assert lenses(monkeypatch, camera, camera) == UNKNOWN


@pytest.mark.parametrize("pair", [(WIDE, OLD), (WIDE, NOTHING), (OLD, LINEAR), (LEVEL, LEVEL), (WIDE, LEVEL)])
def test_else_they_only_verify(monkeypatch: pytest.MonkeyPatch, pair: tuple[CameraSettings, CameraSettings]) -> None:
    assert lenses(monkeypatch, *pair) is None
    assert lenses(monkeypatch, *pair[::-1]) is None


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
    assert lenses(monkeypatch, WIDE, other) is None
