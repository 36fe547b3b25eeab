#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# own_kernels.sh OBJDUMP OBJECT...: what the linker may take from another file (a section of its own, whose name is that
# of a C++ entity) must not refer to the code of one target, unless its own name has that target in it.
objdump=$1
shift
for object in "$@"; do
  "$objdump" -r "$object" | awk -v object="$object" '
    BEGIN { target = "(base|avx2|avx512)_[a-z_]*_(silent|hooks)" }
    /^RELOCATION RECORDS FOR/ { section = $4 }
    $3 ~ target { found = 1 }
    $3 ~ target && section ~ /[.]_Z/ && section !~ target { print section ": refers to " $3; wrong = 1 }
    END {
      if (!found) print object ": refers to no code of a target"
      exit wrong || !found
    }' || failed=1
done
exit ${failed:-0}
