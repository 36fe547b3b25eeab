// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <catch2/catch.hpp>
#include <etch/etch.hpp>
#include <etch/model/training/training_slices.hpp>

#include <algorithm>
#include <span>
#include <vector>

namespace etch::test {

/// A hundred steps of `one`, by batches at once, and of `other`, which has them in parts: some of fewer rows,
/// some with weights of samples, some in slices. Losses, weights and the optimizer's state have the same
/// bits, and so have predictions and evaluation. \param fill fill(model, step) writes a whole batch
template <class One, class Other, class Fill>
void check_same_training(One& one, Other& other, const Fill& fill) {
  constexpr int batch = One::Code::batch_size;
  one.initialize(7);
  other.initialize(7);
  TrainingSlices slices(other);
  float weight[batch];
  const std::vector<std::byte> first(other.weights().begin(), other.weights().end());
  for (std::uint32_t step = 0; step < 100; ++step) {
    fill(one, step);
    fill(other, step);
    const int rows = step % 2 == 0 ? batch : 1 + static_cast<int>(step % batch);
    for (std::uint32_t r = 0; r < batch; ++r) weight[r] = random::uniform({5, 6}, step, 0, r);
    const std::span<const float> weights(weight, step % 5 == 0 ? static_cast<std::size_t>(rows) : 0);
    const float loss = one.train_on_batch(rows, weights);
    if (step % 3 != 0) {
      REQUIRE(other.train_on_batch(rows, weights) == loss);
      continue;
    }
    slices.begin(rows, weights);
    int count = 1;
    while (slices.run() == Slice::more) {
      ++count;
      // A state of which something has moved is not to be kept.
      if (step == 0) REQUIRE((std::ranges::equal(first, other.weights()) || !other.between_steps()));
    }
    REQUIRE(other.between_steps());
    REQUIRE(slices.loss() == loss);
    CHECK(count == Other::slices(rows));
  }
  CHECK(std::ranges::equal(one.weights(), other.weights()));
  CHECK(std::ranges::equal(one.optimizer_state(), other.optimizer_state()));

  // Evaluation and predictions take the arena in parts, too.
  constexpr std::size_t samples = 2 * batch + 3;
  std::vector<float> x(samples * One::Code::input_elements), y(samples * One::Code::output_elements),
      z(y.size());
  for (std::uint32_t i = 0; i < x.size(); ++i) x[i] = random::uniform({8, 9}, 0, 0, i);
  one.predict(x, y);
  other.predict(x, z);
  CHECK(y == z);
  fill(one, 200);
  fill(other, 200);
  const typename One::Weights none{};
  const typename Other::Weights no_parts{};
  CHECK(one.test_step(batch - 1, none).total == other.test_step(batch - 1, no_parts).total);
}

}  // namespace etch::test
