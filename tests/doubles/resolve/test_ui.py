"""The stand-in for UIManager refuses what UIManager does not have, and lets through what it has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.doubles.resolve import ResolveDoubleError, Scene, Screen, Session, menu_globals


def window_of(session: Session) -> tuple[Any, Any, Any]:
    """The manager, the dispatcher, and a window with a list and a button."""
    told = menu_globals(session)
    ui = told["fusion"].UIManager
    dispatcher = told["bmd"].UIDispatcher(ui)
    tree = ui.Tree({"ID": "Rows", "ColumnCount": 2, "Events": {"ItemClicked": True}})
    elements = [ui.Label({"ID": "Status"}), ui.Button({"ID": "Go", "Text": "Go"}), tree]
    return ui, dispatcher, dispatcher.AddWindow({"ID": "Win", "WindowTitle": "x"}, [ui.VGroup({}, elements)])


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda ui, window: ui.Labl({}), "has no Labl"),
        (lambda ui, window: ui.Label({"Txt": "x"}), "no such attribute"),
        (lambda ui, window: ui.VGroup({}, ["Label"]), "was made of"),
        (lambda ui, window: setattr(window.GetItems()["Status"], "Text", 3), "which is no"),
        (lambda ui, window: window.GetItems()["Status"].ToolTip, "which nobody set"),
        (lambda ui, window: setattr(window.On.Go, "Clickd", print), "no such event"),
        (lambda ui, window: window.On.Stop, "no such element"),
        (lambda ui, window: window.GetItems()["Go"].Press(), "has no Press"),
        (lambda ui, window: window.GetItems()["Rows"].SelectedItems(), "is not modelled"),
    ],
)
def test_what_is_not_there(wrong: Callable[[Any, Any], object], said: str) -> None:
    session = Session(Scene().world)
    ui, _, window = window_of(session)
    with pytest.raises(ResolveDoubleError, match=said):
        wrong(ui, window)
    assert session.world.violations


def test_events_come_to_their_handlers_and_those_that_are_not_asked_for_do_not() -> None:
    came: list[str] = []

    def person(screen: Screen) -> None:
        screen.click("Go")
        screen.choose(1, twice=True)
        screen.tick()
        screen.close()
        screen.click("Go")  # the loop is left

    session = Session(Scene().world, person=person)
    ui, dispatcher, window = window_of(session)
    row = window.GetItems()["Rows"].NewItem()
    row.Text[0] = "a"
    window.GetItems()["Rows"].AddTopLevelItem(row)
    window.On.Go.Clicked = window.On.Rows.ItemClicked = window.On.Rows.ItemDoubleClicked = lambda event: came.append(
        event["who"] + " " + event["what"]
    )
    dispatcher.On.Timeout = lambda event: came.append(event["who"])
    window.On.Win.Close = lambda event: dispatcher.ExitLoop()
    ui.Timer({"ID": "Slow", "Interval": 100})
    ui.Timer({"ID": "Fast", "Interval": 100}).Start()
    window.Show()
    dispatcher.RunLoop()
    assert came == ["Go Clicked", "Rows ItemClicked", "Fast"]


@pytest.mark.parametrize(
    ("does", "said"),
    [
        ("press what cannot be pressed", "cannot reach"),
        ("go away", "went away"),
        ("press what raises", "ZeroDivisionError"),
    ],
)
def test_what_no_script_should_let_happen(does: str, said: str) -> None:
    def person(screen: Screen) -> None:
        if does != "go away":
            screen.click("Go")

    session = Session(Scene().world, person=person)
    _, dispatcher, window = window_of(session)
    window.On.Go.Clicked = lambda event: 1 / 0
    window.GetItems()["Go"].Enabled = does == "press what raises"
    window.Show()
    with pytest.raises(ResolveDoubleError, match=said):
        dispatcher.RunLoop()
