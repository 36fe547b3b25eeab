#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# Counts instructions and, by the model of a Cortex-M4 (docs/cycles.md), cycles of a training step, a sample, its stack,
# and the bytes of code and RAM of the program. training.sh [FLAG...] [BOARD...]; default: -Os mps2-an386.
# -DETCH_NO_ASSEMBLY: portable C++ alone. -DETCH_PROFILE: also what each step of the program
# takes, instructions and then, on the Cortex-M4, cycles.
set -euo pipefail
case ${1:-} in *-O*) ;; *) set -- -Os "$@" ;; esac
source "$(dirname "$0")/firmware.sh"

plugin=$work/cycles.so
g++ -std=c++20 -O2 -shared -fPIC -I. runtime/boards/cycles/*.cpp -o "$plugin"

sources="tests/benchmarks/training/training.cpp runtime/boards/arm/stack.c"
case " ${options[*]} " in *" -DETCH_PROFILE "*) sources+=" runtime/boards/common/profile.c" ;; esac

row() {  # board network optimizer batch
  build_firmware "$1" step "$sources" -DETCH_BENCHMARK_NETWORK="$2" -DETCH_BENCHMARK_OPTIMIZER="$3" \
    -DETCH_BENCHMARK_BATCH="$4"
  local output instructions stack hash cycles="" code ram
  output=$(sh runtime/boards/arm/run.sh "$1" "$work/step.elf")
  sed '$d' <<<"$output"
  read -r instructions stack hash < <(tail -n 1 <<<"$output")
  read -r code ram < <(arm-none-eabi-size "$work/step.elf" | awk 'NR == 2 { print $1, $2 + $3 }')
  if [ "$1" = mps2-an386 ]; then
    sh runtime/boards/arm/run.sh --cycles "$plugin,roi=training_step,json=$work/count.json,table=$work/table.txt" "$1" \
      "$work/step.elf" >/dev/null
    sed -n '/^   # op/,$p' "$work/table.txt"
    cycles=$(sed -n 's/^  "most": {"cycles": \([0-9]*\),.*/\1/p' "$work/count.json")
  fi
  awk -v n="$4" -v name="$2 $3 batch $4" -v i="$instructions" -v c="$cycles" -v hash="$hash" -v code="$code" -v stack="$stack" \
    -v ram="$ram" 'BEGIN { printf "| %s | %d | %s | %d | %d | %d | %s |\n", name, i / n, c == "" ? "" : int(c / n), stack,
      code, ram, hash }'
}

for board in "$@"; do
  echo "$board, ${options[*]}:"
  echo
  echo "| | instructions a sample | cycles | stack | bytes of code, all of it | of RAM | weights |"
  echo "|---|---:|---:|---:|---:|---:|---|"
  row "$board" mlp SGD 1
  row "$board" mlp SGD 8
  row "$board" mlp Adam 8
  row "$board" head SGD 1
  row "$board" normalized SGDMomentum 8
  row "$board" last SGDMomentum 8
  row "$board" added SGDMomentum 8
  for network in wide chosen; do row "$board" "$network" SGDMomentum 1; done
  for network in convolutional depthwise lstm gru; do row "$board" "$network" SGD 1; done
  echo
done
