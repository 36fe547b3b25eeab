// SPDX-License-Identifier: BSL-1.0
// A dense layer, a convolution and an LSTM by themselves.
#include "tests/benchmarks/peers/layers.hpp"
#include "tests/benchmarks/peers/suite.hpp"

#include <etch/etch.hpp>

#include <string>

namespace {

using namespace etch;
using peers::add;
using peers::add_peers;
using peers::count;
using peers::Numbers;
using peers::numbers;

// Two declarations each: products and sums apart, which is the default, and fused.
inline constexpr auto dense = sequential(Input{1024}, Dense{1024});
inline constexpr auto convolution =
    sequential(Input{32, 32, 32}, Conv2D{.filters = 64, .kernel_size = 3, .padding = same});
inline constexpr auto lstm = sequential(Input{32, 128}, LSTM{128});
inline constexpr auto fused_dense = with_numerics(Numerics::fused, dense);
inline constexpr auto fused_convolution = with_numerics(Numerics::fused, convolution);
inline constexpr auto fused_lstm = with_numerics(Numerics::fused, lstm);

/// A forward pass and a training step of a layer by the calls that everybody has.
template <const auto& Layer, int Rows>
void add_layer(const std::string& work, const std::string& who, double macs, double training_macs) {
  static auto model = compile<Layer>(Adam{.learning_rate = 1e-6f}, MeanSquaredError{}, {}, batch<Rows>);
  add(work + ", forward", who, [=](benchmark::State& state) {
    const Numbers x(model.input().size(), 0.3f);
    Numbers y(detail::as_size(model.output_elements * Rows));
    for (auto _ : state) model.predict(std::span<const float>(x), std::span<float>(y));
    count(state, macs);
  });
  add(work + ", training", who, [=](benchmark::State& state) {
    const Numbers x = numbers(static_cast<int>(model.input().size()));
    std::ranges::copy(x, model.input().begin());
    for (auto _ : state) benchmark::DoNotOptimize(model.train_on_batch(Rows));
    count(state, training_macs);
  });
}

template <class T>
void add_input_gradient(const std::string& who) {
  add("dense 1024 to 1024, 32 rows, input gradient", who, [](benchmark::State& state) {
    using namespace kernels;
    constexpr int n = 1024, rows = 32;
    const Numbers w = numbers(n * n), dy = numbers(rows * n);
    Numbers dx(dy.size()), held(dy.size());
    DenseBackward d{.in = n, .out = n};
    d.trainable = 0;
    const GradientSink<T, FixedRule<Rule::sgd>> frozen;
    const auto typed = [](auto& all) { return reinterpret_cast<T*>(const_cast<float*>(all.data())); };
    for (auto _ : state) {
      dense_backward<T>(d, {}, rows, typed(dy), static_cast<T*>(nullptr), typed(w), typed(dx), typed(held),
                        frozen, frozen);
      benchmark::ClobberMemory();
    }
    count(state, double{rows} * n * n);
  });
}

void add_dense_peers(double macs) {
  static constexpr int n = 1024, rows = 32;
  const std::string work = "dense 1024 to 1024, 32 rows";
  add_peers(work + ", forward", [=](benchmark::State& state, peers::Product product) {
    const peers::Dense layer(product, n, n);
    const Numbers x = numbers(rows * n);
    Numbers y(x.size());
    for (auto _ : state) layer.forward(rows, x.data(), y.data()), benchmark::ClobberMemory();
    count(state, macs);
  });
  add_peers(work + ", training", [=](benchmark::State& state, peers::Product product) {
    peers::Dense layer(product, n, n);
    const Numbers x = numbers(rows * n);
    Numbers y(x.size());
    for (auto _ : state) {
      layer.forward(rows, x.data(), y.data());
      layer.backward(rows, x.data(), y.data(), nullptr, 1e-6f);
    }
    count(state, 2 * macs);
  });
  add_peers(work + ", input gradient", [=](benchmark::State& state, peers::Product product) {
    const Numbers w = numbers(n * n), dy = numbers(rows * n);
    Numbers dx(dy.size());
    for (auto _ : state)
      product(false, true, rows, n, n, dy.data(), w.data(), dx.data()), benchmark::ClobberMemory();
    count(state, macs);
  });
}

void add_convolution_peers(double macs) {
  static constexpr int images = 8, size = 32, channels = 32, filters = 64;
  const std::string work = "convolution 3x3, 32x32x32 to 64, 8 images";
  const auto run = [=](bool trains) {
    return [=](benchmark::State& state, peers::Product product) {
      peers::Convolution layer(product, images, size, channels, filters);
      peers::Weights w(9 * channels * filters, 0.1f);
      const Numbers x = numbers(images * size * size * channels);
      Numbers y(static_cast<std::size_t>(layer.positions() * filters));
      for (auto _ : state) {
        layer.forward(x.data(), w.w.data(), y.data());
        if (trains) layer.weight_gradient(y.data(), w.gradient.data()), w.step(1e-6f);
        benchmark::ClobberMemory();
      }
      count(state, trains ? 2 * macs : macs);
    };
  };
  add_peers(work + ", forward", run(false));
  add_peers(work + ", training", run(true));
}

void add_lstm_peers(const std::string& work, double macs) {
  add_peers(work + ", forward", [=](benchmark::State& state, peers::Product product) {
    peers::Lstm layer(product, 32, 32, 128, 128);
    const Numbers x = numbers(32 * 32 * 128);
    for (auto _ : state) layer.forward(x.data()), benchmark::ClobberMemory();
    count(state, macs);
  });
}

}  // namespace

void peers::add_single_layers() {
  constexpr double dense_macs = 32.0 * 1024 * 1024, convolution_macs = 8.0 * 32 * 32 * 9 * 32 * 64;
  const std::string wide = "dense 1024 to 1024, 32 rows";
  add_layer<dense, 32>(wide, "etch", dense_macs, 2 * dense_macs);
  add_layer<fused_dense, 32>(wide, "etch, fused", dense_macs, 2 * dense_macs);
  add_input_gradient<float>("etch"), add_input_gradient<kernels::FusedFloat>("etch, fused");
  add_dense_peers(dense_macs);
  const std::string taps = "convolution 3x3, 32x32x32 to 64, 8 images";
  add_layer<convolution, 8>(taps, "etch", convolution_macs, 2 * convolution_macs);
  add_layer<fused_convolution, 8>(taps, "etch, fused", convolution_macs, 2 * convolution_macs);
  add_convolution_peers(convolution_macs);
  constexpr double lstm_macs = 32.0 * 32 * 512 * (128 + 128);
  const std::string sequence = "LSTM 128 to 128, 32 steps, 32 samples";
  add_layer<lstm, 32>(sequence, "etch", lstm_macs, 3 * lstm_macs - 32.0 * 32 * 512 * 128);
  add_layer<fused_lstm, 32>(sequence, "etch, fused", lstm_macs, 3 * lstm_macs - 32.0 * 32 * 512 * 128);
  add_lstm_peers(sequence, lstm_macs);
}
