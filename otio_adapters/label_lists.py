"""Lists of timecodes (marker EDLs, CMX3600, Avid's markers) as timelines: how they count, and lines that cannot be.

`;` before the frames of a label is the sign of drop frame (SMPTE ST 12-1), and the label of the place is the witness. A
header may say otherwise: real lists have NON-DROP above labels with `;`, and Avid changes FCM with the *source* tape
while the record labels count as the first FCM says. So the first FCM counts where the labels have `:`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import opentimelineio as otio

from mtbsync_core.errors import FormatError
from mtbsync_core.markers import Marker
from mtbsync_core.timecode import Rate, frames_of, is_drop_label, past_midnight
from otio_adapters.build import KEY, marker_at, time_range
from otio_adapters.reading import ReadOptions, counting, timeline_of

PROBLEMS = "problems"


@dataclass(frozen=True, slots=True)
class Labelled:
    """A marker of a list: the line it is on, counted from 1, the label of its first frame, and its frames."""

    line: int
    label: str
    length: int
    marker: Marker


def fcm_in(line: str) -> bool | None:
    """Whether a line of an edit list says drop frame; None where it says nothing of it."""
    said = line.upper()
    return "NON" not in said if said.startswith("FCM:") and "DROP" in said else None


def timeline_of_labels(
    title: str,
    rate: Rate,
    how: ReadOptions,
    found: Sequence[Labelled],
    header: bool | None = None,
    events: Sequence[str] = (),
) -> otio.schema.Timeline:
    """A timeline with the markers of a list; a label that does not exist is left out.

    What was odd is in our metadata of the timeline, under `PROBLEMS`: line (0: of all), text, whether it was kept.

    Args:
        rate: its drop flag counts where nobody says anything of it.
        header: whether the list says drop frame; None where it does not tell.
        events: labels of further places on the same sequence.

    Raises:
        FormatError: no label exists at the rate, or the user's start timecode does not.
    """
    odd: list[tuple[int, str, bool]] = []
    says = _says([*(one.label for one in found), *events], header, odd)
    rate = counting(rate, how, says)
    problems = _problems(found, rate)
    if problems and how.drop is None and says is None and rate.drop and not _problems(found, rate.dropping(False)):
        label = found[next(iter(problems))].label
        odd.append((0, f"the timecode {label} does not exist in drop frame: the list is taken as non-drop", True))
        rate, problems = rate.dropping(False), {}
    if problems and len(problems) == len(found):
        raise next(iter(problems.values()))
    odd += [(found[n].line, error.message, False) for n, error in problems.items()]
    start = frames_of(how.start_timecode, rate) if how.start_timecode else 0
    markers = []
    for n, one in enumerate(found):
        if n not in problems:
            first = frames_of(one.label, rate) - start
            first = past_midnight(first, rate) if how.start_timecode else first
            markers.append(marker_at(time_range(first, one.length, rate), one.marker))
    timeline = timeline_of(title, rate, how.start_timecode, markers)
    if odd:
        timeline.metadata[KEY][PROBLEMS] = [list(one) for one in odd]
    return timeline


def _says(labels: Sequence[str], header: bool | None, odd: list[tuple[int, str, bool]]) -> bool | None:
    """Whether a list is drop frame; None where neither its labels nor its header tell."""
    if not any(map(is_drop_label, labels)):
        return header
    if header is False:
        odd.append((0, "timecodes are written as drop frame (;) under NON-DROP FRAME: read as drop frame", True))
    return True


def _problems(found: Sequence[Labelled], rate: Rate) -> dict[int, FormatError]:
    """Which of the labels do not exist at the rate, and why."""
    problems = {}
    for n, one in enumerate(found):
        try:
            frames_of(one.label, rate)
        except FormatError as error:
            problems[n] = error
    return problems
