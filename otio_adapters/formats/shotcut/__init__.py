"""Projects of Shotcut (`.mlt`), out and in: clips, and the markers of the timeline.

    <properties name="shotcut:markers">
      <properties name="0">
        <property name="text">Gate: go left</property>
        <property name="start">00:00:10.010</property>
        <property name="end">00:00:12.012</property>
        <property name="color">#E12401</property>
      </properties>
    </properties>

in the tractor with the property `shotcut`. Read in mltframework/shotcut, `markerToProperties` and `propertiesToMarker`
of `src/models/markersmodel.cpp` (a text of one line, first frame and end, any colour); how times are written is in
`clock.py`. Clips count frames of the project, whatever the file's rate. A retimed clip is a `timewarp` producer,
`SPEED:FILE`, whose frames are those of the retimed file; `warp_pitch` keeps the pitch of its sound. Picture and sound
are one clip.
"""

from __future__ import annotations

import re

from otio_adapters.format import Format
from otio_adapters.formats.shotcut.reader import read
from otio_adapters.formats.shotcut.writer import recipe, write

FORMAT = Format(
    name="shotcut",
    title="Shotcut: project",
    suffix=".mlt",
    adapter="mtbsync_shotcut",
    write=write,
    recipe=recipe,
    read=read,
    # Kdenlive's projects are MLT as well.
    signature=re.compile(
        r"\A\s*<(?:[\s\S]*?<)?mlt[\s>](?![\s\S]*kdenlive:)[\s\S]*?[\s\"](?:shotcut[\s\":])", re.IGNORECASE
    ),
    by_suffix=True,
    has_clips=True,
    sound=True,
    loses="name and note are one text; frozen and reversed clips",
)
