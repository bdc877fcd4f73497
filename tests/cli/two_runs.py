"""A pair of recordings that never existed, with everything that the engine would say about them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mtbsync_core.alignment import pipeline
from mtbsync_core.alignment.judge.verdict import Quality
from mtbsync_core.alignment.pairs import TimePairs, write_pairs
from mtbsync_core.alignment.result import Alignment
from mtbsync_core.cli import main
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.warp import TimeWarp

MARKERS = "name,t_ref,colour,corner\nGate,2,Red,1\nRoots,20.5,,2\nFog,40,Blue,3\nFinish,75,Green,4\n"
"""One before the common part, one sure, one in a bad stretch, one behind the common part."""


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Outcome]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command line in this process."""

    def call(*args: str | Path) -> Outcome:
        code = main([str(arg) for arg in args])
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return call


def media(name: str, duration_s: float, timecode: str | None = "10:00:00;00") -> MediaInfo:
    return MediaInfo(
        path=Path(name),
        rate=Fraction(30000, 1001),
        width=1920,
        height=1080,
        duration_s=duration_s,
        n_frames=round(duration_s * 30000 / 1001),
        codec="h264",
        start_timecode=timecode,
        drop=timecode is not None,
    )


def truth(t_ref: Any) -> Any:
    """Where a reference second lies in the new run: 10 % slower, and it begins 4 s into the reference."""
    return 1.1 * (np.asarray(t_ref) - 4.0)


def an_alignment() -> Alignment:
    ref = np.arange(4.0, 60.25, 0.25)
    new = truth(ref)
    sigma = np.where(np.abs(ref - 40) < 3, 0.8, 0.05)
    at = np.arange(0.0, new[-1], 0.5)
    noise = np.random.default_rng(1).normal(0, 0.05, len(at))
    pairs = TimePairs.of(at, at / 1.1 + 4.0 + noise, np.full(len(at), 0.1))
    pairs = replace(pairs, source=np.array(["anchor", "sequence"])[np.arange(len(at)) % 2])
    return Alignment(
        media_ref=media("reference.mp4", 80.0),
        media_new=media("new.mp4", 66.0),
        warp=TimeWarp(ref, new, sigma),
        pairs=pairs,
        verdict="good",
        reasons=("the runs agree throughout",),
        quality=Quality(common_new_s=float(new[-1]), median_sigma_s=0.05),
        timings={"reference": 1.0, "new run": 2.0, "compare": 0.5, "warp": 0.25},
    )


@pytest.fixture
def alignment() -> Alignment:
    return an_alignment()


@pytest.fixture
def refused(alignment: Alignment) -> Alignment:
    none_valid = replace(alignment.pairs, valid=np.zeros(len(alignment.pairs), bool))
    return replace(alignment, verdict="refused", reasons=("another trail",), warp=None, pairs=none_valid)


@pytest.fixture
def folder(tmp_path: Path, alignment: Alignment) -> Path:
    """A results folder as sync leaves it, and the rider's markers, in a folder with blanks and umlauts."""
    here = tmp_path / "böse Fahrt"
    here.mkdir()
    alignment.save(here / "timewarp.json")
    write_pairs(here / "pairs.csv", alignment.pairs)
    (here / "markers.csv").write_text(MARKERS, encoding="utf-8")
    return here


@pytest.fixture
def clips(folder: Path) -> tuple[Path, Path]:
    paths = folder / "ref.mp4", folder / "Höllen ritt.mp4"
    for path in paths:
        path.write_bytes(path.name.encode())
    return paths


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Callable[[Alignment], None]:
    """Let the engine answer with this alignment, whatever the recordings."""

    def answer(alignment: Alignment) -> None:
        def align(ref: MediaInfo, new: MediaInfo, **_: object) -> Alignment:
            timings = {**alignment.timings, "total": 4.5}
            return replace(alignment, media_ref=ref, media_new=new, raw_pairs=alignment.pairs, timings=timings)

        monkeypatch.setattr(pipeline, "align", align)

    monkeypatch.setattr("mtbsync_core.jobs.pair.probe", lambda path, **_: media(str(path), 66.0))
    return answer
