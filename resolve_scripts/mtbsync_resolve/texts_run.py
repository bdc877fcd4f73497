"""Texts of runs, from what they begin with to how they end; see `texts`."""

from __future__ import annotations

RUN = {
    # A transfer: what it begins with.
    "reference": "Reference: {name}, as {because}; {n} markers {where}{besides}.",
    "besides": " (not carried: {what})",
    "on_clip": "on its clip",
    "on_pool": "on its clip in the media pool",
    "on_timeline": "on the timeline",
    "in_pack": "of its own",
    "new": "New: {names}.",
    "pairs": "{n} moments of {name} are taken as you set them (ANCHOR, corrected markers).",
    "left_out": "{n} markers of the reference are left out, as you chose.",
    # The engine.
    "engine_unreadable": "The engine is not known here: {path} cannot be read.",
    "engine_not_named": "The engine is not known here: {path} names none.",
    "engine_repair": "Run `mtbsync resolve install` once more, then `mtbsync doctor`.",
    "engine_not_started": "The engine cannot be started: {error} ({program})",
    "engine_stopped": "The engine was stopped after {n} minutes.",
    "engine_stopped_hint": "`time_limit_min` in the settings allows more; shorter clips take less.",
    "engine_broke_off": "The engine broke off (exit status {code}).{said}",
    "engine_said": " It said: {what}",
    "engine_broke_off_hint": "The log has more. {repair}",
    "engine_cannot": "The engine cannot: {why}",
    "engine_no_reason": "it does not say why",
    "not_aligned": "{name}: not aligned: {why}",
    "ride_from_to": "{name} ({first} to {last})",
    "reason_outside": "the new run does not go there",
    "reason_gap": "nothing was recognised there",
    "reason_failed": "the runs could not be aligned",
    "unknown_status": "the engine says {status}",
    "no_time": "the engine gave no place",
    # What becomes of a marker, and why.
    "no_clip_shows": "at {at} of the file, which no clip shows",
    "no_frame": "other markers are there and beside it",
    "by_a_frame": "{n} frame, since another marker is there",
    "kept_as_changed": "kept as you changed it: {name}",
    "of_clip": "{name}, {at} of the file",
    # What Resolve did not do.
    "owner_gone": "A clip that the markers belong to is gone.",
    "not_deleted": "DaVinci Resolve did not delete {n} markers of the last run.",
    "not_taken": "DaVinci Resolve did not take {n} of {of} markers (the first is {name}).",
    "not_taken_hint": (
        "Is the track locked, is the timeline locked by a colleague, or is a window open over it? Go to the Edit page"
        " and start again."
    ),
    "stamps_not_kept": (
        "DaVinci Resolve did not keep the hidden text of the markers, without which they could not be told from yours."
    ),
    "not_put_back": "{error} Not everything could be put back: {what}",
    "not_put_back_hint": "Start `MTB Sync - Undo Last Transfer` when Resolve answers again.",
    "journal_unreadable": "The journal {path} cannot be read: {error}",
    "journal_odd": "The journal {path} is not understood: {error}",
    "journal_unwritable": "The journal {path} cannot be written: {error}",
    "journal_unwritable_hint": "Without it nothing is written, as it could not be undone.",
    # How it ends.
    "runs_kept": "Cancelled: {n} of {of} runs were finished and are written.",
    "changed_meanwhile": (
        "The {place} was changed, or Resolve stopped answering, while the engine was at work: {what}."
    ),
    "timeline": "timeline",
    "media_pool": "Media Pool",
    "timeline_itself": "the timeline itself",
    "start_again": "Start again.",
    "engine_options": "The options of the engine are in {path}.",
    "not_written": "not written, {status}",
    "off": "{at}, {half_width} s off at most, {confidence}",
    "written": "{n} markers written",
    "doubtful": ", {n} of them doubtful ({colour})",
    "replaced": ", in place of {n} of an earlier run",
    "there_already": "; {n} are there already",
    "kept": "; {n} kept as you changed them",
    "rest": "; {n} not written.",
    "undo": "Take it back with Workspace > Scripts > MTB Sync - Undo Last Transfer.",
    # Undo.
    "undone": "Undone {where}: {deleted} markers deleted, {restored} restored{left}.",
    "left_changed": "; {n} left as you changed them",
    "no_undo": "There is no transfer to undo {where}.",
    "last_was": "The last one was {where}{project}: {way}.",
    "other_project": " in another project",
    "way_media_pool": "go to the Media page",
    "way_timeline": "open that",
    "not_undone": "DaVinci Resolve did not undo everything.",
    "edit_page_again": "Go to the Edit page and start again.",
    "stays": "{name} was changed since, so it stays.",
    "still_there": "{name} is still there.",
    "not_back": "{name} is not back as it was.",
    "frame_taken": "{name} is not back, since another marker is on its frame.",
    "clip_gone": "A clip with markers of the run is gone ({kind}).",
    # Markers removed and adopted.
    "removed": "{n} markers removed{left}.",
    "none_to_remove": "There are no markers of MTB Sync to remove {where}.",
    "on_selected": "on the clips selected in the Media Pool",
    "on_open_timeline": "on this timeline",
    "adopted": "{n} markers are yours now.",
    "none_to_adopt": "The chosen clips have no markers of MTB Sync.",
    "none_to_adopt_hint": "Choose the clip that you checked.",
    # Markers exported.
    "exported": "{n} markers from {first} to {last}: {path}",
    "exported_files": "the markers of {n} files exported",
    "export_next": "Carry them with: mtbsync align REFERENCE NEW --markers FILE",
    "not_exported": "{name} is not exported: {why}",
    "none_exported": "No marker was exported.",
    "none_exported_hint": "Markers that MTB Sync wrote do not count.",
    "lies_over_other": ("{name} lies over another of the clips, so the timeline's markers are not taken as its own."),
    "file_unwritable": "{path} cannot be written: {error}",
    "file_unwritable_hint": "Set `export_folder` in the settings.",
    # Both runs compared on a timeline of their own.
    "compare_name": "{new} against {reference}",
    "pack_not_shown": "{name} has no video to show: the clip that has the markers is the reference.",
    "compared": (
        "Both runs are in step on the timeline {name}, which is open now: the reference left, the new run right."
    ),
    "alignment_is": "The alignment is {verdict}.",
    "deltas": "Time lost (+) or won (-) at each marker, since the first:",
    "no_deltas": "No marker has a place in both runs.",
    "both_heard": (
        "Both runs are heard: mute the track of one. Delete the timeline when you are done with it; no other was"
        " changed."
    ),
    "several_files": "{name} are several files of one recording, and two files can be compared.",
    "several_files_hint": (
        "Choose clips of one of them, or use mtbsync sync and mtbsync export-timeline, which join them."
    ),
    "no_timeline_file": "The engine wrote no timeline.",
    "install_again": "Run `mtbsync resolve install` once more.",
    "no_screen_size": "DaVinci Resolve does not tell the resolution of the project's timelines.",
    "not_imported": "DaVinci Resolve did not import the timeline.",
    "not_imported_hint": (
        "Close any window that is open over it and start again, or take File > Import > Timeline: {path}"
    ),
    "other_rate": "DaVinci Resolve made a timeline of {made} frames a second out of one of {wanted}.",
    "laid_otherwise": (
        "DaVinci Resolve did not lay the clips as the file says: {n} of {of} are elsewhere, missing or without their"
        " files."
    ),
    "laid_otherwise_hint": "Are both files in the media pool, and online?",
    "other_files": ("DaVinci Resolve took other files for {n} of {of} clips, the first in place of {path}."),
    "other_parts": (
        "{n} of {of} clips show another part of their file, by what DaVinci Resolve says (the furthest {off} s): look"
        " whether both pictures show the same place."
    ),
    "not_in_half": (
        "{n} of {of} pictures are not in their half of the screen: set in the Inspector on V1 Zoom {zoom} and Position"
        " X {x}, on V2 Zoom {zoom_new} and Position X {x_new}."
    ),
    "few_markers": "DaVinci Resolve took {n} of {of} markers; all are listed here.",
    "not_deleted_again": "{error} {names} could not be deleted again.",
    "not_deleted_again_hint": "Delete it in the media pool.",
    "new_timeline": "the new timeline",
    "and": " and ",
    # What became of a marker.
    "status_moved": "moved",
    "status_doubtful": "doubtful",
    "status_gap": "gap",
    "status_outside": "outside",
    "status_failed": "failed",
    "status_trimmed": "trimmed",
    "status_occupied": "occupied",
    # The report.
    "page_language": "en",
    "page_footer": "The same text stands in DaVinci Resolve under Workspace > Console.",
    "page_before": "What was said before",
    "page_fault": "For the report of the fault",
    "picture_ref": "Reference",
    "picture_new": "New run",
    "page_marker": "Marker",
    "page_written": "Written at",
    "page_time": "Time in the file",
    "page_off": "Off by up to",
    "page_sure": "Sure",
    "page_status": "Status",
    "page_not_written": "not written",
    # Other entries.
    "asked_to_end": "The run is asked to end.",
    "nothing_to_cancel": "MTB Sync is not at work; there is nothing to cancel.",
    "started_from": "Started from {product}.",
    "no_product": "a DaVinci Resolve that does not answer",
    "already_at_work": "MTB Sync is already at work{process}.",
    "already_at_work_hint": "Wait for it, or end it with Workspace > Scripts > MTB Sync - Cancel.",
    "process": " (process {pid})",
    "folder_unwritable": "The folder {folder} cannot be written: {error}",
    "folder_unwritable_hint": "MTB Sync keeps its settings, its journal and its log there.",
    # How an entry ends.
    "titled": "MTB Sync: {what}",
    "cancelled": "Cancelled.",
    "unchanged": "The timeline was not changed.",
    "unchanged_media_pool": "The clips in the Media Pool were not changed.",
    "not_done": "MTB Sync: not done",
    "fault": "MTB Sync stopped on a fault of its own: {kind}: {error}",
    "report_fault": (
        "Please report it with the log. `MTB Sync - Undo Last Transfer` takes back what was written, if anything."
    ),
    "log": "Log: {path}",
    "no_log": "none could be written",
    "report_at": "Report: {path}",
}
