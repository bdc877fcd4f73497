"""What is compared: each method as a whole process on two files, and what came out of it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.peer import VERSION, run_peer
from benchmarks.process import Cost, run_process
from benchmarks.score import Errors, Truth, vote_errors, warp_errors
from mtbsync_core.errors import EngineMissingError

ROOT = Path(__file__).resolve().parents[1]
NAIVE_VERSION = "1"
OPTIONS = {
    "ours": (),
    "ours-orb": ("--matcher", "orb"),
    "xfeat": ("--matcher", "xfeat"),
    "unrefined": ("--no-refine",),
    "affine": ("--warp-method", "affine"),
    "fastdtw": ("--warp-method", "fastdtw"),
}
"""Our own ways: what a plain installation does, other matchers and none, and the other two models of the map."""
METHODS = (*OPTIONS, "orb", "original")
"""Ours, plain ORB voting, and mtbsync 0.10.16."""
SLOW = ("orb", "original")
"""Minutes a pair: measured on a few seeds of each set."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a method says of two files: its verdict, its cost, and how far its map is from a truth."""

    verdict: str
    cost: Cost
    errors: Callable[[Truth], Errors]


def run_method(method: str, ref: Path, new: Path, folder: Path, *, cache: Path, threads: int) -> Answer | None:
    """A method on a pair, its files in the empty `folder`; None where this version does not know the method."""
    if method == "orb":
        return _orb(ref, new, folder)
    if method == "original":
        return _original(ref, new, folder, cache, threads)
    return _ours(method, ref, new, folder, threads)


def label_of(method: str, ours: str) -> str:
    """The version of a method; `ours` is that of this program."""
    return {"orb": NAIVE_VERSION, "original": VERSION}.get(method, ours)


def commit() -> str:
    """The last commit that changed the program, with `-dirty` where the files differ from it."""

    def git(*words: str) -> str:
        return subprocess.run(("git", *words), cwd=ROOT, capture_output=True, encoding="utf-8", check=True).stdout

    return git("log", "-1", "--format=%h", "--", "mtbsync_core").strip() + (
        "-dirty" if git("diff", "HEAD", "mtbsync_core") else ""
    )


def _ours(method: str, ref: Path, new: Path, folder: Path, threads: int) -> Answer | None:
    from mtbsync_core.alignment.result import load_warp

    command: list[str | Path] = [
        sys.executable,
        "-m",
        "mtbsync_core",
        "sync",
        "--reference",
        ref.absolute(),
        "--new",
        new.absolute(),
    ]
    command += ["--out", folder, "--threads", str(threads), "--json", *OPTIONS[method]]
    log = folder / "log.txt"
    cost = run_process(command, cwd=ROOT, log=log)
    if cost.status == EngineMissingError.exit_code:
        return None
    if cost.status == 2:
        raise RuntimeError(log.read_text(encoding="utf-8", errors="replace"))
    file = folder / "timewarp.json"
    if not file.exists():
        return Answer("failed", cost, lambda truth: warp_errors(None, truth))
    saved = load_warp(file)
    usable = saved.warp if saved.verdict != "refused" else None
    return Answer(saved.verdict, cost, lambda truth: warp_errors(usable, truth))


def _orb(ref: Path, new: Path, folder: Path) -> Answer:
    out = folder / "votes.json"
    program = ROOT / "benchmarks" / "naive_orb.py"
    command: list[str | Path] = [sys.executable, program, ref.absolute(), new.absolute(), "--out", out]
    cost = run_process(command, cwd=ROOT, log=folder / "log.txt")
    if cost.status:
        return Answer("failed", cost, lambda truth: warp_errors(None, truth))
    votes = json.loads(out.read_text(encoding="utf-8"))
    ref_s, new_s = np.array(votes["ref_s"]), np.array(votes["new_s"])
    return Answer("–", cost, lambda truth: vote_errors(ref_s, new_s, truth))


def _original(ref: Path, new: Path, folder: Path, cache: Path, threads: int) -> Answer:
    cost, line = run_peer(cache, ref, new, folder, threads=threads)
    if line is None:
        return Answer("failed", cost, lambda truth: warp_errors(None, truth))

    def errors(truth: Truth) -> Errors:
        found = (truth.ref_s - line.b) / line.a
        return Errors(found - truth.new_s, np.full(len(found), np.nan))

    return Answer("ok" if line.ok else "not ok", cost, errors)
