#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# Counts instructions and, by the model of a Cortex-M4 (docs/cycles.md), cycles of dense layers, each product rounded
# before its sum (separate) or both at once (fused).
# numerics.sh [FLAG...] [BOARD...]; default: -O2 mps2-an386. -DETCH_BENCHMARK_PANELS: predictions with weights in panels.
set -euo pipefail
source "$(dirname "$0")/firmware.sh"

plugin=$work/cycles.so
g++ -std=c++20 -O2 -shared -fPIC -I. runtime/boards/cycles/*.cpp -o "$plugin"

build() {  # board numerics
  build_firmware "$1" "$2" tests/benchmarks/numerics/numerics.cpp -DETCH_BENCHMARK_NUMERICS="$2"
}

count() {  # board numerics row wait_states: instructions and cycles
  qemu-system-arm -M "$1" -display none -monitor none -serial null -semihosting-config enable=on,target=native \
    -icount shift=0 -kernel "$work/$2.elf" \
    -plugin "$plugin,elf=$work/$2.elf,roi=row_$3,wait_states=$4,table=$work/table.txt,json=$work/count.json" \
    >/dev/null 2>"$work/error.txt" || { cat "$work/error.txt" >&2; return 1; }
  sed -n 's/^  "most": {"cycles": \([0-9]*\), "instructions": \([0-9]*\)}.*/\2 \1/p' "$work/count.json"
}

for board in "$@"; do
  build "$board" separate
  build "$board" fused
  echo "$board, ${options[*]}:"
  echo
  echo "| row | instructions | fused | cycles, 0 WS | fused | cycles, 5 WS | fused |"
  echo "|---|---:|---:|---:|---:|---:|---:|"
  for row in xor digits mnist residual layer step update; do
    printf '%s %s %s %s %s\n' $row "$(count "$board" separate $row 0)" "$(count "$board" fused $row 0)" \
      "$(count "$board" separate $row 5)" "$(count "$board" fused $row 5)" |
      awk '{ printf "| %s | %d | %d | %d | %d (%+.1f %%) | %d | %d (%+.1f %%) |\n", $1, $2, $4, $3, $5,
             100 * ($5 / $3 - 1), $7, $9, 100 * ($9 / $7 - 1) }'
  done
  echo
done
