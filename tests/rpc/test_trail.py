"""The markers of a trail pack, for programs that hand them back with a transfer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mtbsync_core.errors import MediaError, UsageError
from mtbsync_core.rpc.engine import answer
from tests.trail_pack.made import made_pack


def ask(path: object) -> list[dict[str, Any]]:

    events: list[dict[str, Any]] = []
    answer(json.dumps({"protocol": 1, "do": "trail", "path": path}), events.append)
    return events


def test_its_markers_are_told(tmp_path: Path) -> None:
    first, second, done = ask(str(made_pack(tmp_path / "wood.mtbtrail")))
    assert first == {
        **{"event": "marker", "id": "m1", "t_s": 2.0, "duration_s": 0.0},
        **{"name": "drop", "colour": "Red", "note": ""},
    }
    assert (second["id"], second["colour"], second["note"]) == ("m2", "Blue", "left line")
    assert done == {"event": "done"}


@pytest.mark.parametrize("path", [None, "", 3])
def test_a_request_without_a_file(path: object) -> None:
    with pytest.raises(UsageError, match="names no trail pack"):
        ask(path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="does not exist"):
        ask(str(tmp_path / "wood.mtbtrail"))
