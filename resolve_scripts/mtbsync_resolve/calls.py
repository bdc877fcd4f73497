"""Calls of Resolve that cannot surprise: a call that is missing, refused or answered with nothing is told apart.

Resolve's objects claim to have every attribute; a call that this version lacks reads as None, and a refused call
answers None or False without a reason, for example while a modal window is open (facts 1.2 and 1.3).
"""

from __future__ import annotations

from typing import Any

from .problems import Problem, Silent


def has(thing: Any, name: str) -> bool:
    """Whether this version of Resolve has the call. `hasattr` would always say yes."""
    return callable(getattr(thing, name, None))


def ask(thing: Any, name: str, *given: Any) -> Any:
    """The bare answer of a call.

    Raises:
        Problem: the call is missing or fails.
    """
    if not has(thing, name):
        raise Problem(
            f"This DaVinci Resolve has no call {name}, or it has quit.",
            "MTB Sync needs DaVinci Resolve 18.5 or newer.",
        )
    try:
        return getattr(thing, name)(*given)
    except Exception as error:  # whatever Resolve's own library raises; its classes are not documented
        raise Problem(f"DaVinci Resolve failed in {name}: {error}", "Is it still running?") from error


def thing_from(thing: Any, name: str, *given: Any) -> Any:
    """An object of Resolve, or None where it answers that there is none."""
    return ask(thing, name, *given) or None


def number(thing: Any, name: str, *given: Any) -> float:
    """A number.

    Raises:
        Silent: something else came.
    """
    answer = ask(thing, name, *given)
    if isinstance(answer, bool) or not isinstance(answer, (int, float)):
        raise Silent(name)
    return answer


def whole(thing: Any, name: str, *given: Any) -> int:
    """A frame number; some versions answer with floats.

    Raises:
        Silent: something else came.
    """
    return round(number(thing, name, *given))


def text(thing: Any, name: str, *given: Any) -> str:
    """A text; '' where nothing came."""
    answer = ask(thing, name, *given)
    return answer if isinstance(answer, str) else ""


def identity(thing: Any) -> str:
    """What stays the same of an object between calls; the objects themselves must not be compared.

    Raises:
        Silent: it has none.
    """
    found = text(thing, "GetUniqueId")
    if not found:
        raise Silent("GetUniqueId")
    return found


def listed(thing: Any, name: str, *given: Any) -> list[Any]:
    """A list; an empty one may come as None."""
    answer = ask(thing, name, *given)
    return list(answer) if isinstance(answer, (list, tuple)) else []


def table(thing: Any, name: str, *given: Any) -> dict[Any, Any]:
    """A dictionary.

    Raises:
        Silent: something else came.
    """
    answer = ask(thing, name, *given)
    if not isinstance(answer, dict):
        raise Silent(name)
    return answer
