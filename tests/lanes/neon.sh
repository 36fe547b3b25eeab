#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# neon.sh COMPILER EMULATOR FOLDER ROOT SOURCE...: the comparisons of int8 kernels, compiled for Arm64 at -O1 and -O3 and
# run in the emulator.
compiler=$1 emulator=$2 folder=$3 root=$4
shift 4
mkdir -p "$folder"
for optimize in -O1 -O3; do
  "$compiler" -std=c++20 $optimize -static -Wall -Wextra -Werror -ffp-contract=off -fno-math-errno -fno-trapping-math \
    -I"$root" -I"$root/include" -c "$root/tests/lanes/console.cpp" -o "$folder/console.o" || exit 1
  objects=$folder/console.o
  for source in "$@"; do
    object=$folder/$(basename "$source").o
    "$compiler" -std=c++20 $optimize -Wall -Wextra -Werror -ffp-contract=off -fno-math-errno -fno-trapping-math \
      -Dmain=kernels_main -I"$root" -I"$root/include" -c "$source" -o "$object" || exit 1
    objects="$objects $object"
  done
  # shellcheck disable=SC2086
  "$compiler" -static $objects -o "$folder/kernels" && "$emulator" "$folder/kernels" || exit 1
done
