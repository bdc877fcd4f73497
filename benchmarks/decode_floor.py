"""The least time in which anybody can see the key frames of two files: a bare PyAV loop, nothing kept.

    python benchmarks/decode_floor.py REF NEW [--threads 2]

prints seconds, best of three. Each thread has a container of its own and takes a part of each file.
"""

from __future__ import annotations

import argparse
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import av


def decode_part(path: Path, part: int, parts: int) -> int:
    """Decode the key frames of one of several equal parts of a file; returns how many."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_type = "NONE"
        stream.codec_context.skip_frame = "NONKEY"
        start = stream.start_time or 0
        length = stream.duration or 0
        first, last = start + length * part // parts, start + length * (part + 1) // parts
        if part:
            container.seek(first, stream=stream)
        n = 0
        for packet in container.demux(stream):
            if packet.pts is not None and part + 1 < parts and packet.pts >= last:
                break
            if packet.pts is None or packet.is_keyframe:
                n += len(packet.decode())
        return n


def decode_floor(ref: Path, new: Path, threads: int = 2, repeats: int = 3) -> float:
    """Seconds to decode the key frames of both files, the best of several rounds."""
    rounds = []
    for _ in range(repeats):
        start = time.perf_counter()
        with ThreadPoolExecutor(threads) as pool:
            for path in (ref, new):
                list(pool.map(decode_part, [path] * threads, range(threads), [threads] * threads))
        rounds.append(time.perf_counter() - start)
    return min(rounds)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ref", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    print(f"{decode_floor(given.ref, given.new, given.threads):.3f}")
