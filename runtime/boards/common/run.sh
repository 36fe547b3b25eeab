# SPDX-License-Identifier: BSL-1.0
# Sourced by the run.sh of each architecture, which set $qemu, and $cycles where cycles can be counted: runs a firmware,
# BOARD ELF [ARGUMENT...], in QEMU. Its exit code is the firmware's. -icount shift=0: one instruction is one virtual
# nanosecond, so that counts are exact and repeat. The board's file `qemu`, if it has one, says which machine it is. The environment's
# ETCH_QEMU_PLUGIN is another plugin with its parameters, as `-plugin` takes it.
set -u

if [ $# -lt 2 ]; then
  echo "usage: run.sh ${usage:-}BOARD ELF [ARGUMENT...]" >&2
  exit 2
fi
board=$1
elf=$2
shift 2
folder=$(dirname "$0")/$board
if [ ! -f "$folder/board.ld" ]; then
  echo "run.sh: there is no board $board in $(dirname "$0")" >&2
  exit 2
fi
machine="-M $board"
if [ -f "$folder/qemu" ]; then machine=$(cat "$folder/qemu"); fi
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

if [ -n "${cycles:-}" ]; then
  set -- -plugin "$cycles,elf=$(printf %s "$elf" | sed 's/,/,,/g')"
elif [ -n "${ETCH_QEMU_PLUGIN:-}" ]; then
  set -- -plugin "$ETCH_QEMU_PLUGIN"
fi

# shellcheck disable=SC2086 # the machine is several words
"$qemu" $machine -display none -monitor none -serial null \
  -chardev stdio,id=console -semihosting-config "$semihosting" \
  -icount shift=0 -kernel "$elf" "$@" </dev/null
code=$?
if [ $code -ne 0 ]; then echo "run.sh: $(basename "$elf") exited with code $code" >&2; fi
exit $code
