-- MTB Sync: what to do when its Python entries are not in this menu.
-- DaVinci Resolve lists Lua scripts always, Python scripts only where it finds a Python that it can use. This needs
-- neither files, programs nor windows, which the Console of some editions does not offer.

local version, product = "", "DaVinci Resolve"
if resolve then
    product = resolve:GetProductName() or product
    version = resolve:GetVersionString() or ""
end
local major, minor = string.match(version, "^(%d+)%.(%d+)")
major, minor = tonumber(major) or 0, tonumber(minor) or 0
local studio = string.find(product, "Studio", 1, true) ~= nil
local since_21_1 = major > 21 or (major == 21 and minor >= 1)

print("MTB Sync in " .. product .. " " .. version)
print("")
if since_21_1 and not studio then
    print("The free edition lists no Python scripts from version 21.1 on, so MTB Sync works through files here:")
    print("  1. Timelines > Export > Timeline Markers to EDL")
    print("  2. mtbsync align REFERENCE NEW --markers EXPORTED.edl   (see docs/resolve.md)")
    print("  3. Timelines > Import > Timeline Markers from EDL")
else
    print("If Workspace > Scripts shows `MTB Sync - Transfer Markers`, use that; all is well.")
    print("If this is the only entry of MTB Sync, Resolve has found no Python:")
    print("  Windows, macOS: install Python 3 (64 bit) from python.org; not from the Store, Homebrew or pyenv.")
    print("  Linux: install python3 with the package manager.")
    print("Then start Resolve again. `mtbsync doctor` in a terminal tells what is missing.")
end
