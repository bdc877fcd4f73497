"""`Report`: what a command tells people or, with `--json`, programs.

For people: results on stdout; notes, errors and progress on stderr. With `--json`: one JSON object on stdout when the
command ends, and nothing else anywhere.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from mtbsync_core.errors import MtbsyncError

Progress = Callable[[str, int, int], None]

_PLAIN_EVERY_S = 10.0


class Report:
    """Collects `data` for `--json` and prints the rest as it comes. While open, warnings of the engine become notes."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self.data: dict[str, Any] = {}
        self._notes: list[str] = []
        self._relay = _Relay(self)

    def __enter__(self) -> Report:
        logging.getLogger("mtbsync_core").addHandler(self._relay)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        logging.getLogger("mtbsync_core").removeHandler(self._relay)

    def say(self, text: str = "") -> None:
        """A line of the result."""
        if not self.as_json:
            print(text)

    def note(self, text: str) -> None:
        """Something worth knowing that is not the result."""
        self._notes.append(text)
        if not self.as_json:
            print(f"note: {text}", file=sys.stderr)

    def wrote(self, files: dict[str, Path]) -> None:
        """Name the files that were written."""
        self.data.setdefault("files", {}).update({name: str(path) for name, path in files.items()})

    def table(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """A table; a column whose name starts with `>` is set to the right."""
        if self.as_json:
            return
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        grid = Table(title=Text(title), title_justify="left")
        for name in columns:
            grid.add_column(Text(name.removeprefix(">")), justify="right" if name.startswith(">") else "left")
        for row in rows:
            # Text, since names may hold what rich would take for markup.
            grid.add_row(*(Text(cell) for cell in row))
        # Files and pipes have no width; what is written there should not be broken at 80 columns.
        Console(file=sys.stdout, width=None if sys.stdout.isatty() else 120).print(grid)

    @contextmanager
    def progress(self) -> Iterator[Progress]:
        """Yield the callback for long work: a bar with the time left on a terminal, a line now and then elsewhere."""
        if self.as_json:
            yield lambda stage, done, total: None
        elif sys.stderr.isatty():
            with _bars() as tick:
                yield tick
        else:
            yield _Lines()

    def finish(self) -> None:
        """The command succeeded."""
        if self.as_json and (self.data or self._notes):
            self._dump({**self.data, "notes": self._notes})

    def fail(self, error: MtbsyncError) -> None:
        """The command failed; what it found before is still part of the JSON."""
        if self.as_json:
            self._dump({"error": error.as_dict(), **self.data, "notes": self._notes})
            return
        sys.stdout.flush()
        print(f"error: {error.message}", file=sys.stderr)
        if error.hint:
            print(f"  {error.hint}", file=sys.stderr)

    def _dump(self, data: dict[str, Any]) -> None:
        # ASCII, so that no console or pipe can damage it.
        print(json.dumps(data, indent=2, allow_nan=False))


class _Relay(logging.Handler):
    """Log records of the engine, as notes."""

    def __init__(self, report: Report) -> None:
        super().__init__(logging.WARNING)
        self._report = report

    def emit(self, record: logging.LogRecord) -> None:
        self._report.note(record.getMessage())


class _Lines:
    """Progress where there is no terminal: a log file wants a sign of life, not a film."""

    def __init__(self) -> None:
        self._stage = ""
        self._start = self._last = time.monotonic()

    def __call__(self, stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        if stage != self._stage:
            self._stage, self._start, self._last = stage, now, now
        elif now - self._last >= _PLAIN_EVERY_S and 0 < done < total:
            left = (now - self._start) * (total - done) / done
            print(f"{stage}: {100 * done // total} %, about {left:.0f} s left", file=sys.stderr, flush=True)
            self._last = now


@contextmanager
def _bars() -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description:<12}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(),
    )
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, Any] = {}

        def tick(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total)
            bars.update(tasks[stage], completed=done, total=total)

        yield tick
