// SPDX-License-Identifier: BSL-1.0
// The article's network: an epoch, and predictions.
#include "examples/mnist/mnist_model.hpp"
#include "tests/benchmarks/peers/network.hpp"
#include "tests/benchmarks/peers/one_prediction.hpp"
#include "tests/benchmarks/peers/suite.hpp"
#if defined(ETCH_PEER_TORCH)
#include "tests/benchmarks/peers/torch_network.hpp"
#endif

#include <etch/etch.hpp>
#include <etch/model/program/deploy.hpp>
#include <runtime/host/data/drawn_digits.hpp>

#include <string>

namespace {

using namespace etch;
using peers::add;
using peers::add_peers;
using peers::count;
using peers::Numbers;
using peers::numbers;

inline constexpr auto fused_mnist = with_numerics(Numerics::fused, mnist);  // beside separate, the default

constexpr int digits = 6'400;  // of an epoch: 200 batches
constexpr double network_macs = 784 * 128 + 128 * 128 + 128 * 10;

const host::ImageSet& images() {
  static const host::ImageSet all = host::draw_digits(digits, 1);
  return all;
}

template <const auto& Network>
void add_network(const std::string& who) {
  static auto model =
      compile<Network>(Adam{}, SparseCategoricalCrossentropy{}, hana::make_tuple(Accuracy{}), batch<32>);
  add("epoch of 6,400 digits", who, [](benchmark::State& state) {
    const Dataset data{images().images, images().labels};
    for (auto _ : state) model.fit(data, {.silent = true});
    count(state, digits * (3 * network_macs - 784 * 128));
  });
  add("prediction of 1", who, [](benchmark::State& state) {
    peers::predict_one<Network>(state, model.weights(), numbers(784), network_macs);
  });
}

/// As models ship: normalization is folded, as the peers fold it.
template <const auto& Network, int Rows>
void add_predictions(const std::string& who) {
  add("prediction of " + std::to_string(Rows), who, [](benchmark::State& state) {
    using Shipped = BatchDeployment<Network, Rows>;
    alignas(64) static std::byte weights[Deployment<Network>::weight_bytes], arena[Shipped::arena_bytes];
    static auto model = compile<Network>(SGD{}, SparseCategoricalCrossentropy{}, {}, batch<32>);
    fold_weights<Network>(model.weights(), weights);
    const Numbers x = numbers(784 * Rows);
    Numbers y(10 * Rows);
    const void* in[] = {x.data()};
    void* out[] = {y.data()};
    for (auto _ : state) {
      Shipped::predict(weights, arena, in, out);
      benchmark::DoNotOptimize(y[0]);
    }
    count(state, Rows * network_macs);
  });
}

void add_network_peers() {
  add_peers("epoch of 6,400 digits", [](benchmark::State& state, peers::Product product) {
    peers::Network network(product);
    for (auto _ : state) benchmark::DoNotOptimize(network.epoch(images().images, images().labels));
    count(state, digits * (3 * network_macs - 784 * 128));
  });
#if defined(ETCH_PEER_TORCH)
  add("epoch of 6,400 digits", "libtorch", [](benchmark::State& state) {
    peers::TorchNetwork network;
    for (auto _ : state) benchmark::DoNotOptimize(network.epoch(images().images, images().labels));
    count(state, digits * (3 * network_macs - 784 * 128));
  });
#endif
  for (const int rows : {1, 32, 256})
    add_peers("prediction of " + std::to_string(rows),
              [rows](benchmark::State& state, peers::Product product) {
                peers::Network network(product);
                network.fold();
                const Numbers x = numbers(784 * rows);
                for (auto _ : state) benchmark::DoNotOptimize(network.predict(x.data(), rows)[0]);
                count(state, rows * network_macs);
              });
}

}  // namespace

void peers::add_article() {
  add_network<mnist>("etch"), add_network<fused_mnist>("etch, fused");
  add_predictions<mnist, 32>("etch"), add_predictions<fused_mnist, 32>("etch, fused");
  add_predictions<mnist, 256>("etch"), add_predictions<fused_mnist, 256>("etch, fused");
  add_network_peers();
}
