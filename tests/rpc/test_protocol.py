"""Requests of other programs: what they may say, and what they get."""

from __future__ import annotations

import io
import json
import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtbsync_core.cli import main
from mtbsync_core.errors import UsageError
from mtbsync_core.jobs.transfer import TransferOptions
from mtbsync_core.rpc.protocol import parse, transfer_request

REQUEST: dict[str, Any] = {
    "protocol": 1,
    "do": "transfer",
    "reference": {"path": "ref.mp4", "from_s": 1, "to_s": 2.5, "proxy": ""},
    "new": [{"id": "a", "path": "new.mp4"}],
    "markers": [{"id": "m1", "t_s": 1.5}],
    "anchors": [{"new": "a", "ref_s": 1.5, "new_s": 2}],
}


def answers(request: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> tuple[int, list[Any]]:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(request.encode("utf-8", "surrogatepass"))))
    code = main(["rpc"])
    return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_request_in_full() -> None:
    do, data = parse(json.dumps(REQUEST))
    request = transfer_request(data)
    assert do == "transfer"
    assert (request.reference.path, request.reference.to_s, request.reference.proxy) == (Path("ref.mp4"), 2.5, None)
    assert (request.new[0].from_s, request.new[0].to_s) == (0.0, math.inf)
    assert (request.markers[0].t_s, request.markers[0].duration_s) == (1.5, 0.0)
    assert request.anchors == {"a": ((1.5, 2.0),)}
    assert transfer_request({**data, "anchors": None}).anchors == {"a": ()}
    assert request.options == TransferOptions() and request.options.review.review_threshold == 0.75


@pytest.mark.parametrize(
    "change",
    [
        {"reference": None},
        {"reference": {"path": 3}},
        {"new": []},
        {"new": [{"id": "a", "path": "x"}, {"id": "a", "path": "y"}]},
        {"markers": [{"id": "m"}]},
        {"markers": [{"id": "m", "t_s": "soon"}]},
        {"markers": [{"id": "m", "t_s": True}]},
        {"options": {"threads": "many"}},
        {"reference": {"path": ""}},
        {"anchors": ["1=2"]},
        {"anchors": [{"new": "a", "ref_s": 1.0}]},
        {"anchors": [{"new": "b", "ref_s": 1.0, "new_s": 2.0}]},
        {"new": [{"path": "x", "proxi": "y"}]},
    ],
)
def test_a_wrong_field_is_named(change: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        transfer_request({**REQUEST, **change})


@pytest.mark.slow
@given(
    st.text(max_size=60) | st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists).map(json.dumps)
)
@settings(max_examples=40)
def test_nonsense_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError):
        parse(text)


def test_hello(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    code, (hello, done) = answers('{"protocol": 1, "do": "hello"}', monkeypatch, capsys)
    assert code == 0 and hello["event"] == "hello" and hello["protocol"] == 1 and done == {"event": "done"}


@pytest.mark.parametrize("request_", ["", "{", '{"protocol": 1, "do": "dance"}', '{"protocol": 9, "do": "hello"}'])
def test_errors_are_answers(request_: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    code, (answer,) = answers(request_, monkeypatch, capsys)
    assert code == 2 and answer["event"] == "error" and answer["error"]["code"] == "usage"


def test_a_missing_reference_fails_every_run_and_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    request = {**REQUEST, "reference": {"path": str(tmp_path / "none.mp4")}, "options": {"matcher": "orb"}}
    code, (failed, done) = answers(json.dumps(request), monkeypatch, capsys)
    assert code == 0 and done == {"event": "done"}
    assert failed["event"] == "failed" and failed["new"] == "a" and failed["error"]["code"] == "media"
