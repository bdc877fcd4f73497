"""Is it the same trail? The verdict over an alignment, with its reasons in words.

The lattice's log evidence compares "the new run follows the reference" with "it never does". The same model is asked
about runs that cannot be right, the new run backwards and shuffled, and the real order has to beat them: pictures that
are merely alike (one forest, one car park) help all of them alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mtbsync_core.alignment.emission.grid import Emission
from mtbsync_core.alignment.hmm.transition import LatticeOptions, log_evidence_of
from mtbsync_core.alignment.judge.low_confidence import WeakSegment
from mtbsync_core.alignment.pairs import TimePairs
from mtbsync_core.alignment.result import Verdict
from mtbsync_core.warp import TimeWarp

_SHUFFLES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictOptions:
    """Where the lines are drawn. Evidence is in nats (natural log of a likelihood ratio)."""

    refuse_below: float = 0.6
    """Nats per second of common trail. Seen: other trails below 0, the same backwards 0.1, the same trail 1 to 14."""
    check_below: float = 1.2
    refuse_under_s: float = 4.0
    """Seconds of common trail."""
    check_under_s: float = 10.0
    margin: float = 12.0
    """Nats by which the true order must beat the reversed and the shuffled ones."""
    check_sigma_s: float = 0.2
    check_weak: float = 0.2
    """Share of the common trail that is weak."""


def null_evidence(evidence: Emission, options: LatticeOptions) -> float:
    """The best log evidence among the new run reversed and shuffled; negative where none fits better than "away"."""
    rng = np.random.default_rng(0)
    t = evidence.t_new
    back = t[-1] + t[0] - t[::-1]
    best = log_evidence_of(Emission(evidence.log_ratio[::-1], back, evidence.step_s), options)
    for _ in range(_SHUFFLES):  # a large copy each, which is gone before the next
        best = max(best, log_evidence_of(_shuffled(evidence, rng), options))
    return best


def _shuffled(evidence: Emission, rng: np.random.Generator) -> Emission:
    order = rng.permutation(len(evidence.t_new))
    return Emission(evidence.log_ratio[order], evidence.t_new, evidence.step_s)


def judge(
    warp: TimeWarp | None,
    pairs: TimePairs,
    log_evidence: float,
    null: float,
    weak: Sequence[WeakSegment],
    options: VerdictOptions | None = None,
) -> tuple[Verdict, tuple[str, ...], dict[str, float]]:
    """Verdict, reasons and figures.

    Args:
        warp: the fitted warp, None where there was nothing to fit.
        log_evidence: of the true order, nats.
        null: what `null_evidence` gave.
        weak: the weak parts; gaps and bridges are doubts, the others when they make up much of the common trail.
    """
    o = options or VerdictOptions()
    common = _seen_new_s(warp)
    rate = log_evidence / max(common, 1.0)
    anchors = np.isin(pairs.source, ("anchor", "unrefined"))
    figures = {
        "evidence": round(log_evidence, 3),
        "null_evidence": round(null, 3),
        "evidence_per_s": round(rate, 3),
        "common_new_s": round(common, 3),
        "common_ref_s": round(sum(b - a for a, b in warp.mapped()) if warp else 0.0, 3),
        "median_sigma_s": round(float(np.median(warp.sigma_s)), 4) if warp else 0.0,
        "verified_frac": round(float((pairs.n_inliers[anchors] > 0).mean()), 3) if anchors.any() else 0.0,
    }
    refuse = _refusals(warp, common, rate, log_evidence - max(null, 0.0), o)
    if refuse:
        return "refused", tuple(refuse), figures
    assert warp is not None
    check = _doubts(warp, common, rate, weak, o)
    return ("check" if check else "good"), tuple(check) or ("the runs agree throughout",), figures


def _refusals(warp: TimeWarp | None, common: float, rate: float, lead: float, o: VerdictOptions) -> list[str]:
    if warp is None or common < o.refuse_under_s:
        return [f"only {common:.1f} s of the new run look like a part of the reference"]
    reasons = []
    if rate < o.refuse_below:
        reasons.append(f"the pictures agree too weakly ({rate:.2f} per second, {o.refuse_below} needed)")
    if lead < o.margin:
        reasons.append("played backwards or shuffled, the new run matches the reference about as well")
    return reasons


def _doubts(warp: TimeWarp, common: float, rate: float, weak: Sequence[WeakSegment], o: VerdictOptions) -> list[str]:
    reasons = []
    if rate < o.check_below:
        reasons.append(f"the pictures agree weakly ({rate:.2f} per second)")
    if common < o.check_under_s:
        reasons.append(f"only {common:.1f} s are common to both runs")
    sigma = float(np.median(warp.sigma_s))
    if sigma > o.check_sigma_s:
        reasons.append(f"places are known to {sigma:.2f} s only")
    reasons += [part.text for part in weak if part.why in ("gap", "bridge")]
    poor = sum(part.new_s[1] - part.new_s[0] for part in weak if part.why not in ("gap", "bridge"))
    if poor > o.check_weak * common:
        reasons.append(f"{poor:.0f} s of the {common:.0f} s in common are weak")
    return reasons


def _seen_new_s(warp: TimeWarp | None) -> float:
    """Seconds of the new run that the pictures put on the reference."""
    if warp is None:
        return 0.0
    steps = np.diff(warp.new_s)
    steps[list(warp.gaps | warp.bridges)] = 0.0
    return float(steps.sum())
