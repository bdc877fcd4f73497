"""Tables and progress bars on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

_MOST_BARS = 8


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table; a column whose name starts with `>` is set to the right."""
    grid = Table(title=Text(title), title_justify="left")
    for name in columns:
        grid.add_column(Text(name.removeprefix(">")), justify="right" if name.startswith(">") else "left")
    for row in rows:
        # Text, since names may hold what rich would take for markup.
        grid.add_row(*(Text(cell) for cell in row))
    # Files and pipes have no width; what is written there should not be broken at 80 columns.
    Console(file=sys.stdout, width=None if sys.stdout.isatty() else 120).print(grid)


class Bars:
    """A bar for each stage of long work, with the time left; gone when closed."""

    def __init__(self) -> None:
        columns = (
            TextColumn("{task.description:<12}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeRemainingColumn(),
        )
        self._progress = Progress(*columns, console=Console(stderr=True), transient=True)
        self._tasks: dict[str, TaskID] = {}
        self._progress.start()

    def tick(self, stage: str, done: int, total: int) -> None:
        """Show how far a stage is."""
        if stage not in self._tasks:
            self._make_room()
            self._tasks[stage] = self._progress.add_task(stage, total=total)
        self._progress.update(self._tasks[stage], completed=done, total=total)

    def _make_room(self) -> None:
        """Take bars that are full away where there are many, as of many runs."""
        full = [task.id for task in self._progress.tasks if task.finished]
        for gone in full if len(self._tasks) >= _MOST_BARS else ():
            self._progress.remove_task(gone)
            self._tasks = {stage: task for stage, task in self._tasks.items() if task != gone}

    def close(self) -> None:
        """Take the bars away."""
        self._progress.stop()
