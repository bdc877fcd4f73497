"""What OpenTimelineIO loads: `any_format`, run once for each adapter of the manifest, under the adapter's name.

The keywords that `otio.adapters` passes on are those of `WriteOptions` and `ReadOptions`, as plain values: `rate=29.97`
(a number, or a text like "30000/1001"), `drop=True`, `start_timecode="01:00:00;00"`, `ascii=True`, `crlf=True`, ...
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import opentimelineio as otio

from mtbsync_core.errors import UsageError
from mtbsync_core.timecode import Rate
from otio_adapters.formats import FORMATS, write_files
from otio_adapters.reading import ReadOptions
from otio_adapters.writing import WriteOptions

ADAPTERS = {
    "mtbsync_resolve_markers_edl": "resolve-edl",
    "mtbsync_resolve_lua": "resolve-lua",
    "mtbsync_cmx_markers_edl": "edl",
    "mtbsync_fcpxml": "fcpxml",
    "mtbsync_premiere_xmeml": "premiere",
    "mtbsync_otio": "otio",
    "mtbsync_resolve_otio": "resolve-otio",
    "mtbsync_premiere_otio": "premiere-otio",
    "mtbsync_avid_markers": "avid",
    "mtbsync_markers_csv": "csv",
    "mtbsync_markers_json": "json",
    "mtbsync_youtube_chapters": "youtube",
    "mtbsync_srt": "srt",
    "mtbsync_vtt": "vtt",
}
"""Format of each adapter. The names are ours alone, and no adapter claims a suffix: nobody's `.edl` is hijacked."""


def adapter(name: str) -> dict[str, Callable[..., Any]]:
    """The functions that OpenTimelineIO looks for in an adapter module, for one of our formats."""
    format = FORMATS[name]

    def write_to_string(input_otio: otio.schema.Timeline, **options: Any) -> str:
        """The text of one file.

        Raises:
            UsageError: there are more markers than one such file can hold.
        """
        how = _write_options(options)
        done = format.write(input_otio, how)
        if len(done.texts) > 1:
            raise UsageError(f"{done.markers} markers need {len(done.texts)} files", "Write to files instead.")
        return done.texts[0].replace("\n", "\r\n") if how.crlf else done.texts[0]

    def write_to_file(input_otio: otio.schema.Timeline, filepath: str, **options: Any) -> str:
        """Write the file, and where one cannot hold all, further ones beside it."""
        report = write_files(format, input_otio, Path(filepath), _write_options(options))
        return str(report.files[0])

    def read_from_string(input_str: str, **options: Any) -> otio.schema.Timeline:
        """A timeline with the markers of the file."""
        assert format.read is not None
        return format.read(input_str, _read_options(options))

    found: dict[str, Callable[..., Any]] = {"write_to_string": write_to_string, "write_to_file": write_to_file}
    return found if format.read is None else {**found, "read_from_string": read_from_string}


def _write_options(given: dict[str, Any]) -> WriteOptions:
    return WriteOptions(**_exact(given))


def _read_options(given: dict[str, Any]) -> ReadOptions:
    return ReadOptions(**_exact(given))


def _exact(given: dict[str, Any]) -> dict[str, Any]:
    rate = given.get("rate")
    return given if rate is None else {**given, "rate": Rate.of(rate, drop=bool(given.get("drop")))}
