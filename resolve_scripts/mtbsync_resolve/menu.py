"""The Python entries of Resolve's menu: their names, and the launcher script that is made for each at installation."""

from __future__ import annotations

from pathlib import Path

ENTRIES = {
    "Transfer Markers": ("transfer", "Carries the markers of the reference clip to the new clip."),
    "Transfer to All Selected": (
        "transfer_all",
        "Carries the markers of the reference clip to all other selected clips.",
    ),
    "Undo Last Transfer": ("undo", "Takes back what the last transfer wrote."),
    "Export Markers": ("export", "Writes the markers of the selected clips to files."),
    "Cancel": ("cancel", "Ends the transfer that is at work."),
    "Check Installation": ("check", "Tells what is installed and whether it can work."),
}
"""By the name in the menu: the entry of `entries.run`, and what it does."""


def launchers(template: str, folder: Path) -> dict[str, bytes]:
    """The launcher scripts by file name.

    Args:
        template: the text of `menu/launcher.py`.
        folder: where the package will lie. It is written into each script for a Resolve that does not tell a script
            its own path.
    """
    # `ascii`: Resolve's interpreter reads the script in whatever encoding it likes.
    common = template.replace('"@FOLDER@"', ascii(str(folder)))
    return {
        f"MTB Sync - {name}.py": common.replace("@DOES@", does).replace("@ENTRY@", entry).encode("ascii")
        for name, (entry, does) in ENTRIES.items()
    }
