// SPDX-License-Identifier: BSL-1.0
// MNIST in whole numbers and in floats: the same samples in the same order, one a step, and what is right of
// the 10,000 test images. integer_mnist [NETWORK [EPOCHS [RATE]]]: dense (784-64-10), convolutional (two of
// 3x3 with strides of 2, and dense) or pooled; 10 and 0.02, which falls by a fifth an epoch.
#include <etch/etch.hpp>
#include <etch/model/training/integer_trainer.hpp>
#include <runtime/host/data/mnist.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <span>
#include <string_view>

namespace {

using namespace etch;

inline constexpr auto dense = sequential(Input{784}, Dense{64, relu}, Dense{10}, Softmax{});
inline constexpr auto convolutional =
    sequential(Input{28, 28, 1}, Conv2D{.filters = 8, .kernel_size = 3, .strides = 2, .activation = relu},
               Conv2D{.filters = 16, .kernel_size = 3, .strides = 2, .activation = relu}, Flatten{},
               Dense{10}, Softmax{});
inline constexpr auto pooled =
    sequential(Input{28, 28, 1}, Conv2D{.filters = 6, .kernel_size = 5, .activation = relu}, MaxPooling2D{2},
               Conv2D{.filters = 16, .kernel_size = 5, .activation = relu}, AveragePooling2D{2}, Flatten{},
               Dense{10}, Softmax{});
template <const auto& Network>
using Floats = Trainer<Network, SGD, SparseCategoricalCrossentropy, hana::tuple<>, 1>;

template <class Model>
constexpr bool whole_numbers = requires(Model& model, std::int32_t loss) {
  model.try_train(0, loss);
};

std::span<const std::uint8_t> image(const host::ImageSet& set, std::size_t i) {
  return std::span<const std::uint8_t>(set.images).subspan(784 * i, 784);
}

template <class Model>
void load(Model& model, std::span<const std::uint8_t> pixels) {
  std::ranges::transform(pixels, model.input().begin(), [](std::uint8_t p) {
    if constexpr (whole_numbers<Model>)
      return static_cast<std::int8_t>(p / 2);
    else
      return static_cast<float>(p / 2) / 128;
  });
}
template <class Model>
void train(Model& model, int label) {
  if constexpr (whole_numbers<Model>) {
    model.train(label);
  } else {
    static_cast<std::int32_t*>(model.labels())[0] = label;
    model.train_on_batch(1);
  }
}
template <class Model>
auto predict(Model& model) {
  if constexpr (whole_numbers<Model>)
    return model.predict();
  else
    return model.predict(model.input());
}

template <class Model>
double right_of(Model& model, const host::ImageSet& set) {
  std::size_t right = 0;
  for (std::size_t i = 0; i < set.labels.size(); ++i) {
    load(model, image(set, i));
    const auto y = predict(model);
    right += std::ranges::max_element(y) - y.begin() == set.labels[i];
  }
  return 100.0 * static_cast<double>(right) / static_cast<double>(set.labels.size());
}

template <class Model>
void run(const char* name, const host::Mnist& mnist, int epochs, float rate, std::uint32_t seed) {
  const auto storage = std::make_unique<typename Model::Storage>();
  Model model = [&] {
    if constexpr (whole_numbers<Model>)
      return Model(*storage, SGD{.learning_rate = rate}, seed);
    else
      return Model(*storage, SGD{.learning_rate = rate}, {}, seed);
  }();
  model.initialize(seed);
  const auto count = static_cast<std::uint32_t>(mnist.train.labels.size());
  for (int e = 0; e < epochs; ++e, rate *= 0.8f) {
    model.learning_rate(rate);
    for (std::uint32_t i = 0; i < count; ++i) {
      const std::uint32_t at = random::shuffled(i, count, seed, static_cast<std::uint32_t>(e));
      load(model, image(mnist.train, at));
      train(model, mnist.train.labels[at]);
    }
    std::printf("%s, seed %u, epoch %d: %.2f %%\n", name, seed, e + 1, right_of(model, mnist.test));
  }
}

template <const auto& Network>
void run_both(const host::Mnist& mnist, int epochs, float rate) {
  for (const std::uint32_t seed : {1u, 2u, 3u}) {
    run<IntegerTrainer<Network>>("whole numbers", mnist, epochs, rate, seed);
    run<Floats<Network>>("floats", mnist, epochs, rate, seed);
  }
}

}  // namespace

int main(int argc, char** argv) try {
  const std::string_view network = argc > 1 ? argv[1] : "dense";
  const int epochs = argc > 2 ? std::atoi(argv[2]) : 10;
  const float rate = argc > 3 ? std::strtof(argv[3], nullptr) : 0.02f;
  const host::Mnist mnist = host::load_mnist();
  if (network == "convolutional")
    run_both<convolutional>(mnist, epochs, rate);
  else if (network == "pooled")
    run_both<pooled>(mnist, epochs, rate);
  else
    run_both<dense>(mnist, epochs, rate);
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
