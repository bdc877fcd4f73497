"""The new run in step with the reference: never more than half a frame off the warp, in as few pieces as it takes."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import opentimelineio as otio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtbsync_core.errors import FormatError
from mtbsync_core.markers import Marker
from mtbsync_core.mediainfo import MediaFile, MediaInfo
from mtbsync_core.timecode import Rate, cutting_rate
from mtbsync_core.warp import TimeWarp
from otio_adapters.build import KEY, frame_time, seconds_at
from otio_adapters.content import Piece, content_of
from otio_adapters.formats import FORMATS
from otio_adapters.formats.otio.reader import read
from otio_adapters.retime import Cut, Style, cuts_of, retimed_timeline
from otio_adapters.writing import PLAIN

RATES = [Fraction(n) for n in (24, 25, 30, 50, 60, 120, 240)] + [Fraction(n * 1000, 1001) for n in (24, 30, 60, 120)]
HAIR = 1e-6
"""Frames; the warp is made of floats."""


def media(name: str, rate: Fraction, seconds: float, start: str | None = None, *, drop: bool = False) -> MediaInfo:
    frames = int(seconds * rate)
    return MediaInfo(Path("/r") / name, rate, 1920, 1080, float(frames / rate), frames, "h264", 0, start, drop)


def warp_of(ref: Any, new: Any, gaps: Any = ()) -> TimeWarp:
    return TimeWarp(np.array(ref, float), np.array(new, float), np.zeros(len(ref)), frozenset(gaps))


def shown_at(cut: Cut, frames: Any, media: MediaInfo) -> Any:
    """Seconds of the new run's clock that the cut shows at frames of the sequence."""
    at = float(cut.media_in) + float(cut.media_length) * (np.asarray(frames) - cut.at) / cut.length
    return media.files[cut.file].start_s + at / float(media.rate)


@st.composite
def runs(draw: st.DrawFn) -> tuple[TimeWarp, MediaInfo, MediaInfo]:
    """A warp of any shape with gaps, and two recordings of which it leaves both ends open or sticks out."""
    steps = st.lists(st.floats(0.02, 3.0), min_size=2, max_size=12)
    ref_steps = draw(steps)
    speeds = draw(st.lists(st.floats(0.05, 8.0), min_size=len(ref_steps), max_size=len(ref_steps)))
    ref = np.cumsum([draw(st.floats(-1.0, 3.0)), *ref_steps])
    new = np.cumsum([draw(st.floats(-1.0, 3.0)), *np.multiply(ref_steps, speeds)])
    gaps = draw(st.sets(st.integers(0, len(ref_steps) - 1), max_size=3))
    reference = media("ref.mp4", draw(st.sampled_from(RATES)), max(1.0, ref[-1] + draw(st.floats(-1, 2))))
    other = media("new.mp4", draw(st.sampled_from(RATES)), max(1.0, new[-1] + draw(st.floats(-1, 2))))
    return warp_of(ref, new, gaps), reference, other


@pytest.mark.slow
@given(given_runs=runs())
@settings(max_examples=60, deadline=None)
def test_never_more_than_half_a_frame_off_the_warp(given_runs: tuple[TimeWarp, MediaInfo, MediaInfo]) -> None:
    warp, ref, new = given_runs
    rate = ref.timecode_rate
    cuts = cuts_of(warp, new, rate, ref.n_frames)
    exact = warp.to_new(np.arange(ref.n_frames) * float(1 / rate.fps))  # as the cuts do: a knot may lie on a frame
    half_s = 0.5 / float(rate.fps)
    near = abs(1 - rate.fps / new.rate) < Fraction(1, 100)  # 59.94 and 60
    allowed = max(half_s, 0.5 / float(new.rate)) if near else half_s
    covered = np.zeros(ref.n_frames, bool)
    for cut in cuts:
        frames = np.arange(cut.at, cut.at + cut.length)
        assert not covered[frames].any()
        covered[frames] = True
        off = np.abs(shown_at(cut, frames, new) - exact[frames])
        assert off.max() <= allowed + HAIR / float(rate.fps)
        assert cut.media_length > 0
        assert 0 <= cut.media_in < cut.media_in + cut.media_length <= new.n_frames
        if new.rate * Fraction(101, 100) > rate.fps:
            assert cut.media_in.denominator == cut.media_length.denominator == 1
    # What the warp maps to a frame of the file is shown; what it does not map is not.
    inside = np.isfinite(exact) & (exact >= 0) & (exact <= (new.n_frames - 1) / float(new.rate))
    assert covered[inside].all()
    assert not covered[~np.isfinite(exact)].any()


@pytest.mark.slow
@given(given_runs=runs(), style=st.sampled_from(["side-by-side", "stacked", "new-only"]))
@settings(max_examples=15, deadline=None)
def test_the_timeline_says_what_the_cuts_say(given_runs: tuple[TimeWarp, MediaInfo, MediaInfo], style: Style) -> None:
    warp, ref, new = given_runs
    try:
        timeline = retimed_timeline(warp, ref, new, style)
    except FormatError:
        return
    content = content_of(timeline)
    rate = Rate.of(Fraction(timeline.metadata[KEY]["rate"]))
    length = rate.to_frames(ref.n_frames / ref.rate)
    for track in timeline.tracks:
        durations = [item.source_range.duration for item in track]
        assert {d.rate for d in durations} == {float(rate.fps)}
        assert sum(d.value for d in durations) == length
        assert all(d.value > 0 for d in durations)
    pieces = [p for p in content.pieces if content.tracks[p.track] == "New run"]
    for piece, cut in zip(pieces, cuts_of(warp, new, rate, length), strict=True):
        assert rate.to_frames(piece.at_s) == cut.at
        assert rate.to_frames(piece.length_s) == cut.length
        assert float(piece.media_in_s * new.rate) == pytest.approx(float(cut.media_in), abs=1e-9)
        assert float(piece.speed) == pytest.approx(float(cut.speed(rate, new.timecode_rate)))
        assert piece.speed > 0
    for name in ("otio", "resolve-otio", "premiere-otio"):
        again = content_of(read(FORMATS[name].write(timeline, PLAIN).texts[0]))
        assert [placed(p, rate) for p in again.pieces] == [placed(p, rate) for p in content.pieces]
        # OpenTimelineIO reads floats to the last digit but one.
        assert [float(p.speed) for p in again.pieces] == pytest.approx([float(p.speed) for p in content.pieces])


def placed(piece: Piece, rate: Rate) -> tuple[int, int, int]:
    """First frame, length, and where the file begins in thousandths of a frame."""
    media_in = round(piece.media_in_s * piece.media.rate.fps * 1000)
    return rate.to_frames(piece.at_s), rate.to_frames(piece.length_s), media_in


@pytest.mark.parametrize("slope", [1, 1.1, 0.5, 0.33337, 2.7])
def test_a_straight_warp_is_one_piece_however_long(slope: float) -> None:
    sixty = Fraction(60000, 1001)
    ref, new = media("r.mp4", sixty, 600), media("n.mp4", sixty, 600 * slope + 10)
    warp = warp_of([5, 300, 590], [1 + 5 * slope, 1 + 300 * slope, 1 + 590 * slope])
    (cut,) = cuts_of(warp, new, ref.timecode_rate, ref.n_frames)
    assert cut.length == 35065
    if slope == 1:
        assert cut.media_length == cut.length


@pytest.mark.slow
def test_few_pieces_are_needed() -> None:
    """Compared with all ways to cut: at most one piece more than the fewest."""
    rng = np.random.default_rng(4)
    for _ in range(6):
        ref = np.arange(0.0, 1.6, 0.25)
        new = np.cumsum([0.5, *(0.25 * np.exp(rng.normal(0, 0.4, len(ref) - 1)))])
        other = media("n.mp4", Fraction(25), 30)
        warp = warp_of(ref, new)
        cuts = cuts_of(warp, other, Rate(25), 38)
        assert len(cuts) <= fewest(warp.to_new(np.arange(38) / 25) * 25) + 1


def fewest(wanted: Any) -> int:
    """The least number of straight pieces within half a frame, from whole frame to whole frame."""

    def fits(at: int, to: int) -> bool:
        counts = np.arange(1, 4 * (to - at) + 2)[:, None]
        courses = counts * np.arange(to - at) / (to - at) - wanted[at:to]
        begins = np.floor(wanted[at]), np.ceil(wanted[at])
        return any((np.abs(begin + courses).max(axis=1) <= 0.5 + 1e-9).any() for begin in begins)

    least = [0]
    for to in range(1, len(wanted) + 1):
        least.append(min(least[at] + 1 for at in range(to) if fits(at, to)))
    return least[-1]


def test_gaps_and_ends_are_gaps_of_the_track() -> None:
    ref, new = media("r.mp4", Fraction(50), 20, "01:00:00:00"), media("n.mp4", Fraction(50), 20, "02:00:00:00")
    warp = warp_of([2, 6, 8, 12], [1, 5, 9, 13], [1])
    marks = [Marker("Gate", 3.0, 0.5, "Red")]
    timeline = retimed_timeline(warp, ref, new, "stacked", marks)
    below, above = timeline.tracks
    assert (below.name, above.name) == ("Reference", "New run")
    found = [(type(item).__name__, item.source_range.duration.value) for item in above]
    assert found == [("Gap", 100), ("Clip", 201), ("Gap", 99), ("Clip", 201), ("Gap", 399)]
    assert above[1].source_range.start_time == frame_time(7200 * 50 + 50, Rate(50))
    assert not above[1].effects
    assert timeline.global_start_time == frame_time(3600 * 50, Rate(50))
    assert timeline.tracks.markers[0].marked_range.start_time == frame_time(150, Rate(50))


def test_styles() -> None:
    ref = media("r.mp4", Fraction(25), 10)
    new = replace(media("n.mp4", Fraction(25), 10), width=1280, height=720)
    warp = warp_of([0, 10], [0, 10])
    beside = retimed_timeline(warp, ref, new, "side-by-side")
    assert content_of(beside).size == (3840, 1080)
    assert [track[0].metadata[KEY]["place"] for track in beside.tracks] == ["left", "right"]
    resolve = otio.adapters.read_from_string(FORMATS["resolve-otio"].write(beside, PLAIN).texts[0], "otio_json")
    placed = [
        {p["Parameter ID"]: p["Parameter Value"] for p in track[0].effects[0].metadata["Resolve_OTIO"]["Parameters"]}
        for track in resolve.tracks
    ]
    assert [p["transformationPan"] for p in placed] == [-0.25, 0.25]
    assert [p["transformationZoomX"] for p in placed] == [1, 1]
    assert content_of(retimed_timeline(warp, ref, new, "stacked")).size == (1920, 1080)
    alone = retimed_timeline(warp, ref, new, "new-only")
    assert [track.name for track in alone.tracks] == ["New run"]
    assert content_of(alone).size == (1280, 720)


@pytest.mark.parametrize(
    ("rate", "drop", "start"), [(Fraction(120000, 1001), True, "01:00:01;04"), (Fraction(120), False, "01:00:01:04")]
)
def test_above_100_fps_the_sequence_has_half_the_rate(rate: Fraction, drop: bool, start: str) -> None:
    ref = media("r.mp4", rate, 10, start, drop=drop)
    timeline = retimed_timeline(warp_of([0, 10], [0, 10]), ref, media("n.mp4", rate, 10), "stacked")
    sequence = Rate.of(rate / 2, drop=drop)
    assert timeline.metadata[KEY]["rate"] == f"{sequence.num}/{sequence.den}"
    assert timeline.global_start_time.rate == float(sequence.fps)
    reference, other = (track[0] for track in timeline.tracks)
    assert reference.source_range.duration.value == 600 - (rate != 120)
    assert not reference.effects and not other.effects


def test_chapters_are_cut_where_they_end() -> None:
    ref = replace(
        media("r1.mp4", Fraction(50), 20, "01:00:00:00"),
        files=(MediaFile(Path("/r/r1.mp4")), MediaFile(Path("/r/r2.mp4"), 12.0)),
    )
    new = replace(
        media("n1.mp4", Fraction(50), 20, "02:00:00:00"),
        files=(MediaFile(Path("/r/n1.mp4")), MediaFile(Path("/r/n2.mp4"), 8.0)),
    )
    timeline = retimed_timeline(warp_of([0, 19], [1, 20]), ref, new, "stacked")
    below, above = timeline.tracks
    assert [(c.name, c.source_range.duration.value) for c in below] == [("r1.mp4", 600), ("r2.mp4", 400)]
    assert [(c.name, c.source_range.duration.value) for c in above][:2] == [("n1.mp4", 350), ("n2.mp4", 600)]
    second = above[1]
    assert second.source_range.start_time == second.media_reference.available_range.start_time
    assert seconds_at(second.source_range.start_time) == 7208
    assert [p.media_in_s for p in content_of(timeline).pieces if p.track == 1] == [1, 0]


def test_a_stop_of_either_run_takes_few_pieces() -> None:
    sixty = Fraction(60)
    stop_ref = warp_of([0, 10, 20, 30], [0, 10, 10.2, 20.2])
    stop_new = warp_of([0, 10, 10.2, 20.2], [0, 10, 20, 30])
    for warp in (stop_ref, stop_new):
        assert len(cuts_of(warp, media("n.mp4", sixty, 40), Rate(60), 1800)) <= 5


def test_a_warp_of_other_recordings_is_refused() -> None:
    ref, new = media("r.mp4", Fraction(50), 20), media("n.mp4", Fraction(50), 20)
    with pytest.raises(FormatError):
        retimed_timeline(warp_of([100, 110], [0, 10]), ref, new, "stacked")
    with pytest.raises(FormatError):
        retimed_timeline(warp_of([0, 10], [100, 110]), ref, new, "stacked")


@pytest.mark.slow
@given(given_runs=runs(), ends=st.tuples(st.floats(0, 0.6), st.floats(0.2, 1.0)))
@settings(max_examples=25, deadline=None)
def test_a_part_of_the_reference_is_that_part_of_the_whole(
    given_runs: tuple[TimeWarp, MediaInfo, MediaInfo], ends: tuple[float, float]
) -> None:
    warp, ref, new = given_runs
    rate = cutting_rate(ref.timecode_rate)
    from_s, to_s = ends[0] * ref.duration_s, (ends[0] + ends[1]) * ref.duration_s
    begin, end = rate.to_frames(from_s), min(rate.to_frames(to_s), rate.to_frames(ref.n_frames / ref.rate))
    exact = warp.to_new(np.arange(begin, end) / float(rate.fps))
    try:
        timeline = retimed_timeline(warp, ref, new, "stacked", [Marker("Gate", from_s, 0.0)], span=(from_s, to_s))
    except FormatError:
        inside = np.isfinite(exact) & (exact >= 0) & (exact <= (new.n_frames - 1) / float(new.rate))
        assert not inside.any()
        return
    assert rate.to_frames(seconds_at(timeline.duration())) == end - begin
    assert timeline.tracks.markers[0].marked_range.start_time.value == 0
    (below, *above) = sorted(content_of(timeline).pieces, key=lambda piece: piece.track)
    assert below.track == 0 and below.speed == 1
    assert below.media_in_s == rate.to_seconds(begin) and rate.to_frames(below.length_s) == end - begin
    half_s = 0.5 / float(min(rate.fps, new.rate)) if abs(1 - rate.fps / new.rate) < 0.01 else 0.5 / float(rate.fps)
    for piece in above:
        first, last = rate.to_frames(piece.at_s), rate.to_frames(piece.at_s + piece.length_s)
        frames = np.arange(first, last)
        shown = float(piece.media_in_s) + float(piece.speed) * (frames - first) / float(rate.fps)
        assert np.abs(shown - exact[frames]).max() <= half_s + HAIR / float(rate.fps)


def test_a_part_begins_in_its_chapter() -> None:
    files = tuple(MediaFile(Path(f"/r/{n}.mp4"), 10.0 * n) for n in range(3))
    ref = replace(media("0.mp4", Fraction(25), 30, "01:00:00:00"), files=files)
    timeline = retimed_timeline(
        warp_of([0, 30], [0, 30]), ref, media("n.mp4", Fraction(25), 30), "stacked", span=(12, 22)
    )
    shown = [(clip.name, clip.source_range.duration.value) for clip in timeline.tracks[0]]
    assert shown == [("1.mp4", 200), ("2.mp4", 50)]
    assert [float(piece.media_in_s) for piece in content_of(timeline).pieces if piece.track == 0] == [2, 0]
    assert timeline.global_start_time == frame_time(3612 * 25, Rate(25))
