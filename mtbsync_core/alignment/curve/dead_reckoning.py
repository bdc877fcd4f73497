"""Dead reckoning: where the pictures of either run show nothing (dark, dust, a hand on the lens), sensors carry the map
on. Such a segment is a bridge.

The pictures fix both ends. Between them the two runs are laid on each other by what they have gone through:

* *distance*, where both runs have a track: odometry from the receiver's speed (Doppler, 0.1 to 0.2 m/s), scaled to the
  ends, which is far better than its positions; these have to agree with it all the same. What is not known is a random
  walk held at both ends (a Brownian bridge);
* *turning*, where both have a gyroscope only: the headings, by dynamic time warping.

Beyond the first or the last matched moment distance goes on alone, as long as the tracks stay together. A bridge is
marked as one in the map, so that nobody takes its markers for seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.alignment.curve.curve import Curve
from mtbsync_core.robust import mad_sd
from mtbsync_core.telemetry.track import STEP_S, Motion, Telemetry, Track, enu
from mtbsync_core.warp import strictly_increasing

Floats = NDArray[np.float64]
Way = Literal[-1, 1]
"""Back or ahead in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadReckoningOptions:
    """When sensors are followed, and how well they know the way. What has no other source is from simulated runs with
    ten seconds of black pictures; half or twice of it then moves no bridge unless something else is said.
    """

    knot_s: float = 0.25
    """Spacing of the knots, seconds."""
    clear_s: float = 1e-3
    """Least time between two knots, seconds."""
    dark_share: float = 0.5
    """Share of the samples that show nothing, from which on there is a bridge; less would bridge detours."""
    longest_s: float = 120.0
    """Longest bridge, seconds."""
    known_share: float = 0.6
    """Share of a bridge over which both tracks have fixes; over drop-outs their speed is followed."""
    edge_s: float = 1.0
    """What the fit may end short of the last picture that it saw, seconds."""
    scale: float = 0.15
    scale_m: float = 5.0
    """Two riders' ways between two places differ by no more: a share for the lines, and metres for the ends. Half of it
    refuses wide lines, twice joins ways that part."""
    together_m: float = 15.0
    """How far the two positions may come apart along a bridge, metres: the receivers' wander, and two lines."""
    drift_m: float = 0.25
    """Random walk of a distance, metres per root of a metre: receiver and lines together. Deviations are proportional
    to it in the middle of a bridge."""
    line: float = 0.02
    """Deviation of a distance with one end only, per metre, for the other line."""
    end_s: float = 3.0
    """How much of a segment fixes the end of a bridge, seconds."""
    place_m: float = 0.2
    """How well the pictures know a place at best, metres (alignment facts, section 6)."""
    off_m: float = 1.0
    """How far off a knot at the edge may be, metres, before it is dropped."""
    creep_mps: float = 0.02
    """Added to every speed, so that standing still takes up some distance and the map stays invertible."""
    slowest_mps: float = 1.0
    """Least speed by which metres are turned into seconds."""
    fewest: int = 20
    """Moments of a bridge by turning."""
    least_bend_rad: float = 0.3
    """How much the heading has to change over it: else there are no bends."""
    even: float = 10.0
    """What a bridge's whole time in motion weighs in dynamic time warping, in standard deviations of the heading: a
    helmet looks about by a tenth of a radian, which alone would bend the map by half a second (1 to 20 tried)."""
    alike: float = 0.85
    """Correlation of the two headings from which on a bridge is believed."""
    uneven: float = 0.1
    """Deviation half-way between the ends is half of this share of the bridge's length in time."""
    radius: int = 20
    """How far fastdtw looks beside the path that a coarser one found, in steps of the sensors' 0.1 s."""


OPTIONS = DeadReckoningOptions()


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
        return bool(here.any()) and float(self.blind[here].mean()) >= OPTIONS.dark_share

    def dark_until(self, at_s: float, way: Way) -> float:
        """How far, from a moment on, the samples show nothing; that moment itself where they do not."""
        ahead = np.flatnonzero((self.t_s - at_s) * way > 0)[::way]
        dark = self.blind[ahead] | (np.abs(self.t_s[ahead] - at_s) < OPTIONS.edge_s)
        count = len(dark) if dark.all() else int(dark.argmin())
        if not self.blind[ahead[:count]].any():
            return at_s
        if count == len(ahead):
            return self.end_s if way > 0 else 0.0
        return float(self.t_s[ahead[count - 1]])


class Moment(NamedTuple):
    """A knot of a curve, seconds."""

    ref_s: float
    new_s: float
    sigma_s: float

    @classmethod
    def end_of(cls, part: Curve, way: Way) -> Moment:
        """The last knot, or the first (-1)."""
        k = -1 if way > 0 else 0
        return cls(float(part.ref_s[k]), float(part.new_s[k]), float(part.sigma_s[k]))


class Bridge(NamedTuple):
    """Knots of a bridge, each (B,), as `Curve` has them."""

    ref_s: Floats
    new_s: Floats
    sigma_s: Floats

    @classmethod
    def between(
        cls, ref_s: Floats, new_s: Floats, sigma_s: Floats, first: Moment | None, last: Moment | None
    ) -> Bridge | None:
        """Of these knots (N,) those that strictly follow each other and lie between two moments; None without any."""
        inside = np.ones(len(ref_s), bool)
        for k, clock in enumerate((ref_s, new_s)):
            inside &= clock > (first[k] if first is not None else -np.inf) + OPTIONS.clear_s
            inside &= clock < (last[k] if last is not None else np.inf) - OPTIONS.clear_s
        knots = np.flatnonzero(inside)
        knots = knots[strictly_increasing(ref_s[knots], new_s[knots], OPTIONS.clear_s)]
        return cls(ref_s[knots], new_s[knots], sigma_s[knots]) if len(knots) else None


def with_bridges(curve: Curve, ref: Side, new: Side) -> Curve:
    """The curve, with a bridge over each gap and beyond each end that is dark and that the sensors agree about."""
    first, *others = curve.parts()
    before, first = _beyond(first, ref, new, -1)
    seen, bridges = [first], [before]
    for part in others:
        found = _over(seen[-1], part, ref, new)
        if found is None:
            seen.append(part)
        else:
            left, bridge, right = found
            seen[-1:] = [left, right]
            bridges.append(bridge)
    behind, seen[-1] = _beyond(seen[-1], ref, new, 1)
    whole = Curve.join(seen)
    for knots in (*bridges, behind):
        whole = whole.bridged(*knots) if knots is not None else whole
    return whole


def _over(left: Curve, right: Curve, ref: Side, new: Side) -> tuple[Curve, Bridge, Curve] | None:
    """Two segments, less the knots that are dropped at their edges, and the bridge between them; None without one."""
    first, last = Moment.end_of(left, 1), Moment.end_of(right, -1)
    if max(last.ref_s - first.ref_s, last.new_s - first.new_s) > OPTIONS.longest_s:
        return None
    if not (new.is_dark(first.new_s, last.new_s) or ref.is_dark(first.ref_s, last.ref_s)):
        return None
    a, b = ref.telemetry, new.telemetry
    if a.track is not None and b.track is not None:
        found = _by_distance(a.track, b.track, left, right)
        if found is not None:
            return found
    if a.motion is not None and b.motion is not None:
        bridge = _by_turning(a.motion, b.motion, first, last)
        if bridge is not None:
            return left, bridge, right
    return None


@dataclass(frozen=True, slots=True)
class _End:
    """What a segment says of a bridge that begins or ends there: the `part` of it that agrees, the metres that the
    reference has gone more than the new run at one place, and their deviation.
    """

    part: Curve
    lead_m: float
    sigma_m: float

    @classmethod
    def of(cls, part: Curve, ref: Track, new: Track, way: Way) -> _End:
        """The end of a segment in front of a bridge (`way` 1), or its beginning behind one (-1).

        The weighted median of the last seconds, for one knot may be a second off: where a rider sets off, just as it
        gets dark, the pictures know the place to a hand and the moment hardly at all.
        """
        o = OPTIONS
        near = np.abs(part.new_s - Moment.end_of(part, way).new_s) <= o.end_s
        lead = _gone(ref, part.ref_s) - _gone(new, part.new_s)
        sd = np.hypot(o.place_m, part.sigma_s * _mean_speed(ref, new, part.ref_s, part.new_s))
        order = np.argsort(lead[near])
        weight = np.cumsum((1 / sd[near] ** 2)[order])
        middle = float(lead[near][order][np.searchsorted(weight, weight[-1] / 2)])
        wrong = (near & (np.abs(lead - middle) > o.off_m))[::-way]
        # From the edge on, up to the first knot that agrees; two are left in any case.
        dropped = min(int(wrong.argmin()), len(wrong) - 2) if not wrong.all() else len(wrong) - 2
        keep = (np.arange(len(wrong)) >= dropped)[::-way]
        kept = part.select(keep)
        assert kept is not None
        return cls(kept, middle, max(o.place_m, float(mad_sd(lead[near], about=middle))))


def _by_distance(ref: Track, new: Track, left: Curve, right: Curve) -> tuple[Curve, Bridge, Curve] | None:
    o = OPTIONS
    begin, end = _End.of(left, ref, new, 1), _End.of(right, ref, new, -1)
    first, last = Moment.end_of(begin.part, 1), Moment.end_of(end.part, -1)
    at_ref, at_new = _times(first.ref_s, last.ref_s), _times(first.new_s, last.new_s)
    if not (_is_known(ref, at_ref) and _is_known(new, at_new)):
        return None
    gone_ref, gone_new = _gone(ref, at_ref) - begin.lead_m, _gone(new, at_new)
    start, length = gone_new[0], float(gone_new[-1] - gone_new[0])
    # Lengths in metres of the new run; along them the reference's lead goes evenly from one end's to the other's.
    longer = (end.lead_m - begin.lead_m) / length
    if abs(longer) * length > o.scale * length + o.scale_m or longer <= -1:
        return None
    metres = np.union1d(gone_new - start, (gone_ref - start) / (1 + longer))
    metres = metres[(metres > 0) & (metres < length)]
    t_new = np.interp(start + metres, gone_new, at_new)
    t_ref = np.interp(start + metres * (1 + longer), gone_ref, at_ref)
    if not (_parted(ref, new, t_ref, t_new, first) < o.together_m).all():
        return None
    share = metres / length
    off_m = np.hypot(
        begin.sigma_m + share * (end.sigma_m - begin.sigma_m),
        o.drift_m * np.sqrt(share * (1 - share) * length),
    )
    bridge = Bridge.between(t_ref, t_new, off_m / _mean_speed(ref, new, t_ref, t_new), first, last)
    return (begin.part, bridge, end.part) if bridge is not None else None


def _by_turning(ref: Motion, new: Motion, first: Moment, last: Moment) -> Bridge | None:
    from fastdtw import fastdtw

    o = OPTIONS
    t = [np.arange(first[k], last[k], STEP_S) for k in (0, 1)]
    if min(map(len, t)) < o.fewest or any(
        at[0] < m.t_s[0] or at[-1] > m.t_s[-1] for at, m in zip(t, (ref, new), strict=True)
    ):
        return None
    heading = [np.cumsum(np.interp(at, m.t_s, m.yaw_rps)) * STEP_S for at, m in zip(t, (ref, new), strict=True)]
    if min(float(np.ptp(h)) for h in heading) < o.least_bend_rad:
        return None
    # A rider who stands gets nowhere, so what goes on evenly is the time in motion.
    moved = [np.cumsum(np.interp(at, m.t_s, m.still) < 0.5) for at, m in zip(t, (ref, new), strict=True)]
    spread = float(np.concatenate(heading).std())
    points = [np.column_stack([h / spread, o.even * m / m[-1]]) for h, m in zip(heading, moved, strict=True)]
    i, j = np.array(fastdtw(*points, radius=o.radius, dist=2)[1]).T
    path = np.bincount(i, weights=t[1][j]) / np.bincount(i)
    if np.corrcoef(heading[0], np.interp(path, t[1], heading[1]))[0, 1] < o.alike:
        return None
    # Strictly forward, and exactly from end to end.
    path = np.maximum.accumulate(path) + 1e-3 * np.arange(len(path))
    path = first.new_s + (path - path[0]) * (last.new_s - first.new_s) / (path[-1] - path[0])
    inner = np.arange(0, len(path), max(1, round(o.knot_s / STEP_S)))[1:-1]
    share = inner / (len(path) - 1)
    off_s = o.uneven * (last.new_s - first.new_s) * np.sqrt(share * (1 - share))
    sigma = np.hypot(first.sigma_s + share * (last.sigma_s - first.sigma_s), off_s)
    return Bridge.between(t[0][inner], path[inner], sigma, first, last)


def _beyond(part: Curve, ref: Side, new: Side, way: Way) -> tuple[Bridge | None, Curve]:
    """A bridge in front of the first segment (`way` -1) or behind the last, by distance, up to where the tracks part,
    and what is left of that segment; None where nothing is dark there.
    """
    o, a, b = OPTIONS, ref.telemetry.track, new.telemetry.track
    edge = Moment.end_of(part, way)
    until = ref.dark_until(edge.ref_s, way), new.dark_until(edge.new_s, way)
    if a is None or b is None or max(abs(until[0] - edge.ref_s), abs(until[1] - edge.new_s)) < o.edge_s:
        return None, part
    end = _End.of(part, a, b, way)
    knot = Moment.end_of(end.part, way)
    reach = [abs((side.end_s if way > 0 else 0.0) - knot[k]) for k, side in ((0, ref), (1, new))]
    t = [knot[k] + way * _times(0.0, min(reach[k], o.longest_s)) for k in (0, 1)]
    if not (_is_known(a, t[0]) and _is_known(b, t[1])):
        return None, part
    start = float(_gone(b, np.array([knot.new_s]))[0])
    gone = way * (_gone(a, t[0]) - end.lead_m - start), way * (_gone(b, t[1]) - start)
    metres = np.union1d(*gone)
    metres = metres[(metres > 0) & (metres < min(s[-1] for s in gone))]
    t_ref, t_new = (np.interp(metres, s, at) for s, at in zip(gone, t, strict=True))
    dark = ((until[0] - t_ref) * way > 0) | ((until[1] - t_new) * way > 0)
    good = dark & (_parted(a, b, t_ref, t_new, knot) < o.together_m)
    count = len(good) if good.all() else int(good.argmin())
    off_m = end.sigma_m + o.drift_m * np.sqrt(metres) + o.line * metres
    sigma = off_m / _mean_speed(a, b, t_ref, t_new)
    columns = (column[:count][::way] for column in (t_ref, t_new, sigma))
    bridge = Bridge.between(*columns, *((knot, None) if way > 0 else (None, knot)))
    return (bridge, end.part) if bridge is not None else (None, part)


def _times(first_s: float, last_s: float) -> Floats:
    return np.linspace(first_s, last_s, max(2, int(np.ceil((last_s - first_s) / OPTIONS.knot_s)) + 1))


def _is_known(track: Track, t_s: Floats) -> bool:
    """Whether the track has fixes at most of the times."""
    return float(np.interp(t_s, track.t_s, track.known, left=0, right=0).mean()) >= OPTIONS.known_share


def _gone(track: Track, t_s: Floats) -> Floats:
    """Metres gone at times (N,), strictly increasing."""
    return np.interp(t_s, track.t_s, track.distance_m) + OPTIONS.creep_mps * t_s


def _mean_speed(ref: Track, new: Track, t_ref: Floats, t_new: Floats) -> Floats:
    """Mean of both speeds at matching moments (N,): metres per second across the curve."""
    both = [np.interp(t, track.t_s, track.speed_mps) for track, t in ((ref, t_ref), (new, t_new))]
    return np.maximum((both[0] + both[1]) / 2, OPTIONS.slowest_mps)


def _parted(ref: Track, new: Track, t_ref: Floats, t_new: Floats, knot: Moment) -> Floats:
    """How far apart the tracks are at matching moments (K,), metres, but for how far they are at the knot."""
    origin = float(ref.lat_deg[0]), float(ref.lon_deg[0])
    ways = []
    for track, t, at in ((ref, t_ref, knot.ref_s), (new, t_new, knot.new_s)):
        path = enu(track, origin)
        ways.append([np.interp(t, track.t_s, path[:, k]) - np.interp(at, track.t_s, path[:, k]) for k in (0, 1)])
    return np.asarray(np.hypot(*(b - a for a, b in zip(*ways, strict=True))))
