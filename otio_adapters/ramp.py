"""How a clip of changing speed runs through its media: straight between key frames, with parts that nobody can follow.

In a timeline, a bare `TimeEffect` carries it in `metadata["mtbsync"]`: `key_frames`, each the second after the clip's
first frame and the second of its media (as `source_range` counts), and `unknown`, the parts, in seconds after the
clip's first frame, where only the editor knows the way. Numbers are exact, as text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import opentimelineio as otio

from otio_adapters.build import KEY, seconds_at

Points = tuple[tuple[Fraction, Fraction], ...]

FOREVER = (Fraction(-(10**9)), Fraction(10**9))
"""All of a clip."""
SAME: Points = ((Fraction(0), Fraction(0)), (Fraction(1), Fraction(1)))
"""Both times are the same."""


def straight(points: Sequence[tuple[Fraction, Fraction]], x: Fraction) -> Fraction:
    """The value at `x` of straight lines through points with rising `x`, two at least, and on beyond both ends."""
    (x0, y0), (x1, y1) = next((pair for pair in pairwise(points) if x <= pair[1][0]), points[-2:])
    return y0 + (x - x0) * (y1 - y0) / (x1 - x0)


@dataclass(frozen=True, slots=True)
class Ramp:
    """What a time of its own means in the time of its media; seconds, exact."""

    points: Points
    """Own time, rising, and time of the media; two at least. Beyond both ends the way goes straight on."""
    unknown: Points = ()
    """Parts of its own time, from and to, where the way is not known."""

    def at(self, own_s: Fraction) -> Fraction | None:
        """Time of the media at a time of its own; None where it is not known."""
        if any(since < own_s < to for since, to in self.unknown):
            return None
        return straight(self.points, own_s)

    def own_times(self, media_s: Fraction) -> Iterator[Fraction]:
        """The times of its own, rising, at which it shows a time of the media; of a still, its first."""
        last = None
        for since, to, media, speed in self.parts(*FOREVER):
            if not speed and media != media_s:
                continue
            reached = since + (media_s - media) / speed if speed else since
            if reached != last and since <= reached <= to and self.at(reached) is not None:
                last = reached
                yield reached

    def parts(self, from_s: Fraction, to_s: Fraction) -> Iterator[tuple[Fraction, Fraction, Fraction, Fraction]]:
        """The straight parts between two times of its own: from, to, the time of the media at `from`, and the speed.

        Each of them is known in all of it, or in none.
        """
        inside = [*(own for own, _ in self.points[1:-1]), *(edge for part in self.unknown for edge in part)]
        for since, to in pairwise(sorted([from_s, *(own for own in inside if from_s < own < to_s), max(from_s, to_s)])):
            media = straight(self.points, since)
            if since < to:
                yield since, to, media, (straight(self.points, to) - media) / (to - since)

    @property
    def steady(self) -> bool:
        """Whether it only runs forwards or only backwards, and never stands still."""
        steps = [after[1] - before[1] for before, after in pairwise(self.points)]
        return all(step > 0 for step in steps) or all(step < 0 for step in steps)

    @property
    def speed(self) -> Fraction | None:
        """Media seconds for each of its own; None where that changes, or is not known."""
        speeds = {(to[1] - since[1]) / (to[0] - since[0]) for since, to in pairwise(self.points)}
        return None if len(speeds) > 1 or self.unknown else next(iter(speeds))

    def then(self, other: Ramp) -> Ramp:
        """The way from a time of its own through `other`, whose own clock is that of the media here."""
        if self.points == SAME:
            return Ramp(other.points, (*self.unknown, *other.unknown))
        if other.points == SAME and not other.unknown:
            return self
        edges = {own for own, _ in self.points}
        for since, to, media, speed in self.parts(*FOREVER):
            for own, _ in (*other.points, *other.unknown, *((to, since) for since, to in other.unknown)):
                if speed and since <= since + (own - media) / speed <= to:
                    edges.add(since + (own - media) / speed)
        edges |= {edge for part in self.unknown for edge in part}
        inside = sorted(edges)
        ways = [inside[0] - 1, *inside, inside[-1] + 1]
        points = tuple((own, straight(other.points, straight(self.points, own))) for own in ways)
        unknown = tuple(
            (since, to) for since, to in pairwise([FOREVER[0], *inside, FOREVER[1]]) if self._lost(other, since, to)
        )
        return Ramp(points, unknown)

    def _lost(self, other: Ramp, since: Fraction, to: Fraction) -> bool:
        middle = self.at((since + to) / 2)
        return middle is None or other.at(middle) is None

    def seen_from(self, own_s: Fraction, speed: Fraction) -> Ramp:
        """The same on a clock that shows 0 at `own_s` of this one, and for which it runs `speed` times as fast.

        `speed` is not 0; below 0 that clock runs backwards through this one.
        """

        def there(own: Fraction) -> Fraction:
            return (own - own_s) / speed

        points = sorted((there(own), media) for own, media in self.points)
        unknown = tuple(tuple(sorted((there(since), there(to)))) for since, to in self.unknown)
        return Ramp(tuple(points), tuple((since, to) for since, to in unknown))

    def moved(self, by_s: Fraction) -> Ramp:
        """The same on a clock of the media that is ahead by so much."""
        return Ramp(tuple((own, media + by_s) for own, media in self.points), self.unknown)

    def effect(self, name: str = "Time Remap", kind: str = "TimeRemap") -> otio.schema.TimeEffect:
        """As an effect of a clip."""
        return otio.schema.TimeEffect(name, kind, {KEY: self.as_metadata()})

    def as_metadata(self) -> dict[str, list[list[str]]]:
        """As data of an effect."""
        keys = [[str(own), str(media)] for own, media in self.points]
        return {"key_frames": keys, "unknown": [[str(since), str(to)] for since, to in self.unknown]}


def even(media_s: Fraction, speed: Fraction) -> Ramp:
    """One that runs through its media evenly, from `media_s` on."""
    return Ramp(((Fraction(0), media_s), (Fraction(1), media_s + speed)))


def ramp_of(item: otio.core.Item) -> Ramp | None:
    """How a clip, or a compound clip, of changing speed runs from its first frame on; None where its speed is even.

    All of it is unknown where its effects on time are none of those that we follow, or several of which one changes.
    """
    effects = [effect for effect in item.effects if isinstance(effect, otio.schema.TimeEffect) and is_on(effect)]
    if all(isinstance(effect, otio.schema.LinearTimeWarp) for effect in effects):
        return None
    about = effects[0].metadata.get(KEY, {})
    points = _pairs(about.get("key_frames", ()))
    if len(effects) == 1 and len(points) > 1:
        return Ramp(points, _pairs(about.get("unknown", ())))
    start_s = seconds_at(item.trimmed_range().start_time)
    return Ramp(even(start_s, Fraction(1)).points, (FOREVER,))


def is_on(of: otio.core.SerializableObject) -> bool:
    """Whether an item or effect is switched on; not everything can be switched off."""
    return bool(getattr(of, "enabled", True))


def speed_of(item: otio.core.Item) -> Fraction:
    """Media seconds per sequence second, of the linear time warps on an item; 1 without any."""
    speed = Fraction(1)
    for effect in item.effects:
        if isinstance(effect, otio.schema.LinearTimeWarp) and is_on(effect):
            speed *= Fraction(effect.time_scalar)
    return speed


def _pairs(said: Iterable[Iterable[object]]) -> Points:
    pairs = [tuple(Fraction(str(number)) for number in pair) for pair in said]
    return tuple(sorted({pair[0]: pair[1] for pair in pairs}.items()))
