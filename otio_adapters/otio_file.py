"""OpenTimelineIO's own `.otio`, out and in, in three flavours: as it is, as Resolve writes it, as Premiere writes it.

All are the same JSON of stock objects of OpenTimelineIO 0.18, whichever version is installed, since editors refuse
objects that they do not know. They differ in what editors make of it:

* Resolve (read in exports of 21.0.2): plain paths; times of clips on the frame grid of the timeline; markers of the
  timeline on the stack, counted from its start; notes in `metadata.Resolve_OTIO.Note` only; a retimed clip is as long
  as its `source_range`. Pictures get to their half of the screen by its own Transform effect.
* Premiere (read in what auto-editor writes for 25.6 and later): `file:` URLs; a retimed clip is `source_range` divided
  by `time_scalar` long, so `source_range` is what it uses of the file; a speed of 1 makes it drop other effects.

Our own metadata (exact rate, drop flag, the colours that OpenTimelineIO has no name for) stays in all three; editors
pass over it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction

import opentimelineio as otio

from otio_adapters import colours
from otio_adapters.build import KEY, comment_of, path_of
from otio_adapters.content import content_of, mark_of, speed_of
from otio_adapters.otio_grid import (
    PREMIERE,
    RESOLVE,
    all_markers,
    as_url,
    markers_to_stack,
    on_grid,
    one_per_frame,
    own,
    place_of,
    times_at_rate,
)
from otio_adapters.report import Issue
from otio_adapters.writing import PLAIN, Grid, WriteOptions, Written, grid_of

VERSIONS = {
    **dict.fromkeys(("Timeline", "Stack", "Track", "Gap", "Transition", "Effect", "TimeEffect", "LinearTimeWarp"), 1),
    **dict.fromkeys(("FreezeFrame", "ExternalReference", "MissingReference", "GeneratorReference"), 1),
    **dict.fromkeys(("ImageSequenceReference", "SerializableCollection"), 1),
    "Clip": 2,
    "Marker": 2,
}
"""The stock objects as OpenTimelineIO 0.18 has them, and Resolve 21 knows them."""

_ISSUES = {
    "ascii": "name or note in plain ASCII letters, as asked",
    "colour_changed": "colour without a name in OpenTimelineIO, or a twin in the editor, which shows the nearest",
    "custom_data": "hidden data of the editor: editors do not take it from this file",
    "extra_columns": "marker with further columns, which editors do not take from this file",
    "moved": "marker of a track or a gap moved to the timeline: Resolve has none there",
    "nudged": "marker moved to the next free frame: Resolve keeps one marker per frame",
    "before_start": "marker before the start of the timeline left out",
    "rounded": "cut moved to the nearest frame of the timeline",
    "too_short": "clip or gap left out: it is shorter than half a frame of the timeline",
    "place": "clip with a place on the screen, which this file does not carry: move and scale it by hand",
    "frozen": "frozen or reversed clip: how Premiere takes its length from this file is not known",
}


def write(timeline: otio.schema.Timeline, how: WriteOptions = PLAIN) -> Written:
    """The timeline as it is, on the grid asked for.

    Raises:
        FormatError: the start timecode does not exist at the rate, or the timeline has no rate.
    """
    copy, grid, counts = on_grid(timeline, how)
    for clip in copy.find_clips():
        counts["place"] += bool(place_of(clip))
    return _written(copy, grid, counts)


def write_resolve(timeline: otio.schema.Timeline, how: WriteOptions = PLAIN) -> Written:
    """The timeline as DaVinci Resolve writes it.

    Raises:
        FormatError: the start timecode does not exist at the rate, or the timeline has no rate.
    """
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
        clip.markers[:] = one_per_frame(clip.markers, rate, counts)
        for warp in clip.effects:
            if isinstance(warp, otio.schema.LinearTimeWarp):
                warp.name = warp.effect_name = ""
        effect = _placed(clip, size)
        if effect is not None:
            clip.effects.append(effect)
    stack = copy.tracks
    stack.markers[:] = one_per_frame(stack.markers, rate, counts)
    for n, marker in enumerate(all_markers(copy), 1):
        marker.name = marker.name or f"Marker {n}"
        counts["colour_changed"] += marker.color in colours.WITHOUT_TWIN
        about = own(marker, RESOLVE)
        about.setdefault("Keywords", [])
        about["Note"] = comment_of(marker)
        marker.comment = comment_of(marker)
        _count_unseen(marker, counts)
    return _written(copy, grid, counts)


def write_premiere(timeline: otio.schema.Timeline, how: WriteOptions = PLAIN) -> Written:
    """The timeline as Premiere Pro takes it.

    Raises:
        FormatError: the start timecode does not exist at the rate, or the timeline has no rate.
    """
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
    for marker in all_markers(copy):
        _count_unseen(marker, counts)
    return _written(copy, grid, counts)


def recipe(timeline: otio.schema.Timeline, names: Sequence[str], how: WriteOptions = PLAIN) -> str:
    """What the file is good for."""
    return (
        f"{names[0]} is for programs that read OpenTimelineIO (Kdenlive 25.04 and later, for example). For DaVinci "
        f"Resolve use the format resolve-otio, for Premiere premiere-otio. {_setting(timeline, how)}"
    )


def recipe_resolve(timeline: otio.schema.Timeline, names: Sequence[str], how: WriteOptions = PLAIN) -> str:
    """How to open the file in Resolve, and what to look at."""
    size = how.size or content_of(timeline).size
    placed = any(place_of(clip) for clip in timeline.find_clips())
    text = (
        f"In DaVinci Resolve 18.5 or later: File > Import > Timeline, take {names[0]}, and leave 'Automatically import "
        f"source clips into media pool' on; the recordings must be where they were. {_setting(timeline, how)} The file "
        "carries pictures, no sound."
    )
    if placed and size:
        text += (
            f" They lie side by side in a timeline of {size[0]} x {size[1]}: right-click it, Timelines > Timeline "
            "Settings, and set that resolution there."
        )
    return text


def recipe_premiere(timeline: otio.schema.Timeline, names: Sequence[str], how: WriteOptions = PLAIN) -> str:
    """How to open the file in Premiere, and what nobody has tried."""
    return (
        f"In Premiere Pro 2025 (25.6) or later: File > Import, take {names[0]}; it becomes a new sequence. "
        f"{_setting(timeline, how)} The file carries pictures, no sound. Whether Premiere takes the markers from it "
        "has not been tried."
    )


def _placed(clip: otio.schema.Clip, size: tuple[int, int] | None) -> otio.schema.Effect | None:
    """Resolve's Transform for a picture in one half of the screen.

    Resolve fits a picture into the screen first; Pan is in widths of the screen (measured by others in 21.1).
    """
    place = place_of(clip)
    about = clip.media_reference.metadata.get(KEY, {}) if clip.media_reference is not None else {}
    width, height = about.get("width"), about.get("height")
    if place not in ("left", "right") or size is None or not width or not height:
        return None
    across, up = Fraction(size[0], int(width)), Fraction(size[1], int(height))
    zoom = float(min(across / 2, up) / min(across, up))
    values = {"ZoomX": zoom, "ZoomY": zoom, "Pan": -0.25 if place == "left" else 0.25, "Tilt": 0.0}
    parameters = [
        {
            "Key Frames": {},
            "Parameter ID": f"transformation{name}",
            "Parameter Value": value,
            "Variant Type": "Double",
        }
        for name, value in values.items()
    ]
    kind = {"Effect Name": "Transform", "Name": "Transform", "Enabled": True, "Type": 2, "Display Type": 1}
    return otio.schema.Effect(effect_name="Resolve Effect", metadata={RESOLVE: {**kind, "Parameters": parameters}})


def _count_unseen(marker: otio.schema.Marker, counts: Counter[str]) -> None:
    mark = mark_of(marker)
    counts["custom_data"] += mark.custom
    counts["extra_columns"] += mark.extra


def _written(timeline: otio.schema.Timeline, grid: Grid, counts: Counter[str]) -> Written:
    issues = [*grid.issues, *(Issue(kind, counts[kind], text) for kind, text in _ISSUES.items() if counts[kind])]
    text = otio.core.serialize_json_to_string(timeline, VERSIONS, 4)
    return Written((text + "\n",), sum(1 for _ in all_markers(timeline)), tuple(issues))


def _setting(timeline: otio.schema.Timeline, how: WriteOptions) -> str:
    """What the editor's timeline is to be; .otio counts frames and says nothing of drop frame."""
    grid = grid_of(timeline, how)
    by_hand = " (switch drop frame on in its settings: the file cannot say it)" if grid.rate.drop else ""
    return f"The timeline has {grid.setting}{by_hand}."


def _plain_path(url: str) -> str:
    return str(path_of(url)) if url.lower().startswith("file:") else url
