"""The settings file: written when missing, checked key by key."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from resolve_scripts.mtbsync_resolve.errors import ScriptError
from resolve_scripts.mtbsync_resolve.settings import Settings, load_settings


def test_defaults_are_written_and_read(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    assert load_settings(folder) == (Settings(), [])
    assert json.loads((folder / "settings.json").read_text(encoding="utf-8")) == Settings()._asdict()
    assert load_settings(folder) == (Settings(), [])


def test_some_keys(tmp_path: Path) -> None:
    text = '\ufeff{"colour": "keep", "sure_from": 1, "time_limit_min": 5, "colour_sur": "Blue"}'
    (tmp_path / "settings.json").write_text(text, encoding="utf-8")
    settings, remarks = load_settings(tmp_path)
    assert settings == Settings(colour="keep", sure_from=1.0, time_limit_min=5.0)
    assert remarks == ["The settings know no key 'colour_sur'; it is ignored."]


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("colour_sure", "Blau", "one of Blue, Cyan"),
        ("select_colour", "Cyan", "one of Orange"),
        ("carry_colours", "Green; Red", "some of Blue, Cyan"),
        ("sure_from", 1.5, "from 0 to 1"),
        ("sure_from", "0.5", "a number"),
        ("sure_from", float("nan"), "from 0 to 1"),
        ("threads", 2.5, "a whole number"),
        ("threads", True, "a whole number"),
        ("threads", -1, "from 0 to 1024"),
        ("use_proxy", 1, "true or false"),
        ("reference", None, "a text"),
        ("engine", ["fps", 3], "an object"),
    ],
)
def test_wrong_values(tmp_path: Path, key: str, value: object, said: str) -> None:
    (tmp_path / "settings.json").write_text(json.dumps({key: value}), encoding="utf-8")
    with pytest.raises(ScriptError, match=f"The setting {key} is .*{said}"):
        load_settings(tmp_path)


@pytest.mark.parametrize(
    ("written", "options"),
    [
        ({}, {"review_threshold": 0.75}),
        (
            {"matcher": "orb", "threads": 2, "review_threshold": 0},
            {"matcher": "orb", "threads": 2, "review_threshold": 0},
        ),
        ({"engine": {"fps": 3, "no_such": [1]}}, {"review_threshold": 0.75, "fps": 3, "no_such": [1]}),
        (
            {"matcher": "orb", "engine": {"matcher": "sift", "threads": None}},
            {"review_threshold": 0.75, "matcher": "sift", "threads": None},
        ),
    ],
)
def test_options_of_the_engine_are_handed_on(tmp_path: Path, written: dict[str, object], options: object) -> None:
    (tmp_path / "settings.json").write_text(json.dumps(written), encoding="utf-8")
    settings, remarks = load_settings(tmp_path)
    assert settings.engine_options() == options and remarks == []


@pytest.mark.parametrize("text", ["{", "[]", "\x00"])
def test_no_settings(tmp_path: Path, text: str) -> None:
    (tmp_path / "settings.json").write_text(text, encoding="utf-8")
    with pytest.raises(ScriptError, match="The settings"):
        load_settings(tmp_path)
