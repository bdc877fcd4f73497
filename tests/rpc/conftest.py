"""Requests put to the engine, with or without an aligner behind it."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mtbsync_core.alignment.result import Alignment
from mtbsync_core.cli import main
from mtbsync_core.jobs import transfer as job
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.vision.index import FrameIndex
from tests.cli.two_runs import an_alignment


class Asking:
    """Puts a request to `mtbsync rpc` and keeps the answers by event."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys

    def __call__(
        self, reference: Path, new: Path, markers: Sequence[tuple[str, float]], *, ref: Any = None, **more: Any
    ) -> dict[str, list[Any]]:
        options, anchors = more.pop("options", {}), more.pop("anchors", [])
        pictures = more.pop("pictures", False)
        request = {
            "protocol": 1,
            "do": "transfer",
            "reference": {"path": str(reference), **(ref or {})},
            "new": [{"id": "a", "path": str(new), **more}],
            "markers": [{"id": id_, "t_s": t_s} for id_, t_s in markers],
            "anchors": [{"new": "a", "ref_s": ref_s, "new_s": new_s} for ref_s, new_s in anchors],
            "pictures": pictures,
            "options": options,
        }
        self._capsys.readouterr()  # what others said before
        self._monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(json.dumps(request).encode())))
        assert main(["rpc"]) == 0
        events: dict[str, list[Any]] = {}
        for line in self._capsys.readouterr().out.splitlines():
            event = json.loads(line)
            events.setdefault(event["event"], []).append(event)
        return events


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Asking:
    return Asking(monkeypatch, capsys)


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the aligner was asked for; nothing is decoded."""
    calls: list[dict[str, Any]] = []

    def index(media: MediaInfo, *_: object, **__: object) -> Any:
        return SimpleNamespace(media=media)

    def align(ref: FrameIndex, new: FrameIndex, **given: Any) -> Alignment:
        calls.append({**given, "media": (ref.media, new.media)})
        return an_alignment()

    monkeypatch.setattr(job, "build_index", index)
    monkeypatch.setattr(job, "align_indexes", align)
    return calls
