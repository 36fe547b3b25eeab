#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# Builds numerics.cpp with other flags, runs it, and compares what it writes with the file of the build's own program.
# compare.sh all|fused EXPECTED FOLDER RUNNER COMPILER [FLAG...]; RUNNER: an emulator, or "".
# fused compares the fused runs alone: for -ffp-contract=fast, which `separate` does not bear everywhere.
set -euo pipefail
what=$1 expected=$2 folder=$3 runner=$4 compiler=$5
shift 5
root=$(cd "$(dirname "$0")/../../.." && pwd)
mkdir -p "$folder"
limit=()
"$compiler" --version | grep -q clang || limit=(-fconstexpr-ops-limit=1000000000)
"$compiler" -x c -std=c99 -O1 -I"$root" -c "$root/tests/firmware/desktop_board.c" -o "$folder/board.o"
"$compiler" -std=c++20 "${limit[@]}" -I"$root" -I"$root/include" "$@" "$root/tests/firmware/numerics/numerics.cpp" \
  "$folder/board.o" -o "$folder/numerics"
$runner "$folder/numerics" "$folder/bits"
if [ "$what" = all ]; then
  cmp "$expected" "$folder/bits"
else  # the second half of the file
  half=$(($(stat -c %s "$expected") / 2))
  cmp -i "$half" "$expected" "$folder/bits"
fi
echo "the same bits"
