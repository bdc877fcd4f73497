"""Is it the same trail, and is the map good enough? The verdict over an alignment, with its reasons in words.

The same is asked of every map, whatever it was made of; what a method knows of its own comes as `Findings`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Literal, NamedTuple

import numpy as np

from mtbsync_core.alignment.judge.low_confidence import WeakSegment
from mtbsync_core.options import paced
from mtbsync_core.warp import TimeWarp

Verdict = Literal["good", "check", "refused"]


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictOptions:
    """Where the lines are drawn. Evidence is in nats (natural log of a likelihood ratio)."""

    refuse_under_s: float = 4.0
    """Seconds of common trail. Half of it accepts places that look alike, twice refuses clips of a single corner."""
    check_under_s: float = 10.0
    check_sigma_s: float = paced(0.2)
    """Median standard deviation of the map, seconds: the 90 % interval is a third of a second to either side."""
    check_weak: float = 0.2
    """Share of the common trail that is weak."""

    refuse_below: float = paced(0.6, -1)
    """Nats per second of common trail. Seen: other trails below 0, the same backwards 0.1, the same trail 1 to 14."""
    check_below: float = paced(1.2, -1)
    margin: float = 12.0
    """Nats by which the true order must beat the reversed and the shuffled ones, and places their surroundings."""
    clear: float = 8.0
    """Evidence over that of the best null from which a describer leaves no doubt (`second_look`). Of pairs of one day
    it is 7 to 60 with `hog`, of two days 4.6 to 5.7. Half of it looks again only at what would be refused anyway, twice
    of it at half of the pairs.
    """
    block_s: float = paced(5.0)
    """Seconds of a part that keeps its order while the order of parts is turned round (`null_evidence`)."""
    refuse_local: float = paced(0.9, -1)
    """Nats per second of common trail by which the places of a map must stand out from their surroundings where corners
    do not speak for it. Seen: strangers with the same scenery -4 to 0.1, walking pace 1.7, another day 2.1, another
    season 2.7, else 2.8 to 12. Half refuses the same, twice walking pace without corners too."""
    check_local: float = paced(2.4, -1)
    """The same to check. Half and twice move what lies between from good to check and back."""
    alone_local: float = paced(5.5, -1)
    """The same of a map of the second look, where the first describer has less than nothing for its places. The second
    one tells kinds of scenery so well that it takes strangers that share them for one trail. Seen: these 4.0 and less,
    the first describer having -3.8 to -0.9; another season 7.8 with 1.6, another day 12 with 2.1 and 3.4, one day 13
    with 5. Half accepts strangers, twice asks the first describer always."""
    verified_nats: float = 9.0
    """From here on corners have shown that single places agree, whatever else is alike: a chance of 1 in 8000. What the
    pictures have against single places (local evidence below 0, of either describer) is taken off first. Seen: the same
    trail 11 to 300, another season 0 to 2, other trails 0, with the same plants up to 6.1, and 11.4 and 10.7 against
    -9.4 and -12.3 of the pictures. Half takes some of these, twice changes no verdict."""

    refuse_share: float = 0.25
    """Share of the pairs of a file that agree with their map; mtbsync 0.10 refused a model below the same share."""
    check_share: float = 0.6
    check_p90_s: float = 0.5
    """Seconds that a tenth of the pairs of a file may lie off their map."""

    crossing_s: float = 30.0
    crossing_share: float = 0.1
    """What is shorter than both, seconds and share of the shorter track, is two trails that cross at a flat angle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """The figures of an alignment; None is what its method does not know, or what there is no map for."""

    evidence: float | None = None
    """Log evidence of the new run following the reference, nats."""
    null_evidence: float | None = None
    """The best log evidence among the new run reversed, in reversed parts and shuffled, nats."""
    evidence_per_s: float | None = None
    """Nats per second of common trail."""
    local_evidence_per_s: float | None = None
    """The same, less what the map's surroundings reach, a few seconds beside it on the reference."""
    witnessed_per_s: float | None = None
    """The same by the describer that did not find the map, where two looked."""
    agreeing_frac: float | None = None
    """Share of the usable pairs of a file that agree with the map."""
    p90_s: float | None = None
    """90th percentile of what the pairs of a file lie off the map, seconds of the reference clock."""
    common_new_s: float | None = None
    """Seconds of the new run that are on the common trail, bridges left out."""
    common_ref_s: float | None = None
    """Seconds of the reference that are mapped, bridges included."""
    median_sigma_s: float | None = None
    """Median standard deviation of the map at its knots, seconds of the new clock; 0 without a map."""
    verified_frac: float | None = None
    """Share of the moments where local features were looked at that an essential matrix verifies."""
    verified_by_chance: float | None = None
    """The same at wrong places of the reference."""
    verified_nats: float | None = None
    """Log likelihood ratio of the two shares; 0 where corners agree no more than by chance, or were not looked for."""
    sigma_scale: float | None = None
    """Factor by which anchors that were held out of the fit made the map's standard deviations wider or narrower."""
    zoom: float | None = None
    """Ratio of the reference's angle of view to the new run's, where the pictures told it."""
    pace: float | None = None
    """How many times as slowly as on a fast ride the pictures change; None on fast rides."""

    def as_dict(self) -> dict[str, float]:
        """JSON-ready: the figures that there are."""
        return {name: value for name, value in asdict(self).items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What a method knows of its own result: `vetoes` settle it, whatever the map is like; `refusals` do so for a map
    that is long enough; `doubts` ask for a look; `quality` holds the figures of the method.
    """

    vetoes: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    quality: Quality = Quality()

    def __add__(self, more: Findings) -> Findings:
        """Both; the figures are those of `more`."""
        return Findings(
            vetoes=self.vetoes + more.vetoes,
            refusals=self.refusals + more.refusals,
            doubts=self.doubts + more.doubts,
            quality=more.quality,
        )


class Judgement(NamedTuple):
    """A verdict, why, and the figures."""

    verdict: Verdict
    reasons: tuple[str, ...]
    quality: Quality


def common_new_s(warp: TimeWarp | None) -> float:
    """Seconds of the new run that the map puts on the reference without the help of sensors alone."""
    if warp is None:
        return 0.0
    return float(np.diff(warp.new_s)[warp.kinds == "seen"].sum())


def judge(
    warp: TimeWarp | None,
    weak: Sequence[WeakSegment],
    findings: Findings,
    options: VerdictOptions,
    *,
    of: Literal["runs", "pairs", "tracks"] = "runs",
) -> Judgement:
    """The verdict over a map.

    Args:
        warp: None where there was nothing to fit.
        weak: the weak parts; gaps and bridges are doubts, the others when they make up much of the common trail.
        of: what agrees throughout where there is no doubt.
    """
    common = common_new_s(warp)
    sigma = float(np.median(warp.sigma_s)) if warp is not None else 0.0
    quality = replace(
        findings.quality,
        common_new_s=round(common, 3),
        common_ref_s=round(sum(b - a for a, b in warp.mapped()) if warp is not None else 0.0, 3),
        median_sigma_s=round(sigma, 4),
    )
    refusals = findings.vetoes
    if not refusals and (warp is None or common < options.refuse_under_s):
        refusals = (f"only {common:.1f} s of the new run look like a part of the reference",)
    refusals = refusals or findings.refusals
    if refusals:
        return Judgement("refused", refusals, quality)
    doubts = [*findings.doubts, *_doubts(common, sigma, weak, options, of)]
    return Judgement("check" if doubts else "good", tuple(doubts) or (f"the {of} agree throughout",), quality)


def _doubts(common: float, sigma: float, weak: Sequence[WeakSegment], o: VerdictOptions, of: str) -> list[str]:
    doubts = []
    if common < o.check_under_s:
        doubts.append(f"only {common:.1f} s are common to both runs")
    if sigma > o.check_sigma_s:
        alone = "GPS alone: " if of == "tracks" else ""
        doubts.append(f"{alone}places are known to {sigma:.2f} s only")
    doubts += [part.text for part in weak if part.why in ("gap", "bridge")]
    # Of a map that is wide throughout that has been said.
    said = {"gap", "bridge", "wide"} if sigma > o.check_sigma_s else {"gap", "bridge"}
    poor = sum(part.new_s[1] - part.new_s[0] for part in weak if part.why not in said)
    if poor > o.check_weak * common:
        doubts.append(f"{poor:.0f} s of the {common:.0f} s in common are weak")
    return doubts
