"""Projects of Shotcut: clips at their places and speeds, out and in, and what other projects hold."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import opentimelineio as otio
import pytest

from mtbsync_core.errors import FormatError
from mtbsync_core.markers import Marker
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.timecode import Rate
from mtbsync_core.warp import TimeWarp
from otio_adapters.build import build_timeline
from otio_adapters.content import content_of
from otio_adapters.formats import FORMATS, format_of
from otio_adapters.formats.shotcut.reader import read
from otio_adapters.of_video import markers_of_video
from otio_adapters.retime import retimed_timeline
from otio_adapters.writing import PLAIN
from tests.otio_adapters.editors import NTSC, ride

PROJECT = """<?xml version="1.0" standalone="no"?>
<mlt LC_NUMERIC="C" version="7.22.0" title="Shotcut version 24.01.31" producer="main_bin">
  <profile width="1920" height="1080" frame_rate_num="30000" frame_rate_den="1001"/>
  <playlist id="main_bin"><property name="xml_retain">1</property></playlist>
  <producer id="black" in="00:00:00.000" out="00:02:00.000"><property name="mlt_service">color</property></producer>
  <playlist id="background"><entry producer="black" in="00:00:00.000" out="00:02:00.000"/></playlist>
  <chain id="chain0" out="00:01:59.987"><property name="length">00:02:00.020</property>
    <property name="resource">rides/ride.mp4</property><property name="mlt_service">avformat</property></chain>
  <producer id="producer0"><property name="length">1798</property><property name="resource">2:rides/ride.mp4</property>
    <property name="mlt_service">timewarp</property><property name="warp_speed">2</property></producer>
  <producer id="producer1"><property name="length">3597</property><property name="resource">-1:rides/ride.mp4</property>
    <property name="mlt_service">timewarp</property><property name="warp_speed">-1</property>
    <property name="warp_resource">rides/ride.mp4</property></producer>
  <chain id="chain1" out="00:01:59.987"><property name="length">3597</property>
    <property name="resource">rides/ride.mp4</property><property name="mlt_service">avformat</property>
    <link id="link0"><property name="mlt_service">timeremap</property></link></chain>
  <producer id="title"><property name="length">300</property><property name="mlt_service">color</property>
    <property name="resource">#00000000</property><property name="shotcut:caption">Title</property></producer>
  <tractor id="fade"><property name="shotcut:transition">lumaMix</property>
    <track producer="chain0" in="900" out="919"/><track producer="producer0" in="0" out="19"/></tractor>
  <playlist id="playlist0"><property name="shotcut:video">1</property><property name="shotcut:name">V1</property>
    <blank length="00:00:10.010"/>
    <entry producer="chain0" in="600" out="899"/>
    <entry producer="fade" in="0" out="19"/>
    <entry producer="producer0" in="20" out="319"/>
    <entry producer="producer1" in="0" out="99"/>
    <entry producer="chain1" in="0" out="99"/>
    <entry producer="title" in="0" out="49"/>
  </playlist>
  <tractor id="tractor0" title="Shotcut version 24.01.31" in="0" out="1200">
    <property name="shotcut">1</property>
    <properties name="shotcut:markers">MARKERS</properties>
    <track producer="background"/><track producer="playlist0"/>
  </tractor>
</mlt>
"""


def project(*frames: int) -> str:
    """With a marker at each of the frames, called by it."""
    one = (
        '<properties name="{n}"><property name="text">{n}</property><property name="start">{n}</property></properties>'
    )
    return PROJECT.replace("MARKERS", "".join(one.format(n=n) for n in frames))


def test_markers_lie_where_the_timeline_shows_the_recording() -> None:
    text = project(0, 300, 599, 609, 610, 650, 919, 930, 1050, 1149)
    assert format_of(text) is FORMATS["shotcut"]
    found = markers_of_video(read(text), ride())
    # A transition is cut in its middle; from 610 on twice as fast, from 920 on backwards from the end of the file.
    expected = {"300": 600, "599": 899, "609": 909, "610": 20, "650": 100, "919": 638, "930": 3587}
    assert {m.name: NTSC.to_frames(m.t_s) for m in found.markers} == expected
    assert {issue.kind: issue.count for issue in found.issues}["unfollowed"] == 1


@pytest.mark.parametrize(
    "bad", ["<mlt/>", "<mlt><tractor id='a'/></mlt>", PROJECT.replace('length="00:00:10.010"', 'length="x"')]
)
def test_what_is_no_project_is_an_error(bad: str) -> None:
    with pytest.raises(FormatError):
        read(bad)


def test_kdenlives_projects_are_not_taken_for_shotcuts() -> None:
    assert format_of(project(1).replace("main_bin", "kdenlive:docproperties")) is None


@pytest.mark.parametrize("rate", [Fraction(60000, 1001), Fraction(25), Fraction(120)])
def test_a_retimed_run_is_within_a_frame_with_its_sound_at_its_pitch(rate: Fraction) -> None:
    """A frame of a `timewarp` producer is that of the file at its number times the speed."""
    ref = MediaInfo(Path("/r/ref.mp4"), rate, 1920, 1080, 60.0, int(60 * rate), "h264")
    new = MediaInfo(Path("/r/new.mp4"), rate, 1920, 1080, 80.0, int(80 * rate), "h264")
    knots = np.linspace(0, 60, 13)
    warp = TimeWarp(knots, 3 + knots + 0.2 * np.sin(knots / 4) * knots / 10, np.zeros(13), frozenset())
    timeline = retimed_timeline(warp, ref, new, "stacked", [Marker("Gate", 30.0)])
    (text,) = FORMATS["shotcut"].write(timeline, PLAIN).texts
    root = ElementTree.fromstring(text)
    sequence = Rate.of(Fraction(*(int(root.find("profile").get(f"frame_rate_{part}")) for part in ("num", "den"))))  # type: ignore[union-attr, arg-type]
    about = {one.get("id"): {p.get("name"): p.text for p in one.findall("property")} for one in root}
    at, off = 0, 0.0
    for entry in root.findall("playlist[@id='playlist1']/*"):
        if entry.tag == "blank":
            at += int(entry.get("length", ""))
        elif entry.tag == "entry":
            producer = about[entry.get("producer")]
            speed = float(producer.get("warp_speed") or 1)
            assert speed == 1 or producer["warp_pitch"] == "1"
            frames = np.arange(int(entry.get("in", "")), int(entry.get("out", "")) + 1)
            wanted = warp.to_new((at + np.arange(len(frames))) / float(sequence.fps))
            off = max(off, np.nanmax(np.abs(frames * speed / float(sequence.fps) - wanted)) * float(sequence.fps))
            at += len(frames)
    assert off <= 1.0
    again = content_of(read(text))
    assert len(again.pieces) == len(content_of(timeline).pieces) and [m.name for m in again.marks] == ["Gate"]


def test_a_clip_of_nothing_is_left_out_and_told() -> None:
    timeline = build_timeline(ride(), [])
    timeline.tracks[0][0].media_reference = otio.schema.MissingReference(
        available_range=timeline.tracks[0][0].source_range
    )
    done = FORMATS["shotcut"].write(timeline, PLAIN)
    assert "no_media" in {issue.kind for issue in done.issues} and "chain0" not in done.texts[0]
