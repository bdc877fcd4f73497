"""What the pictures say for the common trail: the log evidence of the lattice against null models.

The lattice's log evidence compares "the new run follows the reference" with "it never does". The same model is asked
about runs that cannot be right, the new run backwards, shuffled, and with its parts in reverse order (a permutation
test), and the real order has to beat them: pictures that are merely alike (one forest, one car park) help all of them
alike. What scenery in the same order helps is taken off by `local_evidence`, or outdone by corners that agree.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mtbsync_core.alignment.emission.grid import Emission
from mtbsync_core.alignment.hmm.forward_backward import log_evidence_of
from mtbsync_core.alignment.hmm.transition import TransitionOptions
from mtbsync_core.alignment.judge.verdict import Findings, Quality, VerdictOptions, common_new_s
from mtbsync_core.warp import TimeWarp

_FEWEST_BLOCKS = 8
"""A true pair matches in one of the parts in reverse order, so that the null model has an eighth of its evidence."""


def null_evidence(evidence: Emission, options: TransitionOptions, block_s: float = 5.0, shuffles: int = 2) -> float:
    """The best log evidence, nats, among the new run reversed, cut into blocks in reverse order, and shuffled; negative
    where none fits better than "away".

    Shuffled pictures have lost what neighbours share; blocks keep it. They are not shuffled but reversed: of shuffled
    ones a good part of a true pair would still follow in order.
    """
    rng = np.random.default_rng(0)
    t = evidence.t_new
    back = t[-1] + t[0] - t[::-1]
    best = log_evidence_of(Emission(evidence.log_ratio[::-1], back, evidence.step_s), options)
    blocks = np.array_split(np.arange(len(t)), max(_FEWEST_BLOCKS, round((t[-1] - t[0]) / block_s)))
    for order in (np.concatenate(blocks[::-1]), *(rng.permutation(len(t)) for _ in range(shuffles))):
        moved = evidence.log_ratio[order]  # a large copy each, which is gone before the next
        best = max(best, log_evidence_of(Emission(moved, t, evidence.step_s), options))
        del moved
    return best


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureEvidence:
    """What pictures and corners have for a map.

    `log_evidence`: of the true order, nats; `null`: what `null_evidence` gave; `local`: what `local_evidence` gave;
    `zoom`: ratio of the angles of view as it was found, 1 where it was not looked for, NaN where it was, in vain;
    `verified`: share of the moments at which corners agree, `by_chance` that at wrong places, and `verified_nats` the
    log likelihood ratio of the two; the first two are None where no corners were looked for; `pace`: how many times as
    slowly as those of fast rides the pictures change; `sigma_scale`: what held-out anchors made of the map's deviation,
    None where there were none; `witnessed`: what `local_evidence` gave by the contrast of the describer that did not
    find the map, None where there is but one.
    """

    log_evidence: float
    null: float
    local: float
    zoom: float = 1.0
    pace: float = 1.0
    verified: float | None = None
    by_chance: float | None = None
    verified_nats: float = 0.0
    sigma_scale: float | None = None
    witnessed: float | None = None


def evidence_findings(warp: TimeWarp | None, seen: PictureEvidence, o: VerdictOptions) -> Findings:
    """What the pictures have for and against a map."""
    common = max(common_new_s(warp), 1.0)
    rate, local_rate = seen.log_evidence / common, seen.local / common
    refusals, doubts = [], []
    if rate < o.refuse_below:
        refusals.append(f"the pictures agree too weakly ({rate:.2f} per second, {o.refuse_below} needed)")
    elif rate < o.check_below:
        doubts.append(f"the pictures agree weakly ({rate:.2f} per second)")
    if seen.log_evidence - max(seen.null, 0.0) < o.margin:
        refusals.append("played backwards, shuffled or in parts, the new run matches the reference about as well")
    if np.isnan(seen.zoom):
        doubts.append("the two cameras see unlike angles, and nothing tells by how much")
    # What pictures have against single places, by either describer, corners have to outweigh.
    if seen.verified_nats + min(seen.local, seen.witnessed or 0.0, 0.0) < o.verified_nats:
        contradicted = seen.witnessed is not None and seen.witnessed < 0 and local_rate < o.alone_local
        if contradicted or seen.local < max(o.margin, o.refuse_local * common):
            refusals.append("the two runs share a kind of scenery, but no single places in it")
        elif local_rate < o.check_local:
            doubts.append(f"single places hardly stand out from their surroundings ({local_rate:.2f} per second)")
        if seen.verified is not None:
            doubts.append(f"corners agree at {seen.verified:.0%} of the moments, hardly more than at wrong places")
    quality = Quality(
        evidence=round(seen.log_evidence, 3),
        null_evidence=round(seen.null, 3),
        evidence_per_s=round(rate, 3),
        local_evidence_per_s=round(local_rate, 3),
        witnessed_per_s=round(seen.witnessed / common, 3) if seen.witnessed is not None else None,
        verified_frac=round(seen.verified, 3) if seen.verified is not None else None,
        verified_by_chance=round(seen.by_chance, 3) if seen.by_chance is not None else None,
        verified_nats=round(seen.verified_nats, 3),
        sigma_scale=round(seen.sigma_scale, 3) if seen.sigma_scale is not None else None,
        zoom=round(seen.zoom, 3) if np.isfinite(seen.zoom) and seen.zoom != 1.0 else None,
        pace=round(seen.pace, 2) if seen.pace != 1.0 else None,
    )
    return Findings(refusals=tuple(refusals), doubts=tuple(doubts), quality=quality)
