#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# own_instructions.sh OBJDUMP PROGRAM: only functions that a level has for itself, which are local, use AVX; and some do.
objdump=$1 program=$2
"$objdump" -t "$program" | awk '$2 != "l" && / F [.]text/ { print $NF }' >"$program.shared"
"$objdump" -d --no-show-raw-insn "$program" | awk -v list="$program.shared" '
  BEGIN { while ((getline name < list) > 0) shared[name] = 1 }
  /^[0-9a-f]+ <.*>:$/ { name = substr($2, 2, length($2) - 3) }
  /%[yz]mm/ && name in shared && name !~ /_etch_level_[12]$/ { print name " uses AVX"; wrong = 1; delete shared[name] }
  /%ymm/ { found = 1 }
  END { if (!found) print "nothing uses AVX"; exit wrong || !found }'
