"""The one tree of errors that a user can meet, each with a stable `code` and the exit status of the command line.

A message says what happened, with the value; a hint says what to do now. Library code raises these and never
prints or exits; the faces turn them into text, JSON and exit codes.
"""

from __future__ import annotations


class MtbsyncError(Exception):
    """Root of all expected failures: `message` says what happened, `hint` what to do now."""

    code = "error"
    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def as_dict(self) -> dict[str, str | int]:
        """The error as JSON-ready data, the same in `--json`, `perf.json` and batch results."""
        return {"code": self.code, "exit_code": self.exit_code, "message": self.message, "hint": self.hint}


class UsageError(MtbsyncError):
    """An option or argument that cannot be acted on."""

    code = "usage"
    exit_code = 2


class MediaError(MtbsyncError):
    """A recording that cannot be opened, decoded or used for timing."""

    code = "media"
    exit_code = 3


class EvidenceError(MtbsyncError):
    """Too little to go on: too short, too dark, too few samples to say anything."""

    code = "not_enough_evidence"
    exit_code = 4


class RefusedError(MtbsyncError):
    """The two recordings do not show the same trail in the same direction, as far as can be seen."""

    code = "refused"
    exit_code = 5


class DoubtfulError(MtbsyncError):
    """A result that needs a look, asked for under `--strict`."""

    code = "doubtful"
    exit_code = 6


class FormatError(MtbsyncError):
    """A marker, pairs, warp or index file that is not what it should be."""

    code = "format"
    exit_code = 7


class EngineMissingError(MtbsyncError):
    """A part of the program that is not installed here."""

    code = "engine_missing"
    exit_code = 9


class PairsError(MtbsyncError):
    """Of many pairs some have no result; the others have."""

    code = "pairs"
    exit_code = 11


class Interrupted(MtbsyncError):
    """The person ended it."""

    code = "interrupted"
    exit_code = 130

    def __init__(self) -> None:
        super().__init__("interrupted; files that were not finished have been removed")


class LossError(MtbsyncError):
    """An export that would lose something, asked for under `--strict`."""

    code = "loss"
    exit_code = 8
