"""The payloads of GoPro's telemetry track: read from files, timed by the film, and sorted by sensor."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.errors import MediaError
from mtbsync_core.media.gpmf import Device, Problems, Stream, read_devices, scaled
from mtbsync_core.media.gpmf_times import Block
from mtbsync_core.media.metadata_track import track_samples
from mtbsync_core.media.packets import scan
from mtbsync_core.mediainfo import MediaFile, MediaInfo

Floats = NDArray[np.float64]

PER_FRAME = ("CORI", "IORI", "GRAV", "MSKP", "LSKP", "SHUT", "ISOE")
"""Streams whose stamps are those of frames, the best first."""


@dataclass(frozen=True, slots=True, eq=False)
class Payload:
    """All devices' samples of about a second; times on the recording's clock."""

    file: int
    t_s: float
    duration_s: float
    devices: list[Device]


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """One stream in one payload."""

    block: Block
    stream: Stream
    device: Device


def film_payloads(media: MediaInfo, problems: Problems) -> list[Payload]:
    """The payloads of all chapters.

    Raises:
        MediaError: a file cannot be read.
    """
    return [payload for number, file in enumerate(media.files) for payload in _of_file(file, number, problems)]


def by_key(payloads: list[Payload], wanted: Collection[str]) -> dict[str, list[Found]]:
    """The payloads of each wanted stream; where several devices have a sensor of one kind, those of the first."""
    found: dict[str, list[Found]] = defaultdict(list)
    owner: dict[str, str] = {}
    for number, payload in enumerate(payloads):
        seen = set()
        for device in payload.devices:
            for stream in device.streams:
                key = stream.data.key
                if key not in wanted or key in seen or owner.setdefault(key, device.id) != device.id:
                    continue
                seen.add(key)
                stamp = stream.number("STMP")
                stamp_s = stamp / 1e6 if stamp is not None else None
                where = number, payload.file, payload.t_s, payload.duration_s
                block = Block(*where, stream.data.complete, stamp_s, stream.number("TSMP"))
                found[key].append(Found(block, stream, device))
    return found


def tables_of(found: list[Found], problems: Problems) -> tuple[list[Found], list[Floats]]:
    """The readable payloads of a stream, and their values, as many rows as the block has samples."""
    kept: list[Found] = []
    tables: list[Floats] = []
    for part in found:
        values = scaled(part.stream, problems)
        if not values.size:
            continue
        if tables and values.shape[1] != tables[0].shape[1]:
            problems.append(f"{part.stream.data.key} has {values.shape[1]} columns, before {tables[0].shape[1]}")
            continue
        kept.append(part)
        tables.append(values)
    return kept, tables


def _of_file(file: MediaFile, number: int, problems: Problems) -> Iterator[Payload]:
    """The payloads of one chapter; from its small copy, where the recording itself was stripped of them."""
    for path in filter(None, (file.path, file.proxy)):
        try:
            samples = list(track_samples(path, b"gpmd"))
        except OSError as error:
            hint = "Check that you may read this file; is the memory card still in?"
            raise MediaError(f"{path} cannot be read: {error.strerror or error}", hint) from error
        if not samples:
            continue
        table = scan(path)
        first_s = float(int(table.shown_stamps[0]) * table.time_base)
        for sample in samples:
            t_s = file.start_s + sample.t_s - first_s
            yield Payload(number, t_s, sample.duration_s, read_devices(sample.payload, problems))
        return
