// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/training/trainer.hpp>
#include <etch/train/device/replay_store.hpp>

#include <cstdint>
#include <cstdlib>

#include "runtime/boards/common/fail.hpp"

/// A head of 12 classes on 64 numbers of an int8 trunk, which trains from a replay store of 256 samples.
inline constexpr auto head = etch::sequential(etch::Input{64}, etch::Dense{12}, etch::Softmax{});

namespace replay {

using Trainer = etch::Trainer<head, etch::SGD, etch::SparseCategoricalCrossentropy, etch::hana::tuple<>, 1>;
template <etch::ReplayPolicy Policy>
using Store = etch::ReplayStore<64, 256, 12, Policy>;

inline constexpr float scale = 0.0625f;
inline constexpr int zero_point = -3;

/// Sample `i` of a stream in which some classes are rare: a pattern of its class, and noise.
template <class S>
void add_sample(S& store, std::uint32_t i) {
  const etch::random::Key key{8, 9};
  const std::uint32_t any = etch::random::below(key, i, 0, 0, 100);
  const auto label = static_cast<std::int32_t>(any < 60 ? 0 : any < 85 ? 1 : 2 + any % 10);
  std::int8_t sample[64];
  for (std::uint32_t k = 0; k < 64; ++k) {
    const std::uint32_t pattern = etch::random::below(key, 0, 1 + static_cast<std::uint32_t>(label), k, 100);
    sample[k] = static_cast<std::int8_t>(static_cast<int>(pattern) - 50 +
                                         static_cast<int>(etch::random::below(key, i, 1, k, 41)) - 20);
  }
  store.add(sample, label);
}

/// One training step on what the store draws.
template <class S>
float train(Trainer& trainer, const S& store) {
  const std::span<std::int32_t> labels(static_cast<std::int32_t*>(trainer.labels()), 1);
  const int rows = store.draw_batch(trainer.step(), scale, zero_point, trainer.input(), labels);
  return trainer.train_on_batch(rows);
}

}  // namespace replay
