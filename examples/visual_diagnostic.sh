#!/usr/bin/env bash
# Draw how two runs fit. The verb: mtbsync viewer --headless --timewarp-json RESULT/timewarp.json --out-png RESULT/diagnostic.png
set -euo pipefail
if [ $# -lt 1 ]; then
    echo "usage: visual_diagnostic.sh RESULT [REFERENCE_MARKERS.csv]" >&2
    exit 2
fi
result=$1
markers=()
if [ $# -gt 1 ]; then
    markers=(--ref-markers "$2")
fi
mtbsync viewer --headless --timewarp-json "$result/timewarp.json" --out-png "$result/diagnostic.png" ${markers[@]+"${markers[@]}"}
