"""A recording with two rides of the reference and a lift between them, with the real engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import accumulate
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from mtbsync_core.demo.pair import truth_of
from mtbsync_core.demo.parallel import render_side_by_side
from mtbsync_core.demo.plan import DemoOptions, RunPlan, plan
from mtbsync_core.media.probe import probe_file
from tests.doubles.resolve import Scene
from tests.resolve_scripts.stage import Stage, marked, placed, state

FPS = Fraction(30000, 1001)
SPOTS_S = (4.0, 9.0, 14.0, 19.0)
"""Of the reference."""
pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Afternoon:
    """The files, and when each spot of the reference is passed on either ride, seconds of the recording."""

    reference: Path
    day: Path
    frames: int
    """Of `day`."""
    rides_s: tuple[tuple[float, ...], ...]
    begins: tuple[int, int]
    """The first frame of each ride."""
    ends: tuple[int, int]


def joined(parts: Sequence[Path], path: Path) -> list[int]:
    """One file of several, none of whose pictures is coded again; how many frames each has."""
    counts = list[int]()
    with av.open(str(path), "w") as out:
        stream: Any = None
        for part in parts:
            with av.open(str(part)) as file:
                video = file.streams.video[0]
                stream = stream or out.add_stream_from_template(video)
                assert stream.codec_context is None or stream.codec_context.extradata == video.codec_context.extradata
                n, offset = 0, sum(counts)
                for packet in file.demux(video):
                    if packet.pts is None:
                        continue
                    packet.pts = packet.dts = round(Fraction(offset + n) / FPS / stream.time_base)
                    packet.time_base, packet.stream = stream.time_base, stream
                    out.mux(packet)
                    n += 1
                counts.append(n)
    return counts


@pytest.fixture(scope="module")
def afternoon(tmp_path_factory: pytest.TempPathFactory) -> Afternoon:
    """Rendered once: the second ride stops on the way and is slower."""
    folder = tmp_path_factory.mktemp("afternoon")
    o = DemoOptions(seed=4, seconds=24, width=320, height=180, telemetry=False)
    ref, first = plan(o)
    rides = (first, plan(replace(o, new_stops_s=(8.0,), speed_ratio=0.9))[1])
    lift = plan(replace(o, seconds=16, different_trail=True))[1]
    runs: list[RunPlan] = [ref, rides[0], lift, rides[1]]
    paths = [folder / name for name in ("ref.mp4", "first.mp4", "lift.mp4", "second.mp4")]
    render_side_by_side(list(zip(runs, paths, strict=True)))
    counts = joined(paths[1:], folder / "day.mp4")
    begins = [0, *accumulate(counts)]
    rides_s = tuple(
        tuple(float(np.interp(spot, *truth_of(ref, ride)) + begin / FPS) for spot in SPOTS_S)
        for ride, begin in zip(rides, (begins[0], begins[2]), strict=True)
    )
    assert probe_file(folder / "day.mp4").n_frames == sum(counts)
    return Afternoon(
        *(paths[0], folder / "day.mp4", sum(counts)), rides_s, (begins[0], begins[2]), (begins[1], begins[3])
    )


def off_s(found: dict[str, float], afternoon: Afternoon) -> list[float]:
    """How far markers named `spot 1 (ride 2)` are off, from their seconds in the recording."""
    wanted = {
        f"spot {n} (ride {ride})": at_s
        for ride, places_s in enumerate(afternoon.rides_s, start=1)
        for n, at_s in enumerate(places_s, start=1)
    }
    assert sorted(found) == sorted(wanted)
    return [abs(found[name] - at_s) for name, at_s in wanted.items()]


def test_both_rides_of_one_clip_get_their_markers(real: Stage, afternoon: Afternoon) -> None:
    scene = Scene(drop=True)
    ref = scene.media(afternoon.reference, frames=int(24 * FPS))
    day = scene.media(afternoon.day, frames=afternoon.frames)
    first, long = scene.place(ref, track=1, at=0), scene.place(day, track=2, at=1000, first=5)
    for n, at_s in enumerate(SPOTS_S, start=1):
        scene.mark(first, round(at_s * FPS), f"spot {n}")
    scene.select(first, long)
    before = state(scene.world)
    assert real.run("transfer", scene.world), real.log()
    found = {name.replace("doubtful: ", ""): float((frame - 1000 + 5) / FPS) for frame, _, name in placed(scene)}
    assert max(off_s(found, afternoon)) <= 0.25, off_s(found, afternoon)
    assert "day.mp4 shows 2 rides of the reference" in real.log()
    assert real.run("undo", scene.world), real.log()
    assert state(scene.world) == before


def no_timeline() -> Scene:
    scene = Scene(drop=True)
    scene.project.timelines.clear()
    scene.project.current = ""
    return scene


def in_seconds(markers: list[tuple[int, str]], first: int = 0) -> dict[str, float]:
    """By name, seconds of the file; `first` is the first frame of the subclip."""
    return {name.replace("doubtful: ", ""): float((first + frame) / FPS) for frame, name in markers}


def test_in_the_media_pool_without_a_timeline(real: Stage, afternoon: Afternoon) -> None:
    scene = no_timeline()
    ref = scene.media(afternoon.reference, frames=int(24 * FPS))
    day = scene.media(afternoon.day, frames=afternoon.frames)
    for n, at_s in enumerate(SPOTS_S, start=1):
        scene.mark(ref, round(at_s * FPS), f"spot {n}")
    scene.select_in_pool(day, ref)
    before = state(scene.world)
    assert real.run("transfer", scene.world), real.log()
    off = off_s(in_seconds(marked(day)), afternoon)
    assert max(off) <= 0.25, off
    assert real.run("undo", scene.world), real.log()
    assert state(scene.world) == before


def test_two_laps_of_one_file_in_the_media_pool(real: Stage, afternoon: Afternoon) -> None:
    """The first ride, checked, is the reference of the second: two subclips of one file."""
    scene = no_timeline()
    (low, high), (begin, end) = ((afternoon.begins[n], afternoon.ends[n]) for n in (0, 1))
    one = scene.media(afternoon.day, first=low, frames=high - low)
    two = scene.media(afternoon.day, first=begin, frames=end - begin)
    for n, at_s in enumerate(afternoon.rides_s[0], start=1):
        scene.mark(one, round(at_s * FPS) - low, f"spot {n}")
    scene.select_in_pool(one, two)
    assert real.run("transfer", scene.world), real.log()
    found = in_seconds(marked(two), begin)
    off = [abs(found[f"spot {n}"] - at_s) for n, at_s in enumerate(afternoon.rides_s[1], start=1)]
    assert len(found) == len(SPOTS_S) and max(off) <= 0.25, off
    assert len(marked(one)) == len(SPOTS_S)
