"""`install.py`: what it finds, what it says, what it leaves alone. Real folders, real processes, fake Pythons."""

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
posix_only = pytest.mark.skipif(os.name == "nt", reason="the fake Pythons are shell scripts")


def python(version: tuple[int, int, int] = (3, 12, 4), **changes: object) -> install.Interpreter:  # type: ignore[name-defined]
    """A fitting interpreter, but for `changes`."""
    facts = install.Interpreter("/usr/bin/python3", version, "cpython", 64, False, True)
    return facts._replace(**changes)


def fake_python(path: Path, version: str, *, ready: bool = True, bits: int = 64, works: bool = True) -> Path:
    """A program that answers install.py's question as a Python of that version would."""
    path.parent.mkdir(parents=True, exist_ok=True)
    answer = f"mtbsync-probe {version.replace('.', ' ')} cpython {bits} 0 {int(ready)} {os.fsencode(path).hex()}"
    path.write_text(f"#!/bin/sh\n{f'echo {answer}' if works else 'exit 127'}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


# ---- versions and wording


def test_the_supported_versions_are_those_of_the_package() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        text = tomllib.load(file)["project"]["requires-python"]
    assert text == f">=3.{install.SUPPORTED[-1][1]},<3.{install.SUPPORTED[0][1] + 1}"
    assert install.supported_text() == "3.11, 3.12 or 3.13"


@pytest.mark.parametrize(
    ("interpreter", "said"),
    [
        (python((3, 8, 18)), "3.8.18 is older"),
        (python((3, 14, 0)), "3.14.0 is newer"),
        (python(implementation="pypy"), "pypy"),
        (python(bits=32), "32-bit"),
        (python(free_threaded=True), "free-threaded"),
    ],
)
def test_an_unfit_python_is_named_with_its_reason(interpreter: install.Interpreter, said: str) -> None:  # type: ignore[name-defined]
    assert said in interpreter.unfit()


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 12, 9), (3, 13, 1)])
def test_supported_pythons_fit(version: tuple[int, int, int]) -> None:
    assert python(version).unfit() is None


def test_the_running_python_is_kept_when_it_fits() -> None:
    current = python((3, 11, 7))
    assert install.choose(current, [python((3, 13, 0))], "Linux") is current


def test_another_python_is_taken_when_the_running_one_is_too_old() -> None:
    other = python((3, 13, 0))
    assert install.choose(python((3, 8, 0)), [other], "Linux") is other


def test_another_python_is_taken_when_the_running_one_has_no_venv() -> None:
    other = python((3, 12, 0))
    assert install.choose(python((3, 11, 2), ready=False), [other], "Linux") is other


@pytest.mark.parametrize(
    ("system", "advice"), [("Windows", "py install.py"), ("Darwin", "brew install"), ("Linux", "apt install")]
)
def test_too_old_and_none_found_says_what_to_install(system: str, advice: str) -> None:
    with pytest.raises(install.SetupError) as caught:
        install.choose(python((3, 9, 1)), [], system)
    assert "3.9.1 is older" in caught.value.message
    assert advice in caught.value.hint
    assert caught.value.exit_code == 30


def test_no_venv_module_names_the_debian_package() -> None:
    with pytest.raises(install.SetupError) as caught:
        install.choose(python((3, 11, 2), ready=False), [], "Linux")
    assert "python3.11-venv" in caught.value.hint
    assert caught.value.exit_code == 31


def test_intel_macs_get_a_python_that_opentimelineio_has_wheels_for() -> None:
    assert install.wanted_versions("Darwin", "x86_64") == ((3, 12), (3, 11))
    assert install.wanted_versions("Darwin", "arm64")[0] == (3, 13)


def test_on_an_intel_mac_the_newest_python_is_not_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install.platform, "system", lambda: "Darwin")
    monkeypatch.setattr(install.platform, "machine", lambda: "x86_64")
    newest, other = python((3, 13, 1)), python((3, 12, 1))
    assert install.choose(newest, [other], "Darwin") is other
    with pytest.raises(install.SetupError, match="Intel Macs") as caught:
        install.choose(newest, [], "Darwin")
    assert "python@3.12" in caught.value.hint


# ---- the search


@posix_only
def test_pythons_are_found_on_path_and_in_pyenv_and_the_best_comes_first(tmp_path: Path) -> None:
    folder = tmp_path / "Läufe & Spuren"
    on_path = fake_python(folder / "bin" / "python3.11", "3.11.4")
    in_pyenv = fake_python(folder / ".pyenv" / "versions" / "3.13.2" / "bin" / "python3.13", "3.13.2")
    fake_python(folder / "bin" / "python3.12", "3.12.0", works=False)  # as pyenv's shim for a version not chosen
    fake_python(folder / "bin" / "python3", "3.9.2")
    env = {"PATH": str(folder / "bin")}
    found = [i for i in install.find_interpreters("Linux", "x86_64", env, folder) if str(folder) in i.path]
    assert [i.path for i in found] == [str(in_pyenv), str(on_path)]


@posix_only
def test_a_python_without_venv_or_with_32_bits_comes_last_or_not_at_all(tmp_path: Path) -> None:
    fake_python(tmp_path / "bin" / "python3.13", "3.13.0", ready=False)
    fake_python(tmp_path / "bin" / "python3.12", "3.12.0", bits=32)
    fake_python(tmp_path / "bin" / "python3.11", "3.11.0")
    env = {"PATH": str(tmp_path / "bin")}
    found = install.find_interpreters("Linux", "x86_64", env, tmp_path)
    mine = [Path(i.path).name for i in found if str(tmp_path) in i.path]
    assert mine == ["python3.11", "python3.13"]


def test_one_version_can_be_asked_for() -> None:
    here = sys.version_info[:2]
    env = {"PATH": str(Path(sys.executable).parent)}
    found = install.find_interpreters("Linux", "x86_64", env, Path.home(), only=here)
    assert all(i.version[:2] == here for i in found)


def test_asking_this_python_and_asking_rubbish(tmp_path: Path) -> None:
    answer = install.ask(sys.executable)
    assert answer.version == sys.version_info[:3]
    assert answer.path == sys.executable
    assert install.ask(str(tmp_path / "nothing")) is None
    assert install.ask(str(tmp_path)) is None


@pytest.mark.parametrize(
    ("system", "expected"),
    [
        ("Windows", "Programs/Python/Python312/python.exe"),
        ("Darwin", "Python.framework/Versions/3.12/bin/python3.12"),
        ("Linux", "/usr/bin/python3.12"),
    ],
)
def test_the_usual_places_of_each_system_are_looked_at(system: str, expected: str, tmp_path: Path) -> None:
    env = {"LOCALAPPDATA": "C:/Users/J/AppData/Local"}
    listed = [Path(p).as_posix() for p in install.places((3, 12), system, env, tmp_path)]
    assert any(path.endswith(expected) for path in listed)


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
    assert install.data_folder(system, env, Path("home")).as_posix() == expected


def test_programs_of_an_environment() -> None:
    assert install.program_in(Path("v"), "python", "Windows").as_posix() == "v/Scripts/python.exe"
    assert install.program_in(Path("v"), "mtbsync", "Linux").as_posix() == "v/bin/mtbsync"


@posix_only
def test_the_launcher_starts_the_command_from_a_folder_with_spaces(tmp_path: Path) -> None:
    venv = tmp_path / "it's Jörg's data" / "venv"
    program = venv / "bin" / "mtbsync"
    program.parent.mkdir(parents=True)
    program.write_text('#!/bin/sh\necho "got $1"\n', encoding="utf-8")
    program.chmod(0o755)
    launcher = install.write_launcher(venv.parent / "bin", venv, "Linux")
    shown = subprocess.run([launcher, "two words"], capture_output=True, encoding="utf-8", check=True).stdout
    assert shown == "got two words\n"


def test_the_windows_launcher_is_ascii_and_relative(tmp_path: Path) -> None:
    data = tmp_path / "Jörg"
    text = install.write_launcher(data / "bin", data / "venv", "Windows").read_bytes()
    assert text == b'@"%~dp0..\\venv\\Scripts\\mtbsync.exe" %*\r\n'


def test_children_do_not_inherit_what_bends_python() -> None:
    env = install.clean_environment({"PYTHONPATH": "/opt/resolve", "PIP_USER": "1", "HOME": "/h"})
    assert env == {"HOME": "/h", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


# ---- the stamp


def small_checkout(folder: Path) -> Path:
    """The least that an installation looks at."""
    for package in install.PACKAGES:
        (folder / package).mkdir(parents=True)
        (folder / package / "__init__.py").write_text("", encoding="utf-8")
    (folder / "pyproject.toml").write_text("[project]\n", encoding="utf-8")
    return folder


def test_an_installation_for_daily_use_follows_every_source_file(tmp_path: Path) -> None:
    root = small_checkout(tmp_path / "Läufe")
    before = install.wanted_stamp(root, False, [], "3.12.1")
    assert before == install.wanted_stamp(root, False, [], "3.12.1")
    (root / "otio_adapters" / "edl.py").write_text("x = 1\n", encoding="utf-8")
    assert install.wanted_stamp(root, False, [], "3.12.1") != before


def test_an_editable_installation_follows_pyproject_python_and_extras_only(tmp_path: Path) -> None:
    root = small_checkout(tmp_path)
    before = install.wanted_stamp(root, True, [], "3.12.1")
    (root / "otio_adapters" / "edl.py").write_text("x = 1\n", encoding="utf-8")
    assert install.wanted_stamp(root, True, [], "3.12.1") == before
    assert install.wanted_stamp(root, True, ["dev"], "3.12.1") != before
    assert install.wanted_stamp(root, True, [], "3.13.0") != before
    (root / "pyproject.toml").write_text("[project]\nname = 'other'\n", encoding="utf-8")
    assert install.wanted_stamp(root, True, [], "3.12.1") != before


def test_a_marker_is_ours_or_it_is_none(tmp_path: Path) -> None:
    assert install.read_marker(tmp_path) is None
    (tmp_path / install.MARKER).write_text("{", encoding="utf-8")
    assert install.read_marker(tmp_path) is None
    (tmp_path / install.MARKER).write_text('{"made_by": "somebody"}', encoding="utf-8")
    assert install.read_marker(tmp_path) is None
    stamp = install.wanted_stamp(small_checkout(tmp_path / "c"), True, [], "3.12.1")
    install.write_marker(tmp_path, stamp)
    assert install.read_marker(tmp_path) == stamp


def test_the_extras_are_read_from_pyproject() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert install.known_extras(text) == list(tomllib.loads(text)["project"]["optional-dependencies"])


def test_the_doctor_imports_every_dependency() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        lines = tomllib.load(file)["project"]["dependencies"]
    names = {re.match(r"[A-Za-z0-9-]+", line).group() for line in lines}  # type: ignore[union-attr]
    assert names == set(install.IMPORTS)


def test_an_editable_install_is_found_whatever_the_locale(tmp_path: Path) -> None:
    root = (tmp_path / "Läufe & Spuren").resolve()
    site = install.site_packages(root / ".venv", python((3, 11, 7)), "Linux")
    site.mkdir(parents=True)
    (site / "_mtbsync_resolve.pth").write_text(f"{root}\n{root}", encoding="utf-8")  # a line for each package
    (site / "other.pth").write_text("/somewhere/else", encoding="utf-8")
    install.make_paths_relative(site, root)
    lines = (site / "_mtbsync_resolve.pth").read_text(encoding="ascii").splitlines()
    assert [(site / line).resolve() for line in lines] == [root, root]
    assert (site / "other.pth").read_text(encoding="utf-8") == "/somewhere/else"


# ---- refusals and removal


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "precious.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(install.SetupError, match="not made by this script") as caught:
        install.make_environment(tmp_path, sys.executable, install.platform.system())
    assert caught.value.exit_code == 32
    assert [p.name for p in tmp_path.iterdir()] == ["precious.txt"]


def test_no_write_access_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(install.SetupError, match="Cannot write to") as caught:
        install.make_environment(tmp_path / "file" / "venv", sys.executable, install.platform.system())
    assert caught.value.exit_code == 32
    assert "--venv" in caught.value.hint


def test_uninstall_removes_what_it_made_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkout, data = tmp_path / "checkout", tmp_path / "data"
    monkeypatch.setattr(install, "ROOT", checkout)
    mine, foreign = checkout / ".venv", checkout / ".venv-mine"
    for folder in (mine, foreign, data / "venv", data / "bin"):
        folder.mkdir(parents=True)
    for folder in (mine, data / "venv"):
        install.write_marker(folder, {"made_by": "mtbsync install.py", "complete": True})
    (data / "bin" / "mtbsync").write_text("", encoding="utf-8")
    (foreign / "keep").write_text("", encoding="utf-8")
    assert install.uninstall(data / "venv", data / "bin", "Linux") == 0
    assert not mine.exists()
    assert not data.exists()
    assert (foreign / "keep").exists()


def test_uninstall_keeps_the_users_files_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "ROOT", tmp_path / "checkout")
    data = tmp_path / "data"
    (data / "venv").mkdir(parents=True)
    install.write_marker(data / "venv", {"made_by": "mtbsync install.py"})
    (data / "notes.txt").write_text("", encoding="utf-8")
    install.uninstall(data / "venv", data / "bin", "Linux")
    assert [p.name for p in data.iterdir()] == ["notes.txt"]


# ---- DaVinci Resolve


def engine_that_says(venv: Path, answer: dict[str, object]) -> Path:
    """A Python of an environment that answers every call with some JSON and notes down how it was called."""
    program = venv / "bin" / "python"
    program.parent.mkdir(parents=True)
    (venv / "answer.json").write_text(json.dumps(answer), encoding="utf-8")
    text = '#!/bin/sh\necho "$@" >> "$(dirname "$0")/../calls"\ncat "$(dirname "$0")/../answer.json"\n'
    program.write_text(text, encoding="utf-8")
    program.chmod(0o755)
    return program


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
    venv = tmp_path / "Jörg's venv"
    python = engine_that_says(venv, answer)
    assert install.into_resolve(str(python), named) == exit_code
    out = capsys.readouterr().out
    assert said in out
    assert ("note: worth knowing" in out) is ("notes" in answer)
    expected = "-m mtbsync_core resolve install --json" + (f" --resolve-dir {named}" if named else "")
    assert (venv / "calls").read_text(encoding="utf-8").strip() == expected


def test_an_engine_that_cannot_say_anything_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert install.into_resolve(str(tmp_path / "gone"), None) == 35
    assert "mtbsync resolve install" in capsys.readouterr().out


@posix_only
def test_uninstall_takes_the_scripts_out_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(install, "ROOT", tmp_path / "checkout")
    venv, calls = tmp_path / "data" / "venv", tmp_path / "calls"
    engine_that_says(venv, {"resolve": [{"scripts": "/r/Fusion/Scripts"}], "notes": ["kept one"]})
    (venv / "calls").symlink_to(calls)
    install.write_marker(venv, {"made_by": "mtbsync install.py"})
    assert install.uninstall(venv, tmp_path / "data" / "bin", "Linux", "/r") == 0
    assert calls.read_text(encoding="utf-8").strip() == "-m mtbsync_core resolve uninstall --json --resolve-dir /r"
    out = capsys.readouterr().out
    assert "removing the menu entries below /r/Fusion/Scripts" in out and "note: kept one" in out
    assert not venv.exists()


@posix_only
def test_the_doctor_hands_over_to_the_engines_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "ROOT", tmp_path / "checkout")
    venv = tmp_path / "venv"
    python = engine_that_says(venv, {})
    install.write_marker(venv, {"made_by": "mtbsync install.py", "complete": True})
    monkeypatch.setattr(
        install, "ask", lambda _: install.Interpreter(str(python), (3, 12, 1), "cpython", 64, False, True)
    )
    monkeypatch.setattr(install, "imports", lambda *_: {})
    current = install.ask("")
    assert install.doctor(venv, current, "Linux", [], "/r") == 0
    assert (venv / "calls").read_text(encoding="utf-8").splitlines()[-1] == "-m mtbsync_core doctor --resolve-dir /r"


def test_a_folder_of_resolve_goes_with_daily_use_only(tmp_path: Path) -> None:
    done = run_install("--dev", "--resolve-dir", str(tmp_path), cwd=tmp_path)
    assert done.returncode == 2 and "--resolve-dir is for" in done.stderr


# ---- pip's troubles


@pytest.mark.parametrize(
    ("output", "exit_code", "advice"),
    [
        ("Failed to establish a new connection: [Errno 111] Connection refused", 33, "go online"),
        ("WARNING: Retrying ... NameResolutionError: Failed to resolve: getaddrinfo failed", 33, "go online"),
        ("SSLError(SSLCertVerificationError(1, 'CERTIFICATE_VERIFY_FAILED'))", 33, "PIP_CERT"),
        ("OSError: [Errno 28] No space left on device", 34, "disk is full"),
        ("ERROR: [WinError 5] Access is denied: 'mtbsync.exe'", 32, "close programs"),
        ("ERROR: No matching distribution found for av", 34, "wheel"),
        ("something that nobody has seen before", 34, "pip's own"),
    ],
)
def test_what_pip_says_is_explained(output: str, exit_code: int, advice: str) -> None:
    assert install.explain_pip(output)[0] == exit_code
    assert advice in install.explain_pip(output)[1]


def run_install(
    *arguments: str, cwd: Path, python: str = sys.executable, **env: str
) -> subprocess.CompletedProcess[str]:
    """install.py as a person starts it, from another folder."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    command = [python, str(ROOT / "install.py"), *arguments]
    return subprocess.run(
        command, cwd=cwd, env={**kept, **env}, capture_output=True, encoding="utf-8", errors="replace", check=False
    )


def test_usage_errors_exit_2(tmp_path: Path) -> None:
    assert run_install("--demo", "--test", cwd=tmp_path).returncode == 2
    done = run_install("--with", "wings", cwd=tmp_path)
    assert done.returncode == 2
    assert "no extra wings" in done.stdout
    assert "learned" in done.stdout


@pytest.mark.slow
def test_no_network_is_said_with_pips_own_words(tmp_path: Path) -> None:
    """A closed port of this machine stands for a network that is not there."""
    closed = {
        "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_FIND_LINKS": "",
        "PIP_EXTRA_INDEX_URL": "",
        "PIP_RETRIES": "1",
        "PIP_NO_CACHE_DIR": "1",
    }
    venv = tmp_path / "Läufe & Spuren" / "venv"
    done = run_install("--dev", "--venv", str(venv), cwd=tmp_path, **closed)
    assert done.returncode == 33, done.stdout + done.stderr
    assert "go online" in done.stdout
    assert "pip's last lines" in done.stdout
    assert "onnection" in done.stdout.split("pip's last lines")[1]
    assert (venv / "install.log").is_file()
    marker = json.loads((venv / install.MARKER).read_text(encoding="utf-8"))
    assert marker["complete"] is False


@pytest.mark.slow
@posix_only
def test_an_old_python_hands_over_to_a_newer_one(tmp_path: Path) -> None:
    """Any Python from 3.6 on that this machine has: it reads the script and finds the fitting one."""
    pyenv = Path.home().glob(".pyenv/versions/3.*/bin/python")
    answers = [answer for path in pyenv if (answer := install.ask(str(path)))]
    old = sorted((i for i in answers if i.version < (3, 11)), key=lambda i: i.version)
    if not old:
        pytest.skip("no older Python here")
    here = str(Path(sys.executable).parent)
    (tmp_path / "file").write_text("", encoding="utf-8")
    for interpreter in {old[0], old[-1]}:
        where = str(tmp_path / "file" / "venv")
        done = run_install("--venv", where, cwd=tmp_path, python=interpreter.path, PATH=here)
        assert "using Python" in done.stdout, done.stderr
        assert done.returncode == 32, "the other Python's exit code comes through"


@pytest.mark.slow
def test_a_fake_environment_is_made_and_kept(tmp_path: Path) -> None:
    """The first run makes the environment; the second finds it whole and makes nothing."""
    venv = tmp_path / "Läufe & Spuren" / "venv"
    system = install.platform.system()
    inside = install.make_environment(venv, sys.executable, system)
    assert inside.version == sys.version_info[:3]
    stamp = (venv / "pyvenv.cfg").stat().st_mtime_ns
    assert install.make_environment(venv, sys.executable, system) == inside
    assert (venv / "pyvenv.cfg").stat().st_mtime_ns == stamp
    # A Python that was upgraded away leaves a broken environment, which is made anew.
    shutil.rmtree(venv / ("Scripts" if os.name == "nt" else "bin"))
    assert install.make_environment(venv, sys.executable, system).version == sys.version_info[:3]
