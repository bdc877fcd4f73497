"""Requests that a foreign page, a forged file or a bad guess could send, to a real server with all pages."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PureWindowsPath
from typing import cast
from urllib.parse import quote

import pytest

from mtbsync_core.web.safety import MOST_BODY_BYTES
from mtbsync_core.web.site import Site, is_below
from tests.web.conftest import run_app
from tests.web.full_app import full_app
from tests.web.media.made import film, write_run

SECRET = b"the-secret-of-this-machine"
MARKUP = "<img src=x onerror=alert(1)>" if os.name == "posix" else "&lt;img&gt; 'x'"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Target:
    """A server, and what else it may not show."""

    root: Path
    host: str
    token: str

    def send(self, raw: bytes) -> Answer:
        name, _, port = self.host.partition(":")
        with socket.create_connection((name, int(port)), timeout=20) as client:
            with contextlib.suppress(ConnectionError):  # it may answer and close before it has read all
                client.sendall(raw)
            got = b""
            with contextlib.suppress(ConnectionError):
                while part := client.recv(1 << 16):
                    got += part
        head, _, body = got.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): text.strip() for name, _, text in (line.partition(":") for line in lines)}
        return Answer(int(first.split()[1]), headers, body)


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    top = tmp_path_factory.mktemp("attacked")
    root, outside = top / "root", top / "outside"
    root.mkdir()
    video = film(root / "a.mp4", 4)
    write_run(root / "run", video, video)
    write_run(root / MARKUP, video, video)
    # A result that came from somebody else, and names files of this machine.
    foreign = shutil.copy(video, top / "elsewhere.mp4")
    write_run(root / "forged", Path(foreign), Path(foreign))
    write_run(root / "no-video", video, video)
    warp = json.loads((root / "no-video" / "timewarp.json").read_text(encoding="utf-8"))
    (top / "secret.txt").write_bytes(SECRET)
    for side in ("ref", "new"):
        warp[side]["files"] = [{"path": str(top / "secret.txt"), "start_s": 0.0}]
    (root / "no-video" / "timewarp.json").write_text(json.dumps(warp), encoding="utf-8")
    write_run(outside, video, video)
    (outside / "secret.txt").write_bytes(SECRET)
    with contextlib.suppress(OSError):  # not everybody may make links on Windows
        (root / "link").symlink_to(outside, target_is_directory=True)
        (root / "loop").symlink_to(root / "loop")
        shutil.copytree(root / "run", root / "linked")
        (root / "linked" / "timewarp.json").unlink()
        (root / "linked" / "timewarp.json").symlink_to(outside / "secret.txt")
    site = Site((root,))
    with run_app(full_app(site, top / "cache")) as url:
        yield Target(root, url.removeprefix("http://"), site.token)


@dataclass(frozen=True)
class Attack:
    """A request; `HOST` and `TOKEN` in its texts stand for those of the server."""

    name: str
    path: str
    status: int | tuple[int, ...]
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    host: str | None = "HOST"
    own_length: bool = field(default=False, kw_only=True)
    """Whether the headers tell the body's length, wrongly."""

    def raw(self, target: Target) -> bytes:
        lines = [f"{self.method} {self.path} HTTP/1.1"]
        lines += [f"Host: {self.host}"] if self.host is not None else []
        lines += [f"{name}: {text}" for name, text in self.headers]
        if self.body and not self.own_length:
            lines.append(f"Content-Length: {len(self.body)}")
        lines.append("Connection: close")
        text = "\r\n".join(lines).replace("HOST", target.host).replace("TOKEN", target.token)
        return text.encode("utf-8", "surrogateescape") + b"\r\n\r\n" + self.body


POST = "/media/proxy?run=run&side=ref&at=0"
OURS = (("X-MTB-Token", "TOKEN"), ("Origin", "http://HOST"), ("Content-Type", "application/json"))
PORT = ":8760"


def get(
    name: str,
    path: str,
    status: int | tuple[int, ...] = 404,
    *headers: tuple[str, str],
    host: str | None = "HOST",
) -> Attack:
    return Attack(name, path, status, headers=headers, host=host)


def post(name: str, path: str, status: int | tuple[int, ...], *headers: tuple[str, str], body: bytes = b"") -> Attack:
    return Attack(name, path, status, "POST", headers, body)


def file_of(run: str) -> str:
    return f"/media/file?run={run}&side=ref&rung=original&n=0"


ATTACKS = [
    # The host that is named: DNS rebinding.
    get("host of another", "/static/css/base.css", 421, host="evil.example"),
    get("host of another with our port", POST, 421, host=f"evil.example{PORT}"),
    get("host that begins as ours", "/", 421, host="127.0.0.1.evil.example"),
    get("host that ends as ours", "/", 421, host="evil-localhost"),
    get("no host", "/", 400, host=None),
    get("empty host", "/", 400, host=""),
    get("user before the host", "/", 400, host="127.0.0.1@evil.example"),
    get("two hosts", "/", 400, ("Host", "evil.example")),
    get("address of another machine", "/", 421, host="192.0.2.7"),
    get("forwarded host", "/media/ladder?run=run&side=ref", 200, ("X-Forwarded-Host", "evil.example")),
    # Who asks.
    get("picture in a foreign page", "/frame/ref/0.webp?run=run", 403, ("Sec-Fetch-Site", "cross-site")),
    get("another port of this machine", file_of("run"), 403, ("Sec-Fetch-Site", "same-site")),
    get("read by a foreign script", "/media/pts?run=run&side=ref", 403, ("Origin", "http://evil.example")),
    get("origin null", "/media/pts?run=run&side=ref", 403, ("Origin", "null")),
    get("origin of another port", "/media/pts?run=run&side=ref", 403, ("Origin", "http://127.0.0.1:1")),
    post("write without the token", POST, 403, ("Origin", "http://HOST")),
    post("write with a wrong token", POST, 403, ("Origin", "http://HOST"), ("X-MTB-Token", "x" * 32)),
    post("token with letters that are no ASCII", POST, 403, ("X-MTB-Token", "\u00e9\u20ac")),
    post("token in the address", f"{POST}&token=TOKEN&X-MTB-Token=TOKEN", 403),
    post("token from a foreign page", POST, 403, ("X-MTB-Token", "TOKEN"), ("Origin", "https://evil.example")),
    post("form of a foreign page", POST, 403, ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate")),
    Attack("asking what is allowed", POST, 405, "OPTIONS", (("Origin", "http://evil.example"),)),
    # Out of the roots.
    get("run above", "/media/ladder?run=../outside&side=ref"),
    get("run above, encoded", "/media/ladder?run=%2e%2e%2foutside&side=ref"),
    get("run above, encoded twice", "/media/ladder?run=%252e%252e%252foutside&side=ref"),
    get("run above from below", "/media/ladder?run=run/../../outside&side=ref"),
    get("run by backslashes", "/media/ladder?run=..%5coutside&side=ref"),
    get("run by its full path", "/media/ladder?run=ROOT/../outside&side=ref"),
    get("run of the system", file_of("/etc")),
    get("run with a null", "/media/ladder?run=run%00.json&side=ref"),
    get("run of bytes that are no UTF-8", "/media/ladder?run=%ff%fe..%2f&side=ref"),
    get("run through a link", file_of("link")),
    get("run in a circle of links", file_of("loop")),
    get("run whose map is a link", file_of("linked")),
    get("forged result that names a video elsewhere", file_of("forged")),
    get("forged result that names another file", file_of("no-video")),
    get("still of a forged result", "/frame/new/0.webp?run=forged"),
    get("run of endless length", f"/media/ladder?run={'a/' * 20_000}&side=ref"),
    get("static files above", "/static/../site.py"),
    get("static files above, encoded", "/static/%2e%2e/site.py"),
    get("static files above, slash too", "/static/..%2f..%2fversion.py"),
    get("static files by a full path", "/static//etc/passwd"),
    get("list of static files", "/static/js/", (404, 405)),
    get("list of all", "/static/"),
    get("file of the dashboard above", "/files/../outside/secret.txt"),
    get("file of the dashboard above, encoded", "/files/run/%2e%2e/%2e%2e/outside/secret.txt"),
    get("file of the dashboard through a link", "/files/link/secret.txt"),
    get("file of the dashboard by its full path", "/files//etc/passwd"),
    get("list of a folder above", "/api/files?run=../outside"),
    get("map of a folder above", "/api/timewarp?run=../outside"),
    get("markers through a link", "/api/markers?run=link&file=secret.txt"),
    get("markers by a path", "/api/markers?run=run&file=../../outside/secret.txt", (400, 404)),
    get("review of a folder above", "/api/review?run=../outside"),
    get("review through a link", "/api/review?run=link"),
    get("review whose map is a link", "/api/review?run=linked"),
    get("page to send of a folder above", "/api/review/page?run=..%2foutside"),
    post("opening a video above", "/api/pick", 404, *OURS, body=b'{"ref": "../outside", "new": "/etc/passwd"}'),
    # Videos and stills.
    get("no such file of a rung", "/media/file?run=run&side=ref&rung=original&n=1"),
    get("rung that is a path", "/media/file?run=run&side=ref&rung=../../secret.txt&n=0"),
    get("file of number -1", "/media/file?run=run&side=ref&rung=original&n=-1", 400),
    get("range behind the end", file_of("run"), 416, ("Range", "bytes=99999999999999-")),
    get("range of nonsense", file_of("run"), (200, 400, 416), ("Range", "bytes=a-b")),
    get("range backwards", file_of("run"), (200, 400, 416), ("Range", "bytes=9-3")),
    get("a thousand ranges", file_of("run"), (200, 400, 416), ("Range", "bytes=" + ",".join(["0-"] * 1000))),
    get("side of neither", "/media/pts?run=run&side=..", 400),
    get("frame that is not there", "/frame/ref/4.webp?run=run"),
    get("frame of number 10^30", f"/frame/ref/{10**30}.webp?run=run", 400),
    get("frame of digits that are not ours", "/frame/ref/%D9%A3.webp?run=run", 400),
    get("still wider than any", "/frame/ref/0.webp?run=run&width=999999", 400),
    get("still of no width", "/frame/ref/0.webp?run=run&width=0", 400),
    # Bodies and methods.
    post("huge body", POST, 413, *OURS, body=b"x" * (MOST_BODY_BYTES + 1)),
    Attack("huge length", POST, 413, "POST", (*OURS, ("Content-Length", "99999999999999999999"))),
    Attack("length that is no number", POST, 400, "POST", (*OURS, ("Content-Length", "-5"))),
    Attack(
        "huge body in chunks",
        "/api/review/edit?run=run",
        413,
        "POST",
        (*OURS, ("Transfer-Encoding", "chunked")),
        b"%x\r\n" % (MOST_BODY_BYTES + 2) + b" " * (MOST_BODY_BYTES + 2) + b"\r\n0\r\n\r\n",
        own_length=True,
    ),
    Attack(
        "both lengths",
        POST,
        400,
        "POST",
        (*OURS, ("Content-Length", "3"), ("Content-Length", "4")),
        b"abcd",
        own_length=True,
    ),
    post("time that is no number", "/media/proxy?run=run&side=ref&at=nan", 400, *OURS),
    post("write by a link of GET only", "/media/ladder?run=run&side=ref", 405, *OURS),
    get("read of what is a write", "/media/proxy?run=run&side=ref", 405),
    Attack("delete", "/media/file?run=run&side=ref", 405, "DELETE", OURS),
    Attack("put", "/static/js/api.js", 405, "PUT", OURS, b"evil"),
    Attack("trace", "/", 405, "TRACE", OURS),
    Attack("method of our own making", "/", (400, 405), "GET<script>", OURS),
    Attack("address of a proxy", "http://evil.example/media/pts", (400, 404), headers=OURS),
    Attack("not an address", "*", (400, 404), headers=OURS),
    get("markup in the address", "/frame/%3Cscript%3Ealert(1)%3C%2Fscript%3E/0.webp?run=run"),
    get("lines in the address", "/static/%0d%0aSet-Cookie:%20a=b"),
    get("run with markup", f"/media/ladder?run={quote(MARKUP)}&side=ref", 200),
    get("page of a run with markup", f"/review?run={quote(MARKUP)}", 200),
    get("page to send of a run with markup", f"/api/review/page?run={quote(MARKUP)}", 200),
    get("page with markup for a text", "/pick?text=%3Cimg%20src=x%20onerror=alert(1)%3E", 200),
]


def test_there_are_fifty() -> None:
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS) >= 50


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_attack(target: Target, attack: Attack) -> None:
    raw = attack.raw(target).replace(b"ROOT", quote(str(target.root)).encode())
    answer = target.send(raw)
    expected = attack.status if isinstance(attack.status, tuple) else (attack.status,)
    assert answer.status in expected, answer
    assert SECRET not in answer.body and b"root:" not in answer.body
    assert str(target.root.parent).encode() not in answer.body
    assert "set-cookie" not in answer.headers and "access-control-allow-origin" not in answer.headers
    if "html" in answer.headers.get("content-type", ""):
        assert b"<img src=x" not in answer.body and b"onclick" not in answer.body
    if answer.headers.get("content-type", "").startswith("application/json"):
        assert answer.headers["x-content-type-options"] == "nosniff"
        policy = answer.headers["content-security-policy"]
        assert "script-src 'self'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
        if answer.status >= 400:
            assert set(json.loads(answer.body)["error"]) == {"code", "message", "hint"}


BODIES = {
    "not JSON": b"{",
    "no object": b"[1]",
    "nothing": b"",
    "NaN": b'{"op": "pair", "ref_s": NaN, "new_s": 1}',
    "infinity": b'{"op": "pair", "ref_s": 1e999, "new_s": 1}',
    "nested": b'{"a":' * 100_000,
    "not UTF-8": b'{"op": "\xff"}',
    "no such op": b'{"op": "rm -rf"}',
    "numbers for texts": b'{"op": "marker", "id": 7}',
    "text for numbers": b'{"op": "pair", "ref_s": "1", "new_s": []}',
}
WRITES = {"/api/review/edit?run=run": {400}, "/api/export?run=run": {400, 409}, "/api/export-json": {403}}
"""With what they answer: a server that only shows writes nothing, whatever it is told."""


def test_still_answers_after_them(target: Target) -> None:
    assert target.send(get("after", "/media/ladder?run=run&side=ref").raw(target)).status == 200


@pytest.mark.parametrize("path", WRITES)
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_bad_json(target: Target, path: str, body: bytes) -> None:
    answer = target.send(post("bad", path, 400, *OURS, body=body).raw(target))
    assert answer.status in WRITES[path], answer
    assert set(json.loads(answer.body)["error"]) == {"code", "message", "hint"}


@pytest.mark.parametrize(
    "name", ["../a", "a/../b", "/a", "a\0", "..", "a\\b", "C:a", "a:stream", "con", "x/NUL.txt", "a./b", "a /b", "com1"]
)
def test_names_that_lead_elsewhere_on_windows(name: str) -> None:
    assert not is_below(name, windows=True)


@pytest.mark.parametrize("name", [".", "a", "a/b c/d.e", "Läufe & Spuren (2026)", "console", "...a"])
def test_names_of_folders(name: str) -> None:
    assert is_below(name, windows=True) and is_below(name, windows=False)


@pytest.mark.slow
def test_other_machines_are_not_asked_by_windows(tmp_path: Path) -> None:
    class Asked(PureWindowsPath):
        def resolve(self) -> Path:
            raise AssertionError("asked")

    assert not Site((tmp_path,)).shows(cast(Path, Asked(r"\\evil.example\share\a.mp4")))
