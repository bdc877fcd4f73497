"""How the dashboard answers: JSON of any names and numbers that a file may hold, and the files below the root."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from mtbsync_core.web.site import site_of


class Answer(JSONResponse):
    """JSON in ASCII, so that a name that is no UTF-8 does not break it; NaN, which JSON has not, is null."""

    def render(self, content: Any) -> bytes:
        """The bytes of the body."""
        return json.dumps(plain(content), allow_nan=False, separators=(",", ":")).encode("ascii")


def plain(value: Any) -> Any:
    """Data with None in place of numbers that are not finite."""
    if isinstance(value, dict):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def root_of(request: Request) -> Path:
    """The folder of the runs, links resolved."""
    return site_of(request).roots[0].resolve()


def existing(request: Request, name: str) -> Path:
    """The file or folder of that name below the root; nothing that is hidden.

    Raises:
        HTTPException: 404; it is not there, hidden, or outside.
    """
    found = site_of(request).confined(name)
    root = root_of(request)
    if not found.is_relative_to(root) or any(part.startswith(".") for part in found.relative_to(root).parts):
        raise HTTPException(404, "not found")
    return found


def query(request: Request, name: str) -> str:
    """A value of the query that has to be there.

    Raises:
        HTTPException: 400; it is not.
    """
    value = request.query_params.get(name, "")
    if not value:
        raise HTTPException(400, f"the query has no {name}")
    return value
