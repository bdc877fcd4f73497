"""The command line. `main` is the one place where exceptions become text, JSON and exit codes.

A verb is a face: it hands its options to a job and tells a `Report` what came of it. `app` imports its module when it
is asked for.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from typing import TextIO

import typer

from mtbsync_core.cli.app import command
from mtbsync_core.cli.report import Report
from mtbsync_core.errors import Interrupted, MtbsyncError, UsageError
from mtbsync_core.jobs.listener import relayed

_ParserError: type[Exception] = typer.BadParameter.__mro__[1]
"""What the parser complains with; Typer's own or Click's, by version."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code (see the README for the table)."""
    # Many small products: the threads of OpenBLAS gain nothing, and beside a busy core they spin 50 times as long.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    args = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        _forgive(stream)
    debug = _take(args, "--debug")
    report = Report(as_json="--json" in args)
    try:
        with relayed(report):
            code = _run(args, report, debug)
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        # Whoever read our output has gone; the interpreter must not try to flush the rest at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _run(args: list[str], report: Report, debug: bool) -> int:
    try:
        returned = command(args, prog_name="mtbsync", standalone_mode=False, obj=report)
        code = returned if isinstance(returned, int) else 0
        if code == Interrupted.exit_code:  # how the parser tells of Ctrl-C, by version
            raise Interrupted()
        report.finish()
        return code
    except BrokenPipeError:
        raise
    except (Exception, KeyboardInterrupt) as error:
        told = _told(error, debug)
        if debug and not isinstance(told, Interrupted) and not isinstance(error, _ParserError):
            traceback.print_exc()
        report.fail(told)
        return told.exit_code


def _told(error: BaseException, debug: bool) -> MtbsyncError:
    """What a user is told of an exception."""
    if isinstance(error, MtbsyncError):
        return error
    if isinstance(error, KeyboardInterrupt | typer.Abort):
        return Interrupted()
    if isinstance(error, _ParserError):
        context = getattr(error, "ctx", None)
        path = context.command_path if context is not None else "mtbsync"
        return UsageError(error.format_message(), f"See: {path} --help")  # type: ignore[attr-defined]
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        return MtbsyncError(f"{where}{error.strerror}", "Check the disk, the path and its permissions.")
    hint = "" if debug else "This should not happen. Run it again with --debug and report what it prints."
    return MtbsyncError(f"unexpected {type(error).__name__}: {error}".rstrip(": "), hint)


def _take(args: list[str], flag: str) -> bool:
    """Remove a flag that may stand anywhere before `--`, and say whether it was there."""
    end = args.index("--") if "--" in args else len(args)
    found = flag in args[:end]
    args[:end] = [arg for arg in args[:end] if arg != flag]
    return found


def _forgive(stream: TextIO) -> None:
    """A console that cannot show a character shows `?` for it; it does not end the program."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="replace")
