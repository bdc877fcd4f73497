-- MTB Sync: what to do when its Python entries are not in this menu, and the command for the open timeline.
-- DaVinci Resolve lists Lua scripts always, Python scripts only where it finds a Python that it can use. This needs
-- neither files, programs nor windows, which the Console of some editions does not offer. It changes nothing.

local function ask(object, method)
    local answered, answer = pcall(function() return object[method](object) end)
    return answered and answer or nil
end

local product = ask(resolve, "GetProductName") or "DaVinci Resolve"
local version = ask(resolve, "GetVersionString") or ""
local major, minor = string.match(version, "^(%d+)%.(%d+)")
major, minor = tonumber(major) or 0, tonumber(minor) or 0
local studio = string.find(product, "Studio", 1, true) ~= nil
local since_21_1 = major > 21 or (major == 21 and minor >= 1)

local project = ask(ask(resolve, "GetProjectManager"), "GetCurrentProject")
local timeline = ask(ask(project, "GetCurrentTimeline"), "GetName")
-- The name of a file on every system, and a word in quotation marks in every shell.
local name = string.gsub(timeline or "timeline", "[%c\"$`\\!%%/:*?<>|]", "_")
name = string.gsub(name, "^%-", "_") .. ".otio"

print("MTB Sync in " .. product .. " " .. version)
print("")
if since_21_1 and not studio then
    print("The free edition lists no Python scripts from version 21.1 on, so MTB Sync works through files here.")
else
    print("If Workspace > Scripts shows `MTB Sync - Transfer Markers`, use that; all is well.")
    print("If this is the only entry of MTB Sync, Resolve has found no Python:")
    print("  Windows, macOS: install Python 3 (64 bit) from python.org; not from the Store, Homebrew or pyenv.")
    print("  Linux: install python3 with the package manager.")
    print("Then start Resolve again. `mtbsync doctor` in a terminal tells what is missing.")
    print("It also works through files.")
end
print("")
if timeline then
    print("Open is the timeline " .. timeline .. " of the project " .. (ask(project, "GetName") or "without a name") .. ".")
else
    print("No timeline is open. Open the one with both runs, and start this again: it tells the command with its name.")
end
print("By files, with both runs on one timeline and the markers on the reference or over it:")
print("  1. File > Export > Timeline: choose OpenTimelineIO, and save it as")
print("         " .. name)
print("  2. In a terminal, in the folder of that file:")
print("         mtbsync align \"" .. name .. "\" --out result")
print("  3. In the Media Pool right-click the timeline: Timelines > Import > Timeline Markers from EDL, and take the EDL")
print("     that the command names.")
