"""`install.py`: what it finds, says and leaves alone. Real folders and processes; a fake engine and a fake uv."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


def load() -> ModuleType:
    """install.py as a module; it is no part of a package."""
    spec = spec_from_file_location("install", ROOT / "install.py")
    assert spec and spec.loader
    module = module_from_spec(spec)
    sys.modules["install"] = module
    spec.loader.exec_module(module)
    return module


install = load()
posix_only = pytest.mark.skipif(os.name == "nt", reason="the fake programs are shell scripts")


def script(path: Path, *lines: str) -> Path:
    """A program of a few lines of shell."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(("#!/bin/sh", *lines, "")), encoding="utf-8")
    path.chmod(0o755)
    return path


def fake_python(
    path: Path, version: str = "3.12.4", implementation: str = "cpython", size: int = 8, free: int = 0
) -> str:
    """A program that answers install.py's question as such a Python would."""
    major, minor, _ = version.split(".")
    answer = json.dumps([version, [int(major), int(minor)], implementation, size, bool(free)])
    return str(script(path, f"echo '{answer}'"))


def run_install(
    *arguments: str, cwd: Path, python: str = sys.executable, **env: str
) -> subprocess.CompletedProcess[str]:
    """install.py as a person starts it, from another folder."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    command = [python, str(ROOT / "install.py"), *arguments]
    return subprocess.run(
        command, cwd=cwd, env={**kept, **env}, capture_output=True, encoding="utf-8", errors="replace", check=False
    )


# ---- which Python


def test_the_supported_versions_are_those_of_the_package() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        text = tomllib.load(file)["project"]["requires-python"]
    assert text == f">=3.{install.OLDEST},<3.14"
    assert (12 if install.SYSTEM == "Darwin" and install.platform.machine() == "x86_64" else 13) == install.NEWEST


@posix_only
@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"version": "3.8.18"}, "3.11 to 3.13"),
        ({"version": "3.14.0"}, "3.11 to 3.13"),
        ({"implementation": "pypy"}, "CPython"),
        ({"size": 4}, "64 bits"),
        ({"free": 1}, "free-threaded"),
        ({}, None),
    ],
)
def test_an_unfit_python_is_told_why(tmp_path: Path, facts: dict[str, object], said: str | None) -> None:
    version, why = install.ask(fake_python(tmp_path / "python", **facts))  # type: ignore[arg-type]
    assert version == facts.get("version", "3.12.4")
    assert why is said or said in why


def test_asking_this_python_and_asking_rubbish(tmp_path: Path) -> None:
    assert install.ask(sys.executable) == (install.platform.python_version(), None)
    assert install.ask(str(tmp_path / "nothing")) is None
    assert install.ask(str(tmp_path)) is None


def test_on_an_intel_mac_the_newest_python_is_not_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.system", lambda: "Darwin")
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    mac = load()
    monkeypatch.setattr(mac, "ask", lambda _: ("3.13.1", "too new"))
    assert mac.fitting() == "cpython>=3.11,<3.13"
    assert "Python 3.12 from python.org" in mac.how_to_get_python()
    monkeypatch.undo()
    load()


@pytest.mark.parametrize("system", ["Windows", "Darwin", "Linux"])
def test_only_pythons_that_resolve_sees_are_advised(monkeypatch: pytest.MonkeyPatch, system: str) -> None:
    monkeypatch.setattr("platform.system", lambda: system)
    advice = load().how_to_get_python()
    assert "Install" in advice
    assert not any(word in advice.casefold() for word in ("store", "brew", "pyenv", "conda"))
    monkeypatch.undo()
    load()


@posix_only
def test_children_find_more_pythons_and_are_not_bent(tmp_path: Path) -> None:
    pyenv = tmp_path / ".pyenv" / "versions" / "3.12.1" / "bin"
    pyenv.mkdir(parents=True)
    bent = {"HOME": str(tmp_path), "PATH": "/first", "PYTHONPATH": "/opt/resolve", "PIP_USER": "1"}
    env = install.child_environment({**bent, "PIP_INDEX_URL": "https://index", "PIP_CERT": "/c", "UV_INDEX": "mine"})
    assert env["PATH"].split(os.pathsep)[:2] == ["/first", str(pyenv)]
    assert not {"PYTHONPATH", "PIP_USER"} & set(env)
    assert (env["UV_DEFAULT_INDEX"], env["SSL_CERT_FILE"], env["UV_INDEX"]) == ("https://index", "/c", "mine")


# ---- uv


def uv_that(monkeypatch: pytest.MonkeyPatch, folder: Path, *lines: str) -> None:
    """The machine's uv is a script, which answers to --version and then runs these lines."""
    uv = script(folder / "tools" / "uv", '[ "$1" = --version ] && exit 0', *lines)
    monkeypatch.setattr(install, "find_uv", lambda _: str(uv))


@posix_only
@pytest.mark.parametrize(
    ("told", "exit_code", "advice"),
    [
        ("error: No interpreter found for CPython >=3.11, <3.14 in managed installations", 30, "Install"),
        ("error sending request for url (https://github.com/astral-sh/python-build-standalone/x)", 30, "Install"),
        ("error: failed to create directory: Permission denied (os error 13)", 32, "permissions"),
        ("error: something new", 34, "log"),
    ],
)
def test_why_there_is_no_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: str, exit_code: int, advice: str
) -> None:
    uv_that(monkeypatch, tmp_path, f"echo '{told}' >&2; exit 2")
    with pytest.raises(install.SetupError) as caught:
        install.make_environment(tmp_path / "venv", "cpython>=3.11,<3.14")
    assert caught.value.exit_code == exit_code and advice in caught.value.hint and told in caught.value.message


@posix_only
def test_an_unfit_choice_of_uv_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = fake_python(tmp_path / "old", size=4)
    uv_that(monkeypatch, tmp_path, f"mkdir -p '{tmp_path}/venv/bin'; cp '{old}' '{tmp_path}/venv/bin/python'")
    with pytest.raises(install.SetupError, match="64 bits") as caught:
        install.make_environment(tmp_path / "venv", "any")
    assert caught.value.exit_code == 30


@posix_only
def test_no_uv_and_no_way_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install.sys, "executable", fake_python(tmp_path / "python"))  # neither venv nor pip
    monkeypatch.setattr(install, "child_environment", lambda env=None: {"PATH": str(tmp_path / "empty")})
    with pytest.raises(install.SetupError, match="uv could not be installed") as caught:
        install.get_uv(tmp_path / "uv")
    assert caught.value.exit_code == 31


@pytest.mark.parametrize(
    ("output", "exit_code", "advice"),
    [
        ("Failed to establish a new connection: [Errno 111] Connection refused", 33, "go online"),
        ("WARNING: Retrying ... NameResolutionError: Failed to resolve: getaddrinfo failed", 33, "go online"),
        ("cause: error sending request for url (https://pypi.org/simple/six/)\n cause: dns error", 33, "HTTPS_PROXY"),
        ("SSLError(SSLCertVerificationError(1, 'CERTIFICATE_VERIFY_FAILED'))", 33, "PIP_CERT"),
        ("cause: error sending request\n cause: invalid peer certificate: UnknownIssuer", 33, "PIP_CERT"),
        ("OSError: [Errno 28] No space left on device", 34, "disk is full"),
        ("ERROR: [WinError 5] Access is denied: 'mtbsync.exe'", 32, "close programs"),
        ("Because av>=14.2 has no wheels with a matching platform tag", 34, "wheel"),
        ("something that nobody has seen before", 34, "installer's own"),
    ],
)
def test_what_installers_say_is_explained(output: str, exit_code: int, advice: str) -> None:
    assert install.explain(output)[0] == exit_code
    assert advice in install.explain(output)[1]


# ---- folders


@pytest.mark.parametrize(
    ("system", "env", "expected"),
    [
        ("Windows", {"LOCALAPPDATA": "C:/Users/Jörg/AppData/Local"}, "C:/Users/Jörg/AppData/Local/mtbsync"),
        ("Windows", {}, "home/AppData/Local/mtbsync"),
        ("Darwin", {"XDG_DATA_HOME": "/ignored"}, "home/Library/Application Support/mtbsync"),
        ("Linux", {"XDG_DATA_HOME": "/data"}, "/data/mtbsync"),
        ("Linux", {"XDG_DATA_HOME": ""}, "home/.local/share/mtbsync"),
    ],
)
def test_the_data_folder_of_each_system(system: str, env: dict[str, str], expected: str) -> None:
    assert install.data_folder(env, Path("home"), system).as_posix() == expected


@posix_only
def test_the_launcher_starts_the_command_from_a_folder_with_spaces(tmp_path: Path) -> None:
    program = script(tmp_path / "it's Jörg's data" / "venv" / "bin" / "mtbsync", 'echo "got $1"')
    launcher = install.write_launcher(tmp_path / "bin", str(program), "Linux")
    shown = subprocess.run([launcher, "two words"], capture_output=True, encoding="utf-8", check=True).stdout
    assert shown == "got two words\n"


def test_the_windows_launcher_is_ascii_and_relative(tmp_path: Path) -> None:
    program = tmp_path / "Jörg" / "venv" / "Scripts" / "mtbsync.exe"
    text = install.write_launcher(tmp_path / "Jörg" / "bin", str(program), "Windows").read_bytes()
    assert text == b'@"%~dp0..\\venv\\Scripts\\mtbsync.exe" %*\r\n'
    assert install.typed(Path("C:/a b/x.cmd"), "Windows").endswith(f'(in PowerShell: & "{Path("C:/a b/x.cmd")}")')


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "precious.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(install.SetupError, match="not made by this script") as caught:
        install.make_environment(tmp_path, sys.executable)
    assert caught.value.exit_code == 32
    assert [p.name for p in tmp_path.iterdir()] == ["precious.txt"]


def test_no_write_access_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(install.SetupError, match="Cannot write to") as caught:
        install.make_environment(tmp_path / "file" / "venv", sys.executable)
    assert caught.value.exit_code == 32
    assert "--venv" in caught.value.hint


# ---- the stamp


def small_checkout(folder: Path) -> Path:
    """The least that an installation looks at."""
    for package in install.PACKAGES:
        (folder / package).mkdir(parents=True)
        (folder / package / "__init__.py").write_text("", encoding="utf-8")
    (folder / "pyproject.toml").write_text("[project]\n", encoding="utf-8")
    return folder


@pytest.mark.parametrize("editable", [False, True])
def test_what_an_installation_follows(tmp_path: Path, editable: bool) -> None:
    """For daily use every source file; an editable one pyproject, the Python and the extras only."""
    root = small_checkout(tmp_path / "Läufe")
    before = install.wanted_stamp(root, editable, [], "3.12.1")
    assert before == install.wanted_stamp(root, editable, [], "3.12.1")
    assert install.wanted_stamp(root, editable, ["dev"], "3.12.1") != before
    assert install.wanted_stamp(root, editable, [], "3.13.0") != before
    (root / "otio_adapters" / "edl.py").write_text("x = 1\n", encoding="utf-8")
    assert (install.wanted_stamp(root, editable, [], "3.12.1") == before) is editable
    (root / "pyproject.toml").write_text("[project]\nname = 'other'\n", encoding="utf-8")
    assert install.wanted_stamp(root, editable, [], "3.12.1") != before


def test_a_marker_is_ours_or_it_is_none(tmp_path: Path) -> None:
    for text in (None, "{", '{"made_by": "somebody"}'):
        if text:
            (tmp_path / install.MARKER).write_text(text, encoding="utf-8")
        assert install.read_marker(tmp_path) is None
    stamp = install.wanted_stamp(small_checkout(tmp_path / "c"), True, [], "3.12.1")
    install.write_marker(tmp_path, stamp)
    assert install.read_marker(tmp_path) == stamp


def test_the_extras_and_the_dependencies_are_those_of_pyproject() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    project = tomllib.loads(text)["project"]
    assert install.known_extras(text) == list(project["optional-dependencies"])
    names = {re.match(r"[A-Za-z0-9-]+", line).group() for line in project["dependencies"]}  # type: ignore[union-attr]
    assert names == set(install.dependencies(text))


def test_an_editable_install_is_found_whatever_the_locale(tmp_path: Path) -> None:
    root = (tmp_path / "Läufe & Spuren").resolve()
    site = root / ".venv" / "lib" / "python3.11" / "site-packages"
    site.mkdir(parents=True)
    (site / "_mtbsync_resolve.pth").write_text(f"{root}\n{root}", encoding="utf-8")  # a line for each package
    (site / "other.pth").write_text("/somewhere/else", encoding="utf-8")
    install.make_paths_relative(site, root)
    lines = (site / "_mtbsync_resolve.pth").read_text(encoding="ascii").splitlines()
    assert [(site / line).resolve() for line in lines] == [root, root]
    assert (site / "other.pth").read_text(encoding="utf-8") == "/somewhere/else"


# ---- removal, and DaVinci Resolve


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's data folder; the checkout is elsewhere."""
    monkeypatch.setattr(install, "ROOT", tmp_path / "checkout")
    return tmp_path / "data"


def test_uninstall_removes_what_it_made_and_nothing_else(tmp_path: Path, data: Path) -> None:
    mine, foreign = tmp_path / "checkout" / ".venv", tmp_path / "checkout" / ".venv-mine"
    made = [mine, mine.with_name(".venv-uv"), data / "venv", data / "venv-uv"]
    for folder in (*made, foreign, data / "bin"):
        folder.mkdir(parents=True)
    for folder in made:
        install.write_marker(folder, {"complete": True})
    (data / "bin" / "mtbsync").write_text("", encoding="utf-8")
    (foreign / "keep").write_text("", encoding="utf-8")
    assert install.uninstall(data / "venv", data / "bin") == 0
    assert not data.exists() and not any(folder.exists() for folder in made)
    assert (foreign / "keep").exists()


def test_uninstall_keeps_the_users_files_beside_it(data: Path) -> None:
    (data / "venv").mkdir(parents=True)
    install.write_marker(data / "venv", {})
    (data / "notes.txt").write_text("", encoding="utf-8")
    install.uninstall(data / "venv", data / "bin")
    assert [p.name for p in data.iterdir()] == ["notes.txt"]


def engine_that_says(venv: Path, answer: dict[str, object]) -> str:
    """A Python of an environment that answers every call with some JSON and notes down how it was called."""
    program = script(venv / "bin" / "python", f'echo "$@" >> "{venv}/calls"', f"cat '{venv.parent / 'answer.json'}'")
    (venv.parent / "answer.json").write_text(json.dumps(answer), encoding="utf-8")
    return str(program)


@posix_only
@pytest.mark.parametrize(
    ("answer", "named", "exit_code", "said"),
    [
        ({"resolve": {"scripts": "/r/Fusion/Scripts"}, "notes": ["worth knowing"]}, None, 0, "/r/Fusion/Scripts"),
        ({"error": {"code": "no_resolve", "message": "not found", "hint": "h"}}, None, 0, "not found. h"),
        ({"error": {"code": "no_resolve", "message": "no folder", "hint": "h"}}, "/x y", 35, "no folder. h"),
        ({"error": {"code": "sandboxed", "message": "App Store", "hint": "h"}}, None, 0, "App Store. h"),
        ({"error": {"code": "read_only", "message": "cannot write", "hint": "h"}}, None, 35, "cannot write. h"),
    ],
)
def test_the_scripts_go_into_resolve(
    answer: dict[str, object],
    named: str | None,
    exit_code: int,
    said: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    venv = tmp_path / "Jörg" / "venv"
    assert install.into_resolve(engine_that_says(venv, answer), named) == exit_code
    out = capsys.readouterr().out
    assert said in out
    assert ("note: worth knowing" in out) is ("notes" in answer)
    expected = "-m mtbsync_core resolve install --json" + (f" --resolve-dir {named}" if named else "")
    assert (venv / "calls").read_text(encoding="utf-8").strip() == expected


def test_an_engine_that_cannot_say_anything_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert install.into_resolve(str(tmp_path / "gone"), None) == 35
    assert "mtbsync resolve install" in capsys.readouterr().out


@posix_only
def test_uninstall_takes_the_scripts_out_first(tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    venv, calls = data / "venv", tmp_path / "calls"
    engine_that_says(venv, {"resolve": [{"scripts": "/r/Fusion/Scripts"}], "notes": ["kept one"]})
    (venv / "calls").symlink_to(calls)
    install.write_marker(venv, {})
    assert install.uninstall(venv, data / "bin", "/r") == 0
    assert calls.read_text(encoding="utf-8").strip() == "-m mtbsync_core resolve uninstall --json --resolve-dir /r"
    out = capsys.readouterr().out
    assert "removing the menu entries below /r/Fusion/Scripts" in out and "note: kept one" in out
    assert not venv.exists()


@posix_only
@pytest.mark.slow
def test_the_doctor_hands_over_to_the_engines_own(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    small_checkout(install.ROOT)
    engine_that_says(data / "venv", {})
    (data / "answer.json").write_text('["3.12.1", [3, 12], "cpython", 8, false]', encoding="utf-8")
    install.write_marker(data / "venv", {"complete": True, "extras": ["learned"]})
    assert install.doctor(data / "venv", "/r") == 0
    calls = (data / "venv" / "calls").read_text(encoding="utf-8").splitlines()
    assert calls[-1] == "-m mtbsync_core doctor --resolve-dir /r"
    assert "whole, Python 3.12.1, extras learned" in capsys.readouterr().out


# ---- as people start it


@pytest.mark.slow
def test_usage_errors_exit_2(tmp_path: Path) -> None:
    assert run_install("--demo", "--test", cwd=tmp_path).returncode == 2
    assert run_install("--test", "fast", cwd=tmp_path).returncode == 2
    done = run_install("--dev", "--resolve-dir", str(tmp_path), cwd=tmp_path)
    assert done.returncode == 2 and "--resolve-dir is for" in done.stderr
    done = run_install("--with", "wings", cwd=tmp_path)
    assert done.returncode == 2 and "no extra wings" in done.stdout and "learned" in done.stdout


CLOSED = {
    "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
    "PIP_CONFIG_FILE": os.devnull,
    "PIP_FIND_LINKS": "",
    "PIP_EXTRA_INDEX_URL": "",
    "PIP_RETRIES": "1",
    "PIP_NO_CACHE_DIR": "1",
    "UV_HTTP_RETRIES": "1",
    "UV_NO_CACHE": "1",
}
"""A closed port of this machine stands for a network that is not there."""


@pytest.mark.slow
def test_no_network_is_said_with_the_installers_own_words(tmp_path: Path) -> None:
    venv = tmp_path / "Läufe & Spuren" / "venv"
    done = run_install("--dev", "--venv", str(venv), cwd=tmp_path, **CLOSED)
    assert done.returncode == 33, done.stdout + done.stderr
    assert "go online" in done.stdout and "onnection" in done.stdout
    assert json.loads((venv / install.MARKER).read_text(encoding="utf-8"))["complete"] is False


@pytest.mark.slow
@posix_only
@pytest.mark.parametrize("version", ["3.6", "3.8", "3.10"])
def test_an_old_python_sets_up_with_a_newer_one(tmp_path: Path, version: str) -> None:
    """The whole way up to the packages, which a closed port does not give."""
    known = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
    python = str(known[-1]) if known else shutil.which(f"python{version}")
    if python is None:
        pytest.skip(f"no Python {version} here")
    uv = shutil.which("uv", path=str(Path(sys.executable).parent))
    if uv is None:
        pytest.skip("uv is not installed")
    path = os.pathsep.join([str(Path(uv).parent), os.environ["PATH"]])
    seed = {key: value for key, value in CLOSED.items() if "CACHE" not in key}
    done = run_install("--dev", "--venv", str(tmp_path / "venv"), cwd=tmp_path, python=python, PATH=path, **seed)
    assert "making an environment" in done.stdout and done.returncode == 33, done.stdout + done.stderr


@pytest.mark.slow
def test_an_environment_is_made_and_kept(tmp_path: Path) -> None:
    """The first run makes the environment; the second finds it whole and makes nothing."""
    venv = tmp_path / "Läufe & Spuren" / "venv"
    inside = install.make_environment(venv, sys.executable)
    assert inside == install.platform.python_version()
    stamp = (venv / "pyvenv.cfg").stat().st_mtime_ns
    install.write_marker(venv, {"complete": True})
    assert install.make_environment(venv, sys.executable) == inside
    assert (venv / "pyvenv.cfg").stat().st_mtime_ns == stamp
    # A Python that was upgraded away leaves a broken environment, which is made anew.
    shutil.rmtree(venv / ("Scripts" if os.name == "nt" else "bin"))
    assert install.make_environment(venv, sys.executable) == inside
