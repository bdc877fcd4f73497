"""The routes of the recordings, each a few lines over `Desk`."""

from __future__ import annotations

import json
import math
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anyio
import numpy as np
from anyio.to_thread import run_sync
from sse_starlette.sse import EventSourceResponse
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from mtbsync_core.alignment.result import load_warp
from mtbsync_core.media.recording import Recording
from mtbsync_core.web.errors import WebError
from mtbsync_core.web.media.desk import Desk
from mtbsync_core.web.media.proxy import Proxy
from mtbsync_core.web.media.recordings import Side, checked_side
from mtbsync_core.web.media.stills import MOST_WIDTH
from mtbsync_core.web.media.waiting import GoneError
from mtbsync_core.web.site import site_of

_TICKS = 90_000
"""Of a second, in the table of times: every usual rate has whole ones."""
_EACH_S = 0.25
"""How often the progress of a proxy is looked at."""


def routes(cache: Path | None = None) -> list[Route]:
    """All routes of the recordings.

    Args:
        cache: where proxies are kept, in place of the user's cache.
    """

    def desk_of(request: Request) -> Desk:
        state = request.app.state
        if not hasattr(state, "desk"):
            state.desk = Desk(state.site, cache)
            state.closing.callback(state.desk.close)
        return state.desk

    async def show_ladder(request: Request) -> Response:
        run, side = _run(request), _side(request)
        rungs = await desk_of(request).rungs(run, side)
        best = {rung.kind: rung for rung in reversed(rungs)}  # of a whole proxy not the pieces too
        shown = [rung.as_dict(run, side) for rung in rungs if rung is best[rung.kind]]
        note = "" if rungs[0].kind != "proxy" else "No browser plays the original for sure, so a preview is made of it."
        return JSONResponse({"rungs": shown, "note": note})

    async def show_file(request: Request) -> Response:
        run, side, name = _run(request), _side(request), request.query_params.get("rung", "")
        n = _whole(request.query_params.get("n", "0"), "n")
        rungs = await desk_of(request).rungs(run, side)
        rung = next((rung for rung in rungs if rung.name == name), None)
        path = rung.path_of(n) if rung is not None else None
        if path is None:
            raise WebError(404, "there is no such file")
        # Browsers play a MOV or an LRV as the MP4 that it is, if they are not told otherwise.
        return FileResponse(path, media_type="video/mp4", headers={"Cache-Control": "private, no-cache"})

    async def show_times(request: Request) -> Response:
        recording = await desk_of(request).recording(_run(request), _side(request))
        return Response(await run_sync(_times, recording), media_type="application/json")

    async def show_still(request: Request) -> Response:
        side = checked_side(request.path_params["side"])
        n = _whole(request.path_params["n"], "the frame")
        width = _whole(request.query_params.get("width", str(MOST_WIDTH)), "width")
        if not 16 <= width <= MOST_WIDTH:
            raise WebError(400, f"width is {width}", f"It is a number from 16 to {MOST_WIDTH}.")
        try:
            picture = await desk_of(request).still(request, _run(request), side, n, width)
        except GoneError:
            return Response(status_code=499)
        return Response(picture, media_type="image/webp", headers={"Cache-Control": "private, max-age=600"})

    async def show_homography(request: Request) -> Response:
        run, desk = _run(request), desk_of(request)
        ref_s = _seconds(request.query_params.get("ref_s", ""), "ref_s")
        given = request.query_params.get("new_s")
        new_s = _seconds(given, "new_s") if given is not None else await run_sync(_by_warp, request, run, ref_s)
        try:
            found = None if new_s is None else await desk.matrix(request, run, ref_s, new_s)
        except GoneError:
            return Response(status_code=499)
        return JSONResponse({"matrix": found})

    async def make_proxy(request: Request) -> Response:
        at_s = _seconds(request.query_params.get("at", "0"), "at")
        proxy = await desk_of(request).proxy(_run(request), _side(request))
        proxy.make(at_s)
        return JSONResponse(proxy.progress())

    async def tell_progress(request: Request) -> Response:
        proxy = await desk_of(request).proxy(_run(request), _side(request))
        return EventSourceResponse(_told(proxy), ping=15)

    return [
        Route("/media/ladder", show_ladder),
        Route("/media/file", show_file),
        Route("/media/pts", show_times),
        Route("/media/proxy", make_proxy, methods=["POST"]),
        Route("/media/proxy/progress", tell_progress),
        Route("/media/homography", show_homography),
        Route("/frame/{side}/{n}.webp", show_still),
    ]


async def _told(proxy: Proxy) -> AsyncIterator[dict[str, Any]]:
    """Events with the progress whenever it has changed, until nothing is done any more."""
    told = None
    with proxy.watching():
        while True:
            progress = await run_sync(proxy.progress)
            if progress != told:
                yield {"event": "progress", "data": json.dumps(progress)}
                told = progress
            if progress["ready"]:
                return
            await anyio.sleep(_EACH_S)


def _times(recording: Recording) -> str:
    ticks = np.round(recording.times_s * _TICKS).astype(np.int64)
    steps = np.diff(ticks, prepend=0).tolist()
    lengths = {"duration_s": recording.media.duration_s, "ends_s": recording.end_s}
    return json.dumps({"timebase": f"1/{_TICKS}", "pts": steps, "start": 0, **lengths}, separators=(",", ":"))


def _by_warp(request: Request, run: str, ref_s: float) -> float | None:
    """Where the saved map has the new run; None where it has nothing."""
    path = site_of(request).opened(run).timewarp
    warp = load_warp(path).warp if path is not None else None
    new_s = float(warp.to_new(np.array([ref_s]))[0]) if warp is not None else math.nan
    return new_s if math.isfinite(new_s) else None


def _run(request: Request) -> str:
    run = request.query_params.get("run", "")
    if not run:
        raise WebError(400, "no run is named", "Give run=NAME.")
    return run


def _side(request: Request) -> Side:
    return checked_side(request.query_params.get("side", ""))


def _whole(text: str, name: str) -> int:
    """Raises WebError, 400, where it is no whole number of a usual size."""
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise WebError(400, f"{name} is not a whole number")
    return int(text)


def _seconds(text: str, name: str) -> float:
    """Raises WebError, 400, where it is no number of seconds."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value < 1e7:
        raise WebError(400, f"{name} is no number of seconds")
    return value
