"""Where the real recordings, rides and exports of `tests/data` lie; its README names their origin and licence."""

from __future__ import annotations

from pathlib import Path

DATA = Path(__file__).with_name("data")
WALKWAY = DATA / "gopro_walkway"
HERO7, MAX = WALKWAY / "hero7.mp4", WALKWAY / "max-heromode.mp4"
LAPS = DATA / "donkeycar_laps"
LAP1, LAP2 = LAPS / "lap1.mp4", LAPS / "lap2.mp4"
GPMF, GPX, FIT, NLE = (DATA / name for name in ("gpmf", "gpx", "fit", "nle"))


def nle_sample(name: str) -> str:
    """The text of an editor's export, with the line ends that it has."""
    return (NLE / name).read_bytes().decode("utf-8")
