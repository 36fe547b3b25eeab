#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# Runs a firmware in QEMU: run.sh [--cycles PLUGIN[,PARAMETER=VALUE...]] BOARD ELF [ARGUMENT...]. Its exit code is the
# firmware's. -icount shift=0: one instruction is one virtual nanosecond, so that counts are exact and repeat.
# --cycles: what it takes on a Cortex-M4 (docs/cycles.md). PLUGIN is the library that CMake's target etch_cycles builds;
# a comma in a path is written twice.
set -u

qemu=${QEMU_SYSTEM_ARM:-qemu-system-arm}
cycles=
if [ "${1:-}" = --cycles ] && [ $# -gt 1 ]; then
  cycles=$2
  shift 2
fi
if [ $# -lt 2 ]; then
  echo "usage: run.sh [--cycles PLUGIN[,PARAMETER=VALUE...]] BOARD ELF [ARGUMENT...]" >&2
  exit 2
fi
board=$1
elf=$2
shift 2
if [ ! -f "$elf" ]; then
  echo "run.sh: there is no file $elf" >&2
  exit 2
fi

# QEMU separates options by commas (a doubled comma is a comma), semihosting separates arguments by spaces.
semihosting="enable=on,target=native,chardev=console"
for argument in "$(basename "$elf")" "$@"; do
  case $argument in
    "" | *[[:space:]]*)
      echo "run.sh: an argument of a firmware cannot be empty or hold spaces: '$argument'" >&2
      exit 2
      ;;
  esac
  semihosting="$semihosting,arg=$(printf %s "$argument" | sed 's/,/,,/g')"
done
set --

if [ -n "$cycles" ]; then
  if [ "$board" != mps2-an386 ]; then
    echo "run.sh: cycles are known for the Cortex-M4 alone, mps2-an386, not for $board" >&2
    exit 2
  fi
  if ! "$qemu" --help 2>/dev/null | grep -q '^-plugin '; then
    echo "run.sh: no cycles can be counted: $qemu is not there, or built without plugins" >&2
    exit 2
  fi
  case $cycles in /*) ;; *) cycles=./$cycles ;; esac # or it is looked for among the system's libraries
  set -- -plugin "$cycles,elf=$(printf %s "$elf" | sed 's/,/,,/g')"
fi

"$qemu" -M "$board" -display none -monitor none -serial null \
  -chardev stdio,id=console -semihosting-config "$semihosting" \
  -icount shift=0 -kernel "$elf" "$@" </dev/null
code=$?
if [ $code -ne 0 ]; then echo "run.sh: $(basename "$elf") exited with code $code" >&2; fi
exit $code
