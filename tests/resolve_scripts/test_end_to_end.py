"""From the menu to markers on the timeline with the real engine and real clips, and back by Undo."""

from __future__ import annotations

import ast
import csv
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from statistics import median

import pytest

from mtbsync_core.jobs.excerpt import Excerpt
from mtbsync_core.jobs.listener import Notes
from mtbsync_core.jobs.transfer import Transfer, TransferOptions
from mtbsync_core.markers import Marker
from mtbsync_core.options import from_json
from tests.doubles.resolve import Scene, Screen, run_menu_script
from tests.doubles.resolve.pythons import found_pythons
from tests.real_files import WALKWAY
from tests.resolve_scripts.stage import Stage, placed, state

ROOT = Path(__file__).parents[2]
FPS = Fraction(30000, 1001)
pytestmark = pytest.mark.slow


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


@pytest.mark.parametrize("version", ["19.0.2", "20.3", "21.0.4", "21.1"])
def test_the_real_engine_on_real_clips(real: Stage, version: str) -> None:
    scene = scene_of(version=version)
    before = state(scene.world)
    assert real.run("transfer", scene.world), real.log()
    off = errors(scene)
    assert len(off) >= 5 and median(off) <= 0.25 and max(off) <= 0.6, off
    assert (7, "Blue", "mine") in placed(scene)
    once = placed(scene)
    assert real.run("transfer", scene.world), real.log()
    assert placed(scene) == once
    assert real.run("undo", scene.world), real.log()
    assert state(scene.world) == before


def test_the_window_with_the_real_engine(real: Stage) -> None:
    """Every second marker is left out; the others are found, walked and accepted. Once it is cancelled at work."""
    scene = scene_of()
    for marker in scene.timeline.video[0].items[0].markers[::2]:
        marker.color = "Pink"
    before = state(scene.world)
    lines: list[str] = []

    def person(screen: Screen) -> None:
        def look_on(until: Callable[[], bool]) -> None:
            while not until():
                screen.tick()
                lines.append(screen.text("Progress"))
                time.sleep(0.02)

        screen.click("ColourPink")
        screen.click("Start")
        look_on(lambda: "%" in lines[-1] if lines else False)
        screen.click("Cancel")
        look_on(lambda: screen.is_enabled("Start"))
        assert screen.text("Status").startswith("Cancelled.") and state(scene.world) == before
        screen.click("Start")
        look_on(lambda: screen.is_enabled("Start"))
        rows = screen.rows()
        sure = [int(row[6].rstrip(" %")) for row in rows if row[6]]
        assert len(rows) >= 3 and sure == sorted(sure)
        screen.choose(1)
        screen.click("GoTo")
        screen.click("Accept")
        assert screen.rows()[0][-1] == "accepted"
        screen.close()

    assert real.run("window", scene.world, person), real.log()
    stages = {line.rpartition(",")[0] for line in lines if "left of this step" not in line} - {""}
    assert len(stages) >= 3, stages
    assert len(errors(scene)) == len([m for m in scene.timeline.video[0].items[0].markers if m.color != "Pink"])
    assert max(errors(scene)) <= 0.6
    assert [bool(one.custom_data) for one in scene.timeline.markers if "spot" in one.name].count(False) == 1
    for _ in range(2):
        assert real.run("undo", scene.world), real.log()
    scene.timeline.playhead = None
    assert state(scene.world) == before


@pytest.mark.parametrize("speeds", [(100.0, 50.0), (200.0, 100.0)])
def test_a_clip_at_another_speed(real: Stage, speeds: tuple[float, float]) -> None:
    scene = Scene(rate=str(FPS), drop=True)
    ref, new = (
        scene.place(scene.media(WALKWAY / name, frames=frames), track=n, at=1000 * (n - 1), speed=speed)
        for n, name, frames, speed in zip((1, 2), ("hero7.mp4", "max-heromode.mp4"), (352, 315), speeds, strict=True)
    )
    pairs = truth()[2:-2:2]
    for number, (ref_s, _) in enumerate(pairs, start=1):
        scene.mark(scene.timeline, round(ref_s * FPS * 100 / speeds[0]), f"spot {number}")
    scene.select(ref, new)
    assert real.run("transfer", scene.world), real.log()
    found = {name.removeprefix("doubtful: "): frame for frame, _, name in placed(scene) if frame >= 1000}
    off = [
        abs(float((found[f"spot {n}"] - 1000) / FPS) * speeds[1] / 100 - new_s) for n, (_, new_s) in enumerate(pairs, 1)
    ]
    assert len(off) >= 5 and median(off) <= 0.25 and max(off) <= 0.6, off


# What Clip Attributes say of the reference and of the new run; both were recorded at 29.97.
ATTRIBUTES = [("24000/1001", "24000/1001"), ("60000/1001", "30000/1001"), ("30000/1001", "25")]


@pytest.mark.parametrize(("ref_rate", "new_rate"), ATTRIBUTES)
def test_clip_attributes_with_another_rate(real: Stage, ref_rate: str, new_rate: str) -> None:
    scene = Scene(rate="24000/1001")
    ref = scene.media(WALKWAY / "hero7.mp4", frames=352, rate=ref_rate, file_rate=str(FPS))
    new = scene.media(WALKWAY / "max-heromode.mp4", frames=315, rate=new_rate, file_rate=str(FPS))
    pairs = truth()[2:-2:2]
    for number, (ref_s, _) in enumerate(pairs, start=1):
        scene.mark(ref, round(ref_s * FPS), f"spot {number}")  # the frame that the editor sees
    first, second = scene.place(ref, track=1, at=30), scene.place(new, track=2, at=500)
    first.markers.clear()
    scene.select(first, second)
    assert real.run("transfer", scene.world), real.log()
    found = {name.removeprefix("doubtful: "): frame for frame, _, name in placed(scene)}
    wanted = {
        f"spot {n}": 500 + new_s * FPS / Fraction(new_rate) * Fraction(24000, 1001)
        for n, (_, new_s) in enumerate(pairs, 1)
    }
    off = [abs(float((found[name] - wanted[name]) / Fraction(24000, 1001))) for name in found]
    # Seconds of the timeline, in which a second of the file may be longer.
    assert len(off) >= 7 and max(off) <= 0.3 * max(1.0, float(FPS / Fraction(new_rate))), off
    assert f"recorded at {float(FPS):g}" in real.log()


def test_a_clip_attribute_that_cannot_be_converted_is_refused(real: Stage) -> None:
    scene = Scene(rate="24000/1001")
    files = [(WALKWAY / "hero7.mp4", 352), (WALKWAY / "max-heromode.mp4", 315)]
    subclips = [scene.media(path, frames=n - 60, first=40, rate="24000/1001", file_rate=str(FPS)) for path, n in files]
    items = [scene.place(media, track=1 + n, at=500 * n) for n, media in enumerate(subclips)]
    scene.mark(items[0], 100, "spot")
    scene.select(*items)
    assert real.run("transfer", scene.world), real.log()
    assert placed(scene) == [] and "cannot be converted" in real.log() and "Clip Attributes" in real.log()


def test_both_runs_in_step_by_the_real_engine(real: Stage) -> None:
    """Each clip of the new timeline shows, frame by frame, what the engine's own map of the two says."""
    scene = scene_of()
    before = state(scene.world)
    assert real.run("compare", scene.world), real.log()
    made = scene.world.timeline("max-heromode against hero7")
    (asked,) = (
        ast.literal_eval(line.partition("request: ")[2]) for line in real.log().splitlines() if "request: " in line
    )
    markers = tuple(Marker(one["name"], one["t_s"]) for one in asked["markers"])
    transfer = Transfer(from_json(Excerpt, asked["reference"]), markers, from_json(TransferOptions, asked["options"]))
    (ride,) = transfer.rides(from_json(Excerpt, asked["new"][0]), Notes())
    found = transfer.run(ride, Notes())
    warp, half_s = found.alignment.usable_warp(), 0.5 / float(FPS)
    (below,) = made.video[0].items
    assert below.speed == 100 and below.source_start == 60 and below.duration == 352 - 30 - 60
    shown = 0
    for item in made.video[1].items:
        for frame in range(item.start, item.start + item.duration):
            past_s = (frame - item.start) / float(FPS) * item.speed / 100
            ref_s = (frame - made.start + 60) / float(FPS)
            due_s = float(warp.to_new(ref_s - found.ref_from_s)) + found.new_from_s
            assert abs(item.source_start / float(FPS) + past_s - due_s) <= half_s + 1e-6
            shown += 1
    assert shown > 150
    # The deltas are those of the clips' own truth.
    deltas = [(marker.frame, marker.name) for marker in made.markers]
    assert len(deltas) >= 5 and all(abs(item.zoom - 0.5) < 0.01 for item in made.video[1].items)
    first = next(name for _, name in deltas)
    pairs = {f"spot {n}": pair for n, pair in enumerate(truth()[2:-2:2], start=1)}
    for _, name in deltas[1:]:
        spot, lost_s = " ".join(name.split()[:2]), float(name.split()[2])
        (ref_0, new_0), (ref_s, new_s) = pairs[first], pairs[spot]
        assert abs(lost_s - ((new_s - new_0) - (ref_s - ref_0))) < 0.6
    assert state(scene.world)["timelines"][:1] == before["timelines"]


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built wheel, unpacked."""
    pytest.importorskip("hatchling", reason="builds the wheel")
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as archive:
        archive.extractall(folder / "site-packages")
    return folder / "site-packages"


@pytest.mark.parametrize("version", found_pythons())
def test_the_wheel_installed_run_by_every_python_with_the_real_engine(
    real: Stage, unpacked: Path, tmp_path: Path, version: str
) -> None:
    """Built, unpacked, installed by its own installer, started as Resolve starts it; the engine is the wheel's too."""
    print("under Python", version)
    scripts = tmp_path / "Resolve \u00e4" / "Fusion" / "Scripts"
    scripts.mkdir(parents=True)
    start = f"import sys; sys.path.insert(0, {str(unpacked)!r}); from mtbsync_core.cli import main; sys.exit(main())"
    install = (
        f"import sys; sys.path.insert(0, {str(unpacked)!r})\n"
        "from pathlib import Path\n"
        "from resolve_scripts.mtbsync_resolve.install import install\n"
        f"install([sys.executable, '-c', {start!r}], '1', Path({str(scripts)!r}))\n"
    )
    subprocess.run([sys.executable, "-c", install], cwd=tmp_path, check=True)
    scene = scene_of()
    before = state(scene.world)
    env, python = {"MTBSYNC_CONFIG_DIR": str(real.config)}, found_pythons()[version]
    menu = scripts / "Utility"
    done = run_menu_script(scene.world, menu / "MTB Sync - Transfer Markers.py", python=python, env=env, timeout_s=300)
    assert done.error == "", done.console
    scene.world, scene.timeline = done.world, done.timeline()
    off = errors(scene)
    assert len(off) >= 5 and median(off) <= 0.25, off
    undone = run_menu_script(done.world, menu / "MTB Sync - Undo Last Transfer.py", python=python, env=env)
    assert state(undone.world) == before, undone.console
