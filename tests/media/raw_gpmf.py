"""Sensors of a file that holds GPMF payloads back to back, without a film, as GoPro's own samples are."""

from __future__ import annotations

import logging
from pathlib import Path

from mtbsync_core.media.gpmf import Device, Problems, read_devices
from mtbsync_core.media.gpmf_payloads import PER_FRAME, Payload
from mtbsync_core.media.sensors import Sensors, sensors_of

PAYLOAD_S = 1.001
"""About what a payload lasts, where no stamps tell."""


def read_raw(path: Path) -> Sensors:
    """The sensors; where no stamps tell their times, payloads are taken to last 1.001 s each."""
    problems: Problems = []
    payloads: list[list[Device]] = []
    for device in read_devices(path.read_bytes(), problems):
        if not payloads or any(device.id == other.id for other in payloads[-1]):
            payloads.append([])
        payloads[-1].append(device)
    times_s = _times(payloads)
    sensors = sensors_of(
        [Payload(0, t_s, PAYLOAD_S, devices) for t_s, devices in zip(times_s, payloads, strict=True)], problems
    )
    for problem in problems:
        logging.getLogger(__name__).warning("%s: %s", path.name, problem)
    return sensors


def _times(payloads: list[list[Device]]) -> list[float]:
    """When each payload begins: by the stamps of frames, else one after the other."""
    stamps = [
        next((s.number("STMP") for device in devices for s in device.streams if s.data.key in PER_FRAME), None)
        for devices in payloads
    ]
    known = [stamp for stamp in stamps if stamp is not None]
    if len(known) < len(payloads):
        return [k * PAYLOAD_S for k in range(len(payloads))]
    return [(stamp - known[0]) / 1e6 for stamp in known]
