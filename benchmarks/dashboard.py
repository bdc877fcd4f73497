"""How quickly the dashboard answers about many runs while many watch it, and how quickly its table is there.

A real server in a process of its own shows `--runs` made-up folders; one of them goes on all the time, so that each of
`--clients` streams has news once a second. Each endpoint is asked `--times` times, one request after the other, from
this process. With `--browser`, Chromium opens the page: from the request to the last row, then a search in it.

    python benchmarks/dashboard.py --runs 500 --clients 20 --browser
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from mtbsync_core.files import write_json
from mtbsync_core.lock import locked
from mtbsync_core.runs import progress
from mtbsync_core.runs.run_file import RunFile, lock_of

ENDPOINTS = (
    "/dashboard",
    "/api/runs",
    "/api/run?run=run-7",
    "/api/batch",
    "/api/files?run=run-7",
    "/api/markers?run=run-7",
    "/api/timewarp?run=run-7",
    "/api/perf/history?limit=500&fields=fps,cpu_pct,gpu_util,gpu_mem_mb,rss_mb",
    "/files/run-7/timewarp.json",
    "/static/js/dashboard/main.js",
    "/api/files",
)
THERE = """(runs) => new Promise((done) => {
    const says = document.getElementById("summary");
    const there = () => says.textContent.replaceAll(",", "").includes(`of ${runs + 1} runs`);
    const look = () => (there() ? done() : requestAnimationFrame(look));
    look();
})"""
SEARCH = """(text) => new Promise((done) => {
    const box = document.querySelector("input[type=search]"), start = performance.now();
    box.value = text;
    box.dispatchEvent(new Event("input"));
    requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
})"""
MARKERS = (
    "marker_id,name,t_ref,t_new,t_lo,t_hi,confidence,needs_review,status\nM001,Gate,5,4.5,4.4,4.6,0.98,false,moved\n"
)


def make(root: Path, runs: int) -> None:
    """Folders as `align` leaves them, with a map of 240 knots each."""
    knots = [[k / 2, k / 2 + 1.0, 0.05] for k in range(240)]
    sides = {side: {"path": f"/footage/{side}.mp4", "duration_s": 120.0} for side in ("ref", "new")}
    warp = {"ok": True, "verdict": "good", "reasons": ["the pictures agree"], "residuals": {"p90": 0.1}, "knots": knots}
    stages = {"reference": 30.0, "new run": 40.0, "compare": 5.0, "refine": 10.0, "warp": 2.0}
    perf = {"fps": 80.0, "cpu_pct": 180.0, "rss_mb": 600.0, "timings": {"total_sec": 87.0}, "stages": stages}
    for n in range(runs):
        folder = root / f"run-{n}"
        folder.mkdir()
        write_json(folder / "timewarp.json", {"schema": "mtbsync.timewarp", "version": 1, **warp, **sides})
        write_json(folder / "perf.json", {"schema": "mtbsync.perf", "version": 1, **perf})
        (folder / "new_markers.csv").write_text(MARKERS, encoding="utf-8")
        RunFile(reference="/footage/ref.mp4", new="/footage/new.mp4", state="done", seconds=87.0).save(folder)


@contextmanager
def going_on(root: Path) -> Iterator[None]:
    """A run that tells its progress, until the end."""
    folder, over = root / "run-at-work", threading.Event()
    folder.mkdir()
    began = datetime.now(UTC).isoformat()
    RunFile(reference="/footage/ref.mp4", new="/footage/new.mp4", started_at=began).save(folder)

    def go() -> None:
        n = 0
        while not over.wait(0.5):
            n += 1
            said = {"at": datetime.now(UTC).isoformat(), "stage": "new run", "done": n, "total": 10_000}
            write_json(folder / progress.NAME, said)

    worker = threading.Thread(target=go)
    with locked(lock_of(root, folder.name)):
        worker.start()
        try:
            yield
        finally:
            over.set()
            worker.join()


@contextmanager
def served(root: Path) -> Iterator[str]:
    """The URL of a dashboard in a process of its own."""
    words = [sys.executable, "-m", "mtbsync_core", "dashboard", "--root", str(root), "--port", "0"]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, encoding="utf-8")
    try:
        assert process.stdout is not None
        yield process.stdout.readline().split()[0].rstrip("/")
    finally:
        process.terminate()
        process.wait()


@contextmanager
def watching(url: str, clients: int) -> Iterator[list[int]]:
    """Clients of the stream, each reading as it comes; the number of events that each has heard."""
    heard, over = [0] * clients, threading.Event()

    def listen(k: int) -> None:
        with httpx.stream("GET", f"{url}/api/perf/stream", timeout=30) as answer:
            for line in answer.iter_lines():
                heard[k] += line.startswith("data:")
                if over.is_set():
                    return

    threads = [threading.Thread(target=listen, args=(k,)) for k in range(clients)]
    for thread in threads:
        thread.start()
    while not all(heard):
        time.sleep(0.05)
    try:
        yield heard
    finally:
        over.set()
        for thread in threads:
            thread.join()


def asked(url: str, times: int) -> dict[str, list[float]]:
    """Milliseconds of each request, by endpoint."""
    took: dict[str, list[float]] = {path: [] for path in ENDPOINTS}
    with httpx.Client(timeout=30) as client:
        for _ in range(times):
            for path in ENDPOINTS:
                start = time.perf_counter()
                client.get(url + path).raise_for_status()
                took[path].append(1e3 * (time.perf_counter() - start))
    return took


def in_browser(url: str, runs: int) -> str:
    """Milliseconds until the table is there, and until it shows what was searched."""
    from playwright.sync_api import sync_playwright

    path = os.environ.get("MTB_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    args = ["--headless", "--disable-gpu", *(["--no-sandbox"] if getattr(os, "geteuid", lambda: 1)() == 0 else [])]
    with sync_playwright() as playwright:
        page = playwright.chromium.launch(executable_path=path, args=args).new_page()
        page.goto(f"{url}/dashboard")
        page.evaluate(THERE, runs)
        there = page.evaluate("performance.now()")
        found = [page.evaluate(SEARCH, "77") for _ in range(9)]
        back = [page.evaluate(SEARCH, text) for text in ("77", "") * 9][1::2]
    searched, again = statistics.median(found), statistics.median(back)
    return f"table there after {there:.0f} ms; searched in {searched:.0f} ms, all again in {again:.0f} ms"


def row(path: str, times: list[float]) -> str:
    ordered = sorted(times)
    p95 = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    return f"| `{re.sub(r'&.*', '…', path)}` | {statistics.median(ordered):.1f} | {p95:.1f} | {ordered[-1]:.1f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--clients", type=int, default=20)
    parser.add_argument("--times", type=int, default=40)
    parser.add_argument("--browser", action="store_true")
    o: Any = parser.parse_args()
    with ExitStack() as stack:
        root = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mtbsync-dashboard-")))
        make(root, o.runs)
        stack.enter_context(going_on(root))
        url = stack.enter_context(served(root))
        start = time.perf_counter()
        first = httpx.get(f"{url}/api/runs", timeout=60).json()
        while first["pending"]:
            first = httpx.get(f"{url}/api/runs", timeout=60).json()
        print(f"{o.runs} folders read in {time.perf_counter() - start:.1f} s")
        for clients in (0, o.clients):
            with watching(url, clients) as heard:
                took = asked(url, o.times)
                print(f"\n{clients} clients" + (f", {min(heard)} to {max(heard)} events each" if clients else ""))
                print("| | median ms | P95 | most |\n|---|---|---|---|")
                print("\n".join(row(path, took[path]) for path in ENDPOINTS))
        if o.browser:
            print(f"\n{in_browser(url, o.runs)}")


if __name__ == "__main__":
    main()
