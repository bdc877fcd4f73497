"""What the pictures say for the common trail: the log evidence of the lattice against null models.

The lattice's log evidence compares "the new run follows the reference" with "it never does". The same model is asked
about runs that cannot be right, the new run backwards and shuffled (a permutation test), and the real order has to beat
them: pictures that are merely alike (one forest, one car park) help all of them alike.
"""

from __future__ import annotations

import numpy as np

from mtbsync_core.alignment.emission.grid import Emission
from mtbsync_core.alignment.hmm.forward_backward import log_evidence_of
from mtbsync_core.alignment.hmm.transition import TransitionOptions
from mtbsync_core.alignment.judge.verdict import Findings, Quality, VerdictOptions, common_new_s
from mtbsync_core.alignment.pairs import TimePairs
from mtbsync_core.warp import TimeWarp


def null_evidence(evidence: Emission, options: TransitionOptions, shuffles: int = 3) -> float:
    """The best log evidence, nats, among the new run reversed and shuffled; negative where none fits better than
    "away".
    """
    rng = np.random.default_rng(0)
    t = evidence.t_new
    back = t[-1] + t[0] - t[::-1]
    best = log_evidence_of(Emission(evidence.log_ratio[::-1], back, evidence.step_s), options)
    for _ in range(shuffles):  # a large copy each, which is gone before the next
        shuffled = evidence.log_ratio[rng.permutation(len(t))]
        best = max(best, log_evidence_of(Emission(shuffled, t, evidence.step_s), options))
        del shuffled
    return best


def evidence_findings(
    warp: TimeWarp | None,
    pairs: TimePairs,
    log_evidence: float,
    null: float,
    zoom: float,
    pace: float,
    o: VerdictOptions,
) -> Findings:
    """What the pictures have for and against a map.

    Args:
        log_evidence: of the true order, nats.
        null: what `null_evidence` gave.
        zoom: ratio of the angles of view as it was found; 1 where it was not looked for, NaN where it was, in vain.
        pace: how many times as slowly as those of fast rides the pictures change.
    """
    rate = log_evidence / max(common_new_s(warp), 1.0)
    refusals, doubts = [], []
    if rate < o.refuse_below:
        refusals.append(f"the pictures agree too weakly ({rate:.2f} per second, {o.refuse_below} needed)")
    elif rate < o.check_below:
        doubts.append(f"the pictures agree weakly ({rate:.2f} per second)")
    if log_evidence - max(null, 0.0) < o.margin:
        refusals.append("played backwards or shuffled, the new run matches the reference about as well")
    if np.isnan(zoom):
        doubts.append("the two cameras see unlike angles, and nothing tells by how much")
    anchors = np.isin(pairs.source, ("anchor", "unrefined"))
    quality = Quality(
        evidence=round(log_evidence, 3),
        null_evidence=round(null, 3),
        evidence_per_s=round(rate, 3),
        verified_frac=round(float((pairs.n_inliers[anchors] > 0).mean()), 3) if anchors.any() else 0.0,
        zoom=round(zoom, 3) if np.isfinite(zoom) and zoom != 1.0 else None,
        pace=round(pace, 2) if pace != 1.0 else None,
    )
    return Findings(refusals=tuple(refusals), doubts=tuple(doubts), quality=quality)
