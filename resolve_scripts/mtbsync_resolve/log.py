"""The log file of a run, and Resolve's console, which may show text only when the script has ended."""

from __future__ import annotations

import tempfile
import time
from contextlib import suppress
from pathlib import Path

KEPT_LOGS = 30


class Log:
    """The log of one run: `path` is its file; None where none can be written. `said` are the lines for the person."""

    def __init__(self, folder: Path, run_id: str) -> None:
        """Starts `logs/<run_id>.log` in our config folder, or in the system's temporary folder where that fails."""
        self.path: Path | None = None
        self.said: list[str] = []
        for place in (folder / "logs", Path(tempfile.gettempdir()) / "mtbsync-logs"):
            path = place / (run_id + ".log")
            try:
                place.mkdir(parents=True, exist_ok=True)
                path.touch()
            except OSError:
                continue
            self.path = path
            for old in sorted(place.glob("*.log"))[:-KEPT_LOGS]:
                with suppress(OSError):  # open elsewhere
                    old.unlink()
            break

    def say(self, line: str) -> None:
        """A line for the person: console and file."""
        self.said.append(line)
        self.note(line)
        try:
            print(line)
        except UnicodeError:
            print(line.encode("ascii", "replace").decode("ascii"))
        except (OSError, ValueError, AttributeError):  # no console: it was closed, or there never was one
            pass

    def note(self, line: str) -> None:
        """A line for the file only. A full disk must not end a run that is at work on a timeline."""
        if self.path is None:
            return
        with suppress(OSError), self.path.open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write("{} {}\n".format(time.strftime("%H:%M:%S"), line))
