"""Requests to the engine from a snapshot, and its answers by marker and new run. All times: seconds of the files."""

from __future__ import annotations

import math
import os
from typing import Any, Callable, NamedTuple

from .engine import Event, error_text
from .recordings import Part, Recording
from .reference import ReferenceMarker
from .settings import Settings
from .snapshot import Snapshot

_RANK = ("moved", "doubtful", "gap", "outside", "failed")
"""From the best answer to the worst; one of several files of a recording may have the place."""


class Answer(NamedTuple):
    """Where one marker is in one file of a new run. `status` as in the engine, or `failed` with the reason."""

    marker: ReferenceMarker
    path: str
    status: str
    t_s: float
    half_width_s: float
    confidence: float
    duration_s: float
    reason: str

    @property
    def is_placed(self) -> bool:
        """Whether it has a place."""
        return self.status in ("moved", "doubtful")


class Heard:
    """What the engine said about every pair of files, as it came in."""

    def __init__(self, snapshot: Snapshot, settings: Settings, tell: Callable[[str], None]) -> None:
        self._settings = settings
        self._tell = tell
        self._answers: dict[tuple[str, str], Answer] = {}
        self.verdicts: dict[str, list[str]] = {}
        """Lines by the key of the new run."""
        self.new = snapshot.new
        self.markers = snapshot.reference.markers
        self._parts = {
            f"n{number}": (recording, part)
            for number, (recording, part) in enumerate(
                ((recording, part) for recording in snapshot.new for part in recording.parts), start=1
            )
        }

    def request(self, part: Part) -> dict[str, Any]:
        """What to ask about one file of the reference; it has markers."""
        settings = self._settings
        return {
            "do": "transfer",
            "reference": self._excerpt(part),
            "new": [dict(self._excerpt(new), id=id_) for id_, (_, new) in self._parts.items()],
            "markers": [
                {"id": marker.id, "t_s": float(marker.t_s), "duration_s": float(marker.duration_s)}
                for marker in self.markers
                if os.path.normcase(marker.path) == os.path.normcase(part.path)
            ],
            "options": {
                "matcher": settings.matcher or None,
                "threads": settings.threads or None,
                "review_threshold": settings.review_threshold,
            },
        }

    def take(self, event: Event) -> None:
        """Keeps a result; progress and notes are for others."""
        found = self._parts.get(str(event.get("new")))
        if found is None:
            return
        recording, part = found
        if event["event"] == "failed":
            message, hint = error_text(event)
            self._say(recording, "{}: not aligned: {}".format(part_name(part), (message + " " + hint).strip()))
        elif event["event"] == "result":
            why = "; ".join(str(reason) for reason in event.get("reasons") or [])
            verdict = str(event.get("verdict"))
            self._say(recording, "{}: {}{}".format(part_name(part), verdict, ": " + why if why else ""))
            for weak in event.get("weak") or []:
                if isinstance(weak, dict):
                    self._say(recording, "{} {}".format(weak.get("text", ""), weak.get("advice", "")))
            by_id = {marker.id: marker for marker in self.markers}
            for entry in event.get("markers") or []:
                marker = by_id.get(str(entry.get("id"))) if isinstance(entry, dict) else None
                if marker is not None:
                    self._answers[(marker.id, part.path)] = _answer(marker, part.path, entry)

    def answers(self, recording: Recording) -> list[Answer]:
        """One answer for every marker of the reference: the best of the recording's files."""
        return [self._best(marker, recording) for marker in self.markers]

    def _best(self, marker: ReferenceMarker, recording: Recording) -> Answer:
        found = [self._answers.get((marker.id, part.path)) for part in recording.parts]
        there = [answer for answer in found if answer is not None]
        if not there:
            path = recording.parts[0].path
            return Answer(marker, path, "failed", 0.0, 0.0, 0.0, 0.0, "the runs could not be aligned")
        return min(there, key=lambda answer: (_RANK.index(answer.status), -answer.confidence))

    def _say(self, recording: Recording, line: str) -> None:
        self.verdicts.setdefault(recording.key, []).append(line.strip())
        self._tell(line.strip())

    def _excerpt(self, part: Part) -> dict[str, Any]:
        return {
            "path": part.path,
            "from_s": max(0.0, float(part.from_s)),
            "to_s": float(part.to_s),
            "proxy": part.proxy if self._settings.use_proxy and part.proxy else None,
        }


def part_name(part: Part) -> str:
    """The file's name."""
    return part.path.replace("\\", "/").rpartition("/")[2]


def _answer(marker: ReferenceMarker, path: str, entry: dict[str, Any]) -> Answer:
    status = str(entry.get("status"))
    at, low, high = (_finite(entry.get(name)) for name in ("t_s", "low_s", "high_s"))
    confidence = _finite(entry.get("confidence")) or 0.0
    if status in ("moved", "doubtful") and at is None:
        return Answer(marker, path, "failed", 0.0, 0.0, 0.0, 0.0, "the engine gave no place")
    if status not in _RANK:
        return Answer(marker, path, "failed", 0.0, 0.0, 0.0, 0.0, f"the engine says {status!r}")
    half = (high - low) / 2 if low is not None and high is not None else 0.0
    reasons = {
        "outside": "the new run does not go there",
        "gap": "nothing was recognised there",
        "failed": "the runs could not be aligned",
    }
    length = _finite(entry.get("duration_s")) or 0.0
    return Answer(marker, path, status, at or 0.0, half, confidence, length, reasons.get(status, ""))


def _finite(value: object) -> float | None:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if is_number and math.isfinite(value) else None  # type: ignore[arg-type]
