"""The requests of a transfer to the engine, and its answers by marker and ride. Times are seconds of the files.

A ride is once down the trail of the reference. Most new runs are one; a long recording may show several, and the engine
answers for each. What it finds in the files of one recording is put together again: a ride goes on in the next chapter
of a camera, and over the chapters of the reference.
"""

from __future__ import annotations

import math
import re
from typing import Any, Callable, NamedTuple

from .engine import Event, error_lines
from .ours import file_digest
from .pairs import Pair
from .recordings import Part, Recording
from .reference import ReferenceMarker
from .settings import Settings
from .snapshot import Snapshot
from .texts import text
from .timeline_clock import minutes

_STATUSES = ("moved", "doubtful", "gap", "outside", "failed")
"""From the best answer to the worst: where several files of a recording give one, the best counts."""
_NOWHERE = ("gap", "outside", "failed")
"""Those of a marker without a place."""


class Ride(NamedTuple):
    """One ride of the reference in a new run."""

    number: int = 0
    """From 1, in the order of time; 0 where the new run is the only one."""
    spans: tuple[tuple[str, float, float], ...] = ()
    """Where it was looked for: digest of the file's name, and seconds of the file."""

    def shows(self, file: str, t_s: float) -> bool:
        """Whether a moment is of this ride; `file` is the digest of the file's name."""
        return not self.number or any(name == file and low <= t_s < high for name, low, high in self.spans)


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
    ride: Ride = Ride()

    @property
    def name(self) -> str:
        """The marker's name, with the number of the ride where there are several; Resolve takes no empty one."""
        name = self.marker.name.strip() or "Marker"
        return f"{name} (ride {self.ride.number})" if self.ride.number else name

    @property
    def key(self) -> tuple[str, int]:
        """Tells the answers for one new run apart."""
        return self.marker.id, self.ride.number


class _Piece:
    """What the engine says of one ride in one file of a new run, beside one file of the reference."""

    def __init__(self, asked: str, part: Part, low_s: float, high_s: float) -> None:
        self.files = asked, part
        self.low_s = low_s
        self.high_s = high_s
        self.answers: dict[str, Answer] = {}
        """By the id of the marker."""


class Answers:
    """Collects what the engine says of every pair of files."""

    def __init__(
        self, snapshot: Snapshot, pairs: dict[str, list[Pair]], settings: Settings, say: Callable[[str], None]
    ) -> None:
        """Args: `pairs` of the reference and each new run, by its id; `say` gets every line for the person."""
        self._settings = settings
        self._say = say
        self._markers = snapshot.reference.markers
        self._pieces: dict[tuple[str, Part, int], _Piece] = {}
        """By the file of the reference, that of the new run, and the number that the engine gives to the ride."""
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
            "new": [dict(self._excerpt(new), id=id_) for id_, (_, new) in self._parts.items()],
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
        number, rides = event.get("ride", 1), event.get("rides", 1)
        key = self._asked, part, number
        if event["event"] == "picture":
            id_, piece = str(event.get("marker")), self._pieces.get(key)
            if piece is not None and id_ in piece.answers:
                pictures = _base64(event.get("ref")), _base64(event.get("at"))
                piece.answers[id_] = piece.answers[id_]._replace(pictures=pictures)
            return
        if number == rides:
            self._open.discard((self._asked, part))
        low_s, high_s = _finite(event.get("from_s")) or 0.0, _finite(event.get("to_s"))
        piece = self._pieces[key] = _Piece(self._asked, part, low_s, math.inf if high_s is None else high_s)
        lines, name = [], f"{part.name} {recording.lap}".rstrip()
        if rides != 1:
            name = text("ride_from_to", name=name, first=minutes(piece.low_s), last=minutes(piece.high_s))
        if event["event"] == "failed":
            lines.append(text("not_aligned", name=name, why=" ".join(error_lines(event))))
        elif event["event"] == "result":
            reasons = "; ".join(str(reason) for reason in event.get("reasons") or [])
            lines.append(f"{name}: {event.get('verdict')}{': ' + reasons if reasons else ''}")
            weak = [one for one in event.get("weak") or [] if isinstance(one, dict)]
            lines += [f"{one.get('text', '')} {one.get('advice', '')}".strip() for one in weak]
            by_id = {marker.id: marker for marker in self._markers}
            for entry in event.get("markers") or []:
                marker = by_id.get(str(entry.get("id"))) if isinstance(entry, dict) else None
                if marker is not None:
                    piece.answers[marker.id] = _answer(marker, part.path, entry)
        self.verdicts[recording.id] += lines
        for line in lines:
            self._say(line)

    def best(self, recording: Recording) -> list[Answer]:
        """One answer for every marker of the reference and every ride of the new recording, in the order of time."""
        rides = self._rides(recording)
        return [
            self._best(marker, recording, pieces)._replace(ride=_ride(number if len(rides) > 1 else 0, pieces))
            for number, pieces in enumerate(rides, start=1)
            for marker in self._markers
        ]

    def _rides(self, recording: Recording) -> list[list[_Piece]]:
        """What the engine found, by rides; an empty one where it found nothing."""
        order = {part: number for number, part in enumerate(recording.parts)}
        mine = [piece for piece in self._pieces.values() if piece.files[1] in order]
        rides: list[list[_Piece]] = []
        for piece in sorted(mine, key=lambda one: (order[one.files[1]], one.low_s)):
            if rides and self._goes_on(rides[-1], piece):
                rides[-1].append(piece)
            else:
                rides.append([piece])
        return rides or [[]]

    def _goes_on(self, ride: list[_Piece], piece: _Piece) -> bool:
        """Whether a piece is of the ride before it: of other files, and further on in the reference."""
        if any(piece.files == one.files for one in ride):
            return False
        before, behind = self._placed(ride), self._placed([piece])
        if not before or not behind or before[-1] < behind[0]:
            return True
        # Both files may show the marker at the end of a chapter.
        return before[-1] == behind[0] and len(before) + len(behind) > 2

    def _placed(self, pieces: list[_Piece]) -> list[int]:
        """Which markers have a place there, by their number in the order of time."""
        ids = {id_ for piece in pieces for id_, answer in piece.answers.items() if answer.t_s is not None}
        return [number for number, marker in enumerate(self._markers) if marker.id in ids]

    def _best(self, marker: ReferenceMarker, recording: Recording, pieces: list[_Piece]) -> Answer:
        """The best answer of all files that show the ride."""
        return min(
            (piece.answers[marker.id] for piece in pieces if marker.id in piece.answers),
            key=lambda answer: (_STATUSES.index(answer.status), -answer.confidence),
            default=Answer(marker, recording.parts[0].path, "failed", reason=text("reason_failed")),
        )

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


def _ride(number: int, pieces: list[_Piece]) -> Ride:
    return Ride(number, tuple((file_digest(one.files[1]), one.low_s, one.high_s) for one in pieces))


def _answer(marker: ReferenceMarker, path: str, entry: dict[str, Any]) -> Answer:
    """An entry of `markers` in a result; whatever makes no sense is `failed`."""
    status = str(entry.get("status"))
    if status not in _STATUSES:
        return Answer(marker, path, "failed", reason=text("unknown_status", status=repr(status)))
    if status in _NOWHERE:
        return Answer(marker, path, status, reason=text("reason_" + status))
    t_s, low_s, high_s = (_finite(entry.get(name)) for name in ("t_s", "low_s", "high_s"))
    if t_s is None:
        return Answer(marker, path, "failed", reason=text("no_time"))
    half_width_s = (high_s - low_s) / 2 if low_s is not None and high_s is not None else 0.0
    confidence, duration_s = (_finite(entry.get(name)) or 0.0 for name in ("confidence", "duration_s"))
    return Answer(marker, path, status, t_s, half_width_s, confidence, duration_s)


def _finite(value: object) -> float | None:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if is_number and math.isfinite(value) else None  # type: ignore[arg-type]


def _base64(value: object) -> str:
    """A text that holds nothing else, so that it may stand in a page as it is."""
    return value if isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9+/]+={0,2}", value) else ""
