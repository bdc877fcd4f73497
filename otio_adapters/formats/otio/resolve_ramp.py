"""Speed that changes, as DaVinci Resolve writes it into `.otio`: key frames beside a bare `TimeEffect`.

    "Key Frames": [[10.32, 10.32, false, 0, 0, 0, 0], ...]     timeline s, source s, smooth, in x, in y, out x, out y

Read in exports of 21.0.2 (davinci-resolve-mcp-free, refs/otio-conform). Between two keys the way is a cubic Bezier
curve whose handles are offsets from the keys; those of the first and of the last key do nothing. A curve measured
there: from (12, 1.2) to (24, 4.8), it shows second 2.44 at 18.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Any

import opentimelineio as otio

from otio_adapters.build import seconds_at
from otio_adapters.formats.otio.grid import RESOLVE
from otio_adapters.ramp import FOREVER, Points, Ramp, even, is_on, ramp_of, straight

_STEPS = 64
"""Straight pieces for a curve: where ten seconds double the speed, each is good to half a millisecond."""
_NEAR_S = Fraction(1, 10)
"""Resolve's last key lies a frame behind the last one shown."""


def resolve_ramp(clip: otio.schema.Clip) -> tuple[int, Ramp] | None:
    """The number of the effect with the key frames, and what they mean after the clip's first frame; None without.

    All is unknown where the keys do not fit the part of the file that the clip shows.
    """
    for number, effect in enumerate(clip.effects):
        keys = effect.metadata.get(RESOLVE, {}).get("Key Frames") if type(effect) is otio.schema.TimeEffect else None
        if keys is not None and is_on(effect):
            shown = clip.trimmed_range()
            start_s, length_s = seconds_at(shown.start_time), seconds_at(shown.duration)
            available = clip.media_reference.available_range
            into_s = start_s - (start_s if available is None else seconds_at(available.start_time))
            points, unknown = _points([[Fraction(float(value)) for value in key] for key in keys])
            since_s = _since(points, into_s, length_s) if available is not None or not points else None
            if since_s is None:
                return number, Ramp(even(start_s, Fraction(1)).points, (FOREVER,))
            return number, Ramp(points, unknown).moved(since_s + start_s - into_s)
    return None


def add_key_frames(clip: otio.schema.Clip) -> bool:
    """Say as Resolve does how a clip of changing speed runs, where that is known; whether it was said.

    Keys count from the clip's first frame, in seconds of the file.
    """
    ramp = ramp_of(clip)
    if ramp is None or ramp.unknown:
        return False
    available = clip.media_reference.available_range
    since_s = seconds_at(available.start_time) if available is not None else Fraction(0)
    (first, begin), (last, end) = ramp.points[0], ramp.points[-1]
    keys = [[float(own), float(media - since_s), False, 0, 0, 0, 0] for own, media in ramp.points]
    ratio = float((end - begin) / (last - first))
    for effect in clip.effects:
        if type(effect) is otio.schema.TimeEffect:
            effect.metadata[RESOLVE] = {"Key Frames": keys, "Speed Ratio": ratio}
            effect.name = effect.effect_name = ""
    return True


def _since(points: Points, into_s: Fraction, length_s: Fraction) -> Fraction | None:
    """From which second of the file the keys count, for a clip that begins `into_s` in it; None: they do not fit.

    Seen is only a clip that shows its file from the first frame on. In another, keys that are at its first frame at
    time 0 count from the file's; keys that begin with 0 and end with the clip count from its own first frame.
    """
    if len(points) < 2:
        return None
    if abs(straight(points, Fraction(0)) - into_s) < _NEAR_S:
        return Fraction(0)
    own = points[0] == (0, 0) and abs(points[-1][0] - length_s) < _NEAR_S
    return into_s if own else None


def _points(keys: list[list[Fraction]]) -> tuple[Points, Points]:
    """Key frames as points between which the way is straight, and the parts where it turns back in time."""
    keys = sorted((key + [Fraction(0)] * 7)[:7] for key in keys if len(key) > 1)
    points: list[tuple[Fraction, Fraction]] = [(key[0], key[1]) for key in keys[:1]]
    unknown: list[tuple[Fraction, Fraction]] = []
    for number, (before, after) in enumerate(pairwise(keys)):
        if before[0] == after[0]:
            continue
        out = before[5:7] if number else [Fraction(0)] * 2
        into = after[3:5] if number + 2 < len(keys) else [Fraction(0)] * 2
        if any(out) or any(into):
            curve = _curve(before, out, into, after)
            if curve is None:
                unknown.append((before[0], after[0]))
            else:
                points += curve
        points.append((after[0], after[1]))
    return tuple(points), tuple(unknown)


def _curve(
    before: list[Fraction], out: list[Fraction], into: list[Fraction], after: list[Fraction]
) -> list[tuple[Fraction, Fraction]] | None:
    """Points inside a cubic Bezier curve; None where it is none of time."""
    across = (before[0], before[0] + out[0], after[0] + into[0], after[0])
    up = (before[1], before[1] + out[1], after[1] + into[1], after[1])
    found = [(_bezier(across, Fraction(n, _STEPS)), _bezier(up, Fraction(n, _STEPS))) for n in range(1, _STEPS)]
    times: list[Any] = [before[0], *(time for time, _ in found), after[0]]
    return found if all(a < b for a, b in pairwise(times)) else None


def _bezier(through: tuple[Fraction, Fraction, Fraction, Fraction], at: Fraction) -> Fraction:
    a, b, c, d = through
    rest = 1 - at
    return rest**3 * a + 3 * rest**2 * at * b + 3 * rest * at**2 * c + at**3 * d
