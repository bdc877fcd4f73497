#!/usr/bin/env bash
# Report on all runs of a folder, as OUT/report.html beside CSV and JSON. The verb: mtbsync benchmark-quality --html
set -euo pipefail
if [ $# -lt 1 ]; then
    echo "usage: run_benchmark.sh ROOT [OUT, benchmark_out by default] [more options of mtbsync benchmark-quality]" >&2
    exit 2
fi
root=$1
out=${2:-benchmark_out}
mtbsync benchmark-quality --root "$root" --out "$out" --html --strict "${@:3}"
mv -f "$out/benchmark_quality.html" "$out/report.html"
echo "report: $out/report.html"
