"""How quickly the web app answers a reviewer while twenty pages are watched live.

    python benchmarks/web.py [--clients 20] [--times 30] [--size 960x540] [--seconds 16] [--cache DIR]

A real server in a process of its own (`mtbsync dashboard`) shows a simulated pair in HEVC and a run at work. So many
clients listen to `/api/perf/stream`, each with news every second; meanwhile every address of the dashboard and of the
review is asked, one after the other, from this process: alone, with the clients, and with them while a proxy is made.
"""

from __future__ import annotations

import argparse
import itertools
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it also starts as a script

from benchmarks.dashboard import going_on, served, watching
from tests.web.browser.footage import coded_pair

RUN = "run"
FRAMES = 240
"""Of the reference that are asked for; it has more."""
PART = 1 << 20
"""Bytes of a video that are asked for at once, about as a browser does."""
Ask = Callable[[httpx.Client], httpx.Response]


def gets(path: str, **query: Any) -> Ask:
    return lambda client: client.get(path, params={"run": RUN, **query})


def posts(path: str, body: dict[str, Any]) -> Ask:
    return lambda client: client.post(path, params={"run": RUN}, json=body)


def stills(step: int, **query: Any) -> Ask:
    """One frame of the reference after the other, `step` further each time."""
    number = itertools.count(5, step)
    return lambda client: client.get(f"/frame/ref/{next(number) % FRAMES}.webp", params={"run": RUN, **query})


def registered() -> Ask:
    seconds: Iterator[float] = itertools.count(2.0, 0.37)
    return lambda client: client.get("/media/homography", params={"run": RUN, "ref_s": round(next(seconds) % 15, 3)})


def part_of_video(client: httpx.Client) -> httpx.Response:
    url = client.get("/media/ladder", params={"run": RUN, "side": "new"}).json()["rungs"][-1]["files"][0]["url"]
    return client.get(url, headers={"Range": f"bytes=0-{PART - 1}"})


def asks() -> dict[str, Ask]:
    """What is asked, by the name that the table gives it."""
    pair = {"op": "pair", "ref_s": 8.0, "new_s": 8.2}
    return {
        "`/dashboard`": gets("/dashboard"),
        "`/api/runs`": gets("/api/runs"),
        "`/api/run`": gets("/api/run"),
        "`/api/files`": gets("/api/files"),
        "`/api/markers`": gets("/api/markers"),
        "`/api/timewarp`": gets("/api/timewarp"),
        "`/api/perf/history`": gets("/api/perf/history", limit=500),
        "`/review`": gets("/review"),
        "`/static/js/…`": gets("/static/js/review/player.js"),
        "`/api/review`": gets("/api/review"),
        "`/api/review/edit`, a pair: refit": posts("/api/review/edit", pair),
        "`/api/review/undo`": posts("/api/review/undo", {}),
        "`/api/review/markers`": gets("/api/review/markers", format="csv"),
        "`/api/export/formats`": gets("/api/export/formats"),
        "`/api/pick`": gets("/api/pick"),
        "`/media/ladder`": gets("/media/ladder", side="ref"),
        "`/media/pts`": gets("/media/pts", side="ref"),
        "`/media/file`, 1 MiB, and `ladder`": part_of_video,
        "`/frame`, the next one, 960 wide": stills(1, width=960),
        "`/frame`, far away, full size": stills(137),
        "`/media/homography`, another place": registered(),
    }


def measured(client: httpx.Client, wanted: dict[str, Ask], times: int) -> dict[str, list[float]]:
    """Milliseconds of each request, by name."""
    took: dict[str, list[float]] = {name: [] for name in wanted}
    for turn in range(times + 1):
        for name, ask in wanted.items():
            begun = time.perf_counter()
            answer = ask(client)
            if turn:  # the first opens files and loads what is loaded when it is needed
                took[name].append(1000 * (time.perf_counter() - begun))
            assert answer.is_success, (name, answer.text)
    return took


def wait_for_proxy(client: httpx.Client) -> None:
    """Have that of the new run made whole."""
    client.post("/media/proxy", params={"run": RUN, "side": "new", "at": 0})
    with client.stream("GET", "/media/proxy/progress", params={"run": RUN, "side": "new"}) as told:
        told.read()


def main(argv: Sequence[str] | None = None) -> int:
    """The command of the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=20)
    parser.add_argument("--times", type=int, default=30)
    parser.add_argument("--size", default="960x540")
    parser.add_argument("--seconds", type=float, default=16.0)
    parser.add_argument("--cache", type=Path, default=Path("build/benchmarks"), help="where the pair is kept")
    o: Any = parser.parse_args(argv)
    with ExitStack() as stack:
        root = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mtbsync-web-")))
        width, height = map(int, o.size.split("x"))
        kept = o.cache / f"web-{o.size}-{o.seconds:g}s"
        if not (kept / "timewarp.json").is_file():
            coded_pair(kept, seconds=o.seconds, size=(width, height), codec="hevc")
        shutil.copytree(kept, root / RUN, ignore=shutil.ignore_patterns("plain"))
        stack.enter_context(going_on(root))
        url = stack.enter_context(served(root))
        client = stack.enter_context(httpx.Client(base_url=url, timeout=120, trust_env=False))
        token = re.search(r'name="mtb-token" content="([^"]+)"', client.get("/dashboard").text)
        assert token is not None
        client.headers.update({"X-MTB-Token": token[1], "Origin": url})
        wait_for_proxy(client)
        wanted = asks()
        tables = [measured(client, wanted, o.times)]
        with watching(url, o.clients) as heard:
            tables.append(measured(client, wanted, o.times))
            client.post("/media/proxy", params={"run": RUN, "side": "ref", "at": 0})
            tables.append(measured(client, wanted, o.times))
        print(f"{o.clients} clients heard {min(heard)} to {max(heard)} events each; milliseconds, median and P95")
        print("| | alone | P95 | clients | P95 | and a proxy made | P95 |\n|---|---|---|---|---|---|---|")
        for name in tables[0]:
            cells = [f"{np.percentile(table[name], q):.0f}" for table in tables for q in (50, 95)]
            print(f"| {name} | {' | '.join(cells)} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
