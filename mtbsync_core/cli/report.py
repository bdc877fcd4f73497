"""`Report`: what a command tells people or, with `--json`, programs. It is the `Listener` of the jobs that verbs run.

For people: results on stdout; notes, errors and progress on stderr. With `--json`: one JSON object on stdout when the
command ends, and nothing else anywhere.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mtbsync_core.errors import MtbsyncError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mtbsync_core.cli.console import Bars

_PLAIN_EVERY_S = 10.0


class Report:
    """Collects `data` for `--json` and prints the rest as it comes."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self.data: dict[str, Any] = {}
        self._notes: list[str] = []
        self._bars: Bars | None = None
        self._lines = _Lines()

    def say(self, text: str = "") -> None:
        """A line of the result."""
        if not self.as_json:
            self._still()
            print(text)

    def note(self, text: str) -> None:
        """Something worth knowing that is not the result."""
        self._notes.append(text)
        if not self.as_json:
            self._still()
            print(f"note: {text}", file=sys.stderr)

    def file(self, name: str, path: Path) -> None:
        """A file has been written."""
        self.data.setdefault("files", {})[name] = str(path)

    def wrote(self, files: Mapping[str, Path]) -> None:
        """Several files have been written, by name."""
        for name, path in files.items():
            self.file(name, path)

    def table(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """A table; a column whose name starts with `>` is set to the right."""
        if not self.as_json:
            self._still()
            _console().print_table(title, columns, rows)

    def stage(self, name: str, done: int, total: int) -> None:
        """Long work: a bar with the time left on a terminal, a line now and then elsewhere."""
        if self.as_json:
            return
        if not sys.stderr.isatty():
            self._lines.tick(name, done, total)
            return
        if self._bars is None:
            self._bars = _console().Bars()
        self._bars.tick(name, done, total)

    def finish(self) -> None:
        """The command succeeded."""
        self._still()
        if self.as_json and (self.data or self._notes):
            self._dump({**self.data, "notes": self._notes})

    def fail(self, error: MtbsyncError) -> None:
        """The command failed; what it found before is still part of the JSON."""
        self._still()
        if self.as_json:
            self._dump({"error": error.as_dict(), **self.data, "notes": self._notes})
            return
        sys.stdout.flush()
        print(f"error: {error.message}", file=sys.stderr)
        if error.hint:
            print(f"  {error.hint}", file=sys.stderr)

    def _still(self) -> None:
        """Take the bars away before anything else is printed."""
        if self._bars is not None:
            self._bars.close()
            self._bars = None

    def _dump(self, data: dict[str, Any]) -> None:
        # ASCII, so that no console or pipe can damage it.
        print(json.dumps(data, indent=2, allow_nan=False))


def _console() -> Any:
    from mtbsync_core.cli import console  # 0.15 s, which most commands do not need

    return console


class _Lines:
    """Progress where there is no terminal: a line every ten seconds."""

    def __init__(self) -> None:
        self._stage = ""
        self._start = self._last = time.monotonic()

    def tick(self, stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        if stage != self._stage:
            self._stage, self._start, self._last = stage, now, now
        elif now - self._last >= _PLAIN_EVERY_S and 0 < done < total:
            left = (now - self._start) * (total - done) / done
            print(f"{stage}: {100 * done // total} %, about {left:.0f} s left", file=sys.stderr, flush=True)
            self._last = now
