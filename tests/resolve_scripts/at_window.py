"""A scene for the window, and what a person does before it in most tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.doubles.resolve import Scene, Screen, two_runs
from tests.resolve_scripts.stage import Stage


@pytest.fixture
def scene(stage: Stage) -> Scene:
    """The usual case; the second marker turns out doubtful, and a third one not to be there."""
    scene = two_runs(stage.file("ref.mp4"), stage.file("new.mp4"), ref_marks=[750, 1500, 2000])
    scene.timeline.video[0].items[0].markers[1].color = "Blue"
    gone = {"status": "outside"}
    stage.engine(shift_s=1.0, markers={"m2": {"status": "doubtful", "confidence": 0.4}, "m3": gone})
    return scene


def ends(screen: Screen) -> None:
    """Waits for the end of what was started."""
    screen.wait(lambda: screen.is_enabled("Start"))


def run(stage: Stage, scene: Scene, *does: Callable[[Screen], None]) -> None:
    """The window is opened, these do something to it, and it is closed."""

    def person(screen: Screen) -> None:
        for one in does:
            one(screen)
        screen.close()

    assert stage.run("window", scene.world, person), stage.log()


def third(stage: Stage, scene: Scene) -> Any:
    """Another new run."""
    return scene.place(scene.media(stage.file("third.mp4")), track=2, at=9000)
