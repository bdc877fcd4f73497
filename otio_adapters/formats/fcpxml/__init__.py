"""FCPXML of Final Cut Pro: version 1.10 out, 1.0 to 1.13 in as far as they hold clips and markers.

All times in it are exact fractions of a second, such as `1001/30000s`. Every story element has a time of its own:
`offset` is its place in the time of its parent, `start` is what its own clock shows there, and markers in it are on
that clock. The clock of a file begins with its start timecode. A sequence has no markers; they hang on the clip, or on
the gap, that lies in the main storyline at their time.

    <asset-clip ref="r2" offset="3600s" start="0s" duration="10s" name="GX010001.MP4">
        <marker start="2s" duration="1/25s" value="Drop" note="go left"/>
        <marker start="3s" duration="1/25s" value="Rock" completed="0"/>           <- a to-do, not done yet
        <keyword start="4s" duration="2s" value="Rooty bit"/>                      <- the length of a marker
        <marker start="4s" duration="1/25s" value="Rooty bit"/>
        <chapter-marker start="6s" duration="1/25s" value="Second half"/>
    </asset-clip>

A marker that needs a look is a to-do, and a to-do is read as one. Chapters and what is done stay so.
The element order is that of the DTD; the rest is as Final Cut Pro exports it (samples of DAWFileKit).
"""

from __future__ import annotations

import re

from otio_adapters.format import Format
from otio_adapters.formats.fcpxml.reader import read
from otio_adapters.formats.fcpxml.writer import recipe, write

FORMAT = Format(
    name="fcpxml",
    title="Final Cut Pro (FCPXML)",
    suffix=".fcpxml",
    adapter="mtbsync_fcpxml",
    write=write,
    recipe=recipe,
    read=read,
    signature=re.compile(r"\A\s*<(?:[\s\S]*?<)?fcpxml[\s>]"),
    by_suffix=True,
    has_clips=True,
    key_frames=True,
    sound=True,
    chapters=True,
    loses="colour; a length is a keyword range beside the marker",
)
