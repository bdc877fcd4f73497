"""What all flavours of `.otio` share in writing, and the plain one. The folder tells of the format."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import opentimelineio as otio

from otio_adapters.build import own_of
from otio_adapters.content import content_of
from otio_adapters.fitting import MARKS, NUDGED, issues_of
from otio_adapters.formats.otio.grid import add_sound, all_markers, markers_on_media, on_grid, place_of
from otio_adapters.writing import PLAIN, Grid, WriteOptions, Written, grid_of

VERSIONS = {
    **dict.fromkeys(("Timeline", "Stack", "Track", "Gap", "Transition", "Effect", "TimeEffect", "LinearTimeWarp"), 1),
    **dict.fromkeys(("FreezeFrame", "ExternalReference", "MissingReference", "GeneratorReference"), 1),
    **dict.fromkeys(("ImageSequenceReference", "SerializableCollection"), 1),
    "Clip": 2,
    "Marker": 2,
}
"""The stock objects as OpenTimelineIO 0.18 has them, and Resolve 21 knows them."""

_ISSUES = MARKS | {
    "colour_changed": "colour without a name in OpenTimelineIO, or a twin in the editor, which shows the nearest",
    "custom_data": "hidden data of the editor: editors do not take it from this file",
    "extra_columns": "marker with further columns, which editors do not take from this file",
    "moved": "marker of a track or a gap moved to the timeline: Resolve has none there",
    "rounded": "cut moved to the nearest frame of the timeline",
    "too_short": "clip or gap left out: it is shorter than half a frame of the timeline",
    "place": "clip with a place on the screen, which this file does not carry: move and scale it by hand",
    "frozen": "frozen or reversed clip: how Premiere takes its length from this file is not known",
    "nudged": NUDGED,
    "key_frames": "clip with key frames of speed: how Resolve takes one that begins within its file is not known",
}


def write(timeline: otio.schema.Timeline, how: WriteOptions = PLAIN) -> Written:
    """The timeline as it is, on the grid asked for."""
    copy, grid, counts = on_grid(timeline, how)
    for clip in copy.find_clips():
        counts["place"] += bool(place_of(clip))
        markers_on_media(clip)
    add_sound(copy)
    return written(copy, grid, counts)


def recipe(timeline: otio.schema.Timeline, names: Sequence[str], how: WriteOptions = PLAIN) -> str:
    """What the file is good for."""
    return (
        f"{names[0]} is for programs that read OpenTimelineIO. For DaVinci Resolve use the format resolve-otio, for "
        f"Premiere premiere-otio, for Kdenlive kdenlive. {setting(timeline, how)}"
    )


def written(timeline: otio.schema.Timeline, grid: Grid, counts: Counter[str]) -> Written:
    """The file of a timeline that is ready, and what had to be changed to make it so."""
    text = otio.core.serialize_json_to_string(timeline, VERSIONS, 4)
    return Written((text + "\n",), sum(1 for _ in all_markers(timeline)), issues_of(counts, _ISSUES, grid))


def count_unseen(timeline: otio.schema.Timeline, counts: Counter[str]) -> None:
    """Count what is in our metadata and that no editor looks at."""
    for marker in all_markers(timeline):
        about = own_of(marker)
        counts["custom_data"] += bool(about.get("custom"))
        counts["extra_columns"] += any(about.get("extra", {}).values())


def sound_of(timeline: otio.schema.Timeline) -> str:
    """What becomes of the sound."""
    if not content_of(timeline).sounds:
        return "The file carries pictures, no sound."
    return (
        "The sound of the clips is linked with them, in a track below each: mute those that you do not want. The file "
        "cannot say that retimed sound keeps its pitch."
    )


def setting(timeline: otio.schema.Timeline, how: WriteOptions) -> str:
    """What the editor's timeline is to be; .otio counts frames and says nothing of drop frame."""
    grid = grid_of(timeline, how)
    by_hand = " (switch drop frame on in its settings: the file cannot say it)" if grid.rate.drop else ""
    return f"The timeline has {grid.setting}{by_hand}."
