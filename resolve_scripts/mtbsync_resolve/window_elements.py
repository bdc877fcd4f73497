"""The window's elements, made by Fusion's UIManager, and what is shown in them.

Names of elements, attributes and events are those of Blackmagic's "UIManager Introduction", which comes with Resolve's
manual of Workflow Integrations; timers are not in it, and are used as public scripts do: `ui.Timer`, `dispatcher.On`.
"""

from __future__ import annotations

from typing import Any, Mapping, Sequence

from .calls import call_list, call_text, has_method
from .errors import ScriptError
from .progress import Progress
from .session import find_resolve
from .settings import MARKER_COLOURS
from .texts import text, untitled

WINDOW = "MTBSyncWindow"
TIMER = "MTBSyncTimer"
COLUMNS = (
    *("column_number", "column_marker", "column_new", "column_reference"),
    *("column_at", "column_off", "column_sure", "column_status"),
)
"""Of the list, by the names of their texts."""
_WIDTHS = (40, 170, 150, 100, 110, 90, 60, 90)
_GEOMETRY = [120, 120, 860, 640]
_INTERVAL_MS = 200
_STUDIO_ONLY = (19, 1)
"""From this version on only Studio has windows for scripts."""


def toolkit(script_globals: Mapping[str, Any]) -> tuple[Any, Any]:
    """Fusion's UIManager, and a dispatcher of its events; raises ScriptError where there is none.

    On a free edition it must not be asked for: Resolve answers with a window that offers Studio, and refuses all calls
    until that is closed.
    """
    resolve = find_resolve(script_globals)
    version = tuple(int(one) for one in call_list(resolve, "GetVersion")[:2])
    is_free = "Studio" not in call_text(resolve, "GetProductName")
    fusion, bmd = script_globals.get("fusion") or script_globals.get("fu"), script_globals.get("bmd")
    ui = None if is_free and version >= _STUDIO_ONLY else getattr(fusion, "UIManager", None)
    if ui is None or not has_method(bmd, "UIDispatcher"):
        raise ScriptError(text("no_window"), text("no_window_hint"))
    return ui, bmd.UIDispatcher(ui)  # type: ignore[union-attr] # has_method says that it is there


def add_window(ui: Any, dispatcher: Any) -> tuple[Any, Any]:
    """The window with its elements, not shown yet, and the timer, not started yet."""
    colours = MARKER_COLOURS.split(", ")
    half = len(colours) // 2
    boxes = [ui.CheckBox({"ID": _box(one), "Checked": True, "Hidden": True, "Weight": 0}) for one in colours]
    tip = text("range_tip")
    above = {"Look": "look", "Start": "start", "Cancel": "cancel"}
    # "Close" as the name of an element would hide the window's own event.
    below = {"GoTo": "go_to", "Accept": "accept", "Next": "next_doubtful", "Report": "report", "CloseWindow": "close"}
    layout = ui.VGroup(
        {"Spacing": 6},
        [
            ui.TextEdit({"ID": "What", "ReadOnly": True, "Weight": 1}),
            ui.HGroup({"Weight": 0}, [ui.Label({"Text": text("which"), "Weight": 0}), *boxes[:half], ui.HGap(0, 1)]),
            ui.HGroup({"Weight": 0}, [*boxes[half:], ui.HGap(0, 1)]),
            ui.HGroup(
                {"Weight": 0},
                [
                    ui.Label({"Text": text("from"), "Weight": 0}),
                    ui.LineEdit({"ID": "From", "ToolTip": tip}),
                    ui.Label({"Text": text("to"), "Weight": 0}),
                    ui.LineEdit({"ID": "To", "ToolTip": tip}),
                    *(ui.Button({"ID": one, "Text": text(name), "Weight": 0}) for one, name in above.items()),
                ],
            ),
            ui.Label({"ID": "Progress", "Text": "", "Weight": 0}),
            ui.Tree(
                {
                    "ID": "Markers",
                    "ColumnCount": len(COLUMNS),
                    "RootIsDecorated": False,
                    "AlternatingRowColors": True,
                    "Weight": 3,
                    "Events": {"ItemClicked": True, "ItemDoubleClicked": True, "CurrentItemChanged": True},
                }
            ),
            ui.Label({"ID": "Status", "Text": "", "WordWrap": True, "Weight": 0}),
            ui.HGroup({"Weight": 0}, [ui.Button({"ID": one, "Text": text(name)}) for one, name in below.items()]),
        ],
    )
    window = dispatcher.AddWindow({"ID": WINDOW, "WindowTitle": text("product"), "Geometry": _GEOMETRY}, [layout])
    tree = window.GetItems()["Markers"]
    header = tree.NewItem()
    for number, name in enumerate(COLUMNS):
        header.Text[number] = text(name)
    tree.SetHeaderItem(header)
    for number, width in enumerate(_WIDTHS):
        tree.ColumnWidth[number] = width
    return window, ui.Timer({"ID": TIMER, "Interval": _INTERVAL_MS, "SingleShot": False})


class Elements:
    """What is shown in the elements of a window, and what the person put into them.

    Each change is a call of another process, so what is shown already is not shown again.
    """

    def __init__(self, window: Any) -> None:
        self._items = window.GetItems()
        self._shown: dict[tuple[str, str], object] = {}

    def say(self, *lines: str) -> None:
        """The line at the foot; whose it is stands in the window's title."""
        self._show("Status", "Text", untitled(lines))

    def what(self, lines: Sequence[str]) -> None:
        """What would be done."""
        self._show("What", "PlainText", "\n".join(lines))

    def progress(self, progress: Progress | None) -> None:
        """How far it is; None: nothing is at work."""
        self._show("Progress", "Text", "" if progress is None else progress.line())

    def enable(self, **elements: bool) -> None:
        """Which buttons can be pressed."""
        for name, is_enabled in elements.items():
            self._show(name, "Enabled", is_enabled)

    def offer(self, colours: Mapping[str, int]) -> None:
        """One box for each colour that there is, with the number of its markers."""
        for colour in MARKER_COLOURS.split(", "):
            n = colours.get(colour, 0)
            self._show(_box(colour), "Text", text("markers_of_colour", colour=colour, n=n))
            self._show(_box(colour), "Hidden", not n)

    def check(self, without: frozenset[str]) -> None:
        """Checks the boxes of all colours but some."""
        for colour in MARKER_COLOURS.split(", "):
            self._items[_box(colour)].Checked = colour not in without

    def is_checked(self, colour: str) -> bool:
        """Whether the markers of this colour are wanted."""
        return bool(self._items[_box(colour)].Checked)

    def text(self, name: str) -> str:
        """What stands in a field."""
        return str(self._items[name].Text or "")

    def fill(self, first: str, last: str, texts: tuple[str, str]) -> None:
        """Writes into two fields."""
        self._items[first].Text, self._items[last].Text = texts

    def show_rows(self, rows: Sequence[Sequence[str]]) -> list[Any]:
        """Shows these rows in the list, and gives its items for them."""
        tree, items = self._items["Markers"], []
        tree.Clear()
        for cells in rows:
            item = tree.NewItem()
            for number, cell in enumerate(cells):
                item.Text[number] = cell
            tree.AddTopLevelItem(item)
            items.append(item)
        return items

    def current_item(self) -> Any:
        """The list's item that the person chose, None where none is."""
        return self._items["Markers"].CurrentItem()

    def select(self, items: Sequence[Any], before: int | None, number: int) -> None:
        """Selects one of the items in place of that before, and sees to it that it can be seen."""
        if before is not None:
            items[before].Selected = False
        items[number].Selected = True
        self._items["Markers"].ScrollToItem(items[number])

    def _show(self, name: str, attribute: str, value: object) -> None:
        if self._shown.get((name, attribute)) != value:
            self._shown[name, attribute] = value
            setattr(self._items[name], attribute, value)


def _box(colour: str) -> str:
    return "Colour" + colour
