// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "tests/benchmarks/peers/products.hpp"

#include <benchmark/benchmark.h>

#include <string>

/// What all benchmarks of the program have: a name that says what is done, then who does it, and a counter of
/// multiply-adds. `report.py` makes ratios and shares of a peak of these.
namespace peers {

/// Says how many multiply-adds each round makes.
inline void count(benchmark::State& state, double macs) {
  state.counters["mac"] =
      benchmark::Counter(macs * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}

inline void add(const std::string& work, const std::string& who, auto f) {
  benchmark::RegisterBenchmark((work + "/" + who).c_str(), f)->MinTime(0.05)->Unit(benchmark::kMicrosecond);
}

/// `f(state, product)` with the products of each library.
template <class F>
void add_peers(const std::string& work, const F& f) {
  for (const Library& each : libraries())
    add(work, each.name, [=, product = each.product](benchmark::State& s) { f(s, product); });
}

// The parts of the program, each in a file that is called so.
void add_peaks();
void add_article();
void add_single_layers();
void add_recurrent();
void add_digits_cnn();
void add_resnet();

}  // namespace peers
