"""`Safety`: what every request has to pass, and what every answer carries.

A page of any other origin that the user has open in the same browser can send requests here. So a request has to name
this server as its host (else a foreign name was made to point at 127.0.0.1: DNS rebinding), a browser has to say that
it comes from our own pages or the address bar (Fetch Metadata, W3C), and what changes anything needs the token that
only our pages know.
"""

from __future__ import annotations

import hmac
import ipaddress
import re
import socket
from collections.abc import Mapping
from contextlib import suppress

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mtbsync_core.web.errors import WebError, error_response

MOST_BODY_BYTES = 1_000_000
TOKEN_HEADER = "X-MTB-Token"

_METHODS = ("GET", "HEAD", "POST")
_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "media-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_HOST = re.compile(r"(?P<name>\[[0-9A-Fa-f:.]+\]|[^\[\]:/?#@\s]+)(:\d{1,5})?")
_ODD = re.compile(r"[\x00-\x1f\x7f\\]|(^|/)\.\.?(/|$)")
"""What no path of ours holds: control characters, a backslash, a dot or two for a name."""


class Safety:
    """ASGI middleware around the whole app.

    Args:
        token: that writes have to carry in `TOKEN_HEADER`.
        host: the address that the server listens on.
    """

    def __init__(self, app: ASGIApp, *, token: str, host: str) -> None:
        self._app = app
        self._token = token.encode()
        self._host = host.casefold()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _Answer(send)
        body = _Body(receive)
        try:
            self._check(scope)
            await self._app(scope, body.receive, answer.send)
        except Exception as error:
            if answer.started:
                raise
            if not body.too_long:
                await error_response(error)(scope, receive, answer.send)
        if body.too_long and not answer.started:
            await error_response(_too_long())(scope, receive, answer.send)

    def _check(self, scope: Scope) -> None:
        """Raises WebError for what may not pass."""
        headers, method = Headers(scope=scope), scope["method"]
        self._check_host(headers)
        if method not in _METHODS:
            raise WebError(405, f"{method} is not done here", headers={"Allow": ", ".join(_METHODS)})
        if not scope["path"].startswith("/") or _ODD.search(scope["path"]):
            raise WebError(404, "not found")
        _check_origin(headers, method, scope["scheme"])
        if method == "POST" and not hmac.compare_digest(headers.get(TOKEN_HEADER, "").encode(), self._token):
            raise WebError(403, "the token is missing or of another server", "Reload the page.")
        length = headers.get("content-length", "0")
        if not length.isascii() or not length.isdigit():
            raise WebError(400, "the length of the body is no number")
        if len(length) > 12 or int(length) > MOST_BODY_BYTES:
            raise _too_long()

    def _check_host(self, headers: Headers) -> None:
        found = _HOST.fullmatch(headers.get("host", ""))
        if found is None:
            raise WebError(400, "the request names no host")
        if not self._is_ours(found["name"].strip("[]").casefold().removesuffix(".")):
            raise WebError(421, "this server does not answer to that name", "Open the address that it printed.")

    def _is_ours(self, name: str) -> bool:
        if name in ("localhost", "127.0.0.1", "::1", self._host):
            return True
        if self._host not in ("0.0.0.0", "::"):
            return False
        # Nobody can make a name point here and have the browser send a number, or the name of this machine.
        with suppress(ValueError):
            return bool(ipaddress.ip_address(name))
        own = socket.gethostname().casefold()
        return name in (own, f"{own.partition('.')[0]}.local")


def _check_origin(headers: Headers, method: str, scheme: str) -> None:
    """Raises WebError for what another page's scripts or elements ask for; a link to a page of ours may be followed."""
    site, mode = headers.get("sec-fetch-site"), headers.get("sec-fetch-mode")
    followed = method == "GET" and mode == "navigate"
    foreign = site not in (None, "same-origin", "none") and not followed
    origin = headers.get("origin")
    if foreign or (origin is not None and origin.casefold() != f"{scheme}://{headers['host']}".casefold()):
        raise WebError(403, "the request comes from another page", "Open the address that the server printed.")


def _too_long() -> WebError:
    return WebError(413, f"the body is over {MOST_BODY_BYTES} bytes")


class _Answer:
    """Passes the answer on with our headers."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.started = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            headers = MutableHeaders(scope=message)
            _put(headers, _HEADERS)
            headers.setdefault("Cache-Control", "no-cache")
        await self._send(message)


def _put(headers: MutableHeaders, given: Mapping[str, str]) -> None:
    for name, text in given.items():
        headers[name] = text


class _Body:
    """Passes the body on until it is too long, and then says that nobody is there any more."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._bytes = 0
        self.too_long = False

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._bytes += len(message.get("body", b""))
            if self._bytes > MOST_BODY_BYTES:
                self.too_long = True
                return {"type": "http.disconnect"}
        return message
