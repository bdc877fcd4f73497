"""Lists of timecodes as others write them: the sign of drop frame, lines that cannot be, midnight, colours."""

from __future__ import annotations

from pathlib import Path

import pytest

from mtbsync_core.errors import FormatError, UsageError
from mtbsync_core.markers import Marker
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.timecode import Rate
from otio_adapters.build import build_timeline
from otio_adapters.formats import FORMATS
from otio_adapters.of_video import markers_of_video
from otio_adapters.reading import ReadOptions
from otio_adapters.writing import WriteOptions

NTSC = Rate(30000, 1001)
LISTS = ("resolve-edl", "edl", "avid")
HEAD = "TITLE: ride\nFCM: {fcm} FRAME\n\n"


def ride(start: str | None = "01:00:00;00", drop: bool = True, length_s: float = 120.12) -> MediaInfo:
    return MediaInfo(Path("/r/ride.mp4"), NTSC.fps, 64, 36, length_s, 3600, "h264", 0, start, drop)


def text_of(name: str, *labels: str, fcm: str | None = None) -> str:
    """A list with a marker at each label, called by its number."""
    if name == "avid":
        return "".join(f"me\t{label}\tV1\tred\tM{n}\t1\n" for n, label in enumerate(labels, 1))
    head = "" if fcm is None else HEAD.format(fcm=fcm)
    event = "{n:03d}  001      V     C        00:00:00:00 00:00:00:01 {label} {label}"
    line = "* LOC: {label} RED     M{n}" if name == "edl" else " |C:ResolveColorRed |M:M{n} |D:1"
    return head + "".join(f"{event}\n{line}\n\n".format(n=n, label=label) for n, label in enumerate(labels, 1))


def found(name: str, text: str, media: MediaInfo | None = None, start: str | None = None) -> dict[str, float]:
    read = FORMATS[name].read
    assert read is not None
    media = media or ride()
    timeline = read(text, ReadOptions(rate=media.timecode_rate))
    return {m.name: round(m.t_s, 3) for m in markers_of_video(timeline, media, start=start).markers}


def problems(name: str, text: str) -> list[tuple[int, str, bool]]:
    read = FORMATS[name].read
    assert read is not None
    timeline = read(text, ReadOptions(rate=ride().timecode_rate))  # held, since its metadata go when it goes
    return [tuple(one) for one in timeline.metadata["mtbsync"]["problems"]]


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("fcm", ["NON-DROP", "DROP", None])
@pytest.mark.parametrize("media", [ride(), ride("01:00:00:00", False)], ids=["of drop", "of non-drop"])
def test_labels_with_a_semicolon_are_drop_frame_whatever_the_header_says(
    name: str, fcm: str | None, media: MediaInfo
) -> None:
    assert found(name, text_of(name, "01:01:00;02", fcm=fcm), media) == {"M1": 60.06}


def test_the_sign_of_the_events_counts_for_the_markers_in_them() -> None:
    text = (
        "FCM: NON-DROP FRAME\n001  A  V  C  00:00:00:00 00:00:10:00 01:00:00;00 01:00:10;00\n"
        "* LOC: 01:01:00:02 RED     M1\n"
    )
    assert found("edl", text) == {"M1": 60.06}


@pytest.mark.parametrize("name", ["resolve-edl", "edl"])
def test_the_first_fcm_counts_where_labels_have_colons(name: str) -> None:
    """Avid changes it with the tape of the event."""
    text = text_of(name, "01:01:00:02", fcm="NON-DROP") + "FCM: DROP FRAME\n"
    assert found(name, text, ride("01:00:00:00", False)) == {"M1": 60.127}
    text = text_of(name, "01:01:00:02", fcm="DROP") + "FCM: NON-DROP FRAME\n"
    assert found(name, text) == {"M1": 60.06}


@pytest.mark.parametrize("name", LISTS)
def test_one_label_that_does_not_exist_is_the_error_of_its_line(name: str) -> None:
    text = text_of(name, "01:00:10;00", "01:01:00;00", "01:01:00;02", "01:00:61;00", fcm="DROP")
    assert found(name, text) == {"M1": 10.01, "M3": 60.06}
    (line, skipped, kept), (_, beyond, _) = problems(name, text)
    assert "01:01:00;00 is one of the labels that drop frame skips" in skipped and not kept
    assert line == {"avid": 2, "resolve-edl": 7, "edl": 8}[name] and "01:00:61;00" in beyond
    with pytest.raises(FormatError, match="drop frame skips"):
        found(name, text_of(name, "01:01:00;00"))


def test_a_list_that_does_not_say_and_cannot_be_drop_frame_is_not() -> None:
    text = text_of("avid", "01:01:00:00", "01:01:00:02")
    assert found("avid", text) == {"M1": 60.06, "M2": 60.127}
    ((line, said, kept),) = problems("avid", text)
    assert (line, kept) == (0, True) and "taken as non-drop" in said


NIGHT = ride("23:59:30;00")


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("start", [None, "23:59:30;00"])
def test_a_recording_that_runs_past_midnight(name: str, start: str | None) -> None:
    both = text_of(name, "23:59:40;00", "00:00:10;00", fcm="DROP")
    assert found(name, both, NIGHT, start) == {"M1": 10.01, "M2": 40.04}
    after = text_of(name, "00:00:10;00", fcm="DROP")
    assert found(name, after, NIGHT, start) == {"M1": 40.04}


@pytest.mark.parametrize("name", [*LISTS, "csv", "json"])
@pytest.mark.parametrize("media", [NIGHT, ride("23:59:30:00", False)], ids=["drop", "non-drop"])
def test_own_files_come_back_past_midnight(name: str, media: MediaInfo) -> None:
    markers = [Marker("M1", 10.01), Marker("M2", 40.04)]
    (text,) = FORMATS[name].write(build_timeline(media, markers), WriteOptions()).texts
    assert found(name, text, media) == {"M1": 10.01, "M2": 40.04}


def test_a_marker_before_a_recording_that_starts_past_midnight_is_outside() -> None:
    with pytest.raises(UsageError):
        found("avid", text_of("avid", "23:59:50;00", "00:00:20;00"), ride("00:00:10;00"))
    kept = found("avid", text_of("avid", "23:59:50;00", "00:00:20;00"), ride("00:00:10;00"), "00:00:10;00")
    assert kept == {"M2": 10.01}


@pytest.mark.parametrize(
    ("text", "name", "colour"),
    [
        ("Green   Gate", "Gate", "Green"),
        ("White   Roots  left line", "Roots  left line", "Cream"),
        ("Magenta Drop", "Drop", "Fuchsia"),
        ("Yellow  Berm", "Berm", "Yellow"),
        ("yElLoW  Berm", "Berm", "Yellow"),
        ("\tCyan\tBerm", "Berm", "Cyan"),
        ("Black   ", "", "Cocoa"),
        ("RED flag", "flag", "Red"),
        ("Red flag", "Red flag", ""),
        ("Green", "Green", ""),
        ("Whitewash", "Whitewash", ""),
        ("Red     Red     door", "Red     door", "Red"),
    ],
)
def test_the_colour_of_a_loc_in_any_case(text: str, name: str, colour: str) -> None:
    read = FORMATS["edl"].read
    assert read is not None
    line = f"*LOC: 01:00:02:00 {text}\n"
    (marker,) = read(HEAD.format(fcm="NON-DROP") + line, ReadOptions(rate=Rate(24))).tracks.markers
    assert (marker.name, marker.metadata["mtbsync"].get("colour", "")) == (name, colour)
