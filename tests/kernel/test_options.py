"""Options declared once: groups from JSON, what is said of a wrong name or value, and back."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest

from mtbsync_core.alignment.options import AlignOptions
from mtbsync_core.errors import UsageError
from mtbsync_core.options import build, from_json, option, settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Wheel:
    size: float = option(29.0, flag="--size", minimum=20, maximum=36)
    spokes: int = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Bike:
    name: str = option(flag="--name", help="What it is called.")
    wheel: Wheel = field(default_factory=Wheel)
    kind: Literal["trail", "enduro"] = option("trail", flag="--kind")
    suspension: bool = option(True, flag="--no-suspension")
    manual: Path | None = None
    riders: tuple[str, ...] = option((), flag="--rider", read=str.upper)


def test_names_further_out_and_whole_groups() -> None:
    given = {
        "name": "A",
        "size": 27.5,
        "wheel": {"spokes": 28},
        "kind": None,
        "riders": ["bo", "cy"],
        "manual": "m.pdf",
    }
    bike = from_json(Bike, given)
    assert bike == Bike(name="A", wheel=Wheel(size=27.5, spokes=28), riders=("BO", "CY"), manual=Path("m.pdf"))
    assert build(Bike, {("name",): "A", ("wheel", "size"): 26.0}) == Bike(name="A", wheel=Wheel(size=26.0))
    assert [s.path for s in settings(Bike)][:3] == [("name",), ("wheel", "size"), ("wheel", "spokes")]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"sise": 27}, "options has no 'sise'"),
        ({"spokes": 28}, "options has no 'spokes'"),
        ({"wheel": {"spoke": 28}}, "options.wheel has no 'spoke'"),
        ({"wheel": 3}, "options.wheel is 3, not an object"),
        ({"size": 19}, "options.size is 19; the least is 20"),
        ({"size": 36.5}, "options.size is 36.5; the most is 36"),
        ({"size": True}, "options.size is True"),
        ({"size": float("nan")}, "options.size is nan"),
        ({"wheel": {"spokes": 28.5}}, "options.wheel.spokes is 28.5"),
        ({"kind": "road"}, "options.kind is 'road'"),
        ({"suspension": 0}, "options.suspension is 0"),
        ({"riders": "bo"}, "options.riders is 'bo', not a list"),
        ({"manual": 7}, "options.manual is 7"),
        ({"name": None}, "options.name is missing"),
    ],
)
def test_what_cannot_be_is_named(change: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words.replace("(", r"\(")):
        from_json(Bike, {"name": "A", **change})


def test_the_nearest_name_is_offered() -> None:
    with pytest.raises(UsageError) as caught:
        from_json(AlignOptions, {"macher": "orb"})
    assert caught.value.hint == "Did you mean matcher?"


def test_the_model_is_reached_and_comes_back_from_what_was_written() -> None:
    options = from_json(AlignOptions, {"matcher": "orb", "refine": False, "lattice": {"leap_rate": 1e-3}})
    assert options.index.matcher == "orb" and options.lattice.leap_rate == 1e-3 and not options.refine
    assert from_json(AlignOptions, asdict(options)) == options


def test_every_flag_has_a_name_of_its_own() -> None:
    flagged = [s.path[-1] for s in settings(AlignOptions) if s.rule.flag]
    assert len(flagged) == len(set(flagged)) > 10
