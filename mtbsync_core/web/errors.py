"""What a client is told when something cannot be done: `{"error": {"code", "message", "hint"}}`, with a status."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from mtbsync_core.errors import MtbsyncError, UsageError
from mtbsync_core.media.recording import NoFrameError

log = logging.getLogger(__name__)


class WebError(HTTPException):
    """A refusal with a status of HTTP, a stable code, and a hint what to do."""

    def __init__(
        self, status: int, message: str, hint: str = "", *, code: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(status, message, headers)
        self.code = code or _code_of(status)
        self.hint = hint


def error_response(error: Exception) -> JSONResponse:
    """An exception as an answer; what nobody expected is logged, and told without its words."""
    if isinstance(error, HTTPException):
        code, hint = getattr(error, "code", _code_of(error.status_code)), getattr(error, "hint", "")
        return _response(error.status_code, code, error.detail, hint, error.headers)
    if isinstance(error, NoFrameError):
        return _response(404, _code_of(404), error.message, error.hint)
    if isinstance(error, MtbsyncError):
        return _response(400, error.code, error.message, error.hint)
    log.error("unexpected %s: %s", type(error).__name__, error, exc_info=error)
    return _response(500, "unexpected", "something went wrong in the server", "Its terminal says what.")


async def answer(request: Request, error: Exception) -> JSONResponse:
    """`error_response` as a handler of exceptions."""
    return error_response(error)


async def read_object(request: Request) -> dict[str, Any]:
    """The JSON object in the body of a request.

    Raises:
        WebError: 400; it is something else, is nested too deep, or holds a number that JSON does not have.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise WebError(400, "the body is not called application/json")
    try:
        data = json.loads(await request.body(), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise WebError(400, "the body is not JSON") from error
    if not isinstance(data, dict):
        raise WebError(400, "the body is not a JSON object")
    return data


def text_of(body: Mapping[str, Any], name: str, example: str) -> str:
    """A text in the body of a request that has to be there.

    Raises:
        UsageError: it is not.
    """
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise UsageError(f"{name} is missing", example)
    return value


def _response(
    status: int, code: str, message: str, hint: str, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    return JSONResponse({"error": {"code": code, "message": message, "hint": hint}}, status, headers)


def _code_of(status: int) -> str:
    """Such as `not_found`."""
    return HTTPStatus(status).phrase.lower().replace(" ", "_").replace("-", "_")


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")
