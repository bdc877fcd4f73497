"""Putting the menu entries and this package into Resolve's script folders, and taking them out again.

    Fusion/Scripts/Utility/MTB Sync - *.py                  the entries that Resolve lists, made from one launcher
    Fusion/Scripts/Utility/MTB Sync.lua                     the entry for a Resolve that finds no Python
    Fusion/Scripts/MTB Sync/mtbsync_resolve/*.py            the package behind them, which it does not list
    Fusion/Scripts/MTB Sync/mtbsync_resolve/installed.json  the manifest, and how to start the engine

Files are copied, never linked: a link is followed neither out of a sandbox nor into a folder that was moved. What the
manifest does not name is left alone, and where something of somebody else is in the way, nothing is done at all.
Whatever cannot be done raises an `InstallError`.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import NamedTuple, Sequence

from .errors import ScriptError
from .folders import (
    APP_STORE,
    MENU_FOLDER,
    OUR_FOLDER,
    PACKAGE,
    USER,
    Location,
    known_locations,
    location_of,
    this_system,
)
from .manifest import (
    digest,
    make_folders,
    manifest_path,
    read_manifest,
    remove,
    remove_folders,
    state_of,
    write,
    write_manifest,
)
from .texts import text

ENTRIES = {
    "Transfer Markers": ("transfer", "Carries the markers of the reference clip to the new clip."),
    "Transfer to All Selected": (
        "transfer_all",
        "Carries the markers of the reference clip to all other selected clips.",
    ),
    "Window": (
        "window",
        "Shows a window (Studio): which markers, progress, and the markers found, the doubtful first.",
    ),
    "Next Doubtful Marker": ("next_doubtful", "Moves the playhead to the next doubtful marker."),
    "Accept Marker": ("accept", "Makes the marker of MTB Sync under the playhead your own."),
    "Undo Last Transfer": ("undo", "Takes back what the last transfer wrote."),
    "Remove Markers Here": ("remove", "Deletes what MTB Sync wrote on the open timeline and its clips."),
    "Adopt Markers": ("adopt", "Makes what MTB Sync wrote on the selected clips your own."),
    "Export Markers": ("export", "Writes the markers of the selected clips to files."),
    "Compare Timeline": ("compare", "Shows the new clip beside the reference, in step, on a timeline of their own."),
    "Cancel": ("cancel", "Ends the transfer that is at work."),
    "Check Installation": ("check", "Tells what is installed and whether it can work."),
}
"""The Python entries by their name in the menu: the entry of `entries.run`, and what it does."""
FILE_ROUTE = text("file_route")
"""What is left where Resolve may not start programs, or lists no Python scripts."""


class InstallError(ScriptError):
    """Nothing is installed or removed, or not all of it; programs tell the children apart by `code`."""

    code = "install"


class NoResolveError(InstallError):
    """There is no Resolve where it was looked for."""

    code = "no_resolve"


class SandboxedError(InstallError):
    """The only Resolve is one of Apple's App Store."""

    code = "sandboxed"

    def __init__(self, location: Location) -> None:
        super().__init__(
            f"the DaVinci Resolve of Apple's App Store is sandboxed and cannot start the engine ({location.product})",
            f"Take the Resolve of Blackmagic's own site, or {FILE_ROUTE}.",
        )


class InTheWayError(InstallError):
    """A file of somebody else has the name of one of ours."""

    code = "in_the_way"


class IncompleteError(InstallError):
    """The files to install are missing."""

    code = "not_whole"


class NotWritableError(InstallError):
    """A file or folder cannot be written or removed."""

    code = "read_only"

    def __init__(self, scripts: Path, error: OSError) -> None:
        super().__init__(
            f"cannot write {error.filename or scripts}: {error.strerror or error}",
            "Close Resolve, see who may write to that folder, or name another one with --resolve-dir.",
        )


class Outcome(NamedTuple):
    """What became of the files below the `Fusion/Scripts` of one Resolve."""

    scripts: Path
    written: list[Path]
    removed: list[Path]
    unchanged: list[Path]
    kept: list[Path]
    """Ours once, but changed by somebody since: left where they are."""
    notes: list[str]
    """Worth telling a person."""


def install(
    engine: Sequence[str],
    version: str,
    resolve_dir: Path | None = None,
    *,
    root: Path | None = None,
    known: Sequence[Location] | None = None,
) -> Outcome:
    """Install, repair or update; files that are as they should be are not touched.

    Args:
        engine: the command that starts the engine; its first word is an absolute path.
        version: of the engine, for the manifest.
        resolve_dir: Resolve's folder, where it is not one of `known`.
        root: where the files to install lie; see `sources`.
        known: the locations to look at, by default those of this system.
    """
    location, notes = target_location(resolve_dir, known_locations(*this_system()) if known is None else known)
    scripts = Path(location.scripts)
    wanted = sources(scripts, root)
    before = read_manifest(scripts) or {"files": {}, "folders": []}
    old: dict[str, list[str]] = before["files"]
    states = {name: state_of(scripts / name, old.get(name, []), data) for name, data in wanted.items()}
    blocked = [scripts / name for name, state in states.items() if state == "foreign"]
    if blocked:
        names = ", ".join(path.name for path in blocked)
        raise InTheWayError(
            f"not written by mtbsync, or changed since: {names} in {blocked[0].parent}",
            "Nothing was done. Move these files to another folder, then run this again.",
        )
    stale = [name for name in old if name not in wanted]
    new = {name: [digest(data)] for name, data in wanted.items()}
    try:
        about = {
            "engine": list(engine),
            "version": version,
            "scripts_dir": str(scripts),
            "folders": sorted({*before["folders"], *make_folders(scripts)}),
        }
        changing = [name for name, state in states.items() if state in ("missing", "ours")]
        if changing or stale:
            # Should the power fail half-way, the next run still knows old files and new ones for ours.
            both = {name: sorted({*old.get(name, []), *new.get(name, [])}) for name in (*old, *new)}
            write_manifest(scripts, {**about, "files": both})
        for name in changing:
            write(scripts / name, wanted[name])
        gone = {name: remove(scripts / name, old[name]) for name in stale}
        write_manifest(scripts, {**about, "files": new})
    except OSError as error:
        raise NotWritableError(scripts, error) from error
    return Outcome(
        scripts,
        written=[scripts / name for name in changing],
        removed=[scripts / name for name in stale if gone[name]],
        unchanged=[scripts / name for name, state in states.items() if state == "same"],
        kept=[scripts / name for name in stale if not gone[name]],
        notes=notes,
    )


def uninstall(resolve_dir: Path | None = None, *, known: Sequence[Location] | None = None) -> list[Outcome]:
    """Take out what was installed, wherever that is; settings, journal and logs of the user stay."""
    known = known_locations(*this_system()) if known is None else known
    locations = list(known) if resolve_dir is None else [_named_location(resolve_dir, known)]
    return [done for done in (_uninstall(Path(location.scripts)) for location in locations) if done is not None]


def _uninstall(scripts: Path) -> Outcome | None:
    manifest = read_manifest(scripts)
    if manifest is None:
        return None
    cache = manifest_path(scripts).parent / "__pycache__"
    files = {name: hashes for name, hashes in manifest["files"].items() if (scripts / name).exists()}
    try:
        gone = {name: remove(scripts / name, hashes) for name, hashes in files.items()}
        modules = {PurePosixPath(name).stem for name in manifest["files"]}
        for compiled in sorted(cache.glob("*.pyc")):
            if compiled.name.split(".")[0] in modules:
                compiled.unlink()
        if cache.is_dir() and not any(cache.iterdir()):
            cache.rmdir()
        manifest_path(scripts).unlink()
        remove_folders(scripts, manifest["folders"])
    except OSError as error:
        raise NotWritableError(scripts, error) from error
    removed = [scripts / name for name in files if gone[name]]
    kept = [scripts / name for name in files if not gone[name]]
    return Outcome(scripts, written=[], removed=removed, unchanged=[], kept=kept, notes=[])


def sources(scripts: Path, root: Path | None = None) -> dict[str, bytes]:
    """The content of every file to install, by its name below the folder `Fusion/Scripts`, with `/`.

    Args:
        root: the folder with `menu` and `mtbsync_resolve`, by default that of this checkout or installed wheel. Beside
            the copy that Resolve has, they are missing.
    """
    root = Path(__file__).resolve().parent.parent if root is None else root
    template, modules = root / "menu" / "launcher.py", list((root / PACKAGE).glob("*.py"))
    if not template.is_file() or not modules:
        raise IncompleteError(f"the scripts to install are not in {root}", "Run install.py of mtbsync again.")
    # The folder is for a Resolve that does not tell a script its own path. `ascii`: its interpreter reads the script in
    # whatever encoding it likes.
    launcher = template.read_text(encoding="ascii").replace('"@FOLDER@"', ascii(str(scripts / OUR_FOLDER)))
    found = {}
    for name, (entry, does) in ENTRIES.items():
        script = launcher.replace("@DOES@", does).replace("@ENTRY@", entry)
        found[f"{MENU_FOLDER}/MTB Sync - {name}.py"] = script.encode("ascii")
    for folder, paths in ((MENU_FOLDER, (root / "menu").glob("*.lua")), (f"{OUR_FOLDER}/{PACKAGE}", modules)):
        found.update({f"{folder}/{path.name}": path.read_bytes() for path in sorted(paths)})
    return found


def target_location(resolve_dir: Path | None, known: Sequence[Location]) -> tuple[Location, list[str]]:
    """Where to install, and what is worth knowing about it.

    Without `resolve_dir` it is the user's own folder, also where only the folder for all users exists: Resolve reads
    both, and that one often cannot be written.
    """
    if resolve_dir is not None:
        location = _named_location(resolve_dir, known)
        if location.kind == APP_STORE:
            raise SandboxedError(location)
        return location, []
    there = [location for location in known if Path(location.product).is_dir()]
    sandboxed = [location for location in there if location.kind == APP_STORE]
    if len(sandboxed) < len(there):
        note = f"the Resolve of Apple's App Store, which is here too, cannot use the scripts; there {FILE_ROUTE}"
        return next(location for location in known if location.kind == USER), [note] if sandboxed else []
    if sandboxed:
        raise SandboxedError(sandboxed[0])
    looked = ", ".join(str(location.product) for location in known if location.kind != APP_STORE)
    hint = f"Start it once, or name its folder with --resolve-dir. Looked for {looked}."
    raise NoResolveError("DaVinci Resolve was not found", hint)


def _named_location(resolve_dir: Path, known: Sequence[Location]) -> Location:
    folder = resolve_dir.expanduser().absolute()
    if not folder.is_dir():
        hint = "Name the folder that Resolve made for its settings, or Fusion/Scripts in it."
        raise NoResolveError(f"there is no folder {folder}", hint)
    return location_of(folder, known)
