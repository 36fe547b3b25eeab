#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# Runs a firmware in QEMU: run.sh BOARD ELF [ARGUMENT...]. Its exit code is the firmware's (common/run.sh).
qemu=${QEMU_SYSTEM_RISCV32:-qemu-system-riscv32}
. "$(dirname "$0")/../common/run.sh"
