// SPDX-License-Identifier: BSL-1.0
// The network of examples/cnn_mnist: an epoch, and predictions.
#include "examples/cnn_mnist/cnn_mnist_model.hpp"
#include "tests/benchmarks/peers/digits_network.hpp"
#include "tests/benchmarks/peers/one_prediction.hpp"
#include "tests/benchmarks/peers/suite.hpp"

#include <etch/etch.hpp>
#include <etch/model/program/deploy.hpp>
#include <runtime/host/data/drawn_digits.hpp>
#include <runtime/host/error.hpp>

#include <algorithm>
#include <cmath>
#include <string>

namespace {

using namespace etch;
using peers::count;
using peers::DigitsNetwork;
using peers::Numbers;

inline constexpr auto fused_cnn = with_numerics(Numerics::fused, cnn_mnist::cnn);

constexpr int digits = 1'920;  // of an epoch: 30 batches
constexpr double first_macs = 24 * 24 * 25 * 8, macs = first_macs + 64 * 200 * 24 + 384 * 96 + 96 * 10;

const host::ImageSet& images() {
  static const host::ImageSet all = host::draw_digits(digits, 1);
  return all;
}

template <const auto& Network>
auto& trainer() {
  static auto model =
      compile<Network>(Adam{}, SparseCategoricalCrossentropy{}, hana::make_tuple(Accuracy{}), batch<64>);
  return model;
}

/// 32 images of drawn digits.
Numbers some_images() {
  Numbers x(784 * 32);
  std::ranges::transform(std::span(images().images).first(x.size()), x.begin(),
                         [](std::uint8_t byte) { return static_cast<float>(byte) * (1 / 255.0f); });
  return x;
}

/// Predictions with the same weights must be the same ones, and both must learn.
template <const auto& Network>
void compare(peers::Product product) {
  auto& model = trainer<Network>();
  const Dataset data{images().images, images().labels};
  for (int epoch = 0; epoch < 2; ++epoch) model.fit(data, {.silent = true});
  DigitsNetwork network(product);
  float first = 0, last = 0;
  for (int epoch = 0; epoch < 3; ++epoch)
    (epoch ? last : first) = network.epoch(images().images, images().labels);
  if (!(last < first / 2) || !(model.evaluate(data).metric[0] > 0.9f))
    throw Error("a network of digits does not learn them");
  network.take(model.get_weights());
  const Numbers x = some_images();
  Numbers y(10 * 32);
  model.predict(std::span<const float>(x), std::span<float>(y));
  const float* const sums = network.predict(x.data(), 32);
  for (int r = 0; r < 32; ++r) {
    float total = 0;
    for (int k = 0; k < 10; ++k) total += std::exp(sums[10 * r + k]);
    for (int k = 0; k < 10; ++k)
      if (!(std::abs(std::exp(sums[10 * r + k]) / total - y[detail::as_size(10 * r + k)]) < 1e-4f))
        throw Error("the predictions of a network of digits differ");
  }
}

template <const auto& Network>
void add_etch(const std::string& who) {
  peers::add("cnn_mnist, epoch of 1,920 digits", who, [](benchmark::State& state) {
    const Dataset data{images().images, images().labels};
    for (auto _ : state) trainer<Network>().fit(data, {.silent = true});
    count(state, digits * (3 * macs - first_macs));
  });
  peers::add("cnn_mnist, prediction of 1", who, [](benchmark::State& state) {
    peers::predict_one<Network>(state, trainer<Network>().weights(), some_images(), macs);
  });
  peers::add("cnn_mnist, prediction of 32", who, [](benchmark::State& state) {
    const Numbers x = some_images();
    Numbers y(10 * 32);
    for (auto _ : state) {
      trainer<Network>().predict(std::span<const float>(x), std::span<float>(y));
      benchmark::DoNotOptimize(y[0]);
    }
    count(state, 32 * macs);
  });
}

}  // namespace

void peers::add_digits_cnn() {
  for (const Library& each : libraries()) compare<cnn_mnist::cnn>(each.product);
  add_etch<cnn_mnist::cnn>("etch"), add_etch<fused_cnn>("etch, fused");
  add_peers("cnn_mnist, epoch of 1,920 digits", [](benchmark::State& state, Product product) {
    DigitsNetwork network(product);
    for (auto _ : state) benchmark::DoNotOptimize(network.epoch(images().images, images().labels));
    count(state, digits * (3 * macs - first_macs));
  });
  for (const int rows : {1, 32})
    add_peers("cnn_mnist, prediction of " + std::to_string(rows),
              [rows](benchmark::State& state, Product product) {
                DigitsNetwork network(product);
                const Numbers x = some_images();
                for (auto _ : state) benchmark::DoNotOptimize(network.predict(x.data(), rows)[0]);
                count(state, rows * macs);
              });
}
