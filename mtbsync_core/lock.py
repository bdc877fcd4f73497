"""`locked`: a lock on a file that the operating system takes back when its process ends, however that ends."""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

_EVERY_S = 0.05
_HELD = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)
_PLACE = 0x7FFF_FFFE
"""The byte that is locked on Windows, where nobody else can read what is locked: far behind the end of a file."""


class HeldError(Exception):
    """Another process has the lock."""


@contextmanager
def locked(path: Path, *, wait_s: float | None = 0.0) -> Iterator[None]:
    """Hold the lock of this name, waiting for it for so long; None: as long as it takes.

    On a file system without locks nothing is held. The file stays, so that all who want it wait for the same one; it
    may be one with a content, which is left as it is.

    Raises:
        HeldError: another process has it.
        OSError: the file cannot be made.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        give_up = None if wait_s is None else time.monotonic() + wait_s
        while not _taken(file):
            if give_up is not None and time.monotonic() >= give_up:
                raise HeldError(str(path))
            time.sleep(_EVERY_S)
        yield


def is_held(path: Path) -> bool:
    """Whether another process holds the lock of this name now."""
    if not path.exists():
        return False
    try:
        with locked(path):
            return False
    except HeldError:
        return True
    except OSError:  # a folder that cannot be written: nobody works there
        return False


def _taken(file: BinaryIO) -> bool:
    """Try to take it; closing the file gives it back."""
    try:
        if sys.platform == "win32":
            import msvcrt

            file.seek(_PLACE)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl  # portable: the other branch is Windows'

            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in _HELD or os.name == "nt"
    return True
