"""The emission is a sum over sources, and what a sensor says of a place can only take away."""

from __future__ import annotations

import numpy as np
import pytest

from mtbsync_core.alignment.emission import sources
from mtbsync_core.alignment.emission.grid import Contribution, Emission, Moments
from mtbsync_core.telemetry.track import Telemetry

NOTHING = Telemetry()
N, G = 150, 40


@pytest.fixture
def pictures() -> Emission:
    log_ratio = np.random.default_rng(1).normal(size=(N, G)).astype(np.float16)
    return Emission(log_ratio, np.linspace(0.0, 15.0, N), 0.05)


def test_what_speaks_for_a_place_is_not_heard(pictures: Emission, monkeypatch: pytest.MonkeyPatch) -> None:
    nats = np.random.default_rng(2).normal(size=(N, G)).astype(np.float32)

    def audio(_ref: Telemetry, _new: Telemetry, at: Moments) -> Contribution:
        assert len(at.new_s) == N and len(at.ref_s) == G and at.ratio == 1.5
        return Contribution(lambda rows: nats[rows], riding=np.full(N, -1.0))

    def gusts(*_: object) -> Contribution:
        return Contribution(lambda rows: np.full((len(nats[rows]), G), -2, np.float32), np.full(N, -0.5), np.ones(N))

    monkeypatch.setattr(sources, "SOURCES", (audio, gusts, lambda *_: None))
    found = sources.with_sensors(pictures, NOTHING, NOTHING, 1.5)
    expected = pictures.log_ratio.astype(np.float64) + np.minimum(nats, 0) - 2
    np.testing.assert_allclose(found.log_ratio, expected, atol=0.01)
    assert (found.log_ratio <= pictures.log_ratio).all()
    assert found.riding is not None and found.pace is not None
    assert (found.riding == -1.5).all() and (found.pace == 1).all()


def test_without_sensors_the_pictures_are_left_as_they_are(pictures: Emission) -> None:
    found = sources.with_sensors(pictures, NOTHING, NOTHING, 1.0)
    assert found.log_ratio is pictures.log_ratio
    assert found.riding is None and found.pace is None
