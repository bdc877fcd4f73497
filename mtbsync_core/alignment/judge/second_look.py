"""Whether a describer leaves doubt, and which of two is the clearer: evidence against null evidence (`null_evidence`).

Nothing here knows the path that was found, so the choice favours no describer that merely fits itself.
"""

from __future__ import annotations

from mtbsync_core.alignment.judge.verdict import Quality, VerdictOptions


def in_doubt(quality: Quality, o: VerdictOptions) -> bool:
    """Whether the pictures agree weakly, or hardly better than the new run backwards or shuffled does."""
    evidence, null = quality.evidence or 0.0, max(quality.null_evidence or 0.0, 0.0)
    weak = (quality.evidence_per_s or 0.0) < o.check_below or evidence - null < o.margin
    return weak or evidence < o.clear * null


def clearness(quality: Quality, o: VerdictOptions) -> float:
    """Evidence over null evidence, the latter at least the margin that is asked for: below that it is chance."""
    return (quality.evidence or 0.0) / max(quality.null_evidence or 0.0, o.margin)
