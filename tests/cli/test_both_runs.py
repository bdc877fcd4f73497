"""align with a timeline of the editor in place of the recordings: who is who, and an EDL that fits that timeline."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import opentimelineio as otio
import pytest

from mtbsync_core.alignment.result import Alignment
from mtbsync_core.timecode import Rate, frames_of, label_of
from tests.cli.two_runs import Run, truth

DROP = Rate(30000, 1001, True)
FILE_START = frames_of("10:00:00;00", DROP)
START = frames_of("01:00:00;00", DROP)
FPS = 30000 / 1001
Engine = Callable[[Alignment], None]


def span(first: float, length: float) -> otio.opentime.TimeRange:
    time = otio.opentime.RationalTime
    return otio.opentime.TimeRange(time(first, FPS), time(length, FPS))


def shown(path: Path, at: int, first: int, length: int) -> otio.schema.Track:
    """A track with a part of a recording, from the frame `first` of its file on."""
    media = otio.schema.ExternalReference(str(path), span(FILE_START, 1978))
    clip = otio.schema.Clip(path.name, media, span(FILE_START + first, length))
    return otio.schema.Track("V", [otio.schema.Gap(source_range=span(0, at)), clip])


def saved(
    clips: tuple[Path, Path], *, at_new: int = 3000, marks: tuple[int, ...] = (600, 800), start: int = START
) -> Path:
    """The reference from frame 300 on, 60 frames of it cut off; the new run two frames in, 90 of it cut off."""
    timeline = otio.schema.Timeline("Trail", global_start_time=otio.opentime.RationalTime(start, FPS))
    timeline.tracks.extend([shown(clips[0], 300, 60, 1800), shown(clips[1], at_new, 90, 1800)])
    for n, frame in enumerate(marks):
        timeline.tracks.markers.append(otio.schema.Marker(f"m{n}", span(frame, 0)))
    file = clips[0].parent / "trail.otio"
    timeline.to_json_file(str(file))
    return file


def labels(out: Path) -> dict[str, str]:
    text = next(out.glob("*.edl")).read_text(encoding="utf-8")
    return {name: label for label, name in re.findall(r"C        (\S+).*?\|M:(\S+)", text, re.DOTALL)}


@pytest.mark.slow
def test_the_timeline_alone_is_enough(run: Run, clips: tuple[Path, Path], engine: Engine, alignment: Alignment) -> None:
    engine(alignment)
    out = clips[0].parent / "result"
    done = run("align", saved(clips), "--out", out)
    assert done.code == 0, done.err
    assert "the reference is ref.mp4, the new run Höllen ritt.mp4" in done.err
    expected = {}
    for n, frame in enumerate((600, 800)):
        new_s = truth((frame - 300 + 60) / FPS)
        expected[f"m{n}"] = label_of(START + 3000 - 90 + round(float(new_s) * FPS), DROP)
    assert labels(out) == expected
    text = next(out.glob("*.edl")).read_text(encoding="utf-8")
    assert "FCM: DROP FRAME" in text
    assert "29.97 fps, drop frame timecode and start timecode 01:00:00;00" in done.out
    assert "the timeline that trail.otio was made of" in done.out and "very start" not in done.out


@pytest.mark.slow
def test_markers_that_the_timeline_does_not_show_are_counted(
    run: Run, clips: tuple[Path, Path], engine: Engine, alignment: Alignment
) -> None:
    engine(alignment)
    out = clips[0].parent / "result"
    # Second 4.6 of the reference is second 0.7 of the new run, of which the first three are cut off.
    done = run("align", saved(clips, marks=(378, 800, 1200)), "--out", out)
    assert done.code == 0 and set(labels(out)) == {"m1", "m2"}
    assert "does not show that moment of the new run" in done.err


@pytest.mark.slow
@pytest.mark.parametrize("start", [frames_of("01:00:00:00", Rate(30000, 1001)), 0])
def test_the_count_of_the_timeline_is_that_of_its_start(
    run: Run, clips: tuple[Path, Path], engine: Engine, alignment: Alignment, start: int
) -> None:
    engine(alignment)
    out = clips[0].parent / "result"
    done = run("align", saved(clips, start=start), "--out", out)
    assert done.code == 0
    assert "FCM: NON-DROP FRAME" in next(out.glob("*.edl")).read_text(encoding="utf-8")
    assert ("does not say drop or non-drop" in done.err) == (not start)


@pytest.mark.slow
def test_where_the_markers_do_not_tell_the_new_run_is_named(
    run: Run, clips: tuple[Path, Path], engine: Engine, alignment: Alignment
) -> None:
    engine(alignment)
    out = clips[0].parent / "result"
    file = saved(clips, at_new=300)  # one above the other: the markers are over both
    done = run("align", file, "--out", out)
    assert done.code == 2 and "which is the reference" in done.err and "NEW" in done.err
    assert run("align", file, clips[1], "--out", out).code == 0
    assert run("align", file, "x.mp4", "--out", out).code == 2
    assert run("align", saved(clips, marks=()), "--out", out).code == 2


@pytest.mark.slow
def test_recordings_that_moved_lie_beside_the_timeline(
    run: Run, clips: tuple[Path, Path], engine: Engine, alignment: Alignment
) -> None:
    engine(alignment)
    elsewhere = tuple(Path("/nowhere") / clip.name for clip in clips)
    file = saved(clips)
    timeline = file.read_text(encoding="utf-8").replace(str(clips[0].parent), str(elsewhere[0].parent))
    file.write_text(timeline, encoding="utf-8")
    assert run("align", file, "--out", file.parent / "result").code == 0
    clips[1].unlink()
    done = run("align", file, "--out", file.parent / "again")
    assert done.code == 2 and "neither at" in done.err


@pytest.mark.parametrize("flag", ["--ref-start", "--new-start", "--timeline-fps"])
def test_what_the_timeline_says_is_not_said_again(run: Run, clips: tuple[Path, Path], flag: str) -> None:
    value = "29.97" if flag == "--timeline-fps" else "01:00:00;00"
    done = run("align", saved(clips), "--out", clips[0].parent / "result", flag, value)
    assert done.code == 2 and "the timeline says that itself" in done.err


def test_recordings_alone_need_the_rest(run: Run, clips: tuple[Path, Path]) -> None:
    done = run("align", clips[0], "--markers", "m.csv", "--out", clips[0].parent / "r")
    assert done.code == 2 and "new run is missing" in done.err
    done = run("align", *clips, "--out", clips[0].parent / "r")
    assert done.code == 2 and "markers of the reference is missing" in done.err


def test_a_bundle_of_final_cut_on_the_command_line(run: Run, folder: Path) -> None:
    bundle = folder / "trail.fcpxmld"
    bundle.mkdir()
    (bundle / "Info.fcpxml").write_text(
        '<fcpxml version="1.11"><resources><format id="r1" frameDuration="1/25s"/><asset id="r2" name="ride" '
        'start="0s" duration="60s" hasVideo="1" format="r1"><media-rep src="file:///u/ride.mp4"/></asset></resources><library>'
        '<event><project name="p"><sequence format="r1"><spine><asset-clip ref="r2" duration="60s"><marker start="10s" '
        'duration="1/25s" value="Gate"/></asset-clip></spine></sequence></project></event></library></fcpxml>',
        encoding="utf-8",
    )
    done = run("import-markers", bundle, "--json")
    assert done.code == 0 and [(m["name"], m["t_ref"]) for m in done.json["markers"]] == [("Gate", 10.0)]
    done = run("import-markers", bundle, "--sequence", "q")
    assert done.code == 2 and "no sequence 'q'" in done.err and "p" in done.err
