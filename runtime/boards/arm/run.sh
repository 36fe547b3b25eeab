#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# Runs a firmware in QEMU: run.sh [--cycles PLUGIN[,PARAMETER=VALUE...]] BOARD ELF [ARGUMENT...]. Its exit code is the
# firmware's (common/run.sh).
# --cycles: what it takes on a Cortex-M4 (docs/cycles.md). PLUGIN is the library that CMake's target etch_cycles builds;
# a comma in a path is written twice.
set -u

qemu=${QEMU_SYSTEM_ARM:-qemu-system-arm}
usage="[--cycles PLUGIN[,PARAMETER=VALUE...]] "
cycles=
if [ "${1:-}" = --cycles ] && [ $# -gt 1 ]; then
  cycles=$2
  shift 2
fi
if [ -n "$cycles" ] && [ $# -ge 2 ]; then
  if [ "$1" != mps2-an386 ]; then
    echo "run.sh: cycles are known for the Cortex-M4 alone, mps2-an386, not for $1" >&2
    exit 2
  fi
  if ! "$qemu" --help 2>/dev/null | grep -q '^-plugin '; then
    echo "run.sh: no cycles can be counted: $qemu is not there, or built without plugins" >&2
    exit 2
  fi
  case $cycles in /*) ;; *) cycles=./$cycles ;; esac # or it is looked for among the system's libraries
fi
. "$(dirname "$0")/../common/run.sh"
