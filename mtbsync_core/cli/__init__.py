"""The command line. `main` is the one place where exceptions become text, JSON and exit codes.

The verbs live one to a file: they parse, call the engine, and hand what they found to a `Report`. Nothing heavy is
imported before a verb runs.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

from mtbsync_core.errors import MtbsyncError, UsageError

if TYPE_CHECKING:
    from mtbsync_core.cli.report import Report

INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code (see `docs/architecture.md` for the table)."""
    # Many small products: the threads of OpenBLAS gain nothing, and beside a busy core they spin 50 times as long.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    args = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        _forgive(stream)
    debug = _take(args, "--debug")
    from mtbsync_core.cli.report import Report

    report = Report(as_json="--json" in args)
    try:
        with report:
            code = _run(args, report, debug)
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        # Whoever read our output has gone; the interpreter must not try to flush the rest at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _run(args: list[str], report: Report, debug: bool) -> int:
    from mtbsync_core.cli.app import command

    try:
        returned = command(args, prog_name="mtbsync", standalone_mode=False, obj=report)
        code = returned if isinstance(returned, int) else 0
        if code == INTERRUPTED:
            return _interrupted(report)
        report.finish()
        return code
    except MtbsyncError as error:
        if debug:
            traceback.print_exc()
        report.fail(error)
        return error.exit_code
    except KeyboardInterrupt:
        return _interrupted(report)
    except BrokenPipeError:
        raise
    except Exception as error:
        return _other(error, report, debug)


def _other(error: Exception, report: Report, debug: bool) -> int:
    if type(error).__name__ == "Abort":
        return _interrupted(report)
    if hasattr(error, "format_message"):
        # The parser's own complaint (its class is Typer's or Click's, by version).
        usage = UsageError(error.format_message(), _usage_hint(error))
        report.fail(usage)
        return usage.exit_code
    if debug:
        traceback.print_exc()
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        report.fail(MtbsyncError(f"{where}{error.strerror}", "Check the disk, the path and its permissions."))
        return MtbsyncError.exit_code
    hint = "" if debug else "This should not happen. Run it again with --debug and report what it prints."
    report.fail(MtbsyncError(f"unexpected {type(error).__name__}: {error}".rstrip(": "), hint))
    return MtbsyncError.exit_code


def _usage_hint(error: Exception) -> str:
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "mtbsync"
    return f"See: {path} --help"


def _interrupted(report: Report) -> int:
    stopped = MtbsyncError("interrupted; files that were not finished have been removed")
    stopped.code, stopped.exit_code = "interrupted", INTERRUPTED
    report.fail(stopped)
    return INTERRUPTED


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
