"""Plain ORB voting, the yardstick for how hard a pair is: each frame goes where most of its features have a twin.

    python benchmarks/naive_orb.py REF NEW [--truth TRUTH.csv] [--out VOTES.json]

ORB with 800 features on luma at full size; one frame a second of the reference against three a second of the new run,
brute-force Hamming distance with a ratio test; no order in time, no geometry. A demo pair on which this does well is
too easy to tell anything.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.score import Floats, figures, read_truth, vote_errors
from mtbsync_core.media.frames import read_frames_at
from mtbsync_core.media.probe import probe

FEATURES = 800
RATIO = 0.75

Descriptors = NDArray[np.uint8]


def naive_orb(ref: Path, new: Path, *, ask_s: float = 1.0, every_s: float = 1 / 3) -> tuple[Floats, Floats]:
    """Times of the reference's sampled frames and, for each, of the new run's frame with most matches; seconds, (N,).

    Args:
        ask_s: distance of the reference's samples.
        every_s: distance of the new run's, among which they choose.
    """
    ref_s, asking = _described(ref, ask_s)
    new_s, places = _described(new, every_s)
    # A frame can only be voted for where there is something to choose from.
    usable = [k for k, place in enumerate(places) if len(place) >= 2]
    votes = [usable[int(np.argmax([_matches(frame, places[k]) for k in usable]))] for frame in asking]
    return ref_s, new_s[votes]


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


def _matches(asking: Descriptors, place: Descriptors) -> int:
    """How many features pass the ratio test; what BFMatcher.knnMatch does, without its objects."""
    if not len(asking):
        return 0
    distance, _ = cv2.batchDistance(asking, place, cv2.CV_32S, normType=cv2.NORM_HAMMING, K=2)
    return int(np.count_nonzero(distance[:, 0] < RATIO * distance[:, 1]))


def main() -> None:
    """Write the votes, or print how far they are from the truth."""
    parser = argparse.ArgumentParser(description="How well plain ORB voting does on a pair.")
    parser.add_argument("ref", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument("--truth", type=Path)
    parser.add_argument("--out", type=Path, help="JSON with ref_s and new_s")
    given = parser.parse_args()
    ref_s, new_s = naive_orb(given.ref, given.new)
    if given.out:
        given.out.write_text(json.dumps({"ref_s": ref_s.tolist(), "new_s": new_s.tolist()}), encoding="utf-8")
    if given.truth:
        s = figures([vote_errors(ref_s, new_s, read_truth(given.truth))])
        assert s is not None
        print(
            f"{len(ref_s)} frames: median {s.median:.3f} s, P90 {s.p90:.3f} s, P95 {s.p95:.3f} s, "
            f"{100 * s.within_03:.0f} % within 0.3 s, {100 * s.within_frame:.0f} % within 33 ms"
        )


if __name__ == "__main__":
    main()
