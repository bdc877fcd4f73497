"""The same through OpenTimelineIO's own door, for people who never heard of this program."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest

import otio_adapters
from mtbsync_core.errors import UsageError
from otio_adapters.formats import FORMATS
from otio_adapters.plugin import ADAPTERS
from otio_adapters.writing import WriteOptions

NAME = "mtbsync_resolve_markers_edl"
MANIFEST = otio_adapters.plugin_manifest()


@pytest.fixture
def adapter() -> Any:
    return MANIFEST.from_name(NAME, kind_list="adapters")


def timeline_of(count: int) -> otio.schema.Timeline:
    timeline = otio.schema.Timeline("T", global_start_time=otio.opentime.RationalTime(90000, 25))
    for i in range(count):
        marked = otio.opentime.TimeRange(otio.opentime.RationalTime(i * 10, 25), otio.opentime.RationalTime(3, 25))
        timeline.tracks.markers.append(otio.schema.Marker(f"m{i}", marked, "RED", comment="note"))
    return timeline


def test_there_and_back(adapter: Any, tmp_path: Path) -> None:
    file = str(tmp_path / "x.edl")
    adapter.write_to_file(timeline_of(2), file, crlf=True)
    assert b"note |C:ResolveColorRed |M:m1 |D:3\r\n" in Path(file).read_bytes()
    assert b"\r\r" not in Path(file).read_bytes()
    timeline = adapter.read_from_file(file, rate=25, start_timecode="01:00:00:00")
    assert [(m.name, m.marked_range.start_time.value) for m in timeline.tracks.markers] == [("m0", 0), ("m1", 10)]
    assert adapter.write_to_string(timeline) == adapter.write_to_string(timeline_of(2))


@pytest.mark.slow
def test_a_string_cannot_hold_two_files(adapter: Any, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        adapter.write_to_string(timeline_of(1000))
    adapter.write_to_file(timeline_of(1000), str(tmp_path / "x.edl"))
    assert (tmp_path / "x_2.edl").is_file()


def test_nobodys_suffix_is_taken(adapter: Any) -> None:
    assert list(adapter.suffixes) == []
    assert adapter.has_feature("read") and adapter.has_feature("write")


def test_every_format_is_an_adapter() -> None:
    listed = MANIFEST.adapters
    assert [entry.name for entry in listed] == [format.adapter for format in FORMATS.values()]
    assert len(set(ADAPTERS)) == len(FORMATS)
    for entry in listed:
        assert list(entry.suffixes) == [] and Path(entry.module_abs_path()).is_file()


def test_the_names_that_people_know_stay() -> None:
    assert set(ADAPTERS) >= {
        "mtbsync_resolve_markers_edl",
        "mtbsync_resolve_lua",
        "mtbsync_cmx_markers_edl",
        "mtbsync_fcpxml",
        "mtbsync_premiere_xmeml",
        "mtbsync_otio",
        "mtbsync_resolve_otio",
        "mtbsync_premiere_otio",
        "mtbsync_avid_markers",
        "mtbsync_markers_csv",
        "mtbsync_markers_json",
        "mtbsync_youtube_chapters",
        "mtbsync_srt",
        "mtbsync_vtt",
    }


@pytest.mark.parametrize("name", ADAPTERS)
def test_each_adapter_writes_its_own_format(name: str) -> None:
    found = MANIFEST.from_name(name, kind_list="adapters")
    format = ADAPTERS[name]
    assert found.write_to_string(timeline_of(4)) == format.write(timeline_of(4), WriteOptions()).texts[0]
    assert found.has_feature("read") == (format.read is not None)


@pytest.mark.slow
def test_opentimelineio_finds_it_by_name(tmp_path: Path) -> None:
    code = (
        "import opentimelineio as otio\n"
        "t = otio.schema.Timeline('T', global_start_time=otio.opentime.RationalTime(0, 25))\n"
        f"print(otio.adapters.write_to_string(t, adapter_name='{NAME}'))\n"
    )
    env = {**os.environ, "PYTHONPATH": str(Path(otio_adapters.__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=env, capture_output=True, encoding="utf-8", check=True
    )
    assert done.stdout.startswith("TITLE: T.markers")
