"""A batch in this process, with an engine that answers at once."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from mtbsync_core.errors import MediaError
from mtbsync_core.jobs.listener import Listener
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.runs import index_store, work
from mtbsync_core.runs.task import Task, Worked
from mtbsync_core.runs.work import work_on
from tests.cli.two_runs import Outcome, Run, alignment, engine, media, refused, run

__all__ = ["alignment", "engine", "refused", "run"]

LONG_S = 400.0


class HereWorkers:
    """Work in this process, one pair after the other."""

    def __init__(self, jobs: int) -> None:
        pass

    def work(self, tasks: Sequence[Task], listener: Listener) -> Generator[Worked]:
        for task in tasks:
            yield work_on(task, listener)


@dataclass
class Footage:
    """A folder of recordings that never existed, a batch on them, and which of them were worked on."""

    folder: Path
    out: Path
    call: Run
    worked: list[str] = field(default_factory=list)

    def add(self, *names: str) -> None:
        for name in names:
            (self.folder / name).write_bytes(name.encode())

    def batch(self, *args: str | Path, out: Path | None = None) -> Outcome:
        self.worked.clear()
        return self.call("batch", *args, "--out-dir", out or self.out, "--json")


@pytest.fixture
def footage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run, alignment: object, engine: Callable[..., None]
) -> Footage:
    """Pairs a and b; a recording called `broken` cannot be read, one called `day` is long, others are aligned."""
    engine(alignment)
    made = Footage(tmp_path / "in", tmp_path / "out", run)
    made.folder.mkdir()
    made.add("a_ref.mp4", "a_new.mp4", "b_ref.mp4", "b_new.mp4")

    def probe(path: Path, **_: object) -> MediaInfo:
        if "broken" in path.name:
            raise MediaError(f"{path.name} is not a video")
        made.worked += [path.name] if "new" in path.name else []
        return replace(media(str(path), LONG_S if "day" in path.name else 80.0), path=path)

    monkeypatch.setattr(work, "probe", probe)
    monkeypatch.setattr("mtbsync_core.jobs.pair.probe", lambda path, **_: media(str(path), 66.0))
    monkeypatch.setattr("mtbsync_core.overlay.draw_overlay", lambda path, *_, **__: path.write_bytes(b"picture"))
    monkeypatch.setattr(index_store, "kept_index", lambda *_: None)
    monkeypatch.setattr("mtbsync_core.runs.batch.LocalWorkers", HereWorkers)
    return made
