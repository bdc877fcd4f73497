"""Reading `.otio` of whichever program: damaged files, objects of plug-ins, and what each editor says its own way."""

from __future__ import annotations

import json
import logging
from collections import Counter
from typing import Any

import opentimelineio as otio

from mtbsync_core.errors import FormatError
from mtbsync_core.timecode import Rate, frames_of, label_of
from otio_adapters.build import (
    KEY,
    comment_of,
    frame_time,
    frames_at,
    own_of,
    rate_in,
    rate_metadata,
    rate_of,
    seconds_at,
)
from otio_adapters.content import content_of
from otio_adapters.fitting import WORD, without_review
from otio_adapters.formats.otio.grid import PREMIERE, all_markers, as_url, on_grid, own, set_note
from otio_adapters.formats.otio.resolve_ramp import resolve_ramp
from otio_adapters.levels import level_of
from otio_adapters.ramp import speed_of
from otio_adapters.reading import PLAIN_READ, ReadOptions, named
from otio_adapters.safe_text import storable
from otio_adapters.writing import PLAIN

_log = logging.getLogger(__name__)

_MAX_FPS = 300
"""Above it, a rate is that of a clock: some programs count in milliseconds."""

_BAD = (
    otio.exceptions.OTIOError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What values that make no sense lead to, in OpenTimelineIO and here."""


def read(text: str, how: ReadOptions = PLAIN_READ) -> otio.schema.Timeline:
    """The timeline of an `.otio` file, in our terms; by its metadata it is seen whose flavour it is.

    Objects that are no stock objects are left out. No file that it names is looked at.
    """
    try:
        timeline = _parsed(text, how)
        rate, known = _rate(timeline, how)
        if how.drop is not None:
            rate, known = Rate(rate.num, rate.den, how.drop), True
        if known:
            own(timeline, KEY).update(rate_metadata(rate))
        if how.start_timecode is not None:
            timeline.global_start_time = frame_time(frames_of(how.start_timecode, rate), rate)
        premiere = PREMIERE in timeline.metadata
        for clip in timeline.find_clips():
            speed = abs(speed_of(clip))
            if premiere and speed not in (0, 1) and clip.source_range is not None:
                shown = seconds_at(clip.source_range.duration) / speed
                length = frame_time(rate.to_frames(shown), rate)
                clip.source_range = otio.opentime.TimeRange(clip.source_range.start_time, length)
            if isinstance(clip.media_reference, otio.schema.ExternalReference):
                clip.media_reference.target_url = as_url(clip.media_reference.target_url)
            ramp = resolve_ramp(clip)
            if ramp is not None:
                own(clip.effects[ramp[0]], KEY).update(ramp[1].as_metadata())
            _as_kdenlive_means(clip)
        for marker in all_markers(timeline):
            if "kdenlive" in marker.metadata and not marker.name:
                marker.name, marker.comment = marker.comment, ""
            marker.comment = comment_of(marker)
            if marker.comment.startswith(WORD):
                set_note(marker, without_review(marker.comment, own_of(marker)))
        content_of(timeline), on_grid(timeline, PLAIN), level_of(timeline.tracks)  # what these cannot take, nothing can
    except FormatError:
        raise
    except otio.exceptions.UnsupportedSchemaError as error:
        raise FormatError(
            "the file was written by a newer OpenTimelineIO than the one installed here", "Update opentimelineio."
        ) from error
    except _BAD as error:
        raise _damaged(error) from error
    return timeline


def _rate(timeline: otio.schema.Timeline, how: ReadOptions) -> tuple[Rate, bool]:
    """The rate that counts, and whether its drop flag is known.

    The file's own goes before the user's: what our metadata says, the rate of its start, of Premiere's sequence, and of
    its markers. What the file does not say the user may know, if he speaks of the same rate.
    """
    if rate_in(timeline.metadata.get(KEY, {})) is not None:
        rate, known = rate_of(timeline)
        return (rate, known) if "drop" in timeline.metadata[KEY] else _counted(rate, timeline, how)
    start = timeline.global_start_time
    sequence = timeline.tracks.metadata.get(PREMIERE, {})
    said = [0 if start is None else start.rate, sequence.get("VideoFrameRate", 0)]
    said += [marker.marked_range.start_time.rate for marker in timeline.tracks.markers]
    fps = next((fps for fps in said if isinstance(fps, (int, float)) and 1 < fps <= _MAX_FPS), None)
    if fps is not None:
        return _counted(Rate.of(fps), timeline, how)
    if how.rate is not None:
        return how.rate, True
    return _counted(rate_of(timeline)[0], timeline, how)


def _counted(rate: Rate, timeline: otio.schema.Timeline, how: ReadOptions) -> tuple[Rate, bool]:
    """The file's rate, and whether it is known how it counts.

    `.otio` counts frames and does not say. But people start timelines on a whole second, and a start that is one in
    drop frame is none without, and the other way round (107892 at 29.97 fps is 01:00:00;00 or 00:59:56:12).
    """
    if not rate.has_drop_frame:
        return rate, True
    start = timeline.global_start_time
    if start is not None:
        frame = frames_at(start, rate)
        whole = [drop for drop in (True, False) if label_of(frame, rate.dropping(drop)).endswith("00")]
        if len(whole) == 1:
            return rate.dropping(whole[0]), True
    return (how.rate, True) if how.rate is not None and how.rate.fps == rate.fps else (rate, False)


def _as_kdenlive_means(clip: otio.schema.Clip) -> None:
    """Put markers for Kdenlive into the times of their clip, and take their text for their name.

    Kdenlive counts them from the first frame that the clip shows, by its own times, and from the file's first frame.
    """
    available = clip.media_reference.available_range if clip.media_reference is not None else None
    for marker in clip.markers:
        if "kdenlive" in marker.metadata and clip.source_range is not None:
            start = marker.marked_range.start_time + clip.source_range.start_time
            start = start if available is None else start + available.start_time
            marker.marked_range = otio.opentime.TimeRange(start, marker.marked_range.duration)


def _parsed(text: str, how: ReadOptions) -> otio.schema.Timeline:
    # OpenTimelineIO itself runs out of stack, and ends the process, on brackets nested deeply enough.
    data = json.loads(text.removeprefix("\ufeff"))
    left_out: Counter[str] = Counter()
    timeline = otio.core.deserialize_json_from_string(json.dumps(_stock(data, left_out)))
    if isinstance(timeline, otio.schema.SerializableCollection):
        timeline = _one_of(timeline, how)
    elif how.sequence is not None and isinstance(timeline, otio.schema.Timeline):
        timeline = named([(timeline.name, timeline)], how)
    if not isinstance(timeline, otio.schema.Timeline):
        found = getattr(timeline, "schema_name", lambda: "no object of OpenTimelineIO")()
        raise FormatError(f"the file holds no timeline: {found}", "Export a timeline or sequence, not a clip or bin.")
    if timeline.tracks is None:
        raise FormatError("the timeline of the file has no tracks")
    if left_out:
        _log.warning("left out of the timeline, since unknown here: %s", ", ".join(sorted(left_out)))
    return timeline


def _one_of(
    collection: otio.schema.SerializableCollection, how: ReadOptions
) -> otio.schema.Timeline | otio.schema.SerializableCollection:
    """The timeline of a collection that is asked for, or its only one."""
    found = [(one.name, one) for one in collection if isinstance(one, otio.schema.Timeline)]
    asked = named(found, how)
    if asked is None and len(found) > 1:
        names = ", ".join(name for name, _ in found)
        raise FormatError(f"the file holds {len(found)} timelines: {names}", "Say which with --sequence NAME.")
    return asked or (found[0][1] if found else collection)


def _stock(data: Any, left_out: Counter[str]) -> Any:
    """The JSON without objects of plug-ins, which OpenTimelineIO takes in metadata but not in its lists."""
    if isinstance(data, list):
        return [_stock(value, left_out) for value in data]
    if isinstance(data, str):
        return storable(data)
    if not isinstance(data, dict):
        return data
    found = {storable(key): _stock(value, left_out) for key, value in data.items()}
    for key in ("children", "effects", "markers"):
        if isinstance(found.get(key), list) and "OTIO_SCHEMA" in found:
            found[key] = [_known(value, key, left_out) for value in found[key]]
            found[key] = [value for value in found[key] if value is not None]
    references = found.get("media_references")
    if isinstance(references, dict):
        found["media_references"] = {key: _known(value, "media", left_out) for key, value in references.items()}
    return found


def _known(value: Any, where: str, left_out: Counter[str]) -> Any:
    """The value itself where OpenTimelineIO knows its kind; else what holds its place, or None."""
    schema = str(value.get("OTIO_SCHEMA", "")) if isinstance(value, dict) else ""
    if not schema or schema.partition(".")[0] in otio.core.type_version_map():
        return value
    left_out[schema] += 1
    if where == "media":
        return {"OTIO_SCHEMA": "MissingReference.1", "metadata": {}, "name": "", "available_range": None}
    if where == "children" and value.get("source_range"):
        return {"OTIO_SCHEMA": "Gap.1", "metadata": {}, "name": "", "source_range": value["source_range"]}
    return None


def _damaged(error: Exception) -> FormatError:
    said = str(error).split("\n", 1)[0][:200]
    return FormatError(f"the .otio file is damaged: {said or type(error).__name__}", "Export it again from the editor.")
