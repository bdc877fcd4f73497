"""The verb: what it reads, what it compares, and that page, table and JSON say the same."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from mtbsync_core.report.words import lap, plus_minus, seconds
from tests.cli.two_runs import Outcome, Run, run
from tests.media.conftest import write_video
from tests.render.made import write_result
from tests.report.made import LINES, RIDDEN, Ridden, season, warp_of, write_run
from tests.trail_pack.made import made_pack

__all__ = ["run"]

TWO = (RIDDEN[1], RIDDEN[2])


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return season(tmp_path / "day", TWO)


def content(done: Outcome, out: Path) -> dict[str, Any]:
    assert done.code == 0, done.err
    found: dict[str, Any] = json.loads((out / "race_report.json").read_text(encoding="utf-8"))
    return found


class Tables(HTMLParser):
    """The cells of all tables of the first comparison, as texts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.text = ""
        self._open = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self._open = True
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        self._open = self._open and tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._open:
            self.rows[-1][-1] += data


@pytest.mark.slow
def test_what_was_lost_and_what_is_known_of_it(run: Run, root: Path) -> None:
    found = content(run("report", "--root", root, "--of", "run 3", "--against", "run 2"), root)
    first = found["comparisons"][0]
    assert (first["run"], first["against"], first["against_is"]) == ("run 3", "run 2", "")
    assert [s["name"] for s in found["sectors"]][:2] == ["Start gate – Root carpet", "Root carpet – Rock garden"]
    lost = [0.0, 0.35, 0.90, 0.35, 1.12, 0.0, -0.22]
    assert [s["loss_s"] for s in first["sectors"]] == pytest.approx(lost, abs=2e-3)
    assert [s["cumulative_s"] for s in first["sectors"]][-1] == pytest.approx(sum(lost), abs=2e-3) == first["gap_s"]
    assert [s["sure"] for s in first["sectors"]] == [False, True, True, True, True, False, True]
    assert [p["sector"] for p in first["places"]] == [4, 2, 1] or [p["sector"] for p in first["places"]] == [4, 2, 3]
    assert all(p["loss_s"] > p["half90_s"] for p in first["places"])
    assert all(p["clip_s"][1] - p["clip_s"][0] == pytest.approx(6.0) for p in first["places"])
    assert all(p["clip_s"][0] == pytest.approx(p["from_s"] - 3.0) for p in first["places"])
    assert first["sectors"][-1]["relative_s"] == pytest.approx(0.0, abs=1e-6)


@pytest.mark.slow
def test_page_table_and_json_say_the_same(run: Run, root: Path) -> None:
    done = run("report", "--root", root, "--of", "run 3", "--json")
    found = content(done, root)
    assert done.json["report"] == found
    first = found["comparisons"][0]
    page = (root / "race_report.html").read_text(encoding="utf-8")
    assert "speed 0 ± " in page and "+0 ±" not in page
    tables = Tables(page)
    whose = {one["run"]: one["sectors"] for one in found["runs"]}
    rows = {row[0]: row for row in tables.rows[1 : len(found["sectors"]) + 1]}
    for n, (sector, loss) in enumerate(zip(found["sectors"], first["sectors"], strict=True)):
        own = whose["run 3"][n]
        row = rows[sector["name"]]
        assert row[1] == seconds(loss["loss_s"], sign=True, unit=False) + plus_minus(loss["half90_s"])
        assert row[3] == seconds(loss["cumulative_s"], sign=True, unit=False) + plus_minus(loss["cumulative_half90_s"])
        assert row[5] == lap(own["time_s"]) + plus_minus(own["half90_s"])
    with (root / "race_report.csv").open(encoding="utf-8", newline="") as file:
        table = [line for line in csv.DictReader(file) if line["run"] == "run 3"]
    for line, own, loss in zip(table, whose["run 3"], first["sectors"], strict=True):
        assert line["against"] == first["against"]
        assert float(line["time_s"]) == own["time_s"] and float(line["half90_s"]) == own["half90_s"]
        assert float(line["loss_s"]) == loss["loss_s"] and float(line["loss_half90_s"]) == loss["half90_s"]
        assert line["sure"] == str(loss["sure"]).lower()


@pytest.mark.slow
def test_two_results_the_second_against_the_first(run: Run, root: Path) -> None:
    found = content(run("report", root / "run 3", root / "run 2"), root / "run 2")
    assert (found["comparisons"][0]["run"], found["comparisons"][0]["against"]) == ("run 2", "run 3")
    assert len(found["runs"]) == 3


def test_one_result_against_its_reference(run: Run, root: Path) -> None:
    found = content(run("report", root / "run 3"), root / "run 3")
    first = found["comparisons"][0]
    assert (first["run"], first["against"]) == ("run 3", "trail")
    assert first["gap_s"] == pytest.approx(0.9 + 0.35 + 0.62 - 0.2, abs=2e-3)
    reference = next(one for one in found["runs"] if one["is_reference"])
    assert reference["time_s"] == LINES["Finish"] - LINES["Start gate"] and reference["half90_s"] == 0.0


@pytest.mark.slow
def test_whose_best(run: Run, tmp_path: Path) -> None:
    root = season(tmp_path / "day", (*TWO, RIDDEN[0], Ridden("run 6", "Ben", "2026-06-01", lost=((20.0, 24.0, 2.0),))))
    for against, expected, what in (
        ("best", "run 2", "the fastest of all"),
        ("own-best", "run 3", "the rider's own best"),
        ("run 1", "run 1", ""),
    ):
        first = content(run("report", "--root", root, "--of", "run 6", "--against", against), root)["comparisons"][0]
        assert (first["run"], first["against"], first["against_is"]) == ("run 6", expected, what)
    first = content(run("report", "--root", root, "--of", "run 3", "--against", "day-best"), root)["comparisons"][0]
    assert (first["against"], first["against_is"]) == ("run 2", "the fastest of the day")
    first = content(run("report", "--root", root, "--of", "run 2"), root)["comparisons"][0]
    assert first["against_is"] == "the next fastest"


@pytest.mark.slow
def test_what_keeps_a_run_out(run: Run, tmp_path: Path) -> None:
    root = season(tmp_path / "day", (RIDDEN[3], RIDDEN[4]))
    found = content(run("report", "--root", root, "--of", "run 5", "--against", "run 4"), root)
    sectors = {one["run"]: one["sectors"] for one in found["runs"]}
    assert [f["kind"] for f in sectors["run 4"][4]["flags"]] == ["stop"]
    assert [one["clean"] for one in sectors["run 5"]] == [True, True, True, False, True, True, True]
    assert found["best"]["theoretical"]["runs"][4] != "run 4" and found["best"]["theoretical"]["runs"][3] != "run 5"
    first = found["comparisons"][0]
    assert not first["same_way"] and not first["gap_sure"] and first["relative_gap"] is None
    assert not first["sectors"][3]["sure"] and all(place["sector"] != 3 for place in first["places"])
    other = next(one for one in found["comparisons"] if (one["run"], one["against"]) == ("trail", "run 5"))
    assert other["places"] == [], "a sector that the other one cut is not lost"
    curve = first["curve"]
    assert any(value is None for t, value in zip(curve["t_ref"], curve["delta_s"], strict=True) if 27 < t < 31)
    text = Tables((root / "race_report.html").read_text(encoding="utf-8")).text
    assert "What is not clean" in text and "stopped" in text


@pytest.mark.slow
def test_pauses_left_out(run: Run, tmp_path: Path) -> None:
    root = season(tmp_path / "day", (RIDDEN[3],))
    sectors = {}
    for pauses in ("--pauses", "--no-pauses"):
        found = content(run("report", "--root", root, pauses), root)
        sectors[pauses] = next(one for one in found["runs"] if one["run"] == "run 4")["sectors"][4]
    stood = sectors["--pauses"]["stood_s"]
    assert stood > 4.0
    assert sectors["--pauses"]["time_s"] - sectors["--no-pauses"]["time_s"] == pytest.approx(stood, abs=1e-3)


@pytest.mark.slow
def test_lines_after_the_fact(run: Run, root: Path) -> None:
    moves = ("--move-line", "Bridge=0:26.0", "--add-line", "Tree=45.5", "--delete-line", "Root carpet")
    found = content(run("report", "--root", root, *moves), root)
    names = [line["name"] for line in found["lines"]]
    assert names == ["Start gate", "Rock garden", "Bridge", "Big drop", "Off-camber", "Tree", "Last jump", "Finish"]
    assert next(line["t_ref"] for line in found["lines"] if line["name"] == "Bridge") == 26.0
    again = content(run("report", "--root", root), root)
    assert again["lines"] == found["lines"], "lines that were changed are kept for all reports to come"
    wrong = run("report", "--root", root, "--move-line", "Nowhere=3")
    assert wrong.code == 2 and "no sector line is called Nowhere" in wrong.err
    assert run("report", "--root", root, "--add-line", "Tree").code == 2


@pytest.mark.slow
def test_lines_of_a_file_and_without_markers(run: Run, root: Path, tmp_path: Path) -> None:
    (tmp_path / "lines.csv").write_text("name,t_ref\nTop,5\nBottom,0:50\n", encoding="utf-8")
    found = content(run("report", "--root", root, "--lines", tmp_path / "lines.csv"), root)
    assert [(line["name"], line["t_ref"]) for line in found["lines"]] == [("Top", 5.0), ("Bottom", 50.0)]
    for path in root.glob("*/new_markers.*"):
        path.unlink()
    done = run("report", "--root", root)
    assert len(content(done, root)["sectors"]) == 4 and "has no markers" in done.err


@pytest.mark.slow
def test_line_tags(run: Run, tmp_path: Path) -> None:
    ridden = [Ridden(f"run {n}", lost=((18.0, 20.0, 0.5 * (n % 2) + 0.01 * n),)) for n in range(1, 9)]
    root = season(tmp_path / "day", ridden)
    rows = "".join(f"run {n},Rock garden – Bridge,{'BA'[(n + 1) % 2]}\n" for n in range(1, 9))
    (root / "line_tags.csv").write_text(f"run,sector,line\n{rows}run 1,Bridge – Big drop,A\n", encoding="utf-8")
    found = content(run("report", "--root", root, "--no-pictures"), root)["line_tags"]
    assert [(one["sector"], one["line"], one["n"]) for one in found] == [(2, "A", 4), (2, "B", 4), (3, "A", 1)]
    assert found[0]["verdict"] == "A is faster than B" or found[0]["verdict"] == "B is faster than A"
    assert found[2]["verdict"] == "not enough runs"
    (root / "line_tags.csv").write_text("run,sector,line\nrun 99,Bridge – Big drop,A\n", encoding="utf-8")
    wrong = run("report", "--root", root)
    assert wrong.code == 2 and "there is no run run 99" in wrong.err


def test_names_are_text(run: Run, tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>\"'"
    root = tmp_path / "day"
    write_run(root, Ridden("run 1", evil), lines={**LINES, f"x{evil}": 30.0})
    found = content(run("report", "--root", root), root)
    page = (root / "race_report.html").read_text(encoding="utf-8")
    assert any(one["rider"] == evil for one in found["runs"])
    assert "<script>alert" not in page and "&lt;script&gt;alert(1)" in page
    assert page.count("<script>") == 1
    assert not re.search(r"(src|href)=\"(?!data:)", page), "the page needs nothing else"


@pytest.mark.slow
def test_refused_and_other_trails_are_left_out(run: Run, root: Path) -> None:
    write_run(root, RIDDEN[0])
    path = root / "run 3" / "timewarp.json"
    data = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**data, "verdict": "refused", "reasons": ["another trail"]}), encoding="utf-8")
    done = run("report", "--root", root)
    assert {one["run"] for one in content(done, root)["runs"]} == {"trail", "run 1", "run 2"}
    assert "run 3 is left out: its alignment was refused (another trail)" in done.err
    write_run(root / "again", RIDDEN[1])
    assert "left out, since a later folder holds the same run: again/run 2" in run("report", "--root", root).err
    other = root / "elsewhere" / "run 9"
    write_run(root / "elsewhere", Ridden("run 9"))
    told = json.loads((other / "run.json").read_text(encoding="utf-8"))
    told["inputs"]["reference"] = "another"
    (other / "run.json").write_text(json.dumps(told), encoding="utf-8")
    warp = (other / "timewarp.json").read_text(encoding="utf-8").replace("trail.mp4", "roots.mp4")
    (other / "timewarp.json").write_text(warp, encoding="utf-8")
    done = run("report", "--root", root)
    assert "1 run is of another reference, roots, and left out (--trail roots)" in done.err
    assert {one["run"] for one in content(run("report", "--root", root, "--trail", "roots"), root)["runs"]} == {
        "roots",
        "elsewhere/run 9",
    }


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ((), "which runs is not said"),
        (("--root", "nowhere"), "is no folder"),
        (("--root", ".", "--of", "run 77"), "no run is called run 77"),
        (("--root", ".", "--of", "run 2", "--against", "run 2"), "compared with itself"),
        (("--root", ".", "--trail", "other"), "no reference here is called other"),
    ],
)
def test_what_cannot_be_is_said(
    run: Run, root: Path, monkeypatch: pytest.MonkeyPatch, args: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(root)
    done = run("report", *args)
    assert done.code == 2 and said in done.err


@pytest.mark.slow
def test_runs_aligned_with_each_other_make_all_agree_better(run: Run, root: Path) -> None:
    alone = content(run("report", "--root", root, "--of", "run 3", "--against", "run 2"), root)
    first, second = (warp_of(ridden) for ridden in TWO)
    between = first.invert().compose(second)
    assert between is not None
    exact = replace(between, sigma_s=between.sigma_s * 0 + 0.005)
    write_run(root, Ridden("between"))
    path = root / "between" / "timewarp.json"
    data = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**data, "knots": exact.knots()}), encoding="utf-8")
    told = json.loads((root / "between" / "run.json").read_text(encoding="utf-8"))
    told["inputs"] = {"reference": "run 2", "new": "run 3"}
    (root / "between" / "run.json").write_text(json.dumps(told), encoding="utf-8")
    done = run("report", "--root", root, "--of", "run 3", "--against", "run 2")
    found = content(done, root)
    assert {one["run"] for one in found["runs"]} == {"trail", "run 2", "run 3"} and "left out" not in done.err
    pairs = zip(alone["comparisons"][0]["sectors"], found["comparisons"][0]["sectors"], strict=True)
    assert all(b["half90_s"] <= a["half90_s"] + 1e-4 and abs(b["loss_s"] - a["loss_s"]) < 0.01 for a, b in pairs)


@pytest.mark.slow
def test_a_trail_pack_has_no_video_for_a_timeline_or_a_film(tmp_path: Path, run: Run) -> None:
    """It had been a clip of the timeline, and had ended the film with an error."""
    new = write_video(tmp_path / "new.mp4", 180)
    pack = made_pack(tmp_path / "wildcat.mtbtrail")
    slower = [[0.0, 0.0, 0.02], [5.0, 5.9, 0.02]]
    result = write_result(tmp_path / "run", pack, new, slower)
    done = run("report", result, "--film")
    assert done.code == 0, done.err
    assert "no timeline and no film of the joinable best: there is no video of wildcat" in done.err
    assert not list(result.glob("race_report_best.*")) and (result / "race_report.html").is_file()
    faster = [[0.0, 0.0, 0.02], [5.9, 5.0, 0.02]]
    assert run("report", write_result(tmp_path / "quick", pack, new, faster)).code == 0
    assert (tmp_path / "quick" / "race_report_best.otio").is_file()
