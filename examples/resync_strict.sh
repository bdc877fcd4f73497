#!/usr/bin/env bash
# Align two runs again, and fail (exit 6) when the result needs a look. The verb: mtbsync sync --strict
set -euo pipefail
if [ $# -lt 3 ]; then
    echo "usage: resync_strict.sh REFERENCE NEW RESULT [more options of mtbsync sync]" >&2
    exit 2
fi
reference=$1
new=$2
result=$3
shift 3
mtbsync sync --reference "$reference" --new "$new" --out "$result" --strict "$@"
