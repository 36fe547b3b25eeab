#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# Runs a firmware in QEMU: run.sh BOARD ELF [ARGUMENT...]. Its exit code is the firmware's.
# -icount shift=0: one instruction is one virtual nanosecond, so that counts are exact and repeat.
set -u

if [ $# -lt 2 ]; then
  echo "usage: run.sh BOARD ELF [ARGUMENT...]" >&2
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

"${QEMU_SYSTEM_ARM:-qemu-system-arm}" -M "$board" -display none -monitor none -serial null \
  -chardev stdio,id=console -semihosting-config "$semihosting" \
  -icount shift=0 -kernel "$elf" </dev/null
code=$?
if [ $code -ne 0 ]; then echo "run.sh: $(basename "$elf") exited with code $code" >&2; fi
exit $code
