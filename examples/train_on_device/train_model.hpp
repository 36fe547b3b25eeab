// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/training/state.hpp>
#include <etch/model/training/trainer.hpp>

#include <cstdint>

/// 14x14 digits, 32 hidden units with batch normalization: device and desktop compile this same declaration.
inline constexpr auto digits =
    etch::sequential(etch::Input{14, 14}, etch::Flatten{}, etch::Dense{32}, etch::BatchNormalization{},
                     etch::ReLU{}, etch::Dense{10}, etch::Softmax{});

namespace train_on_device {

inline constexpr int image_elements = 14 * 14, batch_size = 8, steps = 50;
inline constexpr std::uint32_t seed = 7;

using Trainer = etch::Trainer<digits, etch::SGDMomentum, etch::SparseCategoricalCrossentropy,
                              etch::hana::tuple<>, batch_size>;
using Code = Trainer::Code;
inline constexpr etch::SGDMomentum optimizer{.learning_rate = 0.05f};

// A budget that the compiler checks: weights, momentum, activations, one batch.
static_assert(Code::memory.total() <= 64 * 1024, "training must fit 64 KiB of RAM");

/// One batch on its way from the desktop to the device.
struct Batch {
  float images[batch_size * image_elements];
  std::int32_t labels[batch_size];
};

inline float train(Trainer& trainer, const Batch& batch) {
  for (int i = 0; i < batch_size * image_elements; ++i)
    trainer.input()[static_cast<unsigned>(i)] = batch.images[i];
  for (int i = 0; i < batch_size; ++i) static_cast<std::int32_t*>(trainer.labels())[i] = batch.labels[i];
  return trainer.train_on_batch(batch_size);
}

}  // namespace train_on_device
