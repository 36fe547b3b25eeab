// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/training/trainer.hpp>
#include <runtime/safetensors_writer.hpp>

// A network whose batch runs at once and in parts, the last of which is smaller, for desktops and boards.
namespace etch::test {

inline constexpr auto whole_network = functional([](Builder& g) {
  Tensor x = Conv2D{.filters = 8, .kernel_size = 3, .padding = same, .activation = relu}(g.input({8, 8, 2}));
  x = ReLU{}(Add{}(x, DepthwiseConv2D{.kernel_size = 3, .padding = same}(Dropout{0.2f}(x))));
  x = Conv2D{.filters = 6, .kernel_size = 3, .strides = 2}(x);
  const Tensor y = LSTM{.units = 4}(Reshape{{9, 6}}(x));
  return Dense{3, softmax}(Concatenate{}(Dense{8, relu}(Flatten{}(x)), y));
});
inline constexpr int divided_batch = 5;
template <const auto& Declared>
using DividedTrainer =
    Trainer<Declared, SGDMomentum, SparseCategoricalCrossentropy, hana::tuple<>, divided_batch>;
inline constexpr ScheduledStep by_two[]{{.samples = 2}};
inline constexpr auto divided_network =
    fit_in(DividedTrainer<whole_network>::Code::memory.total() - 1, by_two, whole_network);
static_assert(DividedTrainer<divided_network>::Code::memory.parts == 3);

/// What `trained_in_parts` gives, wherever it runs.
inline constexpr std::uint32_t divided_bits = 0x13167691U;

/// What is left of weights and optimizer after some steps: one number.
template <class Model>
std::uint32_t trained_in_parts(Model& model) {
  model.initialize(7);
  for (std::uint32_t step = 0; step < 4; ++step) {
    for (std::uint32_t i = 0; i < model.input().size(); ++i)
      model.input()[i] = random::uniform({1, 2}, step, 0, i);
    for (int r = 0; r < divided_batch; ++r)
      static_cast<std::int32_t*>(model.labels())[r] =
          static_cast<std::int32_t>(step + static_cast<unsigned>(r)) % 3;
    model.train_on_batch(divided_batch);
  }
  return crc32(model.weights()) ^ crc32(model.optimizer_state());
}

}  // namespace etch::test
