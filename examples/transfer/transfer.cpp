// SPDX-License-Identifier: BSL-1.0
#include "examples/transfer/transfer_model.hpp"

#include <etch/etch.hpp>
#include <runtime/host/data/mnist.hpp>
#include <runtime/host/error.hpp>
#include <runtime/host/training/channel_contributions.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

namespace {

using namespace etch;

using CrossEntropy = SparseCategoricalCrossentropy;
constexpr int batch_size = 32;

/// The frozen features are applied, not trained: neither gradients, nor optimizer state, nor what their way
/// back would need.
template <const auto& Declared>
inline constexpr TrainingMemory memory = training_memory<Declared, Adam, CrossEntropy, batch_size>;
static_assert(memory<new_head>.optimizer <= 2 * 4 * (64 * 5 + 5) + 8, "two moments of the new head, no more");
static_assert(memory<new_head>.optimizer < memory<whole>.optimizer / 50);
static_assert(numbers<new_head>().trainable == 64 * 5 + 5);

/// Products of the backward pass for one image.
template <const auto& Declared>
inline constexpr long long backward = memory<Declared>.macs - numbers<Declared>().macs;
static_assert(backward<adapted> * 10 < backward<whole>);

/// The images of five digits, `most` of them at most, as classes 0 to 4.
struct Digits {
  std::vector<std::uint8_t> images, labels;
  Digits(const host::ImageSet& from, int first, std::size_t most = 60'000) {
    const std::ptrdiff_t size = from.image_size();
    for (std::size_t i = 0; i < from.labels.size() && labels.size() < most; ++i) {
      const int digit = from.labels[i];
      if (digit < first || digit >= first + 5) continue;
      const auto image = from.images.begin() + static_cast<std::ptrdiff_t>(i) * size;
      images.insert(images.end(), image, image + size);
      labels.push_back(static_cast<std::uint8_t>(digit - first));
    }
  }
  Dataset set() const {
    return {Samples(std::span<const std::uint8_t>(images)), Labels(std::span<const std::uint8_t>(labels))};
  }
};

template <const auto& Declared>
void print_numbers(const char* what) {
  constexpr ModelNumbers n = numbers<Declared>();
  constexpr const TrainingMemory& m = memory<Declared>;
  std::printf("%-22s %9d %13d %9d %9d %9d\n", what, n.trainable, n.non_trainable, m.optimizer, m.arena,
              m.total());
}

/// Trains a model from its first weights, or from those of `path` where their names fit.
/// \return its accuracy on the test images
template <class Model>
double learn(Model& model, const char* path, const Digits& train, const Digits& test, int epochs) {
  model.initialize(0);
  if (path) load_weights_by_name(model, path);
  const Dataset data = train.set();
  model.fit(data, {.epochs = epochs, .silent = true});
  return static_cast<double>(model.evaluate(test.set()).metric[0]);
}

/// Trains on from the weights of `path` with all of a model or some of it, and prints what comes of it.
template <const auto& Declared>
double adapt(const char* what, const char* path, const Digits& train, const Digits& test, int epochs) {
  auto model = compile<Declared>(Adam{}, CrossEntropy{}, hana::make_tuple(Accuracy{}), batch<batch_size>);
  const double accuracy = learn(model, path, train, test, 5 * epochs);
  std::printf("%-36s %.4f %16lld %9d %9d\n", what, accuracy, backward<Declared>, memory<Declared>.optimizer,
              memory<Declared>.arena);
  return accuracy;
}

/// Prints the channels of `parts` that would move most for these images, as a constant to paste.
void print_contributions(const char* path, const Digits& images) {
  using Whole = Trainer<whole, SGD, CrossEntropy, hana::tuple<>, batch_size, false>;
  const auto storage = std::make_unique<Whole::Storage>();
  Whole trainer(*storage, SGD{});
  trainer.initialize(0);
  load_weights_by_name(trainer, path);
  std::vector<double> sums(64);
  for (std::size_t first = 0; first + batch_size <= 96; first += batch_size) {
    for (std::size_t i = 0; i < trainer.input().size(); ++i)
      trainer.input()[i] = static_cast<float>(images.images[first * 784 + i]) / 255.0f;
    for (std::size_t i = 0; i < batch_size; ++i)
      static_cast<std::int32_t*>(trainer.labels())[i] = images.labels[first + i];
    const auto some = host::channel_contributions(trainer, "parts/kernel", batch_size);
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += some[i];
  }
  std::vector<int> channels(sums.size());
  std::iota(channels.begin(), channels.end(), 0);
  std::ranges::stable_sort(channels, [&](int a, int b) {
    return sums[static_cast<std::size_t>(a)] > sums[static_cast<std::size_t>(b)];
  });
  channels.resize(std::size(parts_channels));
  std::ranges::sort(channels);
  std::printf("\ninline constexpr std::int16_t parts_channels[]{");
  for (std::size_t i = 0; i < channels.size(); ++i) std::printf(i > 0 ? ", %d" : "%d", channels[i]);
  std::printf("};\n");
}

/// A file of weights that is there while the program runs.
struct WeightsFile {
  std::string path = (std::filesystem::temp_directory_path() / "etch_transfer.safetensors").string();
  WeightsFile() = default;
  WeightsFile(const WeightsFile&) = delete;
  ~WeightsFile() { std::remove(path.c_str()); }
};

int epochs_asked() {
  const char* asked = std::getenv("ETCH_EPOCHS");
  const int epochs = asked ? std::atoi(asked) : 4;
  if (epochs < 1) throw Error("ETCH_EPOCHS must be a number of epochs, at least 1");
  return epochs;
}

}  // namespace

int main() try {
  const int epochs = epochs_asked();
  const host::Mnist data = host::load_mnist({.download = true, .draw_if_missing = true});
  std::printf("data: %s\n", data.source.c_str());

  const Digits low(data.train, 0), low_test(data.test, 0), high_test(data.test, 5);
  auto model = compile<whole>(Adam{}, CrossEntropy{}, hana::make_tuple(Accuracy{}), batch<batch_size>);
  const Dataset validation = low_test.set();
  model.fit(low.set(), {.epochs = epochs, .validation = &validation});
  const WeightsFile file;
  model.save(file.path.c_str());

  auto head = compile<new_head>(Adam{.learning_rate = 3e-3f}, CrossEntropy{}, hana::make_tuple(Accuracy{}),
                                batch<batch_size>);
  std::printf("\nweights loaded into the features: %d arrays\n",
              load_weights_by_name(head, file.path.c_str()));
  head.summary();
  std::printf("\n%-22s %9s %13s %9s %9s %9s\n", "training, batch 32", "trainable", "non-trainable",
              "optimizer", "arena", "bytes");
  print_numbers<new_head>("features frozen");
  print_numbers<whole>("everything trained");

  std::printf("\naccuracy on the digits 5 to 9   new head on frozen features   everything, from the start\n");
  double best = 0;
  for (const std::size_t images : {50, 1000}) {
    const Digits high(data.train, 5, images);
    best = learn(head, file.path.c_str(), high, high_test, 10 * epochs);
    const double alone = learn(model, nullptr, high, high_test, 10 * epochs);
    std::printf("learnt from %4zu of them                             %.4f                       %.4f\n",
                images, best, alone);
  }
  print_contributions(file.path.c_str(), Digits(data.train, 5, 96));
  const Digits high(data.train, 5, 1000);
  std::printf("\n%-36s %8s %16s %9s %9s\n", "trained on, 1000 images", "accuracy", "backward MACs",
              "optimizer", "arena");
  const double all = adapt<whole>("everything", file.path.c_str(), high, high_test, epochs);
  const double some =
      adapt<adapted>("32 channels of parts, and the head", file.path.c_str(), high, high_test, epochs);
  if (data.real && epochs >= 4 && some < all - 0.01) {
    std::fprintf(stderr, "error: chosen channels are more than a point below everything\n");
    return 1;
  }
  const bool good = !data.real || epochs < 4 || best >= 0.90;
  if (!good) std::fprintf(stderr, "error: the accuracy of the new head is below 0.90\n");
  return good ? 0 : 1;
} catch (const std::exception& error) {
  std::fprintf(stderr, "error: %s\n", error.what());
  return 1;
}
