// SPDX-License-Identifier: BSL-1.0
// Recurrent layers of the sizes of audio effects, one sample a call, as a Stream takes them.
#include "tests/benchmarks/peers/layers.hpp"
#include "tests/benchmarks/peers/suite.hpp"

#include <etch/etch.hpp>
#include <etch/model/program/stream.hpp>

#include <algorithm>
#include <string>

namespace {

using namespace etch;

template <int In, int Units>
inline constexpr auto lstm = sequential(Input{50, In}, LSTM{.units = Units, .return_sequences = true});
template <int In, int Units>
inline constexpr auto gru = sequential(Input{50, In}, GRU{.units = Units, .return_sequences = true});
template <const auto& Layer>
inline constexpr auto fused = with_numerics(Numerics::fused, Layer);

/// A sample a call with weights of some size; the sign of the input changes from call to call.
template <const auto& Layer>
void run(benchmark::State& state, double macs) {
  using Sample = Stream<Layer>;
  constexpr auto& program = Sample::program;
  const peers::Numbers numbers = peers::numbers(program.plan.weight_bytes / 4);
  alignas(64) static std::byte weights[Sample::Shipped::weight_bytes];
  std::ranges::copy(std::as_bytes(std::span(numbers)), weights);
  static Sample stream;
  static StreamState<Layer> kept;
  peers::Numbers x = peers::numbers(program.graph.input_shapes[0].size(), 1);
  peers::Numbers y(static_cast<std::size_t>(program.graph.output_shapes[0].size()));
  for (auto _ : state) {
    x[0] = -x[0];
    stream.step(weights, kept, std::span<const float>(x), std::span<float>(y));
    benchmark::DoNotOptimize(y[0]);
  }
  peers::count(state, macs);
}

template <const auto& Layer>
void add_both(const std::string& work, double macs) {
  peers::add(work, "etch", [=](benchmark::State& state) { run<Layer>(state, macs); });
  peers::add(work, "etch, fused", [=](benchmark::State& state) { run<fused<Layer>>(state, macs); });
}

template <int In, int Units>
void add_size() {
  const std::string size = std::to_string(In) + " to " + std::to_string(Units) + ", one sample a call";
  add_both<lstm<In, Units>>("LSTM " + size, 4.0 * Units * (In + Units));
  add_both<gru<In, Units>>("GRU " + size, 3.0 * Units * (In + Units));
}

}  // namespace

void peers::add_recurrent() {
  add_size<4, 4>();
  add_size<16, 16>();
  add_size<1, 24>();
  add_size<1, 64>();
  add_size<16, 128>();
}
