"""A stand-in for Fusion's UIManager, as far as scripts use it: elements, events, timers, and the person before them.

Names are those of Blackmagic's "UIManager Introduction" (README of Workflow Integrations, August 2020); `Timer`,
`PlainText` and `dispatcher.On.Timeout` are not in it, and are what public scripts use. Whatever is not named there is
refused loudly, as is a value of another type. From public scripts too: a handler that raises closes the window
(Metadata reader for S-Log, 21.1), and an element that is called Close hides the window's own event.

The loop runs a person: the function `Session.person`, which gets a `Screen` and does what it likes with it, or, in a
process of its own, the lines of `World.acts`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Iterator

from .screen import Screen, of_lines

if TYPE_CHECKING:
    from .proxy import Session

_COMMON = (
    "ID Enabled Hidden Visible Font WindowTitle BackgroundColor Geometry ToolTip StatusTip StyleSheet WindowOpacity"
    " MinimumSize MaximumSize FixedSize Weight Events"
)
_ATTRIBUTES = {
    "Window": "Spacing Margin TargetID",
    "VGroup": "Spacing Margin",
    "HGroup": "Spacing Margin",
    "HGap": "",
    "VGap": "",
    "Label": "Text Alignment FrameStyle WordWrap Indent Margin",
    "Button": "Text Down Checkable Checked Icon IconSize Flat",
    "CheckBox": "Text Down Checkable Checked Tristate CheckState",
    "ComboBox": "ItemText Editable CurrentIndex CurrentText",
    "LineEdit": "Text PlaceholderText MaxLength ReadOnly Modified ClearButtonEnabled",
    "TextEdit": "Text PlainText PlaceholderText HTML Alignment ReadOnly TextColor TextBackgroundColor TabStopWidth",
    "Tree": (
        "ColumnCount ColumnWidth SortingEnabled ItemsExpandable ExpandsOnDoubleClick HeaderHidden RootIsDecorated"
        " AllColumnsShowFocus WordWrap SelectionBehavior SelectionMode UniformRowHeights Indentation"
        " AlternatingRowColors"
    ),
    "TreeItem": "Text ToolTip TextColor BackgroundColor Selected Hidden Expanded Disabled",
    "Timer": "Interval SingleShot RemainingTime IsActive TimerType",
}
_METHODS = {
    "Window": "Show Hide Raise GetItems Find",
    "Tree": (
        "AddTopLevelItem NewItem Clear SetHeaderItem CurrentItem TopLevelItem TopLevelItemCount ScrollToItem"
        " SelectedItems"
    ),
    "Timer": "Start Stop",
}
_EVENTS = {
    "Window": "Close Show Hide Resize KeyPress KeyRelease FocusIn FocusOut",
    "Button": "Clicked Toggled Pressed Released",
    "CheckBox": "Clicked Toggled Pressed Released",
    "LineEdit": "TextChanged TextEdited EditingFinished ReturnPressed",
    "Tree": "CurrentItemChanged ItemClicked ItemPressed ItemActivated ItemDoubleClicked ItemChanged",
}
_BY_DEFAULT = ("Clicked", "Close")
"""Events that come without being asked for in `Events`."""
_TYPES = {
    **dict.fromkeys(("ID", "Text", "PlainText", "WindowTitle", "ToolTip", "PlaceholderText"), str),
    **dict.fromkeys(("Enabled", "Hidden", "Visible", "Checked", "Selected", "ReadOnly", "WordWrap"), bool),
    **dict.fromkeys(("ColumnCount", "Interval"), int),
}


class Element:
    """An element as scripts hold it: its attributes can be read and set, its methods called, and nothing else."""

    def __init__(self, session: Session, kind: str, given: dict[str, Any], children: list[Element]) -> None:
        values: dict[str, Any] = {"ID": "", "Enabled": True, "Hidden": False, "Events": {}}
        for name in ("Text", "PlainText"):
            if name in _ATTRIBUTES[kind].split():
                values[name] = _Cells(session, str) if kind == "TreeItem" else ""
        if kind == "Tree":
            values["ColumnWidth"] = _Cells(session, int)
        if kind == "Window":
            values["Visible"] = False
        for name, value in (("kind", kind), ("session", session), ("values", values), ("children", children)):
            object.__setattr__(self, "_" + name, value)
        for name, value in given.items():
            setattr(self, name, value)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name in _METHODS.get(self._kind, "").split():
            return lambda *given: self._call(name, given)
        if name not in _attributes_of(self._kind):
            raise self._session.loud(f"UIManager: {self._kind} has no {name}")
        if name not in self._values:
            raise self._session.loud(f"UIManager: {self._kind}.{name} was read, which nobody set; it is not modelled")
        return self._values[name]

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in _attributes_of(self._kind) or isinstance(self._values.get(name), _Cells):
            raise self._session.loud(f"UIManager: {self._kind}.{name} was set; it has no such attribute")
        wanted = _TYPES.get(name)
        if wanted is not None and type(value) is not wanted:
            raise self._session.loud(f"UIManager: {self._kind}.{name} was set to {value!r}, which is no {wanted}")
        self._values[name] = value

    def _call(self, name: str, given: tuple[Any, ...]) -> Any:
        method = getattr(_METHODS_OF[self._kind], name, None)
        if method is None:
            raise self._session.loud(f"UIManager: {self._kind}.{name} is not modelled")
        return method(self, *given)

    def _walk(self) -> Iterator[Element]:
        """It and all elements in it; the rows of a list are none."""
        yield self
        for child in self._children if self._kind != "Tree" else ():
            yield from child._walk()


class _Cells:
    """`item.Text[2]`, `tree.ColumnWidth[0]`: a value to each column."""

    def __init__(self, session: Session, kind: type) -> None:
        self._session, self._kind = session, kind
        self._cells: dict[int, Any] = {}

    def __getitem__(self, column: int) -> Any:
        return self._cells.get(column, self._kind())

    def __setitem__(self, column: int, value: Any) -> None:
        if type(value) is not self._kind or column < 0:
            raise self._session.loud(f"UIManager: {value!r} was put into a cell")
        self._cells[column] = value


class _OfWindow:
    def Show(self: Any) -> None:
        self._values["Visible"] = True

    def Hide(self: Any) -> None:
        self._values["Visible"] = False

    def GetItems(self: Any) -> dict[str, Element]:
        return {one.ID: one for one in self._walk() if one is not self and one.ID}


class _OfTree:
    """Its rows are its children."""

    def NewItem(self: Any) -> Element:
        return Element(self._session, "TreeItem", {}, [])

    def SetHeaderItem(self: Any, item: Element) -> None:
        self._values["header"] = item

    def AddTopLevelItem(self: Any, item: Element) -> None:
        self._children.append(item)

    def Clear(self: Any) -> None:
        self._children.clear()
        self._values["current"] = None

    def CurrentItem(self: Any) -> Element | None:
        return self._values.get("current")

    def ScrollToItem(self: Any, item: Element) -> None:
        if not any(one is item for one in self._children):
            raise self._session.loud("UIManager: Tree.ScrollToItem of an item that is not in it")


class _OfTimer:
    def Start(self: Any) -> None:
        self._values["IsActive"] = True

    def Stop(self: Any) -> None:
        self._values["IsActive"] = False


_METHODS_OF: dict[str, type] = {"Window": _OfWindow, "Tree": _OfTree, "Timer": _OfTimer}


class UIManager:
    """`fusion.UIManager`: a function for each kind of element."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.timers: list[Element] = []

    def __getattr__(self, kind: str) -> Any:
        if kind.startswith("__"):
            raise AttributeError(kind)
        if kind not in _ATTRIBUTES or kind in ("Window", "TreeItem"):
            raise self._session.loud(f"UIManager has no {kind}")
        return lambda *given: self._element(kind, given)

    def _element(self, kind: str, given: tuple[Any, ...]) -> Element:
        """Properties as a dictionary, children as a list, either may be missing; gaps are given numbers."""
        properties = next((one for one in given if isinstance(one, dict)), {})
        children = next((one for one in given if isinstance(one, list)), [])
        strange = [one for one in given if one is not properties and one is not children]
        if (strange and not kind.endswith("Gap")) or not all(isinstance(one, Element) for one in children):
            raise self._session.loud(f"UIManager: {kind} was made of {given!r}")
        element = Element(self._session, kind, properties, children)
        if kind == "Timer":
            element._values.setdefault("IsActive", False)
            self.timers.append(element)
        return element


class _Handlers:
    """`window.On.ID.Event` and `window.On[ID].Event`, or `dispatcher.On.Event`."""

    def __init__(self, session: Session, known: Callable[[str], Any]) -> None:
        object.__setattr__(self, "_session", session)
        object.__setattr__(self, "_known", known)
        object.__setattr__(self, "_set", {})

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self[name]

    def __getitem__(self, name: str) -> Any:
        found = self._known(name)
        if found is None:
            raise self._session.loud(f"UIManager: On.{name}: there is no such element or event")
        if isinstance(found, _Handlers):
            return self._set.setdefault(name, found)
        return self._set.get(name)

    def __setattr__(self, name: str, handler: Any) -> None:
        if self._known(name) is None or not callable(handler):
            raise self._session.loud(f"UIManager: On.{name} was set to {handler!r}; there is no such event")
        self._set[name] = handler


class Dispatcher:
    """`bmd.UIDispatcher(ui)`."""

    def __init__(self, session: Session, ui: UIManager) -> None:
        self._session, self._ui = session, ui
        self._windows: list[tuple[Element, _Handlers]] = []
        self._is_left = False
        self.On = _Handlers(session, lambda name: True if name == "Timeout" else None)

    def AddWindow(self, properties: dict[str, Any], children: list[Element]) -> Any:
        """A window, whose `On` has the handlers."""
        window = Element(self._session, "Window", properties, children)
        named = [one.ID for one in window._walk() if one.ID]
        if len(named) != len(set(named)) or "Close" in named:
            raise self._session.loud(f"UIManager: names of elements that are used twice, or hide an event: {named}")

        def events_of(name: str) -> Any:
            found = next((one for one in window._walk() if name and name == one.ID), None)
            known = _EVENTS.get(found._kind, "").split() if found is not None else []
            return _Handlers(self._session, lambda event: event in known or None) if known else None

        handlers = _Handlers(self._session, events_of)
        object.__setattr__(window, "On", handlers)
        self._windows.append((window, handlers))
        return window

    def ExitLoop(self, code: int = 0) -> None:
        """Ends the loop."""
        self._is_left = True

    def RunLoop(self) -> None:
        """Lets the person do things until the loop is left."""
        person = self._session.person or of_lines(self._session.world.acts)
        self._is_left = False
        person(Screen(self._session, self._ui, self))
        if not self._is_left:
            raise self._session.loud("UIManager: the person went away, and the window is still open")

    @property
    def is_left(self) -> bool:
        """Whether the script has left the loop."""
        return self._is_left

    def fire(self, who: str, what: str, **more: Any) -> None:
        """Calls the handler for an event, where there is one and the element lets it through."""
        window, handlers = self._windows[-1]
        element = next(one for one in window._walk() if who == one.ID)
        of_element = handlers._set.get(who)
        if of_element is not None and (what in _BY_DEFAULT or element.Events.get(what)):
            self.call(of_element._set.get(what), who, what, more)

    def call(self, handler: Any, who: str, what: str, more: dict[str, Any]) -> None:
        """What a handler raises closes the window in Resolve, and is told as loudly."""
        if handler is None or self._is_left:
            return
        try:
            handler({"who": who, "what": what, **more})
        except Exception as error:
            raise self._session.loud(f"UIManager: the handler of {who}.{what} raised {error!r}") from error


def _attributes_of(kind: str) -> list[str]:
    return (_ATTRIBUTES[kind] + " " + ("" if kind == "TreeItem" else _COMMON)).split()
