"""A notification of the operating system: it ends no run, and none waits for it.

Its texts are arguments or environment variables of a program, never a part of its code.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from html import escape
from pathlib import PureWindowsPath
from typing import Mapping

from .engine import clean_environment
from .texts import text

TITLE = text("product")
_LONGEST = 240
"""Characters of a text: systems show two to four lines."""
_GIVEN_UP_S = 20.0
"""After which a program that still runs is killed."""
_APPLESCRIPT = ("on run argv", "display notification (item 2 of argv) with title (item 1 of argv)", "end run")
# A toast needs the id of an installed application: this is PowerShell's own. Both texts come from the environment.
_POWERSHELL = """
$null = [Windows.UI.Notifications.ToastNotificationManager, Windows.UI.Notifications, ContentType = WindowsRuntime]
$null = [Windows.UI.Notifications.ToastNotification, Windows.UI.Notifications, ContentType = WindowsRuntime]
$kind = [Windows.UI.Notifications.ToastTemplateType]::ToastText02
$xml = [Windows.UI.Notifications.ToastNotificationManager]::GetTemplateContent($kind)
$lines = $xml.GetElementsByTagName('text')
$null = $lines.Item(0).AppendChild($xml.CreateTextNode($env:MTBSYNC_TITLE))
$null = $lines.Item(1).AppendChild($xml.CreateTextNode($env:MTBSYNC_TEXT))
$id = '{1AC14E77-02E7-4E5D-B744-2EB1AE5198B7}\\WindowsPowerShell\\v1.0\\powershell.exe'
$toast = [Windows.UI.Notifications.ToastNotification]::new($xml)
[Windows.UI.Notifications.ToastNotificationManager]::CreateToastNotifier($id).Show($toast)
"""


def notify(said: str) -> None:
    """Shows a text, where the system has a program for that."""
    command, variables = notifier(sys.platform, os.environ, said)
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**clean_environment(os.environ), **variables},
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            start_new_session=sys.platform != "win32",
        )
    except (OSError, ValueError):  # there is none, or it takes no such text
        return
    threading.Thread(target=_see_it_end, args=(process,), daemon=True).start()


def notifier(platform: str, env: Mapping[str, str], said: str) -> tuple[list[str], dict[str, str]]:
    """The program that shows a text on a platform (as `sys.platform`), and the variables that it reads."""
    shown = "".join(letter if letter.isprintable() else " " for letter in said)
    shown = shown if len(shown) <= _LONGEST else shown[: _LONGEST - 3] + "..."
    if platform == "darwin":
        lines = [word for line in _APPLESCRIPT for word in ("-e", line)]
        return ["/usr/bin/osascript", *lines, TITLE, shown], {}
    if platform == "win32":
        system = PureWindowsPath(env.get("SYSTEMROOT", "C:\\Windows")) / "System32"
        shell = str(system / "WindowsPowerShell" / "v1.0" / "powershell.exe")
        code = "; ".join(_POWERSHELL.strip().splitlines())
        return [shell, "-NoProfile", "-NonInteractive", "-Command", code], {
            "MTBSYNC_TITLE": TITLE,
            "MTBSYNC_TEXT": shown,
        }
    # Its text may have markup.
    return ["notify-send", "--app-name=" + TITLE, "--", TITLE, escape(shown, quote=False)], {}


def _see_it_end(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(_GIVEN_UP_S)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(OSError):
            process.kill()
