"""Presets of ours and of users, and formats told by their content."""

from __future__ import annotations

from pathlib import Path

import pytest

from mtbsync_core.errors import FormatError, UsageError
from mtbsync_core.timecode import Rate
from otio_adapters.formats import FORMATS, format_of, load
from otio_adapters.presets import preset_named, read_presets, size_of


def config(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "config.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_the_users_presets_come_first(tmp_path: Path) -> None:
    file = config(
        tmp_path,
        '[presets.resolve-edl]\nformat = "resolve-edl"\nascii = true\n'
        '[presets.club]\nformat = "resolve-edl"\nfps = 29.97\ndrop = true\nstart_timecode = "01:00:00;00"\n'
        'size = "1920x1080"\nreel = "A1"\nlabel = "Club"\ncrlf = true\non = "both"\n[other]\nx = 1\n',
    )
    assert preset_named("resolve-edl", file).options == {"ascii": True}
    club = preset_named("club", file)
    assert (club.format, club.on) == ("resolve-edl", "both")
    assert club.options["rate"] == Rate(30000, 1001, True) and club.options["size"] == (1920, 1080)
    assert preset_named("resolve-edl", tmp_path / "none.toml").options == {}
    with pytest.raises(UsageError, match="imovie"):
        preset_named("imovie", file)


@pytest.mark.parametrize(
    "text",
    [
        "[presets.a\n",
        "presets = 3\n",
        "[presets]\na = 3\n",
        '[presets.a]\nfps = 25\n[presets.b]\nformat = "resolve-edl"\n',
        '[presets.a]\nformat = "imovie"\n',
        '[presets.a]\nformat = "resolve-edl"\nfsp = 25\n',
        '[presets.a]\nformat = "resolve-edl"\nfps = true\n',
        '[presets.a]\nformat = "resolve-edl"\nfps = "many"\n',
        '[presets.a]\nformat = "resolve-edl"\nsize = "wide"\n',
        '[presets.a]\nformat = "resolve-edl"\non = "tape"\n',
    ],
)
def test_a_damaged_preset_is_named(tmp_path: Path, text: str) -> None:
    with pytest.raises(FormatError, match="config"):
        read_presets(config(tmp_path, text))


def test_sizes() -> None:
    assert size_of("5312x2988") == size_of(" 5312 X 2988 ") == (5312, 2988)
    for text in ("0x10", "1920", "1920*1080"):
        with pytest.raises(UsageError):
            size_of(text)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("TITLE: x\nFCM: DROP FRAME\n\n1 AX V C 01:00:00:00 01:00:01:00 01:00:00:00 01:00:01:00\n", "edl"),
        ("note |C:ResolveColorRed |M:a |D:1\n", "resolve-edl"),
        ('<?xml version="1.0"?>\n<!DOCTYPE fcpxml>\n<fcpxml version="1.10">', "fcpxml"),
        ('<?xml version="1.0"?>\n<!DOCTYPE xmeml>\n<xmeml version="5">', "premiere"),
        ('{\n  "OTIO_SCHEMA": "Timeline.1"', "otio"),
        ('{"schema": "mtbsync.timeline-markers"', "json"),
        ("ed\t01:00:00:00\tV1\tred\tname\t1\n", "avid"),
        ("name,t_ref\na,1\n", None),
        ("", None),
    ],
)
def test_content_tells_the_format(text: str, name: str | None) -> None:
    found = format_of(text)
    assert (found.name if found else None) == (name if name in FORMATS else None)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_text_of_any_encoding(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "x").write_bytes("TITLE: Größe ± 测\n".encode(encoding))
    assert load(tmp_path / "x") == "TITLE: Größe ± 测\n"


def test_text_of_old_windows(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes("TITLE: Größe ±\r\n".encode("cp1252"))
    assert load(tmp_path / "x") == "TITLE: Größe ±\r\n"
    with pytest.raises(UsageError):
        load(tmp_path / "none")
