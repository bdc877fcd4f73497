"""Bridges: where the pictures of either run show nothing (dark, dust, a hand on the lens), sensors carry the map on.

The pictures fix both ends. Between them the two runs are laid on each other by what they have gone through:

* *distance*, where both runs have a track: the speed of the receiver (Doppler, 0.1 to 0.2 m/s) summed up and scaled to
  the ends, which is far better than its positions; these have to agree with it all the same;
* *turning*, where both have a gyroscope only: the bends, by dynamic time warping.

Beyond the first or the last matched moment distance goes on alone, as long as the tracks stay together. A bridge is
marked as one in the warp, so that nobody takes its markers for seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.telemetry.track import STEP_S, Motion, Telemetry, Track, enu
from mtbsync_core.warp import TimeWarp

Floats = NDArray[np.float64]

_KNOT_S = 0.25
_CREEP_MPS = 0.02
"""Added to every distance, so that standing still takes up some of it and the map stays invertible."""
_DARK_SHARE, _LONGEST_S = 0.5, 120.0
_KNOWN_SHARE = 0.6
_EDGE_S = 1.0
"""What the fit may end short of the last picture that it saw."""
_SCALE, _SCALE_M = 0.15, 5.0
"""Two riders' ways between two places differ by no more: a share for the lines, and metres for the ends."""
_TOGETHER_M = 15.0
"""How far the two positions may come apart along a bridge: their wander, and two lines."""
_DRIFT_M, _LINE = 0.25, 0.02
"""Spread of a distance: metres per root of the metres from the nearest end, for receiver and lines together; and per
metre from the only end, for the other line."""
_END_S, _PLACE_M, _OFF_M = 3.0, 0.2, 1.0
"""How much of a stretch fixes the end of a bridge; how well the pictures know a place at best (alignment facts,
section 6); and how far off a knot at the edge may be before it is dropped."""
_SLOWEST_MPS = 1.0
_FEWEST, _LEAST_BEND = 20, 0.3
"""Moments of a bridge by turning, and how much the heading has to change over it, rad: else there are no bends."""
_EVEN = 10.0
"""What a bridge's whole time in motion weighs in dynamic time warping, in standard deviations of the heading: a helmet
looks about by a tenth of a radian, which alone would bend the map by half a second (bench: 1 to 20 tried)."""
_ALIKE = 0.85
"""Correlation of the two headings from which a bridge is believed."""
_UNEVEN = 0.1
"""Spread half-way between the ends is half of this share of the bridge's length in time."""


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """One run: its sensors, when its samples (N,) were taken and whether they are blind, and its length in seconds."""

    telemetry: Telemetry
    t_s: Floats
    blind: NDArray[np.bool_]
    end_s: float

    def is_dark(self, first_s: float, last_s: float) -> bool:
        """Whether the samples between two moments mostly show nothing."""
        here = (self.t_s > first_s) & (self.t_s < last_s)
        return bool(here.any()) and float(self.blind[here].mean()) >= _DARK_SHARE

    def dark_until(self, at_s: float, way: Literal[-1, 1]) -> float:
        """How far, from a moment on (back for -1), the samples show nothing; that moment itself where they do not."""
        ahead = np.flatnonzero((self.t_s - at_s) * way > 0)[::way]
        dark = self.blind[ahead] | (np.abs(self.t_s[ahead] - at_s) < _EDGE_S)
        count = len(dark) if dark.all() else int(dark.argmin())
        if not self.blind[ahead[:count]].any():
            return at_s
        if count == len(ahead):
            return self.end_s if way > 0 else 0.0
        return float(self.t_s[ahead[count - 1]])


def with_bridges(warp: TimeWarp, ref: Side, new: Side) -> TimeWarp:
    """The warp, with a bridge over each gap and beyond each end that is dark and that the sensors agree about."""
    knots = np.column_stack([warp.ref_s, warp.new_s, warp.sigma_s])
    first, *others = np.split(knots, [i + 1 for i in sorted(warp.gaps)])
    before, first = _beyond(first, ref, new, -1)
    pieces: list[tuple[Literal["seen", "bridge"], Floats]] = [("bridge", before), ("seen", first)]
    for part in others:
        found = _over(pieces[-1][1], part, ref, new)
        if found is None:
            pieces.append(("seen", part))
        else:
            left, inner, right = found
            pieces[-1:] = [("seen", left), ("bridge", inner), ("seen", right)]
    behind, last = _beyond(pieces[-1][1], ref, new, 1)
    pieces[-1:] = [("seen", last), ("bridge", behind)]
    return _joined([piece for piece in pieces if len(piece[1])])


def _joined(pieces: list[tuple[Literal["seen", "bridge"], Floats]]) -> TimeWarp:
    """One warp of stretches and bridges; between two stretches is a gap."""
    kinds: list[str] = []
    for k, (kind, rows) in enumerate(pieces):
        if k:
            kinds.append("bridge" if "bridge" in (kind, pieces[k - 1][0]) else "gap")
        kinds += [kind] * (len(rows) - 1)
    gaps, bridges = (frozenset(i for i, kind in enumerate(kinds) if kind == which) for which in ("gap", "bridge"))
    ref_s, new_s, sigma_s = np.concatenate([rows for _, rows in pieces]).T
    return TimeWarp(ref_s, new_s, sigma_s, gaps, bridges)


def _over(left: Floats, right: Floats, ref: Side, new: Side) -> tuple[Floats, Floats, Floats] | None:
    """The knots (K, 3) of two stretches, less what is dropped at the edges, and those of a bridge between them; None
    where there is none.
    """
    first, last = left[-1], right[0]
    if max(last[0] - first[0], last[1] - first[1]) > _LONGEST_S:
        return None
    if not (new.is_dark(first[1], last[1]) or ref.is_dark(first[0], last[0])):
        return None
    a, b = ref.telemetry, new.telemetry
    if a.track is not None and b.track is not None:
        found = _by_distance(a.track, b.track, left, right)
        if found is not None and len(found[1]):
            return found
    if a.motion is not None and b.motion is not None:
        inner = _by_turning(a.motion, b.motion, first, last)
        if inner is not None and len(inner):
            return left, inner, right
    return None


@dataclass(frozen=True, slots=True)
class _End:
    """What a stretch says of a bridge that begins or ends there: its `knots` that agree, the metres that the reference
    has gone more than the new run at one place, and their spread.
    """

    knots: Floats
    lead_m: float
    sigma_m: float

    @classmethod
    def of(cls, knots: Floats, ref: Track, new: Track, way: Literal[-1, 1]) -> _End:
        """The end of a stretch in front of a bridge (`way` 1), or its beginning behind one (-1).

        The median of the last seconds, for one knot may be a second off: where a rider sets off, just as it gets dark,
        the pictures know the place to a hand and the moment hardly at all.
        """
        edge = knots[-1 if way > 0 else 0]
        near = np.abs(knots[:, 1] - edge[1]) <= _END_S
        lead = _gone(ref, knots[:, 0]) - _gone(new, knots[:, 1])
        spread = np.hypot(_PLACE_M, knots[:, 2] * np.interp(knots[:, 1], new.t_s, new.speed_mps))
        order = np.argsort(lead[near])
        weight = np.cumsum((1 / spread[near] ** 2)[order])
        middle = float(lead[near][order][np.searchsorted(weight, weight[-1] / 2)])
        wrong = near & (np.abs(lead - middle) > _OFF_M)
        keep = np.ones(len(knots), bool)
        for k in range(len(knots) - 1, -1, -1) if way > 0 else range(len(knots)):
            if not wrong[k] or keep.sum() <= 2:
                break
            keep[k] = False
        sigma = 1.4826 * float(np.median(np.abs(lead[near] - middle)))
        return cls(knots[keep], middle, max(_PLACE_M, sigma))


def _by_distance(ref: Track, new: Track, left: Floats, right: Floats) -> tuple[Floats, Floats, Floats] | None:
    ends = _End.of(left, ref, new, 1), _End.of(right, ref, new, -1)
    first, last = ends[0].knots[-1], ends[1].knots[0]
    t = [_times(first[k], last[k]) for k in (0, 1)]
    if not all(_is_known(track, at) for track, at in zip((ref, new), t, strict=True)):
        return None
    gone = [_gone(track, at) for track, at in zip((ref, new), t, strict=True)]
    length = float(gone[1][-1] - gone[1][0])
    # Lengths in metres of the new run; along them the reference's lead goes evenly from one end's to the other's.
    stretch = (ends[1].lead_m - ends[0].lead_m) / length
    if abs(stretch) * length > _SCALE * length + _SCALE_M or stretch <= -1:
        return None
    start = gone[1][0]
    metres = np.union1d(gone[1] - start, (gone[0] - ends[0].lead_m - start) / (1 + stretch))
    metres = metres[(metres > 0) & (metres < length)]
    t_new = np.interp(start + metres, gone[1], t[1])
    t_ref = np.interp(start + metres * (1 + stretch) + ends[0].lead_m, gone[0], t[0])
    if not (_parted(ref, new, t_ref, t_new, first) < _TOGETHER_M).all():
        return None
    share = metres / length
    off_m = np.hypot(
        ends[0].sigma_m + share * (ends[1].sigma_m - ends[0].sigma_m),
        _DRIFT_M * np.sqrt(share * (1 - share) * length),
    )
    inner = _knots(t_ref, t_new, off_m / _speed(new, t_new), first, last)
    return ends[0].knots, inner, ends[1].knots


def _by_turning(ref: Motion, new: Motion, first: Floats, last: Floats) -> Floats | None:
    from fastdtw import fastdtw

    t = [np.arange(first[k], last[k], STEP_S) for k in (0, 1)]
    if min(map(len, t)) < _FEWEST or any(
        at[0] < m.t_s[0] or at[-1] > m.t_s[-1] for at, m in zip(t, (ref, new), strict=True)
    ):
        return None
    heading = [np.cumsum(np.interp(at, m.t_s, m.yaw_rps)) * STEP_S for at, m in zip(t, (ref, new), strict=True)]
    if min(float(np.ptp(h)) for h in heading) < _LEAST_BEND:
        return None
    # A rider who stands gets nowhere, so what goes on evenly is the time in motion.
    moved = [np.cumsum(np.interp(at, m.t_s, m.still) < 0.5) for at, m in zip(t, (ref, new), strict=True)]
    spread = float(np.concatenate(heading).std())
    points = [np.column_stack([h / spread, _EVEN * m / m[-1]]) for h, m in zip(heading, moved, strict=True)]
    i, j = np.array(fastdtw(*points, radius=20, dist=2)[1]).T
    way = np.bincount(i, weights=t[1][j]) / np.bincount(i)
    if np.corrcoef(heading[0], np.interp(way, t[1], heading[1]))[0, 1] < _ALIKE:
        return None
    # Strictly forward, and exactly from end to end.
    way = np.maximum.accumulate(way) + 1e-3 * np.arange(len(way))
    way = first[1] + (way - way[0]) * (last[1] - first[1]) / (way[-1] - way[0])
    inner = np.arange(0, len(way), max(1, round(_KNOT_S / STEP_S)))[1:-1]
    share = inner / (len(way) - 1)
    off_s = _UNEVEN * (last[1] - first[1]) * np.sqrt(share * (1 - share))
    spread_s = np.hypot(first[2] + share * (last[2] - first[2]), off_s)
    return _knots(t[0][inner], way[inner], spread_s, first, last)


def _beyond(part: Floats, ref: Side, new: Side, way: Literal[-1, 1]) -> tuple[Floats, Floats]:
    """Knots (K, 3) in front of the first stretch (`way` -1) or behind the last, by distance, and those of that stretch;
    none where nothing is dark there, up to where the tracks part.
    """
    a, b = ref.telemetry.track, new.telemetry.track
    edge, none = part[-1 if way > 0 else 0], np.zeros((0, 3))
    until = [side.dark_until(float(edge[k]), way) for k, side in ((0, ref), (1, new))]
    if a is None or b is None or max(abs(until[k] - edge[k]) for k in (0, 1)) < _EDGE_S:
        return none, part
    end = _End.of(part, a, b, way)
    knot = end.knots[-1 if way > 0 else 0]
    reach = [abs((side.end_s if way > 0 else 0.0) - knot[k]) for k, side in ((0, ref), (1, new))]
    t = [knot[k] + way * _times(0.0, min(reach[k], _LONGEST_S)) for k in (0, 1)]
    if not all(_is_known(track, at) for track, at in zip((a, b), t, strict=True)):
        return none, part
    gone = _gone(a, t[0]) - end.lead_m, _gone(b, t[1])
    metres = np.union1d(*(way * (s - gone[1][0]) for s in gone))
    metres = metres[(metres > 0) & (metres < min(way * (s[-1] - gone[1][0]) for s in gone))]
    t_ref, t_new = (np.interp(metres, way * (s - gone[1][0]), at) for s, at in zip(gone, t, strict=True))
    dark = ((until[0] - t_ref) * way > 0) | ((until[1] - t_new) * way > 0)
    good = dark & (_parted(a, b, t_ref, t_new, knot) < _TOGETHER_M)
    count = len(good) if good.all() else int(good.argmin())
    off_m = end.sigma_m + _DRIFT_M * np.sqrt(metres) + _LINE * metres
    found = np.column_stack([t_ref, t_new, off_m / _speed(b, t_new)])[:count][::way]
    rows = _knots(*found.T, *((knot, None) if way > 0 else (None, knot)))
    return (rows, end.knots) if len(rows) else (none, part)


def _knots(
    t_ref: Floats, t_new: Floats, sigma_s: Floats, first: Floats | None = None, last: Floats | None = None
) -> Floats:
    """The columns as rows, without those that come closer than a millisecond to the one before, or to either end."""
    at, keep = (first[:2] if first is not None else np.full(2, -np.inf)), []
    rows = np.column_stack([t_ref, t_new, sigma_s])
    for k, row in enumerate(rows):
        if (row[:2] > at + 1e-3).all() and (last is None or (row[:2] < last[:2] - 1e-3).all()):
            keep.append(k)
            at = row[:2]
    return rows[keep]


def _times(first_s: float, last_s: float) -> Floats:
    return np.linspace(first_s, last_s, max(2, int(np.ceil((last_s - first_s) / _KNOT_S)) + 1))


def _is_known(track: Track, t_s: Floats) -> bool:
    """Whether the track speaks for most of the times; over the rest, drop-outs, its speed is followed."""
    return float(np.interp(t_s, track.t_s, track.known, left=0, right=0).mean()) >= _KNOWN_SHARE


def _gone(track: Track, t_s: Floats) -> Floats:
    """Metres gone at times (N,), strictly increasing."""
    return np.interp(t_s, track.t_s, track.distance_m) + _CREEP_MPS * t_s


def _speed(track: Track, t_s: Floats) -> Floats:
    return np.maximum(np.interp(t_s, track.t_s, track.speed_mps), _SLOWEST_MPS)


def _parted(ref: Track, new: Track, t_ref: Floats, t_new: Floats, knot: Floats) -> Floats:
    """How far apart the tracks are at matching moments (K,), metres, but for how far they are at the knot."""
    origin = float(ref.lat_deg[0]), float(ref.lon_deg[0])
    ways = []
    for track, t, at in ((ref, t_ref, knot[0]), (new, t_new, knot[1])):
        path = enu(track, origin)
        ways.append([np.interp(t, track.t_s, path[:, k]) - np.interp(at, track.t_s, path[:, k]) for k in (0, 1)])
    return np.asarray(np.hypot(*(b - a for a, b in zip(*ways, strict=True))))
