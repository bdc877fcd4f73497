"""The texts that the window and the menu entries show, in one table: whoever translates changes its right side.

Words in braces are filled in. Names of menu entries and of keys of the settings stay as they are.
"""

from __future__ import annotations

TEXTS = {
    # The window: its elements.
    "window": "MTB Sync",
    "markers_of_colour": "{colour} ({n})",
    "which": "Which markers:",
    "from": "from",
    "to": "to",
    "range_tip": "Timecodes of the timeline, such as 01:00:10:00; its In and Out are filled in. Empty: no limit.",
    "look": "Look Again",
    "start": "Start",
    "cancel": "Cancel",
    "go_to": "Go To",
    "accept": "Accept",
    "next_doubtful": "Next Doubtful",
    "report": "Report",
    "close": "Close",
    "column_number": "#",
    "column_marker": "Marker",
    "column_new": "New run",
    "column_reference": "In the reference",
    "column_at": "At",
    "column_off": "Off by up to",
    "column_sure": "Sure",
    "column_status": "Status",
    # The window: what it says.
    "ready": "Choose the markers, and press Start.",
    "none_chosen": "No marker of the reference has one of the chosen colours in this range.",
    "none_chosen_hint": "Choose more colours (in the settings: `carry_colours`), or a wider range.",
    "range_backwards": "The range ends at {to}, before it begins at {first}.",
    "selection_changed": "The clips or their markers have changed. This is what would be done now: press Start again.",
    "cancelling": "Cancelling ...",
    "elsewhere": "The markers of this list are {where}.",
    "to_timeline": "Open it on the Edit page.",
    "to_media_pool": "Go to the Media page.",
    "of_file": "{at} of the file",
    "not_on_timeline": "{name} is on a clip of the Media Pool, at {at}; there is no playhead to go there.",
    "no_row": "Choose a marker in the list.",
    "no_place": "{name} was not written: {status}.",
    "went": "{name} is at {at}.",
    "went_not": "The playhead did not go to {at}.",
    "edit_page": "Go to the Edit page.",
    "accepted": "{name} is yours now. MTB Sync - Undo Last Transfer takes this back.",
    "accepted_status": "accepted",
    "not_ours": "{name} is no marker of MTB Sync any more.",
    "not_ours_hint": "It was accepted or deleted since.",
    "no_doubtful": "No doubtful marker is left in the list.",
    "no_window": "This DaVinci Resolve shows no windows of scripts: only Studio does, and free editions before 19.1.",
    "no_window_hint": (
        "These entries do the same: Transfer Markers, Transfer to All Selected, Cancel, Next Doubtful Marker, Accept"
        " Marker."
    ),
    # The playhead.
    "no_playhead": "DaVinci Resolve does not tell where the playhead is.",
    "no_doubtful_here": "There is no doubtful marker on this timeline.",
    "went_of": "{name} is at {at}; {n} are doubtful.",
    "none_here": "No marker of MTB Sync is under the playhead, at {at}.",
    "none_here_hint": "MTB Sync - Next Doubtful Marker puts it on one, and so do Resolve's own keys for markers.",
    # Progress.
    "at_work": "MTB Sync is at work",
    "starting": "starting the engine",
    "aligning": "Aligning with {name} ...",
    "run_of": "run {run} of {runs}",
    "share": "{per_cent} %",
    "left": "about {time} left",
    "left_of_step": "about {time} left of this step",
    "seconds": "{n} s",
    "minutes": "{n} min",
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
    # What became of a marker.
    "status_moved": "moved",
    "status_doubtful": "doubtful",
    "status_gap": "gap",
    "status_outside": "outside",
    "status_failed": "failed",
    "status_trimmed": "trimmed",
    "status_occupied": "occupied",
    # The report.
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
    # How an entry ends that was not done.
    "cancelled": "Cancelled.",
    "unchanged": "The timeline was not changed.",
    "not_done": "MTB Sync: not done",
    "fault": "MTB Sync stopped on a fault of its own: {kind}: {error}",
    "report_fault": (
        "Please report it with the log. `MTB Sync - Undo Last Transfer` takes back what was written, if anything."
    ),
    "log": "Log: {path}",
    "no_log": "none could be written",
    "report_at": "Report: {path}",
}


def text(name: str, /, **values: object) -> str:
    """The text of this name, with the values filled in."""
    return TEXTS[name].format(**values)


def status(name: str) -> str:
    """What became of a marker, in words."""
    return TEXTS["status_" + name]
