"""Guides and markers of Kdenlive as its panels export them, in: a list of `{"comment", "pos", "type", "duration"}`.

`pos` and `duration` are frames of the project, from the start of its timeline (of a clip's markers: of its file).
"""

from __future__ import annotations

import json
import re
from typing import Any

import opentimelineio as otio

from mtbsync_core.errors import FormatError
from mtbsync_core.markers import Marker
from mtbsync_core.timecode import Rate
from otio_adapters.by_seconds import timeline_of_seconds
from otio_adapters.colours import RESOLVE_OF_KDENLIVE
from otio_adapters.format import Format
from otio_adapters.reading import PLAIN_READ, ReadOptions, known_rate


def read(text: str, how: ReadOptions = PLAIN_READ) -> otio.schema.Timeline:
    """A timeline with the guides of a list."""
    rate = known_rate(how.rate, "a list of guides")
    try:
        markers = [_marker(entry, rate) for entry in json.loads(text)]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise FormatError("the file is no list of guides, or damaged", "Export the guides again.") from error
    return timeline_of_seconds(markers, how, counts_from="timeline")


def _marker(entry: dict[str, Any], rate: Rate) -> Marker:
    name, _, note = str(entry.get("comment") or "").partition("\n")
    length_s = rate.to_seconds(int(entry.get("duration") or 0))
    colour = RESOLVE_OF_KDENLIVE.get(int(entry.get("type") or 0), "")
    return Marker(name, float(rate.to_seconds(int(entry["pos"]))), float(length_s), colour, note)


FORMAT = Format(
    name="kdenlive-guides",
    suffix=".json",
    adapter="mtbsync_kdenlive_guides",
    read=read,
    signature=re.compile(r'\A\s*\[\s*\{[^{}\[\]]*"pos"\s*:\s*\d'),
    by_timecode=True,
)
