"""An afternoon in one file: rides of a reference, lifts and standing between them; are all found, and no other?

    python benchmarks/passes.py [--cache DIR] [--seconds 180] [--rides 5] [--minutes 60] [--seed 1] [--make]

Makes (and keeps, in DIR) a simulated reference and the afternoon: riders of all kinds on its trail, each standing at
its start for half a minute before, and lifts, which are another trail of the same look at 2.5 m/s. They are rendered at
320x180 and 10 frames a second and enlarged to what cameras write as small copies: 768x432, 4 Mb/s, key frames 0.5 s
apart (`speed.py`), but 20 frames a second. Then runs `mtbsync passes` in a process of its own and prints, for each
ride, by how much its ends are off, and what it took beside the bare decoding of all key frames (`decode_floor.py`).
POSIX only, as `speed.py`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from itertools import cycle, islice
from multiprocessing import get_context
from pathlib import Path

import av
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.footage import Footage
from benchmarks.renders import file_of
from benchmarks.speed import cost, floor_of
from benchmarks.speed_files import SMALL, enlarged
from mtbsync_core.demo.difficulty import new_style, reference_style
from mtbsync_core.demo.encode import Encoding, encode
from mtbsync_core.demo.plan import DemoOptions, RunPlan, plan, run_rng
from mtbsync_core.demo.rider import Schedule, make_schedule
from mtbsync_core.files import replacing

RATE = Fraction(10)
"""Of what is rendered, frames a second."""
LIFT_S, LIFT_MPS, STAND_S = 120.0, 2.5, 30.0
LIFTS = 3
"""Lifts that look different; then the first one again."""
SPEEDS = (1.1, 0.87, 1.0, 0.7, 1.25)
"""Of the riders, against the trail's own pace."""


@dataclass(frozen=True)
class Afternoon:
    """A reference; the long recording as numbers of its `pieces`, which may come again; and when each ride in it begins
    and ends, seconds.
    """

    reference: Footage
    pieces: tuple[Footage, ...]
    order: tuple[int, ...]
    rides_s: tuple[tuple[float, float], ...]


def afternoon(o: DemoOptions, rides: int, minutes: float) -> Afternoon:
    """The plan; nothing is rendered."""
    ref, _ = plan(o)
    _, strange = plan(replace(o, different_trail=True, look=o.seed))
    runs = [_ride(o, ref, k) for k in range(rides)]
    lifts = [_lift(strange, ref, k) for k in range(LIFTS)]
    spare_s = 60 * minutes - sum(float(run.starts_s()[-1]) for run in runs)
    each = np.diff(np.round(np.linspace(0, max(rides + 1, round(spare_s / LIFT_S)), rides + 2))).astype(int).tolist()
    between = cycle(range(rides, rides + LIFTS))
    order = list(islice(between, each[0]))
    for number, count in enumerate(each[1:]):
        order += [number, *islice(between, count)]
    pieces = (*runs, *lifts)
    starts = np.cumsum([0.0, *(float(pieces[k].starts_s()[-1]) for k in order)]).tolist()
    at = [start + pieces[k].starts_s() for start, k in zip(starts, order, strict=False) if k < rides]
    return Afternoon(Footage((ref,)), pieces, tuple(order), tuple((float(t[1]), float(t[2])) for t in at))


def _ride(o: DemoOptions, ref: RunPlan, number: int) -> Footage:
    """Standing at the reference's first place, then riding its whole way."""
    styles = new_style("easy", o.seconds, None), new_style("hard", o.seconds, None), reference_style(o.seconds, ())
    style = replace(styles[number % 3], speed_ratio=SPEEDS[number % len(SPEEDS)])
    first_m, last_m = (float(s) for s in ref.schedule.s_m[[0, -1]])
    schedule = make_schedule(ref.trail(), style, run_rng(o, 20 + number), first_m, last_m, None)
    waits = Schedule(np.array([0.0, STAND_S]), np.array([first_m - 0.02, first_m]))
    run = replace(ref, style=style, schedule=schedule, run_seed=(o.seed, 7, 20 + number), sensors=None)
    return Footage((replace(run, schedule=waits), run))


def _lift(strange: RunPlan, ref: RunPlan, number: int) -> Footage:
    first_m = float(strange.schedule.s_m[0]) + 40.0 * number
    ride = Schedule(np.array([0.0, LIFT_S]), np.array([first_m, first_m + LIFT_MPS * LIFT_S]))
    lift = replace(strange, style=ref.style, schedule=ride, run_seed=(*strange.run_seed[:-1], 50 + number))
    return Footage((replace(lift, encoding=ref.encoding, sensors=None),))


def make(o: DemoOptions, rides: int, minutes: float, cache: Path) -> tuple[Path, Path, tuple[tuple[float, float], ...]]:
    """The reference and the long recording, made where they are not there, and the rides in it."""
    found = afternoon(o, rides, minutes)
    seconds = sum(float(found.pieces[k].starts_s()[-1]) for k in found.order)
    target = cache / f"afternoon-{o.seed}-{rides}-{seconds:.0f}.mp4"
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:  # OpenCV has threads, which a fork would lose
        rendered = list(pool.map(partial(file_of, cache), [found.reference, *found.pieces]))
        reference, *pieces = pool.map(enlarge, rendered)
    if not target.exists():
        join([pieces[k] for k in found.order], target)
    return reference, target, found.rides_s


def enlarge(source: Path) -> Path:
    """A rendered file as a camera writes its small copies, made where it is not there."""
    target = source.with_name(f"small-{source.name}")
    if not target.exists():
        how = Encoding(rate=2 * RATE, bit_rate=SMALL.bit_rate, key_frame_s=SMALL.key_frame_s, timecode="10:00:00:00")
        with replacing(target) as scratch:
            encode(scratch, enlarged(source, SMALL), *SMALL.size, how)
    return target


def join(pieces: Sequence[Path], target: Path) -> None:
    """The packets of files of one encoding, one file after the other, in one file."""
    with replacing(target) as scratch, av.open(str(scratch), "w", format="mp4") as out:
        copy, shift = None, 0
        for piece in pieces:
            with av.open(str(piece)) as file:
                stream = file.streams.video[0]
                copy = copy or out.add_stream_from_template(stream)
                for packet in file.demux(stream):
                    if packet.size and packet.pts is not None and packet.dts is not None:
                        packet.pts, packet.dts, packet.stream = packet.pts + shift, packet.dts + shift, copy
                        out.mux(packet)
                shift += stream.duration or 0


def main() -> None:
    """Make what is missing, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, default=Path("passes-files"))
    parser.add_argument("--seconds", type=float, default=180.0)
    parser.add_argument("--rides", type=int, default=5)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--make", action="store_true", help="make the files and measure nothing")
    given = parser.parse_args()
    o = DemoOptions(seed=given.seed, seconds=given.seconds, telemetry=False, width=320, height=180, rate=RATE)
    given.cache.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:  # the peak of this process would be that of its children
        reference, recording, rides_s = pool.submit(make, o, given.rides, given.minutes, given.cache).result()
    if given.make:
        return
    floor = floor_of(reference, recording, given.threads)
    command = (
        "-m",
        "mtbsync_core",
        "passes",
        str(reference),
        str(recording),
        "--threads",
        str(given.threads),
        "--json",
    )
    done = cost(*command)
    (told,) = json.loads(done.said)["recordings"]
    print("| ride | begins s | off s | ends s | off s | covered | verdict |\n|---|---|---|---|---|---|---|")
    found = list(told["passes"])
    for n, (from_s, to_s) in enumerate(rides_s, start=1):
        mine = next((p for p in found if p["from_s"] < to_s and p["to_s"] > from_s), None)
        if mine is None:
            print(f"| {n} | {from_s:.1f} | not found | {to_s:.1f} | – | – | – |")
            continue
        found.remove(mine)
        ends = f"{from_s:.1f} | {mine['from_s'] - from_s:+.2f} | {to_s:.1f} | {mine['to_s'] - to_s:+.2f}"
        print(f"| {n} | {ends} | {mine['covered']:.0%} | {mine['verdict']} |")
    for p in found:
        print(f"invented: {p}")
    print(f"{done.wall_s:.1f} s, {done.cpu_s:.1f} CPU s, {done.peak_mb:.0f} MB; floor {floor.wall_s:.1f} s,", end=" ")
    print(f"{floor.cpu_s:.1f} CPU s: x {done.wall_s / floor.wall_s:.2f}, CPU x {done.cpu_s / floor.cpu_s:.2f}")


if __name__ == "__main__":
    main()
