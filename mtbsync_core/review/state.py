"""The state of a review as JSON-ready data: what the page draws, and nothing that it would have to work out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from mtbsync_core.jobs.edits import NOTE, MarkerEdit
from mtbsync_core.markers import MovedMarker
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.review import figures
from mtbsync_core.review.review import View


def state(view: View, *, writable: bool) -> dict[str, Any]:
    """All of it; times are seconds of the clock that their name says, None what is not known."""
    alignment, edits, history = view.alignment, view.edits, view.history
    warp = alignment.warp if alignment.usable else None
    markers = [_marker(m, view) for m in sorted(view.moved, key=lambda m: (m.source.t_s, m.source.marker_id))]
    undo, redo = history.undoes, history.redoes
    return {
        "run": view.run,
        "title": title(view),
        "revision": view.revision,
        "writable": writable,
        "saved": view.saved,
        "problems": list(view.problems),
        "verdict": alignment.verdict,
        "reasons": list(alignment.reasons),
        "weak": [part.as_dict() for part in alignment.weak],
        "quality": alignment.quality.as_dict(),
        "ref": _recording(alignment.media_ref),
        "new": _recording(alignment.media_new),
        "warp": None
        if warp is None
        else {"knots": warp.knots(), "gaps": sorted(warp.gaps), "bridges": sorted(warp.bridges)},
        "pairs": figures.pairs_of(alignment.pairs, warp),
        "user_pairs": [asdict(pair) for pair in edits.pairs],
        "delta": figures.delta(warp, view.end_s, view.track),
        "markers": markers,
        "flags": [asdict(flag) for flag in edits.flags],
        "sectors": figures.sectors(warp, view.moved, view.end_s),
        "summary": figures.summary(warp, view.moved),
        "coverage": figures.coverage(warp, view.end_s),
        "histogram": figures.histogram(markers),
        "notes": [asdict(note) for note in view.notes],
        "can_undo": undo is not None,
        "can_redo": redo is not None,
        "undo_label": undo.label if undo is not None else None,
        "redo_label": redo.label if redo is not None else None,
    }


def title(view: View) -> str:
    """The new run against the reference, by the names of their files."""
    names = [media.path.stem if media else None for media in (view.alignment.media_new, view.alignment.media_ref)]
    return " against ".join(name or word for name, word in zip(names, ("new run", "reference"), strict=True))


def _recording(media: MediaInfo | None) -> Mapping[str, Any] | None:
    if media is None:
        return None
    return {
        "name": media.name,
        "duration_s": media.duration_s,
        "rate": f"{media.rate.numerator}/{media.rate.denominator}",
        "start_timecode": media.start_timecode,
        "drop": media.drop,
        "width": media.width,
        "height": media.height,
        "n_frames": media.n_frames,
    }


def _marker(moved: MovedMarker, view: View) -> dict[str, Any]:
    source, id = moved.source, moved.source.marker_id
    delta = figures.marker_delta(view.alignment.warp if view.alignment.usable else None, moved)
    return {
        "id": id,
        "name": source.name,
        "colour": source.colour,
        "comment": source.comment,
        "t_ref": round(source.t_s, 6),
        "t_new": _rounded(moved.t_new),
        "t_lo": _rounded(moved.t_lo),
        "t_hi": _rounded(moved.t_hi),
        "confidence": round(moved.confidence, 4),
        "status": moved.status,
        "needs_review": moved.needs_review,
        "delta_s": _rounded(delta, 4),
        "note": source.extra.get(NOTE, ""),
        "edited": view.edits.marker(id) != MarkerEdit() or any(one.id == id for one in view.edits.added),
        "flagged": any(flag.marker == id for flag in view.edits.flags),
    }


def _rounded(value: float | None, digits: int = 6) -> float | None:
    return None if value is None else round(value, digits)
