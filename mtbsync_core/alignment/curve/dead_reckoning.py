"""Dead reckoning: where the pictures of either run show nothing (dark, dust, a hand on the lens), sensors carry the map
on. Such a segment is a bridge.

The pictures fix both ends. Between them the two runs are laid on each other by what they have gone through:

* *distance*, where both runs have a track: odometry from the receiver's speed (Doppler, 0.1 to 0.2 m/s), scaled to the
  ends, which is far better than its positions; these have to agree with it all the same. What is not known is a random
  walk held at both ends (a Brownian bridge);
* *turning*, where both have a gyroscope only: the headings, by dynamic time warping.

Beyond the first or the last matched moment distance goes on alone, as long as the tracks stay together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.alignment.curve.curve import Curve
from mtbsync_core.robust import mad_sd
from mtbsync_core.telemetry.track import STEP_S, Motion, Telemetry, Track, enu, origin_of
from mtbsync_core.warp import strictly_increasing

Floats = NDArray[np.float64]
Way = Literal[-1, 1]
"""Back or ahead in time."""
Knots = Floats | None
"""Of a bridge, (3, B) as `Curve.columns`; None where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadReckoningOptions:
    """When sensors are followed, and how well they know the way. What has no other source is from simulated runs with
    ten seconds of black pictures. A smaller share or limit makes fewer bridges, a larger one bridges what is none.
    """

    knot_s: float = 0.25
    """Spacing of the knots, seconds."""
    clear_s: float = 1e-3
    """Least time between two knots, seconds."""
    dark_share: float = 0.5
    """Share of the samples that show nothing, from which on there is a bridge; here less bridges detours."""
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
    """Random walk of a distance, metres per root of a metre: receiver and lines together."""
    line: float = 0.02
    """Deviation of a distance with one end only, per metre, for the other line."""
    end_s: float = 3.0
    """How much of a segment fixes the end of a bridge, seconds."""
    place_m: float = 0.2
    """How well the pictures know a place at best, metres."""
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


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """One run: its sensors, when its samples (N,) were taken and whether they are blind, and its length in seconds."""

    telemetry: Telemetry
    t_s: Floats
    blind: NDArray[np.bool_]
    end_s: float

    def dark_share(self, first_s: float, last_s: float) -> float:
        """Share of the samples between two moments that show nothing."""
        here = (self.t_s > first_s) & (self.t_s < last_s)
        return float(self.blind[here].mean()) if here.any() else 0.0

    def dark_until(self, at_s: float, way: Way, edge_s: float) -> float:
        """Until when, from a moment on, samples show nothing, but for the first `edge_s`; that moment if they do."""
        ahead = np.flatnonzero((self.t_s - at_s) * way > 0)[::way]
        count = _leading(self.blind[ahead] | (np.abs(self.t_s[ahead] - at_s) < edge_s))
        if not self.blind[ahead[:count]].any():
            return at_s
        if count == len(ahead):
            return self.end_s if way > 0 else 0.0
        return float(self.t_s[ahead[count - 1]])


def with_bridges(curve: Curve, ref: Side, new: Side, options: DeadReckoningOptions) -> Curve:
    """The curve, with a bridge over each gap and beyond each end that is dark and that the sensors agree about."""
    first, *others = curve.parts()
    first, before = _beyond(first, ref, new, -1, options)
    seen, bridges = [first], [before]
    for part in others:
        seen[-1], bridge, right = _over(seen[-1], part, ref, new, options)
        seen.append(right)
        bridges.append(bridge)
    seen[-1], behind = _beyond(seen[-1], ref, new, 1, options)
    whole = Curve.join(seen)
    for knots in (*bridges, behind):
        whole = whole.bridged(*knots) if knots is not None else whole
    return whole


def _over(left: Curve, right: Curve, ref: Side, new: Side, o: DeadReckoningOptions) -> tuple[Curve, Knots, Curve]:
    """A bridge over a gap, by distance or else by turning, between what is left of the segments beside it."""
    first, last = left.columns[:, -1], right.columns[:, 0]
    dark = max(side.dark_share(first[k], last[k]) for k, side in enumerate((ref, new)))
    if (last - first)[:2].max() > o.longest_s or dark < o.dark_share:
        return left, None, right
    a, b = ref.telemetry, new.telemetry
    if a.track is not None and b.track is not None:
        kept_left, bridge, kept_right = _by_distance(Odometers((a.track, b.track), o), left, right)
        if bridge is not None:
            return kept_left, bridge, kept_right
    if a.motion is not None and b.motion is not None:
        return left, _by_turning((a.motion, b.motion), first, last, o), right
    return left, None, right


@dataclass(frozen=True, slots=True, eq=False)
class Odometers:
    """How far, how fast and where the reference (0) and the new run (1) have gone, by their tracks."""

    tracks: tuple[Track, Track]
    options: DeadReckoningOptions

    def are_known(self, *t_s: Floats) -> bool:
        """Whether both tracks have fixes at most of the times (N,) of each."""
        shares = [
            np.interp(t, at.t_s, at.known, left=0, right=0).mean() for t, at in zip(t_s, self.tracks, strict=True)
        ]
        return bool(min(shares) >= self.options.known_share)

    def gone_m(self, run: int, t_s: Floats) -> Floats:
        """Metres gone at times (N,), strictly increasing."""
        track = self.tracks[run]
        return np.interp(t_s, track.t_s, track.distance_m) + self.options.creep_mps * t_s

    def mean_mps(self, *t_s: Floats) -> Floats:
        """Mean of both speeds at matching moments (N,) of each: metres per second across the curve."""
        ref, new = (np.interp(t, track.t_s, track.speed_mps) for t, track in zip(t_s, self.tracks, strict=True))
        return np.maximum((ref + new) / 2, self.options.slowest_mps)

    def together(self, t_s: Sequence[Floats], knot: Floats) -> NDArray[np.bool_]:
        """Whether the tracks are as near at matching moments (N,) of each as they are at a knot, within metres."""
        origin = origin_of(self.tracks[0])
        ref, new = (
            np.stack([np.interp(t, track.t_s, x) - np.interp(at, track.t_s, x) for x in enu(track, origin).T])
            for t, at, track in zip(t_s, knot[:2], self.tracks, strict=True)
        )
        east, north = new - ref
        return np.asarray(np.hypot(east, north) < self.options.together_m)

    def end_of(self, part: Curve, way: Way) -> tuple[Curve, float, float]:
        """What a segment says of a bridge that begins at its end (`way` 1) or ends at its beginning (-1): the part of
        it that agrees, the metres that the reference has gone more than the new run at one place, and their deviation.

        The weighted median of the last seconds, for one knot may be a second off: where a rider sets off, just as it
        gets dark, the pictures know the place to a hand and the moment hardly at all.
        """
        o = self.options
        near = np.abs(part.new_s - part.columns[1, -1 if way > 0 else 0]) <= o.end_s
        lead = self.gone_m(0, part.ref_s) - self.gone_m(1, part.new_s)
        sd = np.hypot(o.place_m, part.sigma_s * self.mean_mps(part.ref_s, part.new_s))
        order = np.argsort(lead[near])
        weight = np.cumsum((1 / sd[near] ** 2)[order])
        middle = float(lead[near][order][np.searchsorted(weight, weight[-1] / 2)])
        # From the edge on, up to the first knot that agrees; two are left in any case.
        dropped = min(_leading((near & (np.abs(lead - middle) > o.off_m))[::-way]), len(near) - 2)
        kept = part.select((np.arange(len(near)) >= dropped)[::-way])
        assert kept is not None
        return kept, middle, max(o.place_m, float(mad_sd(lead[near], about=middle)))


def _by_distance(odometers: Odometers, left: Curve, right: Curve) -> tuple[Curve, Knots, Curve]:
    """Odometry between two segments, adjusted to what of them agrees."""
    o = odometers.options
    (left, lead_m, first_sd), (right, last_lead_m, last_sd) = odometers.end_of(left, 1), odometers.end_of(right, -1)
    first, last = left.columns[:, -1], right.columns[:, 0]
    t_ref, t_new = (_even(first[k], last[k], o) for k in (0, 1))
    if not odometers.are_known(t_ref, t_new):
        return left, None, right
    gone_ref, gone_new = odometers.gone_m(0, t_ref) - lead_m, odometers.gone_m(1, t_new)
    start, length = gone_new[0], float(gone_new[-1] - gone_new[0])
    # Lengths in metres of the new run; along them the reference's lead goes evenly from one end's to the other's.
    longer = (last_lead_m - lead_m) / length
    if abs(longer) * length > o.scale * length + o.scale_m or longer <= -1:
        return left, None, right
    metres = np.union1d(gone_new - start, (gone_ref - start) / (1 + longer))
    metres = metres[(metres > 0) & (metres < length)]
    t = np.interp(start + metres * (1 + longer), gone_ref, t_ref), np.interp(start + metres, gone_new, t_new)
    if not odometers.together(t, first).all():
        return left, None, right
    share = metres / length
    off_m = np.hypot(first_sd + share * (last_sd - first_sd), o.drift_m * np.sqrt(share * (1 - share) * length))
    return left, _between(np.stack([*t, off_m / odometers.mean_mps(*t)]), first, last, o), right


def _by_turning(motions: tuple[Motion, Motion], first: Floats, last: Floats, o: DeadReckoningOptions) -> Knots:
    """Dynamic time warping of the headings between two knots."""
    from fastdtw import fastdtw

    t = [np.arange(first[k], last[k], STEP_S) for k in (0, 1)]
    for at, m in zip(t, motions, strict=True):
        if len(at) < o.fewest or at[0] < m.t_s[0] or at[-1] > m.t_s[-1]:
            return None
    heading = [np.cumsum(np.interp(at, m.t_s, m.yaw_rps)) * STEP_S for at, m in zip(t, motions, strict=True)]
    if min(float(np.ptp(h)) for h in heading) < o.least_bend_rad:
        return None
    # A rider who stands gets nowhere, so what goes on evenly is the time in motion.
    moved = [np.cumsum(np.interp(at, m.t_s, m.still) < 0.5) for at, m in zip(t, motions, strict=True)]
    spread = float(np.concatenate(heading).std())
    points = [np.column_stack([h / spread, o.even * m / m[-1]]) for h, m in zip(heading, moved, strict=True)]
    i, j = np.array(fastdtw(*points, radius=o.radius, dist=2)[1]).T
    path = np.bincount(i, weights=t[1][j]) / np.bincount(i)
    if np.corrcoef(heading[0], np.interp(path, t[1], heading[1]))[0, 1] < o.alike:
        return None
    # Strictly forward, and exactly from end to end.
    path = np.maximum.accumulate(path) + 1e-3 * np.arange(len(path))
    path = first[1] + (path - path[0]) * (last[1] - first[1]) / (path[-1] - path[0])
    inner = np.arange(0, len(path), max(1, round(o.knot_s / STEP_S)))[1:-1]
    share = inner / (len(path) - 1)
    off_s = o.uneven * (last[1] - first[1]) * np.sqrt(share * (1 - share))
    sigma = np.hypot(first[2] + share * (last[2] - first[2]), off_s)
    return _between(np.stack([t[0][inner], path[inner], sigma]), first, last, o)


def _beyond(part: Curve, ref: Side, new: Side, way: Way, o: DeadReckoningOptions) -> tuple[Curve, Knots]:
    """What is left of the first segment (`way` -1) or the last, and a bridge in front of it or behind it: odometry
    with one end, up to where the tracks part.
    """
    sides, tracks = (ref, new), (ref.telemetry.track, new.telemetry.track)
    at = -1 if way > 0 else 0
    edge = part.columns[:2, at]
    until = [side.dark_until(float(t), way, o.edge_s) for side, t in zip(sides, edge, strict=True)]
    if tracks[0] is None or tracks[1] is None or np.abs(until - edge).max() < o.edge_s:
        return part, None
    odometers = Odometers((tracks[0], tracks[1]), o)
    kept, lead_m, sd_m = odometers.end_of(part, way)
    knot = kept.columns[:, at]
    left = (side.end_s - t if way > 0 else t for side, t in zip(sides, knot[:2], strict=True))
    reach = [min(max(s, 0.0), o.longest_s) for s in left]
    t_ref, t_new = (knot[k] + way * _even(0.0, reach[k], o) for k in (0, 1))
    if not odometers.are_known(t_ref, t_new):
        return part, None
    start = odometers.gone_m(1, knot[1:2])
    gone = way * (odometers.gone_m(0, t_ref) - lead_m - start), way * (odometers.gone_m(1, t_new) - start)
    metres = np.union1d(*gone)
    metres = metres[(metres > 0) & (metres < min(gone[0][-1], gone[1][-1]))]
    t = np.interp(metres, gone[0], t_ref), np.interp(metres, gone[1], t_new)
    dark = ((until[0] - t[0]) * way > 0) | ((until[1] - t[1]) * way > 0)
    count = _leading(dark & odometers.together(t, knot))
    off_m = sd_m + o.drift_m * np.sqrt(metres) + o.line * metres
    knots = np.stack([*t, off_m / odometers.mean_mps(*t)])[:, :count][:, ::way]
    nowhere = np.full(3, way * np.inf)
    first, last = (knot, nowhere) if way > 0 else (nowhere, knot)
    bridge = _between(knots, first, last, o)
    return (kept, bridge) if bridge is not None else (part, None)


def _leading(true: NDArray[np.bool_]) -> int:
    """How many of the first values (N,) are true without a break."""
    return len(true) if true.all() else int(true.argmin())


def _even(first_s: float, last_s: float, o: DeadReckoningOptions) -> Floats:
    return np.linspace(first_s, last_s, max(2, int(np.ceil((last_s - first_s) / o.knot_s)) + 1))


def _between(knots: Floats, first: Floats, last: Floats, o: DeadReckoningOptions) -> Knots:
    """Of knots (3, N) those that strictly follow each other and lie between two knots (3,); None without any."""
    clocks = knots[:2]
    inside = (clocks > first[:2, None] + o.clear_s) & (clocks < last[:2, None] - o.clear_s)
    knots = knots[:, inside.all(axis=0)]
    knots = knots[:, strictly_increasing(knots[0], knots[1], o.clear_s)]
    return knots if knots.size else None
