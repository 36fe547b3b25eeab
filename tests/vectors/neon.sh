#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# neon.sh COMPILER EMULATOR FOLDER ROOT CATCH SOURCE...: tests of kernels of vectors of floats, compiled for Arm64 and run
# in the emulator. CATCH is the folder of Catch2's headers.
compiler=$1 emulator=$2 folder=$3 root=$4 catch=$5
shift 5
mkdir -p "$folder"
flags="-std=c++20 -Wall -Wextra -Werror -ffp-contract=off -fno-math-errno -fno-trapping-math -idirafter $catch -I$root
  -I$root/include"
# shellcheck disable=SC2086
"$compiler" $flags -O0 -c "$root/tests/unit/main.cpp" -o "$folder/main.o" || exit 1
for optimize in "-O2" "-O2 -DETCH_WIDER_LANES -Wno-psabi"; do
  # shellcheck disable=SC2086
  "$compiler" $flags $optimize -static "$@" "$folder/main.o" -o "$folder/vectors" && "$emulator" "$folder/vectors" ||
    exit 1
done
