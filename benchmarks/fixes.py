"""How long a track takes to be made of 100,000 fixes, of rides that are easy and of such as are hard to clean.

    python benchmarks/fixes.py [--fixes 100000]

Prints the table in README.md: CPU seconds, and those of ten times fewer fixes, which tell whether time grows
as the number of fixes. The goal is 3 s.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mtbsync_core.telemetry.fixes import Fixes, track_of

_NORTH_M = 111_200.0


def ride(fixes: int, rate_hz: float, *, told: bool) -> Fixes:
    """A ride northward with a receiver's noise."""
    t = np.arange(fixes) / rate_hz
    rng = np.random.default_rng(1)
    nothing = np.full(fixes, np.nan)
    lat, lon = 46.7 + (5 * t + rng.normal(0, 0.1, fixes)) / _NORTH_M % 20, 7.6 + rng.normal(0, 1e-6, fixes)
    return Fixes(t, lat, lon, 800 + nothing, np.full(fixes, 5.0) if told else nothing, nothing, nothing)


def rides(fixes: int) -> dict[str, Fixes]:
    """By what they are."""
    camera, watch = ride(fixes, 18.0, told=True), ride(fixes, 1.0, told=False)
    number = np.arange(fixes)
    return {
        "a camera's, 18 a second": camera,
        "a watch's, 1 a second": watch,
        "every third one wild": replace(watch, lat_deg=watch.lat_deg + np.where(number % 3, 0.0, 0.01)),
        "a correction every minute": replace(watch, lon_deg=watch.lon_deg + number // 60 % 2 * 0.001),
        "stamps in disorder": replace(watch, t_s=np.random.default_rng(2).permutation(watch.t_s)),
    }


def seconds(fixes: Fixes) -> float:
    """CPU seconds that the track takes."""
    began = time.process_time()
    track_of(fixes, "GPX")
    return time.process_time() - began


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fixes", type=int, default=100_000)
    count = parser.parse_args().fixes
    seconds(ride(1000, 1.0, told=True))  # imports
    few = rides(count // 10)
    print(f"| {count:,} fixes | CPU s | of a tenth, CPU s |\n|---|---|---|")
    for name, fixes in rides(count).items():
        print(f"| {name} | {seconds(fixes):.2f} | {seconds(few[name]):.2f} |")


if __name__ == "__main__":
    main()
