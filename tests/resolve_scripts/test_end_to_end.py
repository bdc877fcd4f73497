"""From the menu to markers on the timeline with the real engine and real clips, and back by Undo."""

from __future__ import annotations

import csv
import json
import sys
from fractions import Fraction
from pathlib import Path
from statistics import median

import pytest

from tests.doubles.resolve import Scene
from tests.resolve_scripts.stage import Stage, placed, state

ROOT = Path(__file__).parents[2]
WALKWAY = ROOT.parent / "shared" / "data" / "gopro_walkway"
FPS = Fraction(30000, 1001)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not WALKWAY.is_dir(), reason="the real recordings (../shared/data) are not here"),
]


@pytest.fixture
def real(stage: Stage) -> Stage:
    """The engine of this checkout, in the place of the one that `installed.json` names."""
    start = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from mtbsync_core.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", start]
    (stage.installed / "installed.json").write_text(json.dumps({"engine": command}), encoding="utf-8")
    stage.settings(matcher="orb")  # what every installation has
    return stage


def truth() -> list[tuple[float, float]]:
    """Seconds of the reference and of the new run."""
    with (WALKWAY / "truth.csv").open(encoding="utf-8", newline="") as file:
        return [(float(row["hero7_s"]), float(row["max_s"])) for row in csv.DictReader(file)]


def scene_of(rate: str = "30000/1001", version: str = "21.1", *, drop: bool = True) -> Scene:
    """Both clips trimmed, on different tracks of a timeline from 01:00:00;00; the reference's item has the markers."""
    scene = Scene(version=version, rate=rate, drop=drop)
    ref = scene.media(WALKWAY / "hero7.mp4", frames=352)
    new = scene.media(WALKWAY / "max-heromode.mp4", frames=315)
    for number, (ref_s, _) in enumerate(truth()[2:-2:2], start=1):
        scene.mark(ref, round(ref_s * FPS), f"spot {number}", color="Green", note=f"note {number}")
    first = scene.place(ref, track=1, at=30, first=60, after=352 - 30)
    ref.markers.clear()
    second = scene.place(new, track=2, at=400, first=5, after=315 - 5)
    for item, colour in ((first, "Orange"), (second, "Orange")):
        item.color = colour
    scene.select(first, second)
    scene.mark(scene.timeline, 7, "mine", note="stays")
    return scene


def errors(scene: Scene) -> list[float]:
    """How far the written markers are off, seconds."""
    item = scene.timeline.video[1].items[0]
    begin = item.start - scene.timeline.start
    rate = Fraction(scene.timeline.rate)
    found = {name.removeprefix("doubtful: "): frame for frame, _, name in placed(scene) if "spot" in name}
    wanted = {f"spot {n}": new_s for n, (_, new_s) in enumerate(truth()[2:-2:2], start=1)}
    return [abs(float((found[name] - begin) / rate + 5 / FPS) - wanted[name]) for name in found]


def test_the_real_engine_on_real_clips(real: Stage) -> None:
    scene = scene_of()
    before = state(scene.world)
    assert real.run("transfer", scene.world), real.log()
    off = errors(scene)
    assert len(off) >= 5 and median(off) <= 0.25 and max(off) <= 0.6, off
    assert (7, "Blue", "mine") in placed(scene)
    once = placed(scene)
    assert real.run("transfer", scene.world), real.log()
    assert placed(scene) == once
    assert real.run("undo", scene.world), real.log()
    assert real.run("undo", scene.world), real.log()
    assert state(scene.world) == before


@pytest.mark.parametrize("version", ["19.0.2", "20.3", "21.0.4"])
def test_older_versions_with_the_real_engine(real: Stage, version: str) -> None:
    scene = scene_of(version=version)
    assert real.run("transfer", scene.world), real.log()
    off = errors(scene)
    assert len(off) >= 5 and median(off) <= 0.25, off
