"""Notifications: the text is never code, programs of the system get no variables of Resolve's, and nothing waits."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import pytest

from resolve_scripts.mtbsync_resolve import notification
from resolve_scripts.mtbsync_resolve.notification import notifier, notify

AWKWARD = '-e \'x\'; $(rm -rf ~) `id` "; do shell script "id" & <b>bold</b> %PATH% \u00e4'


@pytest.mark.parametrize("platform", ["win32", "darwin", "linux"])
def test_a_text_is_data(platform: str) -> None:
    plain, variables = notifier(platform, {}, "plain")
    awkward, others = notifier(platform, {}, AWKWARD)
    if platform == "win32":
        assert plain == awkward and others == {**variables, "MTBSYNC_TEXT": AWKWARD}
        assert '"' not in plain[-1] and "\n" not in plain[-1], "it is quoted for the command line"
        assert plain[0] == "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe"
    else:
        assert not variables and plain[:-1] == awkward[:-1], "only the last argument differs"
        # Notifications of Linux may have markup; options end at `--`, those of osascript at its first argument.
        shown = AWKWARD.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        assert awkward[-1] == (AWKWARD if platform == "darwin" else shown)
        assert plain[-2] == "MTB Sync" and (platform == "darwin" or plain[-3] == "--")


def test_control_characters_and_long_texts() -> None:
    command, _ = notifier("darwin", {}, "a\x00b\nc" + 300 * "d")
    assert command[-1].startswith("a b c") and len(command[-1]) == 240 and command[-1].endswith("...")


def test_a_program_in_a_clean_environment_that_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends only when it finds a file that is written after `notify` came back."""
    code = (
        "import json, os, pathlib, sys, time; folder = pathlib.Path(sys.argv[1])\n"
        "while not (folder / 'go').exists(): time.sleep(0.01)\n"
        "(folder / 'part').write_text(json.dumps(dict(os.environ)))\n"
        "(folder / 'part').replace(folder / 'env')"
    )
    command = [sys.executable, "-I", "-S", "-c", code, str(tmp_path)]
    monkeypatch.setattr(notification, "notifier", lambda *_: (command, {"MTBSYNC_TEXT": "text"}))
    for name in ("LD_LIBRARY_PATH", "PYTHONHOME", "DYLD_LIBRARY_PATH"):
        monkeypatch.setenv(name, "of Resolve")
    notify("text")
    (tmp_path / "go").touch()
    while not (tmp_path / "env").exists():
        time.sleep(0.01)
    env = json.loads((tmp_path / "env").read_text(encoding="utf-8"))
    assert env["MTBSYNC_TEXT"] == "text" and "of Resolve" not in env.values()


def test_a_system_without_such_a_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notification, "notifier", lambda *_: (["/no/such/program"], {}))
    notify("text")
