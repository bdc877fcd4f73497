"""What a trail pack gives back in place of its recording, and what is said where a part of it means nothing."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mtbsync_core.errors import MediaError, UsageError
from mtbsync_core.jobs.ref_markers import read_ref_markers
from mtbsync_core.media.camera import CameraSettings, read_camera
from mtbsync_core.media.frames import read_frames_at
from mtbsync_core.media.packets import scan
from mtbsync_core.media.probe import probe
from mtbsync_core.runs.plan import PlanOptions, plan
from mtbsync_core.telemetry.reading import read_telemetry
from mtbsync_core.trail_pack.contents import read_trail, trail_markers
from mtbsync_core.vision.index import IndexOptions, build_index
from mtbsync_core.vision.moments import corners_at
from tests.trail_pack.made import SAMPLES, SPACING_S, made_pack, motion, samples


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_pack(tmp_path_factory.mktemp("packs") / "wood.mtbtrail")


def test_the_recording(pack: Path) -> None:
    media = probe(pack)
    assert media.name == "wood.mtbtrail" and [file.path for file in media.files] == [pack]
    assert (media.width, media.height, media.rate, media.duration_s) == (1920, 1080, Fraction(30), 6.0)
    assert len(scan(pack).times_s) == 180 and scan(pack).times_s[30] == pytest.approx(1.0, abs=1e-4)


def test_a_name_like_that_of_a_chapter_is_no_chapter(tmp_path: Path) -> None:
    assert probe(made_pack(tmp_path / "GX020042.mtbtrail")).duration_s == 6.0


def test_the_camera(pack: Path) -> None:
    assert read_camera(pack) == CameraSettings(model="HERO11 Black", lens="W", diagonal_deg=140.0, stabilised=True)


def test_the_markers(pack: Path) -> None:
    first, second = trail_markers(pack)
    assert (first.name, first.t_s, first.colour) == ("drop", 2.0, "Red")
    assert (second.comment, second.duration_s, second.marker_id) == ("left line", 0.5, "m2")
    assert read_ref_markers(pack, None).markers == (first, second)


def test_the_samples(pack: Path) -> None:
    index, made = build_index(probe(pack)), samples()
    assert np.array_equal(index.t_s, made.t_s) and np.array_equal(index.descriptors, made.descriptors)
    for n in range(SAMPLES):
        assert np.array_equal(index.features[n].xy, made.features[n].xy)
        assert np.array_equal(index.features[n].descriptors, np.minimum(made.features[n].descriptors, 255))
        assert np.array_equal(index.pictures[n], made.pictures[n])


def test_a_part_of_the_recording(pack: Path) -> None:
    part = probe(pack).excerpt(1.9, 4.1)
    index = build_index(part)
    assert index.t_s == pytest.approx(np.arange(2.0, 4.1, SPACING_S) - 1.9)
    assert np.array_equal(index.features[0].xy, samples().features[4].xy)
    assert read_telemetry(part).motion.t_s[0] == pytest.approx(-1.9)  # type: ignore[union-attr]
    seen = corners_at(index, [0.0, 0.1, 0.2, 0.3], IndexOptions())
    assert [round(t, 3) for t in seen] == [0.0, 0.1, 0.2]


def test_frames_around_markers_are_those_that_were_kept(pack: Path) -> None:
    index = build_index(probe(pack))
    seen = corners_at(index, [1.9, 2.0333, 2.1, 2.2, 4.0], IndexOptions())
    assert list(seen) == [1.9, 2.0, 2.1]
    assert np.array_equal(seen[2.0].xy, samples().features[1].xy)


def test_sensors(pack: Path) -> None:
    found = read_telemetry(probe(pack))
    assert found.track is None and found.own is None and found.motion is not None
    assert np.array_equal(found.motion.yaw_rps, motion().yaw_rps) and found.motion.still.dtype == bool


def test_local_features_of_another_matcher_are_refused(pack: Path) -> None:
    with pytest.raises(UsageError, match="sift"):
        build_index(probe(pack), IndexOptions(matcher="orb"))


def test_no_video_is_said_where_pictures_are_wanted(pack: Path) -> None:
    with pytest.raises(MediaError, match="no video"):
        list(read_frames_at(probe(pack), [1.0]))


def test_a_batch_takes_the_markers_of_the_pack(pack: Path, tmp_path: Path) -> None:
    (tmp_path / "new.mp4").write_bytes(b"")
    (pair,) = plan(PlanOptions(reference=(pack,), new=(str(tmp_path / "new.mp4"),)), lambda note: None)
    assert pair.markers == pack
    own = pack.with_suffix(".csv")
    own.write_text("name,t_ref\nmine,1\n", encoding="utf-8")
    (pair,) = plan(PlanOptions(reference=(pack,), new=(str(tmp_path / "new.mp4"),)), lambda note: None)
    assert pair.markers == own
    own.unlink()


FEWER = samples().descriptors[:3]
DAMAGED: list[tuple[str, dict[str, Any], Callable[[Path], Any]]] = [
    ("no media", {"media": None}, probe),
    (
        "no length",
        {"media": {"rate": "30", "width": 1, "height": 1, "duration_s": 0.0, "n_frames": 0, "codec": ""}},
        probe,
    ),
    ("media is a list", {"media": [1]}, probe),
    ("no camera", {"camera": None}, read_camera),
    ("an angle in words", {"camera": {"diagonal_deg": "wide"}}, read_camera),
    ("no markers", {"markers": None}, trail_markers),
    ("a marker at no time", {"markers": [{"t_s": "NaN", "duration_s": 0.0}]}, trail_markers),
    ("a marker whose name is a number", {"markers": [{"t_s": 1.0, "duration_s": 0.0, "name": 3}]}, trail_markers),
    ("frames backwards", {"arrays": {"frames": {"steps_us": np.array([0, 5, -1])}}}, scan),
    ("frames in halves", {"arrays": {"frames": {"steps_us": np.array([0.0, 0.5])}}}, scan),
    ("fewer descriptors", {"arrays": {"index": {"layout": FEWER}}}, read_trail),
    (
        "descriptors that are no numbers",
        {"arrays": {"index": {"layout": np.full((12, 8, 8, 16), np.nan, "f2")}}},
        read_trail,
    ),
    ("no pictures", {"arrays": {"index": {"pictures": None}}}, read_trail),
    ("times that stand", {"arrays": {"index": {"t_s": np.zeros(SAMPLES)}}}, read_trail),
    ("counts beyond", {"arrays": {"index": {"counts": np.full(SAMPLES, 2_000_000_000, np.int32)}}}, read_trail),
    ("counts below", {"arrays": {"index": {"counts": np.array([*[-1] * 11, 137], np.int32)}}}, read_trail),
    ("corners without roots", {"arrays": {"index": {"roots": None}}}, read_trail),
    ("motion cut off", {"arrays": {"motion": {"still": np.zeros(3, bool)}}}, read_trail),
    ("motion without end", {"arrays": {"motion": {"yaw_rps": np.full(60, np.inf)}}}, read_trail),
]


@pytest.mark.parametrize(("changes", "read"), [row[1:] for row in DAMAGED], ids=[row[0] for row in DAMAGED])
def test_a_damaged_part_is_named(tmp_path: Path, changes: dict[str, Any], read: Callable[[Path], Any]) -> None:
    path = made_pack(tmp_path / "odd.mtbtrail", **changes)
    with pytest.raises(MediaError, match="damaged") as caught:
        read(path)
    assert caught.value.hint


def test_names_cannot_change_what_a_terminal_shows(tmp_path: Path) -> None:
    marker = {"t_s": 1.0, "duration_s": 0.0, "name": "jump\x1b[2J"}
    assert trail_markers(made_pack(tmp_path / "odd.mtbtrail", markers=[marker]))[0].name == "jump[2J"
