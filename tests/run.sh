#!/usr/bin/env bash
# Builds and runs all tests; installs with apt what is missing.
set -euo pipefail
cd "$(dirname "$0")/.."
source tests/packages.sh
require_packages "${build_packages[@]}" "${test_packages[@]}" "${firmware_packages[@]}"

say() { printf '\n== %s\n' "$*"; }
if [ -n "${ETCH_MATERIAL:-}" ]; then
  ETCH_MATERIAL=$(cd "$ETCH_MATERIAL" && pwd)
  export ETCH_MATERIAL
else
  echo "ETCH_MATERIAL is not set: tests on published data are skipped, and say so"
fi

say "format"
git ls-files '*.hpp' '*.cpp' '*.h' '*.c' | xargs clang-format --dry-run --Werror

say "clang-tidy: the desktop library, and the core through an example"
tidy() {
  clang-tidy --quiet "$@" -- -std=c++20 -Iinclude -I. -DETCH_HOST=1 -DETCH_PORTABLE_KERNELS -fconstexpr-steps=100000000 \
    2>/dev/null
}
export -f tidy
printf '%s\0' codegen/*.cpp codegen/*/*.cpp runtime/host/*.cpp runtime/host/*/*.cpp examples/three_ways/three_ways.cpp |
  xargs -0 -n 2 -P "$(nproc)" bash -c 'tidy "$@"' tidy

say "g++: static, unit, compile_fail and firmware tests"
cmake --preset tests >/dev/null
cmake --build --preset tests
ctest --preset tests

say "clang++: the same code with address and undefined sanitizers"
cmake --preset clang-sanitize >/dev/null
cmake --build --preset clang-sanitize
ctest --preset clang-sanitize

say "package: the installed package and add_subdirectory"
tests/package/run.sh build/tests

say "examples: MNIST, three ways, convolutions, training on a device, an autoencoder, siamese, two outputs, transfer, gestures"
ETCH_EPOCHS=1 ./examples/mnist/run.sh
cmake --build --preset release --target three_ways cnn_mnist residual_cifar run_train_on_device_m4 run_autoencoder \
  siamese two_outputs transfer run_gesture_lstm
build/release/examples/three_ways/three_ways
ETCH_EPOCHS=1 build/release/examples/cnn_mnist/cnn_mnist
build/release/examples/residual_cifar/residual_cifar
ETCH_EPOCHS=1 build/release/examples/siamese/siamese
ETCH_EPOCHS=1 build/release/examples/two_outputs/two_outputs
ETCH_EPOCHS=1 build/release/examples/transfer/transfer

if [ -n "${ETCH_MATERIAL:-}" ]; then
  say "examples: MLPerf Tiny"
  ./examples/mlperf_tiny/run.sh --boards m4 --models "kws ad"
fi

say "all tests passed"
