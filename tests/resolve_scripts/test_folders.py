"""Resolve's folders on every system, checked on any."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath

import pytest

from resolve_scripts.mtbsync_resolve import folders
from resolve_scripts.mtbsync_resolve.folders import APP_STORE, GIVEN, SYSTEM, USER, known_locations, location_of

WINDOWS_HOME = PureWindowsPath("C:/Users/Jörg B")
WINDOWS_ENV = {"APPDATA": "C:\\Users\\Jörg B\\AppData\\Roaming", "PROGRAMDATA": "D:\\ProgramData"}
MAC_HOME = PurePosixPath("/Users/jörg")
LINUX_HOME = PurePosixPath("/home/jörg")
CONTAINER = "/Users/jörg/Library/Containers/com.blackmagic-design.DaVinciResolve"


def scripts(platform: str, env: dict[str, str], home: PurePath) -> list[tuple[str, str]]:
    return [(place.kind, place.scripts.as_posix()) for place in known_locations(platform, env, home)]


def test_windows_has_support_in_the_users_path_only() -> None:
    assert scripts("win32", WINDOWS_ENV, WINDOWS_HOME) == [
        (
            USER,
            "C:/Users/Jörg B/AppData/Roaming/Blackmagic Design/DaVinci Resolve/Support/Fusion/Scripts",
        ),
        (SYSTEM, "D:/ProgramData/Blackmagic Design/DaVinci Resolve/Fusion/Scripts"),
    ]


def test_windows_without_its_variables() -> None:
    user, system = known_locations("win32", {}, WINDOWS_HOME)
    assert user.product == WINDOWS_HOME / "AppData/Roaming/Blackmagic Design/DaVinci Resolve"
    assert system.product == PureWindowsPath("C:/ProgramData/Blackmagic Design/DaVinci Resolve")


def test_macos_knows_both_editions_of_the_app_store() -> None:
    vendor = "Library/Application Support/Blackmagic Design/DaVinci Resolve/Fusion/Scripts"
    assert scripts("darwin", {}, MAC_HOME) == [
        (USER, f"/Users/jörg/{vendor}"),
        (SYSTEM, f"/{vendor}"),
        (APP_STORE, f"{CONTAINER}Lite/Data/Library/Application Support/Fusion/Scripts"),
        (APP_STORE, f"{CONTAINER}Lite/Data/{vendor}"),
        (APP_STORE, f"{CONTAINER}AppStore/Data/Library/Application Support/Fusion/Scripts"),
        (APP_STORE, f"{CONTAINER}AppStore/Data/{vendor}"),
    ]


def test_linux_puts_the_users_folder_first() -> None:
    assert scripts("linux", {"XDG_DATA_HOME": "/elsewhere"}, LINUX_HOME) == [
        (USER, "/home/jörg/.local/share/DaVinciResolve/Fusion/Scripts"),
        (SYSTEM, "/opt/resolve/Fusion/Scripts"),
        (SYSTEM, "/home/resolve/Fusion/Scripts"),
    ]


def test_a_person_called_resolve_is_no_resolve() -> None:
    products = [place.product for place in known_locations("linux", {}, LINUX_HOME)]
    assert PurePosixPath("/home/resolve") not in products


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("/data/DaVinci Resolve", "/data/DaVinci Resolve/Fusion/Scripts"),
        ("/data/x/Fusion", "/data/x/Fusion/Scripts"),
        ("/data/x/Fusion/Scripts", "/data/x/Fusion/Scripts"),
    ],
)
def test_a_named_folder_may_be_any_on_the_way(folder: str, expected: str) -> None:
    place = location_of(PurePosixPath(folder), [])
    assert (place.kind, place.scripts.as_posix()) == (GIVEN, expected)


def test_a_named_folder_of_a_known_place_is_that_place() -> None:
    known = known_locations("win32", WINDOWS_ENV, WINDOWS_HOME)
    user = location_of(PureWindowsPath("c:/users/jörg b/appdata/roaming/blackmagic design/davinci resolve"), known)
    assert user.scripts == known[0].scripts, "with Support, which the name does not tell"
    assert location_of(known[1].product, known).scripts == known[1].scripts, "without, though it has one too"
    assert location_of(known[0].product / "Support", known).scripts == known[0].scripts


def test_a_named_folder_of_the_app_store_is_told_apart() -> None:
    known = known_locations("darwin", {}, MAC_HOME)
    assert location_of(PurePosixPath(f"{CONTAINER}Lite/Data/Library/Application Support"), known).kind == APP_STORE


@pytest.mark.parametrize(
    ("platform", "env", "home", "expected"),
    [
        ("win32", WINDOWS_ENV, WINDOWS_HOME, "C:/Users/Jörg B/AppData/Roaming/mtbsync"),
        ("darwin", {"XDG_CONFIG_HOME": "/x"}, MAC_HOME, "/Users/jörg/Library/Application Support/mtbsync"),
        ("linux", {}, LINUX_HOME, "/home/jörg/.config/mtbsync"),
        ("linux", {"XDG_CONFIG_HOME": "/x"}, LINUX_HOME, "/x/mtbsync"),
        ("linux", {"XDG_CONFIG_HOME": "relative"}, LINUX_HOME, "/home/jörg/.config/mtbsync"),
        ("linux", {"MTBSYNC_CONFIG_DIR": "/my own"}, LINUX_HOME, "/my own"),
    ],
)
def test_our_own_folder(platform: str, env: dict[str, str], home: PurePath, expected: str) -> None:
    assert folders.config_folder(platform, env, home).as_posix() == expected


def test_our_own_folder_of_this_system(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MTBSYNC_CONFIG_DIR", str(tmp_path))
    assert folders.config_dir() == tmp_path
    monkeypatch.delenv("MTBSYNC_CONFIG_DIR")
    assert folders.config_dir().name == "mtbsync"
    assert folders.config_dir().is_absolute()


def test_logs_and_manual() -> None:
    assert folders.log_folder("win32", WINDOWS_ENV, WINDOWS_HOME).as_posix().endswith("DaVinci Resolve/Support/logs")
    assert folders.log_folder("linux", {}, LINUX_HOME) == LINUX_HOME / ".local/share/DaVinciResolve/logs"
    manual = folders.developer_folder("win32", WINDOWS_ENV, WINDOWS_HOME)
    assert manual == PureWindowsPath("D:/ProgramData/Blackmagic Design/DaVinci Resolve/Support/Developer/Scripting")
    assert folders.developer_folder("linux", {}, LINUX_HOME) == PurePosixPath("/opt/resolve/Developer/Scripting")


@pytest.mark.parametrize("version", ["3.8.18", "3.13.0"])
def test_it_runs_in_the_pythons_of_resolve(version: str, tmp_path: Path) -> None:
    python = Path.home() / ".pyenv" / "versions" / version / "bin" / "python"
    if not python.is_file():
        pytest.skip(f"no Python {version} here")
    code = (
        "import folders; print(ascii(folders.known_locations(*folders.this_system())[0].scripts), folders.config_dir())"
    )
    where = Path(folders.__file__).parent
    done = subprocess.run([python, "-c", code], cwd=where, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    assert ("Scripts" in done.stdout) and sys.platform
