"""@DOES@

An entry of DaVinci Resolve's menu Workspace > Scripts, made by `mtbsync resolve install`; the work is in the package
mtbsync_resolve.
"""

import sys
from pathlib import Path

# Resolve gives no __file__; the path of the script is in sys.argv (facts 2.3). It is right in a copied folder too.
folders = [Path(sys.argv[0]).absolute().parent.parent / "MTB Sync"] if sys.argv and sys.argv[0] else []
folders.append(Path("@FOLDER@"))

for folder in folders:
    if (folder / "mtbsync_resolve" / "entries.py").is_file():
        sys.path.insert(0, str(folder))
        __import__("mtbsync_resolve.entries", fromlist=["run"]).run("@ENTRY@", globals())
        break
else:
    print("MTB Sync: its files are missing. Run: mtbsync resolve install")
    print("Looked in: " + ", ".join(str(folder) for folder in folders))
