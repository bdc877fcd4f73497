"""What `mtbsync_core.timing` says of runs, held against what it says of the same runs without an error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from benchmarks.score import Floats
from benchmarks.timing_runs import Kind
from benchmarks.timing_trail import Trail
from mtbsync_core.markers import Z90
from mtbsync_core.timing.best import Best, joinable_best, theoretical_best
from mtbsync_core.timing.compare import losses
from mtbsync_core.timing.flags import Flag, Stands
from mtbsync_core.timing.runs import Stack
from mtbsync_core.timing.sectors import sector_times
from mtbsync_core.timing.trail_clock import added, closure_s, solved
from mtbsync_core.timing.why import Why, why

_FLAG: dict[Kind, Flag] = {
    "stop": Flag.STOP,
    "pause": Flag.STOP,
    "crash": Flag.STOP | Flag.ASIDE,  # the camera of one who fell may show nothing
    "detour": Flag.DETOUR,
    "cut": Flag.CUT,
    "aside": Flag.ASIDE,
}


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Of all seeds: what was measured, each an array over cases."""

    error_s: Floats
    sigma_s: Floats

    @classmethod
    def join(cls, parts: Sequence[Found]) -> Found:
        """The cases of all parts."""
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in ("error_s", "sigma_s")))

    @property
    def holds(self) -> float:
        """Share of the errors within their own 90 %."""
        return float(np.mean(np.abs(self.error_s) <= Z90 * self.sigma_s))


def sector_errors(trail: Trail) -> Found:
    """Errors of all clean sectors' times."""
    times, true = sector_times(trail.runs, trail.lines), sector_times(trail.true_runs, trail.lines)
    use = times.clean & np.isfinite(true.seconds)
    return Found((times.seconds - true.seconds)[use], times.sigma_s[use])


def befallen(trail: Trail) -> tuple[np.ndarray, np.ndarray]:
    """Which sectors of which run something befell, (R, S): surely, and perhaps, since a line lies within half a metre
    of where it began or ended.
    """
    shape = len(trail.rides), len(trail.line_m) - 1
    surely, perhaps = np.zeros(shape, bool), np.zeros(shape, bool)
    for n, ride in enumerate(trail.rides):
        if ride.befell_m is not None:
            first, last = ride.befell_m
            short = min(0.5, (last - first) / 2)
            for found, longer in ((surely, -short), (perhaps, 0.5)):
                found[n] = (trail.line_m[:-1] < last + longer) & (trail.line_m[1:] > first - longer)
    return surely, perhaps


def flag_lines(trail: Trail) -> list[str]:
    """A sentence for each run that something befell, and one for the clean ones."""
    flags = sector_times(trail.runs, trail.lines).flags
    surely, perhaps = befallen(trail)
    told = []
    for n, ride in enumerate(trail.rides):
        if ride.kind != "clean":
            kept_out = (flags[n][surely[n]] != 0).all() and bool(_FLAG[ride.kind] & Flag(int(flags[n].max())))
            beside = int((flags[n][~perhaps[n]] != 0).sum())
            by_map = ", ".join(Flag(int(np.bitwise_or.reduce(flags[n]))).words)
            words = f"{ride.kind}: {'right' if kept_out else 'WRONG'} ({by_map}), flagged beside it: {beside}"
            told.append(words + (_with_sensors(trail, n) if ride.kind in ("stop", "crash", "pause") else ""))
    clean = np.array([ride.kind == "clean" for ride in trail.rides])
    told.append(f"sectors of clean runs that are flagged: {int((flags[clean] != 0).sum())} of {flags[clean].size}")
    return told


def _with_sensors(trail: Trail, n: int) -> str:
    """What is said where sensors tell when the rider stood, to a tenth of a second."""
    true = trail.true_runs[n]
    stands = Stands([true], Stack.of([true]))
    spans = tuple((float(a) + 0.1, float(b) - 0.1) for a, b in zip(stands.from_s, stands.to_s, strict=True))
    flags = Flag(int(np.bitwise_or.reduce(sector_times([replace(trail.runs[n], stands=spans)], trail.lines).flags[0])))
    right = bool(flags & Flag.STOP) and bool(flags & Flag.CRASH) == (trail.rides[n].kind == "crash")
    return f"; with sensors: {'right' if right else 'WRONG'} ({', '.join(flags.words)})"


def signs(trail: Trail) -> tuple[int, int, int]:
    """Sectors of all pairs of runs: how many, how many of them sure, and of these how many with the right sign."""
    times, true = sector_times(trail.runs, trail.lines), sector_times(trail.true_runs, trail.lines)
    all_, sure, right = 0, 0, 0
    for a, b in combinations(range(len(trail.runs)), 2):
        use = times.clean[a] & times.clean[b] & np.isfinite(true.seconds[a] + true.seconds[b])
        found = losses(trail.runs[a], trail.runs[b], trail.lines)
        really = (true.seconds[a] - true.seconds[b])[use]
        said = found.sure[use]
        all_, sure = all_ + int(use.sum()), sure + int(said.sum())
        right += int((np.sign(found.seconds[use]) == np.sign(really))[said].sum())
    return all_, sure, right


def bests(trail: Trail) -> list[tuple[str, Best, Best]]:
    """Theoretical and joinable best, and the same of maps without an error, over sectors that are clean in both."""
    found = []
    for name, best in (("theoretical", theoretical_best), ("joinable", joinable_best)):
        one, other = (
            best(runs, trail.lines, sector_times(runs, trail.lines)) for runs in (trail.runs, trail.true_runs)
        )
        found.append((name, one, other))
    return found


def composed(trail: Trail) -> tuple[Floats, Floats]:
    """Errors of maps from run to run: aligned with each other, and by way of the reference, at the same moments."""
    direct, by_ref = [], []
    t = np.arange(1.0, trail.lines.t_ref[-1], 0.1)
    for pair in trail.pairs:
        own, true = (trail.true_runs[n].warp.to_new(t) for n in (pair.a, pair.b))
        way = trail.runs[pair.a].warp.invert().compose(trail.runs[pair.b].warp)
        assert way is not None
        errors = np.stack([pair.warp.to_new(own) - true, way.to_new(own) - true])
        errors = errors[:, np.isfinite(errors).all(axis=0)]
        direct.append(errors[0])
        by_ref.append(errors[1])
    return np.concatenate(direct), np.concatenate(by_ref)


@dataclass(frozen=True, slots=True, eq=False)
class Joint:
    """Solving all together: how far triangles are from closing before, after, and with true maps from the reference,
    which is what the pair's map errs; errors of maps from the reference and from run to run before and after, and the
    same of the last run, added alone, seconds.
    """

    open_s: Floats
    closed_s: Floats
    true_s: Floats
    star_s: tuple[Floats, Floats]
    pair_s: tuple[Floats, Floats]
    holds: float
    added_s: tuple[Floats, Floats]


def joint(trail: Trail) -> Joint:
    """Solve the clean runs together; and again without the last one, which is added."""
    clean = [n for n, ride in enumerate(trail.rides) if ride.kind == "clean"]
    runs, exact = ([x[n] for n in clean] for x in (trail.runs, trail.true_runs))
    together = solved(runs, trail.pairs)
    t = np.arange(1.0, trail.lines.t_ref[-1], 0.1)
    true, _ = Stack.of(exact).at(t)
    (before, _), (after, sigma) = Stack.of(runs).at(t), Stack.of(together).at(t)
    pairs = [
        np.concatenate([(x[p.b] - x[p.a]) - (true[p.b] - true[p.a]) for p in trail.pairs]) for x in (before, after)
    ]
    last = len(runs) - 1
    others = solved(runs[:-1], [p for p in trail.pairs if last not in (p.a, p.b)])
    more = added(others, runs[-1], [p for p in trail.pairs if last in (p.a, p.b)])
    opened, closed, true_s = (np.concatenate([closure_s(x, p) for p in trail.pairs]) for x in (runs, together, exact))
    errors = after - true
    return Joint(
        opened,
        closed,
        true_s,
        ((before - true).ravel(), errors.ravel()),
        (pairs[0], pairs[1]),
        float(np.nanmean(np.abs(errors) <= Z90 * sigma)),
        ((before - true)[last], more.warp.to_new(t) - true[last]),
    )


def why_right(trail: Trail) -> tuple[int, int, dict[str, list[bool]]]:
    """Of all pairs and sectors that are surely lost: how many, of how many something is named, and what was right."""
    named: dict[str, list[bool]] = {}
    places, told = 0, 0
    times = sector_times(trail.runs, trail.lines)
    whole = ~((times.flags & ~np.uint8(Flag.STOP | Flag.CRASH)) != 0)
    for a, b in combinations(range(len(trail.runs)), 2):
        for one, other in ((a, b), (b, a)):
            lost = losses(trail.runs[one], trail.runs[other], trail.lines)
            use = whole[one] & times.clean[other] & lost.sure & (lost.seconds > 0)
            for sector in np.flatnonzero(use):
                said = why(trail.runs[one], trail.runs[other], trail.lines, int(sector))
                true = why(trail.true_runs[one], trail.true_runs[other], trail.lines, int(sector))
                places, told = places + 1, told + bool(said.causes)
                for cause in said.causes:
                    named.setdefault(cause, []).append(_is_right(cause, said, true))
    return places, told, named


def _is_right(cause: str, said: Why, true: Why) -> bool:
    if cause == "slower entry":
        return true.entry.ratio < 1
    if cause == "slower exit":
        return true.exit.ratio < 1
    if cause == "slower in the middle":
        return true.lowest.ratio < min(1.0, true.entry.ratio, true.exit.ratio)
    if cause == "slowed down":
        assert said.slowed_s is not None
        assert said.slowed_margin_s is not None
        return true.slowed_s is not None and abs(true.slowed_s - said.slowed_s) <= said.slowed_margin_s
    return cause in true.causes
