// SPDX-License-Identifier: BSL-1.0
// Recurrent kernels: one sample a call, as a stream takes them, and a training step of a batch; portable, in
// vectors and in vectors with fused numerics, and Eigen's products with its tanh and logistic function where
// CMake finds Eigen. The counter `of_peak` is the share of the multiply-adds that registers alone make, which
// the run measures first.
#include "tests/benchmarks/peak.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <runtime/kernels/float_kernels.hpp>
#include <string>
#include <vector>
#if defined(ETCH_EIGEN)
#include <Eigen/Dense>
#endif

namespace {

using namespace etch;
using namespace etch::kernels;

double peak = 0;

void count(benchmark::State& state, double macs) {
  const double all = macs * static_cast<double>(state.iterations());
  state.counters["mac"] = benchmark::Counter(all, benchmark::Counter::kIsRate);
  state.counters["of_peak"] = benchmark::Counter(all / peak, benchmark::Counter::kIsRate);
}

template <class T>
struct Layer {
  Recurrent d;
  int rows, gates;
  std::vector<T> x, h, c, kernel, recurrent, bias, y, block, dy, scratch, slots[6];

  Layer(int in, int units, int steps, int samples, int gate_count)
      : d{.in = in, .units = units, .steps = steps, .sequences = 1, .reset_after = 1},
        rows(samples),
        gates(gate_count) {
    auto fill = [seed = 1U](int n, float size) mutable {
      std::vector<T> v(static_cast<std::size_t>(n));
      for (T& e : v)
        e = size * (static_cast<float>((seed = seed * 1664525U + 1013904223U) >> 8) / 8388608.0f - 1.0f);
      return v;
    };
    const int width = gates * units;
    x = fill(rows * steps * in, 1), kernel = fill(in * width, 0.1f), recurrent = fill(units * width, 0.1f);
    bias = fill(2 * width, 0.1f), h = c = std::vector<T>(static_cast<std::size_t>(rows * units));
    y = dy = fill(rows * steps * units, 0.01f), scratch.resize(static_cast<std::size_t>(6 * units));
    block.resize(static_cast<std::size_t>(rows * lstm_block(d)));
    for (int i = 0; i < 6; ++i)
      slots[i].resize(i < 2 ? kernel.size() : i < 4 ? recurrent.size() : bias.size());
  }
  /// With functions that compilers know, as those of a declared model.
  Recurrent usual() const {
    Recurrent r = d;
    r.activation = ActivationKind::tanh, r.recurrent_activation = ActivationKind::sigmoid, r.cell_clip = 0;
    return r;
  }
  double macs() const { return 1.0 * rows * d.steps * gates * d.units * (d.in + d.units); }
  RecurrentInput<T> input() const { return {x.data(), h.data(), c.data()}; }
  RecurrentWeights<T> weights() const { return {kernel.data(), recurrent.data(), bias.data()}; }
  RecurrentOutput<T> output() { return {y.data(), h.data(), c.data()}; }
};

template <class T, bool vectors>
void stream(benchmark::State& state, int in, int units, int gates) {
  Layer<T> l(in, units, 1, 1, gates);
  const Recurrent d = l.usual();
  for (auto _ : state) {
    T* const room = l.scratch.data();
    if constexpr (vectors)
      gates == 4 ? lstm_forward<T>(d, 1, l.input(), l.weights(), l.output(), nullptr, room)
                 : gru_forward<T>(d, 1, l.input(), l.weights(), l.output(), nullptr, nullptr, room);
    else
      gates == 4 ? portable::lstm_forward<T>(d, 1, l.input(), l.weights(), l.output(), nullptr, room)
                 : portable::gru_forward<T>(d, 1, l.input(), l.weights(), l.output(), nullptr, nullptr, room);
    benchmark::ClobberMemory();
  }
  count(state, l.macs());
}

/// 32 samples of 32 steps; `back` trains by Adam too.
template <class T, bool vectors>
void batch(benchmark::State& state, bool back) {
  Layer<T> l(128, 128, 32, 32, 4);
  l.d.input_gradient = l.d.trainable = 1;
  const Recurrent d = l.usual();
  const Hyper hyper{1e-6f, 0, 0.9f, 0.999f, 1e-7f};
  using Sink = GradientSink<T, FixedRule<Rule::adam>>;
  const auto sink = [&](std::vector<T>& w, int i) {
    return Sink{{}, nullptr, w.data(), l.slots[2 * i].data(), l.slots[2 * i + 1].data()};
  };
  const RecurrentSinks<Sink> sinks{sink(l.kernel, 0), sink(l.recurrent, 1), sink(l.bias, 2)};
  std::vector<T> dx(l.x.size());
  const RecurrentInput<T> in{l.x.data()};
  for (auto _ : state) {
    const RecurrentOutput<T> out{l.y.data()}, dout{l.dy.data()};
    T* const kept = l.block.data();
    if constexpr (vectors)
      lstm_forward<T>(d, l.rows, in, l.weights(), out, kept, nullptr);
    else
      portable::lstm_forward<T>(d, l.rows, in, l.weights(), out, kept, nullptr);
    if (back) {
      if constexpr (vectors)
        lstm_backward<T>(d, hyper, l.rows, dout, in, kept, l.weights(), dx.data(), nullptr, nullptr, kept,
                         sinks);
      else
        portable::lstm_backward<T>(d, hyper, l.rows, dout, in, kept, l.weights(), dx.data(), nullptr, nullptr,
                                   kept, sinks);
    }
    benchmark::ClobberMemory();
  }
  count(state, l.macs() * (back ? 3 : 1));
}

/// A state that decays: no input, and weights that let the cell forget it, down through the subnormal
/// numbers.
template <class T>
void decay(benchmark::State& state, float size) {
  Layer<T> l(16, 128, 1, 1, 4);
  const Recurrent d = l.usual();
  std::fill(l.x.begin(), l.x.end(), T(0)), std::fill(l.bias.begin(), l.bias.end(), T(0));
  for (auto _ : state) {
    std::fill(l.h.begin(), l.h.end(), T(size)), std::fill(l.c.begin(), l.c.end(), T(size));
    lstm_forward<T>(d, 1, l.input(), l.weights(), l.output(), nullptr, l.scratch.data());
    benchmark::ClobberMemory();
  }
  count(state, l.macs());
}

#if defined(ETCH_EIGEN)
using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Forward, all samples of a step in two products.
void eigen(benchmark::State& state, int in, int units, int steps, int rows) {
  Layer<float> l(in, units, steps, rows, 4);
  const Eigen::Map<const Matrix> w(l.kernel.data(), in, 4 * units), r(l.recurrent.data(), units, 4 * units);
  const Eigen::Map<const Eigen::RowVectorXf> bias(l.bias.data(), 4 * units);
  Matrix h = Matrix::Zero(rows, units), c = h, sums(rows, 4 * units), x(rows, in);
  for (auto _ : state) {
    for (int k = 0; k < steps; ++k) {
      for (int s = 0; s < rows; ++s)
        x.row(s) = Eigen::Map<const Eigen::RowVectorXf>(l.x.data() + (s * steps + k) * in, in);
      sums.noalias() = x * w;
      sums.noalias() += h * r;
      sums.rowwise() += bias;
      const auto i = sums.leftCols(units).array().logistic(), o = sums.rightCols(units).array().logistic();
      const auto f = sums.middleCols(units, units).array().logistic();
      c = (f * c.array() + i * sums.middleCols(2 * units, units).array().tanh()).matrix().eval();
      h = (o * c.array().tanh()).matrix();
    }
    benchmark::ClobberMemory();
  }
  count(state, l.macs());
}
#endif

void add(const std::string& name, auto f) { benchmark::RegisterBenchmark(name.c_str(), f); }

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  peak = benchmarks::measure_peak();
  benchmark::AddCustomContext("peak", std::to_string(peak / 1e9) + " G multiply-adds a second");
  for (const auto& pair : {std::pair{4, 4}, {16, 16}, {1, 24}, {1, 64}, {16, 128}}) {
    const int in = pair.first, units = pair.second;
    const std::string size = std::to_string(in) + "-" + std::to_string(units);
    for (const int gates : {4, 3}) {
      const std::string name = (gates == 4 ? "lstm/" : "gru/") + size;
      add(name + "/portable", [=](auto& s) { stream<float, false>(s, in, units, gates); });
      add(name + "/vectors", [=](auto& s) { stream<float, true>(s, in, units, gates); });
      add(name + "/fused", [=](auto& s) { stream<FusedFloat, true>(s, in, units, gates); });
    }
#if defined(ETCH_EIGEN)
    add("lstm/" + size + "/eigen", [=](auto& s) { eigen(s, in, units, 1, 1); });
#endif
  }
  for (const bool back : {false, true}) {
    const std::string name = back ? "lstm_128_batch_32/training" : "lstm_128_batch_32/forward";
    add(name + "/portable", [=](auto& s) { batch<float, false>(s, back); });
    add(name + "/vectors", [=](auto& s) { batch<float, true>(s, back); });
    add(name + "/fused", [=](auto& s) { batch<FusedFloat, true>(s, back); });
  }
#if defined(ETCH_EIGEN)
  add("lstm_128_batch_32/forward/eigen", [](auto& s) { eigen(s, 128, 128, 32, 32); });
#endif
  add("decay/normal", [](auto& s) { decay<float>(s, 0.1f); });
  add("decay/subnormal", [](auto& s) { decay<float>(s, 1e-40f); });
  benchmark::RunSpecifiedBenchmarks();
}
