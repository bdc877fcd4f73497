"""The person before a window of the stand-in for UIManager: what they see, and what they do to it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Callable

if TYPE_CHECKING:
    from .proxy import Session
    from .ui import Dispatcher, Element, UIManager


class Screen:
    """What a person sees of the last window, and does to it."""

    def __init__(self, session: Session, ui: UIManager, dispatcher: Dispatcher) -> None:
        self._session, self._ui, self._dispatcher = session, ui, dispatcher
        self._window = dispatcher._windows[-1][0]

    def element(self, name: str) -> Element:
        """An element by its name."""
        return next(one for one in self._window._walk() if name == one.ID)

    def text(self, name: str) -> str:
        """What stands in an element."""
        element = self.element(name)
        return str(element.PlainText if element._kind == "TextEdit" else element.Text)

    def is_enabled(self, name: str) -> bool:
        """Whether a button can be pressed."""
        return bool(self.element(name).Enabled)

    def shown(self, kind: str) -> list[str]:
        """The texts of the elements of a kind that are not hidden."""
        return [str(one.Text) for one in self._window._walk() if one._kind == kind and not one.Hidden]

    def rows(self) -> list[list[str]]:
        """The rows of the list."""
        tree = self._tree()
        return [[item.Text[column] for column in range(tree.ColumnCount)] for item in tree._children]

    def selected(self) -> list[int]:
        """The rows that are selected, from 1."""
        return [n for n, item in enumerate(self._tree()._children, start=1) if item._values.get("Selected")]

    def click(self, name: str) -> None:
        """Presses a button, or a box, which it turns over."""
        element = self._at_hand(name)
        if element._kind == "CheckBox":
            element.Checked = not element.Checked
        self._dispatcher.fire(name, "Clicked")

    def type(self, name: str, text: str) -> None:
        """Puts a text into a field."""
        self._at_hand(name).Text = text

    def choose(self, row: int, *, twice: bool = False) -> None:
        """Clicks on a row of the list, from 1."""
        tree = self._tree()
        item = tree._children[row - 1]
        for one in tree._children:
            one.Selected = one is item
        tree._values["current"] = item
        for what in ("CurrentItemChanged", "ItemClicked", *(["ItemDoubleClicked"] if twice else [])):
            self._dispatcher.fire(
                tree.ID, what, **({} if what == "CurrentItemChanged" else {"item": item, "column": 0})
            )

    def tick(self) -> None:
        """Lets the time of every timer that runs pass."""
        for timer in self._ui.timers:
            if timer.IsActive:
                self._dispatcher.call(self._dispatcher.On.Timeout, timer.ID, "Timeout", {"sender": timer})

    def wait(self, until: Callable[[], bool], timeout_s: float = 60.0) -> None:
        """Looks on until it is so.

        Raises:
            TimeoutError: it never is.
        """
        end = time.monotonic() + timeout_s
        while not until():
            if time.monotonic() > end:
                raise TimeoutError(f"the window says {self.text('Status')!r}")
            self.tick()

    def close(self, *, told: bool = True) -> None:
        """The cross of the window; some versions close it and tell nobody."""
        if told:
            self._dispatcher.fire(self._window.ID, "Close")
        else:
            self._window._values["Visible"] = False

    def _tree(self) -> Element:
        return next(one for one in self._window._walk() if one._kind == "Tree")

    def _at_hand(self, name: str) -> Element:
        element = self.element(name)
        if not element.Enabled or element.Hidden or not self._window.Visible:
            raise self._session.loud(f"the person cannot reach {name}")
        return element


def of_lines(acts: list[str]) -> Callable[[Screen], None]:
    """A person who does one thing after the other: "click Start", "wait Start" (till it can be pressed), "choose 1"."""

    def person(screen: Screen) -> None:
        for act in acts:
            verb, _, rest = act.partition(" ")
            if verb == "click":
                screen.click(rest)
            elif verb == "wait":
                screen.wait(lambda name=rest: screen.is_enabled(name))  # type: ignore[misc] # its own of each act
            elif verb == "choose":
                screen.choose(int(rest))
            elif verb == "tick":
                screen.tick()
            else:
                raise ValueError(act)

    return person
