"""A real recording, packed: the pack does for the video, is small, and tells nothing of people and places."""

from __future__ import annotations

import io
import json
import logging
import lzma
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest

from mtbsync_core.alignment.pipeline import align
from mtbsync_core.cli import main
from mtbsync_core.errors import UsageError
from mtbsync_core.jobs.align import AlignJob
from mtbsync_core.jobs.listener import Notes
from mtbsync_core.jobs.trail import TrailPackJob
from mtbsync_core.markers import Marker
from mtbsync_core.media.probe import probe
from mtbsync_core.telemetry.reading import read_telemetry
from mtbsync_core.trail_pack.contents import read_trail
from mtbsync_core.trail_pack.pack import pack_trail
from mtbsync_core.vision.index import IndexOptions, build_index
from mtbsync_core.vision.moments import corners_at
from tests.real_files import HERO7, LAP1, MAX

pytestmark = pytest.mark.slow

AT_S = [4.2, 5.5, 6.8, 8.1, 9.4]
MARKERS = """name,t_ref,comment,rider,camera
drop,4.2,left line,Hanna Vogel,/home/hanna/GX010042.MP4
roots,5.5,,Hanna Vogel,
gate,6.8,,,
steps,8.1,,,
end,9.4,,,
"""
SECRETS = (b"Hanna", b"hanna", b"Vogel", b"vogel", b"GX010042", b"/home", b".MP4", b".mp4", b"tmp")


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The walkway, its file and folder called after the rider."""
    folder = tmp_path_factory.mktemp("vogel") / "hanna"
    folder.mkdir()
    shutil.copyfile(HERO7, folder / "GX010042.MP4")
    (folder / "hanna.csv").write_text(MARKERS, encoding="utf-8")
    out = folder.parent / "walkway.mtbtrail"
    job = TrailPackJob(reference=folder / "GX010042.MP4", markers=folder / "hanna.csv", out=out)
    made = job.run(Notes())
    assert [marker.t_s for marker in made.markers] == AT_S and len(made.thumbnails) == 5
    return out


@pytest.fixture(scope="module")
def spot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The walkway with one marker."""
    out = tmp_path_factory.mktemp("spot") / "spot.mtbtrail"
    pack_trail(probe(HERO7), [Marker("drop", 4.2)], out)
    return out


def contents(path: Path) -> dict[str, bytes]:
    """All entries, unpacked."""
    with zipfile.ZipFile(path) as archive:
        found = {name: archive.read(name) for name in archive.namelist()}
    return {name: lzma.decompress(data) if name.endswith(".xz") else data for name, data in found.items()}


def arrays(path: Path) -> dict[str, np.ndarray]:
    inside = contents(path)
    return {name: np.load(io.BytesIO(data)) for name, data in inside.items() if name.endswith(".npy.xz")}


def test_nothing_tells_who_and_where(packed: Path) -> None:
    track = read_telemetry(probe(HERO7)).own
    assert track is not None
    for name, data in contents(packed).items():
        for secret in SECRETS:
            assert secret not in data and secret not in name.encode(), (name, secret)
    lat, lon = float(track.lat_deg[0]), float(track.lon_deg[0])
    for name, array in arrays(packed).items():
        if array.dtype.kind == "f":
            values = array[np.isfinite(array)].astype(float)
            assert not (np.abs(values - lat) < 0.01).any() and not (np.abs(values - lon) < 0.01).any(), name
    about = json.loads(contents(packed)["trail.json"])
    assert about.keys() == {"schema", "version", "mtbsync", "media", "camera", "markers"}
    assert about["markers"][0].keys() == {"t_s", "duration_s", "name", "comment", "id"} - (
        set() if "id" in about["markers"][0] else {"id"}
    )
    assert not {"firmware", "media_id", "local_start", "zone_min"} & about["camera"].keys()


def test_gps_only_where_it_is_asked_for(packed: Path, tmp_path: Path) -> None:
    media = probe(HERO7)
    assert read_trail(packed).telemetry.own is None
    assert read_trail(packed).telemetry.motion is not None
    pack_trail(media, [Marker("drop", 5.0)], tmp_path / "place.mtbtrail", with_gps=True)
    found, told = read_telemetry(probe(tmp_path / "place.mtbtrail")), read_telemetry(media)
    assert found.track is not None and told.own is not None
    assert np.array_equal(found.track.lat_deg, told.own.lat_deg) and found.track.source == "GPS5"


def test_one_recording_makes_one_pack(packed: Path, tmp_path: Path) -> None:
    markers = read_trail(packed).markers
    pack_trail(probe(HERO7), markers, tmp_path / "again.mtbtrail")
    assert (tmp_path / "again.mtbtrail").read_bytes() == packed.read_bytes()


def test_three_minutes_with_twenty_markers_are_no_more_than_25_mb(packed: Path, spot: Path) -> None:
    sizes = packed.stat().st_size, spot.stat().st_size
    marker = (sizes[0] - sizes[1]) / 4
    second = (sizes[1] - marker) / probe(HERO7).duration_s
    assert 180 * second + 20 * marker < 25e6


def test_markers_are_where_the_video_puts_them(packed: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        by_pack = align(packed, MAX, moments_s=AT_S)
    assert "keeps no frames" not in caplog.text
    by_video = align(HERO7, MAX, moments_s=AT_S)
    apart = np.abs(by_pack.usable_warp().to_new(AT_S) - by_video.usable_warp().to_new(AT_S))
    assert by_pack.verdict == by_video.verdict and np.median(apart) <= 0.02
    assert by_pack.media_ref is not None and by_pack.media_ref.name == "walkway.mtbtrail"


def test_what_is_sampled_densely_keeps_all_samples_and_no_frames_besides(tmp_path: Path) -> None:
    pack_trail(probe(LAP1), [Marker("gate", 5.0)], tmp_path / "lap.mtbtrail")
    kept, seen = build_index(probe(tmp_path / "lap.mtbtrail")), build_index(probe(LAP1))
    assert np.array_equal(kept.t_s, seen.t_s) and np.array_equal(kept.descriptors, seen.descriptors)
    assert all(np.array_equal(a.xy, b.xy) for a, b in zip(kept.features, seen.features, strict=True))
    assert not any(name.startswith("moments/") for name in contents(tmp_path / "lap.mtbtrail"))


def test_of_what_is_long_fewer_are_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("mtbsync_core.trail_pack.pack.MOST_SAMPLES", 100)
    pack_trail(probe(LAP1), [Marker("gate", 5.0)], tmp_path / "lap.mtbtrail")
    pack = read_trail(tmp_path / "lap.mtbtrail")
    assert pack.samples == 84  # three a second, though that is fewer than a hundred: a whole number are left out
    around = corners_at(build_index(pack.media), np.arange(4.5, 5.55, 0.1).tolist(), IndexOptions())
    assert 9 <= len(around) <= 11  # with twenty frames a second two moments may show one frame
    assert min(around) < 4.61 and max(around) > 5.39


def test_markers_elsewhere_are_said_to_be_less_sure(spot: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        align(spot, MAX, moments_s=[4.2, 8.5])
    assert "spot.mtbtrail keeps no frames around 1 of the 2 markers" in caplog.text


def test_align_takes_the_markers_of_the_pack(packed: Path, tmp_path: Path) -> None:
    done = AlignJob(reference=packed, new=MAX, out=tmp_path / "out").run(Notes())
    assert [m.source.name for m in done.moved] == ["drop", "roots", "gate", "steps", "end"]
    assert sum(m.t_new is not None for m in done.moved) >= 4
    timeline = ["export-timeline", "--timewarp-json", str(tmp_path / "out" / "timewarp.json"), "--format", "otio"]
    assert main([*timeline, "--out", str(tmp_path / "a.otio")]) == 2
    assert main([*timeline, "--style", "new-only", "--out", str(tmp_path / "a.otio")]) == 0


def test_a_pack_of_a_pack_is_refused(packed: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is a trail pack"):
        pack_trail(probe(packed), [Marker("drop", 5.0)], tmp_path / "other.mtbtrail")


def test_markers_of_another_recording_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="ends at 11"):
        pack_trail(probe(HERO7), [Marker("drop", 95.0)], tmp_path / "other.mtbtrail")
