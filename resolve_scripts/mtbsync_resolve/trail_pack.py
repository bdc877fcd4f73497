"""A trail pack in place of the reference: it lies on no timeline, and brings its own markers. The engine reads it."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path
from typing import Any

from .context import Context
from .engine import Event, ask_engine
from .errors import ScriptError
from .recordings import Part, Recording
from .reference import MarkedRecording, ReferenceMarker
from .settings import Settings
from .texts import text

SUFFIX = ".mtbtrail"


def names_trail_pack(settings: Settings) -> bool:
    """Whether the settings name a trail pack as the reference."""
    return settings.reference.casefold().endswith(SUFFIX)


def read_trail_pack(command: list[str], context: Context) -> MarkedRecording:
    """The trail pack that the settings name, with its markers; raises ScriptError where it cannot be used."""
    path = str(Path(context.settings.reference).expanduser())
    markers: list[ReferenceMarker] = []

    def take(event: Event) -> None:
        if event["event"] == "marker":
            markers.append(_marker(path, event))

    ask_engine(
        command,
        {"do": "trail", "path": path},
        on_event=take,
        on_stderr=context.note_engine,
        is_cancelled=context.is_cancelled,
        time_limit_s=60 * context.settings.time_limit_min,
    )
    if not markers:
        raise ScriptError(text("pack_empty", path=path), text("pack_empty_hint"))
    recording = Recording(os.path.normcase(path), (Part(path, ()),))
    return MarkedRecording(recording, "trail pack", markers, [], [], False, 0, [], "")


def _marker(path: str, event: dict[str, Any]) -> ReferenceMarker:
    t_s, duration_s = (Fraction(str(event.get(name) or 0)) for name in ("t_s", "duration_s"))
    colour, name, note = (str(event.get(key) or "") for key in ("colour", "name", "note"))
    return ReferenceMarker(str(event.get("id")), path, t_s, duration_s, colour, name, note)
