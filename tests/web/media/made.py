"""Runs made of tiny videos whose every frame shows its own number, and a server's answers about them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import httpx
import numpy as np
from numpy.typing import NDArray

from mtbsync_core.alignment.judge.verdict import Quality
from mtbsync_core.alignment.pairs import TimePairs
from mtbsync_core.alignment.result import Alignment
from mtbsync_core.media.probe import probe
from mtbsync_core.warp import TimeWarp
from mtbsync_core.web.app import make_app
from mtbsync_core.web.media import routes
from mtbsync_core.web.site import Site
from tests.media.conftest import read_number, write_video
from tests.web.conftest import run_app

X264 = {"preset": "ultrafast", "g": "8", "bf": "2"}
X265 = {"preset": "ultrafast", "x265-params": "log-level=none:keyint=8:bframes=0"}


def film(path: Path, n: int = 40, **how: Any) -> Path:
    """H.264 with B-frames, or as told."""
    codec = how.get("codec", "libx264")
    return write_video(path, n, **{"options": X264 if codec == "libx264" else X265, **how})


def hevc(path: Path, n: int = 40, **how: Any) -> Path:
    """HEVC of ten bits."""
    return film(path, n, codec="libx265", pix_fmt="yuv420p10le", **how)


def write_run(folder: Path, ref: Path, new: Path) -> Path:
    """A folder of results that knows the two recordings and maps the one onto the other as they are."""
    folder.mkdir(parents=True, exist_ok=True)
    media = probe(ref), probe(new)
    end_s = min(m.duration_s for m in media)
    Alignment(
        warp=TimeWarp.from_knots([[0.0, 0.0, 0.01], [end_s, end_s, 0.01]]),
        verdict="good",
        reasons=(),
        pairs=TimePairs.of(*(np.zeros(0) for _ in range(3))),
        quality=Quality(),
        media_ref=media[0],
        media_new=media[1],
        method="affine",
    ).save(folder / "timewarp.json")
    return folder


@dataclass(frozen=True)
class Asker:
    """Asks a server about the run `run`."""

    client: httpx.Client
    run: str = "run"

    def get(self, path: str, **query: Any) -> httpx.Response:
        return self.client.get(path, params={"run": self.run, **query})

    def post(self, path: str, **query: Any) -> httpx.Response:
        return self.client.post(path, params={"run": self.run, **query})

    def ladder(self, side: str = "ref") -> list[dict[str, Any]]:
        answer = self.get("/media/ladder", side=side)
        assert answer.status_code == 200, answer.text
        rungs: list[dict[str, Any]] = answer.json()["rungs"]
        return rungs

    def times_s(self, side: str = "ref") -> NDArray[np.float64]:
        table = self.get("/media/pts", side=side).json()
        over, under = map(int, table["timebase"].split("/"))
        return np.asarray(np.cumsum(table["pts"]) * over / under)

    def still(self, n: int, side: str = "ref", **query: Any) -> NDArray[np.uint8]:
        answer = self.get(f"/frame/{side}/{n}.webp", **query)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "image/webp"
        return np.asarray(cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_COLOR), np.uint8)

    def number(self, n: int, side: str = "ref", **query: Any) -> int:
        return read_number(np.asarray(cv2.cvtColor(self.still(n, side, **query), cv2.COLOR_BGR2GRAY), np.uint8))


@contextmanager
def asking(root: Path) -> Iterator[Asker]:
    """A real server of the folder, whose proxies are kept in it."""
    site = Site((root,))
    with (
        run_app(make_app(site, routes(root / "cache"))) as url,
        httpx.Client(base_url=url, headers={"X-MTB-Token": site.token}, trust_env=False) as client,
    ):
        yield Asker(client)
