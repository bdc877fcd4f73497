"""Stills of both recordings of a run for its page of notes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.exceptions import HTTPException

from mtbsync_core.errors import MtbsyncError
from mtbsync_core.media.webp import webp
from mtbsync_core.review.notes_page import Still
from mtbsync_core.web.media.recordings import Recordings, checked_side
from mtbsync_core.web.media.stills import Stills
from mtbsync_core.web.site import Site

WIDTH = 640


@contextmanager
def note_pictures(site: Site, run: str) -> Iterator[Still]:
    """The frame that is shown at a time as WebP, from the original; None where there is none to be shown."""
    recordings, never = Recordings(site), threading.Event()
    opened: dict[str, Stills] = {}

    def still(side: str, t_s: float) -> bytes | None:
        try:
            if side not in opened:
                opened[side] = Stills(recordings.get(run, checked_side(side)))
            n = opened[side].recording.shown_at(t_s)
            return webp(opened[side].picture(n, WIDTH, never))
        except (HTTPException, MtbsyncError):
            return None

    try:
        yield still
    finally:
        for stills in opened.values():
            stills.close()
