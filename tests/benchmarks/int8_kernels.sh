#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# Counts the instructions of the int8 kernels in QEMU and prints a Markdown table.
# int8_kernels.sh [FLAG...] [BOARD...], the board's kernels beside the portable ones; default: -O2 mps2-an386.
# The size mode: int8_kernels.sh -Os -DETCH_SIZE_KERNELS
set -euo pipefail
source "$(dirname "$0")/firmware.sh"

build() {  # board name definitions...
  build_firmware "$1" "$2" "$(echo tests/benchmarks/int8_kernels/*.cpp)" "${@:3}"
  sh runtime/boards/arm/run.sh "$1" "$work/$2.elf" >"$work/$2.txt"
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
