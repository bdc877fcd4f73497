"""What leaves a review: exports, shown before they are downloaded, and what is saved where the server may write."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.web.browser.conftest import Open, until
from tests.web.browser.footage import CodedPair

pytestmark = pytest.mark.slow


def test_export_shows_the_file_before_it_is_downloaded(review: Open, pair: CodedPair) -> None:
    page = review(pair.folder)
    page.keyboard.press("x")
    page.locator("#export-write:enabled").wait_for()
    formats = page.locator("#export-format option").evaluate_all("(all) => all.map((one) => one.value)")
    assert len(formats) >= 2
    for name in reversed(formats):
        with page.expect_response(lambda answer: "/api/export?" in answer.url) as answered:
            page.locator("#export-format").select_option(name)
        assert answered.value.ok, name
        made = answered.value.json()
        page.locator("#export-write:enabled").wait_for()
        assert page.locator("#export-name").inner_text() == made["name"]
        assert page.locator(".recipe").inner_text().strip()
    shown = page.locator("textarea.file").input_value()
    with page.expect_download() as download:
        page.locator("#export-write").click()
    assert download.value.suggested_filename == made["name"]
    if made["text"] is not None:
        assert download.value.path().read_bytes().decode() == made["text"] and shown.split() == made["text"].split()


def test_the_review_is_saved_where_the_server_may_write(review: Open, pair: CodedPair, tmp_path: Any) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    for name in ("timewarp.json", "pairs.csv", "new_markers.csv"):
        (folder / name).write_bytes((pair.folder / name).read_bytes())
    page = review(folder, allow_write=True)
    assert page.locator("#saved").inner_text() == "saved"
    page.locator("#markers button").first.click()
    page.locator("#marker-name").fill("Renamed")
    page.keyboard.press("Enter")
    until(page, "!review.state.saved")
    assert page.locator("#saved").inner_text() == "not saved"
    page.keyboard.press("Control+s")
    until(page, "review.state.saved && !review.store.waiting")
    assert "Renamed" in (folder / "new_markers.csv").read_text(encoding="utf-8")
    assert json.loads((folder / "timewarp.json").read_text(encoding="utf-8"))["schema"] == "mtbsync.timewarp"
