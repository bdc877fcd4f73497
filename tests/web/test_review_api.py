"""The routes of the review, asked as the page asks them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from mtbsync_core.moved_csv import read_moved
from mtbsync_core.web import review_api
from mtbsync_core.web.app import make_app
from mtbsync_core.web.site import Site
from otio_adapters.formats import FORMATS
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


@pytest.mark.slow
def test_edit_undo_redo(client: httpx.Client) -> None:
    before = client.get("/api/review", params=RUN).json()
    assert before["run"] == "a/result" and not before["writable"] and not before["can_undo"]
    after = client.post("/api/review/edit", params=RUN, json={"op": "pair", "ref_s": 30, "new_s": 33.9}).json()
    assert after["user_pairs"][0]["new_s"] == 33.9 and after["revision"] > before["revision"]
    undone = client.post("/api/review/undo", params=RUN).json()
    assert undone["warp"] == before["warp"] and undone["markers"] == before["markers"] and undone["can_redo"]
    assert client.post("/api/review/redo", params=RUN).json()["warp"] == after["warp"]
    assert client.get("/api/review", params=RUN).json()["can_undo"]


@pytest.mark.slow
def test_nothing_to_undo_and_no_such_run(client: httpx.Client) -> None:
    assert client.post("/api/review/undo", params=RUN).status_code == 409
    assert client.get("/api/review", params={"run": "../.."}).status_code == 404
    assert client.get("/api/review").status_code == 404


@pytest.mark.slow
def test_errors_have_words(client: httpx.Client) -> None:
    answer = client.post("/api/review/edit", params=RUN, json={"op": "pair", "ref_s": 30, "new_s": 999})
    assert answer.status_code == 400 and "lies outside" in answer.json()["error"]["message"]
    answer = client.post("/api/review/undo", params=RUN)
    assert answer.status_code == 409 and answer.json()["error"]["code"] == "nothing"
    answer = client.post("/api/review/edit", params=RUN, content=b"{", headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert client.post("/api/review/edit", params=RUN, json=[1]).status_code == 400
    assert client.post("/api/review/undo", params=RUN, headers={"X-MTB-Token": "x"}).status_code == 403


@pytest.mark.slow
def test_read_only_server_writes_nothing(client: httpx.Client, folder: Path) -> None:
    before = {path: path.read_bytes() for path in folder.parents[1].rglob("*") if path.is_file()}
    client.post("/api/review/edit", params=RUN, json={"op": "add_note", "t_ref": 12, "text": "brake"})
    assert client.post("/api/review/save", params=RUN).json()["error"]["code"] == "read_only"
    answer = client.post("/api/export", params=RUN, json={"format": "youtube"})
    assert answer.status_code == 409
    assert {path: path.read_bytes() for path in folder.parents[1].rglob("*") if path.is_file()} == before


@pytest.mark.slow
def test_exports_are_shown_before_they_are_written(client: httpx.Client) -> None:
    formats = client.get("/api/export/formats").json()
    names = [one["name"] for one in formats]
    assert {"resolve-edl", "premiere", "fcpxml", "avid", "csv", "otio", "resolve-lua"} <= set(names)
    assert all(one["label"] and one["suffix"].startswith(".") for one in formats) and set(names) == set(FORMATS)
    client.post("/api/review/edit", params=RUN, json={"op": "add_note", "t_ref": 10.2, "text": "brake later"})
    for name in names:
        made = client.post("/api/export", params=RUN, json={"format": name, "preview": True}).json()
        assert "brake later" in made["text"] or name == "youtube", name
        assert made["recipe"] and made["name"].startswith("new") and not made["written"]
        assert made["issues"][0] == "1 of 4 markers have no place in the new run and are left out"
    body = {"format": "resolve-edl", "rate": "25", "start": "02:00:00:00", "which": "sure", "preview": True}
    made = client.post("/api/export", params=RUN, json=body).json()
    assert "02:00:11:" in made["text"] and "FCM: NON-DROP FRAME" in made["text"]
    for wrong in ({"format": "docx"}, {"which": "some"}, {"rate": "fast"}, {"start": "99"}, {"format": 5}):
        assert client.post("/api/export", params=RUN, json={**body, **wrong}).status_code == 400


@pytest.mark.slow
def test_with_leave_files_are_written(tmp_path: Path, folder: Path, running) -> None:
    site = Site((tmp_path,), allow_write=True)
    with running(make_app(site, review_api.routes())) as url, speaking(site, url) as client:
        made = client.post("/api/export", params=RUN, json={"format": "json"}).json()
        assert made["written"] and made["name"] == "new_export.json" and (folder / made["name"]).is_file()
        client.post("/api/review/edit", params=RUN, json={"op": "pair", "ref_s": 30, "new_s": 33.9})
        saved = client.post("/api/review/save", params=RUN).json()
        assert saved["saved"] and saved["writable"] and (folder / "review.json").is_file()


@pytest.mark.slow
def test_markers_and_notes_as_downloads(client: httpx.Client, tmp_path: Path) -> None:
    client.post("/api/review/edit", params=RUN, json={"op": "add_note", "t_ref": 30, "text": "<b>wide</b>"})
    client.post("/api/review/edit", params=RUN, json={"op": "flag", "id": "M002"})
    answer = client.get("/api/review/markers", params={**RUN, "format": "csv"})
    assert "attachment" in answer.headers["content-disposition"]
    (tmp_path / "m.csv").write_bytes(answer.content)
    moved = {m.source.name: m for m in read_moved(tmp_path / "m.csv")}
    assert moved["Roots"].source.extra["flagged"] == "true" and moved["Roots"].needs_review
    assert moved["Note: <b>wide</b>"].t_new == pytest.approx(33.8, abs=0.05)
    data = client.get("/api/review/markers", params={**RUN, "format": "json"}).json()
    assert data["schema"] == "mtbsync.reviewed_markers" and len(data["markers"]) == 4 and len(data["sectors"]) == 4
    page = client.get("/api/review/page", params=RUN)
    assert "&lt;b&gt;wide&lt;/b&gt;" in page.text and "<script" not in page.text and "<b>wide" not in page.text
    assert client.get("/api/review/markers", params={**RUN, "format": "xls"}).status_code == 400


@pytest.mark.slow
def test_what_can_be_picked_and_opened(client: httpx.Client, folder: Path, tmp_path: Path) -> None:
    for name in ("ref.mp4", "new.MP4"):
        (tmp_path / "a" / name).write_bytes(b"")
    (tmp_path / ".hidden").mkdir()
    (tmp_path / ".hidden" / "x.mp4").write_bytes(b"")
    found = client.get("/api/pick").json()
    assert [one["name"] for one in found["videos"]] == ["a/new.MP4", "a/ref.mp4"]
    assert [one["run"] for one in found["results"]] == ["a/result"] and found["results"][0]["verdict"] == "check"
    assert [one["name"] for one in found["markers"]] == ["a/result/new_markers.csv"]
    wish = {"timewarp": "a/result/timewarp.json", "new_markers": "a/result/new_markers.csv"}
    run = client.post("/api/pick", json=wish).json()["run"]
    assert len(client.get("/api/review", params={"run": run}).json()["markers"]) == 4
    for wrong in ({"ref": "a/ref.mp4"}, {"timewarp": "../x"}, {"timewarp": "a/result"}, {"timewarp": 5}):
        assert client.post("/api/pick", json=wrong).status_code in (400, 404)
