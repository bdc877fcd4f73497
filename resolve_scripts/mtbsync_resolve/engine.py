"""The engine in its own process: one request in, events out, with a time limit and a way to end it.

It is started by the absolute path that the installer wrote, since a program that was started from a desktop lacks the
shell's PATH, and without what Resolve puts into the environment for its own Python and libraries (facts 2.3).
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import IO, Any, Callable, Dict, Mapping

from .problems import Cancelled, Problem

INSTALLED = "installed.json"
PROTOCOL = 1
_STRANGE = ("PYTHON", "DYLD_", "LD_LIBRARY_PATH", "LD_PRELOAD", "QT_", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__")
_PATIENCE_S = 5.0
"""Between asking a process to end and ending it, and for the last words of one that did."""
_REPAIR = "Run `mtbsync resolve install` once more, then `mtbsync doctor`."

Event = Dict[str, Any]


def engine_command(package: Path) -> list[str]:
    """How the installer says that the engine is started.

    Raises:
        Problem: it says nothing, or nothing that could be.
    """
    path = package / INSTALLED
    try:
        command = json.loads(path.read_text(encoding="utf-8"))["engine"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Problem(f"The engine is not known here: {path} cannot be read.", _REPAIR) from error
    if not isinstance(command, list) or not command or not all(isinstance(part, str) for part in command):
        raise Problem(f"The engine is not known here: {path} names none.", _REPAIR)
    return command


def clean_environment(env: Mapping[str, str]) -> dict[str, str]:
    """The environment without what is meant for Resolve's own Python and libraries."""
    kept = {name: value for name, value in env.items() if not name.upper().startswith(_STRANGE)}
    return dict(kept, PYTHONUTF8="1", PYTHONIOENCODING="utf-8")


def ask_engine(
    command: list[str],
    request: Mapping[str, Any],
    *,
    on_event: Callable[[Event], None],
    on_stderr: Callable[[str], None],
    is_cancelled: Callable[[], bool],
    time_limit_s: float,
) -> None:
    """Puts one request and hands over every event of the answer up to `done`, in this thread.

    Raises:
        Cancelled: the person ended it.
        Problem: the engine is missing, crashed, took too long, or says that it cannot.
    """
    body = json.dumps(dict(request, protocol=PROTOCOL)).encode("ascii")
    process = _start([*list(command), "rpc"])
    lines: queue.Queue[bytes | None] = queue.Queue()
    last_words: list[str] = []

    def listen(stream: IO[bytes]) -> None:
        for line in stream:
            lines.put(line)
        lines.put(None)

    def overhear(stream: IO[bytes]) -> None:
        for line in stream:
            said = line.decode("utf-8", "replace").rstrip()
            last_words[:] = [*last_words[-4:], said]
            on_stderr(said)

    def hand_in(stream: IO[bytes]) -> None:
        try:
            stream.write(body)
            stream.close()
        except OSError:  # it died at once; its exit status tells
            pass

    assert process.stdin and process.stdout and process.stderr
    work = ((listen, process.stdout), (overhear, process.stderr), (hand_in, process.stdin))
    threads = [threading.Thread(target=job, args=(stream,), daemon=True) for job, stream in work]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + time_limit_s
    last_sign = time.monotonic()
    done = False
    try:
        while True:
            if is_cancelled():
                raise Cancelled()
            if time.monotonic() > deadline:
                raise Problem(
                    f"The engine was stopped after {round(time_limit_s / 60, 2):g} minutes.",
                    "`time_limit_min` in the settings allows more; shorter clips take less.",
                )
            try:
                line = lines.get(timeout=0.1)
            except queue.Empty:
                if process.poll() is not None and time.monotonic() - last_sign > _PATIENCE_S:
                    break  # it is gone, but something that it started holds the pipe open
                continue
            last_sign = time.monotonic()
            if line is None:
                break
            done = _take(line, on_event, on_stderr) or done
        code = process.wait(_PATIENCE_S)
    except subprocess.TimeoutExpired:
        code = 0  # it has said all, and hangs at its end
    finally:
        _end(process)
        for thread, stream in zip(threads, (process.stdout, process.stderr)):
            thread.join(_PATIENCE_S)
            if not thread.is_alive():  # else closing would wait for it
                stream.close()
    if not done:
        said = " It said: " + " / ".join(line for line in last_words if line) if any(last_words) else ""
        raise Problem(f"The engine broke off (exit status {code}).{said}", "The log has more. " + _REPAIR)


def _take(line: bytes, on_event: Callable[[Event], None], on_stderr: Callable[[str], None]) -> bool:
    """Hands one line over; True for the last one.

    Raises:
        Problem: the engine says that it cannot.
    """
    try:
        event = json.loads(line.decode("utf-8"))
    except ValueError:
        event = None
    if not isinstance(event, dict) or not isinstance(event.get("event"), str):
        on_stderr("not understood: " + line.decode("utf-8", "replace").rstrip())
        return False
    if event["event"] == "done":
        return True
    if event["event"] == "error":
        message, hint = error_text(event)
        raise Problem("The engine cannot: " + message, hint)
    on_event(event)
    return False


def error_text(event: Event) -> tuple[str, str]:
    """Message and hint of an event `error` or `failed`."""
    error = event.get("error")
    if not isinstance(error, dict):
        return "it does not say why", ""
    return str(error.get("message") or "it does not say why"), str(error.get("hint") or "")


def _start(command: list[str]) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=str(Path.home()),
            env=clean_environment(os.environ),
            # No black window over Resolve; a group of its own, so that it ends with all that it started.
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            start_new_session=sys.platform != "win32",
        )
    except OSError as error:
        raise Problem(f"The engine cannot be started: {error} ({command[0]})", _REPAIR) from error


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends it with its children, gently first."""
    if process.poll() is not None:
        return
    if sys.platform == "win32":
        subprocess.call(
            ["taskkill", "/F", "/T", "/PID", str(process.pid)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            creationflags=subprocess.CREATE_NO_WINDOW,
        )
    else:
        _signal(process, signal.SIGTERM)
        try:
            process.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            _signal(process, signal.SIGKILL)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_PATIENCE_S)


def _signal(process: subprocess.Popen[bytes], number: int) -> None:
    if sys.platform != "win32":
        with contextlib.suppress(OSError):
            os.killpg(process.pid, number)  # portable: not on Windows, where taskkill does it
