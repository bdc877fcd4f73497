"""The map fitted again through pairs that a person gave, from the pairs of the alignment, in a fraction of a second."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mtbsync_core.alignment.from_pairs import alignment_from_pairs
from mtbsync_core.alignment.hmm.segments import SegmentOptions
from mtbsync_core.alignment.judge.verdict import Findings, Quality, VerdictOptions, judge
from mtbsync_core.alignment.pairs import TimePairs
from mtbsync_core.alignment.result import Alignment
from mtbsync_core.alignment.user_pairs import USER_SIGMA_S, UserPair, crosses, in_order
from mtbsync_core.errors import EvidenceError, UsageError
from mtbsync_core.review.by_hand import map_by_hand
from mtbsync_core.warp import TimeWarp

NOTHING = "by hand"
"""The method of an alignment that is none: nothing has compared the two recordings."""
SAME_S = 2e-6
"""Two pairs are one when both clocks agree to this: files of pairs have six decimals."""
_EXACT_S = 1e-3
_REACH_S = 1.0
"""How far the alignment's map may reach beyond the pairs and still be kept, seconds: more than the distance of two
samples, for which a fit knows its ends."""
_LOST_S = 1e-3
_EVERY_S, _MOST = 0.5, 2000
_UNKNOWN_S = 7200.0
"""How much of a map is taken where nothing says how long the recordings are."""
_MANY = 0.2


def refit(base: Alignment, pairs: Sequence[UserPair]) -> Alignment:
    """The alignment with exactly these pairs of a person.

    With the pairs that it had already it is itself. Else the curve is fitted to its pairs anew
    (`alignment_from_pairs`); its ends, its bridges and the figures that pairs alone do not know are kept, and so are
    the doubts that are of its method. One that was refused stays refused. Where nothing aligned the recordings
    (`NOTHING`) the map is that of the pairs alone (`map_by_hand`).

    Raises:
        UsageError: two pairs contradict each other, or one lies outside its recording, or nothing is left that runs
            forward with them.
    """
    ends = tuple(media.duration_s if media is not None else None for media in (base.media_ref, base.media_new))
    user = in_order(pairs, *ends)
    if _same(user, sorted(base.pairs.of_user)):
        return base
    said = f"corrected by hand: the map goes through {len(user)} pair{'s' if len(user) != 1 else ''} of yours"
    options = {**base.options, "user": [list(pair) for pair in user]}
    joined = base.pairs.with_user(user, USER_SIGMA_S)
    if base.method == NOTHING:
        warp = map_by_hand(user, *(_UNKNOWN_S if end is None else end for end in ends))
        by_hand = "no alignment, but pairs of yours alone: between them the map is straight"
        return replace(
            base,
            warp=warp,
            pairs=joined.checked(warp),
            verdict="check" if warp is not None else base.verdict,
            reasons=(by_hand,) if warp is not None else base.reasons,
            options=options,
        )
    if not base.usable:
        waiting = f"{len(user)} pair{'s' if len(user) != 1 else ''} of yours wait for mtbsync align into this folder"
        return replace(base, pairs=joined, options=options, reasons=(*base.reasons, waiting))
    assert base.warp is not None
    fitted = _fitted(_enough(base).with_user(user, USER_SIGMA_S))
    assert fitted.warp is not None
    warp = _with_bridges(_with_ends(fitted.warp, base.warp), base.warp)
    for pair in user:
        off = abs(float(warp.to_new(pair.ref_s)) - pair.new_s)
        if not off <= _EXACT_S:
            raise UsageError(f"the map cannot go through {pair}", "Is it beyond a place where the runs part?")
    kept = [part for part in base.weak if part.why in ("thin", "bridge") and not _hit(part.new_s, user)]
    weak = tuple(sorted((*fitted.weak, *kept), key=lambda part: part.new_s))
    known = Quality(**{**fitted.quality.as_dict(), **base.quality.as_dict()})
    verdict, reasons, quality = judge(
        warp,
        weak,
        Findings(doubts=(*_doubts_of_method(base), *_contradicted(base.pairs, user)), quality=known),
        VerdictOptions(),
    )
    return replace(
        base,
        warp=warp,
        pairs=joined.checked(warp),
        verdict=verdict,
        reasons=(*reasons, said),
        quality=quality,
        options=options,
        weak=weak,
    )


def _fitted(pairs: TimePairs) -> Alignment:
    hint = "Does the pair show the same place? Look at both pictures again."
    try:
        fitted = alignment_from_pairs(pairs)
    except EvidenceError as error:
        raise UsageError(f"that contradicts nearly all of the alignment: {error.message}", hint) from error
    if fitted.warp is None or fitted.verdict == "refused":
        raise UsageError(f"that contradicts the alignment: {'; '.join(fitted.reasons)}", hint)
    return fitted


def _enough(base: Alignment) -> TimePairs:
    """The pairs of an alignment; of a warp file alone places of its own map."""
    if int(base.pairs.valid.sum()) >= SegmentOptions().fewest or base.warp is None:
        return base.pairs
    ends = [media.duration_s if media is not None else _UNKNOWN_S for media in (base.media_ref, base.media_new)]
    warp = base.warp.clip(ref=(0.0, ends[0]), new=(0.0, ends[1])) or base.warp
    parts = warp.mapped()
    step = max(_EVERY_S, sum(b - a for a, b in parts) / _MOST)
    t_ref = np.concatenate([np.arange(a, b, step) for a, b in parts])
    t_ref = t_ref[np.isfinite(warp.to_new(t_ref))]
    sigma = np.maximum(warp.uncertainty(t_ref) / warp.slope(t_ref), USER_SIGMA_S)
    return TimePairs.joined([base.pairs, TimePairs.of(warp.to_new(t_ref), t_ref, sigma)])


def _contradicted(pairs: TimePairs, user: Sequence[UserPair]) -> tuple[str, ...]:
    """A doubt where more of the alignment's pairs than a few contradict those of a person."""
    valid = pairs.valid & (pairs.source != "user")
    against = int((valid & crosses(pairs.t_ref, pairs.t_new, user)).sum())
    if against <= _MANY * valid.sum():
        return ()
    return (f"{against} of {int(valid.sum())} pairs of the alignment contradict yours",)


def _doubts_of_method(base: Alignment) -> tuple[str, ...]:
    """The doubts that the map itself and its weak parts do not explain: those that its method had."""
    if base.verdict != "check":
        return ()
    explained = judge(base.warp, base.weak, Findings(), VerdictOptions()).reasons
    return tuple(reason for reason in base.reasons if reason not in explained)


def _same(some: Sequence[tuple[float, float]], others: Sequence[tuple[float, float]]) -> bool:
    if len(some) != len(others):
        return False
    return not some or bool((np.abs(np.array(some) - np.array(others)) <= SAME_S).all())


def _hit(span: tuple[float, float], user: Sequence[UserPair]) -> bool:
    return any(span[0] <= pair.new_s <= span[1] for pair in user)


def _with_ends(fitted: TimeWarp, base: TimeWarp) -> TimeWarp:
    """The map with what the alignment's has before its first knot and behind its last."""
    before = (base.ref_s < fitted.ref_s[0] - _LOST_S) & (base.new_s < fitted.new_s[0] - _LOST_S)
    behind = (base.ref_s > fitted.ref_s[-1] + _LOST_S) & (base.new_s > fitted.new_s[-1] + _LOST_S)
    before &= base.ref_s > fitted.ref_s[0] - _REACH_S
    behind &= base.ref_s < fitted.ref_s[-1] + _REACH_S
    parts = [fitted]
    if before.any() and base.place(float(fitted.ref_s[0])) == "inside":
        head = np.concatenate([base.columns[:, before], fitted.columns[:, :1]], axis=1)
        parts.insert(0, TimeWarp(*head))
    if behind.any() and base.place(float(fitted.ref_s[-1])) == "inside":
        parts.append(TimeWarp(*np.concatenate([fitted.columns[:, -1:], base.columns[:, behind]], axis=1)))
    return TimeWarp.join(parts)


def _with_bridges(fitted: TimeWarp, base: TimeWarp) -> TimeWarp:
    """The map with the bridges of the alignment's wherever it has a gap in their place."""
    for segment in base.segments():
        inner = base.columns[:, segment.first + 1 : segment.last]
        if segment.kind != "bridge" or not inner.size:
            continue
        middle = float((inner[0, 0] + inner[0, -1]) / 2)
        at = int(np.searchsorted(fitted.ref_s, middle)) - 1
        if at not in fitted.gaps:
            continue
        low, high = fitted.columns[:2, at : at + 1], fitted.columns[:2, at + 1 : at + 2]
        clear = ((inner[:2] > low + _LOST_S) & (inner[:2] < high - _LOST_S)).all(axis=0)
        if clear.any():
            fitted = fitted.bridged(*inner[:, clear])
    return fitted
