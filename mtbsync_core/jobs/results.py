"""The folder of results of `sync`, `align` and `demo`.

It holds `pairs.csv`, `pairs_raw.csv`, `timewarp.json` and `perf.json`, always of one and the same run, also when the
alignment was refused. Marker files that an earlier run left are set aside then, not deleted.
"""

from __future__ import annotations

import platform
import re
import tempfile
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any

from mtbsync_core.alignment.pairs import write_pairs, write_raw_pairs
from mtbsync_core.alignment.result import Alignment
from mtbsync_core.errors import FormatError, UsageError
from mtbsync_core.files import write_json
from mtbsync_core.jobs.listener import Listener
from mtbsync_core.jobs.resources import Usage
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.moved_csv import read_provenance
from mtbsync_core.version import __version__

PERF_SCHEMA = "mtbsync.perf"
PERF_VERSION = 1

RUN_FILES = ("pairs.csv", "pairs_raw.csv", "timewarp.json", "perf.json")
"""What every run leaves in a results folder."""
MARKER_FILES = ("new_markers.csv", "new_markers.json", "new_markers_overlay.png")
"""What transferring markers leaves in a results folder, besides the file for the editor."""


def edl_name(recording: Path) -> str:
    """The EDL of a recording: its name in letters that every system takes, ASCII letters, digits and `-_.`."""
    folded = unicodedata.normalize("NFKD", recording.stem).encode("ascii", "ignore").decode("ascii")
    return (re.sub(r"[^A-Za-z0-9_.-]+", "_", folded).strip("._-") or "new_markers") + ".edl"


def marker_files(folder: Path) -> list[Path]:
    """What an earlier transfer left in a results folder, with the EDL of the recording that it was for."""
    found = [folder / name for name in MARKER_FILES]
    try:
        origin = read_provenance(folder / "new_markers.csv")
    except FormatError:
        origin = None
    if origin is not None:
        stem = edl_name(origin.media.path).removesuffix(".edl")
        found += [folder / f"{stem}.edl", *sorted(folder.glob(f"{stem}_[0-9]*.edl"))]
    return found


def write_run(
    alignment: Alignment, folder: Path, listener: Listener, *, pairs_name: str = "pairs.csv"
) -> dict[str, Path]:
    """Write pairs, raw pairs and warp into `folder`, and return them by name."""
    files = {"pairs": folder / pairs_name, "timewarp": folder / "timewarp.json"}
    write_pairs(files["pairs"], alignment.pairs)
    if alignment.raw_pairs is not None:
        files["pairs_raw"] = folder / "pairs_raw.csv"
        write_raw_pairs(files["pairs_raw"], alignment.raw_pairs)
    alignment.save(files["timewarp"])
    for name, path in files.items():
        listener.file(name, path)
    return files


def stage_seconds(alignment: Alignment, markers_s: float = 0.0) -> dict[str, float]:
    """Seconds per stage by the names that the summary and `perf.json` have."""
    seconds = alignment.timings
    stages = {
        "decode_sec": ("reference", "new run"),
        "retrieval_sec": ("compare", "second look"),
        "refine_sec": ("refine",),
        "warp_sec": ("warp",),
    }
    return {
        **{name: round(sum(seconds.get(stage, 0.0) for stage in of), 3) for name, of in stages.items()},
        "markers_sec": round(markers_s, 3),
        "total_sec": round(seconds.get("total", 0.0) + markers_s, 3),
    }


def write_perf(
    alignment: Alignment, folder: Path, listener: Listener, *, threads: int, timings: Mapping[str, float], usage: Usage
) -> Path:
    """Write `perf.json`: seconds per stage, what was used of the machine, and which machine it was."""
    path, pairs = folder / "perf.json", alignment.pairs
    data = {
        "schema": PERF_SCHEMA,
        "version": PERF_VERSION,
        "mtbsync": __version__,
        "verdict": alignment.verdict,
        "reasons": list(alignment.reasons),
        "timings": dict(timings),
        "stages": {name: s for name, s in alignment.timings.items() if name != "total"},
        "frames": alignment.frames,
        "fps": alignment.fps(timings["total_sec"]),
        **asdict(usage),
        "threads": threads,
        "pairs": len(pairs),
        "pairs_valid": int(pairs.valid.sum()),
        "files": {"ref": _file_facts(alignment.media_ref), "new": _file_facts(alignment.media_new)},
        "versions": _versions(),
        "platform": platform.platform(terse=True),
    }
    write_json(path, data)
    listener.file("perf", path)
    return path


def set_aside(paths: Iterable[Path], listener: Listener) -> list[Path]:
    """Rename files of an earlier run to NAME.old.SUFFIX (`.old2` and so on when that is taken); nothing is deleted."""
    moved = []
    for path in paths:
        if not path.is_file():
            continue
        n = 1
        while (target := path.with_name(f"{path.stem}.old{n if n > 1 else ''}{path.suffix}")).exists():
            n += 1
        path.replace(target)
        listener.note(f"{path.name} is of an earlier run and was renamed to {target.name}")
        moved.append(target)
    return moved


def require_writable(folder: Path, flag: str = "--out") -> None:
    """Make the folder, and write and remove a file in it: better now than after minutes of decoding. `flag` chose it.

    Raises:
        UsageError: it cannot be made or written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise UsageError(
            f"cannot write to the folder {folder}: {error.strerror}",
            f"Choose a folder that you may write to with {flag}.",
        ) from error


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
