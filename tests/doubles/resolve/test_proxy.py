"""How the double's objects look to a script, by version and edition."""

from __future__ import annotations

import threading
from dataclasses import asdict
from typing import Any

import pytest

from tests.doubles.resolve import Fault, Quirks, ResolveDoubleError, Scene, Session, World, crowded, menu_globals
from tests.doubles.resolve.proxy import Proxy

VERSIONS = ("19.0.2", "20.3", "21.0.4", "21.1")
# By the table of facts 0 and 1.1: name, object, and the versions of the four that have it.
CAME_LATER = (
    ("resolve", "IsStudio", ("21.1",)),
    ("resolve", "GetCurrentTimeline", ("21.1",)),
    ("timeline", "GetSelectedClips", ("21.0.4", "21.1")),
    ("timeline", "GetSettings", ("21.1",)),
    ("timeline", "GetMediaPoolItem", ("20.3", "21.0.4", "21.1")),
    ("item", "GetType", ("21.1",)),
    ("item", "GetSpeed", ("21.1",)),
    ("item", "GetSourceStartFrame", VERSIONS),
    ("clip", "GetTimeline", ("21.0.4", "21.1")),
    ("clip", "SetName", ("20.3", "21.0.4", "21.1")),
    ("pool", "GetSelectedClips", VERSIONS),
)


def objects(world: World) -> dict[str, Any]:
    """One proxy of each kind, out of a world."""
    resolve = menu_globals(Session(world))["resolve"]
    project = resolve.GetProjectManager().GetCurrentProject()
    timeline = project.GetCurrentTimeline()
    item = timeline.GetItemListInTrack("video", 1)[0]
    clip = item.GetMediaPoolItem()
    pool = project.GetMediaPool()
    return dict(resolve=resolve, project=project, timeline=timeline, item=item, clip=clip, pool=pool)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("kind", "name", "versions"), CAME_LATER)
def test_calls_come_with_their_version(version: str, kind: str, name: str, versions: tuple[str, ...]) -> None:
    thing = objects(crowded(version=version).world)[kind]
    there = version in versions
    assert hasattr(thing, name)
    assert callable(getattr(thing, name)) == there
    assert (name in dir(thing)) == there
    if not there:
        with pytest.raises(TypeError, match="not callable"):
            getattr(thing, name)()


@pytest.mark.parametrize("name", ["GetSelectedClip", "getName", "AddMarkers", "MARKER_RED", "_name"])
def test_a_name_of_no_version_is_loud_and_noted(name: str) -> None:
    world = crowded().world
    timeline = objects(world)["timeline"]
    with pytest.raises(ResolveDoubleError, match=name):
        hasattr(timeline, name)
    assert [name in text for text in world.violations] == [True]


def test_a_call_that_is_not_modelled_is_loud() -> None:
    timeline = objects(crowded().world)["timeline"]
    assert callable(timeline.Export)
    with pytest.raises(ResolveDoubleError, match=r"Timeline\.Export is not modelled"):
        timeline.Export("a.drt", 1.0, 2.0)


@pytest.mark.parametrize("given", [(), (0, "Blue", "name", "note"), (0, "Blue", "name", "note", 1, "", "more")])
def test_the_number_of_arguments_is_checked(given: tuple[object, ...]) -> None:
    timeline = objects(crowded().world)["timeline"]
    with pytest.raises(ResolveDoubleError, match="takes 5 to 6 arguments"):
        timeline.AddMarker(*given)


def test_arguments_by_name_are_loud() -> None:
    with pytest.raises(ResolveDoubleError, match="by name"):
        objects(crowded().world)["timeline"].GetTrackCount(trackType="video")


def test_an_argument_that_breaks_the_double_is_loud() -> None:
    world = crowded().world
    with pytest.raises(ResolveDoubleError, match="broke in the double"):
        objects(world)["project"].SetCurrentTimeline(None)
    assert len(world.violations) == 1


def test_a_closed_project_refuses() -> None:
    world = crowded().world
    things = objects(world)
    world.project = None
    assert things["project"].GetName() is None
    assert things["pool"].DeleteTimelines([things["timeline"]]) is False
    assert [things[name].GetName() for name in ("timeline", "item", "clip")] == [None] * 3


def test_proxies_have_no_identity() -> None:
    things = objects(crowded().world)
    again = things["project"].GetCurrentTimeline()
    assert again is not things["timeline"]
    assert again.GetUniqueId() == things["timeline"].GetUniqueId()
    assert again != None  # noqa: E711 # scripts write this too
    for use in (lambda: again == things["timeline"], lambda: things["item"] in [things["clip"]], lambda: {again}):
        with pytest.raises(ResolveDoubleError, match="GetUniqueId"):
            use()


def test_nothing_can_be_set_on_a_proxy() -> None:
    with pytest.raises(ResolveDoubleError, match="was set"):
        objects(crowded().world)["timeline"].name = "x"


def test_calls_from_another_thread_are_loud() -> None:
    timeline = objects(crowded().world)["timeline"]
    errors: list[Exception] = []

    def call() -> None:
        try:
            timeline.GetName()
        except ResolveDoubleError as error:
            errors.append(error)

    thread = threading.Thread(target=call)
    thread.start()
    thread.join()
    assert "another thread" in str(errors)


@pytest.mark.parametrize(("edition", "product"), [("studio", "DaVinci Resolve Studio"), ("free", "DaVinci Resolve")])
def test_the_edition_shows(edition: str, product: str) -> None:
    resolve = objects(crowded(edition=edition).world)["resolve"]
    assert resolve.GetProductName() == product
    assert resolve.IsStudio() == (edition == "studio")


def test_the_version_shows() -> None:
    resolve = objects(crowded(version="21.0.4").world)["resolve"]
    assert resolve.GetVersion()[:3] == [21, 0, 4]
    assert resolve.GetVersionString().startswith("21.0.4.")


def test_ui_manager_opens_a_window_on_the_free_edition() -> None:
    world = crowded(edition="free", version="21.0.4").world
    given = menu_globals(Session(world))
    timeline = given["app"].GetResolve().GetProjectManager().GetCurrentProject().GetCurrentTimeline()
    assert given["fusion"].UIManager is None
    assert timeline.GetName() is None
    assert timeline.AddMarker(0, "Blue", "x", "", 1) is False


def test_empty_lists_may_be_none() -> None:
    assert objects(crowded(version="21.1").world)["pool"].GetSelectedClips() is None
    assert objects(crowded(version="20.3").world)["pool"].GetSelectedClips() == []
    scene = Scene(quirks=Quirks(empty_as_none=True))
    timeline = menu_globals(Session(scene.world))["resolve"].GetCurrentTimeline()
    assert timeline.GetItemListInTrack("video", 1) is None
    assert timeline.GetSelectedClips() is None


def test_calls_are_noted() -> None:
    world = crowded().world
    things = objects(world)
    world.calls.clear()
    things["timeline"].AddMarker(5, "Blue", "x", "", 1)
    things["project"].SetCurrentTimeline(things["timeline"])
    assert [(call.call, call.on, call.given, call.answer) for call in world.calls] == [
        ("Timeline.AddMarker", "Timeline 1", [5, "Blue", "x", "", 1], "True"),
        ("Project.SetCurrentTimeline", "Trail edit", ["<Timeline Timeline 1>"], "True"),
    ]


def test_a_world_survives_json() -> None:
    world = crowded().world
    world.faults.append(Fault("refuse", "Timeline.*", frames=[3], times=2))
    objects(world)["timeline"].AddMarker(5, "Blue", "trail \u20ac", "", 1, "data")
    again = World.from_json(world.to_json())
    assert asdict(again) == asdict(world)
    assert isinstance(objects(again)["item"], Proxy)
