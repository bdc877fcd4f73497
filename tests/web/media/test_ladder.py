"""Which files are offered to play, and their bytes."""

from __future__ import annotations

import shutil
from pathlib import Path

import av
import numpy as np
import pytest

from mtbsync_core.web.media import ladder
from tests.web.media.made import asking, film, hevc, write_run

BIG = {"size": (768, 576)}
SMALL = {"size": (384, 288)}


def kinds(root: Path) -> list[str]:
    with asking(root) as asker:
        return [rung["kind"] for rung in asker.ladder()]


@pytest.mark.slow
def test_h264_of_eight_bits_is_played_itself(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", 20)
    write_run(tmp_path / "run", path, path)
    with asking(tmp_path) as asker:
        first, last = asker.ladder()
        assert (first["kind"], first["ready"], first["width"], first["height"]) == ("original", True, 96, 72)
        assert last["kind"] == "proxy" and not last["ready"] and last["files"] == []
        answer = asker.client.get(first["files"][0]["url"])
        assert answer.content == path.read_bytes() and answer.headers["content-type"] == "video/mp4"


@pytest.mark.slow
@pytest.mark.parametrize("pix_fmt", ["yuv420p10le", "yuv422p"])
def test_other_h264_is_not(tmp_path: Path, pix_fmt: str) -> None:
    path = film(tmp_path / "a.mp4", 5, pix_fmt=pix_fmt)
    write_run(tmp_path / "run", path, path)
    assert kinds(tmp_path) == ["proxy"]


@pytest.mark.slow
def test_small_copies_of_camera_and_of_resolve(tmp_path: Path) -> None:
    path = hevc(tmp_path / "GX010001.MP4", 60, **BIG)
    write_run(tmp_path / "run", path, path)
    small = film(tmp_path / "small.mp4", 60, **SMALL)
    shutil.copy(small, tmp_path / "GL010001.LRV")
    with asking(tmp_path) as asker:
        copy, proxy = asker.ladder()
        assert (copy["kind"], copy["ready"], copy["width"]) == ("copy", True, 384) and "GL010001.LRV" in copy["label"]
        assert proxy["kind"] == "proxy"
        answer = asker.client.get(copy["files"][0]["url"])
        assert answer.content == small.read_bytes() and answer.headers["content-type"] == "video/mp4"
    (tmp_path / "GL010001.LRV").unlink()
    (tmp_path / "Proxy").mkdir()
    shutil.copy(small, tmp_path / "Proxy" / "GX010001.MP4")
    assert kinds(tmp_path) == ["copy", "proxy"]


@pytest.mark.slow
def test_small_copy_that_lies_elsewhere_is_not_shown(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    path = hevc(root / "GX010001.MP4", 60, **BIG)
    write_run(root / "run", path, path)
    film(tmp_path / "secret.mp4", 60, **SMALL)
    try:
        (root / "GL010001.LRV").symlink_to(tmp_path / "secret.mp4")
    except OSError:
        pytest.skip("this user may not make symbolic links here")
    assert kinds(root) == ["proxy"]


@pytest.mark.slow
def test_clock_of_a_copy(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", 30)
    assert ladder.clocks_agree(path, film(tmp_path / "same.mp4", 30))
    assert ladder.clocks_agree(path, film(tmp_path / "one-fewer.mp4", 29))
    assert not ladder.clocks_agree(path, film(tmp_path / "shorter.mp4", 27))
    assert not ladder.clocks_agree(path, film(tmp_path / "late.mp4", 29, stamps=[0, *range(2, 30)][:29], rate=28))


def test_half_the_frames_keep_the_clock(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", 40, rate=60)
    assert ladder.clocks_agree(path, film(tmp_path / "half.mp4", 20, rate=30, numbers=range(0, 40, 2)))


@pytest.mark.slow
def test_parts_of_a_file(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", 20)
    data = path.read_bytes()
    size = len(data)
    write_run(tmp_path / "run", path, path)
    with asking(tmp_path) as asker:
        url = asker.ladder()[0]["files"][0]["url"]
        for asked, status, start, stop in (
            ("bytes=0-", 206, 0, size),
            ("bytes=10-19", 206, 10, 20),
            ("bytes=-7", 206, size - 7, size),
            (f"bytes={size - 1}-", 206, size - 1, size),
            (f"bytes=5-{10 * size}", 206, 5, size),
        ):
            answer = asker.client.get(url, headers={"Range": asked})
            assert (answer.status_code, answer.content) == (status, data[start:stop]), asked
            assert answer.headers["content-range"] == f"bytes {start}-{stop - 1}/{size}"
        answer = asker.client.get(url, headers={"Range": f"bytes={size}-"})
        assert answer.status_code == 416 and answer.headers["content-range"] == f"bytes */{size}"
        etag = asker.client.get(url).headers["etag"]
        assert asker.client.get(url, headers={"Range": "bytes=1-2", "If-Range": etag}).status_code == 206
        assert asker.client.get(url, headers={"Range": "bytes=1-2", "If-Range": '"other"'}).status_code == 200
        head = asker.client.head(url)
        assert head.status_code == 200 and int(head.headers["content-length"]) == size and head.content == b""


@pytest.mark.slow
def test_recording_that_was_written_again(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", 20)
    write_run(tmp_path / "run", path, path)
    with asking(tmp_path) as asker:
        assert len(asker.times_s()) == 20
        film(path, 24)
        assert len(asker.times_s()) == 24
        path.unlink()
        assert asker.get("/media/pts", side="ref").status_code == 404


@pytest.mark.slow
def test_homography_of_shifted_pictures(tmp_path: Path) -> None:
    ref, new = (textured(tmp_path / name, shift) for name, shift in (("a.mp4", 0), ("b.mp4", 32)))
    write_run(tmp_path / "run", ref, new)
    plain = film(tmp_path / "plain.mp4", 4)
    write_run(tmp_path / "other", ref, plain)
    with asking(tmp_path) as asker:
        matrix = np.reshape(asker.get("/media/homography", ref_s=0.05).json()["matrix"], (3, 3))
        # What the new run shows at 0.5 stood 32 of 640 pixels further right in the reference.
        moved = matrix @ [0.5, 0.5, 1.0]
        assert moved[:2] / moved[2] == pytest.approx([0.55, 0.5], abs=0.004)
        assert asker.client.get("/media/homography", params={"run": "other", "ref_s": 0.0}).json() == {"matrix": None}
        assert asker.get("/media/homography", ref_s=60).json() == {"matrix": None}
        assert asker.get("/media/homography", ref_s="nan").status_code == 400


def textured(path: Path, shift: int) -> Path:
    rng = np.random.default_rng(4)
    coarse = np.kron(rng.integers(0, 256, (45, 90)), np.ones((8, 8))).astype(np.uint8)
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264", rate=30, options={"preset": "ultrafast", "crf": "12"})
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        for _ in range(4):
            picture = np.repeat(coarse[:, shift : shift + 640, None], 3, axis=2)
            file.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")))
        file.mux(stream.encode(None))
    return path
