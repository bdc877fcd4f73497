"""Texts of what is found before a run begins: settings, project, chosen clips, files and the reference; see `texts`."""

from __future__ import annotations

FOUND = {
    # Calls of Resolve.
    "no_answer": "DaVinci Resolve does not answer ({method}).",
    "no_answer_hint": (
        "Close any window that is open over the timeline, such as Project Settings, go to the Edit page and start"
        " again."
    ),
    "no_call": "This DaVinci Resolve has no call {method}, or it has quit.",
    "no_call_hint": "MTB Sync needs DaVinci Resolve 18.5 or newer.",
    "call_failed": "DaVinci Resolve failed in {method}: {error}",
    "call_failed_hint": "Is it still running?",
    # Project, timeline and Media Pool.
    "no_resolve": "DaVinci Resolve cannot be reached from here.",
    "no_resolve_hint": "Start this from DaVinci Resolve: Workspace > Scripts.",
    "no_project": "No project is open in DaVinci Resolve.",
    "no_project_hint": "Open a project, close any other window of Resolve, and start again.",
    "no_timeline": "No timeline is open in DaVinci Resolve.",
    "no_timeline_hint": "Open a timeline on the Edit page, close any other window of Resolve, and start again.",
    "place_media_pool": "in the Media Pool",
    "place_timeline": "on the timeline {name}",
    "no_rate": "DaVinci Resolve gives the frame rate as {reported}.",
    "no_rate_hint": "Set the frame rate in the project.",
    "no_timecode": "{label} is no timecode.",
    # The settings.
    "settings_unreadable": "The settings {path} cannot be read: {error}",
    "settings_no_object": "The settings {path} are no JSON object.",
    "settings_hint": "Correct the file, or delete it.",
    "settings_unknown": "The settings know no key {key}; it is ignored.",
    "setting_not_allowed": "The setting {key} is {value}; it must be {allowed}.",
    "setting_hint": "It is in {path}.",
    "a_text": "a text",
    "true_or_false": "true or false",
    "a_whole_number": "a whole number",
    "a_number": "a number",
    "an_object": "an object",
    "one_of": "one of {choices}",
    "some_of": "some of {choices}, or empty",
    "from_to": "from {low} to {high}",
    # Which clips are chosen, and how: to follow on "the clips".
    "clips_are": "The clips are those {how}.",
    "how_pool": "selected in the Media Pool",
    "how_timeline": "selected on the timeline",
    "how_colour": "with the clip colour {colour} or {reference}",
    "how_playhead": "under the playhead",
    "nothing_selected": "Nothing is selected.",
    "nothing_selected_hint": (
        "Select the reference clip and the new clip on the Edit page. What is selected inside an opened compound clip"
        " cannot be seen by scripts: decompose it (right-click: Decompose in Place)."
    ),
    "not_told_hint": (
        "This DaVinci Resolve does not tell scripts what is selected (21.0.4 and newer do). Give both clips the clip"
        " colour {colour}, or stack them and put the playhead over both."
    ),
    "not_told_in_pool": (
        "This DaVinci Resolve does not tell scripts what is selected in the Media Pool (19.0.2 and newer do)."
    ),
    "nothing_in_pool": "Nothing is selected in the Media Pool.",
    "nothing_open": "No timeline is open in DaVinci Resolve. Nor is anything selected in the Media Pool.",
    "nothing_in_pool_hint": "Select the reference clip and the new clip there.",
    "for_timelines": "For clips on a timeline, open it on the Edit page.",
    "without_id": "Selected items to which Resolve gives no id are skipped.",
    "only_audio": "Only audio is selected; the pictures are compared, so select the video clips.",
    "item_skipped": "{name} (V{track}) is skipped: {why}.",
    "clip_skipped": "{name} is skipped: {why}.",
    "an_item": "An item",
    "a_clip": "A clip",
    "track_disabled": "{name} (V{track}) does not count: its track is disabled.",
    "item_disabled": "{name} (V{track}) does not count: it is disabled.",
    # Why a clip cannot be used, to follow on "is skipped:".
    "why_kind": "it is a {kind}, not a recording",
    "other_kind": "title, generator or transition",
    "why_no_id": "Resolve gives it no id, so it could not be found again",
    "why_no_frames": "Resolve does not say how many frames it has",
    "why_compound": (
        "it is a compound clip or a nested timeline: decompose it (right-click: Decompose in Place); or a multicam"
        " clip: flatten it (right-click: Flatten Multicam Clip). Opening it does not help, since scripts see the"
        " timeline that it lies on"
    ),
    "why_still": "it is a still picture",
    "why_no_file": "its file is no single file: {path}",
    "why_forbidden": (
        "this computer does not let DaVinci Resolve read its file: {path} (macOS: System Settings > Privacy & Security"
        " > Files and Folders; a network drive: sign in again)"
    ),
    "why_missing": "its file is not there, or is no single file: {path}",
    "why_unreachable": "its file cannot be reached: {path}",
    "why_freeze_frame": "it is a freeze frame",
    "why_backwards": "it runs backwards. {instead}",
    "why_backwards_at": "it runs backwards ({per_cent} %). {instead}",
    "why_frame_for_frame": (
        "its {fps} frames a second run at the timeline's {timeline_fps}, since the project's mixed frame rate format is"
        " None; set another one, or give the clip the timeline's rate in Clip Attributes"
    ),
    "why_retimed": (
        "it is retimed: {takes}, and only DaVinci Resolve 21.1 and newer tell scripts whether the speed is one"
        " throughout. {instead}"
    ),
    "why_ramp": "its speed changes on the way: {takes}, which is not the {per_cent} % that Resolve tells. {instead}",
    "why_two_places": (
        "Resolve gives two places for where it begins in its file ({first} s and {other} s); is it retimed or nested?"
    ),
    "takes": "{span} s of its file take {length} s",
    "instead": "Set it back to 100 % for the transfer, or carry the markers in the Media Pool",
    # Clips and recordings.
    "clip_in_pool": "{name} (media pool)",
    "clip_on_track": "{name} (V{track}, {at})",
    "speed_not_told": "This version of Resolve does not tell whether the clip is retimed; it is taken to be at 100 %.",
    "one_reading": (
        "File and timeline differ in frame rate, and this version of Resolve gives only one reading of where the clip"
        " begins: check the first marker."
    ),
    "lap": "from {at}",
    "two_rates": "{path} is in the media pool at more than one frame rate.",
    "two_rates_hint": "Give its clips one frame rate in Clip Attributes, or choose clips of one of them only.",
    "two_needed": (
        "Two recordings are needed, the reference and the new run, or two laps of one recording; usable among the clips"
        " {how}: {name}."
    ),
    "none": "none",
    "new_needed": "No clip {how} can be used: the new run is needed.",
    "many_new": "More than one new run is chosen ({names}).",
    "many_new_hint": "Choose two clips, or use `MTB Sync - Transfer to All Selected`.",
    "not_to_clips": (
        "Markers cannot be written to clips that are retimed, or whose frame rate is not the timeline's: {clips}."
    ),
    "not_to_clips_hint": "Set `write_to` to `timeline` or `media_pool` in the settings.",
    "anchor_twice": "ANCHOR {number} is at two moments of {name}.",
    "anchor_twice_hint": "Give each number to one moment of the reference and to the same place in the new run.",
    "pack_empty": "The trail pack {path} has no markers.",
    "pack_empty_hint": "Ask for one with markers.",
    # The reference and its markers.
    "because_markers": "it is the one with markers",
    "because_colour": "it has {colour}",
    "because_named": "the settings name it",
    "reference_colour": "the flag or clip colour {colour}",
    "name_reference": "Give the reference the flag {colour}, or name it in the settings as `reference`.",
    "colour_elsewhere": "{marked} has markers, but {coloured} has {colour}: which is the reference?",
    "colour_elsewhere_hint": "Take away the colour or the flag, or the markers of the one that is not.",
    "many_coloured": "More than one of the chosen recordings has {colour}: {names}.",
    "many_coloured_hint": "Leave it on the reference only.",
    "none_marked": "None of the chosen clips has a marker, so there is nothing to carry.",
    "many_marked": "More than one of the chosen recordings has markers: {names}.",
    "more_over_other": (
        "{name} has {n} markers of its own, but over {other} lie {over} of the timeline: which is the reference?"
    ),
    "over_each_other": (
        "The chosen clips lie over each other, so it is open whose the timeline's markers are: {names}?"
    ),
    "or": " or ",
    "no_markers": (
        "The reference {name} has no markers: neither its clip, nor its clip in the media pool, nor the timeline over"
        " it."
    ),
    "no_markers_hint": (
        "Markers outside the clip's trim, and those that MTB Sync wrote and nobody changed, do not count."
    ),
    "uncertain": (
        "{names}: file and timeline differ in frame rate, or the clip is retimed, and Resolve does not tell which"
        " frames its clip markers count, so their times are not known."
    ),
    "uncertain_hint": (
        "Set the markers on the timeline, or on the clip in the media pool, and delete those on the clip."
    ),
    "outside_trim": "{name}: {n} markers outside its trim are left out.",
    "besides_other": "{n} of the timeline over {name}",
    "besides_timeline": "{n} of the timeline over it",
    "besides_pool": "{n} in the pool",
}
