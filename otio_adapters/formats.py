"""The formats by name: what writes, what reads, and how an editor takes the file in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import opentimelineio as otio

from mtbsync_core.errors import LossError
from mtbsync_core.files import write_text
from otio_adapters import (
    avid,
    cmx_edl,
    fcpxml,
    fcpxml_read,
    otio_file,
    otio_read,
    resolve_edl,
    resolve_lua,
    subtitles,
    tables,
    xmeml,
    xmeml_read,
    youtube,
)
from otio_adapters.reading import ReadOptions
from otio_adapters.report import ExportReport, Issue
from otio_adapters.writing import PLAIN, WriteOptions, Written


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of file. `recipe` gets the names of the files that were written."""

    name: str
    suffix: str
    title: str
    """For help texts."""
    write: Callable[[otio.schema.Timeline, WriteOptions], Written]
    recipe: Callable[[otio.schema.Timeline, Sequence[str], WriteOptions], str]
    read: Callable[[str, ReadOptions], otio.schema.Timeline] | None = None
    """None where the format holds too little to be read back."""
    newline: str = "\n"


FORMATS = {
    f.name: f
    for f in (
        Format(
            "resolve-edl",
            ".edl",
            "timeline markers for DaVinci Resolve",
            resolve_edl.write,
            resolve_edl.recipe,
            resolve_edl.read,
        ),
        Format(
            "resolve-lua",
            ".lua",
            "timeline markers for DaVinci Resolve, by a script",
            resolve_lua.write,
            resolve_lua.recipe,
        ),
        Format("fcpxml", ".fcpxml", "Final Cut Pro", fcpxml.write, fcpxml.recipe, fcpxml_read.read),
        Format("edl", ".edl", "CMX3600 with LOC lines", cmx_edl.write, cmx_edl.recipe, cmx_edl.read),
        Format("avid", ".txt", "Avid Media Composer's marker list", avid.write, avid.recipe, avid.read, newline="\r\n"),
        Format("csv", ".csv", "a table", tables.write_csv, tables.recipe, tables.read_csv),
        Format("json", ".json", "data for programs", tables.write_json, tables.recipe, tables.read_json),
        Format("youtube", ".txt", "chapters of a YouTube video", youtube.write, youtube.recipe),
        Format("srt", ".srt", "subtitles", subtitles.write_srt, subtitles.recipe),
        Format("vtt", ".vtt", "subtitles of the web", subtitles.write_vtt, subtitles.recipe),
        Format("otio", ".otio", "a timeline of OpenTimelineIO", otio_file.write, otio_file.recipe, otio_read.read),
        Format(
            "resolve-otio",
            ".otio",
            "a timeline for DaVinci Resolve",
            otio_file.write_resolve,
            otio_file.recipe_resolve,
            otio_read.read,
        ),
        Format(
            "premiere-otio",
            ".otio",
            "a timeline for Premiere Pro",
            otio_file.write_premiere,
            otio_file.recipe_premiere,
            otio_read.read,
        ),
        Format("premiere", ".xml", "Adobe Premiere Pro", xmeml.write, xmeml.recipe, xmeml_read.read),
    )
}


def write_files(
    format: Format,
    timeline: otio.schema.Timeline,
    path: Path,
    how: WriteOptions = PLAIN,
    *,
    strict: bool = False,
    known: Sequence[Issue] = (),
) -> ExportReport:
    """Write a timeline to `path`, and what does not fit into one file to `path` with `_2`, `_3`, ... before the suffix.

    Args:
        known: what was lost or assumed before the timeline was made; it counts and is reported too.

    Raises:
        LossError: with `strict`, when anything would be lost or assumed; then nothing is written.
        UsageError: a file cannot be written.
        FormatError: the start timecode does not exist at the rate, or the timeline has no rate.
    """
    done = format.write(timeline, how)
    issues = (*known, *done.issues)
    if strict and issues:
        raise LossError(
            "the export would not be exact: " + "; ".join(str(issue) for issue in issues),
            "Nothing was written. Leave out --strict to accept this.",
        )
    files = [path, *(path.with_name(f"{path.stem}_{n}{path.suffix}") for n in range(2, len(done.texts) + 1))]
    for file, text in zip(files, done.texts, strict=True):
        write_text(file, text, newline="\r\n" if how.crlf else format.newline)
    recipe = format.recipe(timeline, [file.name for file in files], how)
    return ExportReport(tuple(files), done.markers, issues, recipe)
