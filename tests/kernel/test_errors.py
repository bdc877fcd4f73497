"""Codes and exit statuses are an interface: scripts and the Resolve side depend on them."""

from __future__ import annotations

import pytest

from mtbsync_core import errors
from mtbsync_core.errors import MtbsyncError

EXPECTED = {
    "MtbsyncError": ("error", 1),
    "UsageError": ("usage", 2),
    "MediaError": ("media", 3),
    "EvidenceError": ("not_enough_evidence", 4),
    "RefusedError": ("refused", 5),
    "DoubtfulError": ("doubtful", 6),
    "FormatError": ("format", 7),
    "LossError": ("loss", 8),
}


@pytest.mark.parametrize(("name", "code", "status"), [(n, c, s) for n, (c, s) in EXPECTED.items()])
def test_code_and_exit_status(name: str, code: str, status: int) -> None:
    error = getattr(errors, name)("what happened", "what to do")
    assert isinstance(error, MtbsyncError)
    assert str(error) == "what happened"
    assert error.as_dict() == {"code": code, "exit_code": status, "message": "what happened", "hint": "what to do"}


def test_no_code_or_status_serves_twice() -> None:
    tree = [e for e in vars(errors).values() if isinstance(e, type) and issubclass(e, MtbsyncError)]
    assert len({e.code for e in tree}) == len({e.exit_code for e in tree}) == len(tree) >= len(EXPECTED)


def test_the_hint_may_be_missing() -> None:
    assert MtbsyncError("x").hint == ""
