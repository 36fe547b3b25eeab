// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/training/trainer.hpp>
#include <runtime/safetensors_writer.hpp>

// A network with dropout, normalization and a skip, as it is and within the least bytes, for desktops and
// boards.
namespace etch::test {

inline constexpr auto network = functional([](Builder& g) {
  Tensor x = ReLU{}(BatchNormalization{}(Conv2D{.filters = 4, .kernel_size = 3}(g.input({10, 10, 1}))));
  Tensor y = Dropout{0.2f}(Conv2D{.filters = 4, .kernel_size = 3, .padding = same, .activation = relu}(x));
  y = BatchNormalization{}(Conv2D{.filters = 4, .kernel_size = 3, .padding = same}(y));
  x = ReLU{}(Add{}(Conv2D{.filters = 4, .kernel_size = 1}(x), y));
  return Dense{3, softmax}(GlobalAveragePooling2D{}(x));
});
// What `fit_in(12_KiB, network)` says is the least.
inline constexpr int given = 13'808;
inline constexpr auto small = fit_in(given, network);

template <const auto& Declared>
using TrainerOf = Trainer<Declared, Adam, SparseCategoricalCrossentropy, hana::tuple<>, 2>;

/// The samples of a training step.
template <class Model>
void fill(Model& model, std::uint32_t step) {
  for (std::uint32_t i = 0; i < model.input().size(); ++i)
    model.input()[i] = random::uniform({1, 2}, step, 0, i);
  for (int r = 0; r < 2; ++r)
    static_cast<std::int32_t*>(model.labels())[r] =
        static_cast<std::int32_t>(step + static_cast<unsigned>(r)) % 3;
}

/// What `trained` gives, wherever it runs.
inline constexpr std::uint32_t trained_bits = 0xde4a5266U;

/// What is left of weights and optimizer after some steps: one number.
template <class Model>
std::uint32_t trained(Model& model) {
  model.initialize(7);
  for (std::uint32_t step = 0; step < 5; ++step) {
    fill(model, step);
    model.train_on_batch(2);
  }
  return crc32(model.weights()) ^ crc32(model.optimizer_state());
}

}  // namespace etch::test
