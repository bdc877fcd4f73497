"""docs/migrating.md tells the truth: what it calls kept is in our help, what it calls not yet is not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "migrating.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[tuple[str, str]]:
    """Name and status of each row of the table under a heading."""
    text = PAGE.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    return re.findall(r"^\| `([^`]+)` \| ([^|]+?) \|", text, re.MULTILINE)


VERBS = rows("Verbs")
KEPT = [verb for verb, status in VERBS if status == "kept"]


def options(verb: str) -> set[str]:
    """The options of one of our verbs, as its parser knows them."""
    from mtbsync_core.cli.app import command

    found = command.commands[verb].load()
    return {name for param in found.params for name in (*param.opts, *param.secondary_opts) if name.startswith("--")}


def test_verbs() -> None:
    from mtbsync_core.cli.app import command

    ours = set(command.commands)
    assert len(VERBS) == 18 and set(KEPT) <= ours
    for verb, status in VERBS:
        if status == "not yet":
            assert verb not in ours, f"{verb} is there now: say so in docs/migrating.md"
        if status.startswith("renamed"):
            assert re.findall("`(.+?)`", status)[0] in ours


@pytest.mark.parametrize("verb", [verb for verb in KEPT if verb != "version"])
def test_options(verb: str) -> None:
    here = options(verb)
    for name, status in rows(f"`{verb}`"):
        assert status in ("kept", "not needed", "not yet"), (name, status)
        assert (name in here) == (status == "kept"), f"{verb} {name} is called {status!r} in docs/migrating.md"


def test_every_verb_but_version_has_its_table() -> None:
    for verb, _ in VERBS:
        assert verb == "version" or rows(f"`{verb}`")
