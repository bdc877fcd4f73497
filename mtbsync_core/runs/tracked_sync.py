"""`TrackedSyncJob`: `sync`, and its run held against those before it in the same root."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from mtbsync_core.jobs.listener import Listener
from mtbsync_core.jobs.sync import Synced, SyncJob
from mtbsync_core.runs.history import TrackingOptions, track
from mtbsync_core.runs.regression import Check


class TrackedSync(NamedTuple):
    """What came out; `check` is None where nothing is tracked, or the run was refused."""

    synced: Synced
    check: Check | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackedSyncJob:
    """Two runs, and whether theirs is held against those before it."""

    sync: SyncJob
    tracking: TrackingOptions = field(default_factory=TrackingOptions)

    def run(self, listener: Listener) -> TrackedSync:
        """Align, write the folder, and add to the history of the folder above it. Errors as `SyncJob.run`."""
        done = self.sync.run(listener)
        folder = done.files["timewarp"].parent.absolute()
        total_s = done.timings["total_sec"]
        return TrackedSync(done, track(done.alignment, folder, total_s, self.tracking, listener, root=folder.parent))
