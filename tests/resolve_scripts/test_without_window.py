"""Where Resolve shows no windows of scripts: it is said, and every other entry does its work."""

from __future__ import annotations

import pytest

from mtbsync_core.timecode import Rate
from resolve_scripts.mtbsync_resolve import entries
from tests.doubles.resolve import Scene, two_runs
from tests.resolve_scripts.at_window import scene as scene
from tests.resolve_scripts.stage import Stage
from tests.resolve_scripts.test_compare import SPAN, file_for

FREE = {"19.1": "free", "20.3": "free", "21.0.4": "free"}


@pytest.mark.parametrize("version", FREE)
def test_free_editions_without_windows_name_the_entries_that_do_the_same(stage: Stage, version: str) -> None:
    """And never ask for one, which would open an offer of Studio."""
    scene = two_runs(stage.file("ref.mp4"), stage.file("new.mp4"), version=version, edition="free")
    assert not stage.run("window", scene.world)
    notice = stage.notice()
    assert "shows no windows of scripts" in notice and "Transfer to All Selected" in notice
    assert stage.opened == [(stage.config / "notice.html").as_uri()]
    assert not scene.world.faults


@pytest.mark.parametrize("missing", ["fusion", "bmd"])
def test_a_studio_that_gives_scripts_no_windows(
    stage: Stage, scene: Scene, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    from tests.resolve_scripts import stage as module

    real = module.menu_globals
    taken = ("fusion", "fu", "app") if missing == "fusion" else (missing,)
    monkeypatch.setattr(module, "menu_globals", lambda s: {k: v for k, v in real(s).items() if k not in taken})
    assert not stage.run("window", scene.world)
    assert "shows no windows of scripts" in stage.log()


ENTRIES = {
    "transfer": "markers written",
    "transfer_all": "markers written",
    "next_doubtful": "There is no doubtful marker",
    "accept": "is yours now",
    "adopt": "are yours now",
    "remove": "removed",
    "undo": "Undone on the timeline",
    "export": "1 markers from",
    "compare": "Both runs are in step on the timeline",
    "cancel": "nothing to cancel",
    "check": "Started from DaVinci Resolve 21.0.4",
}


@pytest.mark.parametrize("entry", [pytest.param(one, marks=[pytest.mark.slow] * (one == "check")) for one in ENTRIES])
def test_every_other_entry_needs_no_window(stage: Stage, entry: str) -> None:
    """On a free edition, whose UIManager nobody may ask for."""
    assert {*ENTRIES, "window"} == {*entries.ALONE, *entries.ANY_TIME}
    scene = two_runs(stage.file("ref.mp4"), stage.file("new.mp4"), version="21.0.4", edition="free")
    if entry == "compare":
        stage.engine(timeline=file_for(scene, rate=Rate(30000, 1001, True), span=SPAN))
    if entry in ("adopt", "remove", "undo", "accept"):
        assert stage.run("transfer", scene.world), stage.log()
    if entry == "accept":
        scene.timeline.playhead = scene.timeline.start + scene.timeline.markers[0].frame
    if entry == "adopt":
        scene.select(scene.timeline.video[1].items[0])
    if entry == "export":
        scene.timeline.video[0].items[0].markers.pop()
    assert stage.run(entry, scene.world), stage.log()
    assert ENTRIES[entry] in stage.log() and not scene.world.faults
