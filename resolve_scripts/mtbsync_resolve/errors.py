"""Failures that a person is told of in a line, with what to do about it."""

from __future__ import annotations

from .texts import text


class ScriptError(Exception):
    """What was asked for cannot be done: `message` says why, `hint` what to do. The project is as it was."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def lines(self) -> list[str]:
        """The message, and the hint where there is one."""
        return [self.message] + ([self.hint] if self.hint else [])


class PartlyDoneError(ScriptError):
    """Something in the project is other than before, and could not be put back."""


class NoAnswerError(ScriptError):
    """Resolve answers a call with nothing, or with something of another type."""

    def __init__(self, method: str) -> None:
        super().__init__(text("no_answer", method=method), text("no_answer_hint"))


class CancelledError(ScriptError):
    """The person ended the run."""

    def __init__(self) -> None:
        super().__init__(text("cancelled"))


def lines_of(error: Exception, unchanged: str = "") -> list[str]:
    """What a person is told of an error that ended a run.

    Args:
        unchanged: what such a run could have changed and did not, in a sentence.
    """
    rest = [unchanged] if unchanged and not isinstance(error, PartlyDoneError) else []
    if isinstance(error, CancelledError):
        return [" ".join([text("cancelled"), *rest])]
    if isinstance(error, ScriptError):
        return [text("titled", what=error.message), *error.lines()[1:], *rest]
    return [text("fault", kind=type(error).__name__, error=error), text("report_fault")]
