// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/training/trunk_head.hpp>
#include <etch/train/device/replay_store.hpp>

#include <array>
#include <cstdint>
#include <cstring>

#include "trunk.h"

/// The head, and what a device does with it: board and desktop compile this file, and the same trunk.
namespace keywords {

inline constexpr int classes = 12, words = 10, new_words = 3, samples_a_word = 8;
inline constexpr int feature_count = TRUNK_OUTPUT_ELEMENTS, sample_bytes = TRUNK_INPUT_BYTES;
inline constexpr int steps = 2880;  // 30 times each of the 96 samples of a full store

inline constexpr auto head =
    etch::sequential(etch::Input{feature_count}, etch::Dense{classes}, etch::Softmax{});
using Trainer = etch::Trainer<head, etch::SGD, etch::SparseCategoricalCrossentropy, etch::hana::tuple<>, 1>;
using Store = etch::ReplayStore<feature_count, samples_a_word * classes, classes>;

inline constexpr etch::SGD optimizer{.learning_rate = 0.01f};
inline constexpr etch::TrunkOutput trunk_output{TRUNK_OUTPUT_SCALE, TRUNK_OUTPUT_ZERO_POINT};

/// The shipped head, as the trainer's weights lie.
struct HeadWeights {
  std::array<std::array<float, classes>, feature_count> kernel;
  std::array<float, classes> bias;
};
static_assert(Trainer::Code::memory.weights == sizeof(HeadWeights));

/// Begins with these weights.
inline void begin(Trainer& trainer, const HeadWeights& weights, std::uint32_t seed) {
  trainer.initialize(seed);
  std::memcpy(trainer.weights().data(), &weights, sizeof weights);
}

/// The head has never heard of these words.
inline void forget(HeadWeights& weights, const std::array<std::int32_t, new_words>& which) {
  for (const std::int32_t word : which) {
    for (auto& row : weights.kernel) row[static_cast<std::size_t>(word)] = 0;
    weights.bias[static_cast<std::size_t>(word)] = 0;
  }
}

inline std::int32_t best_of(std::span<const float> scores) {
  std::int32_t best = 0;
  for (std::size_t i = 1; i < scores.size(); ++i)
    if (scores[i] > scores[static_cast<std::size_t>(best)]) best = static_cast<std::int32_t>(i);
  return best;
}

/// What a device is given to adapt itself: a file that begins with this, then samples with their labels,
/// those to learn first.
struct Task {
  std::int32_t to_learn, to_tell;
  HeadWeights weights;
};
struct Sample {
  std::int8_t numbers[(TRUNK_INPUT_BYTES + 3) / 4 * 4];
  std::int32_t label;
};

/// A device: hears what it is to learn, trains, and tells the rest.
class Device {
 public:
  Device(Trainer::Storage& storage, trunk_context& trunk)
      : trainer_(storage, optimizer, {}, seed), head_(trainer_, trunk_output), trunk_(&trunk) {}

  void begin(const HeadWeights& weights) { keywords::begin(trainer_, weights, seed); }
  /// A sample whose label somebody says.
  void hear(const Sample& sample) {
    run_trunk(sample);
    store_.add(head_.features(), sample.label);
  }
  float train() { return head_.train_from(store_); }
  std::int32_t tell(const Sample& sample) {
    run_trunk(sample);
    return best_of(head_.predict());
  }
  const Store& store() const { return store_; }
  std::span<const std::byte> weights() const { return trainer_.weights(); }

 private:
  static constexpr std::uint32_t seed = 11;
  void run_trunk(const Sample& sample) {
    if (trunk_predict(trunk_, sample.numbers, head_.features().data()) != TRUNK_OK)
      etch::fail("trunk_predict");
  }

  Trainer trainer_;
  etch::TrunkHead<Trainer> head_;
  trunk_context* trunk_;
  Store store_;
};

}  // namespace keywords
