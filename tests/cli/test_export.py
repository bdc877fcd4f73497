"""export-markers: where the frame rate comes from, and when nothing is written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mtbsync_core.alignment.result import Alignment
from tests.cli.two_runs import Run, media


@pytest.fixture
def transferred(run: Run, folder: Path) -> Path:
    out = folder / "new_markers.csv"
    args = ("--ref-markers", folder / "markers.csv", "--timewarp-json", folder / "timewarp.json", "--out", out)
    assert run("transfer-markers", *args).code == 0
    return out


def test_rate_and_timecode_come_from_the_provenance(run: Run, transferred: Path) -> None:
    out = transferred.parent / "x.edl"
    done = run("export-markers", transferred, "--preset", "resolve-edl", "--out", out)
    assert done.code == 0
    text = out.read_text(encoding="utf-8")
    assert "FCM: DROP FRAME" in text
    assert "10:00:18;04" in text  # (20.5 - 4) * 1.1 = 18.15 s, frame 544
    assert "|M:Roots" in text
    assert "REVIEW ±1.32 s |C:ResolveColorBlue |M:Fog" in text
    assert "Gate" not in text
    assert "2 of 4 markers have no place" in done.err
    assert "start timecode 10:00:00;00" in done.out


def test_without_out_the_name_is_that_of_the_markers(run: Run, transferred: Path) -> None:
    done = run("export-markers", transferred, "--json")
    assert done.code == 0
    assert Path(done.json["files"]["edl"]) == transferred.with_suffix(".edl")
    assert done.json["export"]["written"] == 2


def test_the_warp_can_name_the_recording(run: Run, transferred: Path, alignment: Alignment) -> None:
    transferred.with_suffix(".json").unlink()
    done = run("export-markers", transferred)
    assert done.code == 2
    assert "--video" in done.err
    assert not transferred.with_suffix(".edl").exists()

    replace(alignment, media_new=media("other.mp4", 66.0, timecode=None)).save(transferred.parent / "other.json")
    done = run("export-markers", transferred, "--timewarp-json", transferred.parent / "other.json")
    assert done.code == 0
    assert "no start timecode is known" in done.err
    assert "NON-DROP" in transferred.with_suffix(".edl").read_text(encoding="utf-8")


def test_strict_writes_nothing_that_is_assumed(run: Run, transferred: Path, alignment: Alignment) -> None:
    replace(alignment, media_new=media("other.mp4", 66.0, timecode=None)).save(transferred.parent / "other.json")
    out = transferred.parent / "x.edl"
    out.write_text("old", encoding="utf-8")
    done = run(
        "export-markers", transferred, "--timewarp-json", transferred.parent / "other.json", "--out", out, "--strict"
    )
    assert done.code == 8
    assert "no start timecode" in done.err
    assert out.read_text(encoding="utf-8") == "old"


def test_a_refused_warp_exports_nothing(run: Run, transferred: Path, refused: Alignment) -> None:
    refused.save(transferred.parent / "timewarp.json")
    for extra in ([], ["--timewarp-json", transferred.parent / "timewarp.json"]):
        done = run("export-markers", transferred, *extra, "--json")
        assert done.code == 5
        assert done.json["error"]["code"] == "refused"
    assert not transferred.with_suffix(".edl").exists()


def test_wrong_files(run: Run, transferred: Path) -> None:
    assert run("export-markers", transferred.parent / "none.csv").code == 2
    assert run("export-markers", transferred, "--video", transferred.parent / "none.mp4").code == 3
    assert run("export-markers", transferred, "--out", transferred).code == 2
    assert run("export-markers", transferred.parent / "pairs.csv", "--timewarp-json", "x.json").code in (2, 7)


def test_options_override_what_the_recording_says(run: Run, transferred: Path) -> None:
    out = transferred.parent / "x.edl"
    done = run("export-markers", transferred, "--out", out, "--fps", "25", "--start-timecode", "01:00:00:00", "--ascii")
    assert done.code == 0, done.err
    text = out.read_text(encoding="ascii")
    assert "01:00:18:04" in text and "NON-DROP" in text and "REVIEW +/-1.32 s" in text
    assert "25 fps, non-drop frame timecode and start timecode 01:00:00:00" in done.out


def test_a_rate_alone_will_do_for_a_list_of_timecodes(run: Run, transferred: Path) -> None:
    transferred.with_suffix(".json").unlink()
    done = run("export-markers", transferred, "--fps", "29.97", "--json")
    assert done.code == 0
    assert any("taken to be 29.97" in note for note in done.json["notes"])
    assert "start_assumed" in [issue["kind"] for issue in done.json["export"]["issues"]]


def test_plain_markers_lie_where_they_say(run: Run, folder: Path) -> None:
    done = run("export-markers", folder / "markers.csv", "--fps", "25", "--start-timecode", "01:00:00:00")
    assert done.code == 0, done.err
    assert "01:00:20:13" in (folder / "markers.edl").read_text(encoding="utf-8")


def test_the_older_form(run: Run, transferred: Path) -> None:
    out = transferred.parent / "x.edl"
    assert run("export", "resolve-edl", "--markers", transferred, "--out", out).code == 0
    assert run("export-markers", transferred, "--out", transferred.parent / "y.edl").code == 0
    assert out.read_bytes() == (transferred.parent / "y.edl").read_bytes()
    assert run("export", "imovie", "--markers", transferred, "--out", out).code == 2


def test_presets_of_the_user(run: Run, transferred: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = transferred.parent / "home"
    (home / ".mtbsync").mkdir(parents=True)
    monkeypatch.setattr(Path, "home", lambda: home)
    file = home / ".mtbsync" / "config.toml"
    file.write_text('[presets.club]\nformat = "resolve-edl"\nfps = 25\nlabel = "Club"\n', encoding="utf-8")
    out = transferred.parent / "x.edl"
    done = run("export-markers", transferred, "--preset", "club", "--out", out, "--start-timecode", "01:00:00:00")
    assert done.code == 0, done.err
    assert out.read_text(encoding="utf-8").startswith("TITLE: Club.markers\nFCM: NON-DROP FRAME\n")
    assert run("export-markers", transferred, "--preset", "none").code == 2
    assert run("export-markers", transferred, "--preset", "club", "--format", "resolve-edl").code == 2
    file.write_text("[presets.club]\nformat = 3\n", encoding="utf-8")
    assert run("export-markers", transferred, "--preset", "club").code == 7


def test_the_suffix_of_the_file_names_the_format(run: Run, transferred: Path) -> None:
    for suffix, begin in ((".csv", "marker,t_s"), (".lua", "-- Markers"), (".edl", "TITLE:"), (".txt", "TITLE:")):
        out = transferred.with_name(f"x{suffix}")
        assert run("export-markers", transferred, "--out", out).code == 0
        assert out.read_text(encoding="utf-8").startswith(begin)


def test_a_damaged_file_of_moved_markers_is_not_read_as_plain_ones(run: Run, transferred: Path) -> None:
    lines = transferred.read_text(encoding="utf-8").splitlines()
    transferred.write_text("\n".join([*lines[:2], "M9,Rock,soon,1,2,3"]), encoding="utf-8")
    done = run("export-markers", transferred, "--out", transferred.with_name("x.edl"))
    assert done.code == 7 and "line 3" in done.err


def test_a_semicolon_in_the_start_timecode_is_drop_frame(run: Run, transferred: Path, alignment: Alignment) -> None:
    """The command that docs/resolve.md gives: its files are 116 frames off when the sign is not heard."""
    replace(alignment, media_new=replace(media("new.mp4", 66.0), drop=False)).save(transferred.parent / "ndf.json")
    words = ("export-markers", transferred, "--timewarp-json", transferred.parent / "ndf.json", "--fps", "29.97")
    at = ("--start-timecode", "01:04:30;00")
    lua, edl = transferred.with_name("new.lua"), transferred.with_name("new.edl")
    assert run(*words, *at, "--preset", "resolve-lua", "--out", lua).code == 0
    assert "local AT = 115984\n" in lua.read_text(encoding="utf-8")
    assert run(*words, *at, "--preset", "resolve-edl", "--out", edl).code == 0
    assert "FCM: DROP FRAME" in edl.read_text(encoding="utf-8") and "01:04:48;04" in edl.read_text(encoding="utf-8")
    done = run(*words, *at, "--non-drop", "--out", transferred.with_name("no.edl"))
    assert done.code == 7 and "written as drop frame, and non-drop is asked for" in done.err
    assert run(*words[:-1], "25", *at, "--out", transferred.with_name("no.edl")).code == 7
    assert not transferred.with_name("no.edl").exists()


def test_chapters_of_final_cut_pro_are_for_its_format(run: Run, transferred: Path) -> None:
    done = run("export-markers", transferred, "--fcp-markers", "chapter")
    assert done.code == 2 and "--format fcpxml" in done.err
    done = run("export-markers", transferred, "--format", "fcpxml", "--fcp-markers", "chapter")
    assert done.code == 0
    assert transferred.with_suffix(".fcpxml").read_text(encoding="utf-8").count("<chapter-marker ") == 2
