"""The OpenTimelineIO plug-in: the manifest, and what each adapter does. `any_format` is run once for each of them.

The keywords that `otio.adapters` passes on are those of `WriteOptions` and `ReadOptions`, as plain values: `rate=29.97`
(a number, or a text like "30000/1001"), `drop=True`, `start_timecode="01:00:00;00"`, `ascii=True`, `crlf=True`, ...
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import opentimelineio as otio

from mtbsync_core.errors import UsageError
from mtbsync_core.timecode import Rate
from otio_adapters.formats import FORMATS, Format, write_files
from otio_adapters.reading import ReadOptions
from otio_adapters.writing import WriteOptions

ADAPTERS = {format.adapter: format for format in FORMATS.values()}


def manifest() -> otio.plugins.manifest.Manifest:
    """An adapter for each format. None claims a suffix: nobody's `.edl` is hijacked."""
    found = otio.plugins.manifest.Manifest()
    module = str(Path(__file__).with_name("any_format.py").absolute())
    found.adapters = [otio.adapters.Adapter(name, module, suffixes=[]) for name in ADAPTERS]
    return found


def write_to_string(format: Format, input_otio: otio.schema.Timeline, **options: Any) -> str:
    """The text of one file.

    Raises:
        UsageError: there are more markers than one such file can hold.
    """
    how = WriteOptions(**_exact(options))
    done = format.write(input_otio, how)
    if len(done.texts) > 1:
        raise UsageError(f"{done.markers} markers need {len(done.texts)} files", "Write to files instead.")
    return done.texts[0].replace("\n", "\r\n") if how.crlf else done.texts[0]


def write_to_file(format: Format, input_otio: otio.schema.Timeline, filepath: str, **options: Any) -> str:
    """Write the file, and where one cannot hold all, further ones beside it."""
    report = write_files(format, input_otio, Path(filepath), WriteOptions(**_exact(options)))
    return str(report.files[0])


def read_from_string(format: Format, input_str: str, **options: Any) -> otio.schema.Timeline:
    """A timeline with the markers of the file; only for formats that can be read."""
    assert format.read is not None
    return format.read(input_str, ReadOptions(**_exact(options)))


def _exact(given: dict[str, Any]) -> dict[str, Any]:
    rate = given.get("rate")
    return given if rate is None else {**given, "rate": Rate.of(rate, drop=bool(given.get("drop")))}
