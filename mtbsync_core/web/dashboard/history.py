"""`/api/perf/history`: the time series of what runs took of the machine, the oldest first; null is a gap."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request

from mtbsync_core.errors import UsageError
from mtbsync_core.runs.figures import USED
from mtbsync_core.runs.summary import TIMINGS
from mtbsync_core.web.dashboard.answers import Answer
from mtbsync_core.web.dashboard.board import Board
from mtbsync_core.web.dashboard.feed import feed_of

FIELDS = (*USED, "frames", *TIMINGS)
"""What may be asked for; of these the first five, those of mtbsync 0.10, where nothing is."""
MOST = 2000
"""Runs in one answer at the most, as in mtbsync 0.10."""


async def history(request: Request) -> Answer:
    """`?limit=500&fields=fps,cpu_pct`: the newest runs so many, and these fields of each."""
    feed = feed_of(request.app)
    limit, fields = _limit(request.query_params.get("limit")), _fields(request.query_params.get("fields"))
    await feed.now()
    return Answer(series(feed.board, limit, fields))


def series(board: Board, limit: int, fields: tuple[str, ...]) -> dict[str, Any]:
    """The points of the newest runs by the time of their `perf.json`, under the names of mtbsync 0.10."""
    points = sorted(
        (known.perf for known in board.known() if known.perf is not None), key=lambda p: (p["_ts"], p["_path"])
    )
    names = ("_path", "_ts", "run", "cmd", *fields)
    items = [{name: point[name] for name in names} for point in points[-limit:]]
    return {"items": items, "count": len(items), "of": len(points), "fields": list(fields), "pending": board.pending}


def _limit(text: str | None) -> int:
    if text is None:
        return 500
    if not (text.isascii() and text.isdecimal()) or not 1 <= int(text[:9]) <= MOST:
        raise UsageError(f"limit is {text[:20]!r}", f"Give a whole number from 1 to {MOST}.")
    return int(text)


def _fields(text: str | None) -> tuple[str, ...]:
    if text is None:
        return USED
    fields = tuple(dict.fromkeys(text.split(",")))
    for name in fields:
        if name not in FIELDS:
            raise UsageError(f"there is no field {name[:40]!r}", f"Known are {', '.join(FIELDS)}.")
    return fields
