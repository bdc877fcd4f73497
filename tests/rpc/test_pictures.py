"""Both pictures of each marker: the right frames, on the clocks of the parts, of films whose frames are numbered."""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from mtbsync_core.alignment.result import Alignment
from mtbsync_core.jobs import rides
from mtbsync_core.jobs import transfer as job
from mtbsync_core.vision.index import FrameIndex
from mtbsync_core.warp import TimeWarp
from tests.cli.two_runs import an_alignment
from tests.media.conftest import read_number, write_video
from tests.rpc.conftest import Asking


def number_in(text: str) -> int:
    picture = cv2.imdecode(np.frombuffer(base64.b64decode(text), np.uint8), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    return read_number(picture.astype(np.uint8))


@pytest.fixture
def films(tmp_path: Path, engine: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """Two films at 30 frames a second; on the parts' clocks the new run is where the reference was a second before."""

    def align(ref: FrameIndex, new: FrameIndex, **_: object) -> Alignment:
        warp = TimeWarp([0.0, 2.0], [1.0, 3.0], [0.02, 0.02])  # type: ignore[arg-type]
        return replace(an_alignment(), media_ref=ref.media, media_new=new.media, warp=warp)

    monkeypatch.setattr(job, "align_indexes", align)
    monkeypatch.setattr(rides, "HANDLES_S", 0.0)
    return write_video(tmp_path / "ref.mp4", 150), write_video(tmp_path / "new.mp4", 150)


def test_they_show_the_reference_and_the_new_run_at_it(ask: Asking, films: tuple[Path, Path]) -> None:
    markers = [("m1", 1.51), ("m2", 2.02), ("far", 4.9)]
    found = ask(*films, markers, ref={"from_s": 1.0, "to_s": 4.0}, from_s=0.5, to_s=4.5, pictures=True)
    places = {one["id"]: one["t_s"] for one in found["result"][0]["markers"]}
    assert places == {"m1": pytest.approx(2.01), "m2": pytest.approx(2.52), "far": None}
    shown = {one["marker"]: (number_in(one["ref"]), number_in(one["at"])) for one in found["picture"]}
    assert shown == {"m1": (45, 60), "m2": (60, 75)}
    assert [one["new"] for one in found["picture"]] == ["a", "a"]


@pytest.mark.slow
def test_nobody_who_does_not_ask_gets_them(ask: Asking, films: tuple[Path, Path]) -> None:
    assert "picture" not in ask(*films, [("m1", 1.5)])


def test_what_cannot_be_read_is_null(ask: Asking, films: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mtbsync_core.media.still.Decoder.frame_at", lambda *_: None)
    (picture,) = ask(*films, [("m1", 1.5)], pictures=True)["picture"]
    assert (picture["ref"], picture["at"]) == (None, None)
