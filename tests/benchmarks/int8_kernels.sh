#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# Counts the instructions of the int8 kernels in QEMU and prints a Markdown table.
# int8_kernels.sh [FLAG...] [BOARD...], the board's kernels beside the portable ones; default: -O2 mps2-an386.
# The size mode: int8_kernels.sh -Os -DETCH_SIZE_KERNELS
set -euo pipefail
cd "$(dirname "$0")/../.."
options=()
while [[ ${1:-} == -* ]]; do
  options+=("$1")
  shift
done
[ ${#options[@]} -gt 0 ] || options=(-O2)
[ $# -gt 0 ] || set -- mps2-an386
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

build() {  # board name definitions...
  local board=$1 name=$2 source objects=()
  local flags=(@runtime/boards/arm/"$board"/flags "${options[@]}" -ffunction-sections -fdata-sections -ffp-contract=off
    -fno-math-errno -I. -Iinclude -Iruntime/boards/arm/"$board")
  shift 2
  for source in tests/benchmarks/int8_kernels/*.cpp runtime/boards/arm/{startup,console,counter}.c; do
    local object=$work/$name-$(basename "$source").o
    case $source in
      *.cpp) arm-none-eabi-g++ -std=c++20 -fno-exceptions -fno-rtti "${flags[@]}" "$@" -c "$source" -o "$object" ;;
      *) arm-none-eabi-gcc -std=c99 "${flags[@]}" -c "$source" -o "$object" ;;
    esac
    objects+=("$object")
  done
  arm-none-eabi-g++ @runtime/boards/arm/"$board"/flags -nostartfiles --specs=nano.specs --specs=nosys.specs \
    -Wl,--gc-sections -Lruntime/boards/arm -T runtime/boards/arm/"$board"/board.ld "${objects[@]}" -o "$work/$name.elf"
  sh runtime/boards/arm/run.sh "$board" "$work/$name.elf" >"$work/$name.txt"
}

for board in "$@"; do
  build "$board" kernel
  build "$board" portable -DETCH_PORTABLE_KERNELS
  echo "$board ($(arm-none-eabi-g++ --version | sed -n 's/.*) \([0-9.]*\) .*/g++ \1/p;1q'), ${options[*]}):"
  echo
  echo "| model | layer | MACs | instructions | per MAC | portable |"
  echo "|---|---|---|---|---|---|"
  paste "$work/kernel.txt" "$work/portable.txt" | awk -F'\t' '
    { printf "| %s | %s | %d | %d | %.2f | %.2f |\n", $1, $2, $3, $4, $4 / $3, $8 / $3 }'
  echo
done
