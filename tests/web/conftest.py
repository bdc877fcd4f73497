"""A real server on a free port of the loopback, in a thread, for the length of a test."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from starlette.applications import Starlette

from mtbsync_core.web.serve import ServeOptions, UsualPort, listen, make_server

Running = Callable[[Starlette], AbstractContextManager[str]]
"""Runs an app inside a `with` statement, and gives its URL without a slash at the end."""


class Words:
    """What a server said."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.notes: list[str] = []

    def say(self, text: str = "") -> None:
        self.said.append(text)

    def note(self, text: str) -> None:
        self.notes.append(text)


@contextmanager
def run_app(app: Starlette) -> Iterator[str]:
    listener = listen(ServeOptions(port=0), UsualPort(0, "MTB_UNUSED"), Words())
    server = make_server(app)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="mtbsync-server")
    thread.start()
    try:
        while not server.started and thread.is_alive():
            time.sleep(0.005)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="session")
def running() -> Running:
    return run_app


@pytest.fixture
def words() -> Words:
    return Words()
