"""What a batch of many pairs stands, and how much it does in an hour, each in processes of their own.

    python benchmarks/many_runs.py killed  [--real REF NEW]... [--kills 20]    killed and resumed, again and again
    python benchmarks/many_runs.py cluster [--real REF NEW]...     on two Dask workers; then one of them is killed
    python benchmarks/many_runs.py faults                          full disk, read-only, damaged files (Linux, as root)
    python benchmarks/many_runs.py trail   [--runs 50] [--jobs 2]  so many runs of 60 s against one reference

The first three work on twelve simulated pairs of 12 s and the pairs of `--real`, with whole pictures alone, since it is
asked whether results are equal, not how good they are. What a batch leaves that nobody disturbs is what all others are
held against, and is kept from one call to the next.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import psutil

from benchmarks.batch_files import one_trail, small_pairs
from mtbsync_core.runs.catalogue import Catalogue
from mtbsync_core.runs.run_file import load_run, state_of

PAIRS = 12
COMPARED = ("timewarp.json", "pairs.csv", "new_markers.csv", "new_markers.json")
"""Held against each other byte by byte; others have to be there: they tell times, or are pictures of these."""

QUICK = ("--describer", "hog", "--no-refine")
PROGRAM = [sys.executable, "-m", "mtbsync_core"]


def main(argv: Sequence[str]) -> int:
    """Do one of them, and tell what came out."""
    parser = argparse.ArgumentParser(description="What a batch of many pairs stands, and what it does in an hour.")
    parser.add_argument("what", choices=["killed", "cluster", "faults", "trail"])
    parser.add_argument("--cache", type=Path, default=Path("build/benchmark"))
    parser.add_argument("--real", type=Path, nargs=2, action="append", default=[], metavar=("REF", "NEW"))
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--jobs", type=int, default=2)
    wish = parser.parse_args(argv)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if wish.what == "trail":
        return trail(wish.cache, wish.runs, wish.jobs)
    manifest = small_pairs(wish.cache, PAIRS, [tuple(pair) for pair in wish.real])
    out = wish.cache / "batch" / f"out-{manifest.stem}"
    whole = out / "whole"
    if batch(manifest, whole, "--resume", "--jobs", str(wish.jobs)).returncode not in (0, 11):
        raise SystemExit("the batch that nobody disturbs ended with an error")
    if wish.what == "killed":
        return killed(manifest, whole, fresh(out / "killed"), wish.kills, random.Random(wish.seed))
    if wish.what == "cluster":
        return cluster(manifest, whole, out)
    return faults(manifest, whole, fresh(out / "faults"))


def killed(manifest: Path, whole: Path, out: Path, kills: int, chance: random.Random) -> int:
    """Kill a batch at random moments of its work, and of its start, and go on each time.

    One that has ended before all kills is compared, and begun again in an empty folder.
    """
    pairs = ended(whole)
    each_s = sum(run.seconds or 0.0 for run in map(load_run, pairs) if run is not None) / len(pairs)
    once: dict[Path, int] = {}
    done, at_work, twice, wrong = 0, 0, 0, 0
    while done < kills:
        process = started(manifest, out, "--resume", "--jobs", "2")
        if done % 4:  # else at any moment of its start
            wait_for(lambda process=process: process.poll() is not None or working(out))
        time.sleep(chance.uniform(0.0, max(1.0, 0.5 * each_s * len(pairs) / kills)))
        if process.poll() is None:
            process.kill()
            done += 1
        process.communicate()
        twice += sum(path.stat().st_mtime_ns != at for path, at in once.items())
        once = {folder / "timewarp.json": stamp(folder) for folder in ended(out)}
        broken = states(out).count("interrupted")
        at_work += bool(broken)
        print(f"kill {done}: {len(once)} done, {broken} interrupted, {twice} done twice", flush=True)
        if process.returncode >= 0:
            wrong += told(differing(whole, out))
            once = {}
            fresh(out)
    last = batch(manifest, out, "--resume", "--jobs", "2")
    twice += sum(path.stat().st_mtime_ns != at for path, at in once.items())
    print(f"{kills} kills: {at_work} of them while runs were worked on")
    print(f"exit code after the last kill: {last.returncode}")
    print(f"runs done twice: {twice}; integrity_check: {integrity(out)}")
    return wrong + told(differing(whole, out)) + twice


def cluster(manifest: Path, whole: Path, out: Path) -> int:
    """The same batch on two Dask workers; then again, and one of them is killed in the middle."""
    wrong = 0
    for name, dies in (("cluster", False), ("cluster-killed", True)):
        root = fresh(out / name)
        with dask_workers(out) as (address, workers):
            process = started(manifest, root, "--scheduler", address)
            if dies:
                wait_for(lambda root=root: len(ended(root)) >= 4)
                print(f"a worker is killed when {len(ended(root))} pairs are done")
                workers[0].kill()
            process.communicate()
        events = [
            e["text"] for run in map(load_run, ended(root)) if run for e in run.events if e["kind"] == "interrupted"
        ]
        print(f"{name}: exit code {process.returncode}, {len(ended(root))} done, {len(events)} began again")
        print(f"integrity_check: {integrity(root)}")
        wrong += told(differing(whole, root))
    return wrong


def faults(manifest: Path, whole: Path, out: Path) -> int:
    """A disk that is full, a root that is read-only, a damaged catalogue, a damaged index: what is said, and lost."""
    wrong = 0
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=60m", "mtbsync-full", str(out)], check=True)
    try:
        full = batch(manifest, out, "--jobs", "2", "--json")
        print(f"disk full: exit code {full.returncode}, {len(ended(out))} done; {error_of(full)}")
        kept = {folder: stamp(folder) for folder in ended(out)}
        subprocess.run(["mount", "-o", "remount,size=1g", str(out)], check=True)
        again = batch(manifest, out, "--resume", "--jobs", "2", "--json")
        print(f"with room: exit code {again.returncode}; integrity_check: {integrity(out)}")
        wrong += sum(stamp(folder) != at for folder, at in kept.items()) + told(differing(whole, out))
        subprocess.run(["mount", "-o", "remount,ro", str(out)], check=True)
        for words in (["catalogue", "show", str(out)], ["catalogue", "rebuild", str(out)]):
            asked = subprocess.run([*PROGRAM, *words, "--json"], capture_output=True, text=True, check=False)
            print(f"read-only, {' '.join(words[:2])}: exit code {asked.returncode}; {error_of(asked) or 'no error'}")
        refused = batch(manifest, out, "--resume", "--jobs", "2", "--json")
        print(f"read-only, batch: exit code {refused.returncode}; {error_of(refused)}")
        subprocess.run(["mount", "-o", "remount,rw", str(out)], check=True)
        for damaged in (out / "catalogue.sqlite", *sorted((out / "indexes").glob("*.npz"))[:1]):
            for beside in out.glob("catalogue.sqlite-*"):
                beside.unlink()
            content = bytearray(damaged.read_bytes())
            content[len(content) // 3 : len(content) // 3 + 5000] = os.urandom(5000)
            damaged.write_bytes(content)
            if damaged.suffix == ".npz":
                needs = next(f for f in ended(out) if (r := load_run(f)) and r.index and r.index["key"] == damaged.stem)
                shutil.rmtree(needs)
            mended = batch(manifest, out, "--resume", "--jobs", "2", "--json")
            said = [
                note for note in json.loads(mended.stdout)["notes"] if "damaged" in note or "not a readable" in note
            ]
            print(f"damaged {damaged.name}: exit code {mended.returncode}; {said}; integrity_check: {integrity(out)}")
            wrong += told(differing(whole, out)) + (not said)
    finally:
        subprocess.run(["umount", str(out)], check=True)
    return wrong


def trail(cache: Path, runs: int, jobs: int) -> int:
    """Many runs against one reference: seconds a run, and how often the reference was indexed."""
    reference, folder = one_trail(cache, runs)
    out = fresh(cache / "batch" / f"out-trail-{runs}")
    start, before = time.perf_counter(), os.times()
    words = ["batch", "--reference", str(reference), "--new", f"{folder}/*.MP4", "--out-dir", str(out)]
    code = subprocess.run([*PROGRAM, *words, "--jobs", str(jobs)], stderr=subprocess.DEVNULL, check=False).returncode
    wall, after = time.perf_counter() - start, os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    with closing(Catalogue.read(out)) as found:
        indexes = found.rows("SELECT file, samples, seconds FROM indexes")
        verdicts = found.rows("SELECT verdict, count(*) AS runs, avg(seconds) AS mean_s FROM runs GROUP BY verdict")
        first, others = (
            found.rows(f"SELECT count(*) AS runs, avg(seconds) AS mean_s FROM runs WHERE seconds {part}")[0]
            for part in (">= (SELECT max(seconds) FROM runs)", "< (SELECT max(seconds) FROM runs)")
        )
    print(f"{runs} runs of 60 s, {jobs} at once: exit code {code}, {verdicts}")
    print(f"{wall:.0f} s of the clock, {cpu:.0f} CPU s: {cpu / runs:.2f} each; load {psutil.getloadavg()[0]:.1f}")
    print(f"500 runs: {500 * cpu / runs / 2 / 60:.0f} min on two cores of their own")
    print(f"indexes of the reference: {indexes}; the slowest run {first}, the others {others}")
    return 0 if len(indexes) == 1 else 1


def batch(manifest: Path, out: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """Run a batch to its end."""
    process = started(manifest, out, *more)
    stdout, stderr = process.communicate()
    return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)


def started(manifest: Path, out: Path, *more: str) -> subprocess.Popen[str]:
    """A batch that has begun."""
    words = [*PROGRAM, "batch", "--manifest", str(manifest), "--out-dir", str(out), *QUICK, *more]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


@contextmanager
def dask_workers(folder: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """The address of a scheduler on this machine, and its two workers, each a process."""
    file = folder / "scheduler.json"
    file.unlink(missing_ok=True)
    common = ["--scheduler-file", str(file), "--no-dashboard"]
    dask = [sys.executable, "-m", "dask"]
    worker = [*dask, "worker", *common, "--nthreads", "1", "--no-nanny", "--local-directory", str(folder / "dask")]
    commands = [[*dask, "scheduler", *common, "--host", "127.0.0.1", "--port", "0"], worker, worker]
    processes = [subprocess.Popen(words, stderr=subprocess.DEVNULL) for words in commands]
    try:
        wait_for(file.exists)
        yield json.loads(file.read_text(encoding="utf-8"))["address"], processes[1:]
    finally:
        for process in reversed(processes):
            process.terminate()
            process.wait()


def fresh(folder: Path) -> Path:
    """An empty folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def wait_for(what: Any, most_s: float = 1800.0) -> None:
    """Ask again and again."""
    start = time.monotonic()
    while not what():
        if time.monotonic() - start > most_s:
            raise SystemExit("waited in vain")
        time.sleep(0.1)


def ended(out: Path) -> list[Path]:
    """The folders of runs that are done."""
    found = {path.parent: load_run(path.parent) for path in sorted(out.glob("*/run.json"))}
    return [folder for folder, run in found.items() if run is not None and run.state == "done"]


def working(out: Path) -> bool:
    """Whether a run is being worked on."""
    return "running" in states(out)


def states(out: Path) -> list[str]:
    """The states of all runs, by their files and locks."""
    names = sorted(path.parent.name for path in out.glob("*/run.json"))
    return [state_of(out, name, load_run(out / name)) for name in names]


def stamp(folder: Path) -> int:
    """When the map of a run was written."""
    return (folder / "timewarp.json").stat().st_mtime_ns


def artefacts(out: Path) -> dict[str, object]:
    """All files of all runs; the content of those that tell no times."""
    found: dict[str, object] = {}
    for path in sorted(out.glob("*/*")):
        if path.parent.name not in ("indexes", ".locks"):
            found[path.relative_to(out).as_posix()] = path.read_bytes() if path.name in COMPARED else True
    return found


def differing(whole: Path, out: Path) -> list[str]:
    """The files that one has and the other lacks, or that differ."""
    one, other = artefacts(whole), artefacts(out)
    return [name for name in sorted({*one, *other}) if one.get(name) != other.get(name)]


def told(differ: Sequence[str]) -> int:
    """Say it; how many they are."""
    print(f"files that differ from those of the undisturbed batch: {list(differ) or 'none'}", flush=True)
    return len(differ)


def integrity(out: Path) -> str:
    """What SQLite says of the catalogue."""
    with closing(Catalogue.read(out)) as found:
        return ", ".join(row["integrity_check"] for row in found.rows("PRAGMA integrity_check"))


def error_of(done: subprocess.CompletedProcess[str]) -> str:
    """The error that `--json` told."""
    error = json.loads(done.stdout or "{}").get("error") or {}
    return " / ".join(error[name] for name in ("message", "hint") if error.get(name))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
