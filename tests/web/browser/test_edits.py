"""What people do in a review: pairs and undo, flags, edits, search, filters, notes, and the address that leads back."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.web.browser.conftest import Open, rest, settle, until
from tests.web.browser.footage import CodedPair

pytestmark = pytest.mark.slow

MAP = "(t) => review.link.warp.toNew(t)"


def state(page: Page) -> Any:
    return page.evaluate("review.state")


def marker(page: Page, name: str) -> dict[str, Any]:
    return next(one for one in state(page)["markers"] if one["name"] == name)


def test_a_pair_refits_the_map_through_it_and_undo_restores(review: Open, pair: CodedPair) -> None:
    page = review(pair.folder, "&t=2.0")
    before = state(page)["warp"]
    for _ in range(4):
        page.keyboard.press("BracketRight")
    assert page.locator("#offset").is_visible()
    ref_s, new_s = page.evaluate(
        "[review.ref.frames.time(review.ref.want), review.other.frames.time(review.other.want)]"
    )
    assert abs(page.evaluate(MAP, ref_s) - new_s) > 0.1
    page.keyboard.press("p")
    until(page, "review.state.user_pairs.length === 1")
    settle(page)
    assert abs(page.evaluate(MAP, ref_s) - new_s) < 1e-3
    assert page.evaluate(
        "[review.ref.frames.time(review.ref.shown), review.other.frames.time(review.other.shown)]"
    ) == [ref_s, new_s]
    assert page.locator("#offset").is_hidden()
    assert "not saved" in page.locator("#saved").inner_text()
    page.keyboard.press("Control+z")
    until(page, "review.state.user_pairs.length === 0")
    assert state(page)["warp"] == before
    page.keyboard.press("Control+Shift+z")
    until(page, "review.state.user_pairs.length === 1")
    page.get_by_role("tab", name="To check").click()
    page.locator("#user-pairs").get_by_role("button", name="Take back").click()
    until(page, "review.state.user_pairs.length === 0")
    assert state(page)["warp"] == before


def test_what_is_flagged_as_wrong_gets_its_frame_and_becomes_a_pair(review: Open, pair: CodedPair) -> None:
    page = review(pair.folder)
    page.locator("#markers button").nth(2).click()
    settle(page)
    name = page.locator("#marker-name").input_value()
    was_ref, was_new = page.evaluate("[review.ref.want, review.other.want]")
    page.locator("#wrong").click()
    until(page, "review.state.markers.some((m) => m.flagged)")
    assert page.locator("#banner").is_visible() and marker(page, name)["flagged"]
    for _ in range(3):
        page.keyboard.press("Period")
    settle(page)
    assert page.evaluate("[review.ref.want, review.other.want]") == [was_ref, was_new + 3]
    page.keyboard.press("Escape")
    assert page.locator("#banner").is_hidden()
    settle(page)
    assert page.evaluate("[review.ref.want, review.other.want]") == [was_ref, was_new]
    page.get_by_role("tab", name="To check").click()
    page.locator("#places li", has_text=name).get_by_role("button", name="Find the frame").click()
    for _ in range(3):
        page.keyboard.press("Comma")
    page.keyboard.press("Enter")
    until(page, "review.state.user_pairs.length === 1 && !review.flow")
    [made] = state(page)["user_pairs"]
    frame_s = float(1 / pair.rate)
    assert made["ref_s"] == pytest.approx(was_ref * frame_s, abs=1e-4)
    assert made["new_s"] == pytest.approx((was_new - 3) * frame_s, abs=1e-4)
    assert not marker(page, name)["flagged"] and page.evaluate("review.link.linked")


def test_a_marker_is_edited_in_its_form_and_the_list_shows_it(review: Open, pair: CodedPair) -> None:
    page = review(pair.folder)
    page.locator("#markers button").first.click()
    page.locator("#marker-name").fill('Big <b>"drop"</b>')
    page.keyboard.press("Enter")
    page.locator("#marker-colour").select_option("Pink")
    page.locator("#marker-comment").fill("look left")
    page.locator("#marker-note").fill("later on the brakes")
    page.locator("#marker-name").focus()
    until(page, "!review.store.waiting && review.state.markers[0].note !== ''")
    one = marker(page, 'Big <b>"drop"</b>')
    assert (one["colour"], one["comment"], one["note"], one["edited"]) == (
        "Pink",
        "look left",
        "later on the brakes",
        True,
    )
    row = page.locator("#markers tr").first
    assert 'Big <b>"drop"</b>' in row.inner_text() and row.locator(".hue-Pink").count() == 1
    for _ in range(4):
        page.locator("#undo").click()
    until(page, "!review.state.can_undo && !review.store.waiting")
    assert 'Big <b>"drop"</b>' not in page.locator("#markers").inner_text()


def test_markers_are_set_moved_by_hand_and_deleted(review: Open, pair: CodedPair) -> None:
    page = review(pair.folder, "&t=3.003")
    count = len(state(page)["markers"])
    page.keyboard.press("m")
    until(page, f"review.state.markers.length === {count + 1}")
    page.keyboard.type("Stump")  # the name is selected; keys of the page rest meanwhile
    page.keyboard.press("Enter")
    until(page, "review.state.markers.some((m) => m.name === 'Stump')")
    made = marker(page, "Stump")
    assert made["t_ref"] == pytest.approx(90 / pair.rate, abs=1e-4)
    for _ in range(5):
        page.keyboard.press("BracketRight")
    page.locator(".places button").nth(1).click()
    until(page, "review.marker.t_new !== null && !review.store.waiting")
    settle(page)
    shown = page.evaluate("review.other.frames.time(review.other.want)")
    assert marker(page, "Stump")["t_new"] == pytest.approx(shown, abs=1e-5)
    page.get_by_role("button", name="Delete the marker").click()
    until(page, f"review.state.markers.length === {count}")
    page.keyboard.press("Control+z")
    until(page, f"review.state.markers.length === {count + 1}")


def test_a_marker_is_dragged_along_the_bar_of_its_run(review: Open, pair: CodedPair) -> None:
    page = review(pair.folder)
    for lane, field in (("ref", "t_ref"), ("new", "t_new")):
        ticks = page.locator(f".lane.{lane} .tick")
        id = ticks.nth(3).get_attribute("data-id")
        tick = page.locator(f'.lane.{lane} .tick[data-id="{id}"]')
        before = page.evaluate("(id) => review.store.marker(id)", id)
        box = tick.bounding_box()
        assert box is not None
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + 10, y)
        page.mouse.move(x + 20, y)
        page.keyboard.press("Escape")
        page.mouse.up()
        assert page.evaluate("(id) => review.store.marker(id)", id) == before
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + 10, y)
        page.mouse.move(x + 20, y)
        page.mouse.up()
        until(page, "([id, field, t]) => review.store.marker(id)[field] > t", [id, field, before[field]])
        after = page.evaluate("(id) => review.store.marker(id)", id)
        other = {"t_ref": "t_new", "t_new": "t_ref"}[field]
        assert field == "t_ref" or after[other] == before[other]


def test_search_filters_and_the_markers_around_the_playhead(review: Open, pair: CodedPair) -> None:
    page = review(pair.folder)
    rows = page.locator("#markers tr:visible")
    everything = state(page)["markers"]
    assert rows.count() == len(everything)
    page.locator("#find").fill(everything[1]["name"].split()[0].lower())
    assert everything[1]["name"] in rows.first.inner_text() and rows.count() < len(everything)
    page.locator("#find").fill("no such thing")
    assert rows.count() == 0 and page.get_by_text("No marker like this.").is_visible()
    page.locator("#find").fill("")
    page.locator("#filter-colour").select_option(everything[0]["colour"])
    assert rows.count() == sum(one["colour"] == everything[0]["colour"] for one in everything)
    page.locator("#filter-colour").select_option("")
    page.locator("#filter").select_option("doubtful")
    assert rows.count() == sum(one["needs_review"] and one["status"] == "doubtful" for one in everything)
    page.locator("#filter").select_option("all")
    page.locator("#near").check()
    page.keyboard.press("Home")
    settle(page)
    now = page.evaluate("review.now")
    assert rows.count() == sum(abs(one["t_ref"] - now) <= 5 for one in everything)
    until(page, "location.search.includes('near=1')")
    page.reload()
    page.wait_for_selector("body[data-ready]")
    assert page.locator("#near").is_checked()


def test_a_note_with_a_drawing_is_pinned_to_its_place(review: Open, pair: CodedPair) -> None:
    page = review(pair.folder, "&t=2.5")
    page.keyboard.press("n")
    box = page.locator("#picture-ref").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 60, box["y"] + 90)
    page.mouse.down()
    for step in range(1, 9):
        page.mouse.move(box["x"] + 60 + 12 * step, box["y"] + 90 + 4 * step)
    page.mouse.up()
    page.keyboard.type("brake before the root")
    page.locator("#keep-note").click()
    until(page, "review.state.notes.length === 1")
    [note] = state(page)["notes"]
    assert note["text"] == "brake before the root" and note["drawing"][0].startswith("M0.")
    assert page.locator("#picture-ref .drawing path").count() == 1
    assert page.locator("#picture-ref .pinned").inner_text() == "brake before the root"
    page.keyboard.press("ArrowRight")
    settle(page)
    assert page.locator("#picture-ref .pinned").count() == 0
    page.locator("#notes .jump").click()
    settle(page)
    assert page.locator("#picture-ref .pinned").count() == 1
    page.locator("#notes").get_by_role("button", name="Delete").click()
    until(page, "review.state.notes.length === 0")


def test_locks_by_time_and_by_sector(review: Open, pair: CodedPair) -> None:
    page = review(pair.folder)
    first = page.evaluate("review.link.warp.first")
    sector = next(one for one in state(page)["sectors"] if one["ref_s"][0] > first + 0.5)
    for lock, origin in (("time", first), ("sector", sector["ref_s"][0])):
        page.locator("#lock").select_option(lock)
        page.evaluate("(t) => review.go(t)", sector["ref_s"][0] + 0.4)
        settle(page)
        ref, new = page.evaluate(
            "[review.ref.frames.time(review.ref.shown), review.other.frames.time(review.other.shown)]"
        )
        assert new == pytest.approx(page.evaluate(MAP, origin) + ref - origin, abs=0.6 / float(pair.rate))


def test_the_address_leads_back(review: Open, pair: CodedPair) -> None:
    page = review(pair.folder)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Digit3")
    page.get_by_role("tab", name="Sectors").click()
    page.locator("#lock").select_option("sector")
    settle(page)
    frame = page.evaluate("review.ref.shown")
    until(
        page,
        "['t=', 'view=wipe', 'tab=sectors', 'lock=sector', 'marker='].every((part) => location.search.includes(part))",
    )
    page.reload()
    page.wait_for_selector("body[data-ready]")
    rest(page)
    assert page.evaluate("[review.ref.shown, review.view, review.link.lock]") == [frame, "wipe", "sector"]
    assert page.locator("#sectors").is_visible()


def test_a_click_on_the_chart_goes_there_and_dragging_zooms_the_bar_too(review: Open, pair: CodedPair) -> None:
    page = review(pair.folder)
    box = page.locator(".u-over").bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    page.mouse.click(box["x"] + box["width"] * 0.5, y)
    settle(page)
    assert page.evaluate("review.now") == pytest.approx(page.evaluate("review.ref.frames.end") / 2, abs=0.1)
    page.mouse.move(box["x"] + box["width"] * 0.25, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5, y)
    page.mouse.up()
    whole = page.locator(".lane.ref .tick").count()
    assert whole < len(state(page)["markers"])
    page.mouse.dblclick(box["x"] + box["width"] * 0.3, y)
    assert page.locator(".lane.ref .tick").count() == len(state(page)["markers"])
