"""What goes wrong in a way that a person can be told of in a line, with what to do about it."""

from __future__ import annotations


class Problem(Exception):
    """A run cannot go on. `message` says why, `hint` what to do.

    `touched` says whether something in the project may be other than before the run.
    """

    def __init__(self, message: str, hint: str = "", *, touched: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.touched = touched

    def lines(self) -> list[str]:
        """The message, and the hint where there is one."""
        return [self.message] + ([self.hint] if self.hint else [])


class Silent(Problem):
    """Resolve answers nothing where an answer is due."""

    def __init__(self, call: str) -> None:
        super().__init__(
            f"DaVinci Resolve does not answer ({call}).",
            "Close any window that is open over the timeline, such as Project Settings, go to the Edit page and start"
            " again.",
        )


class Cancelled(Problem):
    """The person ended the run."""

    def __init__(self) -> None:
        super().__init__("Cancelled.")
