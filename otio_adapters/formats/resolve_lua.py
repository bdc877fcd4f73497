"""Markers as a Lua script that puts them onto the open timeline of DaVinci Resolve; for editions without Python.

One file with everything in it. It calls nothing but Resolve's own objects and Lua's base, string and math functions:
the free edition takes `ffi` and `package` away (OpenRoto's tests), and `io`, `os` and UI may be next. What it does is
proved in a LuaJIT with a double of Resolve; in Resolve itself nobody has seen it yet, and its header says so.

Where `start_timecode` is given, the script looks for that place on the timeline, as Resolve does with an EDL; else the
recording is taken to sit at the timeline's start. The script knows its own markers by the beginning of their hidden
custom data, which names the run: a second start replaces these and leaves all others.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence

import opentimelineio as otio

from otio_adapters.content import Mark, content_of
from otio_adapters.fitting import MARKS, fit_marks, issues_of
from otio_adapters.format import Format
from otio_adapters.safe_text import ascii_only, one_line
from otio_adapters.writing import PLAIN, Grid, WriteOptions, Written, grid_of

_PART = 2000
"""Markers in one Lua function: LuaJIT takes 65,536 constants in each."""
_BREAK = re.compile("\r\n|[\n\r\v\f\x85\u2028\u2029]")


def write(timeline: otio.schema.Timeline, how: WriteOptions = PLAIN) -> Written:
    """The timeline's markers, those on its clips among them, as one Lua script."""
    grid = grid_of(timeline, how)
    content = content_of(timeline)
    counts: Counter[str] = Counter()
    marks = fit_marks(content, how, counts, one_line, _note, grid=grid)
    counts["same_frame"] = len(marks) - len({mark.frames(grid.rate)[0] for mark in marks})
    title = one_line(how.label or content.name) or "Timeline"
    text = _script(marks, grid, ascii_only(title) if how.ascii else title, placed=how.start_timecode is not None)
    return Written((text,), len(marks), issues_of(counts, _ISSUES, grid))


def recipe(timeline: otio.schema.Timeline, names: Sequence[str], how: WriteOptions = PLAIN) -> str:
    """How to run the script in Resolve, and on which timeline."""
    grid = grid_of(timeline, how)
    name = names[0] if names else "the file"
    where = "at its very start" if how.start_timecode is None else f"at {grid.label(0)}"
    setting = grid.setting if how.start_timecode is None else grid.setting.rpartition(" and ")[0]
    return (
        f"In DaVinci Resolve: open the timeline with {setting} that has the new clip {where}. Then type "
        f'dofile([[/the/folder/of/{name}]]) in Workspace > Console with "Lua" chosen, or copy {name} into the folder '
        "Fusion/Scripts/Utility of Resolve, restart it, and choose it under Workspace > Scripts. Starting it again "
        "replaces its own markers. This was tested in LuaJIT, and not yet seen in Resolve; the EDL of "
        "--preset resolve-edl is the proven way."
    )


def lua_string(text: str) -> str:
    """A Lua literal of the text: what prints stands for itself, all else is escaped byte by byte.

    >>> print(lua_string('a "b"\\\\n ü'))
    "a \\"b\\"\\\\n ü"
    """
    return '"' + "".join(_in_literal(letter) for letter in text) + '"'


_ISSUES = MARKS | {
    "text_changed": "name on one line, and name or note without control characters",
    "custom_data": "hidden data of the editor not written: the script needs that place to know its own markers",
    "extra_columns": "marker with further columns, which Resolve has no place for: they stay in the marker file",
    "same_frame": "marker on the frame of another: the script moves it by one frame, or says that it cannot",
}


def _note(text: str) -> str:
    return "\n".join(one_line(line) for line in _BREAK.split(text)).strip()


def _script(marks: Sequence[Mark], grid: Grid, title: str, *, placed: bool) -> str:
    # One run per recording: the file of a better alignment replaces the markers of the first.
    run = "lua-" + hashlib.sha256(title.encode("utf-8", "replace")).hexdigest()[:8]
    own = json.dumps({"mtbsync": 1, "run": run})[:-1] + ", "
    return "".join(
        [
            _HEADER,
            f"local TITLE = {lua_string(title)}\n",
            f"local FPS = {grid.rate.num} / {grid.rate.den}\n",
            f"local START = {lua_string(grid.label(0))}\n",
            f"local AT = {grid.start if placed else 'nil'}\n",
            f"local DAY = {grid.rate.frames_per_day}\n",
            f"local DROP = {'true' if grid.rate.drop else 'false'}\n",
            f"local OWN = {lua_string(own)}\n",
            _MARK,
            *_parts(marks, grid),
            _BODY,
        ]
    )


def _parts(marks: Sequence[Mark], grid: Grid) -> Iterator[str]:
    for begin in range(0, len(marks), _PART):
        yield "do\nlocal function part()\n"
        for mark in marks[begin : begin + _PART]:
            first, length = mark.frames(grid.rate)
            texts = f"{lua_string(mark.name)}, {lua_string(mark.note)}"
            yield f'mark({first}, "{mark.colour}", {texts}, {max(1, length)})\n'
        yield "end\npart()\nend\n"


def _in_literal(letter: str) -> str:
    if letter in '"\\':
        return "\\" + letter
    if letter == "\n":
        return "\\n"
    if letter.isprintable():
        return letter
    # Three digits each, so that a digit behind it stays a digit.
    return "".join(f"\\{byte:03d}" for byte in letter.encode("utf-8", "replace"))


_HEADER = """\
-- Markers for a timeline of DaVinci Resolve, written by mtbsync.
-- Tested in LuaJIT against a double of Resolve; not yet seen in Resolve itself.
--
-- Open the timeline with the new clip. Then, in Workspace > Console with "Lua" chosen:
--     dofile([[/the/folder/of/this file.lua]])
-- or put this file into Fusion/Scripts/Utility and choose it under Workspace > Scripts.
-- Started again, it replaces its own markers; all others stay. It reads and writes no files.

"""

_MARK = """
local markers = {}
local function mark(frame, colour, name, note, length)
  markers[#markers + 1] = {frame = frame, colour = colour, name = name, note = note, length = length}
end
"""

_BODY = r"""
local function say(text)
  print("MTB Sync: " .. text)
end

local function whole(number)
  return math.floor(number + 0.5)
end

local function same_label(a, b)
  return string.gsub(a, "[;.,]", ":") == string.gsub(b, "[;.,]", ":")
end

local function is_own(marker)
  return string.sub(tostring(marker.customData or ""), 1, #OWN) == OWN
end

local function open_timeline()
  local host = resolve
  if not host and app then host = app:GetResolve() end
  if not host then return nil, "DaVinci Resolve is not there. Run this inside Resolve." end
  local manager = host:GetProjectManager()
  local project = manager and manager:GetCurrentProject()
  if not project then return nil, "no project is open, or a window of Resolve waits for an answer." end
  local timeline = project:GetCurrentTimeline()
  if not timeline then return nil, "no timeline is open. Open the one with the new clip." end
  return timeline
end

local function fits(timeline)
  local set = tostring(timeline:GetSetting("timelineFrameRate"))
  local fps = tonumber(string.match(set, "%d+%.?%d*"))
  if not fps then
    say("the frame rate of the timeline cannot be read; it should be " .. string.format("%.3f", FPS) .. ".")
  elseif math.abs(fps - FPS) > 0.006 then
    say(string.format("this timeline has %s fps, the markers are for %.3f. Nothing was changed.", set, FPS))
    return false
  end
  return true
end

-- Whether the timeline counts drop frame: its own flag, and where that cannot be read the sign of its start timecode.
local function drops(timeline, start)
  local flag = tostring(timeline:GetSetting("timelineDropFrameTimecode"))
  if flag == "1" or flag == "true" then return true end
  if flag == "0" or flag == "false" then return false end
  return string.find(start, "[;.,]%d+$") ~= nil
end

-- Frames from the start of the timeline to the clip; nil where the timeline has no such place.
local function place(timeline, length)
  local start = tostring(timeline:GetStartTimecode())
  if same_label(start, START) then return 0 end
  if not AT then
    say("this timeline starts at " .. start .. ", the file was made for " .. START
      .. ". Markers count from its start: the new clip must sit there.")
    return 0
  end
  if drops(timeline, start) ~= DROP then
    say("this timeline counts " .. (DROP and "non-drop" or "drop frame") .. ", the file was made for " .. START
      .. ", which is " .. (DROP and "drop frame" or "non-drop")
      .. ". Write --start-timecode as the timeline shows it. Nothing was changed.")
    return nil
  end
  local frame = AT - timeline:GetStartFrame()
  if frame < 0 then frame = frame + DAY end -- past midnight
  if frame < 0 or frame >= length then
    say("this timeline starts at " .. start .. " and does not reach to " .. START
      .. ", where the new clip should be. Nothing was changed.")
    return nil
  end
  say("the new clip is taken to sit at " .. START .. ", " .. frame .. " frames into the timeline.")
  return frame
end

local function remove_own(timeline)
  local frames = {}
  for frame, marker in pairs(timeline:GetMarkers() or {}) do
    if is_own(marker) then frames[#frames + 1] = frame end
  end
  for _, frame in ipairs(frames) do timeline:DeleteMarkerAtFrame(frame) end
  return #frames
end

-- An occupied frame is never overwritten: the next one is taken, or none.
local function add(timeline, taken, length, number, m, first)
  local custom = OWN .. '"marker": "' .. number .. '"}'
  for frame = first + m.frame, first + m.frame + 1 do
    if frame >= length then return "lies behind the end of the timeline" end
    if not taken[frame] then
      if not timeline:AddMarker(frame, m.colour, m.name, m.note, m.length, custom) then
        return "was refused by Resolve"
      end
      taken[frame] = true
      return nil
    end
  end
  return "has no free frame"
end

local function main()
  local timeline, problem = open_timeline()
  if not timeline then return say(problem) end
  if not fits(timeline) then return end
  local length = timeline:GetEndFrame() - timeline:GetStartFrame()
  local first = place(timeline, length)
  if not first then return end
  local removed = remove_own(timeline)
  local taken = {}
  for frame in pairs(timeline:GetMarkers() or {}) do taken[whole(frame)] = true end
  for number, m in ipairs(markers) do
    local why = add(timeline, taken, length, number, m, first)
    if why then say(m.name .. " (frame " .. first + m.frame .. ") " .. why .. ".") end
  end
  local there = 0
  for _, marker in pairs(timeline:GetMarkers() or {}) do
    if is_own(marker) then there = there + 1 end
  end
  say(string.format("%s: %d of %d markers are on the timeline, %d of an earlier run were replaced.",
    TITLE, there, #markers, removed))
end

main()
"""


FORMAT = Format(
    name="resolve-lua",
    title="DaVinci Resolve: a script (Lua)",
    suffix=".lua",
    adapter="mtbsync_resolve_lua",
    write=write,
    recipe=recipe,
    by_suffix=True,
    by_timecode=True,
    loses="that a marker needs a look is in its note; it cannot be read back",
)
