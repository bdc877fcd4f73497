"""Exact stills, and the table of times that their numbers are of."""

from __future__ import annotations

import socket
import threading
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from mtbsync_core.media.probe import probe
from mtbsync_core.media.recording import Recording
from mtbsync_core.web.media.stills import Picture, Stills
from mtbsync_core.web.media.waiting import GoneError
from tests.media.conftest import patch_box, read_number
from tests.web.media.made import X264, asking, film, hevc, write_run


def numbers(path: Path, order: list[int], width: int = 96) -> list[int]:
    stills = Stills(Recording.of(probe(path)))
    try:
        pictures = [stills.picture(n, width, threading.Event()) for n in order]
    finally:
        stills.close()
    return [read_number(np.asarray(cv2.cvtColor(p, cv2.COLOR_RGB2GRAY), np.uint8)) for p in pictures]


@pytest.mark.parametrize("width", [96, 2000])  # from those that are kept, and each for itself
def test_every_frame_in_any_order(tmp_path: Path, width: int) -> None:
    path = film(tmp_path / "a.mp4", 40)
    order = [20, 21, 19, 22, 18, 39, 0, 1, 38, 7, 8, 9, 15, 16, 5, *range(40), *range(39, -1, -1)]
    assert numbers(path, order, width) == order


@pytest.mark.slow
def test_variable_rate_and_open_groups(tmp_path: Path) -> None:
    stamps = [0, 1, 3, 4, 9, 10, 11, 30, 31, 35]
    path = film(tmp_path / "a.mp4", 10, stamps=stamps, rate=Fraction(60000, 1001), options={**X264, "g": "4"})
    write_run(tmp_path / "run", path, path)
    with asking(tmp_path) as asker:
        assert asker.times_s() == pytest.approx(np.array(stamps) * 1001 / 60000, abs=1 / 90_000)
        assert [asker.number(n) for n in (9, 3, 4, 0)] == [9, 3, 4, 0]


@pytest.mark.slow
def test_hevc_of_ten_bits_turned_and_reduced(tmp_path: Path) -> None:
    path = hevc(tmp_path / "a.mp4", 10, size=(128, 96))
    patch_box(path, (b"moov", b"trak", b"tkhd"), 40, _QUARTER_TURN)
    write_run(tmp_path / "run", path, path)
    with asking(tmp_path) as asker:
        whole, small = asker.still(5), asker.still(5, width=48)
        assert whole.shape == (128, 96, 3) and small.shape == (64, 48, 3)
        upright = np.asarray(cv2.cvtColor(cv2.rotate(whole, cv2.ROTATE_90_COUNTERCLOCKWISE), cv2.COLOR_BGR2GRAY))
        assert read_number(upright.astype(np.uint8)) == 5


@pytest.mark.slow
def test_chapters_are_counted_through(tmp_path: Path) -> None:
    first = film(tmp_path / "GX010001.MP4", 10)
    film(tmp_path / "GX020001.MP4", 12, numbers=range(10, 22))
    write_run(tmp_path / "run", first, first)
    with asking(tmp_path) as asker:
        assert asker.times_s() == pytest.approx(np.arange(22) / 30, abs=1 / 90_000)
        assert [asker.number(n) for n in (9, 10, 21, 0)] == [9, 10, 21, 0]
        files = asker.ladder()[0]["files"]
        assert [file["start_s"] for file in files] == pytest.approx([0, 1 / 3])
        assert asker.get("/frame/ref/22.webp").status_code == 404


def test_nobody_waits_any_more(tmp_path: Path) -> None:
    stills = Stills(Recording.of(probe(film(tmp_path / "a.mp4", 20))))
    gone = threading.Event()
    gone.set()
    with pytest.raises(GoneError):
        stills.picture(15, 96, gone)
    assert stills.picture(15, 96, threading.Event()).shape == (72, 96, 3)
    stills.close()


@pytest.mark.slow
def test_client_that_leaves_ends_the_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, ended = threading.Event(), threading.Event()

    def picture(self: Stills, n: int, width: int, gone: threading.Event) -> Picture:
        begun.set()
        if gone.wait(20):
            ended.set()
        raise GoneError

    path = film(tmp_path / "a.mp4", 4)
    write_run(tmp_path / "run", path, path)
    with asking(tmp_path) as asker:
        with monkeypatch.context() as patched:
            patched.setattr(Stills, "picture", picture)
            with socket.create_connection((asker.client.base_url.host, asker.client.base_url.port or 80)) as client:
                host = f"{asker.client.base_url.host}:{asker.client.base_url.port}"
                client.sendall(f"GET /frame/ref/1.webp?run=run HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
                assert begun.wait(20)
            assert ended.wait(20)
        assert asker.number(2) == 2


def test_what_is_kept_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mtbsync_core.web.media.stills._MOST_BYTES", 5 * 96 * 72 * 3)
    stills = Stills(Recording.of(probe(film(tmp_path / "a.mp4", 30))))
    for n in range(30):
        stills.picture(n, 96, threading.Event())
    assert len(stills._kept) == 5 and stills._bytes == 5 * 96 * 72 * 3
    stills.close()


@pytest.mark.slow
def test_recording_that_is_not_below_a_root(tmp_path: Path) -> None:
    path = film(tmp_path / "elsewhere.mp4", 4)
    write_run(tmp_path / "root" / "run", path, path)
    with asking(tmp_path / "root") as asker:
        answer = asker.get("/frame/ref/0.webp")
        assert answer.status_code == 404 and "outside" in answer.json()["error"]["message"]
        assert str(tmp_path) not in answer.text


@pytest.mark.slow
def test_moved_folder_with_its_recordings(tmp_path: Path) -> None:
    run = tmp_path / "before"
    run.mkdir()
    path = film(run / "a.mp4", 4)
    write_run(run, path, path)
    run.rename(tmp_path / "run")
    with asking(tmp_path) as asker:
        assert asker.number(3) == 3


_QUARTER_TURN = b"".join(
    n.to_bytes(4, "big", signed=True) for n in (0, 1 << 16, 0, -(1 << 16), 0, 0, 96 << 16, 0, 1 << 30)
)
