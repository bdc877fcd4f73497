"""OpenTimelineIO's own `.otio`, out and in, in three flavours: as it is, and `resolve_otio` and `premiere_otio`.

All are the same JSON of stock objects of OpenTimelineIO 0.18, whichever version is installed, since editors refuse
objects that they do not know. They differ in what editors make of it.

Our own metadata (exact rate, drop flag, the colours that OpenTimelineIO has no name for) stays in all three; editors
pass over it. So a marker that needs a look is one by its metadata, and says so in its note too, for people; reading
takes these words off again.
"""

from __future__ import annotations

import re

from otio_adapters.format import Format
from otio_adapters.formats.otio.reader import read
from otio_adapters.formats.otio.writer import recipe, write

FORMAT = Format(
    name="otio",
    title="OpenTimelineIO",
    suffix=".otio",
    adapter="mtbsync_otio",
    write=write,
    recipe=recipe,
    read=read,
    signature=re.compile(r'\A\s*\{.*?"OTIO_SCHEMA"', re.DOTALL),
    by_suffix=True,
    has_clips=True,
    says_place=True,
    sound=True,
    loses="5 of 16 colours are the nearest; that retimed sound keeps its pitch",
)
