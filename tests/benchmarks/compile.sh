#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# The benchmarks are no part of a build: that they still compile is seen here, with those of their libraries that are found.
# compile.sh COMPILER
set -euo pipefail
cd "$(dirname "$0")/../.."
compiler=$1
flags=(-std=c++20 -fsyntax-only -march=native -Wno-psabi -ffp-contract=off -DETCH_HOST=1 -DKERNELS=native_kernels -I. -Iinclude)
"$compiler" --version | grep -q clang || flags+=(-fconstexpr-ops-limit=1000000000)

finds() { echo "#include <$1>" | "$compiler" -fsyntax-only "${@:2}" -x c++ - 2>/dev/null; }
eigen=(-isystem /usr/include/eigen3)
if finds Eigen/Core "${eigen[@]}"; then flags+=(-DETCH_EIGEN -DETCH_PEER_EIGEN "${eigen[@]}"); fi
if finds dnnl.h; then flags+=(-DETCH_PEER_ONEDNN); fi
if finds cblas.h; then flags+=(-DETCH_PEER_OPENBLAS); fi

# torch_network.cpp needs a library that distributions do not have; it includes nothing of Etch.
sources=$(ls tests/benchmarks/*.cpp tests/benchmarks/int8_models/*.cpp tests/benchmarks/peers/*.cpp | grep -v torch_network)
failed=0
for source in $sources; do
  "$compiler" "${flags[@]}" "$source" || { echo "$source does not compile" && failed=1; }
done
[ "$failed" = 0 ] && echo "the benchmarks compile"
