"""The form of requests and answers between the engine and programs such as the scripts inside DaVinci Resolve.

One request is one JSON object on standard input, in UTF-8, up to the end of the input. Answers are JSON objects, one to
a line, in ASCII; the last one has the event `done` or `error`. Nothing else goes to standard output.

    {"protocol": 1, "do": "hello"}
    {"protocol": 1, "do": "transfer",
     "reference": {"path": "...", "from_s": 10.0, "to_s": 95.0, "fps": "30000/1001", "frames": 3000, "proxy": null,
                   "gpx": null, "gpx_offset_s": null},
     "new": [{"id": "a", "path": "...", "from_s": 0.0, "to_s": 90.0, "fps": "30000/1001", "frames": 2997,
              "proxy": null, "gpx": "watch.fit", "gpx_offset_s": -12.5}],
     "markers": [{"id": "m1", "t_s": 12.5, "duration_s": 0.0}],
     "anchors": [{"new": "a", "ref_s": 12.5, "new_s": 13.9}], "pictures": true,
     "options": {"matcher": "sift", "threads": 4, "review_threshold": 0.8, "lattice": {"leap_rate": 1e-4}}}

All times, also those of the answers, are seconds from the first frame of the file that the entry names, as the editor
plays it: frame n is at n / `fps`. The engine compares `fps` and `frames` (those of the file as the editor counts them;
of a subclip, up to its end) with the file, converts where that is exact, and fails where it is not or where `to_s` is
beyond the file. Without `fps` the seconds are those of the file's time stamps. An anchor is a pair of moments that
match, of the reference and of the new run whose id is in `new`; `anchors` may be left out. The entries are `Excerpt`s,
and the options those of `TransferOptions`, by the names of the fields; null stands for the default. Answers to
`transfer`:

    {"event": "progress", "new": "a", "stage": "compare", "done": 1, "total": 3}
    {"event": "note", "text": "..."}
    {"event": "result", "new": "a", "ride": 1, "rides": 1, "verdict": "good", "reasons": [...], "weak": [...],
     "from_s": 0.0, "to_s": 90.0,
     "markers": [{"id": "m1", "status": "moved", "t_s": 14.1, "low_s": 14.0, "high_s": 14.2, "confidence": 0.99,
                  "duration_s": 0.0}]}
    {"event": "picture", "new": "a", "ride": 1, "marker": "m1", "ref": "UklGR...", "at": "UklGR..."}
    {"event": "failed", "new": "a", "error": {"code": "media", "exit_code": 3, "message": "...", "hint": "..."}}
    {"event": "done"}

Where the part of a new run shows several rides of the reference, each has a result, or has `failed` with its number and
place (`ride`, `rides`, `from_s`, `to_s`); `ride` counts from 1 in the order of time, and `rides` says how many there
are. A run that `failed` without these has no rides. An anchor holds in the ride in which its `new_s` is.

`from_s` and `to_s` of a result say which part of the new file was looked at in the end; those of rides have no moment
in common. Pictures come after the result,
where `pictures` asks for them: of each marker with a place the reference there and the new run at it, WebP in base64,
null where a file shows none.

Where an editor only wants to know how its seconds become those of files, it asks for their pace, the seconds of the
file in one of its own; a file of which that cannot be said has `failed`, with its id in `new`:

    {"protocol": 1, "do": "pace", "files": [{"id": "a", "path": "...", "fps": "30000/1001", "frames": 3000}]}
    {"event": "pace", "id": "a", "pace": 0.25}

Both runs side by side and in step are asked for as a transfer to one new run, with the file to write, and the rate,
drop-frame flag and picture size of the editor's timelines; the editor's timecode of the first frame of each file goes
before that of the file. The answer names the clips of the file (track 0 is the
reference's, 1 that of the new run; `at` and `length` in frames from its start, `from_s` and `to_s` of the file), the
zoom with which each picture fits into its half, and the time delta at each marker that both runs have:

    {"protocol": 1, "do": "compare", "reference": {...}, "new": [{...}], "markers": [...],
     "timeline": {"path": "...", "fps": "30000/1001", "drop": true, "width": 1920, "height": 1080,
                  "ref_timecode": "10:00:00;00", "new_timecode": ""}}
    {"event": "timeline", "new": "a", "verdict": "good", "reasons": [...], "zoom": [0.5, 0.5],
     "clips": [{"track": 0, "at": 0, "length": 900, "path": "...", "from_s": 10.0, "to_s": 40.03}],
     "deltas": [{"id": "m1", "text": "berm +0.42 \u00b10.05 s", "delta_s": 0.42, "half90_s": 0.05}]}

A trail pack stands for a reference: its `path` is that of `reference`, whose other fields are left out. Its markers
are asked for first, and handed back with `transfer`:

    {"protocol": 1, "do": "trail", "path": "wildcat.mtbtrail"}
    {"event": "marker", "id": "m1", "t_s": 12.5, "duration_s": 0.0, "name": "drop", "colour": "Red", "note": "..."}
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mtbsync_core.alignment.user_pairs import UserPair
from mtbsync_core.errors import UsageError
from mtbsync_core.jobs.compare_timeline import CompareTimeline, TimelineFile
from mtbsync_core.jobs.excerpt import Excerpt
from mtbsync_core.jobs.transfer import TransferOptions
from mtbsync_core.markers import Marker
from mtbsync_core.options import from_json

PROTOCOL = 1


@dataclass(frozen=True, slots=True)
class TransferRequest:
    """Carry markers of one reference over to any number of new runs."""

    reference: Excerpt
    new: tuple[Excerpt, ...]
    markers: tuple[Marker, ...]
    anchors: Mapping[str, tuple[UserPair, ...]]
    """By the id of the new run."""
    options: TransferOptions
    pictures: bool
    """Whether both pictures of each marker are wanted."""


@dataclass(frozen=True, slots=True)
class CompareRequest:
    """Show one new run beside the reference, in step, in a timeline file."""

    id: str
    """Of the new run."""
    job: CompareTimeline


@dataclass(frozen=True, slots=True)
class _Marker:
    """A marker of the reference, seconds from the first frame of its file."""

    t_s: float
    duration_s: float = 0.0
    id: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class _Anchor:
    """Two moments that match, seconds from the first frames of the reference and of the new run with the id `new`."""

    ref_s: float
    new_s: float
    new: str = ""


def parse(text: str) -> tuple[str, dict[str, Any]]:
    """What is to be done, and the whole request.

    Raises:
        UsageError: it is no request, or one of another protocol.
    """
    try:
        data = json.loads(text)
    except ValueError as error:
        raise UsageError(f"the request is not JSON: {error}", "Write one JSON object to standard input.") from error
    if not isinstance(data, dict) or not isinstance(data.get("do"), str):
        raise UsageError("the request does not say what to do", 'For example {"protocol": 1, "do": "hello"}.')
    if data.get("protocol") != PROTOCOL:
        raise UsageError(
            f"the request is of protocol {data.get('protocol')!r}; this engine speaks {PROTOCOL}",
            "Install the scripts and the engine of one version: mtbsync resolve install.",
        )
    return data["do"], data


def transfer_request(data: Mapping[str, Any]) -> TransferRequest:
    """A request to transfer, checked.

    Raises:
        UsageError: a field is missing or of the wrong kind; the message names it.
    """
    new = tuple(from_json(Excerpt, entry, f"new[{n}]") for n, entry in enumerate(_list(data, "new")))
    if len({run.id for run in new}) < len(new):
        raise UsageError("two new runs of the request have one id")
    anchors: dict[str, tuple[UserPair, ...]] = {run.id: () for run in new}
    for n, entry in enumerate(_list(data, "anchors") if data.get("anchors") else []):
        one = from_json(_Anchor, entry, f"anchors[{n}]")
        if one.new not in anchors:
            raise UsageError(f"anchors[{n}] is of {one.new!r}, and no new run of the request has that id")
        anchors[one.new] += (UserPair(one.ref_s, one.new_s),)
    asked = [from_json(_Marker, entry, f"markers[{n}]") for n, entry in enumerate(_list(data, "markers"))]
    return TransferRequest(
        reference=from_json(Excerpt, data.get("reference"), "reference"),
        new=new,
        markers=tuple(Marker(m.name, m.t_s, m.duration_s, marker_id=m.id) for m in asked),
        anchors=anchors,
        options=from_json(TransferOptions, data.get("options") or {}),
        pictures=data.get("pictures") is True,
    )


def compare_request(data: Mapping[str, Any]) -> CompareRequest:
    """A request to show two runs in step, checked.

    Raises:
        UsageError: as `transfer_request`, or it names more than one new run.
    """
    asked = transfer_request(data)
    if len(asked.new) > 1:
        raise UsageError("a timeline in step is of one new run, and the request has more")
    (new,) = asked.new
    file = from_json(TimelineFile, data.get("timeline"), "timeline")
    job = CompareTimeline(
        reference=asked.reference,
        new=new,
        markers=asked.markers,
        file=file,
        anchors=asked.anchors[new.id],
        options=asked.options,
    )
    return CompareRequest(new.id, job)


def pace_request(data: Mapping[str, Any]) -> tuple[Excerpt, ...]:
    """A request for the pace of files, checked.

    Raises:
        UsageError: as `transfer_request`.
    """
    return tuple(from_json(Excerpt, entry, f"files[{n}]") for n, entry in enumerate(_list(data, "files")))


def trail_request(data: Mapping[str, Any]) -> Path:
    """A request for the markers of a trail pack, checked.

    Raises:
        UsageError: it names no file.
    """
    path = data.get("path")
    if not isinstance(path, str) or not path:
        raise UsageError("path of the request names no trail pack")
    return Path(path)


def _list(data: Mapping[str, Any], name: str) -> list[Any]:
    found = data.get(name)
    if not isinstance(found, list) or not found:
        raise UsageError(f"{name} of the request is no list with something in it")
    return found
