"""The requests of a transfer to the engine, and its answers by marker and new run. Times are seconds of the files."""

from __future__ import annotations

import math
import re
from typing import Any, Callable, NamedTuple

from .engine import Event, error_lines
from .pairs import Pair
from .recordings import Part, Recording
from .reference import ReferenceMarker
from .settings import Settings
from .snapshot import Snapshot

_STATUSES = ("moved", "doubtful", "gap", "outside", "failed")
"""From the best answer to the worst: where several files of a recording give one, the best counts."""
_REASONS = {
    "outside": "the new run does not go there",
    "gap": "nothing was recognised there",
    "failed": "the runs could not be aligned",
}


class Answer(NamedTuple):
    """Where one marker of the reference is in one file of a new run."""

    marker: ReferenceMarker
    path: str
    status: str
    """The engine's, or `failed`."""
    t_s: float | None = None
    """None where it has no place."""
    half_width_s: float = 0.0
    """Half of the interval in which it is."""
    confidence: float = 0.0
    duration_s: float = 0.0
    reason: str = ""
    """Why it has no place."""
    pictures: tuple[str, str] = ("", "")
    """The reference there and the new run at it, WebP in base64; '' where there is none."""

    @property
    def name(self) -> str:
        """The marker's name; Resolve takes no empty one."""
        return self.marker.name.strip() or "Marker"


class Answers:
    """Collects what the engine says of every pair of files."""

    def __init__(
        self, snapshot: Snapshot, pairs: dict[str, list[Pair]], settings: Settings, say: Callable[[str], None]
    ) -> None:
        """Args: `pairs` of the reference and each new run, by its id; `say` gets every line for the person."""
        self._settings = settings
        self._say = say
        self._clock, self._playhead = snapshot.clock, snapshot.playhead
        self._markers = snapshot.reference.markers
        self._answers: dict[tuple[str, Part], Answer] = {}
        self._pairs = pairs
        parts = [(recording, part) for recording in snapshot.new for part in recording.parts]
        self._parts = {f"n{number}": both for number, both in enumerate(parts, start=1)}
        self.verdicts: dict[str, list[str]] = {recording.id: [] for recording in snapshot.new}
        """What was said of each new run, by its id."""
        self._open = {(path, part) for path in {one.path for one in self._markers} for _, part in self._parts.values()}
        """Files of the reference and of new runs that the engine has said nothing of yet."""
        self._asked = ""

    def finished(self) -> list[Recording]:
        """The new runs of which all is said."""
        still = {part for _, part in self._open}
        runs = {recording.id: recording for recording, _ in self._parts.values()}
        return [one for one in runs.values() if not still.intersection(one.parts)]

    def request(self, part: Part) -> dict[str, Any] | None:
        """The request for one file of the reference; None where it has no markers."""
        self._asked = part.path
        mine = [one for one in self._markers if one.path == part.path]
        if not mine:
            return None
        return {
            "do": "transfer",
            "reference": self._excerpt(part),
            "new": [dict(self._excerpt(new), id=id_, at_s=self._at_s(new)) for id_, (_, new) in self._parts.items()],
            "markers": [{"id": one.id, "t_s": float(one.t_s), "duration_s": float(one.duration_s)} for one in mine],
            "anchors": [
                {"new": id_, "ref_s": round(float(pair.ref_s), 6), "new_s": round(float(pair.new_s), 6)}
                for id_, (recording, new) in self._parts.items()
                for pair in self._pairs[recording.id]
                if (pair.ref_path, pair.new_path) == (part.path, new.path)
            ],
            "options": self._settings.engine_options(),
            "pictures": self._settings.report_pictures,
        }

    def take(self, event: Event) -> None:
        """Keeps an event `result`, `picture` or `failed`; others mean nothing here."""
        recording, part = self._parts.get(str(event.get("new")), (None, None))
        if recording is None or part is None:
            return
        if event["event"] == "picture":
            key = str(event.get("marker")), part
            if key in self._answers:
                pictures = _base64(event.get("ref")), _base64(event.get("at"))
                self._answers[key] = self._answers[key]._replace(pictures=pictures)
            return
        self._open.discard((self._asked, part))
        lines, name = [], f"{part.name} {recording.lap}".rstrip()
        if event["event"] == "failed":
            lines.append(f"{name}: not aligned: {' '.join(error_lines(event))}")
        elif event["event"] == "result":
            reasons = "; ".join(str(reason) for reason in event.get("reasons") or [])
            lines.append(f"{name}: {event.get('verdict')}{': ' + reasons if reasons else ''}")
            weak = [one for one in event.get("weak") or [] if isinstance(one, dict)]
            lines += [f"{one.get('text', '')} {one.get('advice', '')}".strip() for one in weak]
            by_id = {marker.id: marker for marker in self._markers}
            for entry in event.get("markers") or []:
                marker = by_id.get(str(entry.get("id"))) if isinstance(entry, dict) else None
                if marker is not None:
                    self._answers[marker.id, part] = _answer(marker, part.path, entry)
        self.verdicts[recording.id] += lines
        for line in lines:
            self._say(line)

    def best(self, recording: Recording) -> list[Answer]:
        """One answer for every marker of the reference: the best of the new recording's files."""
        return [self._best(marker, recording) for marker in self._markers]

    def _best(self, marker: ReferenceMarker, recording: Recording) -> Answer:
        found = [self._answers.get((marker.id, part)) for part in recording.parts]
        return min(
            (answer for answer in found if answer is not None),
            key=lambda answer: (_STATUSES.index(answer.status), -answer.confidence),
            default=Answer(marker, recording.parts[0].path, "failed", reason=_REASONS["failed"]),
        )

    def _at_s(self, part: Part) -> float | None:
        """The second of a file that is under the playhead; None where that is over none of its clips."""
        at, clock = self._playhead, self._clock
        over = [clip for clip in part.clips if at is not None and clip.start <= at < clip.end]
        return float(over[0].from_s + clock.seconds(at - over[0].start)) if over and at is not None else None

    def _excerpt(self, part: Part) -> dict[str, Any]:
        if not part.clips:  # a trail pack
            return {"path": part.path}
        return {
            "path": part.path,
            "from_s": max(0.0, float(part.from_s)),
            "to_s": float(part.to_s),
            "fps": str(part.fps),
            "frames": part.frames,
            "proxy": part.proxy if self._settings.use_proxy and part.proxy else None,
        }


def _answer(marker: ReferenceMarker, path: str, entry: dict[str, Any]) -> Answer:
    """An entry of `markers` in a result; whatever makes no sense is `failed`."""
    status = str(entry.get("status"))
    if status not in _STATUSES:
        return Answer(marker, path, "failed", reason=f"the engine says {status!r}")
    if status in _REASONS:
        return Answer(marker, path, status, reason=_REASONS[status])
    t_s, low_s, high_s = (_finite(entry.get(name)) for name in ("t_s", "low_s", "high_s"))
    if t_s is None:
        return Answer(marker, path, "failed", reason="the engine gave no place")
    half_width_s = (high_s - low_s) / 2 if low_s is not None and high_s is not None else 0.0
    confidence, duration_s = (_finite(entry.get(name)) or 0.0 for name in ("confidence", "duration_s"))
    return Answer(marker, path, status, t_s, half_width_s, confidence, duration_s)


def _finite(value: object) -> float | None:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if is_number and math.isfinite(value) else None  # type: ignore[arg-type]


def _base64(value: object) -> str:
    """A text that holds nothing else, so that it may stand in a page as it is."""
    return value if isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9+/]+={0,2}", value) else ""
