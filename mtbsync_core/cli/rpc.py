"""`mtbsync rpc`: the engine for the scripts inside DaVinci Resolve and for other programs."""

from __future__ import annotations

import json
import sys
from typing import Any

from mtbsync_core.errors import MtbsyncError
from mtbsync_core.rpc.engine import answer


def rpc() -> int:
    """One JSON request on standard input, JSON lines on standard output; see mtbsync_core/rpc/protocol.py.

    Example: echo {"protocol": 1, "do": "hello"} | mtbsync rpc
    """
    try:
        answer(sys.stdin.buffer.read().decode("utf-8", "replace"), _emit)
    except MtbsyncError as error:
        _emit({"event": "error", "error": error.as_dict()})
        return error.exit_code
    return 0


def _emit(event: dict[str, Any]) -> None:
    # ASCII, since the reader may sit in an interpreter of another encoding; at once, since it shows progress.
    print(json.dumps(event, allow_nan=False), flush=True)
