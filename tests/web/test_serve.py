"""Ports, the line with the address, and the end by Ctrl-C."""

from __future__ import annotations

import http.client
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from mtbsync_core.errors import UsageError
from mtbsync_core.options import from_json
from mtbsync_core.web.app import make_app
from mtbsync_core.web.serve import ServeOptions, UsualPort, is_loopback, listen
from mtbsync_core.web.site import Site


def free_port() -> int:
    """A port with a free one behind it, most likely."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return min(listener.getsockname()[1], 65000)


def test_order_of_flag_variable_and_default(monkeypatch: pytest.MonkeyPatch, words) -> None:
    numbers = [free_port() for _ in range(3)]
    usual = UsualPort(numbers[0], "MTB_TEST_PORT")
    with listen(ServeOptions(), usual, words) as found:
        assert found.getsockname() == ("127.0.0.1", numbers[0])
    monkeypatch.setenv("MTB_TEST_PORT", str(numbers[1]))
    with listen(ServeOptions(), usual, words) as found:
        assert found.getsockname()[1] == numbers[1]
    with listen(ServeOptions(port=numbers[2]), usual, words) as found:
        assert found.getsockname()[1] == numbers[2]
    assert words.notes == []


def test_busy_default_port_is_passed_over_and_said(words) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        number = busy.getsockname()[1]
        with listen(ServeOptions(), UsualPort(number, "MTB_TEST_PORT"), words) as found:
            taken = found.getsockname()[1]
            assert taken > number
            assert f"port {number} is busy, so this is port {taken}" in words.notes[0]


def test_busy_port_that_was_named_is_refused_and_the_next_offered(monkeypatch: pytest.MonkeyPatch, words) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        number = busy.getsockname()[1]
        usual = UsualPort(free_port(), "MTB_TEST_PORT")
        with pytest.raises(UsageError, match=f"port {number} is busy") as caught:
            listen(ServeOptions(port=number), usual, words)
        assert "is free: --port " in caught.value.hint
        monkeypatch.setenv("MTB_TEST_PORT", str(number))
        with pytest.raises(UsageError, match="is busy"):
            listen(ServeOptions(), usual, words)


@pytest.mark.parametrize("text", ["http", "-1", "65536", "8760.5", "٣"])
def test_variable_that_is_no_port(monkeypatch: pytest.MonkeyPatch, words, text: str) -> None:
    monkeypatch.setenv("MTB_TEST_PORT", text)
    with pytest.raises(UsageError, match="not a port"):
        listen(ServeOptions(), UsualPort(8760, "MTB_TEST_PORT"), words)


def test_address_of_another_machine(words) -> None:
    with pytest.raises(UsageError, match=r"cannot listen on 192\.0\.2\.1"):
        listen(ServeOptions(host="192.0.2.1", port=0), UsualPort(0, "MTB_TEST_PORT"), words)


def test_loopback_names() -> None:
    assert all(map(is_loopback, ["127.0.0.1", "127.8.8.8", "localhost", "LOCALHOST", "::1"]))
    assert not any(map(is_loopback, ["0.0.0.0", "::", "192.168.1.2", "localhost.example.org"]))


def test_options_in_json() -> None:
    assert from_json(ServeOptions, {"port": 0, "open_browser": True}) == ServeOptions(port=0, open_browser=True)


@pytest.mark.slow
def test_what_was_kept_open_is_closed_at_the_end(tmp_path: Path, running) -> None:
    async def hello(request: Request) -> PlainTextResponse:
        request.app.state.closing.callback(closed.append, "closed")
        return PlainTextResponse("hello")

    closed: list[str] = []
    with running(make_app(Site((tmp_path,)), [Route("/hello", hello)])) as url:
        client = http.client.HTTPConnection(url.removeprefix("http://"))
        client.request("GET", "/hello")
        assert client.getresponse().read() == b"hello"
        client.close()
        assert closed == []
    assert closed == ["closed"]


PROGRAM = """
import sys
from pathlib import Path
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from mtbsync_core.cli.report import Report
from mtbsync_core.web.serve import ServeOptions, serve
from mtbsync_core.web.site import Site
serve(Site((Path(),)), [Route("/x", lambda request: PlainTextResponse("hello"))], Report(as_json=False),
      ServeOptions(port=0), path="/x?a=1")
print("ended")
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="a child there cannot be sent Ctrl-C alone")
def test_address_is_told_and_ctrl_c_ends_it_with_0() -> None:
    with subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, text=True, encoding="utf-8") as run:
        assert run.stdout is not None
        url = run.stdout.readline().split()[0]
        host, _, path = url.removeprefix("http://").partition("/")
        client = http.client.HTTPConnection(host)
        client.request("GET", f"/{path}")
        assert client.getresponse().read() == b"hello"
        client.close()
        run.send_signal(signal.SIGINT)
        assert run.stdout.read() == "ended\n"
    assert run.returncode == 0
