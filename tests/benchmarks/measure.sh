#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# Writes docs/performance.md's tables anew: measure.sh BUILD [ROUNDS], BUILD being a folder with
# -DETCH_BUILD_BENCHMARKS=ON in which the target `measured` is built. Says what is not run here.
set -euo pipefail
cd "$(dirname "$0")/../.."
programs=$1/tests/benchmarks rounds=${2:-5} results=$1/results
mkdir -p "$results"
run() {  # name arguments...
  local name=$1
  shift
  "$programs/$name" "$@" --benchmark_repetitions="$rounds" --benchmark_enable_random_interleaving=true \
    --benchmark_out="$results/$name.json" >"$results/$name.txt"
}
run peers_benchmark
files=("$results/peers_benchmark.json")
if [ -n "${ETCH_MATERIAL:-}" ]; then
  run int8_models "$ETCH_MATERIAL/models/mlperf_tiny" --benchmark_min_time=0.02
  files+=("$results/int8_models.json")
else
  echo "int8 models: not run here: ETCH_MATERIAL names no folder with them"
fi
run training_benchmark --benchmark_min_time=0.1
files+=("$results/training_benchmark.json")
python3 tests/benchmarks/compile_time.py "$results/compile_time.json" "$results/sizes.json"
files+=("$results/compile_time.json" "$results/sizes.json")
if python3 tests/benchmarks/instructions.py "$results/instructions.json"; then
  files+=("$results/instructions.json")
fi
python3 tests/benchmarks/report.py docs/performance.md docs/performance.svg "${files[@]}"
