#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# Counts instructions of a training step of one sample in floats and in whole numbers, these at the beginning and after
# 220 steps, with the stack, the bytes of RAM of the trainer and of code. integer_training.sh [FLAG...] [BOARD...]; default: -Os
# mps2-an386. -DETCH_NO_ASSEMBLY: portable C++ alone.
set -euo pipefail
case ${1:-} in *-O*) ;; *) set -- -Os "$@" ;; esac
source "$(dirname "$0")/firmware.sh"

row() {  # board source network rate
  build_firmware "$1" step "tests/benchmarks/training/$2.cpp runtime/boards/arm/stack.c" -DETCH_BENCHMARK_NETWORK="$3" \
    -DETCH_BENCHMARK_OPTIMIZER=SGD -DETCH_BENCHMARK_BATCH=1 -DETCH_BENCHMARK_RATE="$4"
  local instructions stack hash later code ram
  read -r instructions stack hash later < <(sh runtime/boards/arm/run.sh "$1" "$work/step.elf" | tail -n 1)
  code=$(arm-none-eabi-size "$work/step.elf" | awk 'NR == 2 { print $1 }')
  ram=$((16#$(arm-none-eabi-nm -S "$work/step.elf" | awk '/ [bB] .*7storageE$/ { print $2 }')))
  echo "| $3, $2 | $instructions | ${later:-} | $ram | $stack | $code | $hash |"
}

for board in "$@"; do
  echo "$board, ${options[*]}:"
  echo
  echo "| | instructions | later | RAM | stack | bytes of code, all of it | weights |"
  echo "|---|---:|---:|---:|---:|---:|---|"
  for network in mlp head digits images; do
    row "$board" training "$network" 0.02f
    row "$board" integer_training "$network" 0.02f
  done
  echo
done

if [ -z "${ETCH_MATERIAL:-}" ]; then
  echo "ETCH_MATERIAL is not set: no steps on MNIST"
  exit
fi
for name in train-images-idx3-ubyte train-labels-idx1-ubyte; do
  gzip -dc "$ETCH_MATERIAL/data/mnist/$name.gz" >"$work/$name"
done
for board in "$@"; do
  for network in digits images; do
    build_firmware "$board" mnist tests/benchmarks/training/integer_mnist.cpp -DETCH_BENCHMARK_NETWORK="$network"
    echo "$network of MNIST, $board, ${options[*]}:"
    sh runtime/boards/arm/run.sh "$board" "$work/mnist.elf" "$work/train-images-idx3-ubyte" "$work/train-labels-idx1-ubyte"
  done
done
