"""A lock file that lets only one run work at a time, and a second file by which another process cancels that run.

The lock is the operating system's, so it ends with the process, however that ended. The process id in the file is for
people, and says that the run can be cancelled.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from pathlib import Path

from .errors import ScriptError
from .texts import text

LOCK_FILE = "running.lock"
CANCEL_FILE = "cancel"
_LOCKED_BYTE = 4096
"""Far behind the text: Windows keeps others from reading the bytes that are locked."""


class AlreadyRunningError(ScriptError):
    """Another run holds the lock."""


class RunLock:
    """`with RunLock(folder):` is the only run while it lasts.

    Raises:
        AlreadyRunningError: there is another one.
        ScriptError: the folder cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / LOCK_FILE
        self._cancel = folder / CANCEL_FILE
        self._file: int | None = None

    def __enter__(self) -> RunLock:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            file = os.open(str(self._path), os.O_RDWR | os.O_CREAT, 0o666)
        except OSError as error:
            message = text("folder_unwritable", folder=self._path.parent, error=error)
            raise ScriptError(message, text("folder_unwritable_hint")) from error
        if not _lock(file):
            os.close(file)
            message = text("already_at_work", process=_process(self._path))
            raise AlreadyRunningError(message, text("already_at_work_hint"))
        self._file = file
        os.ftruncate(file, 0)
        self._remove_cancel_file()  # of a run that was killed; from the process id on, it is this one's
        os.write(file, str(os.getpid()).encode("ascii"))
        return self

    def __exit__(self, *_: object) -> None:
        self._remove_cancel_file()
        if self._file is not None:
            # The file stays: removing it could take it from under a run that is just starting.
            os.ftruncate(self._file, 0)
            os.close(self._file)
            self._file = None

    def is_cancelled(self) -> bool:
        """Whether the Cancel entry asked this run to end."""
        return self._cancel.exists()

    def _remove_cancel_file(self) -> None:
        with contextlib.suppress(OSError):
            self._cancel.unlink()


def cancel(folder: Path) -> bool:
    """Asks the run that is at work to end; False where there is none."""
    if not (folder / LOCK_FILE).exists():
        return False
    with contextlib.suppress(AlreadyRunningError), RunLock(folder):
        return False
    if not _process(folder / LOCK_FILE):
        return False  # a run that is just about to begin
    try:
        (folder / CANCEL_FILE).write_text("cancel\n", encoding="ascii")
    except OSError as error:
        raise ScriptError(text("folder_unwritable", folder=folder, error=error)) from error
    return True


def _process(path: Path) -> str:
    try:
        pid = path.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""
    return text("process", pid=pid) if pid.isdigit() else ""


def _lock(file: int) -> bool:
    """Whether the lock was free. On file systems without locks (some network homes) it always is."""
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(file, _LOCKED_BYTE, os.SEEK_SET)
            try:
                msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
            finally:
                os.lseek(file, 0, os.SEEK_SET)
        else:
            import fcntl  # portable: not reached on Windows

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in (errno.EACCES, errno.EAGAIN, errno.EDEADLK)
    return True
