"""Constant speed for formats whose clips begin on a whole number of *retimed* frames: xmeml and MLT."""

from __future__ import annotations

import math
from fractions import Fraction

from mtbsync_core.timecode import Rate
from otio_adapters.content import Piece

_REACH = 64  # speeds tried on either side of the true one


def speed_on_frames(piece: Piece, frames: int, rate: Rate) -> Fraction:
    """The speed to be written: of those near the true one, that with which both ends lie best; 1 for a piece that does
    not run forward.

    `in` is a whole number of retimed frames. With a speed a little off, one of them falls on the frame of the file that
    is meant; three decimals of the percentage are the least that Premiere writes.

    Args:
        frames: how long the piece is, in frames of the sequence.
        rate: of the sequence.
    """
    if piece.speed <= 0:
        return Fraction(1)
    if piece.speed == 1:
        return piece.speed
    step = Fraction(1, 10**5)
    while step * frames > Fraction(1, 4) and step > Fraction(1, 10**10):
        step /= 10
    nearest = max(1, round(piece.speed / step))
    reach = min(_REACH, nearest - 1, int(1 / (2 * step * frames)))
    first = piece.media_in_s * rate.fps

    def off(number: int) -> tuple[Fraction, int]:
        speed = number * step
        at_start = rate.to_frames(piece.media_in_s / speed) * speed - first
        return max(abs(at_start), abs(at_start + (speed - piece.speed) * frames)), abs(number - nearest)

    # For `in` = n the errors at both ends are the same with this speed.
    retimed = math.floor(first / piece.speed)
    even = [(2 * first + frames * piece.speed) / (2 * n + frames) for n in (retimed, retimed + 1) if n >= 0]
    tried = [*range(nearest - reach, nearest + reach + 1), *(max(1, round(speed / step)) for speed in even)]
    return min(tried, key=off) * step
