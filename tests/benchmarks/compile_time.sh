#!/usr/bin/env bash
# Prints user seconds and peak megabytes of compiling a trainer, a graph of 100 residual blocks and the examples, -O2.
set -euo pipefail
cd "$(dirname "$0")/../.."
measure() {  # name compiler flags...
  local name=$1 log
  shift
  log=$(mktemp)
  /usr/bin/time -f '%U %M' -o "$log" "$@" -std=c++20 -O2 -ffp-contract=off -fno-math-errno -fno-trapping-math \
    -Iinclude -I. -c -o /dev/null
  awk -v name="$name" '{ printf "%-48s %5.1f s %6.0f MB\n", name, $1, $2 / 1024 }' "$log"
  rm -f "$log"
}
for compiler in g++ clang++; do
  limit=-fconstexpr-ops-limit=1000000000
  [ "$compiler" = clang++ ] && limit=-fconstexpr-steps=100000000
  measure "$compiler: trainer of the article's network" $compiler $limit tests/benchmarks/trainer.cpp
  measure "$compiler: 100 residual blocks, prediction" $compiler $limit tests/benchmarks/residual.cpp
  measure "$compiler: 100 residual blocks, training" $compiler $limit -DTRAIN tests/benchmarks/residual.cpp
done
for name in mnist three_ways cnn_mnist residual_cifar siamese two_outputs autoencoder transfer gesture_lstm; do
  source=examples/$name/$name.cpp
  [ -e "$source" ] || source=examples/$name/desktop.cpp
  measure "g++: examples/$name" g++ -fconstexpr-ops-limit=1000000000 -DETCH_HOST=1 "$source"
done
