// SPDX-License-Identifier: BSL-1.0
// A convolutional network that reads MNIST's digits: at least 99 % of the test images after 6 epochs.
#include "examples/cnn_mnist/cnn_mnist_model.hpp"

#include <etch/etch.hpp>
#include <runtime/host/data/mnist.hpp>
#include <runtime/host/error.hpp>

#include <cstdio>
#include <cstdlib>
#include <exception>

namespace {

using namespace etch;
using cnn_mnist::cnn;

static_assert(numbers<cnn>().total == (5 * 5 * 1 + 1) * 8 + (5 * 5 * 8 + 1) * 24 + 385 * 96 + 97 * 10);

constexpr int batch_size = 64, full_epochs = 6;
constexpr float wanted = 0.99f;

}  // namespace

int main() try {
  const char* asked = std::getenv("ETCH_EPOCHS");
  const int epochs = asked ? std::atoi(asked) : full_epochs;
  if (epochs < 1) throw Error("ETCH_EPOCHS must be a number of epochs, at least 1");
  const host::Mnist data = host::load_mnist({.download = true, .draw_if_missing = true});
  std::printf("data: %s\n", data.source.c_str());
  const int steps = epochs * ((data.train.count() + batch_size - 1) / batch_size);
  auto model =
      compile<cnn>(WithSchedule{Adam{}, CosineDecay{.initial_learning_rate = 1.5e-3f, .decay_steps = steps}},
                   SparseCategoricalCrossentropy{}, hana::make_tuple(Accuracy{}), batch<batch_size>);
  model.summary();
  std::printf("multiply-accumulates of a prediction: %lld\n", numbers<cnn>().macs);
  const Dataset train = data.train.dataset(), test = data.test.dataset();
  model.fit(train, {.epochs = epochs, .validation = &test});
  const Evaluation result = model.evaluate(test);
  std::printf("test accuracy: %.4f  loss: %.4f\n", static_cast<double>(result.metric[0]),
              static_cast<double>(result.loss));
  const bool good = !data.real || epochs < full_epochs || result.metric[0] >= wanted;
  if (!good) std::fprintf(stderr, "error: the test accuracy is below 0.99\n");
  return good ? 0 : 1;
} catch (const std::exception& error) {
  std::fprintf(stderr, "error: %s\n", error.what());
  return 1;
}
