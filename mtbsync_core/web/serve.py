"""`serve`: run the app on a port of this machine until Ctrl-C."""

from __future__ import annotations

import os
import socket
import sys
import threading
import webbrowser
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

import uvicorn
from starlette.applications import Starlette
from starlette.routing import BaseRoute

from mtbsync_core.errors import UsageError
from mtbsync_core.options import option
from mtbsync_core.web.app import make_app
from mtbsync_core.web.site import Site

_NEXT_PORTS = 50
"""How many ports behind a busy one are tried."""
_LAST_PORT = 65535


@dataclass(frozen=True, slots=True)
class UsualPort:
    """The port of a verb: its default, and the environment variable that names another."""

    number: int
    variable: str


DASHBOARD = UsualPort(8760, "MTB_DASHBOARD_PORT")
"""Of `dashboard`, and of the pages about one pair: `preview` and `viewer`."""
TELEMETRY = UsualPort(8761, "MTB_TELEMETRY_PORT")
COMPARE = UsualPort(8762, "MTB_COMPARE_PORT")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeOptions:
    """Where a server listens, and whether a browser opens."""

    host: str = option(
        "127.0.0.1", "--host", "Address to listen on. Any other than this one lets other machines see your videos."
    )
    port: int | None = option(
        None, "--port", "Port to listen on; 0 for any. Not given, a busy port is passed over.", minimum=0, maximum=65535
    )
    open_browser: bool = option(False, "--open-browser/--no-browser", "Open the page in the browser.")


class Teller(Protocol):
    """What the command line does with the words of a server."""

    def say(self, text: str = "") -> None:
        """A line of the result."""

    def note(self, text: str) -> None:
        """Something worth knowing that is not the result."""


def serve(
    site: Site,
    routes: Iterable[BaseRoute],
    teller: Teller,
    options: ServeOptions,
    usual: UsualPort = DASHBOARD,
    path: str = "/",
) -> None:
    """Serve the app and return after Ctrl-C. The port is `options.port`, else that of the variable, else the usual one.

    Args:
        path: of the page that is told, and opened where that is asked for.

    Raises:
        UsageError: the address or port cannot be listened on, or the variable is no port.
    """
    listener = listen(options, usual, teller)
    url = f"http://{_shown(options.host)}:{listener.getsockname()[1]}{path}"
    if not is_loopback(options.host):
        teller.note(f"everybody who can reach {options.host} can see what this server shows")
    app = make_app(site, routes, host=options.host)
    server = make_server(app)
    teller.say(f"{url}  (Ctrl-C ends it)")
    sys.stdout.flush()
    opening = threading.Timer(0.5, webbrowser.open, [url])
    opening.daemon = True
    if options.open_browser:
        opening.start()
    with suppress(KeyboardInterrupt):  # uvicorn ends in order and then raises it again
        server.run(sockets=[listener])
    opening.cancel()


def make_server(app: Starlette) -> uvicorn.Server:
    """The server of an app: it trusts no proxy, logs nothing but errors, and waits a second for open connections."""
    return uvicorn.Server(
        uvicorn.Config(
            app,
            http="h11",
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=1,
        )
    )


def listen(options: ServeOptions, usual: UsualPort, teller: Teller) -> socket.socket:
    """A listening socket. A busy port that the user named is refused, and the next free one offered; a busy port that
    nobody named is passed over, and that is said.

    Raises:
        UsageError: as `serve`.
    """
    wanted = options.port if options.port is not None else _from_environment(usual.variable)
    port = usual.number if wanted is None else wanted
    try:
        return _listener(options.host, port)
    except OSError as error:
        found = _next_free(options.host, port)
        if found is None:
            hint = "Is it an address of this machine, and may you listen on that port?"
            raise UsageError(f"cannot listen on {options.host} port {port}: {error.strerror or error}", hint) from error
        number = found.getsockname()[1]
        if wanted is None:
            teller.note(f"port {port} is busy, so this is port {number}; another server of mtbsync may be running")
            return found
        found.close()
        raise UsageError(f"port {port} is busy", f"Port {number} is free: --port {number}") from error


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address."""
    return host.casefold() == "localhost" or host == "::1" or host.startswith("127.")


def _from_environment(variable: str) -> int | None:
    text = os.environ.get(variable, "").strip()
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or int(text) > _LAST_PORT:
        raise UsageError(f"{variable} is {text!r}, not a port", f"A port is a number from 0 to {_LAST_PORT}.")
    return int(text)


def _listener(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family, backlog=128)
    # Else each answer after the first of a connection waits 40 ms, body for head; accepted sockets take this over.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _next_free(host: str, port: int) -> socket.socket | None:
    """A listener on the first free port behind this one; None where there is none, or the address is not ours."""
    for number in range(port + 1, min(port + _NEXT_PORTS, _LAST_PORT) + 1):
        with suppress(OSError):
            return _listener(host, number)
    return None


def _shown(host: str) -> str:
    """The address as it stands in a URL; for "all addresses" one that this machine can open."""
    if host in ("0.0.0.0", "::"):
        return "localhost"
    return f"[{host}]" if ":" in host else host
