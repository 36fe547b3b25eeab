// SPDX-License-Identifier: BSL-1.0
// An epoch of 1,875 training steps of the article's network by either numerics, and 2,000 predictions of one
// image: rounds of both in turn, medians of processor time. Built and run by numerics_desktop.sh.
#include "examples/mnist/mnist_model.hpp"

#include <etch/model/training/trainer.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <ctime>

namespace etch {

void fail(const char* sentence) {
  std::fprintf(stderr, "%s\n", sentence);
  std::exit(1);
}

}  // namespace etch

namespace {

using namespace etch;

constexpr auto fused_mnist = with_numerics(Numerics::fused, mnist);
constexpr int rounds = 7, steps = 1875, predictions = 2000;

template <const auto& Declared>
class Network {
 public:
  Network() : model_(storage_, {}, {}, 1) {
    model_.initialize(1);
    std::uint32_t n = 3;
    for (float& x : model_.input()) {
      n = n * 1664525U + 1013904223U;
      x = n >> 30 != 0 ? 0.0f : static_cast<float>(n >> 22 & 255) / 255.0f;  // most pixels are black
    }
    for (int i = 0; i < 32; ++i) static_cast<std::int32_t*>(model_.labels())[i] = i % 10;
  }

  void epoch() {
    for (int step = 0; step < steps; ++step) model_.train_on_batch(32);
  }
  void predict() {
    float result[10];
    const std::span<const float> image = std::span<const float>(model_.input()).first(784);
    for (int k = 0; k < predictions; ++k) model_.predict(image, result);
  }

 private:
  using Model = Trainer<Declared, Adam, SparseCategoricalCrossentropy, hana::tuple<>, 32>;
  static inline typename Model::Storage storage_;
  Model model_;
};

template <class Run>
double seconds(const Run& run) {
  const std::clock_t begin = std::clock();
  run();
  return static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
}

double median(std::array<double, rounds> of) {
  std::ranges::sort(of);
  return of[rounds / 2];
}

}  // namespace

int main() {
  Network<mnist> separate;
  Network<fused_mnist> fused;
  std::array<double, rounds> time[4];
  for (std::size_t round = 0; round < rounds; ++round) {
    time[0][round] = seconds([&] { separate.epoch(); });
    time[1][round] = seconds([&] { fused.epoch(); });
    time[2][round] = seconds([&] { separate.predict(); });
    time[3][round] = seconds([&] { fused.predict(); });
  }
  std::printf("epoch: separate %.3f s, fused %.3f s (%.2f)\n", median(time[0]), median(time[1]),
              median(time[1]) / median(time[0]));
  std::printf("prediction: separate %.2f us, fused %.2f us (%.2f)\n", 1e6 * median(time[2]) / predictions,
              1e6 * median(time[3]) / predictions, median(time[3]) / median(time[2]));
}
