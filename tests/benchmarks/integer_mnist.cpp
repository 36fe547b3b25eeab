// SPDX-License-Identifier: BSL-1.0
// MNIST by 784-64-10 in whole numbers and in floats: the same samples in the same order, one a step, and what
// is right of the 10,000 test images. integer_mnist [EPOCHS [RATE]]: 10 and 0.02, which falls by a fifth an
// epoch.
#include <etch/etch.hpp>
#include <etch/model/training/integer_trainer.hpp>
#include <runtime/host/data/mnist.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <span>

namespace {

using namespace etch;

inline constexpr auto digits = sequential(Input{784}, Dense{64, relu}, Dense{10}, Softmax{});
using Integers = IntegerTrainer<digits>;
using Floats = Trainer<digits, SGD, SparseCategoricalCrossentropy, hana::tuple<>, 1>;

std::span<const std::uint8_t> image(const host::ImageSet& set, std::size_t i) {
  return std::span<const std::uint8_t>(set.images).subspan(784 * i, 784);
}

void load(Integers& model, std::span<const std::uint8_t> pixels) {
  std::ranges::transform(pixels, model.input().begin(),
                         [](std::uint8_t p) { return static_cast<std::int8_t>(p / 2); });
}
void load(Floats& model, std::span<const std::uint8_t> pixels) {
  std::ranges::transform(pixels, model.input().begin(),
                         [](std::uint8_t p) { return static_cast<float>(p / 2) / 128; });
}
void train(Integers& model, int label) { model.train(label); }
void train(Floats& model, int label) {
  static_cast<std::int32_t*>(model.labels())[0] = label;
  model.train_on_batch(1);
}
auto predict(Integers& model) { return model.predict(); }
auto predict(Floats& model) { return model.predict(model.input()); }

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
    if constexpr (std::is_same_v<Model, Integers>)
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

}  // namespace

int main(int argc, char** argv) try {
  const int epochs = argc > 1 ? std::atoi(argv[1]) : 10;
  const float rate = argc > 2 ? std::strtof(argv[2], nullptr) : 0.02f;
  const host::Mnist mnist = host::load_mnist();
  for (const std::uint32_t seed : {1u, 2u, 3u}) {
    run<Integers>("whole numbers", mnist, epochs, rate, seed);
    run<Floats>("floats", mnist, epochs, rate, seed);
  }
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
