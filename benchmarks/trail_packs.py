"""How far markers from a trail pack are from those of its video, and how large packs are.

    python benchmarks/trail_packs.py [--cache DIR] [--seeds 1-2] [--sets easy,hard,real]

The size is that of three minutes with 20 markers, by the walkway of `tests/data`: 12 seconds of a HERO7.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

from benchmarks.renders import file_of
from benchmarks.sets import SETS, Pair, add_options, base_options, names, pairs_of
from mtbsync_core.alignment.pipeline import align
from mtbsync_core.markers import Marker
from mtbsync_core.media.probe import probe
from mtbsync_core.trail_pack.pack import pack_trail
from tests.real_files import HERO7

EVERY_S = 4.0
"""Distance of the markers."""
MINUTES_S, MARKERS = 180.0, 20


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_options(parser)
    parser.add_argument("--sets", type=names(SETS), default=["easy", "hard", "real"], help=f"of {', '.join(SETS)}")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        size(Path(folder))
        apart = []
        for name in given.sets:
            for pair in pairs_of(name, given.seeds, base_options(given)):
                apart.append(compare(pair, given.cache, Path(folder) / "pair.mtbtrail"))
        joined = np.concatenate(apart)
        print(f"all {len(joined)} markers: {np.median(joined):.4f} s apart in the median, 95 % {q95(joined):.4f} s")


def compare(pair: Pair, cache: Path, pack: Path) -> np.ndarray:
    """How far apart, seconds of the new clock, the places of markers are by the video and by the pack."""
    ref, new = (probe(file_of(cache, source)) for source in (pair.ref, pair.new))
    truth = pair.truths[0]
    at_s = np.arange(truth.ref_s[0] + 1.0, truth.ref_s[-1] - 1.0, EVERY_S)
    pack_trail(ref, [Marker(f"{t:.0f}", float(t)) for t in at_s], pack)
    found = [align(side, new, moments_s=at_s.tolist()).usable_warp().to_new(at_s) for side in (ref, probe(pack))]
    true_s = np.interp(at_s, truth.ref_s, truth.new_s)
    errors = [np.nanmedian(np.abs(one - true_s)) for one in found]
    apart = np.abs(found[1] - found[0])
    apart = apart[np.isfinite(apart)]
    print(
        f"{pair.name:16s} {ref.duration_s:4.0f} s {pack.stat().st_size / 1e6:5.1f} MB  {len(apart):2d} markers"
        f"  apart {np.median(apart):.4f} {q95(apart):.4f}  off the truth: video {errors[0]:.3f}, pack {errors[1]:.3f}",
        flush=True,
    )
    return apart


def size(folder: Path) -> None:
    """Print how large three minutes of a GoPro are, by a part of that with as many markers in it."""
    pack, media = folder / "walkway.mtbtrail", probe(HERO7)
    number = max(1, round(MARKERS * media.duration_s / MINUTES_S))
    at_s = np.linspace(1, media.duration_s - 1, number)
    pack_trail(media, [Marker(f"{t:.0f}", float(t)) for t in at_s], pack)
    megabytes = pack.stat().st_size / 1e6
    print(
        f"{media.duration_s:.1f} s of a GoPro, {number} markers: {megabytes:.2f} MB;"
        f" {MINUTES_S:.0f} s of it {megabytes * MINUTES_S / media.duration_s:.1f} MB",
        flush=True,
    )


def q95(values: np.ndarray) -> float:
    """The 95th percentile."""
    return float(np.quantile(values, 0.95))


if __name__ == "__main__":
    main()
