"""What a person sees of the scripts is in the table of texts, and nothing else is: read from the sources."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator

import pytest

from resolve_scripts.mtbsync_resolve import detect, notification, report_page, settings, texts
from resolve_scripts.mtbsync_resolve.texts import TEXTS
from tests.doubles.resolve import two_runs
from tests.resolve_scripts.stage import PACKAGE, Stage

OUTSIDE = ("install.py", "manifest.py", "folders.py")
"""A command of terminals, and names of folders and files."""
SOURCES = {
    path.name: ast.parse(path.read_text(encoding="ascii"))
    for path in sorted(PACKAGE.glob("*.py"))
    if not path.name.startswith("texts_")
}
TABLES = [ast.parse(path.read_text(encoding="ascii")) for path in sorted(PACKAGE.glob("texts_*.py"))]

NO_TEXTS = {
    # Names of Resolve's properties, and of places where markers are.
    *("File Path", "Proxy Media Path", "Start TC", "media pool", "trail pack"),
    *(settings.MARKER_COLOURS, settings.CLIP_COLOURS, *settings._CHOICES.values()),
    # What is written into markers, which later runs read.
    *("{} (ride {})", "mtbsync: {} \u00b1{} s, {} % sure"),
    # Code of other languages, and keys of the registry.
    *(report_page._STYLE, notification._POWERSHELL, *notification._APPLESCRIPT),
    *(detect._TELL_VERSION, "registry {}\\...\\{}"),
}
TELLING = {"say", "_say", "notify", "working", "ended", "failed", "what", "progress", "append"}
"""Functions to which texts are given; what fails is told too."""
SILENT = {"note", "on_stderr", "text", "status", "run_quietly", "compile", "findall", "NoAnswerError"}
"""Those to which other words are given: for the log, names of texts, patterns, names of Resolve's calls."""
MARK = "\u00b6"
"""Every letter of a translation that is none."""
LABELS = {"Text", "ToolTip", "WindowTitle"}
"""Attributes of the window's elements that hold texts."""
WORDS = re.compile(r"([A-Za-z]{2,}|\{\})[^\sA-Za-z{]* [^\sA-Za-z{]*([A-Za-z]{2,}|\{\})")
"""Two words side by side, of which values may be one."""


@pytest.mark.slow
def test_no_text_is_outside_the_table() -> None:
    found = {name: list(outside(tree)) for name, tree in SOURCES.items() if name not in OUTSIDE}
    assert {name: lines for name, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "line",
    [
        "raise ScriptError('Gone.')",
        "raise PartlyDoneError(text('gone'), 'Start again.')",
        "raise UnusableError(f'{kind}-like')",
        "context.log.say('Done')",
        "log.say(', '.join(['Done', done]))",
        "say('none' if not n else text('some', n=n))",
        "page.ended('MTB Sync: ' + summary, lines)",
        "lines.append('Done')",
        "message = 'It is gone.'",
        "message = f'{n} markers'",
        "message = f'{text(name)} or {other}'",
        "ui.Button({'ID': 'Start', 'Text': 'Start'})",
    ],
)
def test_a_text_outside_the_table_is_seen(line: str) -> None:
    assert len(list(outside(ast.parse(line)))) == 1


@pytest.mark.parametrize(
    "line",
    [
        "raise ScriptError(text('gone', name=call_text(item, 'GetName')), '')",
        "log.say(f'  {name} -> {place}')",
        "log.note('what nobody but us reads')",
        '"""What a docstring says."""',
        "page = f'<p>{line}</p> <b>{text(name)}</b>'",
        "title = f'{stem} {lap}'",
    ],
)
def test_other_words_are_not_taken_for_texts(line: str) -> None:
    assert list(outside(ast.parse(line))) == []


def test_every_text_that_is_asked_for_is_there_and_gets_its_values() -> None:
    for source, tree in SOURCES.items():
        for call in calls_of("text", tree):
            given = {keyword.arg for keyword in call.keywords}
            for name in names_in(call.args[0]):
                assert name in TEXTS, f"{source}:{call.lineno}"
                assert None in given or given == placeholders(TEXTS[name]), f"{source}:{call.lineno}: {name}"


def test_every_text_is_asked_for() -> None:
    """By its name in the call; or elsewhere, by a part of it too, and then it takes no values."""
    asked = {name for tree in SOURCES.values() for call in calls_of("text", tree) for name in names_in(call.args[0])}
    words = {
        node.value
        for tree in SOURCES.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    for name in set(TEXTS) - asked:
        parts = (name[: cut + 1] for cut, letter in enumerate(name) if letter == "_")
        assert name in words or any(part in words and name[len(part) :] in words for part in parts), name
        assert placeholders(TEXTS[name]) == set(), name


def test_the_table_is_ascii_and_has_each_name_once() -> None:
    names = [
        str(key.value)
        for tree in TABLES
        for node in ast.walk(tree)
        if isinstance(node, ast.Dict)
        for key in node.keys
        if isinstance(key, ast.Constant)
    ]
    assert sorted(names) == sorted(TEXTS)


@pytest.mark.slow
def test_a_translation_changes_what_is_said_and_nothing_else(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """All entries work, and know markers of ours again, which no translation touches."""
    scene = two_runs(stage.file("ref.mp4"), stage.file("new.mp4"))
    stage.engine(markers={"m2": {"status": "doubtful"}})
    both = [track.items[0] for track in scene.timeline.video]
    entries = ("transfer", "next_doubtful", "export", "adopt", "undo", "remove", "undo", "undo", "undo", "check")
    seen: list[list[tuple[str, bool, list[tuple[str, str, bool]], int | None]]] = []
    for table in (TEXTS, {name: translation(line) for name, line in TEXTS.items()}):
        monkeypatch.setattr(texts, "TEXTS", table)
        seen.append([])
        scene.timeline.playhead = None
        for entry in entries:
            scene.select(*(both[1:] if entry == "adopt" else both))
            done = stage.run(entry, scene.world)
            markers = [(one.name, one.note, one.custom_data == "") for one in scene.timeline.markers]
            seen[-1].append((entry, done, markers, scene.timeline.playhead))
            is_foreign = table is not TEXTS
            assert (MARK in stage.log()) is (MARK in stage.notified[-1]) is is_foreign
            assert (MARK in stage.page()) is is_foreign
    first, second = seen
    assert first == second and [len(one[2]) for one in first] == [2, 2, 2, 2, 2, 0, 2, 0, 0, 0]


def translation(line: str) -> str:
    """A text with all its values and blanks, whose words are others."""
    return "".join(
        part if part.startswith("{") else re.sub("[A-Za-z]", MARK, part) for part in re.split(r"(\{\w+\})", line)
    )


def outside(tree: ast.AST) -> Iterator[str]:
    """The literals that a person would see: what is given to those that tell, and whatever has two words."""
    told = {id(node) for node in given_to_those_that_tell(tree)}
    silent = {id(node) for node in silent_in(tree)}
    for node in ast.walk(tree):
        shape = shape_of(node)
        if shape is None or id(node) in silent or shape in NO_TEXTS or "</" in shape or shape.startswith(("<", "/")):
            continue
        letters = re.search("[A-Za-z]", shape.replace("{}", ""))
        if letters and (id(node) in told or WORDS.search(shape)):
            yield f"{getattr(node, 'lineno', 0)}: {shape}"


def shape_of(node: ast.AST) -> str | None:
    """A literal with `{}` for the values in it; None of anything else."""
    if isinstance(node, ast.JoinedStr):
        return "".join(shape_of(part) or "{}" for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def given_to_those_that_tell(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (name_of(node) in TELLING or name_of(node).endswith("Error")):
            for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
                yield from shown_in(argument)
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and key.value in LABELS:
                    yield from shown_in(value)


def shown_in(node: ast.AST) -> Iterator[ast.AST]:
    """Literals that may come to be seen: not those in conditions and in calls, but for calls of literals (`join`)."""
    yield node
    children: list[ast.AST] = list(ast.iter_child_nodes(node))
    if isinstance(node, ast.JoinedStr):
        is_markup = (shape_of(node) or "").startswith("<")
        children = [] if is_markup else [part.value for part in node.values if isinstance(part, ast.FormattedValue)]
    elif isinstance(node, ast.Call):
        of_literal = isinstance(node.func, ast.Attribute) and shape_of(node.func.value) is not None
        children = [node.func, *node.args] if of_literal else []
    elif isinstance(node, ast.IfExp):
        children = [node.body, node.orelse]
    elif isinstance(node, (ast.Compare, ast.Subscript)):
        children = []
    for child in children:
        yield from shown_in(child)


def silent_in(tree: ast.AST) -> Iterator[ast.AST]:
    """Docstrings, literals within literals, and what is given to those that show nothing."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            yield from node.values
        elif isinstance(node, ast.Call) and name_of(node) in SILENT:
            yield from (inner for argument in node.args for inner in ast.walk(argument))


def name_of(call: ast.Call) -> str:
    """What is called, without what it is of."""
    func = call.func
    return func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""


def calls_of(name: str, tree: ast.AST) -> Iterator[ast.Call]:
    """Calls of a function, not of methods of that name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
            yield node


def names_in(node: ast.AST) -> Iterator[str]:
    """Names of texts: a literal, or those of both cases."""
    if isinstance(node, ast.IfExp):
        yield from names_in(node.body)
        yield from names_in(node.orelse)
    elif isinstance(node, ast.Constant):
        yield str(node.value)


def placeholders(template: str) -> set[str | None]:
    """The names in braces."""
    return {field for _, field, _, _ in string.Formatter().parse(template) if field is not None}
