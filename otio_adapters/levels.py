"""What lies where on a timeline, with compound clips opened: a level for the timeline and for each of them.

A compound clip shows a part of its level, at a speed of its own. So each of its clips is also a piece of the level
that it lies in, at the place where it is seen there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction

import opentimelineio as otio

from otio_adapters.build import seconds_at
from otio_adapters.content import Mark, Piece, items_of, mark_of, piece_of, seen_through, way_of
from otio_adapters.ramp import FOREVER, Ramp, even, is_on


@dataclass(slots=True)
class Level:
    """A timeline, or the inside of a compound clip; all in its own seconds."""

    marks: list[Mark]
    """Of itself, its tracks and its gaps."""
    clips: list[Piece] = field(default_factory=list)
    """The picture clips that lie on it."""
    sounds: list[Piece] = field(default_factory=list)
    seen: list[Piece] = field(default_factory=list)
    """The picture clips, and those that its compound clips show; higher tracks later."""
    inner: list[Inside] = field(default_factory=list)

    def all(self) -> Iterator[Level]:
        """This level and all that are in it."""
        yield self
        for inside in self.inner:
            yield from inside.level.all()


@dataclass(frozen=True, slots=True)
class Inside:
    """A compound clip in its place: from `at_s` on, for `length_s` seconds."""

    level: Level
    at_s: Fraction
    length_s: Fraction
    way: Ramp
    """Seconds after `at_s`, and seconds of the level."""

    def seen(self, mark: Mark) -> Mark | None:
        """A marker of the level where the compound clip shows it; None where it does not."""
        return seen_through(self.way, self.at_s, self.length_s, mark)


def level_of(composition: otio.core.Composition) -> Level:
    """The level of a stack, or of a track in which clips follow each other."""
    level = Level([mark_of(marker) for marker in composition.markers])
    if isinstance(composition, otio.schema.Track):
        _fill(level, composition, 0)
        return level
    for number, row in enumerate(composition):
        plain = isinstance(row, otio.schema.Track) and row.source_range is None and not row.effects
        if plain and is_on(row):
            level.marks += [mark_of(marker) for marker in row.markers]
            _fill(level, row, number)
        elif isinstance(row, otio.core.Item):
            _put(level, row, number, Fraction(0), sound=_is_sound(row))
    return level


def _fill(level: Level, track: otio.schema.Track, number: int) -> None:
    for item, at_s in items_of(track):
        _put(level, item, number, at_s, sound=_is_sound(track))


def _put(level: Level, item: otio.core.Item, number: int, at_s: Fraction, *, sound: bool) -> None:
    """Put an item in its place."""
    if isinstance(item, otio.schema.Clip):
        piece = piece_of(item, number, at_s)
        if sound:
            level.sounds.append(piece)
        else:
            level.clips.append(piece)
            level.seen.append(piece)
    elif isinstance(item, otio.core.Composition):
        inner = level_of(item)
        if not isinstance(item, otio.schema.Stack) and sound:
            inner.sounds, inner.clips, inner.seen = [*inner.sounds, *inner.clips], [], []
        way, length_s = way_of(item), seconds_at(item.trimmed_range().duration)
        level.inner.append(Inside(inner, at_s, length_s, way))
        for piece in _through(inner.seen, way, at_s, length_s):
            level.seen.append(replace(piece, track=number, enabled=piece.enabled and is_on(item)))
    else:
        by_s = at_s - seconds_at(item.trimmed_range().start_time)
        level.marks += [mark_of(marker).moved(by_s) for marker in item.markers]


def _through(pieces: Iterable[Piece], way: Ramp, at_s: Fraction, length_s: Fraction) -> Iterator[Piece]:
    """What a compound clip shows of the pieces inside it, on the clock of what it lies in."""
    for since, to, inside_s, speed in way.parts(Fraction(0), length_s):
        known = way.at((since + to) / 2) is not None
        for piece in pieces:
            there = replace(piece, at_s=at_s + since, length_s=to - since)
            if not known:
                yield replace(there, speed=Fraction(1), ramp=Ramp(even(Fraction(0), Fraction(1)).points, (FOREVER,)))
                continue
            if not speed:
                if piece.covers(inside_s):
                    yield _still(there, piece.media_at(inside_s))
                continue
            edges = sorted((inside_s, inside_s + speed * (to - since)))
            first, last = max(edges[0], piece.at_s), min(edges[1], piece.at_s + piece.length_s)
            if first >= last:
                continue
            begin, end = sorted(((first - inside_s) / speed, (last - inside_s) / speed))
            entry_s = inside_s + speed * begin - piece.at_s
            there = replace(there, at_s=at_s + since + begin, length_s=end - begin)
            if piece.ramp is not None:
                yield replace(there, ramp=piece.ramp.seen_from(entry_s, speed))
            else:
                yield replace(there, media_in_s=piece.media_in_s + entry_s * piece.speed, speed=piece.speed * speed)


def _still(piece: Piece, media_s: Fraction | None) -> Piece:
    if media_s is None:
        return replace(piece, ramp=Ramp(even(Fraction(0), Fraction(1)).points, (FOREVER,)))
    return replace(piece, media_in_s=media_s, speed=Fraction(0), ramp=None)


def _is_sound(row: otio.core.Item) -> bool:
    return isinstance(row, otio.schema.Track) and row.kind != otio.schema.TrackKind.Video
