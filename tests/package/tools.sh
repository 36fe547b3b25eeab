#!/usr/bin/env bash
# clangd and clang-tidy on examples/start, as docs/cpp_projects.md says.
# tools.sh <folder where Etch is installed>
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
prefix=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cp -r "$root/examples/start" "$scratch/start"
cd "$scratch/start"
configure() {
  cmake -S . -B "$1" -DCMAKE_CXX_COMPILER="$2" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_EXPORT_COMPILE_COMMANDS=ON >/dev/null
}
if command -v clangd >/dev/null; then
  configure build g++
  if ! clangd --check=start.cpp --compile-commands-dir=build >clangd.log 2>&1 || ! grep -q "All checks completed, 0 errors" clangd.log; then
    cat clangd.log
    exit 1
  fi
  echo "clangd: no error"
else
  echo "skipped: clangd is not installed"
fi
configure build/clang clang++
clang-tidy --quiet -p build/clang --checks='-*,clang-diagnostic-*,clang-analyzer-*,bugprone-*' --warnings-as-errors='*' start.cpp
echo "clang-tidy: no diagnostic"
