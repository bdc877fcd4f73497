"""The window's list of the markers of a transfer, the least sure first: go to one, accept it, go on to the next.

What was not written comes last: there is nothing to go to.
"""

from __future__ import annotations

from typing import Any, Mapping, NamedTuple, Sequence

from .context import Context
from .errors import ScriptError
from .placed import OnTimeline
from .plan import MarkerResult
from .playhead import move_playhead
from .session import MEDIA_POOL, Session, place_in_words
from .stamped import adopt
from .texts import status, text
from .timeline_clock import TimelineClock, minutes
from .window_elements import COLUMNS, Elements
from .write import Draft


class Row(NamedTuple):
    """A marker on the new run of that name."""

    new: str
    result: MarkerResult


class MarkerList:
    """The rows, which of them is chosen, and which were accepted."""

    def __init__(self, elements: Elements) -> None:
        self.rows: list[Row] = []
        self._elements = elements
        self._items: list[Any] = []
        """What shows the rows, one to a row."""
        self._row: int | None = None
        self._accepted: set[int] = set()
        self._clock: TimelineClock | None = None
        self._place = "", ""
        """Id and name, as a session has them."""

    def clear(self, session: Session, clock: TimelineClock) -> None:
        """Empties it for a transfer."""
        self._clock = clock
        self._place = session.place_id, session.place_name
        self.show([])

    def show(self, drafts: Sequence[Draft]) -> None:
        """Shows what a transfer wrote, and what it did not."""
        rows = [Row(draft.recording.name, result) for draft in drafts for result in draft.results]
        self.rows = sorted(rows, key=lambda row: (row.result.there is None, row.result.answer.confidence))
        self._row, self._accepted = None, set()
        self._items = self._elements.show_rows([self._cells(number) for number in range(len(rows))])

    def choose(self, event: Mapping[str, Any]) -> None:
        """The row that the person clicked on, or went to with the keys."""
        item = event.get("item")
        if item is None:  # some events do not bring it along
            item = self._elements.current_item()
        self._row = int(item.Text[0]) - 1 if item is not None and item.Text[0] else None

    def choose_next_doubtful(self) -> bool:
        """The next doubtful marker that was not accepted, after the last one the first; False where there is none."""
        count, begin = len(self.rows), -1 if self._row is None else self._row
        for number in ((begin + step) % count for step in range(1, count + 1)):
            result = self.rows[number].result
            if result.status == "doubtful" and result.there is not None and number not in self._accepted:
                self._elements.select(self._items, self._row, number)
                self._row = number
                return True
        return False

    def go_to(self, session: Session) -> tuple[str, str]:
        """Moves the playhead to the chosen marker; its name and the timecode. Raises ScriptError where it cannot."""
        number, there = self._chosen(session)
        at = self._at(self.rows[number].result)
        if there.at is None:
            raise ScriptError(text("not_on_timeline", name=repr(there.marker.name), at=at))
        move_playhead(session.timeline, at)
        return there.marker.name, at

    def accept(self, session: Session, context: Context) -> str:
        """Makes the chosen marker the person's own; its name. Raises as `adopt`, or where none is chosen."""
        number, there = self._chosen(session)
        adopt(session, context, [(there.owner, there.marker)])
        self._accepted.add(number)
        self._items[number].Text[COLUMNS.index("column_status")] = text("accepted_status")
        return there.marker.name

    def _chosen(self, session: Session) -> tuple[int, OnTimeline]:
        """The number of the chosen row, and its marker."""
        if session.place_id != self._place[0]:
            way = text("to_media_pool" if self._place[0] == MEDIA_POOL else "to_timeline")
            raise ScriptError(text("elsewhere", where=place_in_words(*self._place)), way)
        if self._row is None:
            raise ScriptError(text("no_row"))
        result = self.rows[self._row].result
        if result.there is None:
            raise ScriptError(text("no_place", name=repr(result.answer.name), status=status(result.status)))
        return self._row, result.there

    def _cells(self, number: int) -> list[str]:
        """As `COLUMNS`."""
        new, result = self.rows[number]
        answer = result.answer
        is_placed = answer.t_s is not None
        return [
            str(number + 1),
            answer.name,
            new,
            minutes(float(answer.marker.t_s)),
            self._at(result),
            text("seconds", n=f"{answer.half_width_s:.2f}") if is_placed else "",
            text("share", per_cent=int(answer.confidence * 100)) if is_placed else "",
            status(result.status),
        ]

    def _at(self, result: MarkerResult) -> str:
        """Where a marker is: the timecode, or in the Media Pool the time in the file; '' where it was not written."""
        if result.there is None:
            return ""
        if result.there.at is None:
            return text("of_file", at=minutes(result.answer.t_s or 0.0))
        assert self._clock is not None
        return self._clock.label(result.there.at)
