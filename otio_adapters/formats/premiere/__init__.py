"""The XML of Final Cut Pro 7 ("xmeml", version 5), the only file from which Premiere Pro takes markers.

Premiere makes a new sequence of it. A marker there, as Premiere itself exports it (-1 stands for a point):

    <marker><comment>so, this happened</comment><name>My MArker 1</name><in>113</in><out>-1</out></marker>

All frames count on the grid of the sequence: Premiere and Resolve read `in` and `out` as source seconds times sequence
rate, whatever rate a clip says (measured in buttercut, pull request 133). Markers of the sequence count from its first
frame, those of a clip from the first frame of its file; in a retimed clip `in`, `out` and `duration` count retimed
frames. Colours are packed as 0xAABBGGRR in `pproColor`, which Final Cut never had.
"""

from __future__ import annotations

import re

from otio_adapters.format import Format
from otio_adapters.formats.premiere.reader import read
from otio_adapters.formats.premiere.writer import recipe, write

FORMAT = Format(
    name="premiere",
    title="Premiere Pro: sequence (XML)",
    suffix=".xml",
    adapter="mtbsync_premiere_xmeml",
    write=write,
    recipe=recipe,
    read=read,
    signature=re.compile(r"\A\s*<(?:[\s\S]*?<)?xmeml[\s>]"),
    aliases=("xml",),
    by_suffix=True,
    has_clips=True,
    key_frames=True,
    sound=True,
    loses="8 of 16 colours are the nearest; that a marker needs a look is in its note; "
    "frozen and reversed clips; that retimed sound keeps its pitch",
)
