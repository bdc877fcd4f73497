"""How far a transfer is and how long it will take, by a clock that the test moves."""

from __future__ import annotations

from typing import Any

from resolve_scripts.mtbsync_resolve.progress import Progress


class Clock:
    """Seconds, as the test sets them."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def stage(new: str, name: str, done: int, total: int) -> dict[str, Any]:
    """An event of the engine."""
    return {"event": "progress", "new": new, "stage": name, "done": done, "total": total}


def test_one_run_by_the_pace_of_its_stage() -> None:
    clock = Clock()
    progress = Progress(1, clock)
    progress.asked()
    assert progress.line() == "starting the engine, 0 %"
    progress.take(stage("n1", "looking at new.mp4", 0, 100))
    clock.now_s += 1
    progress.take(stage("n1", "looking at new.mp4", 10, 100))
    assert progress.line() == "looking at new.mp4, 10 %", "a second says nothing of the pace"
    clock.now_s += 19
    progress.take(stage("n1", "looking at new.mp4", 25, 100))
    assert progress.line() == "looking at new.mp4, 25 %, about 60 s left of this step"
    progress.take(stage("n1", "compare", 1, 2))
    assert progress.line() == "compare, 50 %"
    clock.now_s += 300
    assert progress.line() == "compare, 50 %, about 5 min left of this step"


def test_several_by_those_that_are_done() -> None:
    clock = Clock()
    progress = Progress(3, clock)
    progress.asked()
    progress.take(stage("n1", "compare", 0, 2))
    clock.now_s += 40
    progress.take({"event": "result", "new": "n1"})
    progress.take(stage("n1", "pictures", 1, 2))
    assert progress.left_s() is None and progress.line().startswith("run 1 of 3, pictures, 50 %")
    clock.now_s += 10
    progress.take(stage("n2", "compare", 0, 2))
    assert progress.line() == "run 2 of 3, compare, 0 %, about 2 min left"
    clock.now_s += 30
    assert progress.left_s() == 70
    clock.now_s += 300
    assert progress.left_s() == 0, "it takes longer than the others: no time below none"
    progress.take({"event": "failed", "new": "n3"})
    assert progress.done == 2


def test_each_file_of_the_reference_is_a_request() -> None:
    progress = Progress(2, Clock())
    for _ in range(2):
        progress.asked()
        progress.take(stage("n1", "compare", 0, 0))
    assert progress.line() == "run 2 of 2, compare, 0 %"
