#!/usr/bin/env bash
# Installs Etch into a scratch prefix and builds examples/start against it, then against the source tree.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cmake -S "$root" -B "$scratch/etch" -G Ninja -DETCH_BUILD_TESTS=OFF -DETCH_BUILD_EXAMPLES=OFF \
  -DCMAKE_INSTALL_PREFIX="$scratch/prefix" >/dev/null
cmake --build "$scratch/etch" >/dev/null
cmake --install "$scratch/etch" >/dev/null

# Copied out of the tree, as a user would.
cp -r "$root/examples/start" "$scratch/start"
echo "find_package(etch):"
cmake -S "$scratch/start" -B "$scratch/found" -G Ninja -DCMAKE_PREFIX_PATH="$scratch/prefix" >/dev/null
cmake --build "$scratch/found" >/dev/null
"$scratch/found/start"

echo "add_subdirectory(etch):"
cmake -S "$scratch/start" -B "$scratch/added" -G Ninja -DETCH_SOURCE_DIR="$root" >/dev/null
cmake --build "$scratch/added" >/dev/null
"$scratch/added/start"
