"""The job behind `sync`, `align` and `demo`: two recordings in, a folder of results out.

The folder holds `pairs.csv`, `pairs_raw.csv`, `timewarp.json` and `perf.json`, always of one and the same run, also
when the alignment was refused. Marker files that an earlier run left are set aside then, not deleted.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtbsync_core import __version__
from mtbsync_core.alignment.pairs import write_pairs, write_raw_pairs
from mtbsync_core.alignment.pipeline import AlignOptions, Stopwatch, align_indexes
from mtbsync_core.alignment.result import Alignment
from mtbsync_core.cli.report import Progress
from mtbsync_core.errors import UsageError
from mtbsync_core.files import replacing, write_json
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.vision.index import FrameIndex, build_index, cached_index
from mtbsync_core.vision.similarity import contrast, similarity, standardise

PERF_SCHEMA = "mtbsync.perf"
PERF_VERSION = 1

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Synced:
    """An alignment, and per sample of the new run the single most similar reference sample: t_new, t_ref, score."""

    alignment: Alignment
    raw: tuple[Floats, Floats, Floats]
    threads: int
    total_s: float


def synchronise(
    ref: MediaInfo,
    new: MediaInfo,
    options: AlignOptions,
    *,
    ref_index: Path | None,
    threads: int,
    progress: Progress,
) -> Synced:
    """Decode both recordings (the reference from its index where there is one) and align them."""
    start = time.perf_counter()
    clock = Stopwatch(progress)
    with clock.stage("reference") as tick:
        if ref_index is None:
            index_ref = build_index(ref, options.index, threads=threads, progress=tick)
        else:
            index_ref = cached_index(ref, ref_index, options.index, threads=threads, progress=tick)
    with clock.stage("new run") as tick:
        index_new = build_index(new, options.index, threads=threads, progress=tick)
    alignment = align_indexes(index_ref, index_new, options=options, threads=threads, clock=clock)
    with clock.stage("raw pairs"):
        raw = _raw_pairs(index_ref, index_new)
    return Synced(alignment, raw, threads, time.perf_counter() - start)


def _raw_pairs(ref: FrameIndex, new: FrameIndex) -> tuple[Floats, Floats, Floats]:
    stacks = (standardise(index.layout.astype(np.float32)) for index in (ref, new))
    matrix = contrast(similarity(*stacks))
    best = matrix.argmax(axis=1)
    return new.t_s, ref.t_s[best], matrix.max(axis=1).astype(np.float64)


def write_run(synced: Synced, folder: Path, *, pairs_name: str = "pairs.csv") -> dict[str, Path]:
    """Write pairs, raw pairs and warp into `folder`, and return them by name."""
    files = {
        "pairs": folder / pairs_name,
        "pairs_raw": folder / "pairs_raw.csv",
        "timewarp": folder / "timewarp.json",
    }
    write_pairs(files["pairs"], synced.alignment.pairs)
    write_raw_pairs(files["pairs_raw"], *synced.raw)
    synced.alignment.save(files["timewarp"])
    return files


def write_perf(synced: Synced, folder: Path, *, markers_s: float = 0.0) -> Path:
    """Write `perf.json`: seconds per stage, and on what they were measured."""
    a, path = synced.alignment, folder / "perf.json"
    seconds = a.timings
    data = {
        "schema": PERF_SCHEMA,
        "version": PERF_VERSION,
        "mtbsync": __version__,
        "verdict": a.verdict,
        "reasons": list(a.reasons),
        "timings": {
            "decode_sec": _sum(seconds, ("reference", "new run")),
            "retrieval_sec": _sum(seconds, ("compare",)),
            "refine_sec": _sum(seconds, ("refine",)),
            "warp_sec": _sum(seconds, ("warp",)),
            "markers_sec": round(markers_s, 3),
            "total_sec": round(synced.total_s + markers_s, 3),
        },
        "stages": dict(seconds),
        "threads": synced.threads,
        "pairs": len(a.pairs),
        "pairs_valid": int(a.pairs.valid.sum()),
        "files": {"ref": _file_facts(a.media_ref), "new": _file_facts(a.media_new)},
        "versions": _versions(),
        "platform": platform.platform(terse=True),
    }
    write_json(path, data)
    return path


def set_aside(paths: Iterable[Path]) -> list[tuple[Path, Path]]:
    """Rename files of an earlier run to NAME.old.SUFFIX (`.old2` and so on when that is taken); nothing is deleted."""
    moved = []
    for path in paths:
        if not path.is_file():
            continue
        n = 1
        while (target := path.with_name(f"{path.stem}.old{n if n > 1 else ''}{path.suffix}")).exists():
            n += 1
        path.replace(target)
        moved.append((path, target))
    return moved


def require_writable(folder: Path) -> None:
    """Make the folder, and write and remove a file in it: better now than after minutes of decoding.

    Raises:
        UsageError: it cannot be made or written.
    """
    try:
        with replacing(folder / ".mtbsync-probe"):
            pass
        (folder / ".mtbsync-probe").unlink(missing_ok=True)
    except (UsageError, OSError) as error:
        reason = error.strerror if isinstance(error, OSError) else error.message.rpartition(": ")[2]
        raise UsageError(
            f"cannot write to the folder {folder}: {reason}",
            "Choose a folder that you may write to with --out.",
        ) from error


def _sum(seconds: Mapping[str, float], stages: Iterable[str]) -> float:
    return round(sum(seconds.get(stage, 0.0) for stage in stages), 3)


def _file_facts(media: MediaInfo | None) -> dict[str, Any] | None:
    if media is None:
        return None
    return {**media.as_dict(), "size_bytes": media.path.stat().st_size}


def _versions() -> dict[str, str | None]:
    names = {"numpy": "numpy", "cv2": "opencv-python-headless", "av": "av", "scipy": "scipy"}
    found: dict[str, str | None] = {"python": platform.python_version()}
    for name, distribution in names.items():
        try:
            found[name] = installed(distribution)
        except PackageNotFoundError:
            found[name] = None
    return found
