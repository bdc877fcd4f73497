#!/usr/bin/env bash
# Delete the perf.json of all runs but the newest; the rest of each run stays. The verb: mtbsync prune-perf
set -euo pipefail
if [ $# -lt 1 ]; then
    echo "usage: dashboard_cleanup.sh ROOT [KEEP, 200 by default] [--dry-run]" >&2
    exit 2
fi
mtbsync prune-perf --root "$1" --keep "${2:-200}" "${@:3}"
