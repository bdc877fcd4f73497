"""`.otio` as DaVinci Resolve writes it (read in exports of 21.0.2).

Plain paths; times of clips on the frame grid of the timeline; markers of the timeline on the stack, counted from its
start; notes in `metadata.Resolve_OTIO.Note` only; a retimed clip is as long as its `source_range`. Pictures get to
their half of the screen by its own Transform effect.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import opentimelineio as otio

from otio_adapters import colours
from otio_adapters.build import KEY, comment_of
from otio_adapters.content import content_of
from otio_adapters.file_urls import path_of
from otio_adapters.format import Format
from otio_adapters.formats.otio.grid import (
    RESOLVE,
    add_sound,
    all_markers,
    markers_one_per_frame,
    markers_to_stack,
    on_grid,
    own,
    place_of,
    set_note,
    times_at_rate,
)
from otio_adapters.formats.otio.reader import read
from otio_adapters.formats.otio.resolve_ramp import add_key_frames
from otio_adapters.formats.otio.writer import count_unseen, setting, sound_of, written
from otio_adapters.writing import PLAIN, WriteOptions, Written

PAN = 0.25
"""From the middle of the screen to that of a half, in widths of the screen."""


def write(timeline: otio.schema.Timeline, how: WriteOptions = PLAIN) -> Written:
    """The timeline as DaVinci Resolve writes it."""
    copy, grid, counts = on_grid(timeline, how)
    rate = grid.rate
    own(copy, RESOLVE).setdefault("Resolve OTIO Meta Version", "1.0")
    markers_to_stack(copy, rate, counts)
    for track in copy.tracks:
        own(track, RESOLVE).setdefault("Locked", False)
    size = content_of(copy).size
    for clip in copy.find_clips():
        reference = clip.media_reference
        if isinstance(reference, otio.schema.ExternalReference):
            reference.target_url = _plain_path(reference.target_url)
            reference.name = reference.name or path_of(reference.target_url).name
        times_at_rate(clip, rate, Fraction(1))
        clip.markers[:] = markers_one_per_frame(clip.markers, rate, counts)
        counts["key_frames"] += add_key_frames(clip)
        for warp in clip.effects:
            if isinstance(warp, otio.schema.LinearTimeWarp):
                warp.name = warp.effect_name = ""
        effect = _placed(clip, size)
        if effect is not None:
            clip.effects.append(effect)
    stack = copy.tracks
    stack.markers[:] = markers_one_per_frame(stack.markers, rate, counts)
    for n, marker in enumerate(all_markers(copy), 1):
        marker.name = marker.name or f"Marker {n}"
        counts["colour_changed"] += marker.color in colours.WITHOUT_TWIN
        own(marker, RESOLVE).setdefault("Keywords", [])
        set_note(marker, comment_of(marker))
    count_unseen(copy, counts)
    add_sound(copy)
    return written(copy, grid, counts)


def recipe(timeline: otio.schema.Timeline, names: Sequence[str], how: WriteOptions = PLAIN) -> str:
    """How to open the file in Resolve, and what to look at."""
    size = how.size or content_of(timeline).size
    placed = any(place_of(clip) for clip in timeline.find_clips())
    text = (
        f"In DaVinci Resolve 18.5 or later: File > Import > Timeline, take {names[0]}, and leave 'Automatically import "
        f"source clips into media pool' on; the recordings must be where they were. {setting(timeline, how)} "
        f"{sound_of(timeline)}"
    )
    if placed and size:
        text += (
            f" They lie side by side in a timeline of {size[0]} x {size[1]}: right-click it, Timelines > Timeline "
            "Settings, and set that resolution there."
        )
    return text


def zoom_into_half(size: tuple[int, int], picture: tuple[int, int]) -> float:
    """Zoom with which a picture fits into one half of a screen: Resolve fits it into the whole screen first."""
    across, up = Fraction(size[0], picture[0]), Fraction(size[1], picture[1])
    return float(min(across / 2, up) / min(across, up))


def _placed(clip: otio.schema.Clip, size: tuple[int, int] | None) -> otio.schema.Effect | None:
    """Resolve's Transform for a picture in one half of the screen; Pan is in widths of the screen (measured by others
    in 21.1).
    """
    place = place_of(clip)
    about = clip.media_reference.metadata.get(KEY, {}) if clip.media_reference is not None else {}
    width, height = about.get("width"), about.get("height")
    if place not in ("left", "right") or size is None or not width or not height:
        return None
    zoom = zoom_into_half(size, (int(width), int(height)))
    values = {"ZoomX": zoom, "ZoomY": zoom, "Pan": -PAN if place == "left" else PAN, "Tilt": 0.0}
    parameters = [
        {"Key Frames": {}, "Parameter ID": f"transformation{name}", "Parameter Value": value, "Variant Type": "Double"}
        for name, value in values.items()
    ]
    kind = {"Effect Name": "Transform", "Name": "Transform", "Enabled": True, "Type": 2, "Display Type": 1}
    return otio.schema.Effect(effect_name="Resolve Effect", metadata={RESOLVE: {**kind, "Parameters": parameters}})


def _plain_path(url: str) -> str:
    return str(path_of(url)) if url.lower().startswith("file:") else url


FORMAT = Format(
    name="resolve-otio",
    title="DaVinci Resolve: timeline (OTIO)",
    suffix=".otio",
    adapter="mtbsync_resolve_otio",
    write=write,
    recipe=recipe,
    read=read,
    has_clips=True,
    says_place=True,
    key_frames=True,
    sound=True,
    loses="5 of 16 colours are the nearest; that retimed sound keeps its pitch",
)
