"""The sets of the leaderboard and their pairs; each has a number of seeds, except the real one.

    python benchmarks/sets.py [--cache DIR] [--sets easy,hard] [--seeds 1-10] [--render]

lists the pairs and whether their files are there; with `--render` they are made, one after the other.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.footage import Footage, all_kinds_of_ends, laps, plain, slow, speed_ratios, truths, various_lenses
from benchmarks.renders import Source, file_of, fingerprint, render_path
from benchmarks.score import Truth, read_truth
from mtbsync_core.demo.plan import DemoOptions

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
REAL = {
    "gopro_walkway": ("hero7.mp4", "max-heromode.mp4"),
    "donkeycar_laps": ("lap1.mp4", "lap2.mp4"),
}
"""Folder under ../shared/data: reference and new run, with `truth.csv` beside them."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two recordings and what is true of them: right answers, any one of which will do; none if nothing is common."""

    of_set: str
    name: str
    ref: Source
    new: Source
    truths: tuple[Truth, ...]

    @property
    def key(self) -> str:
        """Names the pair among kept results."""
        return f"{fingerprint(self.ref)}-{fingerprint(self.new)}"


_MAKERS: dict[str, tuple[dict[str, Any], Callable[[DemoOptions], tuple[Footage, Footage]]]] = {
    "easy": ({}, plain),
    "hard": ({"difficulty": "hard"}, plain),
    "partial": ({"overlap": 0.6}, plain),
    "stops": ({"ref_stops_s": (7.0,), "new_stops_s": (5.0, 9.0)}, plain),
    "laps": ({}, laps),
    "other": ({"different_trail": True}, plain),
    "slow": ({}, slow),
    "ratios": ({}, speed_ratios),
    "lenses": ({}, various_lenses),
    "ends": ({}, all_kinds_of_ends),
}
SETS = (*_MAKERS, "real")


def pairs_of(name: str, seeds: Sequence[int], base: DemoOptions) -> Iterator[Pair]:
    """The pairs of a set; `base` has the length, size and rate of simulated ones."""
    if name == "real":
        yield from real_pairs()
        return
    choices, make = _MAKERS[name]
    for seed in seeds:
        ref, new = make(replace(base, seed=seed, **choices))
        known = tuple(Truth(ref_s, new_s) for ref_s, new_s in truths(ref, new))
        yield Pair(name, f"{name} {seed}", ref, new, known)


def real_pairs() -> Iterator[Pair]:
    """The pairs of real recordings, where they are there."""
    for name, (ref, new) in REAL.items():
        folder = DATA / name
        if folder.exists():
            yield Pair("real", name, folder / ref, folder / new, (read_truth(folder / "truth.csv"),))


def render_all(cache: Path, sources: Sequence[Source]) -> None:
    """Render what is not there yet, one file at a time, and say how it goes."""
    missing = {path: source for source in sources if not (path := render_path(cache, source)).exists()}
    print(
        f"{len(missing)} of {len({render_path(cache, s) for s in sources})} recordings are to be rendered", flush=True
    )
    for number, (path, source) in enumerate(missing.items(), start=1):
        start = time.perf_counter()
        file_of(cache, source)
        print(f"{number}/{len(missing)} {path.name} {time.perf_counter() - start:.0f} s", flush=True)


def add_options(parser: argparse.ArgumentParser, *, seconds: float = 60.0, seeds: str = "1-2") -> None:
    """The options that all benchmarks on simulated runs share."""
    parser.add_argument("--cache", type=Path, default=Path("build/benchmarks"), help="folder of what is kept")
    parser.add_argument("--seeds", type=numbers, default=numbers(seeds), help=f"like 1-3,7 ({seeds})")
    parser.add_argument("--seconds", type=float, default=seconds, help=f"length of the reference ({seconds:g})")
    parser.add_argument("--size", default="480x270", help="of simulated pictures (480x270)")
    parser.add_argument("--rate", type=Fraction, default=Fraction(15), help="simulated frames a second (15)")


def base_options(given: argparse.Namespace) -> DemoOptions:
    """What the shared options say of simulated runs."""
    width, height = (int(side) for side in given.size.split("x"))
    return DemoOptions(seconds=given.seconds, width=width, height=height, rate=given.rate, telemetry=False)


def numbers(text: str) -> list[int]:
    """`1-3,7` as [1, 2, 3, 7]."""
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found


def names(choices: Sequence[str]) -> Callable[[str], list[str]]:
    """A reader of lists of names separated by commas."""

    def read(text: str) -> list[str]:
        chosen = text.split(",")
        if wrong := [name for name in chosen if name not in choices]:
            raise argparse.ArgumentTypeError(f"{wrong[0]!r} is none of {', '.join(choices)}")
        return chosen

    return read


def main() -> None:
    """List or render the pairs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_options(parser)
    parser.add_argument("--sets", type=names(SETS), default=list(SETS), help=f"of {', '.join(SETS)}")
    parser.add_argument("--render", action="store_true", help="make the files that are not there yet")
    given = parser.parse_args()
    base = base_options(given)
    # A seed at a time, so that a run that is stopped early leaves whole seeds behind.
    of_seeds = [[pair for name in given.sets for pair in pairs_of(name, [seed], base)] for seed in given.seeds]
    pairs = list({pair.key: pair for of_seed in of_seeds for pair in of_seed}.values())
    if given.render:
        render_all(given.cache, [source for pair in pairs for source in (pair.ref, pair.new)])
        return
    for pair in pairs:
        there = "".join("+" if render_path(given.cache, source).exists() else "-" for source in (pair.ref, pair.new))
        print(f"{pair.name:<16} {there} {pair.key}")


if __name__ == "__main__":
    main()
