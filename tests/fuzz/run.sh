#!/usr/bin/env bash
# Runs the fuzz targets and says what each did: run.sh [--minutes N | --seconds N] [--build FOLDER] [TARGET...]
#   --minutes N   of processor time for each target, at the lowest priority; what it finds to be of use stays
#                 in the build folder for the next time
#   --seconds N   for each target, from the kept corpus alone
# Built by: cmake --preset fuzz && cmake --build --preset fuzz
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=$here/../../build/fuzz
seconds=8
minutes=
timeout=10  # of time that passes, which at the lowest priority says little
targets=()
while [ $# -gt 0 ]; do
  case $1 in
    --minutes) minutes=$2 && timeout=300 && shift 2 ;;
    --seconds) seconds=$2 && shift 2 ;;
    --build) build=$2 && shift 2 ;;
    *) targets+=("$1") && shift ;;
  esac
done
build=$(cd "$build" && pwd)/tests/fuzz
[ ${#targets[@]} -gt 0 ] || targets=(csv cifar idx numpy wav model_file tflite rtneural)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# Models are written as sources many times a second: into memory.
ETCH_FUZZ_FOLDER=$(mktemp -d -p "$([ -w /dev/shm ] && echo /dev/shm || echo "$scratch")")
trap 'rm -rf "$scratch" "$ETCH_FUZZ_FOLDER"' EXIT
export ETCH_FUZZ_FOLDER

# slice TARGET KEPT SECONDS: one run; adds to the target's executions and processor time.
slice() {
  local target=$1 kept=$2 log=$scratch/$1.log
  local folders=("$kept" "$build/corpus/$target")
  [ ! -d "$here/findings/$target" ] || folders+=("$here/findings/$target")
  local TIMEFORMAT='%U %S'
  # shellcheck disable=SC2086
  if ! { time ${minutes:+nice -n 19} "$build/fuzz_$target" -max_total_time="$3" -timeout="$timeout" -rss_limit_mb=2048 -max_len=16384 \
    -print_final_stats=1 -artifact_prefix="$build/$target-" "${folders[@]}" >"$log" 2>&1; } 2>"$scratch/time"; then
    grep -v '^#' "$log" | tail -n 60
    echo "$target: a finding, see $build/$target-*"
    return 1
  fi
  executions=$((executions + $(sed -n 's/^stat::number_of_executed_units: *//p' "$log")))
  processor=$(awk -v a="$processor" '{ sum = a + $1 + $2 } END { print sum }' "$scratch/time")
  reached=$(sed -n 's/.* cov: \([0-9]*\) ft: \([0-9]*\) .*/\1 edges, \2 features/p' "$log" | tail -n 1)
}

for target in "${targets[@]}"; do
  executions=0 processor=0 reached=
  if [ -z "$minutes" ]; then
    mkdir -p "$scratch/$target"
    slice "$target" "$scratch/$target" "$seconds"
  else
    mkdir -p "$build/kept/$target"
    while awk -v p="$processor" -v m="$minutes" 'BEGIN { exit !(p < 60 * m) }'; do
      slice "$target" "$build/kept/$target" 60
    done
  fi
  awk -v t="$target" -v e="$executions" -v p="$processor" -v r="$reached" \
    'BEGIN { printf "%s: %d executions in %.1f minutes of processor time, %s\n", t, e, p / 60, r }'
done
