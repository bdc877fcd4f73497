"""The proxy: the very frames and times of the original, made around the cursor first, seen while it grows."""

from __future__ import annotations

import io
import json
import threading
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from mtbsync_core.media.probe import probe
from mtbsync_core.media.recording import Recording
from mtbsync_core.web.media import proxy as proxy_module
from mtbsync_core.web.media.proxy import Proxy
from tests.media.conftest import read_number
from tests.web.media.made import Asker, asking, film, hevc, write_run

Floats = NDArray[np.float64]


@pytest.fixture(autouse=True)
def short_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proxy_module, "PIECE_S", 0.4)


def frames_of(video: Path | bytes) -> tuple[Floats, list[int], list[float]]:
    """When frames are shown, what they show, and when key frames are."""
    with av.open(io.BytesIO(video) if isinstance(video, bytes) else str(video), "r") as file:
        frames: list[Any] = list(file.decode(video=0))
        assert file.streams.video[0].codec_context.pix_fmt == "yuv420p"
    times = np.array([float(frame.pts * frame.time_base) for frame in frames])
    numbers = [read_number(frame.to_ndarray(format="gray")) for frame in frames]
    return times, numbers, [t for t, frame in zip(times, frames, strict=True) if frame.key_frame]


def made_whole(recording: Path, folder: Path, at_s: float = 0.0) -> Proxy:
    proxy = Proxy(Recording.of(probe(recording)), folder)
    with proxy.watching():
        proxy.make(at_s)
        thread = proxy._thread
        assert thread is not None
        thread.join()
    assert proxy.complete and proxy.progress()["error"] is None
    return proxy


def test_times_of_a_variable_rate_are_kept_to_the_tick(tmp_path: Path) -> None:
    stamps = sorted({0, 1, *range(3, 60, 3), 61, 80, 81, 95})
    path = film(tmp_path / "a.mp4", len(stamps), stamps=stamps, rate=Fraction(60000, 1001))
    proxy = made_whole(path, tmp_path / "cache")
    times, numbers, keys = frames_of(proxy.whole_path(0))
    assert times.tolist() == [float(Fraction(1001 * s, 60000)) for s in stamps]
    assert numbers == list(range(len(stamps)))
    # A key frame where a piece begins, and whenever a quarter of a second has passed since the last one.
    starts = [float(piece.stretch.start * piece.stretch.table.time_base) for piece in proxy.pieces]
    expected: list[float] = []
    for t in times.tolist():
        if t in starts or t - expected[-1] >= 0.25:
            expected.append(t)
    assert keys == expected and len(starts) > 2


@pytest.mark.slow
def test_ten_bits_and_chapters(tmp_path: Path) -> None:
    first = hevc(tmp_path / "GX010001.MP4", 20)
    hevc(tmp_path / "GX020001.MP4", 15, numbers=range(20, 35))
    proxy = made_whole(first, tmp_path / "cache")
    found = [frames_of(proxy.whole_path(file)) for file in (0, 1)]
    assert [numbers for _, numbers, _ in found] == [list(range(20)), list(range(20, 35))]
    assert all(times == pytest.approx(np.arange(len(times)) / 30) for times, _, _ in found)


def test_damaged_frames_repeat_the_one_before(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", 30, options={"preset": "ultrafast", "g": "6", "bf": "0"})
    recording = Recording.of(probe(path))
    table = recording.tables[0]
    with path.open("r+b") as file:
        data = file.read()
        place = data.index(b"mdat") + 4 + int(table.size[:9].sum())
        file.seek(place + 6)
        file.write(bytes(int(table.size[9]) - 6))
    proxy = made_whole(path, tmp_path / "cache")
    times, numbers, _ = frames_of(proxy.whole_path(0))
    assert times == pytest.approx(np.arange(30) / 30)
    assert numbers[:9] == list(range(9)) and numbers[12:] == list(range(12, 30))


@pytest.mark.slow
def test_sound_goes_along(tmp_path: Path) -> None:
    path = with_sound(film(tmp_path / "plain.mp4", 40), tmp_path / "a.mp4")
    proxy = made_whole(path, tmp_path / "cache")
    with av.open(str(proxy.whole_path(0))) as file:
        sound: Any = file.streams.audio[0]
        assert sound.codec_context.name == "aac"
        assert float(sound.duration * sound.time_base) == pytest.approx(40 / 30, abs=0.05)
    assert frames_of(proxy.whole_path(0))[0] == pytest.approx(np.arange(40) / 30)


def with_sound(plain: Path, path: Path) -> Path:
    with av.open(str(plain)) as source, av.open(str(path), "w") as target:
        video: Any = target.add_stream_from_template(source.streams.video[0])
        sound: Any = target.add_stream("aac", rate=48000)
        for packet in source.demux(video=0):
            if packet.pts is not None:
                packet.stream = video
                target.mux(packet)
        for n in range(80):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = 48000, 1024 * n, Fraction(1, 48000)
            target.mux(sound.encode(frame))
        target.mux(sound.encode(None))
    return path


def test_pieces_around_the_cursor_come_first(tmp_path: Path) -> None:
    order: list[int] = []
    proxy = Proxy(Recording.of(probe(film(tmp_path / "a.mp4", 90))), tmp_path / "cache")
    proxy._at_s = 1.5
    for _ in range(len(proxy.pieces)):
        k = proxy._next()
        assert k is not None
        order.append(k)
        proxy._made.add(k)
    assert order == [3, 4, 2, 5, 1, 6, 0, 7] and proxy._next() is None


def test_nobody_looks_any_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proxy_module, "_UNWATCHED_S", -1.0)
    proxy = Proxy(Recording.of(probe(film(tmp_path / "a.mp4", 30))), tmp_path / "cache")
    proxy.make(0.0)
    while proxy.progress()["running"]:
        threading.Event().wait(0.01)
    assert not proxy.complete and proxy.progress()["ranges"] == []
    assert not list((tmp_path / "cache").glob("*.mp4"))


def events(asker: Asker, side: str) -> list[dict[str, Any]]:
    with asker.client.stream("GET", "/media/proxy/progress", params={"run": asker.run, "side": side}) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = [line.removeprefix("data: ") for line in answer.iter_lines() if line.startswith("data: ")]
    return [json.loads(line) for line in lines]


@pytest.mark.slow
def test_made_for_the_page_while_it_looks(tmp_path: Path) -> None:
    path = hevc(tmp_path / "a.mp4", 30)
    write_run(tmp_path / "run", path, path)
    with asking(tmp_path) as asker:
        (rung,) = asker.ladder()
        assert rung["kind"] == "proxy" and not rung["ready"] and rung["files"] == []
        assert asker.post("/media/proxy", side="ref", at=0.5).json()["running"]
        told = events(asker, "ref")
        assert told[-1]["ready"] and told[-1]["ranges"] == [[0.0, 1.0]] and told[-1]["done_s"] == 1.0
        (rung,) = asker.ladder()
        assert rung["ready"] and len(rung["files"]) == 1
        video = asker.client.get(rung["files"][0]["url"]).content
        times, numbers, _ = frames_of(video)
        assert numbers == list(range(30)) and times == pytest.approx(asker.times_s(), abs=1e-4)
        assert asker.get("/media/file", side="ref", rung="proxy", n=1).status_code == 404
        # A page that plays pieces goes on with them.
        piece = asker.get("/media/file", side="ref", rung="pieces", n=1)
        assert frames_of(piece.content)[1] == list(range(12, 24))
    with asking(tmp_path) as asker:
        assert asker.ladder("new")[0]["ready"]
        assert not list((tmp_path / "cache").rglob("piece-*"))


def test_disk_or_original_that_fails_is_told(tmp_path: Path) -> None:
    path = hevc(tmp_path / "a.mp4", 8)
    proxy = Proxy(Recording.of(probe(path)), tmp_path / "cache")
    (tmp_path / "cache").write_text("a file where the folder should be", encoding="utf-8")
    with proxy.watching():
        proxy.make(0.0)
        while proxy.progress()["running"]:
            threading.Event().wait(0.01)
    assert "cannot write" in proxy.progress()["error"]["message"]
