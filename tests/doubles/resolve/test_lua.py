"""The double seen from Lua."""

from __future__ import annotations

import pytest

from tests.doubles.resolve import ResolveDoubleError, Scene
from tests.doubles.resolve.lua import run_lua

luajit = pytest.importorskip("lupa.luajit21", reason="lupa is not installed, or without LuaJIT")


@pytest.fixture
def scene() -> Scene:
    """A clip, a marker at 7 and one selected item."""
    scene = Scene(drop=True)
    scene.select(scene.place(scene.media("/media/a.mp4")))
    scene.mark(scene.timeline, 7, "spr\u00fcnge", custom_data="c")
    return scene


def test_calls_and_answers(scene: Scene) -> None:
    told = run_lua(
        scene.world,
        """
        local timeline = app:GetResolve():GetProjectManager():GetCurrentProject():GetCurrentTimeline()
        print(timeline:GetStartFrame(), timeline:GetSetting("timelineFrameRate"))
        for frame, marker in pairs(timeline:GetMarkers()) do print(frame, marker.name, marker.customData) end
        print(#timeline:GetSelectedClips(), timeline:GetSelectedClips()[2]:GetName())
        print(timeline:AddMarker(7, "Blue", "x", "", 1), timeline:AddMarker(8, "Blue", "x", "", 1, "d"))
        print(timeline:GetCurrentVideoItem(), os, io, require, ffi)
        """,
    )
    assert told.splitlines() == [
        "107892\t29.97",
        "7\tspr\u00fcnge\tc",
        "2\ta.mp4",
        "false\ttrue",
        "nil\tnil\tnil\tnil\tnil",
    ]
    assert [marker.frame for marker in scene.timeline.markers] == [7, 8]


def test_a_missing_call_is_nil(scene: Scene) -> None:
    scene.world.version = "20.3"
    text = "print(resolve:GetProjectManager():GetCurrentProject():GetCurrentTimeline().GetSelectedClips)"
    assert run_lua(scene.world, text) == "nil\n"


@pytest.mark.parametrize("use", ["resolve.GetTimeline", "resolve:OpenPage()"])
def test_what_is_wrong_is_loud(scene: Scene, use: str) -> None:
    with pytest.raises(ResolveDoubleError):
        run_lua(scene.world, f"pcall(function() local x = {use} end)")
    assert len(scene.world.violations) == 1
