"""export-timeline: what is written, what is refused, and what is said of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mtbsync_core.alignment.result import Alignment
from otio_adapters.build import seconds_at
from otio_adapters.content import content_of
from otio_adapters.formats import FORMATS
from otio_adapters.formats.otio.reader import read
from otio_adapters.reading import ReadOptions
from tests.cli.two_runs import Run, truth


def test_the_new_run_is_put_in_step(run: Run, folder: Path) -> None:
    out = folder / "both.otio"
    args = ("--timewarp-json", folder / "timewarp.json", "--ref-markers", folder / "markers.csv", "--out", out)
    done = run("export-timeline", *args, "--style", "stacked")
    assert done.code == 0
    assert f"wrote {out}" in done.out
    assert "In DaVinci Resolve" in done.out and "29.97 fps, drop frame" in done.out
    assert "further columns" in done.err
    timeline = read(out.read_text(encoding="utf-8"))
    content = content_of(timeline)
    assert content.tracks == ("Reference", "New run")
    assert [mark.name for mark in content.marks] == ["Gate", "Roots", "Fog", "Finish"]
    new = [piece for piece in content.pieces if piece.track == 1]
    for piece in new:
        wanted = float(truth(float(piece.at_s)))
        assert float(piece.media_in_s) == pytest.approx(wanted, abs=0.5 * 1001 / 30000 + 1e-6)
        assert float(piece.speed) == pytest.approx(1.1, abs=0.001)
    assert seconds_at(timeline.tracks[1].duration()) == content.pieces[0].length_s


@pytest.mark.parametrize("name", ["otio", "resolve-otio", "premiere-otio", "fcpxml", "premiere"])
@pytest.mark.parametrize("style", ["side-by-side", "stacked", "new-only"])
def test_every_format_and_style(run: Run, folder: Path, name: str, style: str) -> None:
    args = ("--timewarp-json", folder / "timewarp.json", "--style", style, "--format", name)
    done = run("export-timeline", *args, "--json")
    if name not in FORMATS:
        assert done.code == 2
        return
    assert done.code == 0
    file = Path(done.json["files"]["timeline"])
    assert file == folder / f"new_in_step{FORMATS[name].suffix}"
    assert file.stat().st_size > 1000
    assert done.json["export"]["recipe"]
    places = "place" in {issue["kind"] for issue in done.json["export"]["issues"]}
    assert places == (style == "side-by-side" and name != "resolve-otio")


def test_rate_and_start_can_be_chosen(run: Run, folder: Path) -> None:
    out = folder / "x.otio"
    args = ("--timewarp-json", folder / "timewarp.json", "--out", out, "--fps", "25", "--start-timecode", "02:00:00:00")
    assert run("export-timeline", *args).code == 0
    timeline = read(out.read_text(encoding="utf-8"))
    start = timeline.global_start_time
    assert (start.value, start.rate) == (180000, 25)
    assert {item.source_range.duration.rate for item in timeline.tracks[1]} == {25}
    assert run("export-timeline", *args[:4], "--fps", "fast").code == 7
    assert run("export-timeline", *args[:4], "--start-timecode", "25:00:00:00").code == 7


def test_strict_writes_nothing_that_is_lost(run: Run, folder: Path) -> None:
    out = folder / "x.otio"
    args = ("--timewarp-json", folder / "timewarp.json", "--out", out, "--strict")
    done = run("export-timeline", *args, "--style", "side-by-side", "--format", "premiere-otio")
    assert done.code == 8
    assert not out.exists()
    assert run("export-timeline", *args, "--style", "stacked").code == 0


def test_a_refused_warp_exports_nothing(run: Run, folder: Path, refused: Alignment) -> None:
    refused.save(folder / "timewarp.json")
    done = run("export-timeline", "--timewarp-json", folder / "timewarp.json", "--json")
    assert done.code == 5
    assert done.json["error"]["code"] == "refused"
    assert not list(folder.glob("*.otio"))


def test_a_doubtful_warp_says_so(run: Run, folder: Path, alignment: Alignment) -> None:
    replace(alignment, verdict="check", reasons=("much fog",)).save(folder / "timewarp.json")
    done = run("export-timeline", "--timewarp-json", folder / "timewarp.json")
    assert done.code == 0
    assert "the warp needs a look: much fog" in done.err


def test_wrong_files(run: Run, folder: Path, alignment: Alignment) -> None:
    warp = folder / "timewarp.json"
    assert run("export-timeline", "--timewarp-json", folder / "none.json").code == 7
    assert run("export-timeline", "--timewarp-json", warp, "--out", warp).code == 2
    before = warp.read_bytes()
    replace(alignment, media_new=None).save(folder / "pairs.json")
    done = run("export-timeline", "--timewarp-json", folder / "pairs.json")
    assert done.code == 2
    assert "does not name the two recordings" in done.err
    assert warp.read_bytes() == before


def test_one_clip_with_key_frames(run: Run, folder: Path) -> None:
    args = ("--timewarp-json", folder / "timewarp.json", "--retime", "key-frames")
    for name in ("premiere", "fcpxml", "resolve-otio"):
        done = run("export-timeline", *args, "--format", name, "--json")
        read_back = FORMATS[name].read
        assert done.code == 0 and read_back is not None
        text = Path(done.json["files"]["timeline"]).read_text(encoding="utf-8")
        content = content_of(read_back(text, ReadOptions()))
        (piece,) = [piece for piece in content.pieces if piece.track == 1]
        for second in (piece.at_s, piece.at_s + piece.length_s / 2):
            media_s = piece.media_at(second)
            assert media_s is not None
            assert float(media_s) == pytest.approx(float(truth(float(second))), abs=0.6 * 1001 / 30000)
    done = run("export-timeline", *args, "--format", "otio")
    assert done.code == 2 and "premiere" in done.err
