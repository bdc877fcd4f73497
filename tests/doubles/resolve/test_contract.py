"""check_in_resolve.py on the double: it keeps the contract, and the checks see what they say they look at."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.doubles.resolve import Fault, Quirks, Scene, Session, check_in_resolve, menu_globals, run_menu_script
from tests.doubles.resolve.items import TimelineItem
from tests.doubles.resolve.pythons import found_pythons

SCRIPT = Path(check_in_resolve.__file__)


def scene_for(version: str, edition: str = "studio") -> Scene:
    """What check_in_resolve asks its user for: clips of two rates with markers, two clips with audio selected."""
    scene = Scene(version=version, edition=edition, drop=True)
    plain = scene.media("/media/plain.mp4")
    fast = scene.media("/media/fast.mp4", rate="60000/1001")
    scene.mark(plain, 150)
    scene.mark(fast, 120)
    scene.select(scene.place(plain, at=10), scene.place(fast, track=2, at=20))
    scene.mark(scene.timeline, 30, "mine")
    scene.world.acts = ["tick"] * 3
    scene.compound("Multicam 1", type="Multicam")
    scene.select_in_pool(plain)
    return scene


def lines(console: str) -> dict[str, tuple[str, str]]:
    """Kind and verdict by the name of the check."""
    told = {}
    for line in console.splitlines()[1:]:
        verdict, kind, rest = line.split(maxsplit=2)
        told[rest.partition(": ")[0]] = (kind, verdict)
    return told


def told_in_process(scene: Scene, capsys: pytest.CaptureFixture[str]) -> dict[str, tuple[str, str]]:
    """The lines, from a run in this process."""
    told = menu_globals(Session(scene.world))
    check_in_resolve.main(told["resolve"], told["bmd"])
    return lines(capsys.readouterr().out)


@pytest.mark.parametrize("edition", ["studio", "free"])
@pytest.mark.parametrize("version", ["18.5", "19.0.2", "20.3", "21.0.4", "21.1"])
def test_the_double_keeps_the_contract(version: str, edition: str, capsys: pytest.CaptureFixture[str]) -> None:
    told = told_in_process(scene_for(version, edition), capsys)
    verdicts = [verdict for kind, verdict in told.values() if kind == "contract"]
    # Before 19.0.2 an item cannot tell its source frames.
    assert verdicts.count("UNKNOWN") == (2 if version == "18.5" else 0)
    assert len(verdicts) == 15 and "FAIL" not in verdicts
    assert len(told) == len(check_in_resolve.CHECKS)


LEFT_OFFSET = "left offset of another rate counts timeline frames"
ITEM_MARKERS = "item markers of another rate count timeline frames"
LONG, OTHER = "long custom data comes back", "custom data keeps other characters"
PAST_END, OTHER_PAGE = "a marker past the end is taken", "a marker can be added on another page"
MARKS = "in and out count from the start of the timeline"
WINDOW = "a window shows what it is told and its timer ticks"
ORDER, AUDIO = "selection is in the order of tracks and time", "selection brings linked audio"
IMPORT = "a timeline file is imported with speed place and markers"


@pytest.mark.parametrize(
    ("change", "name", "usual", "changed"),
    [
        ({"left_offset_in_media_frames": True}, LEFT_OFFSET, "PASS", "FAIL"),
        ({"item_markers_in_media_frames": True}, ITEM_MARKERS, "PASS", "FAIL"),
        ({"custom_data_limit": 1000}, LONG, "PASS", "FAIL"),
        ({"custom_data_ascii": True}, OTHER, "PASS", "FAIL"),
        ({"marker_past_end": False}, PAST_END, "PASS", "FAIL"),
        ({"markers_on_edit_page_only": True}, OTHER_PAGE, "PASS", "FAIL"),
        ({"marks_absolute": True}, MARKS, "PASS", "FAIL"),
        ({"selection_backwards": False}, ORDER, "FAIL", "PASS"),
        ({"selection_brings_linked": False}, AUDIO, "PASS", "FAIL"),
        ({"import_keeps_transform": False}, IMPORT, "PASS", "FAIL"),
        ({"import_keeps_markers": False}, IMPORT, "PASS", "FAIL"),
        ({"import_off_frames": 3}, IMPORT, "PASS", "FAIL"),
    ],
)
def test_each_open_fact_is_seen(
    change: dict[str, Any], name: str, usual: str, changed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    scene = scene_for("21.1")
    assert told_in_process(scene, capsys)[name] == ("open", usual)
    scene.world.quirks = replace(Quirks(), **change)
    assert told_in_process(scene, capsys)[name] == ("open", changed)


def test_a_window_that_does_not_tick_is_seen(capsys: pytest.CaptureFixture[str]) -> None:
    scene = scene_for("21.1")
    assert told_in_process(scene, capsys)[WINDOW] == ("open", "PASS")
    scene.world.acts = ["tick", "click Finish"]
    assert told_in_process(scene, capsys)[WINDOW] == ("open", "FAIL")
    assert told_in_process(scene_for("21.0.4", "free"), capsys)[WINDOW] == ("open", "UNKNOWN")


POOL = (
    "what is selected in the media pool is told on the media page",
    "a clip of the media pool takes a marker on the media page",
    "compound and multicam clips name no file",
)
SPEEDS = (
    "at half speed a clip takes half of the frames and twice of the offset",
    "a clip that runs backwards says so",
)


@pytest.mark.parametrize("version", ["18.5", "20.3", "21.1"])
def test_the_media_pool_and_speeds_are_looked_at(version: str, capsys: pytest.CaptureFixture[str]) -> None:
    told = told_in_process(scene_for(version), capsys)
    selected = "UNKNOWN" if version == "18.5" else "PASS"
    assert [told[name] for name in POOL] == [("open", one) for one in (selected, "PASS", "PASS")]
    speeds = "PASS" if version == "21.1" else "UNKNOWN"
    assert [told[name] for name in SPEEDS] == [("open", speeds)] * 2


def test_what_is_otherwise_there_is_seen(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(TimelineItem, "GetSpeed", lambda item: {"Percentage": 100.0})
    monkeypatch.setattr(TimelineItem, "GetSourceEndFrame", lambda item: 192)
    scene = scene_for("21.1")
    scene.world.media("Multicam 1").path = "/media/angle.mp4"
    scene.world.faults.append(Fault("pretend", "MediaPoolItem.AddMarker"))
    told = told_in_process(scene, capsys)
    assert {told[name][1] for name in (*POOL[1:], *SPEEDS)} == {"FAIL"}


def test_a_check_that_raises_is_a_fail() -> None:
    def wrong(bench: check_in_resolve.Bench) -> check_in_resolve.Verdict:
        raise ValueError("not like this")

    assert "not like this" in check_in_resolve.one_line("open", wrong, None)  # type: ignore[arg-type] # not looked at
    assert check_in_resolve.one_line("open", wrong, None).startswith("FAIL ")  # type: ignore[arg-type] # likewise


def test_nothing_to_look_at_is_unknown(capsys: pytest.CaptureFixture[str]) -> None:
    scene = Scene()
    told = told_in_process(scene, capsys)
    assert {told[name][1] for name in (LEFT_OFFSET, ITEM_MARKERS, ORDER, AUDIO)} == {"UNKNOWN"}


@pytest.mark.parametrize("version", found_pythons())
def test_it_runs_from_the_menu_and_leaves_things_as_they_were(version: str) -> None:
    scene = scene_for("21.1")
    before = scene.world.to_json()
    run = run_menu_script(scene.world, SCRIPT, python=found_pythons()[version])
    assert (run.error, run.exit_code) == ("", 0)
    assert run.console.startswith("mtbsync checks DaVinci Resolve Studio 21.1.0")
    assert lines(run.console)["the menu gives the path in argv and no file"] == ("open", "PASS")
    assert f"Python {version}." in run.console
    assert scene.world.to_json() == before
    run.world.calls.clear()
    run.world.ids_given = scene.world.ids_given
    run.timeline().playhead = None  # opening a timeline moves its playhead, in Resolve too
    assert run.world.to_json() == before
