"""The job behind `sync`, `align` and `demo`: two recordings in, a folder of results out.

The folder holds `pairs.csv`, `pairs_raw.csv`, `timewarp.json` and `perf.json`, always of one and the same run, also
when the alignment was refused. Marker files that an earlier run left are set aside then, not deleted.
"""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any

from mtbsync_core import __version__
from mtbsync_core.alignment.pairs import write_pairs, write_raw_pairs
from mtbsync_core.alignment.result import Alignment
from mtbsync_core.errors import UsageError
from mtbsync_core.files import replacing, write_json
from mtbsync_core.mediainfo import MediaInfo

PERF_SCHEMA = "mtbsync.perf"
PERF_VERSION = 1


def write_run(alignment: Alignment, folder: Path, *, pairs_name: str = "pairs.csv") -> dict[str, Path]:
    """Write pairs, raw pairs and warp into `folder`, and return them by name."""
    files = {"pairs": folder / pairs_name, "timewarp": folder / "timewarp.json"}
    write_pairs(files["pairs"], alignment.pairs)
    if alignment.raw_pairs is not None:
        files["pairs_raw"] = folder / "pairs_raw.csv"
        write_raw_pairs(files["pairs_raw"], alignment.raw_pairs)
    alignment.save(files["timewarp"])
    return files


def stage_seconds(alignment: Alignment, markers_s: float = 0.0) -> dict[str, float]:
    """Seconds per stage by the names that the summary and `perf.json` have."""
    seconds = alignment.timings
    return {
        "decode_sec": _sum(seconds, ("reference", "new run")),
        "retrieval_sec": _sum(seconds, ("compare",)),
        "refine_sec": _sum(seconds, ("refine",)),
        "warp_sec": _sum(seconds, ("warp",)),
        "markers_sec": round(markers_s, 3),
        "total_sec": round(seconds.get("total", 0.0) + markers_s, 3),
    }


def write_perf(alignment: Alignment, folder: Path, *, threads: int, timings: Mapping[str, float]) -> Path:
    """Write `perf.json`: seconds per stage, and on what they were measured."""
    path, pairs = folder / "perf.json", alignment.pairs
    data = {
        "schema": PERF_SCHEMA,
        "version": PERF_VERSION,
        "mtbsync": __version__,
        "verdict": alignment.verdict,
        "reasons": list(alignment.reasons),
        "timings": dict(timings),
        "stages": {name: s for name, s in alignment.timings.items() if name != "total"},
        "threads": threads,
        "pairs": len(pairs),
        "pairs_valid": int(pairs.valid.sum()),
        "files": {"ref": _file_facts(alignment.media_ref), "new": _file_facts(alignment.media_new)},
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
    return {**media.as_dict(), "size_bytes": sum(file.path.stat().st_size for file in media.files)}


def _versions() -> dict[str, str | None]:
    names = {"numpy": "numpy", "cv2": "opencv-python-headless", "av": "av", "scipy": "scipy"}
    found: dict[str, str | None] = {"python": platform.python_version()}
    for name, distribution in names.items():
        try:
            found[name] = installed(distribution)
        except PackageNotFoundError:
            found[name] = None
    return found
