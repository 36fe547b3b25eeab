#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# Counts instructions and, by the model of a Cortex-M4, cycles of dense layers, each product rounded before its sum
# (separate) or both at once (fused).
# numerics.sh PLUGIN [FLAG...] [BOARD...]; default: -O2 mps2-an386. -DETCH_BENCHMARK_PANELS: predictions with weights in
# panels. PARAMETERS: more of them for the plugin. PLUGIN: a plugin of QEMU that counts cycles between
# the entry of a function and its return, and takes roi=FUNCTION and ws=WAITSTATES.
set -euo pipefail
cd "$(dirname "$0")/../.."
[ $# -gt 0 ] || { sed -n '3,8s/^# //p' "$0" >&2; exit 2; }
plugin=$(realpath "$1")
shift
options=()
while [[ ${1:-} == -* ]]; do
  options+=("$1")
  shift
done
[ ${#options[@]} -gt 0 ] || options=(-O2)
[ $# -gt 0 ] || set -- mps2-an386
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Wait states of flash: none, and 5 with lines of 16 bytes, prefetched, 64 of instructions and 16 of data.
no_waits=ws=0 waits=ws=5,shadow=2,ilines=64,dlines=16

build() {  # board numerics
  local objects=() source flags=(@runtime/boards/arm/"$1"/flags "${options[@]}" -ffunction-sections -fdata-sections
    -ffp-contract=off -fno-math-errno -I. -Iinclude -Iruntime/boards/arm/"$1")
  for source in tests/benchmarks/numerics/numerics.cpp runtime/boards/arm/{startup,console}.c; do
    local object=$work/$2-$(basename "$source").o
    case $source in
      *.cpp) arm-none-eabi-g++ -std=c++20 -fno-exceptions -fno-rtti -fconstexpr-ops-limit=1000000000 "${flags[@]}" \
        -DETCH_BENCHMARK_NUMERICS="$2" -c "$source" -o "$object" ;;
      *) arm-none-eabi-gcc -std=c99 "${flags[@]}" -c "$source" -o "$object" ;;
    esac
    objects+=("$object")
  done
  arm-none-eabi-g++ @runtime/boards/arm/"$1"/flags -nostartfiles --specs=nano.specs --specs=nosys.specs \
    -Wl,--gc-sections -Lruntime/boards/arm -T runtime/boards/arm/"$1"/board.ld "${objects[@]}" -o "$work/$2.elf"
}

count() {  # board numerics row parameters: instructions and cycles
  qemu-system-arm -M "$1" -display none -monitor none -serial null -semihosting-config enable=on,target=native \
    -icount shift=0 -kernel "$work/$2.elf" -plugin "$plugin,$4${PARAMETERS:+,$PARAMETERS},roi=row_$3" \
    2>"$work/count.txt" >/dev/null || { cat "$work/count.txt" >&2; return 1; }
  sed -n 's/^calls 1 insns \([0-9]*\) cycles \([0-9]*\) .*/\1 \2/p' "$work/count.txt"
}

for board in "$@"; do
  build "$board" separate
  build "$board" fused
  echo "$board, ${options[*]}:"
  echo
  echo "| row | instructions | fused | cycles, 0 WS | fused | cycles, 5 WS | fused |"
  echo "|---|---:|---:|---:|---:|---:|---:|"
  for row in xor digits mnist residual layer step update; do
    printf '%s %s %s %s %s\n' $row "$(count "$board" separate $row $no_waits)" "$(count "$board" fused $row $no_waits)" \
      "$(count "$board" separate $row $waits)" "$(count "$board" fused $row $waits)" |
      awk '{ printf "| %s | %d | %d | %d | %d (%+.1f %%) | %d | %d (%+.1f %%) |\n", $1, $2, $4, $3, $5,
             100 * ($5 / $3 - 1), $7, $9, 100 * ($9 / $7 - 1) }'
  done
  echo
done
