"""`EditJob`: whose run it was, told later."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from mtbsync_core.alignment.result import load_warp
from mtbsync_core.errors import FormatError, UsageError
from mtbsync_core.jobs.listener import Listener
from mtbsync_core.options import option
from mtbsync_core.runs.rebuild import write_records
from mtbsync_core.runs.record import folders_of
from mtbsync_core.runs.run_file import RunFile, WhoseRun, load_run


@dataclass(frozen=True, slots=True, kw_only=True)
class EditJob:
    """The folder of a run, and what is to be said of it."""

    run_folder: Path = option(argument="RUN", help="The folder of a run, for example batch_out/jump.")
    whose: WhoseRun = field(default_factory=WhoseRun)

    def run(self, listener: Listener) -> WhoseRun:
        """Write it into the run's `run.json`, of a recording of several rides into that of each, and the catalogue.

        Raises:
            UsageError: nothing is given, it is no folder of a run, or it cannot be written.
            FormatError: its `run.json` is damaged.
        """
        if self.whose == WhoseRun():
            raise UsageError("nothing is to be changed", "Give --rider, --bike, --date or --notes; '' takes it away.")
        folders = list(folders_of(self.run_folder)) if self.run_folder.is_dir() else []
        if self.run_folder not in folders:
            raise UsageError(f"{self.run_folder} is not the folder of a run", "Give the folder with its timewarp.json.")
        told = WhoseRun()
        for folder in folders:
            found = load_run(folder) or _unknown(folder)
            told = self.whose.over(found.whose)
            replace(found, whose=told).save(folder)
            listener.file("run", folder / "run.json")
        write_records(folders, listener.note)
        return told


def _unknown(folder: Path) -> RunFile:
    """What is known of a run that `align` or `sync` made."""
    warp = load_warp(folder / "timewarp.json")
    if warp.media_ref is None or warp.media_new is None:
        raise FormatError(f"{folder} does not say of which recordings it is", "")
    return RunFile(reference=str(warp.media_ref.path), new=str(warp.media_new.path), state="done")
