"""The routes of the review, asked as the page asks them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from mtbsync_core.web import review_api
from mtbsync_core.web.app import make_app
from mtbsync_core.web.site import Site
from tests.review.made import aligned, write_result

RUN = {"run": "a/result"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_result(tmp_path / "a" / "result", aligned(tmp_path))


@pytest.fixture
def client(tmp_path: Path, folder: Path, running) -> Iterator[httpx.Client]:
    site = Site((tmp_path,))
    with running(make_app(site, review_api.routes())) as url, speaking(site, url) as client:
        yield client


def speaking(site: Site, url: str) -> httpx.Client:
    return httpx.Client(base_url=url, headers={"X-MTB-Token": site.token, "Origin": url}, trust_env=False)


def test_edit_undo_redo(client: httpx.Client) -> None:
    before = client.get("/api/review", params=RUN).json()
    assert before["run"] == "a/result" and not before["writable"] and not before["can_undo"]
    after = client.post("/api/review/edit", params=RUN, json={"op": "pair", "ref_s": 30, "new_s": 33.9}).json()
    assert after["user_pairs"][0]["new_s"] == 33.9 and after["revision"] > before["revision"]
    undone = client.post("/api/review/undo", params=RUN).json()
    assert undone["warp"] == before["warp"] and undone["markers"] == before["markers"] and undone["can_redo"]
    assert client.post("/api/review/redo", params=RUN).json()["warp"] == after["warp"]
    assert client.get("/api/review", params=RUN).json()["can_undo"]


def test_nothing_to_undo_and_no_such_run(client: httpx.Client) -> None:
    assert client.post("/api/review/undo", params=RUN).status_code == 409
    assert client.get("/api/review", params={"run": "../.."}).status_code == 404
    assert client.get("/api/review").status_code == 404
