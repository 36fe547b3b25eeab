// SPDX-License-Identifier: BSL-1.0
// What registers alone multiply and add: floats, and int8 as pairs of 16 bits.
#include "tests/benchmarks/int8_models/peak.hpp"
#include "tests/benchmarks/peak.hpp"
#include "tests/benchmarks/peers/suite.hpp"

namespace peers {

void add_peaks() {
  constexpr int rounds = 1 << 14;
  add("registers alone", "float", [](benchmark::State& state) {
    for (auto _ : state) etch::benchmarks::multiply_and_add(rounds);
    count(state, etch::benchmarks::multiply_and_add(1) * rounds);
  });
  add("registers alone", "int8", [](benchmark::State& state) {
    for (auto _ : state) etch::benchmarks::multiply_pairs(rounds);
    count(state, etch::benchmarks::multiply_pairs(1) * rounds);
  });
}

}  // namespace peers
