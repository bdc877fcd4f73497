"""`.otio` as Premiere Pro takes it (read in what auto-editor writes for 25.6 and later).

`file:` URLs; a retimed clip is `source_range` divided by `time_scalar` long, so `source_range` is what it uses of the
file; a speed of 1 makes it drop other effects.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import opentimelineio as otio

from otio_adapters.content import content_of
from otio_adapters.format import Format
from otio_adapters.formats.otio.grid import PREMIERE, add_sound, as_url, on_grid, own, place_of, times_at_rate
from otio_adapters.formats.otio.reader import read
from otio_adapters.formats.otio.writer import count_unseen, setting, sound_of, written
from otio_adapters.ramp import speed_of
from otio_adapters.writing import PLAIN, WriteOptions, Written


def write(timeline: otio.schema.Timeline, how: WriteOptions = PLAIN) -> Written:
    """The timeline as Premiere Pro takes it."""
    copy, grid, counts = on_grid(timeline, how)
    own(copy, PREMIERE).setdefault("MetadataVersion", "1.0")
    about = own(copy.tracks, PREMIERE)
    about["VideoFrameRate"] = float(grid.rate.fps)
    about["PixelAspectRatio"] = {"numerator": 1.0, "denominator": 1.0}
    size = content_of(copy).size
    if size is not None:
        about["VideoResolution"] = {"width": size[0], "height": size[1]}
    for clip in copy.find_clips():
        speed = speed_of(clip)
        counts["frozen"] += speed <= 0
        times_at_rate(clip, grid.rate, abs(speed) or Fraction(1))
        for effect in clip.effects:
            if isinstance(effect, otio.schema.LinearTimeWarp):
                effect.name = effect.effect_name = "Speed"
        counts["place"] += bool(place_of(clip))
        reference = clip.media_reference
        if isinstance(reference, otio.schema.ExternalReference):
            reference.target_url = as_url(reference.target_url)
    count_unseen(copy, counts)
    add_sound(copy)
    return written(copy, grid, counts)


def recipe(timeline: otio.schema.Timeline, names: Sequence[str], how: WriteOptions = PLAIN) -> str:
    """How to open the file in Premiere, and what nobody has tried."""
    return (
        f"In Premiere Pro 2025 (25.6) or later: File > Import, take {names[0]}; it becomes a new sequence. "
        f"{setting(timeline, how)} {sound_of(timeline)} Whether Premiere takes the markers from it has not been tried."
    )


FORMAT = Format(
    name="premiere-otio",
    title="Premiere Pro 25.6 and later: timeline (OTIO)",
    suffix=".otio",
    adapter="mtbsync_premiere_otio",
    write=write,
    recipe=recipe,
    read=read,
    has_clips=True,
    says_place=True,
    sound=True,
    loses="5 of 16 colours are the nearest; that retimed sound keeps its pitch; whether markers survive is not known",
)
