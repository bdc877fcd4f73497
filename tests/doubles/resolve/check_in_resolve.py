"""Checks on a real DaVinci Resolve what mtbsync believes about its scripting API.

For owners of Resolve: copy this file into the Utility folder of Fusion/Scripts, open a project that has clips in its
media pool (best one of another frame rate than the project's, with markers on it), select two clips on a timeline
(one with linked audio) and one in the media pool, best beside a multicam and a compound clip, and run it from
Workspace > Scripts. It makes a timeline of its own, deletes it at the end, and goes back to your timeline and page;
nothing else is changed. In Studio a small window opens for a second; where it stays, press its button. Please send us
the lines from the Console.

PASS: as mtbsync believes. FAIL: otherwise. UNKNOWN: could not be seen here. `contract` lines were measured by someone;
`open` lines nobody has verified. The same file runs on the double of our tests, which has to keep the contract.
Standard library only, any Python from 3.8 on.
"""

from __future__ import annotations

import json
import pathlib
import platform
import sys
import tempfile
import traceback
from typing import Any, Callable, Optional, Tuple

Verdict = Tuple[Optional[bool], str]  # None is unknown; what was seen
NAME = "MTB Sync check (can be deleted)"
COLORS = (
    *("Blue", "Cyan", "Green", "Yellow", "Red", "Pink", "Purple", "Fuchsia"),
    *("Rose", "Lavender", "Sky", "Mint", "Lemon", "Sand", "Cocoa", "Cream"),
)
CHECKS: list[tuple[str, Callable[[Bench], Verdict]]] = []


class Bench:
    """What the checks work with: a new current timeline, and clips of the pool of the same and of another rate.

    `user_timeline` is the one that was open before, or None; the checks only read it. `same` and `mixed` are items on
    the new timeline, or None where the pool has no such clip; both leave out the first 96 frames of their media.
    """

    def __init__(self, resolve: Any, bmd: Any, project: Any, pool: Any, user_timeline: Any, timeline: Any) -> None:
        self.resolve = resolve
        self.bmd = bmd
        self.project = project
        self.pool = pool
        self.user_timeline = user_timeline
        self.timeline = timeline
        self.rate = exact(first_number(timeline.GetSetting("timelineFrameRate")))
        self.same: Any = None
        self.mixed: Any = None
        self.same_clip: Any = None
        self.mixed_clip: Any = None
        for clip in pool_clips(pool):
            is_same = abs(exact(clip.GetClipProperty()["FPS"]) - self.rate) < 0.001
            if is_same and self.same_clip is None:
                self.same_clip, self.same = clip, self.place(clip, 0)
            elif not is_same and self.mixed_clip is None:
                self.mixed_clip, self.mixed = clip, self.place(clip, 1000)

    def place(self, clip: Any, at: int) -> Any:
        """Frames 96 to 192 of a clip on V1."""
        part = {"mediaPoolItem": clip, "startFrame": 96, "endFrame": 192, "mediaType": 1, "trackIndex": 1}
        part["recordFrame"] = self.timeline.GetStartFrame() + at
        placed = self.pool.AppendToTimeline([part]) or [None]
        return placed[0]

    def clear(self) -> None:
        """No markers on the new timeline."""
        for frame in list(self.timeline.GetMarkers() or {}):
            self.timeline.DeleteMarkerAtFrame(round(frame))

    def frames(self) -> list[int]:
        """The frames of its markers."""
        return sorted(round(frame) for frame in self.timeline.GetMarkers() or {})


def pool_items(pool: Any) -> list[Any]:
    """What is in the pool, the selected clips first; 500 items at most."""
    found = list((pool.GetSelectedClips() if callable(getattr(pool, "GetSelectedClips", None)) else None) or [])
    folders = [pool.GetRootFolder()]
    while folders and len(found) < 500:
        folder = folders.pop()
        found += folder.GetClipList() or []
        folders += folder.GetSubFolderList() or []
    return found[:500]


def pool_clips(pool: Any) -> list[Any]:
    """Files of the pool with a picture and 200 frames at least, the selected ones first."""
    usable = []
    for clip in pool_items(pool):
        properties = clip.GetClipProperty() or {}
        has_picture = "Video" in str(properties.get("Type", ""))
        if has_picture and properties.get("File Path") and first_number(properties.get("Frames")) >= 200:
            usable.append(clip)
    return usable


def all_bins(pool: Any) -> list[Any]:
    """Every bin of the pool, 500 at most."""
    found: list[Any] = []
    bins = [pool.GetRootFolder()]
    while bins and len(found) < 500:
        found.append(bins.pop())
        bins += found[-1].GetSubFolderList() or []
    return found


def has(thing: Any, name: str) -> bool:
    """Whether this version has the call."""
    return callable(getattr(thing, name, None))


def first_number(value: Any) -> float:
    """The number in 29.97, "29.97" and "29.97 DF"; 0.0 where there is none."""
    try:
        return float(str(value).split()[0])
    except (ValueError, IndexError):
        return 0.0


def exact(rate: float) -> float:
    """29.97 as 30000/1001."""
    whole = round(rate)
    return float(whole) if abs(rate - whole) < 0.005 else whole * 1000 / 1001.0


def check(kind: str) -> Callable[[Callable[[Bench], Verdict]], Callable[[Bench], Verdict]]:
    """Registers a check: "contract" or "open"."""

    def register(function: Callable[[Bench], Verdict]) -> Callable[[Bench], Verdict]:
        CHECKS.append((kind, function))
        return function

    return register


@check("contract")
def markers_count_from_the_start_of_the_timeline(bench: Bench) -> Verdict:
    bench.clear()
    taken = bench.timeline.AddMarker(0, "Blue", "first", "", 1)
    return taken is True and bench.frames() == [0], f"answer {taken!r}, frames {bench.frames()!r}"


@check("contract")
def items_and_start_count_absolutely(bench: Bench) -> Verdict:
    hours = int(bench.timeline.GetStartTimecode()[:2])
    start = bench.timeline.GetStartFrame()
    low = hours * 3600 * round(bench.rate) * 0.998
    return low <= start <= hours * 3600 * round(bench.rate), f"{bench.timeline.GetStartTimecode()} is {start!r}"


@check("contract")
def an_occupied_frame_refuses_and_keeps_its_marker(bench: Bench) -> Verdict:
    bench.clear()
    bench.timeline.AddMarker(5, "Blue", "old", "", 1)
    taken = bench.timeline.AddMarker(5, "Red", "new", "", 1)
    names = [marker["name"] for marker in bench.timeline.GetMarkers().values()]
    return taken is False and names == ["old"], f"answer {taken!r}, there is {names!r}"


@check("contract")
def bad_markers_are_refused_without_an_exception(bench: Bench) -> Verdict:
    bench.clear()
    bad = {"empty name": ("Blue", "", 1), "unknown colour": ("Blau", "x", 1), "no duration": ("Blue", "x", 0)}
    taken = [
        what for what, (color, name, length) in bad.items() if bench.timeline.AddMarker(5, color, name, "", length)
    ]
    return not taken and not bench.frames(), "taken: %s" % (taken or "none")


@check("contract")
def sixteen_colours_and_all_fields_come_back(bench: Bench) -> Verdict:
    bench.clear()
    for frame, color in enumerate(COLORS):
        bench.timeline.AddMarker(frame, color, "n" + color, "a note", 2, "data " + color)
    there = bench.timeline.GetMarkers()
    wanted = [(color, "n" + color, "a note", 2, "data " + color) for color in COLORS]
    seen = [tuple(m[key] for key in ("color", "name", "note", "duration", "customData")) for m in there.values()]
    kinds = sorted({type(frame).__name__ for frame in there})
    return sorted(seen) == sorted(wanted), f"{len(seen)} came back; keys are {kinds}"


@check("contract")
def custom_data_finds_and_deletes_one_marker(bench: Bench) -> Verdict:
    bench.clear()
    for frame in (3, 4):
        bench.timeline.AddMarker(frame, "Blue", "x", "", 1, f"mtb-{frame}")
    found = bench.timeline.GetMarkerByCustomData("mtb-4") or {}
    bench.timeline.DeleteMarkerByCustomData("mtb-4")
    fine = found.get("customData") == "mtb-4" and bench.frames() == [3]
    return fine, f"found {found!r}, left {bench.frames()!r}"


@check("contract")
def a_marker_is_replaced_on_its_frame_without_its_custom_data(bench: Bench) -> Verdict:
    bench.clear()
    bench.timeline.AddMarker(3, "Blue", "x", "", 1, "mtb-3")
    gone = bench.timeline.DeleteMarkerAtFrame(3)
    taken = bench.timeline.AddMarker(3, "Blue", "x", "", 1, "")
    data = bench.timeline.GetMarkerCustomData(3)
    return gone is True and taken is True and data == "", f"answers {gone!r}, {taken!r}; customData {data!r}"


@check("contract")
def deleting_nothing_is_refused(bench: Bench) -> Verdict:
    bench.clear()
    answer = bench.timeline.DeleteMarkerAtFrame(7)
    return answer is False, f"answer {answer!r}"


@check("contract")
def hasattr_is_always_true_and_dir_tells_the_truth(bench: Bench) -> Verdict:
    name = "GetSelectedClips"
    had, listed = hasattr(bench.timeline, name), name in dir(bench.timeline)
    there = callable(getattr(bench.timeline, name, None))
    return had and listed == there, f"hasattr {had!r}, in dir {listed!r}, callable {there!r}"


@check("contract")
def drop_frame_is_a_setting_of_its_own(bench: Bench) -> Verdict:
    rate, drop = (bench.timeline.GetSetting("timeline" + name) for name in ("FrameRate", "DropFrameTimecode"))
    return drop in ("0", "1") and first_number(rate) > 0, f"rate {rate!r}, drop frame {drop!r}"


@check("open")
def a_whole_clip_begins_at_frame_0_of_its_file(bench: Bench) -> Verdict:
    if bench.same_clip is None:
        return None, "the pool has no clip of the timeline's rate (best no subclip)"
    start = bench.same_clip.GetClipProperty()["Start"]
    return start == "0", f"Start is {start!r}"


@check("open")
def values_of_clip_properties_are_english(bench: Bench) -> Verdict:
    if bench.same_clip is None:
        return None, "the pool has no clip of the timeline's rate"
    kind = bench.same_clip.GetClipProperty()["Type"]
    return kind in ("Video", "Video + Audio"), f"Type is {kind!r}"


@check("open")
def a_disabled_clip_says_so(bench: Bench) -> Verdict:
    if bench.same is None:
        return None, "the pool has no clip of the timeline's rate"
    bench.same.SetClipEnabled(False)
    seen = bench.same.GetClipEnabled()
    bench.same.SetClipEnabled(True)
    return seen is False, f"answer {seen!r}"


@check("contract")
def an_item_ends_before_its_end_and_skips_its_left_offset(bench: Bench) -> Verdict:
    if bench.same is None:
        return None, "the pool has no clip of the timeline's rate"
    item = bench.same
    seen = (item.GetEnd() - item.GetStart(), item.GetDuration(), item.GetLeftOffset())
    return seen == (96, 96, 96), f"end - start, duration, left offset: {seen!r}"


@check("contract")
def the_source_starts_at_the_trim_or_a_frame_before(bench: Bench) -> Verdict:
    call = getattr(bench.same, "GetSourceStartFrame", None)
    if bench.same is None or not callable(call):
        return None, "no clip of the timeline's rate, or Resolve before 19.0.2"
    return call() in (95, 96), f"GetSourceStartFrame {call()!r} for 96"


@check("contract")
def clip_properties_are_text_but_the_rate(bench: Bench) -> Verdict:
    clip = bench.same_clip or bench.mixed_clip
    if clip is None:
        return None, "the pool has no clip"
    properties = clip.GetClipProperty()
    kinds = {name: type(properties[name]).__name__ for name in ("FPS", "Frames", "Start TC", "Online Status")}
    return kinds["FPS"] == "float" and set(kinds.values()) == {"float", "str"}, json.dumps(kinds)


@check("contract")
def the_source_end_is_exclusive_only_at_the_same_rate(bench: Bench) -> Verdict:
    items = [(item, due) for item, due in ((bench.same, 192), (bench.mixed, 191)) if item is not None]
    if not items or not callable(getattr(items[0][0], "GetSourceEndFrame", None)):
        return None, "the pool has no clip, or Resolve before 19.0.2"
    seen = [(item.GetSourceEndFrame(), due) for item, due in items]
    return all(end == due for end, due in seen), f"seen and due, same rate first: {seen!r}"


@check("contract")
def markers_of_the_pool_are_copied_at_their_source_frames(bench: Bench) -> Verdict:
    there = sorted((bench.same_clip.GetMarkers() if bench.same else None) or {})
    if not there:
        return None, "the pool has no clip of the timeline's rate with markers"
    seen = sorted(bench.same.GetMarkers() or {})
    return seen == there, f"pool {there!r}, item {seen!r}"


@check("open")
def left_offset_of_another_rate_counts_timeline_frames(bench: Bench) -> Verdict:
    if bench.mixed is None:
        return None, "the pool has no clip of another rate"
    media_rate = exact(bench.mixed_clip.GetClipProperty()["FPS"])
    seen, due = bench.mixed.GetLeftOffset(), 96 * bench.rate / media_rate
    told = f"{seen!r} for media frame 96 of {media_rate:.3f} on {bench.rate:.3f}; timeline frames were {due:.1f}"
    return abs(seen - due) <= 1, told


@check("open")
def item_markers_of_another_rate_count_timeline_frames(bench: Bench) -> Verdict:
    pool_frames = sorted((bench.mixed_clip.GetMarkers() if bench.mixed else None) or {})
    if not pool_frames or max(pool_frames) < 10:
        return None, "the pool has no clip of another rate with a marker after its frame 10"
    factor = bench.rate / exact(bench.mixed_clip.GetClipProperty()["FPS"])
    seen, due = sorted(bench.mixed.GetMarkers() or {}), [frame * factor for frame in pool_frames]
    same = len(seen) == len(due) and all(abs(a - b) <= 1 for a, b in zip(seen, due))
    return same, f"pool {pool_frames!r} became {seen!r}; timeline frames were {due!r}"


@check("open")
def long_custom_data_comes_back(bench: Bench) -> Verdict:
    bench.clear()
    kept = []
    for frame, length in enumerate((100, 1000, 10000, 100000)):
        bench.timeline.AddMarker(frame, "Blue", "x", "", 1, "x" * length)
        kept.append(len(bench.timeline.GetMarkerCustomData(frame) or ""))
    return kept == [100, 1000, 10000, 100000], f"lengths that came back: {kept!r}"


@check("open")
def custom_data_keeps_other_characters(bench: Bench) -> Verdict:
    bench.clear()
    text = json.dumps({"name": "\u00e4\u00df \u20ac \u8def \U0001f6b5", "quote": '"'}, ensure_ascii=False)
    bench.timeline.AddMarker(1, "Blue", "x", "", 1, text)
    seen = bench.timeline.GetMarkerCustomData(1)
    return seen == text, f"came back: {json.dumps(seen)}"


@check("open")
def a_marker_past_the_end_is_taken(bench: Bench) -> Verdict:
    bench.clear()
    frame = bench.timeline.GetEndFrame() - bench.timeline.GetStartFrame() + 100
    taken = bench.timeline.AddMarker(frame, "Blue", "x", "", 1)
    return bool(taken) and bench.frames() == [frame], f"answer {taken!r}, frames {bench.frames()!r}"


@check("open")
def a_marker_can_be_added_on_another_page(bench: Bench) -> Verdict:
    bench.clear()
    page = bench.resolve.GetCurrentPage()
    bench.resolve.OpenPage("color")
    taken = bench.timeline.AddMarker(2, "Blue", "x", "", 1)
    frames = bench.frames()
    bench.resolve.OpenPage(page)
    return bool(taken) and frames == [2], f"on Color: answer {taken!r}, frames {frames!r}"


@check("open")
def in_and_out_count_from_the_start_of_the_timeline(bench: Bench) -> Verdict:
    if not callable(getattr(bench.timeline, "GetMarkInOut", None)):
        return None, "Resolve before 19.1"
    if bench.same is None:
        return None, "the pool has no clip of the timeline's rate"
    taken = bench.timeline.SetMarkInOut(10, 20)
    seen = bench.timeline.GetMarkInOut()
    bench.timeline.ClearMarkInOut()
    video = (seen or {}).get("video") or {}
    return (video.get("in"), video.get("out")) == (10, 20), f"answer {taken!r} to 10 and 20, then {seen!r}"


@check("open")
def the_playhead_goes_where_it_is_sent(bench: Bench) -> Verdict:
    if bench.same is None:
        return None, "the pool has no clip of the timeline's rate"
    wanted = bench.timeline.GetStartTimecode()[:-4] + "1" + bench.timeline.GetStartTimecode()[-3:]
    answer = bench.timeline.SetCurrentTimecode(wanted)
    seen = bench.timeline.GetCurrentTimecode()
    return seen == wanted, f"sent to {wanted!r}, answer {answer!r}, then at {seen!r}"


@check("open")
def a_window_shows_what_it_is_told_and_its_timer_ticks(bench: Bench) -> Verdict:
    version = tuple(bench.resolve.GetVersion()[:2])
    if "Studio" not in bench.resolve.GetProductName() and version >= (19, 1):
        return None, "this edition has no windows for scripts"
    ui = bench.resolve.Fusion().UIManager
    dispatcher = bench.bmd.UIDispatcher(ui)
    elements = [
        ui.TextEdit({"ID": "What", "ReadOnly": True}),
        ui.CheckBox({"ID": "Box", "Text": "box", "Checked": True, "Hidden": True}),
        ui.Tree({"ID": "Rows", "ColumnCount": 2, "Events": {"ItemClicked": True}}),
        ui.Button({"ID": "Finish", "Text": "Close this window"}),
    ]
    window = dispatcher.AddWindow({"ID": "MTBSyncCheck", "WindowTitle": NAME}, [ui.VGroup({}, elements)])
    items, ticks = window.GetItems(), []

    def tick(event: Any) -> None:
        ticks.append(event.get("who"))
        if len(ticks) == 3:
            dispatcher.ExitLoop()

    def close(event: Any) -> None:
        dispatcher.ExitLoop()

    items["What"].PlainText = "two\nlines"
    row = items["Rows"].NewItem()
    row.Text[1] = "cell"
    items["Rows"].AddTopLevelItem(row)
    row.Selected = True
    timer = ui.Timer({"ID": "MTBSyncCheckTimer", "Interval": 200, "SingleShot": False})
    dispatcher.On.Timeout = tick
    window.On.Finish.Clicked = window.On.MTBSyncCheck.Close = close
    window.Show()
    timer.Start()
    dispatcher.RunLoop()
    timer.Stop()
    seen = {
        "ticks": ticks,
        "text": items["What"].PlainText,
        "box": [items["Box"].Checked, items["Box"].Hidden],
        "cell": row.Text[1],
        "selected": row.Selected,
        "visible": window.Visible,
    }
    window.Hide()
    wanted = {"ticks": ["MTBSyncCheckTimer"] * 3, "text": "two\nlines", "box": [True, True], "cell": "cell"}
    return seen == {**wanted, "selected": True, "visible": True}, json.dumps(seen)


@check("open")
def what_is_selected_in_the_media_pool_is_told_on_the_media_page(bench: Bench) -> Verdict:
    if not callable(getattr(bench.pool, "GetSelectedClips", None)):
        return None, "Resolve before 19.0.2"
    page = bench.resolve.GetCurrentPage()
    bench.resolve.OpenPage("media")
    there, selected = bench.resolve.GetCurrentPage(), bench.pool.GetSelectedClips() or []
    bench.resolve.OpenPage(page)
    names = [clip.GetName() for clip in selected]
    return (there == "media" if names else None), f"on page {there!r}: {names!r}"


@check("open")
def a_clip_of_the_media_pool_takes_a_marker_on_the_media_page(bench: Bench) -> Verdict:
    clip = bench.same_clip or bench.mixed_clip
    if clip is None:
        return None, "the pool has no clip"
    page = bench.resolve.GetCurrentPage()
    bench.resolve.OpenPage("media")
    free = next(frame for frame in range(200) if frame not in {round(used) for used in clip.GetMarkers() or {}})
    taken = clip.AddMarker(free, "Blue", "MTB Sync check", "", 1, "mtb-check")
    seen = {round(frame): marker for frame, marker in (clip.GetMarkers() or {}).items()}.get(free) or {}
    gone = clip.DeleteMarkerAtFrame(free)
    bench.resolve.OpenPage(page)
    return seen.get("customData") == "mtb-check" and gone is True, f"answers {taken!r}, {gone!r}; read back {seen!r}"


def at_speed(bench: Bench, per_cent: float) -> dict[str, Any] | None:
    """What the new timeline's item of its own rate says at a speed; None where that cannot be set."""
    item = bench.same
    if item is None or not callable(getattr(item, "SetSpeed", None)):
        return None
    taken = item.SetSpeed({"Percentage": per_cent})
    seen = {
        "taken": taken,
        "told": item.GetSpeed(),
        "length": item.GetDuration(),
        "offset": item.GetLeftOffset(),
        "source": [item.GetSourceStartFrame(), item.GetSourceEndFrame()],
    }
    item.SetSpeed({"Percentage": 100.0})
    return seen


@check("open")
def at_half_speed_a_clip_takes_half_of_the_frames_and_twice_of_the_offset(bench: Bench) -> Verdict:
    seen = at_speed(bench, 50.0)
    if seen is None:
        return None, "the pool has no clip of the timeline's rate, or Resolve before 21.1"
    first, last = seen["source"]
    fine = seen["told"].get("Percentage") == 50.0 and abs(2 * (last - first) - seen["length"]) <= 2
    return fine and abs(seen["offset"] - 2 * first) <= 2, json.dumps(seen)


@check("open")
def a_clip_that_runs_backwards_says_so(bench: Bench) -> Verdict:
    seen = at_speed(bench, -100.0)
    if seen is None:
        return None, "the pool has no clip of the timeline's rate, or Resolve before 21.1"
    first, last = seen["source"]
    return bool(seen["taken"]) and (seen["told"].get("Percentage", 0) < 0 or last < first), json.dumps(seen)


@check("open")
def compound_and_multicam_clips_name_no_file(bench: Bench) -> Verdict:
    told = {clip.GetName(): clip.GetClipProperty() or {} for clip in pool_items(bench.pool)}
    kinds = ("Compound", "Multicam", "Timeline")
    paths = {
        name: [one.get("Type"), one.get("File Path")]
        for name, one in told.items()
        if one.get("Type") in kinds and name != NAME
    }
    return (not any(path for _, path in paths.values()) if paths else None), json.dumps(paths)


def user_selection(bench: Bench) -> list[tuple[list[Any], float, int]]:
    """What is selected on the user's timeline, by start, track type and index; read while another one is current."""
    call = getattr(bench.user_timeline, "GetSelectedClips", None)
    items = (call() if callable(call) else None) or []
    return [(item.GetTrackTypeAndIndex(), item.GetStart(), len(item.GetLinkedItems() or [])) for item in items]


@check("open")
def selection_can_be_read_off_the_current_timeline(bench: Bench) -> Verdict:
    seen = user_selection(bench)
    return (True, f"{len(seen)} items") if seen else (None, "nothing selected, or Resolve before 21.0.4")


@check("open")
def selection_is_in_the_order_of_tracks_and_time(bench: Bench) -> Verdict:
    seen = [(place[0] != "video", place[1], start) for place, start, _ in user_selection(bench)]
    return (seen == sorted(seen), f"order {seen!r}") if len(seen) > 1 else (None, "fewer than two clips selected")


@check("open")
def selection_brings_linked_audio(bench: Bench) -> Verdict:
    seen = user_selection(bench)
    if not any(linked for _, _, linked in seen):
        return None, "no selected clip has linked audio"
    kinds = [place[0] for place, _, _ in seen]
    return "audio" in kinds and "video" in kinds, "selected: {}".format(", ".join(kinds))


def time_range(start: float, length: float, rate: float) -> dict[str, Any]:
    """A TimeRange.1 of OpenTimelineIO."""
    times = {"start_time": start, "duration": length}
    of = {name: {"OTIO_SCHEMA": "RationalTime.1", "rate": rate, "value": value} for name, value in times.items()}
    return {"OTIO_SCHEMA": "TimeRange.1", **of}


def timeline_file(clip: Any, rate: float) -> dict[str, Any]:
    """An .otio as Resolve writes it: frames 96 to 120 of a clip at half speed on the right, and a marker at 12."""
    properties = clip.GetClipProperty()
    hours, minutes, seconds, left = (int(part) for part in properties["Start TC"].replace(";", ":").split(":"))
    minutes += 60 * hours
    skipped = round(rate) // 15 * (minutes - minutes // 10) if ";" in properties["Start TC"] else 0
    first = (60 * minutes + seconds) * round(rate) + left - skipped
    media = {"OTIO_SCHEMA": "ExternalReference.1", "metadata": {}, "name": "", "target_url": properties["File Path"]}
    media["available_range"] = time_range(first, int(properties["Frames"]), rate)
    values = {"ZoomX": 0.5, "ZoomY": 0.5, "Pan": 0.25, "Tilt": 0.0}
    parameters = [
        {"Key Frames": {}, "Parameter ID": "transformation" + key, "Parameter Value": value, "Variant Type": "Double"}
        for key, value in values.items()
    ]
    transform = {"Effect Name": "Transform", "Name": "Transform", "Enabled": True, "Type": 2, "Display Type": 1}
    common = {"metadata": {}, "name": "", "effects": [], "markers": [], "enabled": True}
    effects = [
        {"OTIO_SCHEMA": "LinearTimeWarp.1", "metadata": {}, "name": "", "effect_name": "", "time_scalar": 0.5},
        {
            "OTIO_SCHEMA": "Effect.1",
            "metadata": {"Resolve_OTIO": {**transform, "Parameters": parameters}},
            "name": "",
            "effect_name": "Resolve Effect",
        },
    ]
    marker = {"OTIO_SCHEMA": "Marker.2", "metadata": {"Resolve_OTIO": {"Keywords": [], "Note": "a note"}}}
    marker.update(name="mark", color="RED", comment="a note", marked_range=time_range(12, 1, rate))
    item = dict(common, OTIO_SCHEMA="Clip.2", name=properties["File Name"], effects=effects)
    item.update(source_range=time_range(first + 96, 48, rate), media_references={"DEFAULT_MEDIA": media})
    item.update(active_media_reference_key="DEFAULT_MEDIA")
    track = dict(common, OTIO_SCHEMA="Track.1", kind="Video", name="V1", source_range=None, children=[item])
    track["metadata"] = {"Resolve_OTIO": {"Locked": False}}
    stack = dict(common, OTIO_SCHEMA="Stack.1", name="", source_range=None, children=[track], markers=[marker])
    start = {"OTIO_SCHEMA": "RationalTime.1", "rate": rate, "value": 3600 * round(rate)}
    about = {"Resolve_OTIO": {"Resolve OTIO Meta Version": "1.0"}}
    return {
        "OTIO_SCHEMA": "Timeline.1",
        "metadata": about,
        "name": NAME,
        "global_start_time": start,
        "tracks": stack,
    }


@check("open")
def a_timeline_file_is_imported_with_speed_place_and_markers(bench: Bench) -> Verdict:
    if bench.same_clip is None:
        return None, "the pool has no clip of the timeline's rate"
    options = {"timelineName": NAME + " 2", "importSourceClips": False, "sourceClipsFolders": all_bins(bench.pool)}
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "mtbsync check.otio"
        path.write_text(json.dumps(timeline_file(bench.same_clip, bench.rate)), encoding="utf-8")
        made = bench.pool.ImportTimelineFromFile(str(path), options)
    if made is None:
        return None, "Resolve took no timeline"
    try:
        items = [item for item in made.GetItemListInTrack("video", 1) or [] if item.GetMediaPoolItem()]
        seen: dict[str, Any] = {"rate": made.GetSetting("timelineFrameRate"), "start": made.GetStartFrame()}
        seen["items"] = [(item.GetStart() - made.GetStartFrame(), item.GetDuration()) for item in items]
        source = [name for name in ("GetSourceStartFrame", "GetSourceEndFrame") if items and has(items[0], name)]
        seen["source"] = [getattr(items[0], name)() for name in source]
        seen["transform"] = [item.GetProperty(name) for item in items for name in ("ZoomX", "ZoomY", "Pan")]
        seen["markers"] = {round(frame): marker["note"] for frame, marker in (made.GetMarkers() or {}).items()}
        current = bench.project.GetCurrentTimeline()
        seen["is current"] = current is not None and current.GetName() == NAME + " 2"
        fine = seen["items"] == [(0, 48)] and seen["markers"] == {12: "a note"}
        fine = fine and all(abs(frame - due) <= 1 for frame, due in zip(seen["source"], (96, 120)))
        return fine and seen["transform"][:2] == [0.5, 0.5] and seen["transform"][2] > 0, json.dumps(seen)
    finally:
        bench.project.SetCurrentTimeline(bench.timeline)
        bench.pool.DeleteTimelines([made])


@check("open")
def the_menu_gives_the_path_in_argv_and_no_file(bench: Bench) -> Verdict:
    told = f"Python {platform.python_version()}, {sys.platform}, executable {sys.executable!r}, argv {sys.argv!r}"
    return "__file__" not in globals() and sys.argv[:1] != [""] and bool(sys.argv), told


@check("open")
def resolve_python_is_where_the_manual_says(bench: Bench) -> Verdict:
    if not sys.platform.startswith("linux"):
        return None, "asked on Linux only"
    manual, seen = "/opt/resolve/bin/ResolvePython", "/opt/resolve/ResolvePython"
    places = [path for path in (manual, seen) if pathlib.Path(path).exists()]
    return places[:1] == [manual] if places else None, f"found: {places or 'neither'}"


@check("open")
def menu_lua_runs_on_the_free_edition(bench: Bench) -> Verdict:
    return None, "cannot be seen from Python: put a .lua file with print('hello') beside this one, and run it"


def one_line(kind: str, function: Callable[[Bench], Verdict], bench: Bench) -> str:
    """The verdict of one check; an exception is a FAIL with its last line."""
    try:
        verdict, seen = function(bench)
    except Exception:
        verdict, seen = False, traceback.format_exc().strip().split("\n")[-1]
    word = {True: "PASS", False: "FAIL", None: "UNKNOWN"}[verdict]
    return f"{word:7} {kind:8} {function.__name__.replace('_', ' ')}: {seen[:300]}"


def main(resolve: Any, bmd: Any) -> None:
    """Run all checks, print a line each, and leave things as they were."""
    project = resolve.GetProjectManager().GetCurrentProject()
    pool = project.GetMediaPool()
    before, folder = project.GetCurrentTimeline(), pool.GetCurrentFolder()
    print(f"mtbsync checks {resolve.GetProductName()} {resolve.GetVersionString()}")
    timeline = pool.CreateEmptyTimeline(NAME)
    if timeline is None:
        print(f"FAIL    Resolve made no timeline. Is there one that is named {NAME!r}, or a window open?")
        return
    try:
        project.SetCurrentTimeline(timeline)
        bench = Bench(resolve, bmd, project, pool, before, timeline)
        for kind, function in CHECKS:
            print(one_line(kind, function, bench))
    finally:
        if before is not None:
            project.SetCurrentTimeline(before)
        pool.DeleteTimelines([timeline])
        pool.SetCurrentFolder(folder)


if "resolve" in globals():
    main(globals()["resolve"], globals()["bmd"])
