"""The emission as a sum over sources: pictures, and what sensors have against them.

A source is a function from the telemetry of both runs to its `Contribution`, or None where it has nothing to say. A
further one is a file beside these and an entry in `SOURCES`.

| source | says |
|---|---|
| `positions`, GPS of both runs | not here: the tracks lie too far apart, or lead the other way |
| `turning`, gyroscopes of both runs | hardly here: the bends of the last and next seconds are others |
| `moving`, any sensor of the new run | not riding: it stands; and how fast the other run is expected to pass |

Sensors only ever take away. That the runs show the same place is for the pictures to say: a receiver under trees, or a
watch that was started late, must not make a map that the pictures do not. So what they say of places is cut off at 0,
and the evidence that a verdict rests on is that of the pictures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np

from mtbsync_core.alignment.emission.grid import INDEPENDENT_S, Contribution, Emission, Floats, Moments
from mtbsync_core.alignment.emission.moving import moving
from mtbsync_core.alignment.emission.positions import positions
from mtbsync_core.alignment.emission.turning import turning
from mtbsync_core.telemetry.track import Telemetry

SOURCES: tuple[Callable[[Telemetry, Telemetry, Moments], Contribution | None], ...] = (positions, turning, moving)
_CHUNK = 64
"""Rows at a time: 64 take 30 MB beside the result for ten minutes, all of them a gigabyte."""


def with_sensors(
    pictures: Emission, ref: Telemetry, new: Telemetry, ratio: float, independent_s: float = INDEPENDENT_S
) -> Emission:
    """The emission of pictures (N, G) and of all sensors.

    Args:
        pictures: rows at new moments, columns at reference moments.
        ref, new: telemetry of the two runs, each on its recording's clock.
        ratio: reference seconds per new second, all in all.
        independent_s: distance in time of samples that are worth one each.
    """
    moments = Moments(pictures.t_new, pictures.grid_s, ratio, independent_s)
    said = [part for source in SOURCES if (part := source(ref, new, moments)) is not None]
    places = [part.places for part in said if part.places is not None]
    log_ratio = pictures.log_ratio.copy() if places else pictures.log_ratio
    for first in range(0, len(moments.new_s), _CHUNK) if places else ():
        rows = slice(first, first + _CHUNK)
        for nats_at in places:
            log_ratio[rows] += np.minimum(nats_at(rows), 0)
    riding, pace = _sum(part.riding for part in said), _sum(part.pace for part in said)
    return replace(pictures, log_ratio=log_ratio, riding=riding, pace=pace)


def _sum(parts: Iterable[Floats | None]) -> Floats | None:
    told = [part for part in parts if part is not None]
    return np.sum(told, axis=0) if told else None
