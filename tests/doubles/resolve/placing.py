"""How things come onto a timeline, and how positions in a source are counted there. Facts 1.4, 1.5.

The domain of a position on an item: frames of the media, or frames of the timeline, which differ where the rates do.
Which one Resolve takes for video of another rate is not verified, so quirks decide.
"""

from __future__ import annotations

import dataclasses
import math
from fractions import Fraction

from .timecode import frame_of
from .world import Item, Marker, Media, TimelineData, World


def one_hour(timeline: TimelineData) -> int:
    """The frame of 01:00:00:00, where timelines start unless told otherwise."""
    return frame_of("01:00:00:00", timeline.fps, timeline.drop)


def pool_item_of(world: World, timeline: TimelineData) -> Media:
    """The pool's entry of a timeline."""
    return Media(
        world.new_id("media"),
        timeline.name,
        "",
        timeline.rate,
        max(1, timeline.end - timeline.start),
        type="Timeline",
        start=timeline.start,
        drop=timeline.drop,
        timeline=timeline.id,
    )


def per_media_frame(world: World, timeline: TimelineData, media: Media, in_media_frames: bool = False) -> Fraction:
    """How far one frame of the media moves a position that is counted in the one or the other domain."""
    if in_media_frames or world.quirks.frame_for_frame:
        return Fraction(1)
    return timeline.fps / media.fps


def length_on_timeline(world: World, timeline: TimelineData, media: Media, frames: float) -> int:
    """Timeline frames that so many frames of the media last at 100 %."""
    return max(1, round(frames * per_media_frame(world, timeline, media)))


def copied_markers(world: World, timeline: TimelineData, media: Media, kind: str) -> list[Marker]:
    """The pool item's markers as a new timeline item gets them: copies, keyed as the item's markers are."""
    unit = per_media_frame(world, timeline, media, kind == "video" and world.quirks.item_markers_in_media_frames)
    moved = [dataclasses.replace(marker, frame=math.floor(marker.frame * unit)) for marker in media.markers]
    # Where several media frames fall on one, a frame still holds one marker.
    return list({marker.frame: marker for marker in reversed(moved)}.values())[::-1]


def item_of(
    world: World, timeline: TimelineData, media: Media, kind: str, record: int, first: float, after: float
) -> Item:
    """A new item: the frames `first` up to, not with, `after` of a pool item, at an absolute record frame."""
    return Item(
        world.new_id("item"),
        media.name,
        kind,
        int(record),
        length_on_timeline(world, timeline, media, after - first),
        source_start=first,
        media=media.id,
        markers=copied_markers(world, timeline, media, kind),
    )
