// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "tests/benchmarks/peers/suite.hpp"

#include <etch/etch.hpp>
#include <etch/model/program/deploy.hpp>

#include <span>

namespace peers {

/// Predictions of one sample by a model as it ships, with the weights that it was trained to.
template <const auto& Network>
void predict_one(benchmark::State& state, std::span<const std::byte> trained, const Numbers& x, double macs) {
  using Shipped = etch::Deployment<Network>;
  alignas(64) static std::byte weights[Shipped::weight_bytes], arena[Shipped::arena_bytes];
  etch::fold_weights<Network>(trained, weights);
  float y[10];
  const void* in[] = {x.data()};
  void* out[] = {y};
  for (auto _ : state) {
    Shipped::predict(weights, arena, in, out);
    benchmark::DoNotOptimize(y[0]);
  }
  count(state, macs);
}

}  // namespace peers
