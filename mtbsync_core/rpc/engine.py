"""Requests answered: what is asked is done by jobs, and told in JSON lines as it comes."""

from __future__ import annotations

import math
import platform
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mtbsync_core.errors import MtbsyncError, UsageError
from mtbsync_core.jobs.excerpt import pace
from mtbsync_core.jobs.listener import relayed
from mtbsync_core.jobs.transfer import Transfer, Transferred
from mtbsync_core.markers import COLOURS, MovedMarker
from mtbsync_core.media.probe import probe
from mtbsync_core.media.still import still
from mtbsync_core.rpc.protocol import (
    PROTOCOL,
    CompareRequest,
    compare_request,
    pace_request,
    parse,
    trail_request,
    transfer_request,
)
from mtbsync_core.trail_pack.contents import trail_markers
from mtbsync_core.version import __version__
from mtbsync_core.vision.registry import MATCHER

Emit = Callable[[dict[str, Any]], None]

WIDTH = 320
"""Of the pictures of markers, pixels: two of them and the figures of a marker fill a row of a report."""


@dataclass(frozen=True, slots=True)
class Events:
    """A listener that tells of one new run in events."""

    emit: Emit
    new: str = ""

    def stage(self, name: str, done: int, total: int) -> None:
        """Progress of the run."""
        self.emit({"event": "progress", "new": self.new, "stage": name, "done": done, "total": total})

    def note(self, text: str) -> None:
        """A note."""
        self.emit({"event": "note", "text": text})

    def file(self, name: str, path: Path) -> None:
        """Nothing: a transfer writes none."""


def answer(text: str, emit: Emit) -> None:
    """Answer one request, telling of each new run as it is done.

    Raises:
        UsageError: it is no request that this engine knows.
    """
    do, data = parse(text)
    if do == "hello":
        emit(_hello())
    elif do == "transfer":
        with relayed(Events(emit)):
            _transfer(data, emit)
    elif do == "compare":
        with relayed(Events(emit)):
            _compare(compare_request(data), emit)
    elif do == "pace":
        _paces(data, emit)
    elif do == "trail":
        _trail(trail_request(data), emit)
    else:
        raise UsageError(f"this engine cannot do {do!r}", "It does hello, transfer, compare, pace and trail.")
    emit({"event": "done"})


def _hello() -> dict[str, Any]:
    return {
        "event": "hello",
        "protocol": PROTOCOL,
        "version": __version__,
        "python": platform.python_version(),
        "matcher": MATCHER,
    }


def _transfer(data: dict[str, Any], emit: Emit) -> None:
    """Every new run in turn; one that fails is told of and does not keep the others from being done."""
    request = transfer_request(data)
    transfer = Transfer(request.reference, request.markers, request.options)
    for run in request.new:
        told = Events(emit, run.id)
        try:
            rides = transfer.rides(run, told)
        except MtbsyncError as error:
            emit({"event": "failed", "new": run.id, "error": error.as_dict()})
            continue
        for number, ride in enumerate(rides, start=1):
            which = {"new": run.id, "ride": number, "rides": len(rides)}
            if len(rides) > 1:
                told.note(f"{run.path.name}: ride {number} of {len(rides)}")
            try:
                found = transfer.run(ride, told, request.anchors.get(run.id, ()))
                emit({"event": "result", **which, **_result(found)})
                if request.pictures:
                    _pictures(run.id, number, found, emit)
            except MtbsyncError as error:
                from_s, to_s = (round(at_s, 6) for at_s in ride.span)
                emit({"event": "failed", **which, "from_s": from_s, "to_s": to_s, "error": error.as_dict()})


def _pictures(new: str, ride: int, found: Transferred, emit: Emit) -> None:
    """Both pictures of each marker that has a place."""
    ref, run = found.alignment.media_ref, found.alignment.media_new
    if ref is None or run is None:
        return
    there = [marker for marker in found.seen if marker.t_new is not None]
    for n, marker in enumerate(there):
        Events(emit, new).stage("pictures", n, len(there))
        shown = [still(media, t_s or 0.0, WIDTH) for media, t_s in ((ref, marker.source.t_s), (run, marker.t_new))]
        ref_text, new_text = (b64encode(one).decode("ascii") if one is not None else None for one in shown)
        which = {"new": new, "ride": ride, "marker": marker.source.marker_id}
        emit({"event": "picture", **which, "ref": ref_text, "at": new_text})


def _compare(request: CompareRequest, emit: Emit) -> None:
    found = request.job.run(Events(emit, request.id))
    clips = [
        {
            "track": one.track,
            "at": one.at,
            "length": one.length,
            "path": str(one.path),
            "from_s": round(one.from_s, 6),
            "to_s": round(one.to_s, 6),
        }
        for one in found.clips
    ]
    deltas = [
        {
            "id": one.marker.marker_id,
            "text": one.marker.name,
            "delta_s": round(one.delta_s, 6),
            "half90_s": round(one.half90_s, 6),
        }
        for one in found.deltas
    ]
    emit(
        {
            "event": "timeline",
            "new": request.id,
            "verdict": found.alignment.verdict,
            "reasons": list(found.alignment.reasons),
            "zoom": list(found.zoom),
            "clips": clips,
            "deltas": deltas,
        }
    )


def _paces(data: dict[str, Any], emit: Emit) -> None:
    for file in pace_request(data):
        try:
            emit({"event": "pace", "id": file.id, "pace": pace(file, probe(file.path, chapters=False))})
        except MtbsyncError as error:
            emit({"event": "failed", "new": file.id, "error": error.as_dict()})


def _trail(path: Path, emit: Emit) -> None:
    for number, marker in enumerate(trail_markers(path), start=1):
        colour = marker.colour if marker.colour in COLOURS else COLOURS[0]
        said = {"name": marker.name, "colour": colour, "note": marker.comment}
        times = {"t_s": round(marker.t_s, 6), "duration_s": round(marker.duration_s, 6)}
        emit({"event": "marker", "id": f"m{number}", **times, **said})


def _result(found: Transferred) -> dict[str, Any]:
    return {
        "verdict": found.alignment.verdict,
        "reasons": list(found.alignment.reasons),
        "weak": [{"text": part.text, "advice": part.advice} for part in found.alignment.weak],
        "from_s": round(found.new_from_s, 6),
        "to_s": round(found.new_to_s, 6),
        "markers": [_marker(moved) for moved in found.moved],
    }


def _marker(moved: MovedMarker) -> dict[str, Any]:
    def at(t_s: float | None) -> float | None:
        return None if t_s is None or not math.isfinite(t_s) else round(t_s, 6)

    return {
        "id": moved.source.marker_id,
        "status": moved.status,
        "t_s": at(moved.t_new),
        "low_s": at(moved.t_lo),
        "high_s": at(moved.t_hi),
        "confidence": round(moved.confidence, 6),
        "duration_s": round(moved.duration_new_s, 6),
    }
