"""Names and notes of markers made fit for a file, with every change counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from otio_adapters.content import Mark
from otio_adapters.safe_text import ascii_only, without_astral
from otio_adapters.writing import WriteOptions


def texts_of(
    mark: Mark, how: WriteOptions, counts: Counter[str], name: Callable[[str], str], note: Callable[[str], str]
) -> tuple[str, str]:
    """Name and note as the two functions make them fit, in ASCII where asked.

    Args:
        counts: `ascii` and `text_changed` count the markers that this changes.
    """
    asked = mark.name, mark.note
    if how.ascii:
        # Before it is made fit, since wide bars, dashes and brackets become plain ones here.
        plain = ascii_only(without_astral(mark.name)), ascii_only(without_astral(mark.note))
        counts["ascii"] += plain != asked
        asked = plain
    fit = name(asked[0]), note(asked[1])
    counts["text_changed"] += fit != asked
    return fit
