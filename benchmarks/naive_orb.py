"""Plain ORB voting, the yardstick for how hard a pair is: each frame goes where most of its features have a twin.

    python benchmarks/naive_orb.py REF NEW TRUTH.csv

ORB with 800 features on luma at full size, 3 frames a second of both files, brute-force Hamming distance with a ratio
test; no order in time, no geometry. A demo pair on which this does well is too easy to tell anything.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.score import Floats, read_truth
from mtbsync_core.media.frames import read_frames_at
from mtbsync_core.media.probe import probe

FEATURES = 800
RATIO = 0.75

Descriptors = NDArray[np.uint8]


def naive_orb(ref: Path, new: Path, every_s: float = 1 / 3) -> tuple[Floats, Floats]:
    """Times of the new run's sampled frames and, for each, of the reference frame with most matches; seconds, (N,)."""
    ref_s, places = _described(ref, every_s)
    new_s, frames = _described(new, every_s)
    # A frame can only vote where there is something to choose from.
    usable = [k for k, place in enumerate(places) if len(place) >= 2]
    votes = [usable[int(np.argmax([_matches(frame, places[k]) for k in usable]))] for frame in frames]
    return new_s, ref_s[votes]


def _described(path: Path, every_s: float) -> tuple[Floats, list[Descriptors]]:
    info = probe(path)
    orb = cv2.ORB.create(nfeatures=FEATURES)
    times, found = [], []
    for shown_s, luma in read_frames_at(
        info, np.arange(0.0, info.duration_s, every_s), width=max(info.width, info.height)
    ):
        _, descriptors = orb.detectAndCompute(luma, None)
        times.append(shown_s)
        found.append(np.zeros((0, 32), np.uint8) if descriptors is None else np.asarray(descriptors, np.uint8))
    return np.array(times), found


def _matches(new: Descriptors, ref: Descriptors) -> int:
    """How many features of the new frame pass the ratio test; what BFMatcher.knnMatch does, without its objects."""
    if not len(new):
        return 0
    distance, _ = cv2.batchDistance(new, ref, cv2.CV_32S, normType=cv2.NORM_HAMMING, K=2)
    return int(np.count_nonzero(distance[:, 0] < RATIO * distance[:, 1]))


def main() -> None:
    """Print how far the votes are from the truth, on the reference's clock: that is well defined in a stop as well."""
    parser = argparse.ArgumentParser(description="How well plain ORB voting does on a pair.")
    for name in ("ref", "new", "truth"):
        parser.add_argument(name, type=Path)
    chosen = parser.parse_args()
    truth = read_truth(chosen.truth)
    new_s, voted_s = naive_orb(chosen.ref, chosen.new)
    known = (new_s >= truth.new_s[0]) & (new_s <= truth.new_s[-1])
    error = np.abs(voted_s - np.interp(new_s, truth.new_s, truth.ref_s))[known]
    median, p90, p95 = np.percentile(error, (50, 90, 95))
    print(
        f"{len(error)} frames: median {median:.3f} s, P90 {p90:.3f} s, P95 {p95:.3f} s, "
        f"{100 * np.mean(error <= 0.3):.0f} % within 0.3 s, {100 * np.mean(error <= 1 / 30):.0f} % within 33 ms"
    )


if __name__ == "__main__":
    main()
