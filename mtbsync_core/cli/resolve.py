"""`mtbsync resolve install|uninstall|doctor`, and `mtbsync doctor`: the scripts inside DaVinci Resolve.

The work is done by `resolve_scripts.mtbsync_resolve`, which also runs inside Resolve.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from mtbsync_core.cli.options import AsJson
from mtbsync_core.cli.report import Report
from mtbsync_core.errors import UsageError
from mtbsync_core.version import __version__
from resolve_scripts.mtbsync_resolve import doctor as checks
from resolve_scripts.mtbsync_resolve import install as installer
from resolve_scripts.mtbsync_resolve.folders import config_dir, this_system

ResolveDir = Annotated[
    Path | None,
    typer.Option(
        "--resolve-dir",
        help="Resolve's own folder, if it is not found: its support folder, or Fusion/Scripts in it.",
    ),
]

resolve = typer.Typer(
    help="DaVinci Resolve's menu entries: install them, remove them, check them.",
    rich_markup_mode=None,
)


@resolve.callback(invoke_without_command=True)
def _root(ctx: typer.Context) -> None:
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())
        raise typer.Exit(2)


def install(ctx: typer.Context, resolve_dir: ResolveDir = None, as_json: AsJson = False) -> None:
    """Put the menu entries into DaVinci Resolve, or bring them up to date.

    They appear under Workspace > Scripts when Resolve is started again. How a run ended opens as a page in the browser.
    Files of others are never touched.

    Example: mtbsync resolve install
    """
    report: Report = ctx.obj
    engine = engine_command()
    with _usage_errors():
        done = installer.install(engine, __version__, resolve_dir)
    if checks.lists_no_python(checks.resolve_version(*this_system())):
        report.note(f"the free Resolve lists no Python scripts since 21.1: {installer.FILE_ROUTE}")
    answer = checks.hello(engine)
    if answer["event"] != "hello":
        report.note(f"the scripts will not work yet: {answer['error']['message']}. {answer['error']['hint']}")
    report.data["resolve"] = _as_dict(done)
    for note in done.notes:
        report.note(note)
    for path in done.kept:
        report.note(f"{path} is no longer needed but was changed: it stays")
    if done.written or done.removed:
        report.say(f"installed {len(done.written) + len(done.unchanged)} files below {done.scripts}")
        report.say("Start DaVinci Resolve again: its menu Workspace > Scripts then has the entries.")
    else:
        report.say(f"up to date below {done.scripts}")


def uninstall(ctx: typer.Context, resolve_dir: ResolveDir = None, as_json: AsJson = False) -> None:
    """Take the menu entries out of DaVinci Resolve; settings, journal and logs stay.

    Example: mtbsync resolve uninstall
    """
    report: Report = ctx.obj
    with _usage_errors():
        outcomes = installer.uninstall(resolve_dir)
    report.data["resolve"] = [_as_dict(done) for done in outcomes]
    for done in outcomes:
        report.say(f"removed {len(done.removed)} files below {done.scripts}")
        for path in done.kept:
            report.note(f"{path} was changed since it was installed: it stays")
    if not outcomes:
        report.say("nothing of mtbsync was found in DaVinci Resolve")
    elif config_dir().is_dir():
        report.say(f"your settings and logs stay in {config_dir()}")


def doctor(ctx: typer.Context, resolve_dir: ResolveDir = None, as_json: AsJson = False) -> int:
    """Say what is installed for DaVinci Resolve, whether it can work, and what to do. Exits 1 if something is to do.

    Example: mtbsync doctor
    """
    report: Report = ctx.obj
    found = checks.examine(engine_command(), __version__, resolve_dir)
    report.data.update(found)
    for line in checks.lines(found):
        report.say(line)
    return 0 if found["ok"] else 1


def engine_command() -> list[str]:
    """How programs elsewhere start this engine."""
    # Not resolved: an environment's Python is a link, and what it links to knows nothing of the environment.
    return [str(Path(sys.executable).absolute()), "-m", "mtbsync_core"]


@contextmanager
def _usage_errors() -> Iterator[None]:
    """The installer's errors as errors of the command line: a child of `UsageError` for each, with the same code."""
    try:
        yield
    except installer.InstallError as error:
        kind = type(type(error).__name__, (UsageError,), {"code": error.code})
        raise kind(error.message, error.hint) from error


def _as_dict(done: installer.Outcome) -> dict[str, object]:
    """An outcome as JSON-ready data."""
    named = {name: value for name, value in done._asdict().items() if name not in ("scripts", "notes")}
    return {"scripts": str(done.scripts), **{name: [str(path) for path in paths] for name, paths in named.items()}}


for _verb, _short in (
    (install, "Put the menu entries into Resolve, or bring them up to date."),
    (uninstall, "Take the menu entries out of Resolve."),
    (doctor, "Say what is installed, whether it can work, and what to do."),
):
    resolve.command(_verb.__name__, short_help=_short)(_verb)
