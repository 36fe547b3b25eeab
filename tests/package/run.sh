#!/usr/bin/env bash
# Installs Etch into a scratch prefix and builds examples/start and firmware against it, then the former against the
# source tree.
# run.sh [<build folder>]: what to install; without it, Etch is built first. Not optimised: what is tested is that
# everything is found.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
build=${1:-$scratch/etch}
if [ $# = 0 ]; then
  cmake -S "$root" -B "$build" -G Ninja -DETCH_BUILD_TESTS=OFF -DETCH_BUILD_EXAMPLES=OFF -DCMAKE_BUILD_TYPE=None >/dev/null
  cmake --build "$build" >/dev/null
fi
cmake --install "$build" --prefix "$scratch/prefix" >/dev/null

# Copied out of the tree, as a user would.
cp -r "$root/examples/start" "$scratch/start"
echo "find_package(etch):"
cmake -S "$scratch/start" -B "$scratch/found" -G Ninja -DCMAKE_BUILD_TYPE=None \
  -DCMAKE_PREFIX_PATH="$scratch/prefix" >/dev/null
cmake --build "$scratch/found" >/dev/null
"$scratch/found/start"

echo "firmware of a model file, with the installed tool:"
cp -r "$root/tests/package/firmware" "$scratch/firmware"
cmake -S "$scratch/firmware" -B "$scratch/firmware/build" -G Ninja -DCMAKE_BUILD_TYPE=None \
  -DCMAKE_PREFIX_PATH="$scratch/prefix" >/dev/null
cmake --build "$scratch/firmware/build" >/dev/null
cmake --build "$scratch/firmware/build" --target run_xor_m4 | grep "4 of 4 right"
cmake --build "$scratch/firmware/build" --target count_xor_m4 2>&1 | grep "^xor_predict: .* cycles"

echo "add_subdirectory(etch), by the generator that CMake takes when none is named:"
cmake -S "$scratch/start" -B "$scratch/added" -G "Unix Makefiles" -DCMAKE_BUILD_TYPE=None \
  -DETCH_SOURCE_DIR="$root" -DETCH_PRECOMPILE_HEADERS=ON >/dev/null  # what is found stays the same, and it takes half the time
cmake --build "$scratch/added" --parallel 2 --target start >/dev/null
"$scratch/added/start"

echo "without CMake:"
"$root/tests/package/without_cmake.sh" "$build"

echo "clangd and clang-tidy:"
"$root/tests/package/tools.sh" "$scratch/prefix"
