"""The dashboard and the page of the machine, in Chromium, against real servers."""

from __future__ import annotations

import csv
import json
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from starlette.applications import Starlette

from mtbsync_core.demo.pair import write_pair
from mtbsync_core.demo.plan import DemoOptions
from mtbsync_core.runs import cancel
from mtbsync_core.runs.run_file import load_run, state_of
from mtbsync_core.web import dashboard, media, pages, review_api, telemetry
from mtbsync_core.web.app import make_app
from mtbsync_core.web.serve import make_server
from mtbsync_core.web.site import Site
from tests.runs.made import run_folder
from tests.web.browser.pictures import keep
from tests.web.browser.season import at_work, season
from tests.web.conftest import Running

pytestmark = pytest.mark.slow

TINY = DemoOptions(seconds=20, width=192, height=108, rate=Fraction(10), telemetry=False, seed=2)
PATIENCE_MS = 240_000

WIDE = """
    [...document.querySelectorAll('body, main, .panel, .card, .tools, .top')]
        .filter((element) => element.scrollWidth > element.clientWidth + 1).map((element) => element.className)
"""
"""What is wider than its room."""
NEUTRAL = """
    document.getElementById('root').textContent = '/footage/season';
    for (const element of document.querySelectorAll('#side .command'))
        element.textContent = element.textContent.replaceAll(/\\/[^ ']*\\/season/g, '/footage/season');
"""
"""Pictures name no folder of the machine that they are made on."""

Opening = Callable[..., Page]


def app_of(root: Path, *more: Path, allow_write: bool = False, token: str = "of this test") -> Starlette:
    site = Site((root, *more), allow_write=allow_write, token=token)
    return make_app(
        site, [*dashboard.routes(), *telemetry.routes(), *review_api.routes(), *media.routes(), *pages.routes()]
    )


@pytest.fixture
def opened(browser: Browser) -> Iterator[Opening]:
    """`opened(url, width=1280, height=720, dark=True)`: a page whose complaints in the console fail the test."""
    faults: list[str] = []
    with ExitStack() as stack:

        def open_page(url: str, *, width: int = 1280, height: int = 720, dark: bool = True) -> Page:
            scheme: Literal["dark", "light"] = "dark" if dark else "light"
            context = browser.new_context(
                viewport={"width": width, "height": height}, color_scheme=scheme, locale="en-GB", timezone_id="UTC"
            )
            stack.callback(context.close)
            page = context.new_page()
            page.on("pageerror", lambda error: faults.append(str(error)))
            page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
            page.goto(url)
            expect(page.locator("#live")).to_have_attribute("data-state", "up")
            return page

        yield open_page
    left = [fault for fault in faults if "net::ERR_" not in fault]  # where a test stops its server
    assert not left, left


def row(page: Page, run: str) -> Any:
    return page.locator(f'tr[data-run="{run}"]')


@contextmanager
def serving(app: Starlette, port: int) -> Iterator[None]:
    """The app on this port, as after a restart of the program."""
    listener = socket.create_server(("127.0.0.1", port))
    server = make_server(app)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def footage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four small pairs, of them one that is no video."""
    made = write_pair(tmp_path_factory.mktemp("demo"), TINY)
    folder = tmp_path_factory.mktemp("in")
    for name, ref, new in (
        ("a", made.reference, made.new),
        ("b", made.new, made.reference),
        ("c", made.reference, made.new),
    ):
        (folder / f"{name}_ref.mp4").write_bytes(ref.read_bytes())
        (folder / f"{name}_new.mp4").write_bytes(new.read_bytes())
        (folder / f"{name}_ref.csv").write_bytes(made.markers.read_bytes())
    (folder / "d_ref.mp4").write_bytes(made.reference.read_bytes())
    (folder / "d_new.mp4").write_bytes(b"no video")
    return folder


def test_a_batch_in_another_process_is_shown_live_through_a_reload_and_a_restart(
    footage: Path, tmp_path: Path, opened: Opening
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with ExitStack() as stack:
        first = stack.enter_context(ExitStack())
        first.enter_context(serving(app_of(out, footage), port))
        page = opened(f"http://127.0.0.1:{port}/")
        expect(page.get_by_text("No runs here yet.")).to_be_visible()
        words = ["batch", str(footage), "--out-dir", str(out), "--jobs", "1", "--describer", "hog", "--no-refine"]
        batch = subprocess.Popen([sys.executable, "-m", "mtbsync_core", *words])
        stack.callback(batch.wait)
        stack.callback(batch.kill)

        expect(page.locator('tbody tr[data-kind="waiting"]').first).to_be_visible(timeout=PATIENCE_MS)
        running = page.locator('tbody tr[data-kind="running"]')
        expect(running).to_have_count(1, timeout=PATIENCE_MS)
        expect(running.locator(".going")).to_contain_text(
            re.compile("sensors|reference|new run|compare|refine|warp"), timeout=PATIENCE_MS
        )
        expect(page.locator("#summary")).to_contain_text("of 4 runs done")
        running.locator("a").click()
        expect(page.locator("#side .verdict.running")).to_be_visible()

        page.reload()
        expect(page.locator("#live")).to_have_attribute("data-state", "up")
        expect(page.locator("#side .card.run")).to_be_visible()  # the chosen run is in the address
        expect(page.locator("tbody tr")).to_have_count(4)

        first.close()  # the server ends while the batch goes on
        expect(page.locator("#live")).to_have_attribute("data-state", "down", timeout=PATIENCE_MS)
        assert batch.wait(PATIENCE_MS / 1000) != 0  # d is no video
        stack.enter_context(serving(app_of(out, footage), port))
        expect(page.locator("#live")).to_have_attribute("data-state", "up", timeout=PATIENCE_MS)
        expect(row(page, "d")).to_have_attribute("data-kind", "bad", timeout=PATIENCE_MS)
        expect(row(page, "d")).to_contain_text("failed")
        expect(page.locator("#summary")).to_contain_text("4 runs")
        with (out / "batch_summary.csv").open(encoding="utf-8", newline="") as file:
            for said in csv.DictReader(file):
                shown = row(page, said["run"])
                assert (said["state"] == "failed") == (shown.get_attribute("data-kind") == "bad")
                if said["verdict"]:
                    expect(shown.locator(".markers")).to_contain_text(said["markers"])
                    expect(shown.locator(".result")).to_have_text(
                        re.compile({"good": "good", "check": "check"}[said["verdict"]])
                    )
        page.keyboard.press("Escape")
        expect(page.locator("#side")).to_contain_text("What went wrong")
        row(page, "a").locator("a").click()
        page.locator("#review").click()
        expect(page.locator("body")).to_have_attribute("data-ready", "true", timeout=PATIENCE_MS)
        assert "/review?run=a" in page.url
        page.go_back()
        expect(row(page, "a")).to_have_attribute("aria-current", "true", timeout=PATIENCE_MS)
        page.close()


def test_a_run_is_cancelled_and_its_batch_gone_on_with(
    footage: Path, tmp_path: Path, running: Running, opened: Opening
) -> None:
    """A batch of one pair is cancelled while it waits for its turn; the page starts it again, and it comes out."""
    out = tmp_path / "out"
    words = ["batch", "--reference", str(footage / "a_ref.mp4"), "--new", str(footage / "a_new.mp4"), "--no-refine"]
    cancel.Request(out, "a_new").make()
    done = subprocess.run([sys.executable, "-m", "mtbsync_core", *words, "--out-dir", str(out)], capture_output=True)
    assert done.returncode == 11
    with running(app_of(out, allow_write=True)) as url:
        page = opened(url)
        row(page, "a_new").locator("a").click()
        expect(page.locator("#side .verdict.bad")).to_contain_text("cancelled")
        page.get_by_role("button", name="Try again").click()
        expect(page.locator("#side").get_by_role("button", name="Cancel")).to_be_visible(timeout=PATIENCE_MS)
        expect(page.locator("#side .verdict")).to_contain_text("map", timeout=PATIENCE_MS)
        expect(row(page, "a_new")).to_have_attribute("data-kind", re.compile("good|check"))
    assert (out / "batch.log").is_file()
    while state_of(out, "a_new", load_run(out / "a_new")) == "running":  # its process outlives the server
        time.sleep(0.1)


def test_a_line_that_breaks_off_goes_on_where_it_was(tmp_path: Path, running: Running) -> None:
    run_folder(tmp_path, "a")
    with running(app_of(tmp_path)) as url:
        last = ""
        for expected in ("snapshot", "runs"):
            with httpx.stream("GET", f"{url}/api/perf/stream", headers={"Last-Event-ID": last}) as answer:
                assert answer.headers["content-type"].startswith("text/event-stream")
                found: dict[str, str] = {}
                for line in answer.iter_lines():
                    name, _, value = line.partition(": ")
                    found[name] = value
                    if not line and "data" in found:
                        break
            assert found["event"] == expected
            last = found["id"]
            run_folder(tmp_path, "b") if expected == "snapshot" else None
        assert [one["run"] for one in json.loads(found["data"])["rows"]] == ["b"]


def test_twenty_that_watch_do_not_keep_others_from_their_answers(tmp_path: Path, running: Running) -> None:
    season(tmp_path)
    with running(app_of(tmp_path)) as url, ExitStack() as stack:
        client = stack.enter_context(httpx.Client(limits=httpx.Limits(max_connections=30)))
        streams = [stack.enter_context(client.stream("GET", f"{url}/api/perf/stream")) for _ in range(20)]
        lines = [stream.iter_lines() for stream in streams]
        assert all("event: snapshot" in (next(each), next(each)) for each in lines)
        for path in (
            "/api/runs",
            "/api/files",
            "/api/markers",
            "/api/timewarp",
            "/api/regression",
            "/api/perf/history",
        ):
            assert client.get(f"{url}{path}").status_code == 200


def test_search_filter_sort_and_the_details_of_a_run(tmp_path: Path, running: Running, opened: Opening) -> None:
    season(tmp_path)
    with running(app_of(tmp_path)) as url:
        page = opened(f"{url}/dashboard")
        rows = page.locator("table.runs tbody tr")
        expect(rows).to_have_count(24)
        page.keyboard.press("Slash")
        page.keyboard.type("north ana")
        wanted = rows.evaluate_all("(rows) => rows.map((row) => row.dataset.run)")
        assert all(run.startswith("North Face") for run in wanted)
        page.get_by_role("searchbox", name="Search", exact=True).fill("")
        page.get_by_role("button", name="to check").click()
        expect(rows).to_have_count(5)
        page.reload()
        expect(rows).to_have_count(5)  # the address has it
        page.get_by_role("button", name="to check").click()
        page.get_by_role("button", name="P90").click()
        shown = [
            float(text.split()[0])
            for text in page.locator("td.number:not(.seconds):not(.markers)").all_inner_texts()
            if " s" in text and text.startswith("0")
        ]
        assert shown and shown == sorted(shown, reverse=True)
        page.get_by_role("button", name="Seconds by stage").click()
        expect(page.locator("th.seconds").first).to_be_visible()
        page.get_by_role("button", name="Seconds by stage").click()

        page.keyboard.press("Home")
        page.keyboard.press("ArrowDown")
        chosen = page.locator('tr[aria-current="true"]')
        run = chosen.get_attribute("data-run")
        expect(page.locator("#side .run h2")).to_have_text(str(run))
        expect(page.locator("#side")).to_contain_text("mtbsync ")
        with page.expect_download() as got:
            page.locator("#side .files a", has_text="timewarp.json").click()
        assert json.loads(Path(got.value.path()).read_text(encoding="utf-8"))["verdict"] in ("good", "check", "refused")
        page.keyboard.press("Escape")
        page.locator('tr[data-run="A-Line/run 01"] a').click()
        assert page.locator("#review").get_attribute("href") == "/review?run=A-Line%2Frun+01"
        page.get_by_role("button", name="Keyboard").click()
        expect(page.get_by_role("dialog")).to_contain_text("Open the review of the chosen run")


def test_markers_and_files(tmp_path: Path, running: Running, opened: Opening) -> None:
    season(tmp_path, 6)
    (tmp_path / "Roots" / "run 02" / "new_markers.csv").write_text(
        "name,t_ref,t_new\n<img src=x onerror=alert(1)>,1.0,2.0\n", encoding="utf-8"
    )
    with running(app_of(tmp_path, allow_write=True)) as url:
        page = opened(f"{url}/dashboard")
        page.keyboard.press("Digit3")
        choice = page.get_by_label("Marker file")
        expect(page.locator("#pane-markers tbody tr")).to_have_count(5)
        choice.select_option("Roots/run 02/new_markers.csv")
        expect(page.locator("#pane-markers tbody")).to_contain_text("<img src=x onerror=alert(1)>")
        page.get_by_role("button", name="Write JSON beside it").click()
        expect(page.locator(".toast")).to_contain_text("new_markers.rows.json")
        written = tmp_path / "Roots" / "run 02" / "new_markers.rows.json"
        assert len(json.loads(written.read_text(encoding="utf-8"))["markers"]) == 1
        page.keyboard.press("Digit4")
        page.get_by_label("Search files").fill("rows.json")
        expect(page.locator("#pane-files tbody tr")).to_have_count(1)


def test_the_time_series_is_filtered_smoothed_and_saved(tmp_path: Path, running: Running, opened: Opening) -> None:
    season(tmp_path)
    with running(app_of(tmp_path, allow_write=True)) as url:
        page = opened(f"{url}/dashboard?tab=machine")
        says = page.locator("#pane-machine .says")
        expect(says).to_contain_text("24 runs")
        expect(page.locator(".plot canvas")).to_have_count(5)
        newest = page.get_by_label("newest", exact=True)
        newest.fill("9")
        newest.press("Enter")
        expect(says).to_contain_text("9 runs")
        page.get_by_role("checkbox", name="GPU memory").uncheck()
        expect(page.locator(".plot canvas")).to_have_count(4)
        page.get_by_label("smooth over").check()
        with page.expect_download() as got:
            page.get_by_role("button", name="Save CSV").click()
        saved = list(csv.DictReader(Path(got.value.path()).read_text(encoding="utf-8").splitlines()))
        assert list(saved[0]) == ["_path", "_ts", "run", "fps", "cpu_pct", "gpu_util", "rss_mb", "total_sec"]
        assert len(saved) == 9 and saved[-1]["run"] == "North Face/run 24"
        page.reload()
        expect(says).to_contain_text("9 runs")
        page.keyboard.press("Digit0")
        expect(says).to_contain_text("24 runs")
        box = page.locator(".plot .u-over").first.bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + box["width"] * 0.26, box["y"] + 20)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * 0.48, box["y"] + 20, steps=4)
        page.mouse.up()
        expect(says).to_contain_text("6 runs")  # 7 to 12
        run_folder(tmp_path, "new", hours=10_000, perf={"fps": 50.0})
        page.keyboard.press("Digit0")
        expect(says).to_contain_text("25 runs")
        page.get_by_label("How many of the newest").fill("20")
        page.get_by_role("button", name="Delete older").click()
        expect(page.get_by_role("dialog")).to_contain_text("Delete 5 perf.jsons?")
        page.get_by_role("button", name="Delete", exact=True).click()
        expect(says).to_contain_text("20 runs")
    assert len(list(tmp_path.rglob("perf.json"))) == 20


def faults(page: Page) -> list[str]:
    """What axe calls serious or worse."""
    found = Axe().run(page).response["violations"]
    bad = [one for one in found if one["impact"] in ("serious", "critical")]
    return [f"{one['id']}: {node['html'][:120]}" for one in bad for node in one["nodes"]]


@pytest.mark.parametrize("dark", [True, False], ids=["dark", "light"])
def test_axe_finds_no_serious_fault(tmp_path: Path, running: Running, opened: Opening, dark: bool) -> None:
    season(tmp_path)
    empty = tmp_path.parent / f"{tmp_path.name}-empty"
    empty.mkdir()
    with at_work(tmp_path), running(app_of(tmp_path, allow_write=True)) as url, running(app_of(empty)) as nothing:
        page = opened(f"{url}/dashboard", dark=dark)
        expect(page.locator("#regression")).to_be_visible()
        assert faults(page) == []
        row(page, "Roots/run 02").locator("a").click()
        expect(page.locator("#side .files")).to_be_visible()
        assert faults(page) == []
        row(page, "A-Line/run 25").locator("a").click()
        expect(page.locator("#side .stages")).to_be_visible()
        for key, ready in (
            ("Digit2", ".plot canvas"),
            ("Digit3", "#pane-markers tbody tr"),
            ("Digit4", "#pane-files tbody tr"),
        ):
            page.keyboard.press(key)
            expect(page.locator(ready).first).to_be_visible()
            assert faults(page) == []
        page.keyboard.press("Shift+Slash")
        assert faults(page) == []
        page = opened(f"{url}/telemetry", dark=dark)
        expect(page.locator(".plot canvas").first).to_be_visible()
        assert faults(page) == []
        page = opened(f"{nothing}/dashboard", dark=dark)
        expect(page.get_by_text("No runs here yet.")).to_be_visible()
        assert faults(page) == []


@pytest.mark.parametrize("size", [(1280, 720), (3840, 2160)], ids=["720p", "4K"])
def test_nothing_is_cut_off_at_either_size(
    tmp_path: Path, running: Running, opened: Opening, size: tuple[int, int]
) -> None:
    season(tmp_path)
    with at_work(tmp_path), running(app_of(tmp_path)) as url:
        for path in ("/dashboard", "/dashboard?run=Roots%2Frun+02", "/dashboard?tab=machine", "/telemetry"):
            page = opened(f"{url}{path}", width=size[0], height=size[1])
            ready = {"/telemetry": ".plot canvas", "/dashboard?tab=machine": ".plot canvas"}.get(
                path, "table.runs tbody tr"
            )
            expect(page.locator(ready).first).to_be_visible()
            assert page.evaluate(WIDE) == []
            assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")


def test_pictures_for_the_docs(tmp_path: Path, running: Running, opened: Opening) -> None:
    root = tmp_path / "season"
    root.mkdir()
    season(root)
    with at_work(root, began_s=time.time() - 40), running(app_of(root)) as url:
        page = opened(f"{url}/dashboard")
        expect(page.locator("#regression")).to_be_visible()
        page.evaluate(NEUTRAL)
        keep(page, "dashboard")
        page = opened(f"{url}/dashboard?run=North+Face%2Frun+18", dark=False)
        expect(page.locator("#side .files")).to_be_visible()
        page.evaluate(NEUTRAL)
        keep(page, "dashboard-run")
        page = opened(f"{url}/telemetry?smooth=5")
        expect(page.locator(".plot canvas").first).to_be_visible()
        page.evaluate(NEUTRAL)
        keep(page, "telemetry")
