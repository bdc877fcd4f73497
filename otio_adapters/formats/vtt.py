"""Markers as WebVTT, the subtitles of the web: as `srt`, with `&`, `<` and `>` as entities (W3C WebVTT, section 4)."""

from __future__ import annotations

import re
from dataclasses import replace

import opentimelineio as otio

from otio_adapters.by_seconds import timeline_of_seconds
from otio_adapters.format import Format
from otio_adapters.formats.srt import cues_of, recipe
from otio_adapters.reading import PLAIN_READ, ReadOptions
from otio_adapters.subtitles import cues_in
from otio_adapters.writing import PLAIN, WriteOptions, Written


def write(timeline: otio.schema.Timeline, how: WriteOptions = PLAIN) -> Written:
    """The markers as WebVTT."""
    cues, done = cues_of(timeline, how, str)
    texts = [f"{begin} --> {end}\n{_entities(text)}\n\n" for begin, end, text in cues]
    return replace(done, texts=("".join(["WEBVTT\n\n", *texts]),))


def _entities(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def read(text: str, how: ReadOptions = PLAIN_READ) -> otio.schema.Timeline:
    """A timeline with a marker for each subtitle, as long as it is shown."""
    return timeline_of_seconds(cues_in(text, entities=True), how)


FORMAT = Format(
    name="vtt",
    title="Subtitles (WebVTT)",
    suffix=".vtt",
    adapter="mtbsync_vtt",
    write=write,
    recipe=recipe,
    read=read,
    signature=re.compile(r"\A\s*WEBVTT\b"),
    by_suffix=True,
    loses="colour; name and note are one text",
)
