"""The keys of the review page in its docs are those of its table."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "mtbsync_core/web/static/js/review/keys.js"
NAMES = {
    "ArrowLeft": "←",
    "ArrowRight": "→",
    "ArrowUp": "↑",
    "ArrowDown": "↓",
    "Comma": ",",
    "Period": ".",
    "Slash": "/",
    "BracketLeft": "[",
    "BracketRight": "]",
    "Minus": "−",
    "Escape": "Esc",
}


def rows() -> list[tuple[str, ...]]:
    """Code, modifiers, action, label, group of each key."""
    text = TABLE.read_text(encoding="utf-8")
    found = re.findall(r'^  \["([^"]*)", "([^"]*)", "([^"]*)", "([^"]*)", "([^"]*)"\],$', text, re.MULTILINE)
    assert len(found) == text.count("\n  [")
    return found


def documented() -> list[str]:
    """The lines of the table in the docs that these keys make."""
    lines = []
    for code, modifiers, _action, label, _group in rows():
        name = NAMES.get(code, re.sub("^(Key|Digit)", "", code))
        keys = "+".join([*filter(None, modifiers.split("+")), name])
        lines.append(f"| `{keys}` | {label} |")
    return lines


def test_no_two_actions_have_one_key() -> None:
    keys = [(code, modifiers) for code, modifiers, *_ in rows()]
    assert len(set(keys)) == len(keys)


def test_the_docs_have_every_key() -> None:
    text = (ROOT / "docs/review.md").read_text(encoding="utf-8")
    assert "\n".join(documented()) in text


def test_every_key_has_its_action_on_the_page() -> None:
    main = (TABLE.parent / "main.js").read_text(encoding="utf-8")
    actions = main[main.index("const actions = {") : main.index("\n};\n")]
    for _code, _modifiers, action, *_ in rows():
        assert re.search(rf"^  {action}(:|,$)", actions, re.MULTILINE), action
