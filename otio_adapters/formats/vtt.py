"""Markers as WebVTT, the subtitles of the web: as `srt`, with `&`, `<` and `>` as entities (W3C WebVTT, section 4)."""

from __future__ import annotations

from dataclasses import replace

import opentimelineio as otio

from otio_adapters.format import Format
from otio_adapters.formats.srt import cues_of, recipe
from otio_adapters.writing import PLAIN, WriteOptions, Written


def write(timeline: otio.schema.Timeline, how: WriteOptions = PLAIN) -> Written:
    """The markers as WebVTT."""
    cues, done = cues_of(timeline, how, str)
    texts = [f"{begin} --> {end}\n{_entities(text)}\n\n" for begin, end, text in cues]
    return replace(done, texts=("".join(["WEBVTT\n\n", *texts]),))


def _entities(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


FORMAT = Format(name="vtt", suffix=".vtt", adapter="mtbsync_vtt", write=write, recipe=recipe, by_suffix=True)
