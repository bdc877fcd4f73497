"""The Lua script for Resolve, run in a real LuaJIT against a small double of the calls that it makes.

The double does what was measured in Resolve: one marker per frame, False for an occupied frame, an empty name or an
unknown colour. Whatever else the script would touch (files, programs, packages, windows, other calls) is an error.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtbsync_core.markers import COLOURS, Marker
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.timecode import Rate
from otio_adapters.build import build_timeline
from otio_adapters.formats import FORMATS, resolve_lua, write_files
from otio_adapters.formats.resolve_lua import lua_string
from otio_adapters.presets import preset_named
from otio_adapters.writing import WriteOptions

luajit = pytest.importorskip("lupa.luajit21", reason="lupa is not installed, or without LuaJIT")

DOUBLE = """
local known = {}
for colour in string.gmatch(COLOURS, "%a+") do known[colour] = true end

local function strict(name, calls)
  return setmetatable({}, {__index = function(_, key)
    return calls[key] or error(name .. " has no " .. tostring(key), 2)
  end})
end

function make(state)
  local timeline = strict("Timeline", {
    GetSetting = function(_, key)
      if key == "timelineDropFrameTimecode" then return state.drop end
      assert(key == "timelineFrameRate", key)
      return state.fps
    end,
    GetStartTimecode = function() return state.start end,
    GetStartFrame = function() return state.first end,
    GetEndFrame = function() return state.first + state.length end,
    GetMarkers = function()
      if state.empty_is_nil and next(state.markers) == nil then return nil end
      local copy = {}
      for frame, m in pairs(state.markers) do
        copy[frame] = {color = m.color, name = m.name, note = m.note, duration = m.duration, customData = m.customData}
      end
      return copy
    end,
    AddMarker = function(_, frame, colour, name, note, duration, custom)
      assert(type(frame) == "number" and type(duration) == "number" and type(custom) == "string")
      if state.modal or state.markers[frame] or name == "" or not known[colour] or duration < 1 then return false end
      state.markers[frame] = {color = colour, name = name, note = note, duration = duration, customData = custom}
      return true
    end,
    DeleteMarkerAtFrame = function(_, frame)
      local there = state.markers[frame] ~= nil
      state.markers[frame] = nil
      return there
    end,
  })
  local project = strict("Project", {GetCurrentTimeline = function() return state.timeline and timeline end})
  local manager = strict("ProjectManager", {GetCurrentProject = function() return state.project and project end})
  return strict("Resolve", {GetProjectManager = function() return manager end})
end

function run(text, name, env)
  local allowed = {tostring = tostring, tonumber = tonumber, pairs = pairs, ipairs = ipairs, string = string,
    math = math, print = say, resolve = env.resolve, app = env.app}
  local optional = {resolve = true, app = true}
  local globals = setmetatable({}, {
    __index = function(_, key) if allowed[key] == nil and not optional[key] then error("uses " .. key, 2) end
      return allowed[key] end,
    __newindex = function(_, key) error("makes a global " .. key, 2) end,
  })
  local chunk = assert(loadstring(text, name))
  setfenv(chunk, globals)()
end
"""

SIXTY = Rate(60)
DROP = Rate(30000, 1001, True)
HOSTILE = [
    ']]--[[ ]=] \\ " \' \\" \\n %s %d %',
    '")); os.execute("x") --',
    "tab\tnul\0bell\x07del\x7f",
    "9\x019",
    "Größe 高尾山 \U0001f480 \u202e\u2028\x85",
    "\\065\\z \\x41 \\u{48}",
    "a\r\nb\rc\n\n\nd",
    "--[[",
    "x" * 10_000,
]


@dataclass
class Editor:
    """A Resolve with one open timeline; `markers` are its markers by frame."""

    state: Any
    lua: Any
    said: list[str]
    env: Any

    @property
    def markers(self) -> dict[int, dict[str, Any]]:
        return {int(frame): dict(marker.items()) for frame, marker in self.state.markers.items()}

    def put(self, frame: int, name: str, custom: str = "") -> None:
        fields = {"color": "Red", "name": name, "note": "", "duration": 1, "customData": custom}
        self.state.markers[frame] = self.lua.table_from(fields)

    def run(self, text: str) -> list[str]:
        self.said.clear()
        self.lua.globals().run(text, "@markers.lua", self.env)
        return list(self.said)


def make_editor(fps: Any = 60.0, start: str = "01:00:00:00", length: int = 36000) -> Editor:
    lua = luajit.LuaRuntime(unpack_returned_tuples=True)
    said: list[str] = []
    lua.globals().COLOURS = " ".join(COLOURS)
    lua.globals().say = said.append
    lua.execute(DOUBLE)
    values = {
        "first": 216000,
        "fps": fps,
        "start": start,
        "drop": "1" if ";" in start else "0",
        "length": length,
        "project": True,
        "timeline": True,
        "modal": False,
    }
    state = lua.table_from({**values, "markers": lua.table(), "empty_is_nil": True})
    env = lua.table_from({"resolve": lua.globals().make(state)})
    return Editor(state, lua, said, env)


def script(*markers: Marker, rate: Rate = SIXTY, start: str | None = "01:00:00:00", **options: Any) -> str:
    media = MediaInfo(Path("/r/new.mp4"), rate.fps, 1920, 1080, 600, int(600 * rate.fps), "h264", 0, start, rate.drop)
    (text,) = resolve_lua.write(build_timeline(media, markers), WriteOptions(**options)).texts
    return text


def issues(*markers: Marker, **options: Any) -> dict[str, int]:
    media = MediaInfo(Path("/r/new.mp4"), SIXTY.fps, 1920, 1080, 600, 36000, "h264", 0, "01:00:00:00", False)
    done = resolve_lua.write(build_timeline(media, markers), WriteOptions(**options))
    return {issue.kind: issue.count for issue in done.issues}


def test_markers_are_added_with_all_they_have() -> None:
    editor = make_editor()
    said = editor.run(script(Marker("Drop", 2.0, 0.5, "Fuchsia", "line 1\nline 2"), Marker("", 3.0)))
    assert said == ["MTB Sync: new: 2 of 2 markers are on the timeline, 0 of an earlier run were replaced."]
    first, second = editor.markers[120], editor.markers[180]
    assert (first["name"], first["note"], first["color"], first["duration"]) == (
        "Drop",
        "line 1\nline 2",
        "Fuchsia",
        30,
    )
    assert first["customData"].startswith('{"mtbsync": 1, "run": "lua-') and first["customData"].endswith('"1"}')
    assert (second["name"], second["duration"]) == ("Marker 2", 1)


def test_a_second_run_replaces_its_own_and_nothing_else() -> None:
    editor = make_editor()
    others = '{"mtbsync": 1, "run": "20261122", "marker": "1"}'
    editor.put(10, "mine")
    editor.put(11, "of the menu entry", others)
    editor.run(script(Marker("a", 1.0), Marker("b", 2.0)))
    before = editor.markers
    (said,) = editor.run(script(Marker("a", 1.0), Marker("b", 2.0)))
    assert editor.markers == before
    assert "2 of 2 markers are on the timeline, 2 of an earlier run" in said
    editor.run(script(Marker("c", 5.0)))
    assert {frame: m["name"] for frame, m in editor.markers.items()} == {10: "mine", 11: "of the menu entry", 300: "c"}


def test_another_recording_on_the_same_timeline_keeps_its_markers() -> None:
    editor = make_editor()
    editor.run(script(Marker("a", 1.0)))
    editor.run(script(Marker("b", 2.0), label="another run"))
    assert set(editor.markers) == {60, 120}


def test_an_occupied_frame_is_never_overwritten() -> None:
    editor = make_editor()
    for frame in (60, 120, 121):
        editor.put(frame, "mine")
    said = editor.run(script(Marker("one on", 1.0), Marker("full", 2.0)))
    assert editor.markers[61]["name"] == "one on"
    assert {editor.markers[frame]["name"] for frame in (60, 120, 121)} == {"mine"}
    assert said[0] == "MTB Sync: full (frame 120) has no free frame."
    assert "1 of 2 markers" in said[1]


def test_two_markers_on_one_frame_are_counted_and_stand_side_by_side() -> None:
    pair = (Marker("a", 1.0), Marker("b", 1.0))
    assert issues(*pair) == {"same_frame": 1}
    editor = make_editor()
    editor.run(script(*pair))
    assert {frame: m["name"] for frame, m in editor.markers.items()} == {60: "a", 61: "b"}


def test_markers_behind_the_end_are_said_and_not_added() -> None:
    editor = make_editor(length=100)
    said = editor.run(script(Marker("late", 2.0)))
    assert said[0] == "MTB Sync: late (frame 120) lies behind the end of the timeline."
    assert editor.markers == {}


@pytest.mark.parametrize("fps", [59.94, 25, "30", "29.97 DF"])
def test_another_rate_changes_nothing(fps: Any) -> None:
    editor = make_editor(fps=fps)
    editor.put(5, "mine")
    (said,) = editor.run(script(Marker("a", 1.0)))
    assert f"has {fps} fps, the markers are for 60.000. Nothing was changed." in said.replace(".0 fps", " fps")
    assert set(editor.markers) == {5}


@pytest.mark.parametrize(
    ("rate", "fps"),
    [
        (Rate(24000, 1001), 23.976),
        (Rate(24000, 1001), "23.98"),
        (DROP, 29.97),
        (DROP, "29.97 DF"),
        (Rate(60000, 1001), 59.94),
        (Rate(25), 25.0),
        (Rate(24), "24"),
    ],
)
def test_the_rates_as_resolve_rounds_them_fit(rate: Rate, fps: Any) -> None:
    start = "01:00:00;00" if rate.drop else "01:00:00:00"
    editor = make_editor(fps=fps, start=start)
    (said,) = editor.run(script(Marker("a", 100.0), rate=rate, start=start))
    assert "1 of 1" in said
    assert set(editor.markers) == {rate.to_frames(100.0)}


def test_a_rate_that_cannot_be_read_is_said() -> None:
    editor = make_editor(fps=None)
    said = editor.run(script(Marker("a", 1.0)))
    assert "cannot be read; it should be 60.000" in said[0] and set(editor.markers) == {60}


def test_another_start_timecode_is_said_and_frames_still_count_from_the_start() -> None:
    editor = make_editor(start="00:00:00:00")
    said = editor.run(script(Marker("a", 1.0)))
    assert "starts at 00:00:00:00, the file was made for 01:00:00:00" in said[0]
    assert set(editor.markers) == {60}


def test_a_clip_further_back_is_found_by_its_timecode() -> None:
    editor = make_editor()
    said = editor.run(script(Marker("a", 1.0), start_timecode="01:02:00:00"))
    assert said[0] == "MTB Sync: the new clip is taken to sit at 01:02:00:00, 7200 frames into the timeline."
    assert set(editor.markers) == {7260}
    editor.run(script(Marker("a", 1.0), start_timecode="01:00:00:00"))
    assert set(editor.markers) == {60}


def test_a_timecode_of_a_drop_frame_timeline_is_counted_as_resolve_does() -> None:
    editor = make_editor(fps=29.97, start="01:00:00;00")
    editor.state.first = 107892
    editor.run(script(Marker("a", 0.0), rate=DROP, start="10:00:00;00", start_timecode="01:01:00;02"))
    assert set(editor.markers) == {1800}


def test_the_sign_of_the_timecode_counts_whatever_the_recording_does() -> None:
    """At 01:04:30 the two ways of counting are 116 frames apart."""
    ntsc = Rate(30000, 1001)
    editor = make_editor(fps=29.97, start="01:00:00;00")
    editor.state.first = 107892
    editor.run(script(Marker("a", 0.0), rate=ntsc, start=None, start_timecode="01:04:30;00"))
    assert set(editor.markers) == {115984 - 107892}


@pytest.mark.parametrize("flag", ["0", None])
def test_a_timeline_that_counts_otherwise_is_left_alone(flag: str | None) -> None:
    editor = make_editor(fps=29.97, start="01:00:00:00")
    editor.state.first, editor.state.drop = 108000, flag
    (said,) = editor.run(script(Marker("a", 0.0), rate=DROP, start="10:00:00;00", start_timecode="01:04:30;00"))
    assert "counts non-drop" in said and "Nothing was changed" in said and editor.markers == {}
    editor = make_editor(fps=29.97, start="01:00:00;00")
    editor.state.first = 107892
    (said,) = editor.run(script(Marker("a", 0.0), rate=DROP, start="10:00:00;00", start_timecode="01:04:30:00"))
    assert "counts drop frame" in said and editor.markers == {}
    assert len(editor.run(script(Marker("a", 0.0), rate=DROP, start=None, start_timecode="01:00:00;00"))) == 1


def test_a_clip_past_midnight_is_found() -> None:
    editor = make_editor(start="23:59:00:00")
    editor.state.first = (24 * 60 - 1) * 60 * 60  # 23:59:00:00
    editor.run(script(Marker("a", 1.0), start_timecode="00:00:10:00"))
    assert set(editor.markers) == {70 * 60 + 60}


@pytest.mark.parametrize("at", ["00:59:00:00", "01:30:00:00", "10:32:00:00"])
def test_a_timecode_that_the_timeline_does_not_have_changes_nothing(at: str) -> None:
    editor = make_editor()
    editor.run(script(Marker("a", 1.0)))
    (said,) = editor.run(script(Marker("b", 1.0), start_timecode=at))
    assert f"does not reach to {at}" in said and "Nothing was changed" in said
    assert editor.markers[60]["name"] == "a"


def test_a_start_written_with_the_other_sign_is_the_same() -> None:
    editor = make_editor(fps=29.97, start="01:00:00:00")
    assert len(editor.run(script(Marker("a", 1.0), rate=DROP, start="01:00:00;00"))) == 1


@pytest.mark.parametrize(("missing", "said"), [("project", "no project"), ("timeline", "no timeline")])
def test_nothing_open_is_said(missing: str, said: str) -> None:
    editor = make_editor()
    editor.state[missing] = False
    assert said in editor.run(script(Marker("a", 1.0)))[0]


def test_outside_resolve_it_says_so() -> None:
    editor = make_editor()
    editor.env = editor.lua.table()
    assert "Run this inside Resolve" in editor.run(script(Marker("a", 1.0)))[0]


def test_resolve_is_found_by_the_app_too() -> None:
    editor = make_editor()
    editor.lua.globals().host = editor.env.resolve
    editor.env = editor.lua.eval("{app = {GetResolve = function() return host end}}")
    editor.run(script(Marker("a", 1.0)))
    assert set(editor.markers) == {60}


def test_a_refusal_of_resolve_is_said() -> None:
    editor = make_editor()
    editor.state.modal = True
    said = editor.run(script(Marker("a", 1.0)))
    assert "a (frame 60) was refused by Resolve" in said[0] and "0 of 1 markers" in said[1]


def test_every_colour_is_one_that_resolve_takes() -> None:
    editor = make_editor()
    (said,) = editor.run(script(*(Marker(c, float(n), colour=c) for n, c in enumerate(COLOURS))))
    assert f"{len(COLOURS)} of {len(COLOURS)}" in said
    assert [editor.markers[60 * n]["color"] for n in range(len(COLOURS))] == list(COLOURS)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_arrive_as_text(text: str) -> None:
    editor = make_editor()
    said = editor.run(script(Marker(text, 1.0, comment=text), Marker("after", 2.0), label=text))
    assert "2 of 2 markers" in said[-1]
    assert set(editor.markers) == {60, 120}
    for part in ("\0", "\x07", "\r", "\u2028"):
        assert part not in editor.markers[60]["name"] + editor.markers[60]["note"]


@pytest.mark.slow
@given(st.text(max_size=80))
@settings(max_examples=300, deadline=None)
def test_a_literal_says_what_was_said(text: str) -> None:
    literal = lua_string(text)
    assert "\n" not in literal and literal.isprintable()
    expected = text.encode("utf-8", "replace")
    assert luajit.LuaRuntime(encoding=None).eval(literal.encode("utf-8")) == expected


def test_texts_are_kept_where_they_can_be() -> None:
    editor = make_editor()
    editor.run(script(Marker("Größe 高尾山 \U0001f480", 1.0, comment=' "a" \\ b ')))
    assert editor.markers[60]["name"] == "Größe 高尾山 \U0001f480"
    assert editor.markers[60]["note"] == '"a" \\ b'
    assert issues(Marker("a\tb", 1.0)) == {"text_changed": 1}
    assert issues(Marker("ok", 1.0, comment="two\nlines")) == {}
    assert script(Marker("Größe", 1.0), ascii=True).isascii()


@pytest.mark.slow
def test_thousands_of_markers_are_one_script() -> None:
    many = [Marker(f"m{n}", n / 20, comment=f"note {n}") for n in range(4500)]
    editor = make_editor()
    (said,) = editor.run(script(*many))
    assert "4500 of 4500" in said


def test_the_file_says_what_is_not_known_and_names_nothing_forbidden(tmp_path: Path) -> None:
    media = MediaInfo(Path("/r/new.mp4"), SIXTY.fps, 1920, 1080, 600, 36000, "h264", 0, "01:00:00:00", False)
    timeline = build_timeline(media, [Marker("a", 1.0)])
    done = write_files(FORMATS["resolve-lua"], timeline, tmp_path / "new run.lua")
    text = (tmp_path / "new run.lua").read_text(encoding="utf-8")
    assert "not yet seen in Resolve" in text and "not yet seen in Resolve" in done.recipe
    assert "dofile([[/the/folder/of/new run.lua]])" in done.recipe and "60 fps" in done.recipe
    assert "at its very start" in done.recipe
    placed = resolve_lua.recipe(timeline, ["new run.lua"], WriteOptions(start_timecode="01:02:00:00"))
    assert "has the new clip at 01:02:00:00" in placed and "start timecode" not in placed
    code = "\n".join(line for line in text.splitlines() if not line.startswith("--"))
    for word in ("io.", "os.", "ffi", "package", "require", "UIManager", "popen", "dofile", "loadstring"):
        assert word not in code
    assert preset_named("resolve-lua", tmp_path / "none.toml").format == "resolve-lua"


def test_it_runs_in_plain_lua_too() -> None:
    """Should Resolve change its Lua: 5.4 is the furthest from LuaJIT."""
    lua54 = pytest.importorskip("lupa.lua54", reason="lupa without Lua 5.4")
    lua = lua54.LuaRuntime()
    said: list[str] = []
    lua.globals().print = said.append
    lua.execute(script(Marker("a", 1.0, comment="ü\n"), Marker("b", 2.0)))
    assert said == ["MTB Sync: DaVinci Resolve is not there. Run this inside Resolve."]
