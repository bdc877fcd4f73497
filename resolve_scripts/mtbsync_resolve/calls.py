"""Checked calls of Resolve's scripting interface: a call that is missing, fails or answers nothing raises an error.

Resolve's objects claim to have every attribute; a method that this version lacks reads as None. A refused call answers
None or False without a reason, for example while a modal window is open (facts 1.2 and 1.3).

Whatever in this package is given an object of Resolve may raise `ScriptError`, where a call of it is missing or fails,
and `NoAnswerError`, where its answer is none or of another type.
"""

from __future__ import annotations

from typing import Any

from .errors import NoAnswerError, ScriptError
from .texts import text


def has_method(obj: Any, method: str) -> bool:
    """Whether this version of Resolve has the method. `hasattr` would always say yes."""
    return callable(getattr(obj, method, None))


def call(obj: Any, method: str, *arguments: Any) -> Any:
    """Whatever Resolve answers."""
    if not has_method(obj, method):
        raise ScriptError(text("no_call", method=method), text("no_call_hint"))
    try:
        return getattr(obj, method)(*arguments)
    except Exception as error:  # whatever Resolve's own library raises; its classes are not documented
        raise ScriptError(text("call_failed", method=method, error=error), text("call_failed_hint")) from error


def call_object(obj: Any, method: str, *arguments: Any) -> Any:
    """An object of Resolve, or None where there is none."""
    return call(obj, method, *arguments) or None


def call_int(obj: Any, method: str, *arguments: Any) -> int:
    """A whole number, such as a frame; some versions answer with floats."""
    answer = call(obj, method, *arguments)
    if isinstance(answer, bool) or not isinstance(answer, (int, float)):
        raise NoAnswerError(method)
    return round(answer)


def call_text(obj: Any, method: str, *arguments: Any) -> str:
    """A text; '' where the answer is none."""
    answer = call(obj, method, *arguments)
    return answer if isinstance(answer, str) else ""


def call_list(obj: Any, method: str, *arguments: Any) -> list[Any]:
    """A list; Resolve may answer None for an empty one."""
    answer = call(obj, method, *arguments)
    return list(answer) if isinstance(answer, (list, tuple)) else []


def call_dict(obj: Any, method: str, *arguments: Any) -> dict[Any, Any]:
    """A dictionary."""
    answer = call(obj, method, *arguments)
    if not isinstance(answer, dict):
        raise NoAnswerError(method)
    return answer


def unique_id(obj: Any) -> str:
    """Resolve's id of an object; the Python objects differ from call to call and must not be compared."""
    found = call_text(obj, "GetUniqueId")
    if not found:
        raise NoAnswerError("GetUniqueId")
    return found
