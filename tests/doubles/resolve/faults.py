"""What can be turned on and off: `Quirks` for behaviour that differs or is not verified, `Fault` for what goes wrong.

Quirks are properties of this Resolve; a None follows the version. A fault hits calls: which ones, from when on, how
often, and what happens to them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, List, Optional

DEEDS = ("refuse", "none", "pretend", "deny", "raise", "modal", "gone", "kill")


@dataclass
class Quirks:
    """Switches; each names the section of resolve-facts that it comes from."""

    float_markers: Optional[bool] = None  # 1.4: keys and durations as floats, up to 21.0.4 in the README
    float_positions: bool = False  # 1.1: the typed interface says float for GetStart and the like
    rate_as_text: Optional[bool] = None  # 1.2: "29.97 DF" instead of a number; which versions is not known, 19 here
    empty_as_none: bool = False  # 1.2: every empty list is None, not only that of MediaPool.GetSelectedClips
    marker_past_end: bool = True  # 1.4: two sources disagree; True takes and echoes it, False refuses
    custom_data_limit: int = 0  # 7: not known; 0 is none, else longer text is cut
    custom_data_ascii: bool = False  # 7: not known; True turns other characters into "?"
    selection_brings_linked: bool = True  # 1.3
    selection_backwards: bool = True  # 1.3: the order is not documented, so it is never the order on the track
    source_start_low: int = 0  # 1.5: GetSourceStartFrame is 0 or 1 frame low
    offset_hair_under: bool = False  # a public fake of Resolve's: GetLeftOffset is a float just under the whole number
    frame_for_frame: bool = False  # the setting "Mixed frame rate format: None" plays one frame of any rate as one
    compound_is_open: bool = False  # gyroflow/gyroflow-plugins issue 26: scripts see the timeline that it lies on
    left_offset_in_media_frames: bool = False  # 7: unit for video of another rate than the timeline
    item_markers_in_media_frames: bool = False  # 7: likewise for the keys of item markers
    marks_absolute: bool = False  # some scripts take In and Out of a timeline for absolute frames
    markers_on_edit_page_only: bool = False  # 7: expected not to be so
    import_keeps_transform: bool = True  # whether a timeline file's Transform is taken; measured by others in 21.1
    import_keeps_markers: bool = True  # 1.7: they come through OTIO, by one source
    import_off_frames: int = 0  # frames of the file by which retimed clips of a timeline file begin too late
    import_at_rate: str = ""  # the rate of an imported timeline, where it is not the file's


@dataclass
class Fault:
    """One thing that goes wrong with the calls whose name matches.

    `does` is one of:
        refuse: answers False, or None where the answer is no bool; nothing happens
        none: answers None, also where a bool or a list is due
        pretend: answers True, and nothing happens
        deny: does it, and answers False
        raise: raises RuntimeError
        modal: refuses this call and every later one of any name: a modal window came up
        gone: this call raises, and every attribute afterwards reads as None: Resolve has quit
        kill: the script's process ends at once; what was done until then stays

    A locked state is `Fault("refuse", "*.AddMarker")`. Faults stay with the world that a run hands back, with what they
    have counted; take them out where the next run shall go well.
    """

    does: str
    calls: str = "*"  # pattern, for example "Timeline.AddMarker" or "*.GetMarkers"
    frames: List[int] = field(default_factory=list)  # only calls whose first argument is one of these
    skip: int = 0  # the first so many matching calls go well
    times: Optional[int] = None  # then only so many are hit; None is all
    seen: int = 0

    def __post_init__(self) -> None:
        if self.does not in DEEDS:
            raise ValueError("{!r} is not one of {}".format(self.does, ", ".join(DEEDS)))

    @property
    def is_on(self) -> bool:
        """Whether a lasting fault (modal, gone) has begun."""
        return self.seen > self.skip

    def hits(self, call: str, given: List[Any]) -> bool:
        """Whether it strikes this call; counts it."""
        if self.does in ("modal", "gone") and self.is_on:
            return True
        if not fnmatchcase(call, self.calls) or (self.frames and (not given or given[0] not in self.frames)):
            return False
        self.seen += 1
        over = self.times is not None and self.seen > self.skip + self.times
        return self.seen > self.skip and not over
