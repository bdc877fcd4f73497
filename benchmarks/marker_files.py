"""How long writing and reading of many markers takes, format by format; the goal is 10,000 in less than 3 s each way.

python benchmarks/marker_files.py [--markers 10000] [--write]
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.report import cells, measured, write_part
from mtbsync_core import __version__
from mtbsync_core.markers import COLOURS, Marker
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.timecode import Rate
from otio_adapters.build import build_timeline
from otio_adapters.formats import FORMATS
from otio_adapters.reading import ReadOptions
from otio_adapters.writing import WriteOptions

RATE = Rate(60000, 1001, True)
EVERY_S = 1.5


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--markers", type=int, default=10_000)
    parser.add_argument("--write", action="store_true", help="put the table into benchmarks/README.md")
    given = parser.parse_args()
    length_s = given.markers * EVERY_S + 1
    n_frames = RATE.to_frames(length_s)
    media = MediaInfo(Path("/r/new.mp4"), RATE.fps, 1920, 1080, length_s, n_frames, "h264", 0, "01:00:00;00", True)
    markers = [
        Marker(f"Marker {n}", n * EVERY_S, 0.5, COLOURS[n % 16], f"a note on place {n}") for n in range(given.markers)
    ]
    timeline = build_timeline(media, markers)
    lines = [cells(["format", "write, s", "read, s", "MB"]), "|---" * 4 + "|"]
    for format in FORMATS.values():
        start = time.perf_counter()
        done = format.write(timeline, WriteOptions())
        wrote_s = time.perf_counter() - start
        read = "–"
        if format.read is not None:
            start = time.perf_counter()
            for text in done.texts:
                format.read(text, ReadOptions(rate=RATE))
            read = f"{time.perf_counter() - start:.2f}"
        size = sum(len(text.encode()) for text in done.texts) / 1e6
        lines.append(cells([format.name, f"{wrote_s:.2f}", read, f"{size:.1f}"]))
        print(lines[-1], flush=True)
    text = measured(__version__) + "\n".join(lines) + "\n"
    if given.write:
        write_part("marker-files", text)


if __name__ == "__main__":
    main()
