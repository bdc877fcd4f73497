"""Whose markers they are: of the recording, of the timeline over it, or of something else, which is counted."""

from __future__ import annotations

import opentimelineio as otio
import pytest

from mtbsync_core.errors import FormatError, UsageError
from mtbsync_core.mediainfo import MediaFile, MediaInfo
from mtbsync_core.timecode import Rate
from tests.otio_adapters.editors import (
    NTSC,
    WHOLE,
    at,
    clip,
    document,
    fcpxml,
    file,
    flag,
    flags,
    found_in,
    issues,
    item,
    mark,
    places,
    ride,
    span,
    timeline,
    written,
    xmeml,
)

SECONDS = ride(NTSC, None)


def track(*items: otio.core.Item, kind: str = "Video") -> otio.schema.Track:
    return otio.schema.Track("T", list(items), kind=kind)


# Titles, adjustment layers, sound, other recordings


def test_final_cuts_titles_and_music_lie_on_the_timeline_and_other_recordings_do_not() -> None:
    marks = mark("3601s", "title") + mark("3700s", "cut off")
    title = f'<title lane="2" offset="10s" start="3600s" duration="5s">{marks}</title>'
    beat = f'<asset-clip ref="r4" lane="-1" offset="2s" duration="5s">{mark("1s", "beat")}</asset-clip>'
    marks = mark("5s", "theirs") + mark("6s", "too")
    other = f'<asset-clip ref="r3" lane="1" offset="4s" duration="50s">{marks}</asset-clip>'
    found = found_in(fcpxml(f'<asset-clip ref="r2" duration="60s">{other}{title}{beat}</asset-clip>'), SECONDS)
    assert {name: round(t) for name, t in places(found).items()} == {"title": 11, "beat": 3}
    assert issues(found) == {"other_recording": 2, "elsewhere": 1}
    assert "other.mp4" in " ".join(str(issue) for issue in found.issues)


def test_sound_cut_off_a_recording_has_the_recordings_markers() -> None:
    sound = 'srcEnable="audio" duration="9s"'
    own = f'<asset-clip ref="r2" lane="-1" {sound} offset="20s" start="5s">{mark("7s", "own")}</asset-clip>'
    other = f'<asset-clip ref="r3" lane="-2" {sound} offset="3s">{mark("7s", "theirs")}</asset-clip>'
    below = f'<asset-clip ref="r3" lane="-3" offset="3s" duration="9s">{mark("8s", "below")}</asset-clip>'
    found = found_in(fcpxml(f'<asset-clip ref="r2" duration="60s">{own}{other}{below}</asset-clip>'), SECONDS)
    assert places(found) == {"own": 7.0} and issues(found) == {"other_recording": 2}


def test_premieres_titles_and_layers_lie_on_the_timeline_and_other_recordings_do_not() -> None:
    layer = file("Adjustment Layer", id="a", path=False, more="<mediaSource>Slug</mediaSource>")
    more = [
        item(file("other.mp4", id="o"), 0, 900, 0, flag(5, "theirs")),
        item(layer, 100, 200, 1000, flag(1050, "layer")),
        "<track>" + item("", 200, 300, 0, flag(10, "title"))[7:].replace("clipitem", "generatoritem"),
    ]
    sound = item("<file id='o'/>", 0, 900, 0, flag(5, "theirs") + flag(7, "heard"))
    text = document(xmeml(item(file()) + "".join(more), audio=sound))
    found = found_in(text, ride())
    assert places(found) == {"layer": at(150), "title": at(210)}
    assert issues(found) == {"other_recording": 2}


def test_otio_titles_sound_and_other_recordings() -> None:
    title = otio.schema.Clip("Text+", otio.schema.MissingReference(), span(0, 200), markers=flags({"title": 50}))
    maker = otio.schema.GeneratorReference("Grain", "noise", span(0, 200))
    layer = otio.schema.Clip("Grain", maker, span(0, 200), markers=flags({"layer": 60}))
    music = clip("music.wav", 300, 600, available=span(0, 3000), markers={"beat": 450})
    ours = clip(available=WHOLE, markers={"own": 107892 + 30, "heard": 107892 + 31})
    theirs = clip("other.mp4", available=WHOLE, markers={"theirs": 107892 + 5})
    text = written(
        timeline(
            track(clip(available=WHOLE, markers={"own": 107892 + 30})),
            track(clip("other.mp4", available=WHOLE)),
            track(otio.schema.Gap(source_range=span(0, 100)), title, layer),
            track(music, kind="Audio"),
            track(ours, kind="Audio"),
            track(theirs, kind="Audio"),
        )
    )
    found = found_in(text, ride())
    assert places(found) == {"own": at(30), "heard": at(31), "beat": at(150), "title": at(150), "layer": at(360)}
    assert issues(found) == {"other_recording": 1}


def test_a_timeline_of_titles_only_is_not_the_recording() -> None:
    title = f'<title duration="9s">{mark("1s", "x")}</title>'
    third = '<asset id="r9" name="third.mp4" hasVideo="1" src="file:///u/third.mp4" start="0s" duration="60s"/>'
    story = f'<asset-clip ref="r3" duration="9s"/><asset-clip ref="r9" duration="9s"/>{title}'
    with pytest.raises(UsageError, match="not among"):
        found_in(fcpxml(story, more=third), SECONDS)


def test_a_clip_that_is_off_counts_where_nothing_better_is_on() -> None:
    off = '<asset-clip ref="r2" lane="1" enabled="0" offset="0s" start="30s" duration="9s"/>'
    text = fcpxml(
        f'<asset-clip ref="r2" duration="6s">{off}'
        f'<title lane="2" offset="0s" duration="9s">{mark("2s", "both")}{mark("8s", "off")}</title></asset-clip>'
    )
    assert {name: round(t) for name, t in places(found_in(text, SECONDS)).items()} == {"both": 2, "off": 38}


# Compound clips


def test_a_compound_clip_of_final_cut_that_is_cut_to_pieces() -> None:
    pieces = (
        f'<asset-clip ref="r2" start="10s" duration="20s">{mark("15s", "own")}'
        f'<title lane="1" offset="12s" duration="3s">{mark("1s", "inside")}</title></asset-clip>'
        f'<asset-clip ref="r2" start="50s" duration="20s">{mark("99s", "cut off")}</asset-clip>'
    )
    more = f'<media id="m"><sequence format="r1" tcStart="3600s"><spine>{pieces}</spine></sequence></media>'
    title = f'<title lane="1" offset="3626s" duration="9s">{mark("0s", "outside")}</title>'
    for map, outside in (
        ("", 56.0),
        ('<timeMap><timept time="3600s" value="3600s"/><timept time="3620s" value="3640s"/></timeMap>', 62.0),
    ):
        at = title.replace("3626s", "3616s") if map else title
        text = fcpxml(
            f'<ref-clip ref="m" start="3605s" duration="25s">{map}{mark("3607s", "on it")}{at}</ref-clip>',
            more=more,
            frame="1/25s",
        )
        on_it = 24.0 if map else 17.0
        found = found_in(text, ride(Rate(25), None))
        expected = {"own": 15.0, "inside": 13.0, "cut off": 99.0, "on it": on_it, "outside": outside}
        assert places(found) == expected and not issues(found)


def test_a_multicam_clip_shows_one_angle_and_the_others_have_their_markers() -> None:
    def angle(id: str, *clips: str) -> str:
        return f'<mc-angle angleID="{id}">{"".join(clips)}</mc-angle>'

    ours = f'<asset-clip ref="r2" start="10s" duration="20s">{mark("15s", "own")}</asset-clip>'
    again = '<asset-clip ref="r2" start="50s" duration="20s"/>'
    theirs = f'<asset-clip ref="r3" duration="40s">{mark("9s", "theirs")}</asset-clip>'
    angles = angle("a", theirs) + angle("b", ours, again)
    more = f'<media id="m"><multicam format="r1" tcStart="0s">{angles}</multicam></media>'
    title = f'<title lane="1" offset="26s" duration="9s">{mark("0s", "outside")}</title>'
    text = fcpxml(
        f'<mc-clip ref="m" duration="40s"><mc-source angleID="b"/>{title}</mc-clip>', more=more, frame="1/25s"
    )
    found = found_in(text, ride(Rate(25), None))
    assert places(found) == {"own": 15.0, "outside": 56.0} and issues(found) == {"other_recording": 1}


def test_compound_clips_without_the_recording_are_titles_or_theirs() -> None:
    def stack(*rows: otio.core.Item) -> otio.schema.Stack:
        made = otio.schema.Stack("nest", [track(row) for row in rows])
        made.source_range = span(50, 400)
        return made

    title = otio.schema.Clip("Text+", otio.schema.MissingReference(), span(0, 900), markers=flags({"title": 60}))
    titles, theirs = stack(title), stack(clip("other.mp4", 107892, 900, available=WHOLE, markers={"theirs": 107900}))
    titles.markers.extend(flags({"on it": 70, "cut off": 3}))
    theirs.markers.extend(flags({"on theirs": 70}))
    rows = [track(clip(available=WHOLE)), track(titles), track(theirs)]
    found = found_in(written(timeline(*rows)), ride())
    assert places(found) == {"title": at(10), "on it": at(20)}
    assert issues(found) == {"elsewhere": 1, "other_recording": 2}


def nest(inner: str, start: int = 0, end: int = 300, first: int = 600, more: str = "") -> str:
    return item(inner, start, end, first, more)


def test_a_nested_sequence_of_premiere_by_its_trim() -> None:
    inside = xmeml(item(file(), 0, 3000, 0, flag(640, "on the ride")), flag(650, "inside"), name="nest", id="s2")
    outer = xmeml(nest(inside, more=flag(700, "on the nest")), flag(100, "outside"))
    expected = {"on the ride": at(640), "inside": at(650), "on the nest": at(700), "outside": at(700)}
    assert places(found_in(document(outer), ride())) == expected
    # Premiere writes a sequence once, and names it elsewhere; the nest may come first.
    apart = xmeml(nest("<sequence id='s2'/>", more=flag(700, "on the nest")), flag(100, "outside"))
    for order in ((inside, apart), (apart, inside)):
        found = found_in(document(*order), ride())
        assert places(found) == expected and not issues(found)


def test_a_nest_in_a_nest_that_is_faster() -> None:
    speed = (
        "<filter><effect><effectid>timeremap</effectid><parameter><parameterid>speed</parameterid><value>200</value>"
        "</parameter></effect></filter>"
    )
    deep = xmeml(item(file(), 100, 3000, 50), flag(200, "deep"), name="deep", id="s3")
    inside = xmeml(nest(deep, 0, 1000, 60), flag(90, "inside"), name="nest", id="s2")
    outer = xmeml(nest(inside, 10, 300, 40, speed), flag(50, "outside"))
    # Outside 50 is 40 frames in, frame 80 + 2 x 40 of the nest, 160 + 60 of the deep one, 220 - 100 + 50 of the file.
    expected = {"deep": at(150), "inside": at(100), "outside": at(170)}
    assert places(found_in(document(outer), ride())) == expected


def test_a_nest_that_cannot_be_followed_is_no_guess() -> None:
    for inside in ("<sequence id='gone'/>", "<sequence id='s1'/>"):
        text = document(xmeml(nest(inside), flag(100, "outside")))
        with pytest.raises(UsageError, match="not among"):
            found_in(text, ride())
        found = found_in(
            document(xmeml(nest(inside) + item(file(), 500, 900), flag(100, "a") + flag(600, "b"))), ride()
        )
        assert places(found) == {"b": at(100)} and issues(found) == {"elsewhere": 1}


def test_nested_stacks_and_tracks() -> None:
    def inner(kind: type[otio.core.Composition]) -> otio.core.Composition:
        ours = clip(first=107892 + 100, length=2000, available=WHOLE, markers={"own": 107892 + 500})
        gap = otio.schema.Gap(source_range=span(0, 50))
        rows: list[otio.core.Composable] = [gap, ours]
        made = kind("nest", [track(*rows)] if kind is otio.schema.Stack else rows)
        made.markers.extend(flags({"inside": 60, "cut off": 1900}))
        made.source_range = span(200, 400)
        made.effects.append(otio.schema.LinearTimeWarp(time_scalar=0.5))
        return made

    for kind in (otio.schema.Stack, otio.schema.Track):
        found = found_in(written(timeline(track(inner(kind)), markers={"outside": 100, "behind": 900})), ride())
        # Outside 100 is frame 200 + 50 inside, 200 of the clip, 300 of the file.
        assert places(found) == {"own": at(500), "inside": at(110), "cut off": at(1950), "outside": at(300)}
        assert issues(found) == {"elsewhere": 1}


def test_a_clip_right_on_the_stack_and_a_trimmed_track() -> None:
    made = timeline(markers={"a": 100})
    made.tracks.append(clip(available=WHOLE))
    assert places(found_in(written(made), ride())) == {"a": at(100)}
    row = track(clip(available=WHOLE, length=3000))
    row.source_range = span(300, 900)
    assert places(found_in(written(timeline(row, markers={"a": 100})), ride())) == {"a": at(400)}


# Ranges


@pytest.mark.parametrize(
    ("first", "available"),
    [(108392, None), (500, None), (108392, WHOLE), (500, span(0, 3597)), (108392, span(108300, 900))],
    ids=["timecode", "from zero", "said", "said from zero", "a part of the file"],
)
def test_where_the_times_of_a_clip_begin(first: int, available: otio.opentime.TimeRange | None) -> None:
    made = clip(first=first, length=300, available=available, markers={"own": first + 100})
    found = found_in(written(timeline(made, markers={"a": 100})), ride())
    assert places(found) == {"own": at(600), "a": at(600)} and not issues(found)


def test_two_clips_without_range_count_from_the_same_frame() -> None:
    pieces = track(clip(first=107892, length=300), clip(first=109892, length=300))
    assert places(found_in(written(timeline(pieces, markers={"a": 100, "b": 400})), ride())) == {
        "a": at(100),
        "b": at(2100),
    }


def test_what_is_not_known_of_a_range_is_said_or_refused() -> None:
    short = ride(NTSC, "00:00:10:00")
    found = found_in(written(timeline(clip(first=600, length=300), markers={"a": 100})), short)
    assert places(found) == {"a": at(400)} and issues(found) == {"origin_assumed": 1}
    found = found_in(written(timeline(clip(first=600, length=300), markers={"a": 100})), None)
    assert places(found) == {"a": at(700)} and issues(found) == {"origin_assumed": 1}
    for media in (None, ride(NTSC, None), ride(NTSC, "05:00:00:00")):
        with pytest.raises(UsageError, match="at which time"):
            found_in(written(timeline(clip(first=108392, length=300), markers={"a": 100})), media)


def test_a_chapter_without_range() -> None:
    chapters = (MediaFile(ride().path), MediaFile(ride(name="ride2.mp4").path, at(3597)))
    whole = MediaInfo(
        ride().path, NTSC.fps, 1920, 1080, 2 * at(3597), 7194, "h264", 0, "01:00:00;00", True, files=chapters
    )
    for first in (107892 + 3597 + 500, 500):
        found = found_in(written(timeline(clip("ride2.mp4", first, 300), markers={"a": 100})), whole)
        assert places(found)["a"] == pytest.approx(at(3597) + at(600), abs=1e-3)


@pytest.mark.parametrize("plays", [30.0, 30000 / 1001, 24000 / 1001])
def test_a_file_that_is_played_at_another_rate(plays: float) -> None:
    """Slow motion by Clip Attributes or Interpret Footage: all frames of 119.88 fps, at a fourth of the rate."""
    fast = ride(Rate(120000, 1001), None)
    time = otio.opentime.RationalTime
    whole = otio.opentime.TimeRange(time(0, plays), time(fast.n_frames, plays))
    made = otio.schema.Clip("ride.mp4", otio.schema.ExternalReference("/x/ride.mp4", whole), whole)
    made.markers.append(otio.schema.Marker("own", otio.opentime.TimeRange(time(1200, plays), time(0, plays))))
    text = timeline(made)
    text.tracks.markers.append(otio.schema.Marker("a", otio.opentime.TimeRange(time(2400, plays), time(0, plays))))
    found = found_in(written(text), fast)
    assert places(found) == {"own": at(1200, fast.timecode_rate), "a": at(2400, fast.timecode_rate)}
    assert issues(found) == {"other_rate": 1}


def test_a_rate_that_is_only_written_roughly() -> None:
    whole = otio.opentime.TimeRange(otio.opentime.RationalTime(0, 30.0), otio.opentime.RationalTime(3596, 30.0))
    made = otio.schema.Clip("ride.mp4", otio.schema.ExternalReference("/x/ride.mp4", whole), whole)
    own = otio.opentime.TimeRange(otio.opentime.RationalTime(3000, 30.0), otio.opentime.RationalTime(0, 30.0))
    made.markers.append(otio.schema.Marker("own", own))
    assert places(found_in(written(timeline(made)), ride(NTSC, None)))["own"] == pytest.approx(at(3000), abs=1e-3)


# Kdenlive


def test_what_kdenlive_writes() -> None:
    def kdenlive(frame: int, text: str) -> otio.schema.Marker:
        return otio.schema.Marker("", span(frame, 1), "PURPLE", {"kdenlive": {"type": 1}}, comment=text)

    made = clip(first=600, length=900, available=span(0, 3597))
    made.markers.extend([kdenlive(100, "Gate"), kdenlive(-50, "before the cut")])
    row = track(made)
    row.source_range = span(0, 900)
    text = timeline(row)
    text.global_start_time = None
    text.tracks.markers.append(kdenlive(300, "Berm"))
    found = found_in(written(text), ride())
    assert places(found) == {"before the cut": at(550), "Gate": at(700), "Berm": at(900)}
    assert [marker.comment for marker in found.markers] == [""] * 3


# Several sequences


def test_several_sequences_of_premiere() -> None:
    one = xmeml(item(file()), flag(100, "one"), name="Ride", id="s1")
    two = xmeml(item(file()), flag(200, "two"), name="Cut", id="s2")
    found = found_in(document(one, two), ride())
    assert places(found) == {"one": at(100)} and issues(found) == {"other_sequences": 1}
    assert "Ride is read" in str(found.issues[0]) and "Cut" in str(found.issues[0])
    other = xmeml(item(file("other.mp4", id="o")) + item(file("more.mp4", id="p")), name="Other", id="s3")
    with pytest.raises(UsageError, match="not among") as error:
        found_in(document(other, one), ride())
    assert "Other is read, and not Ride: --sequence" in (error.value.hint or "")
    found = found_in(document(one, two), ride(), sequence="cut")
    assert places(found) == {"two": at(200)} and not issues(found)
    with pytest.raises(UsageError, match="no sequence 'x'") as error:
        found_in(document(one, two), ride(), sequence="x")
    assert "Ride, Cut" in (error.value.hint or "")


def test_a_nested_sequence_can_be_asked_for() -> None:
    inside = xmeml(item(file(), 0, 3000, 40), flag(650, "inside"), name="nest", id="s2")
    found = found_in(document(xmeml(nest(inside), flag(100, "outside"))), ride(), sequence="nest")
    assert places(found) == {"inside": at(690)}


def test_several_projects_of_final_cut() -> None:
    text = fcpxml(f'<asset-clip ref="r2" duration="60s">{mark("10s", "one")}</asset-clip>')
    more = text[text.index("<project") : text.index("</event>")].replace('name="p"', 'name="q"').replace("10s", "20s")
    text = text.replace("</event>", f"{more}</event>")
    with pytest.raises(FormatError, match="2 projects: p, q") as error:
        found_in(text, SECONDS)
    assert "--sequence" in (error.value.hint or "")
    assert places(found_in(text, SECONDS, sequence="q")) == {"one": 20.0}


def test_several_timelines_in_one_otio_file() -> None:
    both = otio.schema.SerializableCollection(
        "both", [timeline(clip(available=WHOLE), markers={"m": n}, name=f"t{n}") for n in (100, 200)]
    )
    with pytest.raises(FormatError, match="2 timelines: t100, t200"):
        found_in(written(both), ride())
    assert places(found_in(written(both), ride(), sequence="t200")) == {"m": at(200)}
    with pytest.raises(UsageError, match="no sequence"):
        found_in(written(timeline(clip(available=WHOLE))), ride(), sequence="t200")


# Colours


@pytest.mark.parametrize(
    ("parts", "colour"),
    [((44975, 12336, 45232), "Purple"), ((4000, 30000, 4000), "Green"), ((0, 0, 255), "Blue"), ((65535,) * 3, "Cream")],
)
def test_colours_of_eight_and_of_sixteen_bits(parts: tuple[int, int, int], colour: str) -> None:
    said = "".join(f"<{name}>{part}</{name}>" for name, part in zip(("red", "green", "blue"), parts, strict=True))
    text = document(xmeml(item(file()), flag(30, "m", f"<color><alpha>0</alpha>{said}</color>")))
    assert [marker.colour for marker in found_in(text, ride()).markers] == [colour]
