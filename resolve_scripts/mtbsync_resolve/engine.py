"""Runs the engine (`mtbsync rpc`) in its own process: one request in, events out, with a time limit and cancelling.

Either in one go, or in short steps between which whoever asks does something else, such as keeping a window alive.

It is started by the absolute path that the installer wrote, since a program started from a desktop lacks the shell's
PATH, and without the variables that Resolve sets for its own Python and libraries (facts 2.3).
"""

from __future__ import annotations

import collections
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
from typing import IO, Any, Callable, Dict, Generator, Mapping

from .errors import CancelledError, ScriptError
from .manifest import MANIFEST
from .texts import text

PROTOCOL = 1
"""Version of the requests and answers."""
_PACKAGE = Path(__file__).resolve().parent
_RESOLVES_OWN = ("PYTHON", "DYLD_", "LD_LIBRARY_PATH", "LD_PRELOAD", "QT_", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__")
_GRACE_S = 5.0
"""Between asking a process to end and killing it, and for the last output of one that did."""

Event = Dict[str, Any]
"""One line of the engine's answer; `event` says of which kind it is."""


class EngineUsageError(ScriptError):
    """The engine does not take the request, for example for an option that it does not know."""


def installed_command(package: Path | None = None) -> list[str]:
    """The command that starts the engine, from the installer's manifest; raises ScriptError where that names none."""
    path = (package or _PACKAGE) / MANIFEST
    try:
        command = json.loads(path.read_text(encoding="utf-8"))["engine"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ScriptError(text("engine_unreadable", path=path), text("engine_repair")) from error
    if not isinstance(command, list) or not command or not all(isinstance(part, str) for part in command):
        raise ScriptError(text("engine_not_named", path=path), text("engine_repair"))
    return command


def clean_environment(env: Mapping[str, str]) -> dict[str, str]:
    """The environment without the variables that Resolve sets for its own Python and libraries."""
    kept = {name: value for name, value in env.items() if not name.upper().startswith(_RESOLVES_OWN)}
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
    """As `asking`, in one go."""
    steps = asking(
        command,
        request,
        on_event=on_event,
        on_stderr=on_stderr,
        is_cancelled=is_cancelled,
        time_limit_s=time_limit_s,
        wait_s=0.1,
    )
    for _ in steps:
        pass


def asking(
    command: list[str],
    request: Mapping[str, Any],
    *,
    on_event: Callable[[Event], None],
    on_stderr: Callable[[str], None],
    is_cancelled: Callable[[], bool],
    time_limit_s: float,
    wait_s: float,
) -> Generator[None, None, None]:
    """Sends one request and calls `on_event`, in this thread, for every event of the answer before `done`.

    A step ends with each event, or after `wait_s` without one; the engine works on between two steps. Closing the
    generator ends the engine.

    Args:
        command: what starts the engine, without its verb.
        request: without `protocol`.
        on_stderr: gets each line of the engine's standard error, from another thread.
        is_cancelled: asked in each step.
        wait_s: not 0: meanwhile the threads that read the engine's answers get their turn, which a loop outside
            Python may keep from them.

    Raises:
        CancelledError: the person ended it.
        EngineUsageError: the engine does not take the request.
        ScriptError: the engine is missing, crashed, took too long, or answers with another error.
    """
    body = json.dumps(dict(request, protocol=PROTOCOL)).encode("ascii")
    process = _start([*command, "rpc"])
    lines: queue.Queue[bytes | None] = queue.Queue()
    last_stderr: collections.deque[str] = collections.deque(maxlen=5)

    def read_stdout(stream: IO[bytes]) -> None:
        for line in stream:
            lines.put(line)
        lines.put(None)

    def read_stderr(stream: IO[bytes]) -> None:
        for line in stream:
            said = line.decode("utf-8", "replace").rstrip()
            last_stderr.append(said)
            on_stderr(said)

    def write_request(stream: IO[bytes]) -> None:
        with contextlib.suppress(OSError):  # it ended at once; its exit status tells
            stream.write(body)
            stream.close()

    assert process.stdin and process.stdout and process.stderr
    work = ((read_stdout, process.stdout), (read_stderr, process.stderr), (write_request, process.stdin))
    threads = [threading.Thread(target=job, args=(stream,), daemon=True) for job, stream in work]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + time_limit_s
    last_line = time.monotonic()
    done = False
    try:
        while True:
            if is_cancelled():
                raise CancelledError()
            if time.monotonic() > deadline:
                n = f"{round(time_limit_s / 60, 2):g}"
                raise ScriptError(text("engine_stopped", n=n), text("engine_stopped_hint"))
            try:
                line = lines.get(timeout=wait_s)
            except queue.Empty:
                if process.poll() is not None and time.monotonic() - last_line > _GRACE_S:
                    break  # it is gone, but something that it started holds the pipe open
                yield
                continue
            last_line = time.monotonic()
            if line is None:
                break
            done = _take(line, on_event, on_stderr) or done
            yield
        code = process.wait(_GRACE_S)
    except subprocess.TimeoutExpired:
        code = 0  # it has answered, and hangs at its end
    finally:
        _end(process)
        for thread, stream in zip(threads, (process.stdout, process.stderr)):
            thread.join(_GRACE_S)
            if not thread.is_alive():  # else closing would wait for it
                stream.close()
    if not done:
        what = " / ".join(line for line in last_stderr if line)
        message = text("engine_broke_off", code=code, said=text("engine_said", what=what) if what else "")
        raise ScriptError(message, text("engine_broke_off_hint", repair=text("engine_repair")))


def _take(line: bytes, on_event: Callable[[Event], None], on_stderr: Callable[[str], None]) -> bool:
    """Passes one line on as an event, or raises it where it is an error of the engine; True for `done`."""
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
        message, *hint = error_lines(event)
        error = event.get("error")
        kind = EngineUsageError if isinstance(error, dict) and error.get("code") == "usage" else ScriptError
        raise kind(text("engine_cannot", why=message), " ".join(hint))
    on_event(event)
    return False


def error_lines(event: Event) -> list[str]:
    """Message of an event `error` or `failed`, and its hint where there is one."""
    error = event.get("error")
    message, hint = (error.get("message"), error.get("hint")) if isinstance(error, dict) else (None, None)
    return [str(message or text("engine_no_reason"))] + ([str(hint)] if hint else [])


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
        message = text("engine_not_started", error=error, program=command[0])
        raise ScriptError(message, text("engine_repair")) from error


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends the process with its children: asks first, then kills."""
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
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE_S)
        return
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(OSError):
            os.killpg(process.pid, number)  # portable: not on Windows, where taskkill does it
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE_S)
            return
