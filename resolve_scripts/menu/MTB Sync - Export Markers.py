"""Writes the markers of the selected clips to files.

An entry of DaVinci Resolve's menu Workspace > Scripts; the work is in mtbsync_resolve.
"""

import os
import sys
from pathlib import Path


def folders():
    """Where the package may lie: beside the menu's folder, as installed, or where Resolve keeps its scripts."""
    # Resolve gives no __file__; the path of the script is in sys.argv (facts 2.3).
    scripts = Path(sys.argv[0]).absolute().parent.parent if sys.argv and sys.argv[0] else Path.home()
    vendor = Path("Blackmagic Design", "DaVinci Resolve")
    support = Path("Library", "Application Support")
    products = [
        Path(os.environ.get("APPDATA", "")) / vendor / "Support",
        Path(os.environ.get("PROGRAMDATA", "")) / vendor,
        Path.home() / support / vendor,
        Path("/") / support / vendor,
        Path.home() / support,
        Path.home() / ".local" / "share" / "DaVinciResolve",
        Path("/opt/resolve"),
    ]
    places = [scripts] + [product / "Fusion" / "Scripts" for product in products if product.is_absolute()]
    return [scripts] + [place / "MTB Sync" for place in places]


def start(entry):
    """Runs an entry of the package, or says that the package is not there."""
    for folder in folders():
        if (folder / "mtbsync_resolve" / "entries.py").is_file():
            sys.path.insert(0, str(folder))
            entries = __import__("mtbsync_resolve.entries", fromlist=["run"])
            entries.run(entry, globals())
            return
    print("MTB Sync: its files are missing. Run: mtbsync resolve install")
    print("Looked in: " + ", ".join(str(folder) for folder in folders()))


start("export")
