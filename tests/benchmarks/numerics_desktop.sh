#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# An epoch of training and a prediction by either numerics: numerics_desktop.sh [COMPILER] [FLAG...]; default: g++ -O3
# -march=native.
set -euo pipefail
cd "$(dirname "$0")/../.."
compiler=${1:-g++}
[ $# -eq 0 ] || shift
options=("$@")
[ ${#options[@]} -gt 0 ] || options=(-O3 -march=native)
limit=()
"$compiler" --version | grep -q clang || limit=(-fconstexpr-ops-limit=1000000000)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$compiler" -std=c++20 "${limit[@]}" "${options[@]}" -ffp-contract=off -fno-math-errno -fno-trapping-math -Iinclude -I. \
  tests/benchmarks/numerics/desktop.cpp -o "$work/desktop"
"$work/desktop"
