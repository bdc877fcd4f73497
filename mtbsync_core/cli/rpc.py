"""`mtbsync rpc`: the engine for the scripts inside DaVinci Resolve and for other programs."""

from __future__ import annotations

import json
import logging
import platform
import sys
from typing import Any

from mtbsync_core.cli.options import thread_count
from mtbsync_core.errors import MtbsyncError, UsageError


def rpc() -> int:
    """One JSON request on standard input, JSON lines on standard output; see mtbsync_core/rpc/protocol.py.

    Example: echo {"protocol": 1, "do": "hello"} | mtbsync rpc
    """
    log = _Notes()
    logging.getLogger("mtbsync_core").addHandler(log)
    try:
        _answer(sys.stdin.buffer.read().decode("utf-8", "replace"))
    except MtbsyncError as error:
        _emit({"event": "error", "error": error.as_dict()})
        return error.exit_code
    finally:
        logging.getLogger("mtbsync_core").removeHandler(log)
    return 0


def _answer(text: str) -> None:
    from mtbsync_core.rpc.protocol import parse, transfer_request

    do, data = parse(text)
    if do == "hello":
        _emit(_hello())
    elif do == "transfer":
        from mtbsync_core.rpc.transfer import run_transfer

        request = transfer_request(data)
        run_transfer(request, _emit, threads=thread_count(request.threads))
    else:
        raise UsageError(f"this engine cannot do {do!r}", "It does hello and transfer.")
    _emit({"event": "done"})


def _hello() -> dict[str, Any]:
    from mtbsync_core import __version__
    from mtbsync_core.rpc.protocol import PROTOCOL
    from mtbsync_core.vision.matchers import DEFAULT

    return {
        "event": "hello",
        "protocol": PROTOCOL,
        "version": __version__,
        "python": platform.python_version(),
        "matcher": DEFAULT,
    }


def _emit(event: dict[str, Any]) -> None:
    # ASCII, since the reader may sit in an interpreter of another encoding; at once, since it shows progress.
    print(json.dumps(event, allow_nan=False), flush=True)


class _Notes(logging.Handler):
    """Warnings of the engine, as notes."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)

    def emit(self, record: logging.LogRecord) -> None:
        _emit({"event": "note", "text": record.getMessage()})
