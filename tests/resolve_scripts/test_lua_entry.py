"""The Lua entry, run by LuaJIT: what it says in which edition, and the command for the open timeline."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from mtbsync_core.cli import main
from mtbsync_core.errors import UsageError
from mtbsync_core.jobs.align import AlignJob
from tests.doubles.resolve import Scene
from tests.doubles.resolve.lua import run_lua
from tests.resolve_scripts.stage import MENU, state

lupa = pytest.importorskip("lupa.luajit21", reason="LuaJIT is not here")
ENTRY = (MENU / "MTB Sync.lua").read_text(encoding="ascii")


def said(product: str, version: str) -> str:
    """What the entry prints where Resolve tells no more than its name and version."""
    lua = lupa.LuaRuntime()
    lines: list[str] = []
    lua.globals().print = lambda text="": lines.append(str(text))
    lua.globals().told = lua.table(product, version)
    lua.execute(
        "resolve = {}; function resolve:GetProductName() return told[1] end;"
        "function resolve:GetVersionString() return told[2] end; io, os, package, ffi, require = nil"
    )
    lua.execute(ENTRY)
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("product", "version", "only_by_files"),
    [
        ("DaVinci Resolve", "21.1.0.14", True),
        ("DaVinci Resolve", "22.0.0.1", True),
        ("DaVinci Resolve", "21.0.4.5", False),
        ("DaVinci Resolve Studio", "21.1.1.2", False),
        ("DaVinci Resolve", "", False),
    ],
)
def test_what_to_do(product: str, version: str, only_by_files: bool) -> None:
    text = said(product, version)
    assert text.startswith(f"MTB Sync in {product} {version}")
    assert ("works through files here" in text) == only_by_files
    assert ("Resolve has found no Python" in text) != only_by_files
    assert "No timeline is open" in text and 'mtbsync align "timeline.otio" --out result' in text


@pytest.mark.parametrize("edition", ["free", "studio"])
def test_the_command_for_the_open_timeline(edition: str) -> None:
    scene = Scene(edition=edition)
    scene.timeline.name = "Trail 3 \u00e4"
    before = state(scene.world)
    text = run_lua(scene.world, ENTRY)
    assert "the timeline Trail 3 \u00e4 of the project Trail edit." in text and state(scene.world) == before
    assert "File > Export > Timeline: choose OpenTimelineIO" in text and "Timeline Markers from EDL" in text
    (command,) = re.findall(r"^ +(mtbsync .*)$", text, re.MULTILINE)
    assert shlex.split(command) == ["mtbsync", "align", "Trail 3 \u00e4.otio", "--out", "result"]
    assert "\n         Trail 3 \u00e4.otio\n" in text, "the name to save it by"


@pytest.mark.parametrize("name", ['a "b" $HOME `id`', "a/b\\c:d", "50 % \u00e4!", "-rf", "line\nbreak"])
def test_names_that_are_none_of_files_or_words_of_shells(name: str) -> None:
    scene = Scene()
    scene.timeline.name = name
    text = run_lua(scene.world, ENTRY)
    (command,) = re.findall(r"^ +(mtbsync .*)$", text, re.MULTILINE)
    file = shlex.split(command)[2]
    assert shlex.split(command)[:2] == ["mtbsync", "align"] and len(shlex.split(command)) == 5
    assert not re.search(r'[\x00-\x1f"$`\\!%/:*?<>|]', file) and not file.startswith("-") and len(file) == len(name) + 5
    assert f"\n         {file}\n" in text


def test_the_command_is_one_that_align_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    jobs: list[AlignJob] = []

    def run(job: AlignJob, listener: object) -> None:
        jobs.append(job)
        raise UsageError("far enough")

    monkeypatch.setattr(AlignJob, "run", run)
    (command,) = re.findall(r"^ +mtbsync (.*)$", run_lua(Scene().world, ENTRY), re.MULTILINE)
    assert main(shlex.split(command)) == UsageError.exit_code
    assert [(job.reference, job.new, job.out) for job in jobs] == [(Path("Timeline 1.otio"), None, Path("result"))]
