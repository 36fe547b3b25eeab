// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/train/dataset.hpp>
#include <etch/train/hook.hpp>
#include <runtime/kernels/portable/random.hpp>

namespace etch {

/// Where a generator writes a batch: room for `capacity` samples, one after another.
struct BatchView {
  struct Target {
    std::span<std::int32_t> classes{};  ///< of a loss that takes class indices
    std::span<float> targets{};         ///< of the others
  };
  int capacity = 0;
  int epoch = 0, step = 0;  ///< both from 0
  std::array<std::span<float>, Dataset::max_inputs> x{};
  std::array<Target, Dataset::max_outputs> y{};
  /// One number a sample; 1 unless the generator writes another.
  std::array<std::span<float>, Dataset::max_outputs> sample_weight{};
};

/// Where a random change of one sample draws from: a function of seed, step and place in the batch, so that
/// training that stops and goes on changes its samples alike.
struct AugmentKey {
  std::uint32_t seed = 0, step = 0, element = 0;
  int input = 0;  ///< of a model of several inputs
  static constexpr std::uint32_t stream = 64;

  /// The `draw`-th number of this sample, uniform in [0,1).
  float uniform(std::uint32_t draw) const { return random::uniform({seed, stream}, step, draw, element); }
  /// The `draw`-th whole number of this sample, from `from` to `to`, both included.
  int between(std::uint32_t draw, int from, int to) const {
    const auto n = static_cast<std::uint32_t>(to - from + 1);
    return from + static_cast<int>(random::below({seed, stream}, step, draw, element, n));
  }
};

/// Changes a sample of a training batch in place, before the step.
using Augment = Hook<void(std::span<float> sample, AugmentKey key)>;

}  // namespace etch
