"""viewer and the overlay."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from mtbsync_core.alignment.result import Alignment
from mtbsync_core.markers import Marker, transfer
from mtbsync_core.overlay import draw_overlay
from mtbsync_core.overlay.strips import apart
from tests.cli.two_runs import Run


def size_of_png(path: Path) -> tuple[int, int]:
    head = path.read_bytes()[:24]
    assert head.startswith(b"\x89PNG\r\n\x1a\n")
    return int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")


def test_a_picture_needs_a_warp(run: Run) -> None:
    done = run("viewer", "--headless")
    assert done.code == 2
    assert "--timewarp-json" in done.err


@pytest.mark.slow
def test_the_picture_is_written(run: Run, folder: Path) -> None:
    done = run(
        "viewer", "--headless", "--timewarp-json", folder / "timewarp.json", "--ref-markers", folder / "markers.csv",
        "--out-png", folder / "x.png", "--json",
    )  # fmt: skip
    assert done.code == 0
    assert done.json["markers_read"] == 4
    width, height = size_of_png(folder / "x.png")
    assert width > height > 800


@pytest.mark.slow
def test_a_refused_warp_is_drawn_without_markers(run: Run, folder: Path, refused: Alignment) -> None:
    refused.save(folder / "timewarp.json")
    args = ("--timewarp-json", folder / "timewarp.json", "--ref-markers", folder / "markers.csv")
    done = run("viewer", "--headless", *args, "--out-png", folder / "x.png")
    assert done.code == 0
    assert "no marker is carried over" in done.err
    assert size_of_png(folder / "x.png")


@pytest.mark.slow
def test_hostile_names_and_bare_warps_are_drawn(tmp_path: Path, alignment: Alignment) -> None:
    markers = [Marker(name, 20.0 + n) for n, name in enumerate(["$x_{", "\u9ad8\u5c3e\u5c71", "a\nb", "", "x" * 300])]
    bare = replace(alignment, media_ref=None, media_new=None)
    assert alignment.warp is not None
    draw_overlay(tmp_path / "x.png", bare, pairs=None, moved=transfer(markers, alignment.warp))
    assert size_of_png(tmp_path / "x.png")


@pytest.mark.parametrize("suffix", [".jpg", ""])
def test_only_png_is_written(run: Run, folder: Path, suffix: str) -> None:
    args = ("--timewarp-json", folder / "timewarp.json", "--out-png", folder / f"x{suffix}")
    assert run("viewer", "--headless", *args).code == 2


def test_labels_keep_apart_and_in_order() -> None:
    places = apart([5.0, 1.0, 1.1, 1.2, 9.9, 10.0], 1.0, 10.0)
    order = sorted(places)
    assert all(b - a >= 1.0 - 1e-9 for a, b in pairwise(order))
    assert min(places) >= 0
    assert max(places) <= 10
    assert places[1] < places[2] < places[3] < places[0]
