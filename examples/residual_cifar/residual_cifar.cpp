// SPDX-License-Identifier: BSL-1.0
// A small residual network for CIFAR-10. It learns the 2,000 images of the test material by heart, or the
// full set from a folder.
#include "examples/residual_cifar/residual_cifar_model.hpp"

#include <etch/etch.hpp>
#include <runtime/host/data/cifar.hpp>
#include <runtime/host/error.hpp>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>

namespace {

using namespace etch;
using residual_cifar::resnet;

constexpr int batch_size = 32;

/// The images of the test material as one set for training, or the published set.
host::Cifar load(const char* folder) {
  if (folder) return host::load_cifar(folder);
  const char* material = std::getenv("ETCH_MATERIAL");
  if (!material) return {};
  const std::filesystem::path place = std::filesystem::path(material) / "data" / "cifar10";
  const std::filesystem::path files[]{place / "cifar10_train_first1000.bin",
                                      place / "cifar10_test_first1000.bin"};
  return {host::load_cifar_files(files, host::CifarKind::cifar10), {}};
}

}  // namespace

int main(int argc, char** argv) try {
  const bool full = argc > 1;
  const char* asked = std::getenv("ETCH_EPOCHS");
  const int epochs = asked ? std::atoi(asked) : 16;
  if (epochs < 1) throw Error("ETCH_EPOCHS must be a number of epochs, at least 1");
  const host::Cifar data = load(full ? argv[1] : nullptr);
  if (data.train.count() == 0) {
    std::puts(
        "no images: give the folder of CIFAR-10's binary files, or set ETCH_MATERIAL to the test material");
    return 0;
  }
  std::printf("data: %d images to train on, %d to test\n", data.train.count(), data.test.count());
  const int steps = epochs * ((data.train.count() + batch_size - 1) / batch_size);
  auto model =
      compile<resnet>(WithSchedule{Adam{}, CosineDecay{.initial_learning_rate = 3e-3f, .decay_steps = steps}},
                      SparseCategoricalCrossentropy{}, hana::make_tuple(Accuracy{}), batch<batch_size>);
  model.summary();
  const Dataset train = data.train.dataset(), test = data.test.dataset();
  model.fit(train, {.epochs = epochs, .validation = full ? &test : nullptr});
  const Evaluation result = model.evaluate(full ? test : train);
  std::printf("%s accuracy: %.4f  loss: %.4f\n", full ? "test" : "training",
              static_cast<double>(result.metric[0]), static_cast<double>(result.loss));
  const bool good = full || epochs < 16 || result.metric[0] >= 0.95f;
  if (!good) std::fprintf(stderr, "error: the training accuracy is below 0.95\n");
  return good ? 0 : 1;
} catch (const std::exception& error) {
  std::fprintf(stderr, "error: %s\n", error.what());
  return 1;
}
