"""`Listener`: whom a job tells what it is doing, while it does it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol


class Listener(Protocol):
    """What a face does with the words of a job."""

    def stage(self, name: str, done: int, total: int) -> None:
        """Long work: the steps of this stage that are done, and their number."""

    def note(self, text: str) -> None:
        """Something worth knowing that is not the result."""

    def file(self, name: str, path: Path) -> None:
        """A file has been written; `name` says what it is."""


class Notes:
    """A listener that keeps what is worth knowing, for an answer that is given at the end."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def stage(self, name: str, done: int, total: int) -> None:
        """Nothing: nobody waits and watches."""

    def note(self, text: str) -> None:
        """Keep it."""
        self.notes.append(text)

    def file(self, name: str, path: Path) -> None:
        """Nothing: which files there are is known."""


@contextmanager
def relayed(listener: Listener) -> Iterator[None]:
    """Inside, the warnings that the engine and the readers of editors' files log are notes."""
    handler, loggers = _Relay(listener), [logging.getLogger(name) for name in ("mtbsync_core", "otio_adapters")]
    for logger in loggers:
        logger.addHandler(handler)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeHandler(handler)


class _Relay(logging.Handler):
    def __init__(self, listener: Listener) -> None:
        super().__init__(logging.WARNING)
        self._listener = listener

    def emit(self, record: logging.LogRecord) -> None:
        self._listener.note(record.getMessage())
