"""Installing into Resolve's folders: real files in folders with spaces and letters outside ASCII."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from resolve_scripts.mtbsync_resolve import install as installing
from resolve_scripts.mtbsync_resolve.folders import APP_STORE, SYSTEM, USER, Location
from resolve_scripts.mtbsync_resolve.install import ENTRIES, InstallError, install, sources, uninstall
from resolve_scripts.mtbsync_resolve.manifest import digest, read_manifest

ENGINE = ["/home/jörg/mtb sync/venv/bin/python", "-m", "mtbsync_core"]
MENU = {f"Utility/MTB Sync - {name}.py" for name in ENTRIES}
FILES = len(MENU) + 4
"""The menu's Python entries, the one in Lua, and three modules."""
ENTRY, LUA = "Utility/MTB Sync - Transfer Markers.py", "Utility/MTB Sync.lua"
MODULE, MANIFEST = "MTB Sync/mtbsync_resolve/folders.py", "MTB Sync/mtbsync_resolve/installed.json"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Scripts to install, as they lie in a checkout or a wheel."""
    root = tmp_path / "wheel" / "resolve_scripts"
    (root / "menu" / "__pycache__").mkdir(parents=True)
    (root / "mtbsync_resolve").mkdir()
    (root / "menu" / "__pycache__" / "x.cpython-311.pyc").write_bytes(b"")
    for name in ("launcher.py", "MTB Sync.lua"):
        (root / "menu" / name).write_text(f"entry {name} @ENTRY@\n", encoding="utf-8")
    for name in ("__init__.py", "folders.py", "journal.py"):
        (root / "mtbsync_resolve" / name).write_text(f"module {name}\n", encoding="utf-8")
    return root


@pytest.fixture
def known(tmp_path: Path) -> list[Location]:
    """A user's Resolve that was started, and one for all users that is not there."""
    user, system = tmp_path / "Jörg B" / "DaVinci Resolve", tmp_path / "opt" / "resolve"
    user.mkdir(parents=True)
    return [
        Location(USER, user, user / "Fusion" / "Scripts"),
        Location(SYSTEM, system, system / "Fusion" / "Scripts"),
    ]


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, and every empty folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else b"/"
        for path in sorted(folder.rglob("*"))
        if path.is_file() or not any(path.iterdir())
    }


def scripts_of(known: list[Location]) -> Path:
    return Path(known[0].scripts)


def test_entries_package_and_manifest_are_put_in_place(root: Path, known: list[Location]) -> None:
    done = install(ENGINE, "1.2.3", root=root, known=known)
    scripts = scripts_of(known)
    assert set(tree(scripts)) == {
        *MENU,
        LUA,
        "MTB Sync/mtbsync_resolve/__init__.py",
        MODULE,
        "MTB Sync/mtbsync_resolve/journal.py",
        MANIFEST,
    }
    assert done.scripts == scripts
    assert len(done.written) == FILES and not done.notes
    manifest = json.loads((scripts / MANIFEST).read_text(encoding="ascii"))
    assert (manifest["engine"], manifest["version"], manifest["scripts_dir"]) == (ENGINE, "1.2.3", str(scripts))
    assert not any(path.is_symlink() for path in scripts.rglob("*"))


def test_a_second_run_touches_nothing(root: Path, known: list[Location]) -> None:
    install(ENGINE, "1", root=root, known=known)
    before = {path: path.stat().st_mtime_ns for path in scripts_of(known).rglob("*") if path.is_file()}
    done = install(ENGINE, "1", root=root, known=known)
    assert (done.written, done.removed, len(done.unchanged)) == ([], [], FILES)
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_an_update_replaces_adds_and_removes(root: Path, known: list[Location]) -> None:
    install(ENGINE, "1", root=root, known=known)
    scripts = scripts_of(known)
    (root / "mtbsync_resolve" / "folders.py").write_text("newer\n", encoding="utf-8")
    (root / "mtbsync_resolve" / "added.py").write_text("added\n", encoding="utf-8")
    (root / "mtbsync_resolve" / "journal.py").unlink()
    done = install(["/new/python"], "2", root=root, known=known)
    assert [path.name for path in done.written] == ["added.py", "folders.py"]
    assert [path.name for path in done.removed] == ["journal.py"]
    assert (scripts / MODULE).read_text(encoding="utf-8") == "newer\n"
    manifest = read_manifest(scripts)
    assert manifest is not None
    assert (manifest["engine"], manifest["version"]) == (["/new/python"], "2")
    assert "MTB Sync/mtbsync_resolve/journal.py" not in manifest["files"]


def test_what_was_deleted_is_put_back(root: Path, known: list[Location]) -> None:
    install(ENGINE, "1", root=root, known=known)
    (scripts_of(known) / ENTRY).unlink()
    done = install(ENGINE, "1", root=root, known=known)
    assert done.written == [scripts_of(known) / ENTRY]


def test_uninstall_leaves_the_folders_as_they_were(root: Path, known: list[Location], tmp_path: Path) -> None:
    product = Path(known[0].product)
    (product / "Fusion" / "Scripts" / "Utility").mkdir(parents=True)
    (product / "Fusion" / "Scripts" / "Utility" / "Theirs.py").write_text("theirs\n", encoding="utf-8")
    before = tree(tmp_path)
    install(ENGINE, "1", root=root, known=known)
    cache = scripts_of(known) / "MTB Sync" / "mtbsync_resolve" / "__pycache__"
    cache.mkdir()
    (cache / "folders.cpython-38.pyc").write_bytes(b"as Resolve's Python leaves it")
    (done,) = uninstall(known=known)
    assert tree(tmp_path) == before
    assert len(done.removed) == FILES and not done.kept
    assert uninstall(known=known) == []


def test_uninstall_removes_the_folders_that_it_made_up_to_resolves_own(root: Path, known: list[Location]) -> None:
    install(ENGINE, "1", root=root, known=known)
    uninstall(known=known)
    assert list(Path(known[0].product).iterdir()) == []


def test_uninstall_keeps_what_others_put_there_or_changed(root: Path, known: list[Location]) -> None:
    install(ENGINE, "1", root=root, known=known)
    scripts = scripts_of(known)
    (scripts / ENTRY).write_text("my own changes\n", encoding="utf-8")
    (scripts / "MTB Sync" / "notes.txt").write_text("mine\n", encoding="utf-8")
    (done,) = uninstall(known=known)
    assert done.kept == [scripts / ENTRY]
    assert set(tree(scripts)) == {ENTRY, "MTB Sync/notes.txt"}


@pytest.mark.parametrize("link", [False, True])
def test_a_file_of_somebody_else_stops_everything(root: Path, known: list[Location], link: bool) -> None:
    scripts = scripts_of(known)
    (scripts / ENTRY).parent.mkdir(parents=True)
    if link:
        try:
            (scripts / ENTRY).symlink_to(root / "menu" / "launcher.py")
        except OSError:
            pytest.skip("no links here")
    else:
        (scripts / ENTRY).write_text("theirs\n", encoding="utf-8")
    before = tree(scripts)
    with pytest.raises(InstallError, match=r"Transfer Markers\.py in .*Utility") as caught:
        install(ENGINE, "1", root=root, known=known)
    assert caught.value.code == "in_the_way"
    assert tree(scripts) == before


def test_a_changed_file_of_ours_is_not_overwritten(root: Path, known: list[Location]) -> None:
    install(ENGINE, "1", root=root, known=known)
    (scripts_of(known) / ENTRY).write_text("my own changes\n", encoding="utf-8")
    with pytest.raises(InstallError, match="changed since"):
        install(ENGINE, "2", root=root, known=known)
    assert (scripts_of(known) / ENTRY).read_text(encoding="utf-8") == "my own changes\n"


def test_a_stale_file_that_somebody_changed_stays(root: Path, known: list[Location]) -> None:
    install(ENGINE, "1", root=root, known=known)
    stale = scripts_of(known) / "MTB Sync" / "mtbsync_resolve" / "journal.py"
    stale.write_text("mine now\n", encoding="utf-8")
    (root / "mtbsync_resolve" / "journal.py").unlink()
    done = install(ENGINE, "2", root=root, known=known)
    assert (done.kept, stale.read_text(encoding="utf-8")) == ([stale], "mine now\n")


def test_a_run_that_was_cut_off_is_finished_by_the_next(
    root: Path, known: list[Location], monkeypatch: pytest.MonkeyPatch
) -> None:
    install(ENGINE, "1", root=root, known=known)
    for name in ("folders.py", "journal.py"):
        (root / "mtbsync_resolve" / name).write_text("newer\n", encoding="utf-8")
    real = installing.write

    def fails(path: Path, data: bytes) -> None:
        if path.name == "journal.py":
            raise OSError(28, "No space left on device", str(path))
        real(path, data)

    monkeypatch.setattr(installing, "write", fails)
    with pytest.raises(InstallError, match="No space left"):
        install(ENGINE, "2", root=root, known=known)
    monkeypatch.setattr(installing, "write", real)
    done = install(ENGINE, "2", root=root, known=known)
    assert [path.name for path in done.written] == ["journal.py"]
    assert len(uninstall(known=known)[0].removed) == FILES


def test_a_manifest_cannot_lead_out_of_our_folders(root: Path, known: list[Location]) -> None:
    install(ENGINE, "1", root=root, known=known)
    scripts = scripts_of(known)
    precious = scripts.parent / "precious.txt"
    for path in (precious, scripts / "Edit" / "x.py", scripts / "Utility" / "sub" / "x.py"):
        path.parent.mkdir(exist_ok=True)
        path.write_text("mine\n", encoding="utf-8")
    hashes = [digest(precious.read_bytes())]
    manifest = json.loads((scripts / MANIFEST).read_text(encoding="utf-8"))
    out = [
        "../precious.txt",
        "Utility/../../precious.txt",
        str(precious),
        "Edit/x.py",
        "Utility/sub/x.py",
        "Utility/..",
    ]
    manifest["files"].update(dict.fromkeys(out, hashes))
    manifest["folders"] += ["../Other", "/", "Edit", "", 7]
    (scripts / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    (done,) = uninstall(known=known)
    assert len(done.removed) == FILES
    assert set(tree(scripts.parent)) == {"precious.txt", "Scripts/Edit/x.py", "Scripts/Utility/sub/x.py"}


def test_a_manifest_of_others_is_none(root: Path, known: list[Location]) -> None:
    scripts = scripts_of(known)
    (scripts / MANIFEST).parent.mkdir(parents=True)
    for text in ("", "{", "[]", '{"made_by": "mtbsync resolve install"}', '{"made_by": "x", "files": {}}'):
        (scripts / MANIFEST).write_text(text, encoding="utf-8")
        assert read_manifest(scripts) is None
        assert uninstall(known=known) == []


# ---- which Resolve


def test_no_resolve_says_where_it_looked(root: Path, known: list[Location]) -> None:
    Path(known[0].product).rmdir()
    with pytest.raises(InstallError, match="not found") as caught:
        install(ENGINE, "1", root=root, known=known)
    assert caught.value.code == "no_resolve"
    assert str(known[0].product) in caught.value.hint and "--resolve-dir" in caught.value.hint


def test_a_resolve_for_all_users_that_was_never_started_gets_the_users_folder(
    root: Path, known: list[Location], tmp_path: Path
) -> None:
    Path(known[0].product).rmdir()
    Path(known[1].product).mkdir(parents=True)
    before = tree(tmp_path)
    assert install(ENGINE, "1", root=root, known=known).scripts == scripts_of(known)
    uninstall(known=known)
    assert tree(tmp_path) == before


def test_the_app_store_is_told_apart(root: Path, known: list[Location], tmp_path: Path) -> None:
    container = tmp_path / "Library" / "Containers" / "com.blackmagic-design.DaVinciResolveLite"
    container.mkdir(parents=True)
    both = [*known, Location(APP_STORE, container, container / "Data" / "Fusion" / "Scripts")]
    assert "App Store" in install(ENGINE, "1", root=root, known=both).notes[0]
    uninstall(known=known)
    Path(known[0].product).rmdir()
    for named in (None, container):
        with pytest.raises(InstallError, match="sandboxed") as caught:
            install(ENGINE, "1", named, root=root, known=both)
        assert caught.value.code == "sandboxed"
        assert "mtbsync align" in caught.value.hint and "docs/resolve.md" in caught.value.hint
    assert list(container.iterdir()) == []


def test_a_folder_may_be_named(root: Path, known: list[Location], tmp_path: Path) -> None:
    elsewhere = tmp_path / "Ärger & Spaß" / "DaVinci Resolve"
    elsewhere.mkdir(parents=True)
    done = install(ENGINE, "1", elsewhere, root=root, known=known)
    assert done.scripts == elsewhere / "Fusion" / "Scripts"
    assert uninstall(known=known) == []
    assert len(uninstall(elsewhere, known=known)[0].removed) == FILES
    with pytest.raises(InstallError, match="there is no folder"):
        install(ENGINE, "1", elsewhere / "nothing", root=root, known=known)


@pytest.mark.skipif(os.name == "nt" or not hasattr(os, "geteuid"), reason="access rights of POSIX")
def test_a_folder_that_cannot_be_written_is_said_and_left(root: Path, known: list[Location]) -> None:
    """A file stands where a folder should be made: as root, access rights would stop nobody."""
    Path(known[0].product, "Fusion").write_text("", encoding="utf-8")
    with pytest.raises(InstallError, match=r"cannot write .*Fusion") as caught:
        install(ENGINE, "1", root=root, known=known)
    assert caught.value.code == "read_only"
    assert [path.name for path in Path(known[0].product).iterdir()] == ["Fusion"]


def test_a_read_only_folder_is_said_and_nothing_is_begun(
    root: Path, known: list[Location], monkeypatch: pytest.MonkeyPatch
) -> None:
    from resolve_scripts.mtbsync_resolve import manifest

    def refuse(*_: object, dir: str, **__: object) -> tuple[int, str]:
        raise PermissionError(13, "Permission denied", dir)

    monkeypatch.setattr(manifest.tempfile, "mkstemp", refuse)
    with pytest.raises(InstallError, match="Permission denied") as caught:
        install(ENGINE, "1", root=root, known=known)
    assert "Utility" in caught.value.message
    assert list(Path(known[0].product).iterdir()) == [], "the folders made on the way are gone again"


# ---- the files to install


def test_the_copy_that_resolve_has_cannot_install_itself(root: Path, known: list[Location]) -> None:
    install(ENGINE, "1", root=root, known=known)
    with pytest.raises(InstallError, match="not in") as caught:
        sources(scripts_of(known), scripts_of(known) / "MTB Sync")
    assert caught.value.code == "not_whole"


def test_the_checkout_has_everything(tmp_path: Path) -> None:
    found = sources(tmp_path)
    assert {*MENU, "Utility/MTB Sync.lua", "MTB Sync/mtbsync_resolve/install.py"} <= set(found)
    assert {name.split("/")[0] for name in found} == {"Utility", "MTB Sync"}
    assert not any(b"@FOLDER@" in data for name, data in found.items() if name in MENU)


def test_launchers_that_were_copied_one_by_one_are_replaced_and_removed(root: Path, known: list[Location]) -> None:
    """As earlier versions installed them: six files of their own, named by the manifest."""
    install(ENGINE, "0", root=root, known=known)
    scripts = scripts_of(known)
    manifest = json.loads((scripts / MANIFEST).read_text(encoding="ascii"))
    for name in MENU:
        (scripts / name).write_text(f"an older launcher, {name}\n", encoding="utf-8")
        manifest["files"][name] = [digest((scripts / name).read_bytes())]
    (scripts / MANIFEST).write_text(json.dumps(manifest), encoding="ascii")
    done = install(ENGINE, "1", root=root, known=known)
    assert {path.name for path in done.written} == {Path(name).name for name in MENU}
    assert (scripts / ENTRY).read_text(encoding="ascii") == "entry launcher.py transfer\n"
    assert len(uninstall(known=known)[0].removed) == FILES


@pytest.mark.parametrize("version", ["3.8.18", "3.13.0"])
def test_the_pythons_of_resolve_can_install(version: str, root: Path, known: list[Location]) -> None:
    python = Path.home() / ".pyenv" / "versions" / version / "bin" / "python"
    if not python.is_file():
        pytest.skip(f"no Python {version} here")
    code = (
        "import sys; from pathlib import Path; from mtbsync_resolve.install import install, uninstall; "
        "folder = Path(sys.argv[1]); print(len(install(['/p'], '1', folder, root=Path(sys.argv[2])).written)); "
        "print(len(uninstall(folder)[0].removed))"
    )
    command = [str(python), "-B", "-c", code, str(known[0].product), str(root)]
    where = Path(installing.__file__).parents[1]
    done = subprocess.run(command, cwd=where, capture_output=True, encoding="utf-8", check=False)
    assert done.stdout.split() == [str(FILES), str(FILES)], done.stderr
