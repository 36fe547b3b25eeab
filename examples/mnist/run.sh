#!/usr/bin/env bash
# Trains the network of the Keras article on MNIST, then runs it as firmware for a Cortex-M4F in an emulator.
# ETCH_EPOCHS: how many epochs (5). ETCH_DATA: a folder with the four MNIST files, if they are at hand.
set -euo pipefail
cd "$(dirname "$0")/../.."
source tests/packages.sh
require_packages "${build_packages[@]}" "${firmware_packages[@]}"

mkdir -p build
echo "building (build/release)"
cmake --preset release -DETCH_BUILD_TESTS=OFF -DMNIST_OUTPUT="$PWD/build/release/mnist" >build/configure.log 2>&1 ||
  { cat build/configure.log >&2; exit 1; }
cmake --build --preset release --target mnist >build/build.log 2>&1 || { cat build/build.log >&2; exit 1; }

out=build/release/mnist
build/release/examples/mnist/mnist "$out"

echo "building the firmware (Cortex-M4F, mps2-an386, -Os)"
cmake --build --preset release --target mnist_firmware >build/build.log 2>&1 || { cat build/build.log >&2; exit 1; }
elf=$(find build/release/examples/mnist -name 'mnist_firmware.elf')
runtime/boards/run.sh mps2-an386 "$elf" "$out/test_images.bin" "$out/test_labels.bin" "$out/device_outputs.bin" \
  | tee "$out/device.txt"

if ! cmp -s "$out/desktop_outputs.bin" "$out/device_outputs.bin"; then
  echo "error: the device's outputs are not those of the desktop, bit for bit" >&2
  exit 1
fi
read -r text data bss < <(arm-none-eabi-size "$elf" | awk 'NR == 2 { print $1, $2, $3 }')
weights=$(stat -c %s "$out/firmware/mnist_weights.bin")
reported() { awk -v name="$1" '$1 == name { print $2 }' "$out/device.txt"; }
row() { printf '  %-44s %s\n' "$1" "$2"; }
echo
echo "MNIST, 784-128-128-10 with batch normalization, float32"
row "desktop: accuracy on the test set" "$(cut -c1-6 "$out/accuracy.txt")"
row "Cortex-M4F: accuracy on 100 test images" "$(reported accuracy)"
row "Cortex-M4F: outputs equal to the desktop's" "100 of 100, bit for bit"
row "flash: weights, bytes" "$weights"
row "flash: all else (code, startup, console), bytes" "$((text + data - weights))"
row "RAM: data and bss with the test's buffers, bytes" "$((data + bss))"
row "RAM: stack of one prediction, bytes" "$(reported stack)"
row "instructions of one prediction (not cycles)" "$(reported instructions)"
