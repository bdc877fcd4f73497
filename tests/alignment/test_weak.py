"""The weak parts of an alignment, and that `ok` never stands over one that needs a look."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mtbsync_core.alignment.judge.low_confidence import clock, weak_segments
from mtbsync_core.alignment.judge.verdict import Quality, Verdict
from mtbsync_core.alignment.pairs import TimePairs
from mtbsync_core.alignment.result import Alignment
from mtbsync_core.warp import TimeWarp

T = np.arange(0.0, 60.25, 0.25)
NO_PAIRS = TimePairs.of(np.zeros(0), np.zeros(0), np.zeros(0))


def straight(sigma: float = 0.05) -> TimeWarp:
    return TimeWarp(T, T, np.full(len(T), sigma))


def test_a_sound_warp_has_none() -> None:
    nats = np.ones(len(T))
    assert weak_segments(straight(), NO_PAIRS, (90.0, 60.5), (T, nats)) == ()
    assert weak_segments(None, NO_PAIRS, (90.0, 60.5)) == ()


def test_open_ends_and_gaps_of_either_run() -> None:
    keep = (T < 20) | (T > 32)
    cut = TimeWarp(T[keep] + np.where(T[keep] > 32, 9.0, 0.0), T[keep], np.full(keep.sum(), 0.05), frozenset({79}))
    parts = weak_segments(cut, NO_PAIRS, (90.0, 70.0))
    assert [part.why for part in parts] == ["gap", "gap"]
    assert "12 s of the new run, from 0:19.8 on" in parts[0].text and parts[0].ref_s is not None
    assert parts[1].ref_s is None and parts[1].new_s == (60.0, 70.0)
    leap = TimeWarp(T + np.where(T > 30, 9.0, 0.0), T, np.full(len(T), 0.05), frozenset({120}))
    (part,) = weak_segments(leap, NO_PAIRS, (90.0, 60.5))
    assert "9 s of the reference, from 0:30.0 on, are not in the new run" in part.text


def test_riding_on_past_an_end_of_the_reference_is_no_gap() -> None:
    late = TimeWarp(T, T + 4, np.full(len(T), 0.05))
    assert weak_segments(late, NO_PAIRS, (60.5, 68.0)) == ()
    late = TimeWarp(T, T + 20, np.full(len(T), 0.05))
    assert [part.new_s for part in weak_segments(late, NO_PAIRS, (60.5, 100.0))] == [(0.0, 20.0), (80.0, 100.0)]
    inside = late.clip(ref=(5.0, 50.0))
    before, behind = weak_segments(inside, NO_PAIRS, (60.5, 100.0))
    assert before.new_s == (0.0, 25.0) and behind.new_s == (70.0, 100.0)


def test_wide_thin_and_contradicted() -> None:
    sigma = np.where((T > 10) & (T < 15), 0.6, 0.05)
    (wide,) = weak_segments(TimeWarp(T, T, sigma), NO_PAIRS, (90.0, 60.0))
    assert wide.why == "wide" and "±1.0 s" in wide.text and "near 0:12.5" in wide.advice
    nats = np.where((T > 40) & (T < 50), 0.0, 1.0)
    (thin,) = weak_segments(straight(), NO_PAIRS, (90.0, 60.0), (T, nats))
    assert thin.why == "thin" and 38 < thin.new_s[0] < 43 and 47 < thin.new_s[1] < 52
    at = np.arange(0.0, 60.0, 1.0)
    off = np.where((at > 20) & (at < 26), 0.8, 0.0)
    anchors = TimePairs.of(at, at + off, np.full(len(at), 0.05), source="anchor")
    (against,) = weak_segments(straight(), anchors, (90.0, 60.0))
    assert against.why == "contradiction" and against.new_s == (21.0, 25.0) and "5 anchors" in against.text


@pytest.mark.parametrize(("verdict", "ok", "usable"), [("good", 1, 1), ("check", 0, 1), ("refused", 0, 0)])
def test_ok_means_good(verdict: Verdict, ok: int, usable: int) -> None:
    (wide,) = weak_segments(straight(0.6), NO_PAIRS, (90.0, 60.0))
    alignment = Alignment(
        warp=straight(), pairs=NO_PAIRS, verdict=verdict, reasons=("because",), quality=Quality(), weak=(wide,)
    )
    assert (alignment.ok, alignment.usable) == (ok, usable)
    data = alignment.as_dict()
    assert data["ok"] is bool(ok) and data["weak"][0]["why"] == "wide" and "--anchor" in data["weak"][0]["advice"]
    assert not replace(alignment, warp=None).ok


def test_the_clock_reads_as_it_is_written() -> None:
    assert [clock(t) for t in (0.04, 59.96, 83.25)] == ["0:00.0", "1:00.0", "1:23.2"]
