"""Markers of a part of one file carried over to parts of others, as editors have them on a timeline.

Each part is looked at with `HANDLES_S` more at both ends, since editors trim; where that is too little to be sure, the
whole files are.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from mtbsync_core.alignment.pipeline import solve
from mtbsync_core.alignment.preparation import AlignOptions, Stopwatch, prepare
from mtbsync_core.alignment.result import Alignment
from mtbsync_core.errors import EvidenceError, MediaError, MtbsyncError
from mtbsync_core.markers import Marker, MovedMarker, transfer
from mtbsync_core.media.probe import probe, probe_file
from mtbsync_core.media.proxy import why_not
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.rpc.protocol import Excerpt, TransferRequest
from mtbsync_core.vision.index import FrameIndex, IndexOptions, build_index
from mtbsync_core.vision.matchers import DEFAULT, checked_name

HANDLES_S = 20.0
Emit = Callable[[dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class _Part:
    """What was looked at: its samples, and where its clock begins in the file, seconds."""

    index: FrameIndex
    from_s: float
    whole: bool


def run_transfer(request: TransferRequest, emit: Emit, *, threads: int) -> int:
    """Carry the markers to every new run, telling of each as it is done; how many could not be aligned at all.

    A new run that fails is told of and does not keep the others from being done.

    Raises:
        MediaError: the reference cannot be used.
        UsageError: there is no such matcher, or the reference's part is empty.
    """
    options = AlignOptions(index=IndexOptions(matcher=checked_name(request.matcher or DEFAULT)))
    parts: dict[bool, _Part] = {}

    def reference(whole: bool, tick: Callable[[str, int, int], None]) -> _Part:
        """Made once for all new runs."""
        if whole not in parts:
            part = _look(request.reference, options.index, threads, tick, emit, whole=whole)
            parts[whole] = part
            if part.whole:
                parts[True] = part
        return parts[whole]

    failed = 0
    for run in request.new:

        def tick(stage: str, done: int, total: int, run: Excerpt = run) -> None:
            emit({"event": "progress", "new": run.id, "stage": stage, "done": done, "total": total})

        try:
            emit(_carried(request, run, options, threads, tick, emit, reference))
        except MtbsyncError as error:
            failed += 1
            emit({"event": "failed", "new": run.id, "error": error.as_dict()})
    return failed


def _carried(
    request: TransferRequest,
    run: Excerpt,
    options: AlignOptions,
    threads: int,
    tick: Callable[[str, int, int], None],
    emit: Emit,
    reference: Callable[[bool, Callable[[str, int, int], None]], _Part],
) -> dict[str, Any]:
    """The result for one new run, from the parts, and from the whole files where these are not enough."""
    found, ref, new = _aligned(request, run, options, threads, tick, emit, reference, whole=False)
    if (found is None or found.verdict == "refused") and not (ref.whole and new.whole):
        emit(
            {
                "event": "note",
                "text": f"{run.path.name}: too little in common in these parts: looking at the whole files",
            }
        )
        found, ref, new = _aligned(request, run, options, threads, tick, emit, reference, whole=True)
    if found is None:
        raise EvidenceError(
            f"{run.path.name} and {request.reference.path.name} show too little to be compared",
            "Leave more of both clips on the timeline.",
        )
    if not found.usable:
        moved = []
    else:
        markers = [Marker(m.id, m.t_s - ref.from_s, m.duration_s) for m in request.markers]
        moved = transfer(markers, found.usable_warp(), review_threshold=request.review_threshold)
    return {
        "event": "result",
        "new": run.id,
        "verdict": found.verdict,
        "reasons": list(found.reasons),
        "weak": [{"text": w.text, "advice": w.advice} for w in found.weak],
        "from_s": round(new.from_s, 6),
        "to_s": round(new.from_s + new.index.media.duration_s, 6),
        "markers": [_answer(m, new.from_s) for m in moved],
    }


def _aligned(
    request: TransferRequest,
    run: Excerpt,
    options: AlignOptions,
    threads: int,
    tick: Callable[[str, int, int], None],
    emit: Emit,
    reference: Callable[[bool, Callable[[str, int, int], None]], _Part],
    *,
    whole: bool,
) -> tuple[Alignment | None, _Part, _Part]:
    ref = reference(whole, tick)
    new = _look(run, options.index, threads, tick, emit, whole=whole)
    clock = Stopwatch(tick)
    moments = [m.t_s - ref.from_s for m in request.markers]
    inside = [t for t in moments if 0 <= t <= ref.index.media.duration_s]
    try:
        prepared = prepare(ref.index, new.index, options=options, moments_s=inside, threads=threads, clock=clock)
        return solve(prepared, clock=clock), ref, new
    except EvidenceError:
        return None, ref, new


def _look(
    excerpt: Excerpt,
    options: IndexOptions,
    threads: int,
    tick: Callable[[str, int, int], None],
    emit: Emit,
    *,
    whole: bool,
) -> _Part:
    media = _with_proxy(probe(excerpt.path, chapters=False), excerpt, emit)
    from_s = max(0.0, excerpt.from_s - HANDLES_S)
    to_s = min(media.duration_s, excerpt.to_s + HANDLES_S)
    if whole or (from_s <= 0 and to_s >= media.duration_s):
        part, from_s, whole = media, 0.0, True
    else:
        part = media.excerpt(from_s, to_s)
    if part.files[0].proxy is not None:
        options = replace(options, proxy=False)  # the editor's own is taken, not looked for
    stage = f"looking at {excerpt.path.name}"
    index = build_index(part, options, threads=threads, progress=lambda done, total: tick(stage, done, total))
    return _Part(index, from_s, whole)


def _with_proxy(media: MediaInfo, excerpt: Excerpt, emit: Emit) -> MediaInfo:
    """The recording with the editor's small copy of it, where that fits."""
    if excerpt.proxy is None:
        return media
    try:
        reason = why_not(media, probe_file(excerpt.proxy))
    except MediaError as error:
        reason = error.message
    if reason:
        emit({"event": "note", "text": f"the proxy {excerpt.proxy} is not used: {reason}"})
        return media
    return replace(media, files=(replace(media.files[0], proxy=excerpt.proxy),))


def _answer(marker: MovedMarker, from_s: float) -> dict[str, Any]:
    def at(t_s: float | None) -> float | None:
        return None if t_s is None or not math.isfinite(t_s) else round(t_s + from_s, 6)

    return {
        "id": marker.source.name,
        "status": marker.status,
        "t_s": at(marker.t_new),
        "low_s": at(marker.t_lo),
        "high_s": at(marker.t_hi),
        "confidence": round(marker.confidence, 6),
        "duration_s": round(marker.duration_new_s, 6),
    }
