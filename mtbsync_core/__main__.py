"""`python -m mtbsync_core`: the command line, without relying on scripts on the PATH."""

import sys

from mtbsync_core.cli import main

if __name__ == "__main__":
    sys.exit(main())
