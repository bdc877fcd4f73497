"""A small writer of GPMF, and of MP4 files that hold it, for the tests of the readers."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from mtbsync_core.media.boxes import boxes


def item(key: str, kind: str, size: int, data: bytes, *, count: int | None = None) -> bytes:
    """One item; `count` other than what the data hold makes it lie."""
    count = len(data) // size if count is None and size else count or 0
    return (
        key.encode() + kind.encode("latin-1") + bytes([size]) + count.to_bytes(2, "big") + data + bytes(-len(data) % 4)
    )


def nest(key: str, *inside: bytes) -> bytes:
    """An item that holds items."""
    data = b"".join(inside)
    return item(key, "\0", 1, data)


def text(key: str, value: str) -> bytes:
    return item(key, "c", 1, value.encode("latin-1"))


def integer(key: str, kind: str, *values: int) -> bytes:
    """Whole numbers, each a sample."""
    size = {"b": 1, "B": 1, "s": 2, "S": 2, "l": 4, "L": 4, "j": 8, "J": 8}[kind]
    return item(key, kind, size, b"".join(v.to_bytes(size, "big", signed=kind.islower()) for v in values))


def device(*streams: bytes, id: int = 1, name: str = "HERO11 Black") -> bytes:
    """A payload of one device."""
    return nest("DEVC", integer("DVID", "L", id), text("DVNM", name), *streams)


def with_payloads(path: Path, payloads: Sequence[tuple[int, bytes]], *, name: str | None = None) -> Path:
    """The video at `path` again, as `name`, with a `gpmd` track of payloads that begin at these milliseconds."""
    target_path = path.with_name(name or path.name)
    plain = path.rename(path.with_name(f"plain-{path.name}"))
    ends = [start for start, _ in payloads[1:]] + [payloads[-1][0] + 1001]
    with av.open(str(plain)) as source, av.open(str(target_path), "w", format="mp4") as target:
        video = source.streams.video[0]
        stream = target.add_stream_from_template(video)
        track = target.add_data_stream("bin_data")
        track.time_base = Fraction(1, 1000)
        for (start, payload), end in zip(payloads, ends, strict=True):
            packet: Any = av.Packet(payload)
            packet.stream, packet.time_base = track, track.time_base
            packet.pts = packet.dts = start
            packet.duration, packet.is_keyframe = end - start, True
            target.mux(packet)
        for packet in source.demux(video):
            if packet.size:
                packet.stream = stream
                target.mux(packet)
    plain.unlink()
    return target_path


def with_user_data(path: Path, *inside: tuple[bytes, bytes]) -> Path:
    """Put boxes (kind, payload) into `moov/udta`; the index must be at the end of the file, where PyAV writes it."""
    data = path.read_bytes()
    with path.open("rb") as file:
        *_, (kind, start, end) = boxes(file, 0, len(data))
    assert kind == b"moov" and end == len(data)
    user = b"".join((8 + len(payload)).to_bytes(4, "big") + kind + payload for kind, payload in inside)
    moov = data[start:] + (8 + len(user)).to_bytes(4, "big") + b"udta" + user
    path.write_bytes(data[: start - 8] + (8 + len(moov)).to_bytes(4, "big") + b"moov" + moov)
    return path
