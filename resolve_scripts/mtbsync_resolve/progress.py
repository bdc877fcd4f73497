"""How far a transfer is, and how much longer it takes, by the engine's events.

The engine tells stages of one pair of files, not how many stages there are. So the time that is left is told of the
stage, by its pace until now; and of all, where a pair is done, by the mean of those that are.
"""

from __future__ import annotations

import time
from typing import Callable, Sequence

from .context import Context
from .engine import Event
from .texts import text

_PAGE_EVERY_S = 0.5
_SETTLED_S = 2.0
"""A stage that is younger says nothing of its pace."""


class Progress:
    """Of one transfer: `stage` and the `share` of it that is done, 0 to 1, `done` of `pairs` pairs of files."""

    def __init__(self, pairs: int, now: Callable[[], float] = time.monotonic) -> None:
        """Args: `now` gives seconds of a clock that never goes back."""
        self.pairs = pairs
        self.done = 0
        self.stage = text("starting")
        self.share = 0.0
        self._new = ""
        self._now = now
        self._began_s = self._pair_s = self._stage_s = now()

    def asked(self) -> None:
        """Another request begins, so the pair that was at work is done."""
        self._at_work("")

    def take(self, event: Event) -> None:
        """Heeds whatever tells of a pair, and its `progress`."""
        if isinstance(event.get("new"), str):
            self._at_work(event["new"])
        if event["event"] != "progress":
            return
        stage, done, total = str(event.get("stage")), event.get("done"), event.get("total")
        if stage != self.stage:
            self.stage, self._stage_s = stage, self._now()
        is_told = isinstance(done, int) and isinstance(total, int) and total > 0
        self.share = min(1.0, done / total) if is_told else 0.0  # type: ignore[operator] # of two numbers

    def stage_left_s(self) -> float | None:
        """Seconds until the end of the stage; None where its pace does not show yet."""
        for_s = self._now() - self._stage_s
        return for_s * (1 - self.share) / self.share if self.share > 0 and for_s >= _SETTLED_S else None

    def left_s(self) -> float | None:
        """Seconds until the end of all; None before the first pair is done."""
        if not self.done:
            return None
        mean_s = (self._pair_s - self._began_s) / self.done
        return max(0.0, mean_s * (self.pairs - self.done) - (self._now() - self._pair_s))

    def line(self) -> str:
        """All of it for the person."""
        run = text("run_of", run=min(self.done + 1, self.pairs), runs=self.pairs) if self.pairs > 1 else ""
        left_s, stage_left_s = self.left_s(), self.stage_left_s()
        left = ""
        if self.pairs > 1 and left_s:
            left = text("left", time=_rounded(left_s))
        elif stage_left_s is not None:
            left = text("left_of_step", time=_rounded(stage_left_s))
        share = text("share", per_cent=int(100 * self.share))
        return ", ".join(part for part in (run, self.stage, share, left) if part)

    def _at_work(self, new: str) -> None:
        if self._new and new != self._new:
            self.done += 1
            self._pair_s, self.stage = self._now(), ""
        self._new = new


def show_progress(
    progress: Progress, told: Sequence[str], context: Context, take: Callable[[Event], None]
) -> Callable[[Event], None]:
    """Begins the page of a run at work; gives what is to be called with each event of the engine.

    That shows progress on the page and says stages and notes; all other events go to `take`.

    Args:
        told: lines for the page.
    """
    title, page_s, stage_shown = text("at_work"), 0.0, ""

    def on_event(event: Event) -> None:
        nonlocal page_s, stage_shown
        progress.take(event)
        if event["event"] == "progress":
            stage = progress.stage
            if stage != stage_shown:
                context.log.say(f"{stage} ...")
            if stage != stage_shown or time.monotonic() - page_s > _PAGE_EVERY_S:
                page_s, stage_shown = time.monotonic(), stage
                context.page.working(title, told, progress.line(), progress.share)
        elif event["event"] == "note":
            context.log.say(str(event.get("text")))
        else:
            take(event)

    context.page.working(title, told, progress.line(), 0.0)
    if context.settings.open_progress:
        context.page.open()
    return on_event


def _rounded(seconds: float) -> str:
    return text("seconds", n=max(5, 5 * round(seconds / 5))) if seconds < 90 else text("minutes", n=round(seconds / 60))
