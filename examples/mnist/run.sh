#!/usr/bin/env bash
# Trains the network of the Keras article on MNIST, then runs it as firmware for a Cortex-M4F in an emulator.
# ETCH_EPOCHS: how many epochs (5). ETCH_DATA: a folder with the four MNIST files, if they are at hand.
# ETCH_OPTIMIZE: how the firmware is optimized (-Os).
set -euo pipefail
cd "$(dirname "$0")/../.."
source tests/packages.sh
require_packages "${build_packages[@]}" "${firmware_packages[@]}"

mkdir -p build
echo "building (build/release)"
optimize=${ETCH_OPTIMIZE:--Os}
cmake --preset release -DETCH_BUILD_TESTS=OFF -DMNIST_OUTPUT="$PWD/build/release/mnist" \
  -DMNIST_OPTIMIZE="$optimize" >build/configure.log 2>&1 ||
  { cat build/configure.log >&2; exit 1; }
cmake --build --preset release --target mnist >build/build.log 2>&1 || { cat build/build.log >&2; exit 1; }

out=build/release/mnist
build/release/examples/mnist/mnist "$out"

echo "building the firmware, float, int8 and 16x8 (Cortex-M4F, mps2-an386, $optimize)"
cmake --build --preset release --target mnist_firmware mnist_int8_firmware mnist_int16_firmware >build/build.log 2>&1 ||
  { cat build/build.log >&2; exit 1; }

# Runs <firmware> on the files with <suffix> and compares its outputs with the desktop's.
run_firmware() {
  local suffix=$2
  elf=$(find build/release/examples/mnist -name "$1.elf")
  runtime/boards/arm/run.sh mps2-an386 "$elf" "$out/test_images$suffix.bin" "$out/test_labels.bin" \
    "$out/device_outputs$suffix.bin" >"$out/device$suffix.txt"
  if ! cmp -s "$out/desktop_outputs$suffix.bin" "$out/device_outputs$suffix.bin"; then
    echo "error: the device's outputs ($1) are not those of the desktop, bit for bit" >&2
    exit 1
  fi
  read -r text data bss < <(arm-none-eabi-size "$elf" | awk 'NR == 2 { print $1, $2, $3 }')
}
reported() { awk -v name="$1" '$1 == name { print $2 }' "$out/device$suffix.txt"; }
row() { printf '  %-48s %10s %10s %10s\n' "$@"; }
# One column of the table.
column() {
  suffix=$2
  run_firmware "$1" "$suffix"
  local weights
  weights=$(stat -c %s "$out/firmware$suffix/mnist_weights.bin")
  cut -c1-6 "$out/accuracy$suffix.txt"
  reported accuracy
  echo "100 of 100"
  echo "$weights"
  echo "$((text + data - weights))"
  echo "$((data + bss))"
  reported stack
  reported instructions
}
float_column=$(column mnist_firmware "")
int8_column=$(column mnist_int8_firmware _int8)
int16_column=$(column mnist_int16_firmware _int16)
mapfile -t of_float <<<"$float_column"
mapfile -t of_int8 <<<"$int8_column"
mapfile -t of_int16 <<<"$int16_column"
names=("desktop: accuracy on the test set"
  "Cortex-M4F: accuracy on 100 test images"
  "Cortex-M4F: outputs equal, bit for bit"
  "flash: weights, bytes"
  "flash: all else (code, startup, console), bytes"
  "RAM: data and bss with the test's buffers, bytes"
  "RAM: stack of one prediction, bytes"
  "instructions of one prediction (not cycles)")
echo
echo "MNIST, 784-128-128-10 with batch normalization"
row "" float32 int8 16x8
for i in "${!names[@]}"; do row "${names[$i]}" "${of_float[$i]}" "${of_int8[$i]}" "${of_int16[$i]}"; done
