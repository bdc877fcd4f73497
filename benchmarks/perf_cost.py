"""What it costs that `perf.json` tells processor, memory and GPU: processor seconds of the readings themselves.

    python benchmarks/perf_cost.py [--seconds 20] [--no-gpu]

Nothing else runs meanwhile, so that all processor time of this process is that of the readings; two whole runs, one
with and one without, differ by more than this from one time to the next.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mtbsync_core.jobs.resources import Resources


def cost(seconds: float, *, gpu: bool) -> float:
    """Processor seconds that reading takes over this many seconds of the clock."""
    start = time.process_time()
    with Resources(gpu=gpu):
        time.sleep(seconds)
    return time.process_time() - start


def main(argv: Sequence[str]) -> int:
    """Measure and tell."""
    parser = argparse.ArgumentParser(description="What the readings for perf.json cost.")
    parser.add_argument(
        "--seconds", type=float, default=20.0, help="how long is read; a pair of minutes takes about that"
    )
    parser.add_argument("--no-gpu", action="store_true", help="without the driver of a GPU")
    wish = parser.parse_args(argv)
    once = cost(0.0, gpu=not wish.no_gpu)
    long = cost(wish.seconds, gpu=not wish.no_gpu)
    print(f"once, with the import: {1000 * once:.1f} ms; over {wish.seconds:g} s: {1000 * long:.1f} ms,")
    print(f"together {100 * (once + long) / wish.seconds:.2f} % of one core")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
