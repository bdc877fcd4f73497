"""Flags that are of the command line alone."""

from __future__ import annotations

from typing import Annotated

import typer

from mtbsync_core.cli.flags import AsJson as AsJson

Strict = Annotated[
    bool, typer.Option("--strict", help="Fail (exit 6) when the result, or any marker in it, needs a look.")
]
