#!/usr/bin/env bash
# Say how good one result is, and which lines it does not keep. The verb: mtbsync benchmark-quality --root RESULT --strict
set -euo pipefail
if [ $# -ne 1 ]; then
    echo "usage: diagnose_alignment.sh RESULT" >&2
    exit 2
fi
mtbsync benchmark-quality --root "$1" --strict --no-csv --no-json
