"""The window: what would be done, which markers, how far it is, and the markers found, to look at one by one.

Everything runs in one thread. The window's timer takes the steps of a transfer, so that nothing waits for the engine.
The window itself holds no lock; a transfer and an accepted marker do, as the menu entries.
"""

from __future__ import annotations

import contextlib
import time
import traceback
from pathlib import Path
from typing import Any, Callable, Generator, Mapping

from .choice import Choice, chosen, colours_of, in_and_out, read_range
from .context import Context, new_run_id
from .errors import ScriptError, lines_of
from .log import Log
from .marker_list import MarkerList
from .notification import notify
from .progress import Progress
from .report_page import ReportPage
from .run_lock import AlreadyRunningError, RunLock
from .session import Session, open_here, unchanged_here
from .settings import MARKER_COLOURS, load_settings
from .snapshot import Snapshot
from .texts import text, untitled
from .transfer import look, opening, transfer_steps
from .window_elements import TIMER, WINDOW, Elements, add_window, toolkit
from .write import Draft

_TICK_S = 0.1
"""How long a call of the timer may take steps: half of its interval, so that the other half is the person's."""


def show_window(script_globals: Mapping[str, Any], folder: Path, log: Log) -> None:
    """Shows the window until the person closes it; raises ScriptError where this Resolve has none for scripts."""
    ui, dispatcher = toolkit(script_globals)
    _Window(script_globals, folder, log, ui, dispatcher).run()


class _Window:
    """One window: what its elements do."""

    def __init__(self, script_globals: Mapping[str, Any], folder: Path, log: Log, ui: Any, dispatcher: Any) -> None:
        self._globals, self._folder, self._log = script_globals, folder, log
        self._dispatcher = dispatcher
        self._window, self._timer = add_window(ui, dispatcher)
        self._elements = Elements(self._window)
        self._list = MarkerList(self._elements)
        self._snapshot: Snapshot | None = None
        self._work: Generator[Progress, None, list[Draft]] | None = None
        self._page: ReportPage | None = None
        self._is_cancelled = self._is_inside = self._was_seen = False
        self._gone = 0

    def run(self) -> None:
        """Shows it, and comes back when it is closed."""
        buttons = {
            "Look": self._look,
            "Start": self._start,
            "Cancel": self._cancel,
            "GoTo": self._go_to,
            "Accept": self._accept,
            "Next": self._next_doubtful,
            "Report": self._report,
            "CloseWindow": self._close,
        }
        on = self._window.On
        for name, does in buttons.items():
            on[name].Clicked = self._guarded(does)
        on.Markers.ItemClicked = on.Markers.CurrentItemChanged = self._guarded(self._list.choose)
        on.Markers.ItemDoubleClicked = self._guarded(self._list.choose, self._go_to)
        on[WINDOW].Close = self._guarded(self._close)
        self._dispatcher.On.Timeout = self._guarded(self._tick)
        self._guarded(self._look)({})
        self._window.Show()
        self._timer.Start()
        try:
            self._dispatcher.RunLoop()
        finally:
            self._timer.Stop()
            if self._work is not None:  # the loop broke off
                self._work.close()
            self._window.Hide()

    def _guarded(self, *does: Callable[[Mapping[str, Any]], None]) -> Callable[[Any], None]:
        """A handler of events. An exception in one would close the window, so it is told in it."""

        def handler(event: Any) -> None:
            if self._is_inside:  # a call of Resolve let the next event through
                return
            self._is_inside = True
            try:
                for one in does:
                    one(event if isinstance(event, dict) else {})
            except Exception as error:
                self._log.note(traceback.format_exc())
                self._elements.say(*lines_of(error))
            finally:
                self._is_inside = False
                self._enable()

        return handler

    def _enable(self) -> None:
        is_idle = self._work is None
        has_rows = is_idle and bool(self._list.rows)
        self._elements.enable(
            Look=is_idle,
            Start=is_idle and self._snapshot is not None,
            Cancel=not is_idle and not self._is_cancelled,
            GoTo=has_rows,
            Accept=has_rows,
            Next=has_rows,
            Report=is_idle and self._page is not None,
        )

    def _look(self, event: Mapping[str, Any]) -> None:
        """Reads the timeline anew, and shows what would be done."""
        self._snapshot = None
        self._elements.what([])
        self._elements.offer({})
        session, snapshot = self._read()
        self._show(snapshot)
        self._elements.check(load_settings(self._folder)[0].colours_not_carried())
        self._elements.fill("From", "To", in_and_out(session.timeline, snapshot.clock))
        self._elements.say(text("ready"))

    def _read(self) -> tuple[Session, Snapshot]:
        session = open_here(self._globals)
        return session, look(session, self._context(ReportPage(self._folder)), many=True)

    def _context(self, page: ReportPage, lock: RunLock | None = None) -> Context:
        """A run of its own, with the settings as they are now."""
        settings, remarks = load_settings(self._folder)
        for remark in remarks:
            self._log.say(remark)

        def is_cancelled() -> bool:
            return self._is_cancelled or (lock is not None and lock.is_cancelled())

        return Context(self._folder, new_run_id(), settings, self._log, page, is_cancelled)

    def _show(self, snapshot: Snapshot) -> None:
        self._elements.offer(colours_of(snapshot))
        self._elements.what(opening(snapshot))
        self._snapshot = snapshot

    def _start(self, event: Mapping[str, Any]) -> None:
        """Begins a transfer of what is shown; where something else is found by now, shows that and begins nothing."""
        self._is_cancelled = False
        session, snapshot = self._read()
        if self._snapshot is None or _content(snapshot) != _content(self._snapshot):
            self._show(snapshot)
            raise ScriptError(text("selection_changed"))
        first, last = read_range(self._elements.text("From"), self._elements.text("To"), snapshot.clock)
        without = frozenset(one for one in MARKER_COLOURS.split(", ") if not self._elements.is_checked(one))
        snapshot = chosen(snapshot, Choice(without, first, last))
        self._list.clear(session, snapshot.clock)
        self._elements.say("")
        self._page = ReportPage(self._folder)
        self._work = self._transfer(session, snapshot, self._page)

    def _transfer(
        self, session: Session, snapshot: Snapshot, page: ReportPage
    ) -> Generator[Progress, None, list[Draft]]:
        with RunLock(self._folder) as lock:
            return (yield from transfer_steps(session, snapshot, self._context(page, lock)))

    def _tick(self, event: Mapping[str, Any]) -> None:
        """The timer's call."""
        if event.get("who", TIMER) != TIMER:
            return
        # Some versions close a window without telling. One that says so may just be appearing, so it says it twice.
        is_visible = self._window.Visible
        self._was_seen = self._was_seen or is_visible is True
        self._gone = self._gone + 1 if self._was_seen and is_visible is False else 0
        if self._gone > 1:
            self._close(event)
        until = time.monotonic() + _TICK_S
        while self._work is not None and time.monotonic() < until:
            self._step()

    def _step(self) -> None:
        """One step of the transfer, and what there is to see at its end."""
        assert self._work is not None and self._page is not None
        try:
            self._elements.progress(next(self._work))
            return
        except StopIteration as end:
            self._list.show(end.value)
            lines = [self._page.title]
        except Exception as error:
            self._log.note(traceback.format_exc())
            lines = lines_of(error, unchanged_here(self._globals))
            fault = "" if isinstance(error, ScriptError) else traceback.format_exc()
            if isinstance(error, AlreadyRunningError):
                self._page = None  # it is of the other run
            else:
                self._page.failed(text("not_done"), lines, (), fault)
        self._work = None
        self._elements.progress(None)
        self._elements.say(*lines)
        with contextlib.suppress(Exception):  # what was done is done
            if load_settings(self._folder)[0].notify:  # it may have taken minutes
                notify(untitled(lines))

    def _cancel(self, event: Mapping[str, Any]) -> None:
        self._is_cancelled = True
        self._elements.say(text("cancelling"))

    def _close(self, event: Mapping[str, Any]) -> None:
        """Closes the window. A transfer at work is cancelled; those of its runs that are finished are written."""
        self._is_cancelled = True
        while self._work is not None:
            self._step()
        self._dispatcher.ExitLoop()

    def _go_to(self, event: Mapping[str, Any]) -> None:
        """Moves the playhead to the chosen marker."""
        name, at = self._list.go_to(open_here(self._globals))
        self._elements.say(text("went", name=repr(name), at=at))

    def _accept(self, event: Mapping[str, Any]) -> None:
        """Makes the chosen marker the person's own, in a run of its own that Undo takes back."""
        with RunLock(self._folder) as lock:
            context = self._context(ReportPage(self._folder), lock)
            name = self._list.accept(open_here(self._globals), context)
        self._elements.say(text("accepted", name=repr(name)))

    def _next_doubtful(self, event: Mapping[str, Any]) -> None:
        """Goes to the next doubtful marker of the list."""
        if self._list.choose_next_doubtful():
            self._go_to(event)
        else:
            self._elements.say(text("no_doubtful"))

    def _report(self, event: Mapping[str, Any]) -> None:
        """Opens the report of the last transfer in the browser."""
        if self._page is not None:
            self._page.open_again()


def _content(snapshot: Snapshot) -> object:
    """What a person chose: the recordings, and the markers of the reference."""
    reference = snapshot.reference
    return snapshot.place_id, reference.recording.id, reference.markers, [one.id for one in snapshot.new]
